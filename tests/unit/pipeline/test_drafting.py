"""A draft: what is known of the line is filled in, the rest is said to be missing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.problems import UsageError
from logscan.packs.load import faults, load
from logscan.packs.schema import card_of
from logscan.pipeline.drafting import draft
from logscan.pipeline.lines.pasted import judged
from logscan.rules.match import matches
from logscan.rules.shape import keyed
from tests.examples import scaled

PACK = load()
STAMP = "Nov 24 03:27:39 mx1 postfix/"
ODD = [
    STAMP + "smtpd[7]: warning: the frobnicator (v2.1) of client.example[192.0.2.9] is off",
    STAMP + "smtp[8]: AAAAAB: to=<a@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=4.6.9, "
    'status=deferred (host mx.b.example[198.51.100.1] said: 450 4.6.9 Frobnication "required" \\o/ (in reply to RCPT TO command))',
    STAMP + "smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.25]: 554 5.7.9 <a@b.example>: Frobnicator address rejected: "
    "no frobs; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
    "[Tue Nov 24 03:27:39.000001 2026] [frob:error] [pid 1:tid 2] [client 192.0.2.1:5] AH99999: frobnicator 'x' \\d+ broke",
]  # fmt: skip


def drafted(line: str) -> dict[str, Any]:
    text = draft(line, PACK)
    assert text.startswith("# Draft.")
    return tomllib.loads(text)


@pytest.mark.parametrize("line", ODD, ids=["warning", "delivery", "reject", "apache"])
def test_a_draft_catches_its_line(line: str) -> None:
    table = drafted(line)
    assert table["hit"] == [{"line": line}]
    card = card_of("x.draft", {**table, "miss": []})
    [judgement] = judged([line], PACK)
    event = judgement.events[0]
    import polars as pl  # noqa: PLC0415

    columns = {name: [value] for name, value in event.row.items() if name in {
        "family", "kind", "direction", "severity", "status", "daemon", "stage", "dsn", "module", "errno", "smtp_code", "http_status", "reason",
    } and value is not None}  # fmt: skip
    assert matches(keyed(pl.DataFrame(columns)), [card]) == [["x.draft"]]


@pytest.mark.parametrize("line", ODD, ids=["warning", "delivery", "reject", "apache"])
def test_a_draft_does_not_pass_for_a_card(line: str, tmp_path: Path) -> None:
    table = drafted(line)
    assert table["status"] == "draft"
    assert "miss" not in table
    wrong = [problem.reason for problem in faults(tmp_path / "x.toml", table)]
    assert any("'miss' is a required property" in reason for reason in wrong)
    assert draft(line, PACK).count("TODO") > 8


def test_a_draft_names_what_the_line_tells() -> None:
    table = drafted(ODD[1])
    assert table["match"]["family"] == "postfix"
    assert table["match"]["kind"] == "delivery"
    assert table["match"]["direction"] == "outbound"
    assert table["match"]["status"] == "deferred"
    assert table["match"]["daemon"] == "smtp"
    assert table["match"]["literal"] == ["Frobnication"]
    assert "<host>" in table["match"]["reason"]
    assert "198.51" not in table["match"]["reason"]


def test_the_longest_words_of_the_software_are_the_literal() -> None:
    assert drafted(ODD[2])["match"]["literal"] == ["Frobnicator address rejected"]


def test_a_line_that_a_card_explains_needs_none() -> None:
    line = ODD[1].replace(
        '4.6.9 Frobnication "required" \\o/',
        "4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]",
    )
    with pytest.raises(UsageError, match=r"postfix\.smtp\.no-reverse-dns explains this line already"):
        draft(line, PACK)


@pytest.mark.parametrize("line", ["", "the moon is full"])
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="not a line of any log"):
        draft(line, PACK)


@settings(max_examples=scaled(60))
@given(st.text(max_size=30))
def test_whatever_a_stranger_wrote_is_valid_toml(words: str) -> None:
    line = f"{STAMP}smtpd[7]: warning: frobnicator {words}"
    try:
        table = drafted(line)
    except UsageError:
        return
    said = table["hit"][0]["line"]
    assert said == line.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "words", ["'''", '"""', "\\", "\x1b[31m", "\x7f", "\u202e", "\udcff", "{ip}", "#"], ids=ascii
)
def test_quotes_and_controls_do_not_break_out(words: str) -> None:
    text = draft(f"{STAMP}smtpd[7]: warning: frobnicator {words} is off", PACK)
    assert not {"\x1b", "\x7f", "\u202e", "\udcff"} & set(text)
    assert tomllib.loads(text)["status"] == "draft"
