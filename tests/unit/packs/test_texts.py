"""A card's words in the reader's language, with what a log says filled in, harmlessly."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.packs.load import Pack, load
from logscan.packs.schema import Card, Match, Text
from logscan.packs.texts import SHOWN, digest, explain, fill, fill_command, ui, ui_part, words

CARD = Card(
    id="a.b",
    since="0.1",
    status="stable",
    severity="error",
    cause="local-config",
    nature="local",
    fault="us",
    match=Match(words={}),
    text=Text(
        title="No name for {ip}",
        meaning="{ip} has none.",
        likely_causes=("nobody asked for {ip}",),
        remedy=("dig -x {ip}", "ask"),
        verify=("host {ip}",),
        limits="{recipient} may differ.",
    ),
    references=("https://www.rfc-editor.org/rfc/rfc1912",),
)
CHINESE = {
    "title": "{ip} 没有名字",
    "meaning": "{ip} 没有。",
    "likely_causes": ["没人申请"],
    "remedy": ["dig -x {ip}", "申请"],
    "verify": ["host {ip}"],
    "limits": "可能不同。",
    "of": "0123456789ab",
}


def pack(**translated: Any) -> Pack:
    return Pack(cards={"a.b": CARD}, texts={"zh": {"a.b": translated}} if translated else {})


# --- languages -----------------------------------------------------------------------------------


def test_a_translation_stands_for_the_english() -> None:
    said = words(CARD, "zh", pack(**CHINESE))
    assert said.title == "{ip} 没有名字"
    assert said.remedy == ("dig -x {ip}", "申请")
    assert words(CARD, "en", pack(**CHINESE)) == CARD.text


@pytest.mark.parametrize("lang", ["zh", "de", ""])
def test_what_is_not_translated_is_english(lang: str) -> None:
    assert words(CARD, lang, pack()) == CARD.text


@given(st.sets(st.sampled_from(sorted(CHINESE))))
def test_each_text_falls_back_for_itself(missing: set[str]) -> None:
    whole = words(CARD, "zh", pack(**CHINESE))
    part = words(CARD, "zh", pack(**{name: value for name, value in CHINESE.items() if name not in missing}))
    for name in ("title", "meaning", "likely_causes", "remedy", "verify", "limits"):
        assert getattr(part, name) == getattr(CARD.text if name in missing else whole, name)


def test_every_card_of_ours_can_be_said_in_both_languages() -> None:
    ours = load()
    for card in ours.cards.values():
        for lang in ("en", "zh"):
            said = explain(card, lang, ours, {})
            assert said.title
            assert said.meaning
            assert said.remedy
            assert not re.search(
                r"\{[a-z_]+\}", " ".join((said.title, said.meaning, *said.remedy, *said.verify))
            )


@pytest.mark.parametrize("change", ["title", "meaning", "limits"])
def test_a_changed_text_makes_its_translation_stale(change: str) -> None:
    changed = replace(CARD, text=replace(CARD.text, **dict[str, Any]({change: "else"})))
    assert digest(changed) != digest(CARD)


def test_a_sentence_that_moves_makes_its_translation_stale() -> None:
    text = CARD.text
    moved = replace(text, remedy=text.remedy[:1], verify=(*text.remedy[1:], *text.verify))
    assert digest(replace(CARD, text=moved)) != digest(CARD)
    assert digest(replace(CARD, severity="notice")) == digest(CARD)
    assert re.fullmatch(r"[0-9a-f]{12}", digest(CARD))


def test_the_programs_own_words_fall_back_one_by_one() -> None:
    texts = {"en": {"ui": {"why": "why", "do": "do"}}, "zh": {"ui": {"why": "原因"}}}
    assert ui("zh", Pack(cards={}, texts=texts)) == {"why": "原因", "do": "do"}
    assert ui("de", Pack(cards={}, texts=texts)) == {"why": "why", "do": "do"}


def test_a_part_of_the_program_s_own_words_falls_back_text_by_text() -> None:
    texts = {"en": {"ui.thing": {"why": "why", "do": "do"}}, "zh": {"ui.thing": {"why": "原因"}}}
    assert ui_part("thing", "zh", Pack(cards={}, texts=texts)) == {"why": "原因", "do": "do"}
    assert ui_part("thing", "de", Pack(cards={}, texts=texts)) == {"why": "why", "do": "do"}
    with pytest.raises(KeyError):
        ui_part("other", "zh", Pack(cards={}, texts=texts))


def test_chinese_has_all_of_the_programs_words_and_their_slots() -> None:
    english, chinese = (load().texts[lang]["ui"] for lang in ("en", "zh"))
    assert chinese.keys() == english.keys()
    slots = re.compile(r"\{([a-z_]+)\}")
    for key, text in english.items():
        assert sorted(slots.findall(chinese[key])) == sorted(slots.findall(text)), key


# --- slots in prose ------------------------------------------------------------------------------


def test_prose_shows_a_few_values() -> None:
    values = [f"192.0.2.{n}" for n in range(9)]
    assert fill("no PTR for {ip}", {"ip": values[:1]}) == "no PTR for 192.0.2.0"
    assert fill("{ip}", {"ip": values[:SHOWN]}) == "192.0.2.0, 192.0.2.1, 192.0.2.2"
    assert fill("{ip}", {"ip": values}) == "192.0.2.0, 192.0.2.1, 192.0.2.2, ..."


@pytest.mark.parametrize("values", [{}, {"ip": []}, {"host": ["x"]}], ids=["none", "empty", "others"])
def test_a_slot_without_value_is_its_name_in_capitals(values: dict[str, list[str]]) -> None:
    assert fill("dig {ip}", values) == fill_command("dig {ip}", values) == "dig IP"


def test_a_value_is_filled_in_once() -> None:
    """What a stranger wrote is no template."""
    assert fill("{helo} {ip}", {"helo": ["{ip}"], "ip": ["192.0.2.1"]}) == "{ip} 192.0.2.1"
    assert fill("{helo}", {"helo": [r"\1\g<0>"]}) == r"\1\g<0>"


def test_what_is_no_slot_stays() -> None:
    text = "awk '{print $1}' ${HOME} {} {1} {Ip} {a-b}"
    assert fill(text, {"ip": ["x"]}) == fill_command(text, {"ip": ["x"]}) == text


# --- slots in commands ---------------------------------------------------------------------------

HOSTILE = [
    "; reboot",
    "$(reboot)",
    "`reboot`",
    "a && reboot",
    "a|sh",
    "a\nreboot",
    "a\rreboot",
    "x > /etc/passwd",
    "'; reboot; '",
    '"; reboot; "',
    "a b",
    "a\tb",
    "-rf",
    "--config=/tmp/evil",
    "~root",
    "a*",
    "a?b",
    "{a,b}",
    "!!",
    "#",
    "a#b",
    "\\x",
    "a\x00b",
    "\x1b[31m",
    "\u202egnp",
    "\u0430dmin@x.example",
    "",
    "x" * 256,
]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_no_shell_acts_on_what_a_command_is_filled_with(value: str) -> None:
    assert fill_command("postcat -q {queue_id}", {"queue_id": [value]}) == "postcat -q QUEUE_ID"
    assert fill_command("postcat -q {queue_id}", {"queue_id": [value, "4BxZ01"]}) == "postcat -q 4BxZ01"


@given(st.text(max_size=12))
def test_a_filled_slot_is_one_word_that_is_no_option(value: str) -> None:
    made = fill_command("dig {ip} +short", {"ip": [value]})
    assert shlex.split(made) == ["dig", made.split(" ")[1], "+short"]
    filled = made.split(" ")[1]
    assert filled in {"IP", value}
    assert not filled.startswith("-")
    assert not set(filled) & set("\"'`$;&|<>(){}*?!#~\\ \t\n\r")


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.1",
        "2001:db8::1",
        "a.b+c=d@x.example",
        "/usr/bin/dispatch.fcgi",
        "inet:127.0.0.1:8891",
        "[192.0.2.1]:25",
        "4BxZ01",
    ],
)
def test_what_is_harmless_is_filled_in(value: str) -> None:
    assert fill_command("see {x}", {"x": [value]}) == f"see {value}"


def test_a_command_gets_one_value_not_a_list() -> None:
    assert fill_command("dig -x {ip}", {"ip": ["192.0.2.1", "192.0.2.2"]}) == "dig -x 192.0.2.1"


def test_explain_fills_prose_as_prose_and_commands_as_commands() -> None:
    values = {"ip": ["$(reboot)", "192.0.2.1"], "recipient": ["a@b.example"]}
    said = explain(CARD, "en", pack(), values)
    assert said.title == "No name for $(reboot), 192.0.2.1"
    assert said.likely_causes == ("nobody asked for $(reboot), 192.0.2.1",)
    assert said.remedy == ("dig -x 192.0.2.1", "ask")
    assert said.verify == ("host 192.0.2.1",)
    assert said.limits == "a@b.example may differ."
    assert said.references == CARD.references
