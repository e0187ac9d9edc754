"""Whatever stands behind the header of a web log's line: an event, no exception, nothing made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.parsers.clock import Calendar
from logscan.parsers.detect import detect
from logscan.parsers.family import families
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood
from tests.examples import scaled

HEADS = {
    "nginx-error": "2026/11/24 03:27:35 [error] 9#9: *1 ",
    "php-error": "[24-Nov-2026 03:27:35 UTC] ",
    "php-fpm": "[24-Nov-2026 03:27:35] WARNING: ",
    "php-fpm-slow": "[24-Nov-2026 03:27:35]  [pool www] pid 7 ",
    "roundcube": "[24-Nov-2026 03:27:35 +0100]: <abc> ",
    "apache-error-2.4": "[Tue Nov 24 03:27:35.5 2026] [proxy_fcgi:error] [pid 7] ",
    "apache-access": '192.0.2.1 - - [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 1 "-" "-" ',
    "access-json": '{"time":"2026-11-24T03:27:35+00:00","request":"GET / HTTP/1.1","status":"200",',
}
FORMATS = {own.name: own for family in families() for own in family.formats}

pieces = st.sampled_from(
    [
        'FastCGI sent in stderr: "', '" while reading response header from upstream', ", client: 192.0.2.9", ", server: x",
        ', request: "GET / HTTP/1.1"', ', upstream: "fastcgi://unix:/run/x.sock:"', ', host: "h"', ', referrer: "r"',
        "connect() to unix:/x failed (2: No such file)", "PHP Fatal error:  ", "Stack trace:", "\\n#0 {main}", "[client ", "]",
        "AH01075: ", "(104)", "Failed login for ", " from 192.0.2.9", " in session s (error: 0)", "User a [", "]; Message ",
        "[pool www] child 7 ", "script_filename = /x", '"', "\\", "{", "}", "**1/2**", "rt=", "9" * 25, "-", ", ", ": ", " ",
    ]
)  # fmt: skip
odd = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=8)
bodies = st.lists(pieces | odd, max_size=12).map("".join)


def events(lines: list[str], main: str) -> pl.DataFrame:
    data = "".join(line + "\n" for line in lines).encode()
    zone = Zone(name="UTC", source="option", info=UTC)
    plan = Plan(main=FORMATS[main], calendar=Calendar(modified=datetime(2026, 11, 25, tzinfo=UTC), zone=zone))
    block = Block(source=0, number=0, data=data, previous=b"", lines=len(lines))
    return detailed(part.all() for part in understood(records(block, plan)))


@pytest.mark.parametrize("name", HEADS)
@settings(max_examples=scaled(25))
@given(st.lists(bodies, min_size=1, max_size=6))
def test_any_words_behind_a_header_are_one_event_each(name: str, said: list[str]) -> None:
    lines = [HEADS[name] + body for body in said]
    found = events(lines, name)
    assert found["row"].to_list() == list(range(len(lines)))
    assert found["kind"].null_count() == found["severity"].null_count() == found["time"].null_count() == 0
    for column in ("client_ip", "backend", "vhost", "method", "url"):
        if column in found.columns:
            told = found.filter(pl.col(column).is_not_null())
            # what is said of a line stands in it; escapes are taken off, so those lines are not compared
            plain = told.filter(~pl.col("raw").str.contains("\\", literal=True))
            assert all(value in line for value, line in plain.select(column, "raw").iter_rows())


@given(st.text(max_size=60), st.text(max_size=60), st.integers(100, 599))
def test_a_json_line_says_what_was_written_into_it(agent: str, url: str, status: int) -> None:
    line = json.dumps(
        {
            "time": "2026-11-24T03:27:35Z",
            "request_uri": "/" + url,
            "method": "GET",
            "user_agent": agent,
            "status": status,
        }
    )
    assert detect(line.encode()).name == "access-json"  # type: ignore[union-attr]
    row = events([line], "access-json").row(0, named=True)
    assert row["http_status"] == status
    assert row["severity"] == ("error" if status >= 500 else "info")
    assert row["method"] == "GET"
