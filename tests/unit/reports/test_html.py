"""The page: it holds what the text says, needs nothing, and lets no stranger in."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.findings import Affected, Input, Report, Tally
from logscan.model.safety import escape
from logscan.model.vocabulary import LANGUAGES
from logscan.packs.load import load
from logscan.packs.texts import ui
from logscan.reports import html
from logscan.reports.wording import Wording
from tests.unit.reports.made import EXPLANATION, FINDING, FIRST, LAST, NOTICE, REPORT, UNEXPLAINED, quiet
from tests.unit.reports.test_markdown import NASTY, nasty

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """The elements of a page in order, each with its attributes and its own text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        """Everything that is read, blanks made one."""
        return " ".join(" ".join(text for tag, text in self.texts if tag not in {"style", "script"}).split())


def made(report: Report, *, lang: str = "en", **how: Any) -> str:
    return html.page(report, Wording(phrases=ui(lang, load()), zone=UTC), lang=lang, **how)


# --- what it says --------------------------------------------------------------------------------


def test_it_says_what_the_text_says() -> None:
    words = Page(made(REPORT)).words
    for wanted in (
        "Log report 2026-11-24 03:27:38 to 05:00:00 mx1, mx2 1 ERROR 1 NOTICE What was read",
        "1 file, 20 lines, 18 events, 1 line not understood ; 2026-11-24 03:27:38 to 05:00:00",
        "times in UTC (as asked); year 2026 (from the file's date; --year says otherwise)",
        '4 lines that several files share, counted once; 5 lines that a "repeated" note stood for, counted; 6 invalid',
        "not read /var/log/odd: no known log format; name another",
        "note /var/log/mail.log: an hour was ambiguous; nothing",
        "ERROR 1,234 The frobnicator is unplugged until the logs end NOTICE 1 A small thing until 2026-11-24 05:00:00",
        "1,234 times, 3 mails, 1 recipient, 2 sessions, since 2026-11-24 03:27:38; until the logs end",
        "Who is affected domains x.example 9 y.example 3 others 4",
        "Follows from The cat was here site.cat, 2026-11-24 03:27:38",
        "What it means Somebody tripped over the cable.",
        "Why a foot a cat What to do plug it in How to verify postfix check postqueue -p",
        "What this cannot know The log does not tell who it was.",
        "Evidence /var/log/mail.log:7 line 7 /var/log/mail.log:8 line 8 /var/log/mail.log:9 line 9 /var/log/mail.log:12 line 12",
        "Rule card site.frobnicator https://www.rfc-editor.org/rfc/rfc5321",
        "Not explained by any card",
        "WARNING 2 times postfix/qmgr: widget <n> broke mail.log:3 warning: widget 9 broke",
        "Lines that were not understood mail.log:5 what is this",
        "What these logs cannot show signing : OpenDKIM does not say. SyslogSuccess yes",
        "how things stood at 2026-11-24 05:00:00.",
    ):
        assert wanted in words


def test_a_quiet_log_is_said_to_be_quiet() -> None:
    page = Page(made(quiet()))
    assert "All quiet: nothing at warning or above." in page.words
    assert not page.all("article")
    assert "What these logs cannot show" not in Page(made(replace(quiet(), blind_spots=None))).words


def test_a_window_without_a_line_is_said_first() -> None:
    nothing = replace(quiet().totals, lines=0, events=0, first=None, last=None)
    report = replace(
        quiet(), totals=nothing, window=(LAST, None), covered=(FIRST, FIRST + timedelta(hours=1))
    )
    page = Page(made(report))
    assert "What was read no line lies between 2026-11-24 05:00:00 and ...; the logs cover" in page.words
    assert "quiet" not in page.words.lower()


def test_what_matters_stands_open() -> None:
    def opened(**how: Any) -> list[bool]:
        return ["open" in details for details in Page(made(replace(REPORT, inputs=()), **how)).all("details")]

    assert opened() == [True, False]
    assert opened(verbose=True) == [True, True]
    assert opened(quiet=True) == []


def test_long_lists_end_in_a_count() -> None:
    many = tuple(replace(UNEXPLAINED, template=f"widget {n}") for n in range(53))
    inputs = tuple(replace(REPORT.inputs[0], path=f"/var/log/{n}") for n in range(61))
    names = Tally(top=tuple((f"n{n}.example", 1) for n in range(20)), others=7)
    finding = replace(FINDING, affected=Affected(domains=names))
    words = Page(made(replace(REPORT, unexplained=many, inputs=inputs, findings=(finding,)))).words
    assert "widget 49 " in words
    assert "widget 50" not in words
    assert "/var/log/49 20 1 2026-11-24 03:27:38 to 05:00:00 and 11 more" in words
    assert "and 3 more" in words
    assert "n19.example 1 others 7" in words


