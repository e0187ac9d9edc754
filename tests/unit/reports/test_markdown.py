"""Markdown for a ticket: it says what the text says, and no stranger's word becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from logscan.model.findings import Affected, BlindSpot, Evidence, Report, Tally
from logscan.model.problems import Problem
from logscan.model.safety import escape
from logscan.model.version import __version__
from logscan.packs.load import load
from logscan.packs.texts import ui
from logscan.reports import markdown
from logscan.reports.wording import Wording
from tests.unit.reports.made import EVIDENCE, EXPLANATION, FINDING, FIRST, NOTICE, REPORT, UNEXPLAINED, quiet

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

#: What renderers turn into links, mentions and pictures behind the parser's back.
LIVE = re.compile(r"@|://|www\.|#\d|:[a-z]+:")

NASTY = (
    "x](javascript:alert(1)) ![y](http://evil.example/p.png) <img src=x onerror=alert(1)> <!-- `` ``` ```` "
    "~~~ | a | b | @everyone #12 www.evil.example https://evil.example/ **b** _i_ [l][m] [^1] $x$ &lt; \\"
)


def said(report: Report, *, lang: str = "en", **how: Any) -> str:
    return markdown.page(report, Wording(phrases=ui(lang, load()), zone=UTC), **how)


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def parsed(text: str) -> list[Token]:
    return list(flat(PARSER.parse(text)))


def headings(text: str) -> list[str]:
    tokens = PARSER.parse(text)
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


# --- what it says --------------------------------------------------------------------------------


def test_the_whole_document() -> None:
    whole = Path(__file__).with_name("whole_document.md").read_text(encoding="utf-8")
    assert said(REPORT) == whole.replace("VERSION", __version__)


def test_small_things_are_explained_when_asked_and_everything_is_short_when_asked() -> None:
    assert "## 2. NOTICE: A small thing" in said(REPORT, verbose=True)
    assert "`-v`" not in said(REPORT, verbose=True)
    assert headings(said(REPORT, quiet=True))[1:] == ["At a glance"]


def test_a_quiet_log_is_said_to_be_quiet() -> None:
    made = said(quiet())
    assert "**All quiet: nothing at warning or above.**" in made
    assert "|" not in made
    assert len(headings(made)) == 1


def test_chinese_speaks_chinese() -> None:
    made = said(REPORT, lang="zh", verbose=True)
    assert headings(made)[1:4] == ["概览", "1. 错误: The frobnicator is unplugged", "2. 注意: A small thing"]
    assert not re.search(r"\b(ERROR|NOTICE|Why|Evidence|Severity)\b", made)


def test_many_unexplained_groups_are_counted() -> None:
    many = tuple(replace(UNEXPLAINED, template=f"widget {n}") for n in range(13))
    made = said(replace(REPORT, unexplained=many))
    assert made.count("postfix/qmgr: widget") == 10
    assert "\nand 3 more\n" in made


# --- what strangers wrote ------------------------------------------------------------------------


def nasty(text: str) -> Report:
    """Return a report with `text` wherever something of a log can stand."""
    explanation = replace(
        EXPLANATION, title=text, meaning=text, likely_causes=(text, text), remedy=(text, text), verify=(text,), limits=text
    )  # fmt: skip
    evidence = tuple(replace(line, file=text, text=text) for line in EVIDENCE)
    tally = Tally(top=((text, 3), ("b", 2)), others=1)
    finding = replace(
        FINDING,
        explanation=explanation,
        evidence=evidence,
        affected=Affected(domains=tally, clients=tally),
        caused_by=(("a.card", FIRST, text),),
    )
    example = Evidence(file=text, line=3, time=FIRST, text=text)
    return replace(
        REPORT,
        findings=(finding, NOTICE),
        unexplained=(replace(UNEXPLAINED, template=text, program=text, example=example),),
        problems=(Problem(where=text, reason=text, help=text),),
        totals=replace(REPORT.totals, hosts=(text,), unparsed_samples=(example,)),
        blind_spots=(BlindSpot(missing=text, why=text, remedy=text),),
    )


def skeleton(tokens: list[Token]) -> list[tuple[str, str]]:
    """Return the blocks and the links, which no text may change."""
    return [
        (token.type, str(token.attrs.get("href", "")))
        for token in tokens
        if token.type.endswith(("_open", "_close")) or token.type in {"fence", "code_block", "html_block", "hr"}
    ]  # fmt: skip


MARKS = st.text(alphabet="`|<>[]()!*_~#@:/\\-+=.$&; 1aw\n\t\u202e\x1b", max_size=40).filter(
    lambda text: text.strip(" ")
)


@given(text=st.just(NASTY) | MARKS)
def test_no_text_changes_what_the_document_is_made_of(text: str) -> None:
    tokens = parsed(said(nasty(text), verbose=True))
    assert skeleton(tokens) == skeleton(parsed(said(nasty("plain"), verbose=True)))
    assert not [token for token in tokens if token.type in {"html_inline", "html_block", "image"}]


@given(text=st.just(NASTY) | MARKS)
def test_nothing_outside_code_is_made_a_link_behind_our_back(text: str) -> None:
    inside = False
    for token in parsed(said(nasty(text), verbose=True)):
        inside = {"link_open": True, "link_close": False}.get(token.type, inside)
        if token.type == "text" and not inside:
            assert not LIVE.search(token.content.replace("03:27:38", "").replace("05:00:00", ""))


@given(MARKS)
def test_a_fence_holds_its_lines_as_they_are(text: str) -> None:
    given_ = [Evidence(file=text, line=1, time=None, text=text), Evidence(file="b", line=2, time=None, text=text)]  # fmt: skip
    (fence,) = parsed(markdown.fence(given_))
    assert fence.type == "fence"
    assert fence.content == f"{escape(text)}:1  {escape(text)}\nb:2  {escape(text)}\n"


def test_a_fence_is_longer_than_any_run_of_backticks_in_it() -> None:
    for run, fence in ((0, 3), (2, 3), (3, 4), (7, 8)):
        made = markdown.fence([Evidence(file="a", line=1, time=None, text=f"x {'`' * run} y")])
        assert made.split("\n")[0] == "`" * fence + "text"
        assert made.split("\n")[-1] == "`" * fence


@given(MARKS)
def test_prose_keeps_every_word(text: str) -> None:
    """Only backticks that marked code, and blanks, may differ."""
    shown = "".join(
        token.content for token in parsed(f"- {markdown.prose(text)}") if token.type in {"text", "code_inline", "text_special"}
    )  # fmt: skip
    bare = re.compile(r"[` ]")
    assert bare.sub("", shown) == bare.sub("", escape(text))


@given(MARKS)
def test_a_cell_keeps_every_word(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown.cell(text)} | end |\n"
    tokens = PARSER.parse(table)
    cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    assert cells[1].content == "end"
    shown = "".join(
        child.content
        for child in cells[0].children or []
        if child.type in {"text", "code_inline", "text_special"}
    )
    bare = re.compile(r"[` ]")
    assert bare.sub("", shown) == bare.sub("", escape(text))


@given(MARKS)
def test_code_is_code(text: str) -> None:
    tokens = [token for token in parsed(f"x {markdown.code(text)} y") if token.type == "code_inline"]
    assert [token.content for token in tokens] == ([escape(text)] if text.strip(" ") else [])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1. one", r"1\. one"),
        ("192.0.2.1 is", "192.0.2.1 is"),
        ("- x", r"\- x"),
        ("--- x", r"\--- x"),
        ("-host x", "-host x"),
        ("# x", r"\# x"),
        ("> x", r"\> x"),
        ("smtp_tls_loglevel _x_", r"smtp_tls_loglevel \_x\_"),
        ("dig A $(dig X)", "dig A $(dig X)"),
        ("$x + $y", r"\$x + \$y"),
        ("a & b &amp;", r"a & b \&amp;"),
        ("`a``b`", "`a` `b`"),
        ("`a`@b", "`a` `@b`"),
    ],
)
def test_prose_is_escaped_where_it_must_be_and_only_there(text: str, wanted: str) -> None:
    assert markdown.prose(text) == wanted


def test_only_pages_on_the_web_become_links() -> None:
    odd = (
        "javascript:alert(1)",
        "http://x.example/",
        "https://x.example/ y",
        "https://x.example/>",
        "https://x.example/<",
    )
    explanation = replace(EXPLANATION, references=(*odd, "https://x.example/a_(b)?c=d#e"))
    made = said(replace(REPORT, findings=(replace(FINDING, explanation=explanation),)))
    links = [str(token.attrs["href"]) for token in parsed(made) if token.type == "link_open"]
    assert links == ["https://x.example/a_(b)?c=d#e"]
