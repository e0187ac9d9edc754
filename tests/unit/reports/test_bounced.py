"""Every cause and every statement has its words, in both languages, with the same slots."""

from __future__ import annotations

import inspect
import re

import pytest

from logscan.analyses import blast
from logscan.model.vocabulary import LANGUAGES, Cause, Fault, Nature
from logscan.packs.load import load
from logscan.packs.reach import STEPS
from logscan.packs.texts import ui_part

SLOT = re.compile(r"\{[a-z_]+\}")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_cause_has_a_title_and_an_advice(lang: str) -> None:
    own = load().texts[lang]["ui.causes"]
    assert set(own) == {f"{part}_{cause.value}" for cause in Cause for part in ("title", "advice")}
    assert all(own.values())


@pytest.mark.parametrize("name", ["bounces", "causes", "reach"])
def test_both_languages_say_the_same_with_the_same_slots(name: str) -> None:
    english, chinese = (load().texts[lang][f"ui.{name}"] for lang in ("en", "zh"))
    assert set(english) - {key for key in english if key.endswith("_one")} <= set(chinese)
    for key in set(english) & set(chinese):
        assert set(SLOT.findall(chinese[key])) == set(SLOT.findall(english[key])), key


def test_every_statement_nature_and_fault_has_its_words() -> None:
    words = ui_part("bounces", "en", load())
    source = inspect.getsource(blast)
    both = set(re.findall(r'_statement\(\s*"([a-z0-9_]+)"', source))
    assert len(both) >= 5
    said = both | {"relayhost", "ipv6_only"}
    told_by_scan = both | set(re.findall(r'what: str = "([a-z0-9_]+)"', source)) | {"we_refuse"}
    assert told_by_scan == set(ui_part("reach", "en", load()))
    said |= {"login", "login_refused", "form", "form_refused", "we_refuse"}
    assert {f"remedy_{kind}_{step}" for kind, steps in STEPS.items() for step in range(1, steps + 1)} <= set(
        words
    )
    assert {f"reach_{one}" for one in said} == {key for key in words if key.startswith("reach_")}
    assert all(f"bounces_kind_{nature.value}" in words for nature in Nature)
    assert all(f"bounces_fault_{fault.value}" in words for fault in Fault)
