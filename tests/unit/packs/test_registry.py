"""Enhanced status codes in words."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.problems import PackError
from logscan.model.vocabulary import Cause
from logscan.packs import registry
from logscan.packs.locate import ours
from logscan.packs.registry import registered

TABLE = tomllib.loads((ours() / "registry" / "enhanced-status.toml").read_text(encoding="utf-8"))
CODES = [code.replace("X", grade) for code in TABLE["code"] for grade in "245"]


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_with_its_class(code: str) -> None:
    known = registered(code)
    entry = TABLE["code"]["X" + code[1:]]
    assert known.code == code
    assert entry["title"] in known.explanation.title
    assert TABLE["class"][code[0]]["title"] in known.explanation.title
    assert known.explanation.meaning == f"{entry['meaning']} {TABLE['class'][code[0]]['meaning']}"
    assert known.explanation.remedy
    assert known.explanation.references == (entry["source"],)


def test_causes_are_of_the_closed_list() -> None:
    named = {entry["cause"] for entry in TABLE["code"].values() if "cause" in entry}
    assert named <= {cause.value for cause in Cause}
    assert registered("5.1.1").cause == "user-unknown"


def test_four_and_five_tell_different_things_of_one_code() -> None:
    soft, hard = registered("4.2.2"), registered("5.2.2")
    assert soft.cause == hard.cause == "mailbox-full"
    assert soft.explanation.title != hard.explanation.title
    assert "tried again" in soft.explanation.meaning
    assert "tried again" not in hard.explanation.meaning


@pytest.mark.parametrize("subject", sorted(TABLE["subject"]))
def test_of_an_unknown_detail_class_and_subject_are_told(subject: str) -> None:
    known = registered(f"5.{subject}.999")
    assert known.cause is None
    assert known.explanation.title == f"permanent failure: {TABLE['subject'][subject]['title']}"
    assert TABLE["subject"][subject]["meaning"] in known.explanation.meaning
    assert not known.explanation.remedy


def test_of_an_unknown_subject_the_class_is_told() -> None:
    known = registered("4.99.1")
    assert known.explanation.title == "transient failure"
    assert known.explanation.meaning.startswith("The registry does not have this code.")
    assert known.cause is None


@given(st.integers(0, 9), st.integers(0, 999), st.integers(0, 999))
def test_there_is_an_answer_to_every_code(grade: int, subject: int, detail: int) -> None:
    known = registered(f"{grade}.{subject}.{detail}")
    assert known.explanation.title


def test_a_registry_that_cannot_be_read_is_a_problem_of_the_pack(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "ours", lambda: tmp_path)
    registry._table.cache_clear()
    try:
        with pytest.raises(PackError, match=r"enhanced-status\.toml"):
            registered("5.1.1")
    finally:
        registry._table.cache_clear()
