"""The words of flow: both languages have all of them, with the same slots, and every reason has its own."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from logscan.model.flow import Sums, Top
from logscan.packs.load import load
from logscan.packs.texts import ui_part
from logscan.reports.flow_json import TOTALS
from logscan.reports.flow_text import size

SLOT = re.compile(r"\{\w+\}")
REASONS = (
    "twice", "stamp", "instance", "repeat", "service", "check", "warning", "milter", "words", "untaken", "merged", "rest",
    "deferred", "bytes_received", "bytes_delivered", "senders", "sending_domains", "recipients", "recipient_domains",
)  # fmt: skip


def test_both_languages_have_the_same_words_and_slots() -> None:
    english, chinese = (load().texts[lang]["ui.flow"] for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for key, phrase in english.items():
        assert sorted(SLOT.findall(phrase)) == sorted(SLOT.findall(chinese[key])), key


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_total_list_and_reason_has_words(lang: str) -> None:
    words = ui_part("flow", lang, load())
    wanted = {
        *TOTALS,
        *(f"top_{field.name}" for field in fields(Top)),
        *(f"why_{reason}" for reason in REASONS),
    }
    assert wanted <= words.keys()
    assert {field.name for field in fields(Sums)} <= set(TOTALS)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (999_949, "999.9 kB"), (999_951, "1.0 MB"), (10**16, "10000.0 TB")],
)
def test_sizes_have_few_digits(count: int, shown: str) -> None:
    assert size(count) == shown
