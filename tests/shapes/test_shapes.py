"""Every shape of line that mail's daemons write, field by field, by the road that a user's logs take.

In: the tables beside this file, a log each. Out: each line is the event that its table says, with these columns
and no others; nothing of weight is without a kind; the tables know every daemon and every kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from logscan.model.settings import Settings
from logscan.model.vocabulary import Direction, Family, Kind, Severity
from logscan.parsers.family import families
from logscan.pipeline.events import Events

Row = dict[str, Any]

#: Of a header, not of what is said; the time is checked against the line for itself.
HEADER = {"time", "host", "program", "pid", "text", "file", "line"}
#: Kinds that other families have.
ELSEWHERE = {Kind.FASTCGI_ERROR, Kind.HTTP_REQUEST, Kind.OTHER}

DAEMONS = {
    "anvil", "bounce", "cleanup", "defer", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master",
    "pickup", "pipe", "postalias", "postconf", "postdrop", "postfix", "postfix-script", "postlogd", "postmap",
    "postqueue", "postscreen", "postsuper", "proxymap", "proxywrite", "qmgr", "qmqpd", "scache", "sendmail",
    "showq", "smtp", "smtpd", "spawn", "tlsmgr", "tlsproxy", "trace", "trivial-rewrite", "verify", "virtual",
}  # fmt: skip
INSTANCES = {"postfix", "postfix-in", "postfix-out", "postfix-192.0.2.3"}


def _shapes() -> Iterator[Row]:
    for path in sorted((Path(__file__).parent / "mail").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for at, shape in enumerate(table["shape"], 1):
            yield {"table": path.stem, "at": at, "line": shape["line"]} | {
                "want": {"family": table["family"], "repeat": 1}
                | {name: value for name, value in shape.items() if name != "line"}
            }


SHAPES = list(_shapes())


@cache
def events() -> dict[tuple[str, int], Row]:
    """Return the events of all tables, each told as a log of its own, by table and line."""
    with TemporaryDirectory() as place:
        for table in {shape["table"] for shape in SHAPES}:
            lines = [shape["line"] for shape in SHAPES if shape["table"] == table]
            Path(place, f"{table}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
        read = Events([place], Settings(zone="UTC", year=2026))
        rows = pl.concat(list(read)).to_dicts()
        assert read.problems == ()
    return {(Path(row["file"]).stem, row["line"]): row for row in rows}


def test_every_line_is_one_event() -> None:
    assert set(events()) == {(shape["table"], shape["at"]) for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape['table']}-{shape['at']}")
def test_line_gives_these_columns_and_no_others(shape: Row) -> None:
    row = events()[shape["table"], shape["at"]]
    want = {"reason": row["text"], **shape["want"]}
    if row["family"] == Family.POSTFIX:
        want["instance"] = row["program"].partition("/")[0]
        want["daemon"] = row["program"].rpartition("/")[2]
    got = {name: value for name, value in row.items() if value is not None and name not in HEADER}
    assert got == want
    assert row["text"] in shape["line"]
    assert f"{row['time']:%H:%M:%S}" in shape["line"]
    tag = row["program"] if row["pid"] is None else f"{row['program']}[{row['pid']}]"
    assert f" {row['host']} {tag}: " in shape["line"]


def test_a_glance_takes_no_line_for_everyday_that_is_not() -> None:
    rows = pl.DataFrame(
        [
            (row["program"], row["text"], row["kind"], f"{row['program']}[{row['pid']}]: {row['text']}")
            for row in events().values()
        ],
        schema=["program", "text", "kind", "body"],
        orient="row",
    )
    seen = 0
    for family in families():
        if family.programs is None or family.everyday is None:
            continue
        glanced = rows.filter(pl.col("body").str.contains(f"^(?:{family.everyday})"))
        assert family.kinds(glanced.select("program", "text"))["everyday"].all()
        assert glanced["program"].str.contains(family.programs).all()
        seen += glanced.height
    assert seen >= 40


def test_words_are_those_of_the_closed_lists() -> None:
    assert {row["kind"] for row in events().values()} <= set(Kind)
    assert {row["severity"] for row in events().values()} <= set(Severity)
    assert {row["direction"] for row in events().values()} <= set(Direction)


def test_nothing_of_weight_is_of_kind_other() -> None:
    heavy = {Severity.WARNING, Severity.ERROR, Severity.CRITICAL}
    assert [
        row["text"] for row in events().values() if row["kind"] == "other" and row["severity"] in heavy
    ] == []


@pytest.mark.parametrize(
    ("word", "kind", "severity"),
    [("fatal", "fatal", "error"), ("error", "error", "error"), ("panic", "panic", "critical")],
)
def test_the_word_that_a_daemon_opens_with_is_believed(word: str, kind: str, severity: str) -> None:
    said = [
        row for row in events().values() if row["family"] == "postfix" and row["text"].startswith(f"{word}: ")
    ]
    assert said
    assert {(row["kind"], row["severity"]) for row in said} == {(kind, severity)}


def test_the_tables_are_worth_the_name() -> None:
    rows = list(events().values())
    assert len(rows) >= 500
    assert len({shape["line"] for shape in SHAPES}) == len(rows)
    assert {row["kind"] for row in rows} >= set(Kind) - ELSEWHERE
    assert {row["daemon"] for row in rows} >= DAEMONS
    assert {row["instance"] for row in rows} - {None} == INSTANCES
    assert {row["family"] for row in rows} == {
        Family.POSTFIX, Family.OPENDKIM, Family.OPENDMARC, Family.POLICYD_SPF, Family.POSTGREY,
        Family.DOVECOT, Family.COURIER, Family.SASLAUTHD, Family.EXTMAIL, Family.AMAVIS, Family.CLAMAV,
    }  # fmt: skip
