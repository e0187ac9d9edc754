"""The road of every line: whose it is, what it is, and, for the few that matter, all that it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.model.columns import SCHEMA
from logscan.model.vocabulary import EVERYDAY, Kind, Severity
from logscan.parsers.clock import Calendar
from logscan.parsers.family import families
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import Part, detailed, understood
from tests.examples import scaled

REAL = Path(__file__).parents[4] / "sample-logs" / "real"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAMP = "Nov 24 03:27:39 mx1 "
LINES = {
    "connect": STAMP + "postfix/smtpd[7]: connect from unknown[192.0.2.1]",
    "sent": STAMP
    + "postfix/smtp[8]: AAAAAA: to=<a@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)",
    "deferred": STAMP
    + "postfix/smtp[8]: AAAAAB: to=<a@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to b.example[198.51.100.1]:25: Connection timed out)",
    "warning": STAMP + "postfix/smtpd[7]: warning: hostname x.example does not resolve to address 192.0.2.1",
    "opendkim": STAMP + "opendkim[9]: AAAAAA: DKIM-Signature field added (s=mail, d=x.example)",
    "stranger": STAMP + "stranger[1]: Started Something.",
    "access": '192.0.2.1 - - [24/Nov/2026:03:27:39 +0000] "GET / HTTP/1.1" 500 5 "-" "-"',
    "error": "[Tue Nov 24 03:27:39.000001 2026] [core:error] [pid 1:tid 2] [client 192.0.2.1:5] AH00126: Invalid URI in request",
    "nothing": "what is this",
    "blank": "",
}


def table(lines: list[str]) -> pl.DataFrame:
    data = "".join(f"{line}\n" for line in lines).encode()
    block = Block(source=0, number=0, data=data, previous=b"", lines=len(lines))
    years = Calendar(modified=NOON, zone=Zone(name="UTC", source="option", info=UTC), option=2026)
    return records(block, Plan(main=None, calendar=years))


def part(family: str | None, parts: list[Part]) -> Part:
    names = [family_.name for family_ in families()]
    [found] = [
        one
        for one in parts
        if (one.all()["family"][0] == family if family else one.all()["family"][0] not in names)
    ]
    return found


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return understood(table(list(LINES.values())))


# --- what they are -------------------------------------------------------------------------------


def test_every_record_that_is_somebodys_is_in_just_one_part(parts: list[Part]) -> None:
    rows = sorted(row for one in parts for row in one.all()["row"])
    lost = [list(LINES).index(name) for name in ("nothing", "blank")]
    assert rows == [row for row in range(len(LINES)) if row not in lost]


def test_records_of_nobodys_family_are_other_and_everyday(parts: list[Part]) -> None:
    [row] = part(None, parts).all().to_dicts()
    assert (row["family"], row["kind"], row["severity"], row["everyday"]) == (
        "stranger",
        "other",
        "info",
        True,
    )


@pytest.mark.parametrize(
    ("name", "family", "kind", "everyday"),
    [
        ("connect", "postfix", Kind.CONNECT, True),
        ("sent", "postfix", Kind.DELIVERY, True),
        ("deferred", "postfix", Kind.DELIVERY, False),
        ("warning", "postfix", Kind.LOOKUP_FAILED, False),
        ("opendkim", "opendkim", Kind.DKIM_SIGNED, True),
        ("access", "apache-access", Kind.HTTP_REQUEST, False),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_a_healthy_server_writes_is_everyday(
    parts: list[Part],
    name: str,
    family: str,
    kind: Kind,
    everyday: bool,  # noqa: FBT001
) -> None:
    rows = {row["row"]: row for row in part(family, parts).all().to_dicts()}
    row = rows[list(LINES).index(name)]
    assert (row["kind"], row["everyday"]) == (kind.value, everyday)
    noteworthy = part(family, parts).noteworthy()["row"].to_list()
    assert (row["row"] in noteworthy) is not everyday


def test_parts_can_be_counted_and_looked_through(parts: list[Part]) -> None:
    postfix = part("postfix", parts)
    assert postfix.count(Kind.DELIVERY) == 2
    assert postfix.count(Kind.FATAL) == 0
    assert postfix.of_kind(Kind.CONNECT, ["program", "pid"]).rows() == [("postfix/smtpd", 7)]
    assert postfix.of_kind(Kind.PANIC, ["program"]).rows() == []
    assert postfix.where(postfix.said["severity"] == Severity.WARNING.value)["row"].to_list() == [2]


def test_an_empty_block_has_no_parts() -> None:
    assert understood(table([])) == []
    assert understood(table(["", "nobody knows"])) == []


def test_a_family_may_look_back_over_the_edge_of_a_block() -> None:
    """mod_cgid's second line about one script says what the first did; see the family."""
    looking = [family for family in families() if family.looks_back]
    assert looking, "no family looks back any more: this test is of no use"
    lines = (REAL / "mod_fastcgi" / "error.log").read_text(encoding="utf-8").splitlines()
    whole = pl.concat([one.all() for one in understood(table(lines))]).sort("row", "column")[
        "kind", "severity", "everyday"
    ]
    for cut in range(0, len(lines), 13):
        left = [one.all() for one in understood(table(lines[:cut]))]
        before = lines[cut - 1].encode() if cut else b""
        right = [
            one.all().with_columns(pl.col("row") + cut) for one in understood(table(lines[cut:]), before)
        ]
        both = pl.concat([*left, *right]).sort("row", "column")["kind", "severity", "everyday"]
        assert both.equals(whole)


