"""A report made by hand, with something in every place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from logscan.model.findings import (
    Affected,
    Assumptions,
    BlindSpot,
    Evidence,
    Explanation,
    Finding,
    Input,
    Reach,
    Report,
    Tally,
    Totals,
    Unexplained,
)
from logscan.model.problems import Problem
from logscan.model.vocabulary import Severity

FIRST = datetime(2026, 11, 24, 3, 27, 38, tzinfo=UTC)
LAST = datetime(2026, 11, 24, 5, 0, 0, 250_000, tzinfo=UTC)

EXPLANATION = Explanation(
    title="The frobnicator is unplugged",
    meaning="Somebody tripped over the cable.",
    likely_causes=("a foot", "a cat"),
    remedy=("plug it in",),
    verify=("postfix check", "postqueue -p"),
    references=("https://www.rfc-editor.org/rfc/rfc5321",),
    limits="The log does not tell who it was.",
)
EVIDENCE = tuple(
    Evidence(file="/var/log/mail.log", line=line, time=FIRST, text=f"line {line}") for line in (7, 8, 9, 12)
)
FINDING = Finding(
    rule="site.frobnicator",
    severity=Severity.ERROR,
    cause="local-config",
    direction="local",
    nature="local",
    fault="us",
    provider=None,
    count=1234,
    messages=3,
    recipients=1,
    deliveries=5,
    sessions=2,
    first=FIRST,
    last=LAST,
    ongoing=True,
    explanation=EXPLANATION,
    affected=Affected(domains=Tally(top=(("x.example", 9), ("y.example", 3)), others=4)),
    evidence=EVIDENCE,
    caused_by=(("site.cat", FIRST, "The cat was here"),),
    root=False,
    reach=("It is all at one house.",),
)
REACH = Reach(
    kind="we_refuse",
    statement="We turn the neighbours away.",
    cause="ptr-missing",
    scope={"domains": ("x.example",)},
    since=FIRST,
    numbers={"refusals": 3},
    evidence=EVIDENCE[:1],
    remedy=("let them in", "postfix reload"),
)
NOTICE = replace(
    FINDING,
    rule="site.notice",
    severity=Severity.NOTICE,
    count=1,
    explanation=Explanation(title="A small thing", meaning="Nothing to do."),
    affected=Affected(),
    reach=(),
    caused_by=(),
    root=True,
    ongoing=False,
)
UNEXPLAINED = Unexplained(
    template="widget <n> broke",
    program="postfix/qmgr",
    severity=Severity.WARNING,
    count=2,
    first=FIRST,
    last=LAST,
    example=Evidence(file="mail.log", line=3, time=FIRST, text="warning: widget 9 broke"),
)
REPORT = Report(
    as_of=LAST,
    generated=LAST + timedelta(hours=1),
    elapsed_s=0.123456789,
    inputs=(
        Input(path="/var/log/mail.log", format="bsd", family="postfix", lines=20, events=18, unparsed=1, first=FIRST, last=LAST, compression=None),
        Input(path="/var/log/odd", format=None, family=None, lines=0, events=0, unparsed=0, first=None, last=None, compression="gzip", problem="no known log format"),
    ),
    totals=Totals(
        lines=20,
        events=18,
        unparsed=1,
        other=2,
        first=FIRST,
        last=LAST,
        hosts=("mx1", "mx2"),
        duplicates_dropped=4,
        repeated_expanded=5,
        invalid_bytes=6,
        gaps=((FIRST, LAST),),
        unparsed_samples=(Evidence(file="mail.log", line=5, time=None, text="what is this", column=1),),
    ),
    assumptions=Assumptions(zone="UTC", zone_source="option", year=2026, year_source="modified"),
    findings=(FINDING, NOTICE),
    unexplained=(UNEXPLAINED,),
    problems=(
        Problem(where="/var/log/odd", reason="no known log format", help="name another"),
        Problem(where="/var/log/mail.log", reason="an hour was ambiguous", help="nothing", unreadable=False),
    ),
    blast_radius=(REACH,),
    blind_spots=(BlindSpot(missing="signing", why="OpenDKIM does not say.", remedy="SyslogSuccess yes"),),
)  # fmt: skip


def quiet(**changes: Any) -> Report:
    """Return a report of a log in which everything is well."""
    totals = replace(
        REPORT.totals,
        unparsed=0,
        unparsed_samples=(),
        duplicates_dropped=0,
        repeated_expanded=0,
        invalid_bytes=0,
    )
    bare = replace(
        REPORT, totals=totals, findings=(), unexplained=(), problems=(), blast_radius=(), blind_spots=()
    )
    return replace(bare, **changes)
