"""The words of `trace`: whole in both languages, each of them used, durations that can be read."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path

import pytest

from logscan.packs.load import load
from logscan.packs.texts import ui, ui_part
from logscan.reports.story import lasting
from logscan.reports.wording import Wording

ROOMS = Path(__file__).parents[3] / "logscan" / "reports"
SLOT = re.compile(r"\{(\w+)\}")


def test_both_languages_say_the_same_things_of_the_same_values() -> None:
    english, chinese = (load().texts[lang]["ui.trace"] for lang in ("en", "zh"))
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert set(SLOT.findall(text)) == set(SLOT.findall(chinese[key])), key


def test_every_phrase_is_used_and_every_phrase_that_is_used_is_there() -> None:
    code = "".join((ROOMS / name).read_text(encoding="utf-8") for name in ("story.py", "traced.py"))
    used = set(re.findall(r'"(trace_\w+)"', code))
    families = {found.rstrip("_") + "_" for found in re.findall(r'f"(trace_\w*?)\{', code)}
    phrases = {key.removesuffix("_one") for key in load().texts["en"]["ui.trace"]}
    assert used <= phrases
    families = {f"trace_{a}" for a in ("deferred", "bounced", "minutes", "hours")} | (families - {"trace_"})
    left = {key for key in phrases - used if not any(key.startswith(family) for family in families)}
    assert left == set()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.05, "0.05 s"), (1.5, "1.5 s"), (42, "42 s"), (126, "2.1 min"), (3600, "60 min"),
     (7200, "2 h"), (432000, "5 days")],
)  # fmt: skip
def test_durations_are_short(seconds: float, said: str) -> None:
    pack = load()
    words = Wording(phrases={**ui("en", pack), **ui_part("trace", "en", pack)}, zone=UTC)
    assert lasting(seconds, words) == said
