"""PHP-FPM's log: what happened to children, and what scripts said."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families.php_fpm import FAMILY

REAL = Path("sample-logs/real/A/logs/php-fpm.log")
FORMAT = FAMILY.formats[0]
HEAD = "[24-Nov-2026 03:31:08] "


def table(*lines: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": range(len(lines)), "column": [0] * len(lines), "raw": lines},
        schema={"row": pl.UInt32, "column": pl.UInt32, "raw": pl.String},
    )


def understood(*lines: str) -> pl.DataFrame:
    return FAMILY.fields(FAMILY.kinds(FORMAT.split(table(*lines))))


def event(line: str) -> dict[str, Any]:
    return {name: value for name, value in understood(line).row(0, named=True).items() if value is not None}


def looks(line: str) -> bool:
    return bool(table(line).select(FORMAT.looks).item())


SHAPES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("NOTICE: fpm is running, pid 20557", "lifecycle", "info", {"reason": "fpm is running, pid 20557"}),
    ("NOTICE: ready to handle connections", "lifecycle", "info", {}),
    ("NOTICE: systemd monitor interval set to 10000ms", "lifecycle", "info", {}),
    ("NOTICE: Terminating ...", "lifecycle", "info", {}),
    ("NOTICE: exiting, bye-bye!", "lifecycle", "info", {}),
    ("NOTICE: Reloading in progress ...", "lifecycle", "info", {}),
    ('NOTICE: using inherited socket fd=8, "/run/php/php-fpm.sock"', "lifecycle", "info", {}),
    ("NOTICE: [pool www] child 22727 started", "lifecycle", "info", {"backend": "pool www", "pid": 22727}),
    (
        "NOTICE: [pool web mail] child 7 exited with code 0 after 60.000100 seconds from start",
        "lifecycle",
        "info",
        {"backend": "pool web mail", "pid": 7, "duration": 60.0001},
    ),
    (
        "WARNING: [pool www] child 7 exited with code 255 after 1.500000 seconds from start",
        "error",
        "error",
        {"backend": "pool www", "pid": 7, "duration": 1.5},
    ),
    (
        "WARNING: [pool www] child 20560 exited on signal 11 (SIGSEGV - core dumped) after 2.000000 seconds from start",
        "error",
        "error",
        {"backend": "pool www", "pid": 20560, "duration": 2.0},
    ),
    (
        (
            "WARNING: [pool www] child 20560, script '/srv/www/x.php' (request: \"GET /x.php?a=1&b=2\")"
            " execution timed out (2.291755 sec), terminating"
        ),
        "error",
        "error",
        {
            "backend": "pool www",
            "pid": 20560,
            "duration": 2.291755,
            "method": "GET",
            "url": "/x.php?a=1&b=2",
        },
    ),
    (
        (
            "WARNING: [pool www] child 9, script '/srv/www/x.php' (request: \"POST /x.php\")"
            " executing too slow (5.000001 sec), logging"
        ),
        "error",
        "error",
        {"pid": 9, "duration": 5.000001, "method": "POST", "url": "/x.php"},
    ),
    (
        "WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
        "error",
        "error",
        {
            "backend": "pool www",
            "reason": "[pool www] server reached pm.max_children setting (5), consider raising it",
        },
    ),
    (
        "WARNING: [pool www] server reached max_children setting (5), consider raising it",
        "error",
        "error",
        {"backend": "pool www"},
    ),
    (
        "WARNING: failed processes threshold (10 in 60 sec) is reached, initiating reload",
        "error",
        "error",
        {},
    ),
    (
        (
            "WARNING: [pool www] seems busy (you may need to increase pm.start_servers, or"
            " pm.min/max_spare_servers), spawning 8 children, there are 0 idle, and 5 total children"
        ),
        "warning",
        "warning",
        {"backend": "pool www"},
    ),
    (
        'WARNING: [pool www] child 20561 said into stderr: "NOTICE: PHP message: PHP Warning:  x"',
        "warning",
        "warning",
        {
            "backend": "pool www",
            "pid": 20561,
            "reason": '[pool www] child 20561 said into stderr: "NOTICE: PHP message: PHP Warning:  x"',
        },
    ),
    (
        "ERROR: unable to bind listening socket for address '/run/php.sock': No such file or directory (2)",
        "error",
        "error",
        {},
    ),
    ("ALERT: [pool www] user has not been defined", "fatal", "critical", {"backend": "pool www"}),
    ("NOTICE: a sentence of tomorrow's version", "other", "info", {}),
    (
        "DEBUG: pid 20557, fpm_event_loop(), line 418: event module triggered 1 events",
        "other",
        "info",
        {"pid": 20557, "reason": "event module triggered 1 events"},
    ),
    (
        (
            "WARNING: pid 20557, fpm_children_bury(), line 258: [pool www] child 5 exited on signal 9 (SIGKILL) after"
            " 1.000000 seconds from start"
        ),
        "error",
        "error",
        {"pid": 5, "backend": "pool www"},
    ),
]


@pytest.mark.parametrize(
    ("text", "kind", "severity", "expected"), SHAPES, ids=[shape[0][:60] for shape in SHAPES]
)
def test_shape(text: str, kind: str, severity: str, expected: dict[str, Any]) -> None:
    line = HEAD + text
    assert looks(line)
    found = event(line)
    assert found["time"] == datetime(2026, 11, 24, 3, 31, 8)  # noqa: DTZ001
    assert found["text"] == text
    assert (found["kind"], found["severity"], found["everyday"]) == (kind, severity, False)
    assert found["direction"] == "local"
    assert {name: found.get(name) for name in expected} == expected


def test_microseconds_of_debug_mode_and_what_editors_leave() -> None:
    line = "\ufeff[24-Nov-2026 03:31:08.123456] NOTICE: Terminating ...\r"
    assert looks(line)
    found = event(line)
    assert found["time"] == datetime(2026, 11, 24, 3, 31, 8, 123456)  # noqa: DTZ001
    assert found["text"] == "NOTICE: Terminating ..."


def test_a_day_that_no_calendar_has_gives_no_time() -> None:
    assert "time" not in event("[31-Feb-2026 03:31:08] NOTICE: Terminating ...")


@pytest.mark.parametrize(
    "text",
    [
        "[WARNING] [pool www] server reached pm.max_children setting (5), consider raising it",
        "[24-Nov-2026 03:31:08] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
    ],
)
def test_what_comes_by_syslog_is_understood_too(text: str) -> None:
    found = FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": [text], "pid": [7]}))).row(0, named=True)
    assert (found["kind"], found["backend"], found["pid"]) == ("error", "pool www", 7)
    assert found["reason"] == "[pool www] server reached pm.max_children setting (5), consider raising it"


def test_a_script_cannot_pose_as_php_fpm() -> None:
    said = 'WARNING: [pool www] child 1 said into stderr: "[pool x] child 2 exited on signal 9 (SIGKILL) after 1.0'
    found = event(f'{HEAD}{said} seconds from start"')
    assert (found["kind"], found["backend"], found["pid"]) == ("warning", "pool www", 1)
    assert "duration" not in found


@pytest.mark.parametrize(
    "line",
    [
        "[24-Nov-2026 03:31:08]  [pool www] pid 20560",
        "[24-Nov-2026 03:31:08 UTC] PHP Fatal error:  Uncaught Error",
        "Nov 24 03:31:08 web1 php-fpm[1]: [WARNING] x",
        "[Tue Nov 24 03:36:34.575328 2026] [core:error] [pid 1] x",
        "",
    ],
)
def test_other_peoples_lines(line: str) -> None:
    assert not looks(line)


def test_every_real_line_is_known() -> None:
    lines = REAL.read_text().splitlines()
    assert all(looks(line) for line in lines)
    out = understood(*lines)
    assert out["time"].null_count() == 0
    assert Counter(out["kind"]) == {"lifecycle": 6, "warning": 7, "error": 2}


@given(st.lists(st.text(), max_size=8))
def test_any_text_is_taken_and_keeps_its_place(texts: list[str]) -> None:
    out = FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": texts}, schema={"text": pl.String})))
    assert out["text"].to_list() == texts
    assert set(out["kind"]) <= {kind.value for kind in Kind}
    assert set(out["severity"]) <= {severity.value for severity in Severity}


once = cache(understood)


@given(st.data())
def test_lines_do_not_look_at_their_neighbours(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.sampled_from([shape[0] for shape in SHAPES]), min_size=1, max_size=8))
    lines = [HEAD + text for text in texts]
    alone = pl.concat([once(line) for line in lines])
    assert understood(*lines).drop("row").equals(alone.drop("row"))
