"""The report for a person: trust first, then the glance, then each finding with its proof."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logscan.model.findings import Affected, Assumptions, BlindSpot, Evidence, Explanation, Report, Tally
from logscan.model.problems import Problem
from logscan.model.vocabulary import Severity
from logscan.packs.load import load
from logscan.packs.texts import ui
from logscan.reports import sentences, text
from logscan.reports.paper import PIPED, Paper
from logscan.reports.wording import Wording
from tests.examples import scaled
from tests.unit.reports.made import EVIDENCE, FINDING, FIRST, LAST, NOTICE, REPORT, UNEXPLAINED, quiet


def said(report: Report, *, lang: str = "en", **how: Any) -> str:
    stream = io.StringIO()
    text.write(report, Paper(stream, color="never"), Wording(phrases=ui(lang, load()), zone=UTC), **how)
    return stream.getvalue()


# --- what can be trusted -------------------------------------------------------------------------


def test_the_first_lines_say_what_was_read_and_how_far_to_trust_it() -> None:
    lines = said(REPORT).splitlines()
    assert lines[:5] == [
        "1 file, 20 lines, 18 events, 1 line not understood; 2026-11-24 03:27:38 to 05:00:00",
        "times in UTC (as asked); year 2026 (from the file's date; --year says otherwise)",
        '4 lines that several files share, counted once; 5 lines that a "repeated" note stood for, counted; 6',
        "invalid bytes replaced",
        "not read  /var/log/odd: no known log format; name another",
    ]
    assert lines[5] == "note      /var/log/mail.log: an hour was ambiguous; nothing"


def test_alike_problems_are_said_once_with_a_few_of_their_places() -> None:
    many = tuple(Problem(where=f"/var/log/{n}", reason="no known log format", help="none") for n in range(8))
    made = " ".join(said(replace(quiet(), problems=many)).split())
    assert made.count("no known log format") == 1
    assert "not read /var/log/0, /var/log/1, /var/log/2, /var/log/3, /var/log/4, and 3 more: no known" in made


def test_a_quiet_log_is_said_to_be_quiet() -> None:
    assert said(quiet()) == (
        "1 file, 20 lines, 18 events, every line understood; 2026-11-24 03:27:38 to 05:00:00\n"
        "times in UTC (as asked); year 2026 (from the file's date; --year says otherwise)\n"
        "All quiet: nothing at warning or above.\n"
    )


def test_a_log_that_was_read_in_part_is_quiet_in_part() -> None:
    unread = (Problem(where="x", reason="is gone", help="find it"),)
    assert "Nothing at warning or above in what was understood." in said(replace(quiet(), problems=unread))
    unparsed = replace(quiet().totals, unparsed=3)
    assert "in what was understood" in said(replace(quiet(), totals=unparsed))
    note = (Problem(where="x", reason="is odd", help="no", unreadable=False),)
    assert "All quiet" in said(replace(quiet(), problems=note))


def test_a_window_without_a_line_is_said_first_and_is_not_quiet() -> None:
    nothing = replace(quiet().totals, lines=0, events=0, first=None, last=None)
    report = replace(
        quiet(), totals=nothing, window=(LAST, None), covered=(FIRST, FIRST + timedelta(hours=1))
    )
    made = said(report)
    assert made.splitlines()[0] == (
        "no line lies between 2026-11-24 05:00:00 and ...; the logs cover 2026-11-24 03:27:38 to 2026-11-24"
    )
    assert "quiet" not in made.lower()


def test_stamps_with_a_year_need_no_word_about_it() -> None:
    made = said(replace(quiet(), assumptions=Assumptions(zone="UTC", zone_source="system")))
    assert made.splitlines()[1] == "times in UTC (this system's zone; --tz says otherwise)"


# --- the glance and the findings -----------------------------------------------------------------


def test_everything_at_a_glance_then_one_by_one() -> None:
    lines = said(REPORT).splitlines()
    glance = lines.index("ERROR   1,234x  The frobnicator is unplugged")
    assert lines[glance + 1] == "NOTICE  1x      A small thing"
    assert lines[glance - 1] == ""
    head = lines.index("ERROR  The frobnicator is unplugged  site.frobnicator")
    assert lines[head + 1 : head + 22] == [
        "  1,234 times, 3 mails, 1 recipient, 2 sessions, since 2026-11-24 03:27:38; until the logs end",
        "  concerns        domains: x.example 9, y.example 3, others 4",
        "  how far         It is all at one house.",
        "  follows from    The cat was here (site.cat, 2026-11-24 03:27:38)",
        "  what            Somebody tripped over the cable.",
        "  why          1. a foot",
        "               2. a cat",
        "  do              plug it in",
        "  verify       1. postfix check",
        "               2. postqueue -p",
        "  but             The log does not tell who it was.",
        "  /var/log/mail.log:7  line 7",
        "  /var/log/mail.log:8  line 8",
        "  /var/log/mail.log:12  line 12",
        "",
        "Notices and information: `-v` explains them too.",
        "",
        "Also to be looked at",
        "  * We turn the neighbours away.",
        "    1. let them in",
        "    2. postfix reload",
    ]


def test_small_things_are_explained_when_asked() -> None:
    assert "Nothing to do." not in said(REPORT)
    verbose = said(REPORT, verbose=True)
    assert "Nothing to do." in verbose
    assert "`-v` explains" not in verbose
    assert (
        "once, 3 mails, 1 recipient, 2 sessions, since 2026-11-24 03:27:38; over: nothing since 2026-11-24 05:00:00"
        in " ".join(verbose.split())
    )


def test_quiet_is_the_trust_and_the_glance() -> None:
    made = said(REPORT, quiet=True)
    assert made.splitlines()[-1] == "NOTICE  1x      A small thing"
    assert made == said(REPORT)[: len(made)]


def test_a_moment_is_no_period() -> None:
    made = " ".join(said(replace(REPORT, findings=(replace(FINDING, last=FIRST, ongoing=False),))).split())
    assert "at 2026-11-24 03:27:38; over: nothing since 2026-11-24 03:27:38" in made
    timeless = said(replace(REPORT, findings=(replace(FINDING, first=None, last=None, ongoing=False),)))
    assert "2 sessions; over: nothing since ?" in timeless


def test_small_things_alone_are_quiet_and_still_told() -> None:
    made = said(replace(quiet(), findings=(NOTICE,)))
    assert "All quiet" in made
    assert "NOTICE  1x  A small thing" in made


@pytest.mark.parametrize("severity", list(Severity))
def test_from_warning_on_findings_are_explained_in_full(severity: Severity) -> None:
    made = said(replace(REPORT, findings=(replace(FINDING, severity=severity),)))
    assert ("plug it in" in made) is (severity in {Severity.CRITICAL, Severity.ERROR, Severity.WARNING})


def test_many_names_are_a_few_and_the_rest() -> None:
    names = tuple((f"c{index}", 10 - index) for index in range(8))
    made = said(
        replace(REPORT, findings=(replace(FINDING, affected=Affected(clients=Tally(top=names, others=7))),))
    )
    assert "clients: c0 10, c1 9, c2 8, c3 7, c4 6, others 19" in made


def test_begin_and_end_are_proved() -> None:
    many = tuple(replace(EVIDENCE[0], line=line) for line in range(1, 10))
    assert [line.line for line in sentences.proofs(many)] == [1, 2, 9]
    assert sentences.proofs(many[:3]) == many[:3]
    assert sentences.proofs(()) == ()


# --- what is not explained or understood ---------------------------------------------------------


def test_what_no_card_explains_is_listed_up_to_a_measure() -> None:
    made = said(replace(REPORT, unexplained=(UNEXPLAINED,) * 12))
    assert made.count("WARNING  2x  postfix/qmgr: widget <n> broke") == 10
    assert made.count("mail.log:3  warning: widget 9 broke") == 10
    assert "and 2 more" in made


def test_lines_that_were_not_understood_are_shown_and_what_cannot_be_seen() -> None:
    made = said(REPORT)
    assert "Lines that were not understood\n  mail.log:5  what is this\n" in made
    assert (
        "What these logs cannot show\n  -  signing\n     OpenDKIM does not say.\n     do  SyslogSuccess yes\n"
    ) in made


def test_five_blind_spots_are_enough_unless_more_are_asked_for() -> None:
    spots = tuple(BlindSpot(missing=f"thing {n}", why="w", remedy="r") for n in range(7))
    made = said(replace(REPORT, blind_spots=spots))
    assert "thing 4" in made
    assert "thing 5" not in made
    assert made.endswith("  and 2 more: `-v` lists them\n")
    assert "thing 6" in said(replace(REPORT, blind_spots=spots), verbose=True)
    assert "thing 0" not in said(replace(REPORT, blind_spots=spots), quiet=True)


def test_a_quiet_log_has_three_lines_and_the_third_counts_what_it_cannot_show() -> None:
    spot = BlindSpot(missing="signing", why="w", remedy="r")
    assert len(said(quiet()).splitlines()) == 3
    one, two = (said(replace(quiet(), blind_spots=(spot,) * count)).splitlines() for count in (1, 2))
    assert len(one) == len(two) == 3
    assert one[2].endswith("at warning or above.  1 thing these logs cannot show: `-v` says it.")
    assert two[2].endswith("2 things these logs cannot show: `-v` lists them.")
    verbose = said(replace(quiet(), blind_spots=(spot,)), verbose=True)
    assert "What these logs cannot show\n  -  signing\n" in verbose
    assert "1 thing" not in verbose


# --- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("how", [{}, {"verbose": True}, {"quiet": True}], ids=["plain", "verbose", "quiet"])
def test_no_line_ends_in_blanks_and_prose_keeps_its_width(lang: str, how: dict[str, bool]) -> None:
    long = Explanation(
        title="t " * 80, meaning="对方服务器" * 60, likely_causes=("word " * 60,), remedy=("x" * 300,)
    )
    report = replace(REPORT, findings=(replace(FINDING, explanation=long), NOTICE))
    for line in said(report, lang=lang, **how).splitlines():
        assert line == line.rstrip()
        assert cell_len(line) <= PIPED


def test_chinese_speaks_chinese() -> None:
    made = said(REPORT, lang="zh")
    assert "18 个事件，1 行未能识别; 2026-11-24 03:27:38 至 05:00:00\n" in made  # noqa: RUF001
    assert "错误" in made
    assert not {"ERROR", "NOTICE", "verify", "ongoing"} & set(made.split())


HOSTILE = "\x1b[31m\u202e[red]=1+1\r\n\x00\ud800"


@settings(max_examples=scaled(40))
@given(st.text(max_size=40) | st.just(HOSTILE))
def test_strangers_words_act_on_nothing_wherever_they_stand(words: str) -> None:
    line = Evidence(file=words, line=1, time=FIRST, text=words)
    finding = replace(
        FINDING,
        rule=words,
        evidence=(line,),
        affected=Affected(*()),
        explanation=Explanation(
            title=words, meaning=words, likely_causes=(words,), remedy=(words,), verify=(words,), limits=words
        ),
        caused_by=((words, FIRST, words),),
    )
    report = replace(
        REPORT,
        findings=(finding,),
        unexplained=(replace(UNEXPLAINED, template=words, program=words, example=line),),
        problems=(Problem(where=words, reason=words, help=words),),
        totals=replace(REPORT.totals, unparsed_samples=(line,)),
    )
    made = said(report)
    assert all(character == "\n" or unicodedata.category(character)[0] != "C" for character in made)
    assert all(line == line.rstrip() for line in made.splitlines())
