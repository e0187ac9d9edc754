"""Kernel, systemd, cron, clock, MySQL: hostile and odd lines, and the neighbours of a nightly reload."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from logscan.model.columns import SCHEMA
from logscan.packs.load import load
from logscan.parsers.detect import detect
from logscan.parsers.families import apache_error, clock, cron, kernel, mysql, systemd
from logscan.parsers.family import Family
from logscan.pipeline.lines.pasted import judged

AROUND = [module.FAMILY for module in (clock, cron, kernel, mysql, systemd)]
ODD = [
    "", " ", "[", "[12345.678901]", "[12345.678901] ", "\x00", "\ufffd", "Killed process", "Killed process 1 (",
    "Killed process 99999999999999999999 (x) total-vm:1kB", "oom-kill:constraint=,task=,pid=,uid=", "(x)[1]: segfault at",
    "Out of memory: Killed process 1 (a) b) total-vm:1kB", "x.service: ", ".service: Failed with result ''.", "Started ",
    "[Warning]", "[ERROR] [MY-000000] [] ", "Aborted connection 1 to db: 'a'b' user: 'c' host: 'd' (", "error: ",
    "Host '' is blocked because of many connection errors", "mysqld got signal 11 ;\n\n\n", "(root) CMD (", "() CMD",
]  # fmt: skip


def events(family: Family, *texts: str) -> list[dict[str, Any]]:
    frame = pl.DataFrame({"program": [str(family.name)] * len(texts), "text": list(texts)})
    return family.fields(family.kinds(frame)).to_dicts()


@pytest.mark.parametrize("family", AROUND, ids=lambda family: str(family.name))
def test_odd_texts_keep_their_rows_and_types(family: Family) -> None:
    frame = pl.DataFrame({"program": [str(family.name)] * len(ODD), "text": ODD})
    made = family.fields(family.kinds(frame))
    assert made["text"].to_list() == ODD
    for name in ("kind", "severity", "everyday", "reason"):
        assert made[name].null_count() == 0
    assert [made.schema[name] for name in made.columns if name in SCHEMA] == [
        SCHEMA[name] for name in made.columns if name in SCHEMA
    ]


def test_what_a_program_calls_itself_does_not_end_its_name_early() -> None:
    (row,) = events(kernel.FAMILY, "Out of memory: Killed process 1 (a) b) total-vm:1kB, anon-rss:1kB")
    assert (row["backend"], row["pid"]) == ("a) b", 1)


@pytest.mark.parametrize(
    "user",
    ["a'@'192.0.2.1", "x' (using password: NO)", "Table 't' is marked as crashed", "Too many connections", "mysqld got signal 11 ;"],
)  # fmt: skip
def test_a_client_of_mysql_cannot_put_words_into_its_mouth(user: str) -> None:
    (row,) = events(
        mysql.FAMILY, f"[Warning] Access denied for user '{user}'@'203.0.113.9' (using password: YES)"
    )
    assert (row["kind"], row["severity"]) == ("auth-failure", "notice")
    assert (row["sasl_user"], row["client_ip"]) == (user, "203.0.113.9")


def test_an_uptime_may_name_the_thread_that_spoke() -> None:
    (row,) = events(kernel.FAMILY, "[12345.678901] [ T4321] VFS: file-max limit 98304 reached")
    assert (row["kind"], row["reason"]) == ("error", "VFS: file-max limit 98304 reached")


def test_who_asked_for_memory_is_not_who_was_killed() -> None:
    asked, killed = events(
        kernel.FAMILY,
        "mysqld invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0",
        "Out of memory: Kill process 9 (clamd) score 900 or sacrifice child",
    )
    assert (asked["backend"], killed["backend"]) == (None, "clamd")


@pytest.mark.parametrize(
    "text",
    [
        "[mpm_prefork:notice] [pid 812] AH00171: Graceful restart requested, doing restart",
        "[mpm_event:notice] [pid 812:tid 140] AH00493: SIGUSR1 received.  Doing graceful restart",
        "[mpm_event:notice] [pid 812:tid 140] AH00494: SIGHUP received.  Attempting to restart",
        "[mpm_event:notice] [pid 812:tid 140] AH00491: caught SIGTERM, shutting down",
        "[mpm_event:notice] [pid 812:tid 140] AH00492: caught SIGWINCH, shutting down gracefully",
        "[mpm_event:notice] [pid 812:tid 140] AH00489: Apache/2.4.57 (Debian) configured -- resuming normal operations",
        "[core:notice] [pid 812:tid 140] AH00094: Command line: '/usr/sbin/apache2'",
        "[notice] Graceful restart requested, doing restart",
        "[notice] SIGUSR1 received.  Doing graceful restart",
        "[notice] caught SIGTERM, shutting down",
    ],
)
def test_apache_restarts_are_lifecycle(text: str) -> None:
    (row,) = events(apache_error.FAMILY, text)
    assert (row["kind"], row["severity"]) == ("lifecycle", "info")


@pytest.mark.parametrize(
    "log",
    [
        "2026-11-24 03:27:35 [ERROR] an application of no name\n",
        "2026-11-24T03:27:35.123456Z [Warning] an application of no name\n",
        "2026-11-24 03:27:35,123 12 [INFO] root: started\n",
        "261124 03:27:35 INFO nothing\n",
    ],
)
def test_logs_of_others_are_not_taken_for_mysqls(log: str) -> None:
    main = detect(log.encode() * 3)
    assert main is None or not main.name.startswith("mysql")


@pytest.mark.parametrize(
    ("pasted", "rule"),
    [
        ("Out of memory: Kill process 1234 (php-fpm) score 900 or sacrifice child", "kernel.memory.oom-account"),
        ("[12345.678901] Out of memory: Killed process 1234 (php-fpm) total-vm:1kB, anon-rss:1kB, file-rss:0kB", "kernel.memory.oom-php"),
        ("nf_conntrack: nf_conntrack: table full, dropping packet", "kernel.network.conntrack-full"),
        ("php8.2-fpm.service: Main process exited, code=killed, status=9/KILL", "systemd.unit.process-died"),
        ("261124 03:27:35 mysqld_safe Number of processes running now: 0", "mysql.server.died"),
    ],
)  # fmt: skip
def test_a_message_without_its_header_is_explained(pasted: str, rule: str) -> None:
    (told,) = judged([pasted], load(), guess=True)
    assert rule in [name for event in told.events for name in event.rules]
