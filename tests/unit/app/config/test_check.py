"""A configuration file holds, or all that is wrong with it is told at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.app.config.check import settings_in, taken_from, together
from logscan.app.config.slots import COMMON, Kept, Slot
from logscan.app.config.toml import value_of
from logscan.model.problems import ConfigError
from logscan.model.safety import escape

LANG = Slot(key="lang", name="lang", kind="text", choices=("en", "zh"))
STRICT = Slot(key="strict", name="strict", kind="flag")
SINCE = Slot(key="since", name="since", kind="text")
YEAR = Slot(key="year", name="year", kind="whole", low=1970, high=9999)
GAP = Slot(key="gap", name="gap", kind="number", low=0.0)
FORM = Slot(key="format", name="form", kind="text", choices=("text", "json"))
PATTERNS = Slot(key="patterns", name="patterns", kind="text", many=True)
FAIL_ON = Slot(key="fail-on", name="fail_on", kind="text", choices=("error", "critical"))

TREE = {
    COMMON: {slot.key: slot for slot in (LANG, STRICT, SINCE, YEAR, PATTERNS)},
    ("scan",): {slot.key: slot for slot in (LANG, STRICT, SINCE, YEAR, PATTERNS, FORM, FAIL_ON)},
    ("outages",): {slot.key: slot for slot in (LANG, GAP)},
    ("rules", "lint"): {slot.key: slot for slot in (LANG, PATTERNS)},
}


def read(text: str) -> dict[str, Any]:
    return {f"{'.'.join(s.table)}.{s.slot.key}": s.value for s in settings_in(text, TREE, "x.toml")}


def wrong(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        settings_in(text, TREE, "x.toml")
    return [(problem.where, problem.reason, problem.help) for problem in caught.value.problems]


def test_what_stands_there_is_taken() -> None:
    text = """
        [common]
        lang = "zh"
        patterns = ["/a", "/b"]
        [scan]
        since = 2026-11-24
        year = 2026
        strict = true
        [outages]
        gap = 900
        [rules.lint]
        lang = "en"
    """
    assert read(text) == {
        "common.lang": "zh",
        "common.patterns": ["/a", "/b"],
        "scan.since": "2026-11-24",
        "scan.year": 2026,
        "scan.strict": True,
        "outages.gap": 900,
        "rules.lint.lang": "en",
    }


def test_a_time_may_be_written_as_toml_writes_it() -> None:
    assert read("scan.since = 2026-11-24T03:00:00+01:00") == {"scan.since": "2026-11-24T03:00:00+01:00"}
    assert read("scan.since = 03:00:00") == {"scan.since": "03:00:00"}


@pytest.mark.parametrize(
    ("text", "where", "reason", "way_out"),
    [
        ("[scna]\n", "x.toml:1", "scna: there is no such table", "Did you mean 'scan'?"),
        ('lang = "zh"\n', "x.toml:1", "lang: there is no such key", "It is a key of [common]"),
        ('[scan]\nfail_on = "error"\n', "x.toml:2", "[scan] fail_on: there is no such key", "Did you mean 'fail-on'?"),
        ("[scan]\n\ngap = 3\n", "x.toml:3", "[scan] gap: there is no such key", "It is a key of [outages]."),
        ("[scan]\nxyzzy = 3\n", "x.toml:2", "[scan] xyzzy: there is no such key", "Here stand: lang, strict"),
        ("[qqqqq]\n", "x.toml:1", "qqqqq: there is no such table", "There are: common, scan"),
        ("[rules.lnt]\n", "x.toml:1", "[rules] lnt: there is no such table", "Did you mean 'lint'?"),
        ("rules = 1\n", "x.toml:1", "rules: must be a table", "Write [rules] on a line of its own."),
        ("[[scan]]\n", "x.toml", "scan: must be a table", "Write [scan]"),
        ("[scan]\nstrict = 1\n", "x.toml:2", "[scan] strict: must be true or false, not 1", "strict = true"),
        ('[scan]\nstrict = "yes"\n', "x.toml:2", "must be true or false, not the text 'yes'", "strict = true"),
        ("[scan]\nyear = true\n", "x.toml:2", "[scan] year: must be a whole number, not true", "year = 1970"),
        ("[scan]\nyear = 3\n", "x.toml:2", "[scan] year: must be at least 1970, not 3", "year = 1970"),
        ("[scan]\nyear = 10000\n", "x.toml:2", "must be at most 9999, not 10000", "year = 1970"),
        ("[scan]\nsince = 24\n", "x.toml:2", "[scan] since: must be a text, not 24", 'since = "..."'),
        ("[scan]\nsince = []\n", "x.toml:2", "must be a text, not a list", 'since = "..."'),
        ("[scan.since]\n", "x.toml:1", "[scan] since: must be a text, not a table", 'since = "..."'),
        ('[scan]\nformat = "jsn"\n', "x.toml:2", "one of text, json, not 'jsn'; did you mean 'json'?", 'format = "text"'),
        ('[scan]\npatterns = "/a"\n', "x.toml:2", "must be a list of texts, not the text '/a'", 'patterns = ["..."]'),
        ('[scan]\npatterns = ["/a", 1]\n', "x.toml:2", "[scan] patterns: must be a text, not 1", 'patterns = ["..."]'),
        ('[scan]\nsince = "a\\u0000b"\n', "x.toml:2", "must not hold a character NUL", 'since = "..."'),
        ("[outages]\ngap = nan\n", "x.toml:2", "[outages] gap: must be a number, not nan", "gap = 1"),
        ("[outages]\ngap = -0.5\n", "x.toml:2", "[outages] gap: must be at least 0.0, not -0.5", "gap = 1"),
    ],
    ids=lambda value: value.strip().replace("\n", " ") if isinstance(value, str) else "",
)  # fmt: skip
def test_what_does_not_hold_is_told(text: str, where: str, reason: str, way_out: str) -> None:
    ((found, said, helped),) = wrong(text)
    assert found == where
    assert reason in said
    assert way_out in helped


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [
        where for where, _, _ in wrong('[scan]\nstrict = 1\nlang = "en"\nyear = 1\n[nothing-like-it]\n')
    ] == [
        "x.toml:2",
        "x.toml:4",
        "x.toml:5",
    ]


@pytest.mark.parametrize(
    "text", ["[scan", "since = 5d", "[scan]\nlang = 'en'\nlang = 'zh'", "a = " + "[" * 5000]
)
def test_what_is_no_toml_is_told_with_its_line(text: str) -> None:
    ((where, reason, _),) = wrong(text)
    assert where == "x.toml"
    assert reason.startswith("is no TOML: ")
    assert "(at " in reason or "recursion" in reason


# --- which is stronger -----------------------------------------------------------------------------


def held(*files: str, place: tuple[str, ...] = ("scan",)) -> dict[str, Any]:
    layers = [settings_in(text, TREE, f"{number}.toml") for number, text in enumerate(files)]
    kept = Kept(settings=tuple(together(layers)))
    return {name: setting.value for name, setting in kept.of(place, TREE[place]).items()}


def test_a_table_of_the_command_is_stronger_than_common_and_a_later_file_than_an_earlier() -> None:
    common, own = '[common]\nlang = "zh"\n', '[scan]\nlang = "en"\n'
    assert held(own + common) == {"lang": "en"}
    assert held(common, own) == {"lang": "en"}
    assert held(own, common) == {"lang": "zh"}
    assert held('[common]\nyear = 2025\nlang = "en"', common) == {"year": 2025, "lang": "zh"}


def test_a_command_takes_what_it_has_and_no_other_s() -> None:
    text = '[common]\nlang = "zh"\nstrict = true\n[scan]\nformat = "json"\n'
    assert held(text) == {"lang": "zh", "strict": True, "form": "json"}
    assert held(text, place=("rules", "lint")) == {"lang": "zh"}


def test_ranks_grow_from_weak_to_strong() -> None:
    layers = [settings_in("[scan]\nyear = 2000\n[common]\nyear = 2001\n", TREE, str(n)) for n in range(2)]
    assert [(s.value, s.file, s.rank) for s in together(layers)] == [
        (2001, "0", 0), (2000, "0", 1), (2001, "1", 2), (2000, "1", 3),
    ]  # fmt: skip


# --- laws ------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_every_text_comes_back_from_what_is_shown_of_it(text: str) -> None:
    assert read(f"[scan]\nsince = {value_of(text)}\n") == {"scan.since": text}
    assert escape(value_of(text)) == value_of(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
    st.sampled_from([LANG, STRICT, SINCE, YEAR, GAP, PATTERNS]),
)
def test_a_value_is_taken_as_what_it_must_be_or_refused(value: Any, slot: Slot) -> None:
    kinds: dict[str, Any] = {"flag": bool, "whole": int, "number": (int, float), "text": str}
    try:
        taken = taken_from(slot, value)
    except ValueError:
        return
    for one in taken if slot.many else [taken]:
        assert isinstance(one, kinds[slot.kind])
        assert not slot.choices or one in slot.choices
        assert slot.low is None or one >= slot.low