def test_a_file_that_was_not_read_says_why() -> None:
    odd: Input = REPORT.inputs[1]
    assert "/var/log/odd 0 0 no known log format" in Page(made(replace(REPORT, inputs=(odd,)))).words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_which_language_it_speaks(lang: str) -> None:
    page = Page(made(REPORT, lang=lang))
    assert page.all("html") == [{"lang": {"en": "en", "zh": "zh-Hans"}[lang]}]


def test_chinese_speaks_chinese() -> None:
    words = Page(made(REPORT, lang="zh", verbose=True)).words
    assert "日志报告" in words
    assert "1 错误 1 注意" in words
    assert not re.search(r"\b(ERROR|NOTICE|Why|Evidence|Severity|Skip|Count|File)\b", words)


def test_the_same_report_gives_the_same_bytes() -> None:
    later = replace(REPORT, generated=LAST + timedelta(days=3), elapsed_s=77.0)
    assert made(REPORT) == made(later)


# --- what it needs -------------------------------------------------------------------------------


def test_nothing_may_be_loaded_and_the_style_is_known_by_its_digest() -> None:
    source = made(REPORT)
    style = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    (policy,) = [
        meta["content"]
        for meta in Page(source).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert len(style) == 1
    # Nothing but the encoding may come before it, or it would not hold for that.
    assert source.index("Content-Security-Policy") < source.index("<title>")
    assert not re.search(r"url\(|@import|expression", style[0])


def test_it_has_no_script_no_frame_and_no_foreign_file() -> None:
    page = Page(made(REPORT))
    assert not {tag for tag, _ in page.elements} & {
        "script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "audio", "video"
    }  # fmt: skip
    for tag, attributes in page.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset"}
        ], tag


def test_only_references_lead_outside_and_say_nothing_of_where_from() -> None:
    odd = ("javascript:alert(1)", "http://x.example/", 'https://x.example/"onclick=x', "https://x.example/ y")
    explanation = replace(EXPLANATION, references=(*odd, "https://x.example/a?b=c&d#e"))
    page = Page(made(replace(REPORT, findings=(replace(FINDING, explanation=explanation), NOTICE))))
    links = [link for link in page.all("a") if not str(link["href"]).startswith("#")]
    assert links == [{"href": "https://x.example/a?b=c&d#e", "rel": "noreferrer"}]
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    inner = [str(link["href"])[1:] for link in page.all("a") if str(link["href"]).startswith("#")]
    assert inner == ["findings", "finding-1", "finding-2"]
    assert set(inner) <= targets


def test_no_id_twice() -> None:
    ids = [attributes["id"] for _, attributes in Page(made(REPORT)).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_headings_go_down_step_by_step() -> None:
    levels = [int(tag[1]) for tag, _ in Page(made(REPORT)).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_say_what_they_are() -> None:
    page = Page(made(REPORT))
    assert len(page.all("table")) == len(page.all("caption")) == 2
    assert all(head.get("scope") in {"col", "row"} for head in page.all("th"))
    assert {label["aria-labelledby"] for label in page.all("section")} <= {
        attributes.get("id") for _, attributes in page.elements
    }


# --- what strangers wrote ------------------------------------------------------------------------

MARKS = st.text(alphabet="<>&\"'`/=;!-{}%#[]()abonscript1 \n\t\x00\x1b\u202e\u2028", max_size=40).filter(
    str.strip
)


@given(text=st.just(NASTY) | st.just("{{ 7*7 }}{% raw %}</style></script>'\"><b onload=x>") | MARKS)
def test_no_text_changes_what_the_page_is_made_of(text: str) -> None:
    def shape(given_: str) -> list[tuple[str, dict[str, str | None]]]:
        # Code between backticks is the one thing that prose may hold.
        elements = Page(made(nasty(given_))).elements
        return [element for element in elements if element[0] != "code"]

    assert shape(text) == shape("plain")


@given(text=st.just(NASTY) | MARKS)
def test_a_line_is_shown_as_it_is_with_what_is_invisible_spelled_out(text: str) -> None:
    page = Page(made(nasty(text)))
    lines = [shown for tag, shown in page.texts if tag == "code"]
    assert lines.count(escape(text)) >= 4
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", page.words)