# --- what they hold ------------------------------------------------------------------------------


def test_fields_of_all_families_are_one_table_in_the_order_of_the_log(parts: list[Part]) -> None:
    rows = detailed(one.all() for one in parts)
    assert rows["row"].to_list() == sorted(rows["row"])
    assert rows.height == len(LINES) - 2
    by_row = {row["row"]: row for row in rows.to_dicts()}
    deferred = by_row[list(LINES).index("deferred")]
    assert (deferred["status"], deferred["dsn"], deferred["direction"]) == ("deferred", "4.4.1", "outbound")
    assert by_row[list(LINES).index("access")]["http_status"] == 500
    assert by_row[list(LINES).index("error")]["module"] == "core"
    for name, dtype in rows.schema.items():
        assert name not in SCHEMA or dtype == SCHEMA[name], name


def test_no_rows_are_a_table_too() -> None:
    for none in ([], [table([]).with_columns(pl.lit("x").alias("kind"))]):
        rows = detailed(none)
        assert rows.height == 0
        assert {"time", "family", "kind", "reason"} <= set(rows.columns)


def test_the_order_of_parts_changes_nothing(parts: list[Part]) -> None:
    forwards, backwards = (detailed(one.all() for one in order) for order in (parts, parts[::-1]))
    assert forwards.equals(backwards.select(forwards.columns))


def test_records_on_one_line_keep_their_order() -> None:
    """As in an excerpt that lost its first bracket."""
    glued = (
        "[Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] (104)Connection reset by peer: FastCGI: comm with server "
        '"/usr/bin/dispatch.fcgi" aborted: read failed '
        "[Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] FastCGI: incomplete headers (0 bytes) received from server "
        '"/usr/bin/dispatch.fcgi"'
    )
    rows = detailed(one.all() for one in understood(table([glued.removeprefix("[")])))
    assert rows.select("row", "column").rows() == [(0, 0), (0, 1)]
    assert [reason[:20] for reason in rows["reason"]] == ["(104)Connection rese", "FastCGI: incomplete "]


@settings(max_examples=scaled(25))
@given(st.lists(st.sampled_from(sorted(LINES)), max_size=12))
def test_a_line_is_understood_the_same_among_any_others(names: list[str]) -> None:
    rows = detailed(one.all() for one in understood(table([LINES[name] for name in names])))
    said = {row["row"]: row for row in rows.to_dicts()}
    for index, name in enumerate(names):
        alone = detailed(one.all() for one in understood(table([LINES[name]]))).to_dicts()
        if not alone:
            assert index not in said
            continue
        mine = {key: value for key, value in said[index].items() if value is not None and key != "row"}
        assert mine == {key: value for key, value in alone[0].items() if value is not None and key != "row"}


def test_kinds_are_of_the_closed_list(parts: list[Part]) -> None:
    kinds = {kind for one in parts for kind in one.said["kind"]}
    assert kinds <= {kind.value for kind in Kind}
    assert {kind.value for kind in EVERYDAY} & kinds
