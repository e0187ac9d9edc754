"""What journalctl prints for people: stamps, remarks between records, messages of several lines, and what is no use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.parsers.detect import detect
from logscan.parsers.family import LineFormat
from logscan.parsers.glance import Glance, glance
from logscan.parsers.journal_text import FORMATS, other_output
from logscan.parsers.lines import counts, records
from logscan.parsers.syslog import BSD, RFC3339
from logscan.sources.blocks import cut_blocks, looking_ahead
from tests.unit.parsers.tables import BERLIN, plan, table

FULL, FULL_LOCAL, UNIX = FORMATS
TEXT = "mx1 postfix/qmgr[21380]: 6AC215528C2: removed"
WHEN = datetime(2026, 11, 24, 3, 29, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "form", "when"),
    [
        ("Tue 2026-11-24 03:29:50 UTC", FULL, WHEN),
        ("Tue 2026-11-24 03:29:50 GMT", FULL, WHEN),
        ("Tue 2026-11-24 03:29:50.918080 UTC", FULL, WHEN + timedelta(microseconds=918080)),
        ("Tue 2026-11-24 08:59:50 +0530", FULL, WHEN),
        ("Tue 2026-11-24 11:29:50 +08", FULL, WHEN),
        ("Tue 2026-11-24 04:29:50 CET", FULL_LOCAL, WHEN),
        ("1795490990.918080", UNIX, WHEN + timedelta(microseconds=918080)),
        ("Nov 24 04:29:50", BSD, WHEN),
        ("Nov 24 04:29:50.918080", BSD, WHEN + timedelta(microseconds=918080)),
        ("2026-11-24T03:29:50+0000", RFC3339, WHEN),
        ("2026-11-24T04:29:50.918080+01:00", RFC3339, WHEN + timedelta(microseconds=918080)),
    ],
)
def test_stamps_that_journalctl_prints(stamp: str, form: LineFormat, when: datetime) -> None:
    assert detect(f"{stamp} {TEXT}\n".encode() * 3) is form
    for count in (1, 700):  # both roads
        found = table(*[f"{stamp} {TEXT}"] * count, main=form, zone=BERLIN)
        assert set(found.select("time", "host", "program", "pid", "family", "text").rows()) == {
            (when, "mx1", "postfix/qmgr", 21380, "postfix", "6AC215528C2: removed")
        }


@pytest.mark.parametrize(
    "stamp",
    [
        "Tue 2026-11-31 03:29:50 UTC",
        "Tue 2026-11-24 24:29:50 UTC",
        "Tue 2026-11-24 03:29:50",
        "Die 2026-11-24 03:29:50 UTC",
        "17954909.918080",
    ],
)
def test_stamps_that_are_none(stamp: str) -> None:
    form = detect(f"{stamp} {TEXT}\n".encode() * 3)
    assert form is None or form.name not in {own.name for own in FORMATS}
    found = table(f"{stamp} {TEXT}", main=FULL)
    assert found["time"].to_list() == [None]
    assert found["host"].to_list() == [None]


def test_a_zone_that_changes_with_the_season_is_one_log() -> None:
    winter, summer = f"Sun 2026-10-25 02:10:00 CET {TEXT}", f"Sat 2026-10-24 12:00:00 CEST {TEXT}"
    found = table(summer, winter, main=FULL_LOCAL, zone=BERLIN)
    assert found["time"][0] == datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert counts([found]) == (2, 0)


REMARKS = (
    "-- Boot 94e7a33c13954e289a0835a84a3a5e41 --",
    "-- Reboot --",
    "-- Journal begins at Tue 2026-11-24 03:27:33 UTC, ends at Tue 2026-11-24 03:31:36 UTC. --",
    "-- Journal begins at Tue 2026-11-24 03:27:33 UTC. --",
    "-- Logs begin at Tue 2026-11-24 03:27:33 UTC, end at Tue 2026-11-24 03:31:36 UTC. --",
    "-- No entries --",
    "Hint: You are currently not seeing messages from other users and the system.",
    "      Users in groups 'adm', 'systemd-journal' can see all messages.",
    "      Pass -q to turn off this notice.",
)


@pytest.mark.parametrize("remark", REMARKS)
def test_what_journalctl_says_itself_is_no_line_of_the_log(remark: str) -> None:
    found = table(f"Nov 24 03:29:50 {TEXT}", remark, f"Nov 24 03:29:50 {TEXT}")
    assert counts([found]) == (2, 0)
    assert found.height == 3


@pytest.mark.parametrize(
    "text", ["-- Boot --", "-- Rebooting --", "Hint: anything", "-- Journal begins --", "  Users can see"]
)
def test_what_only_looks_like_it_is_unparsed(text: str) -> None:
    assert counts([table(f"Nov 24 03:29:50 {TEXT}", text)]) == (1, 1)


def blocks_of(text: str, size: int) -> pl.DataFrame:
    """Return the records of a log that is cut into blocks of so many bytes."""
    own = plan(BSD)
    blocks = looking_ahead(cut_blocks((piece for piece in [text.encode()]), 0, size, "a.log"))
    return pl.concat([records(block, own) for block in blocks if isinstance(block, Block)])


HEAD = "Nov 24 03:29:50 mx1 php[7]: "
TRACE = [
    f"{HEAD}PHP Fatal error: x",
    " " * len(HEAD) + "Stack trace:",
    " " * len(HEAD) + "  #0 {main}",
    " " * (len(HEAD) - 2) + "thrown",
]
SAID = "PHP Fatal error: x\nStack trace:\n  #0 {main}\nthrown"


@pytest.mark.parametrize("block_bytes", [1, 40, 100, 10_000])
@pytest.mark.parametrize("around", [0, 1, 50])
def test_a_message_of_several_lines_is_one_event_wherever_blocks_are_cut(
    block_bytes: int, around: int
) -> None:
    plain = [f"Nov 24 03:29:50 mx1 postfix/qmgr[1]: {number:011X}: removed" for number in range(around)]
    lines = [*plain, *TRACE, *plain, *TRACE]
    found = blocks_of("\n".join(lines) + "\n", block_bytes)
    events = found.drop_nulls("family")
    assert events["text"].to_list().count(SAID) == 2
    assert events.height == 2 * around + 2
    assert found.filter(pl.col("family").is_null())["text"].null_count() == 6


def test_an_indented_line_without_a_record_before_it_is_unparsed() -> None:
    for size in (1, 10_000):
        found = blocks_of("\n".join([TRACE[1], TRACE[2], *TRACE]) + "\n", size)
        assert found["text"].to_list()[:3] == [TRACE[1], TRACE[2], SAID]


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b'{\n\t"_PID" : "1",\n\t"MESSAGE" : "x"\n}\n', "json-pretty"),
        (
            b"Tue 2026-11-24 03:29:50.918080 UTC [s=b9947144233e43a0a972065a0ddd5b60;i=1;b=9]\n    PRIORITY=6\n",
            "verbose",
        ),
        (b"[ 2679.926201] mx1 postfix/qmgr[1]: hello\n", "start of the machine"),
        (b"[ 2679.926201 <    0.000100>] mx1 postfix/qmgr[1]: hello\n", "start of the machine"),
        (
            b"-- Boot 94e7a33c13954e289a0835a84a3a5e41 --\n[    0.000000] mx1 kernel: x\n",
            "start of the machine",
        ),
    ],
)
def test_outputs_that_are_no_use_say_which_they_are(head: bytes, word: str) -> None:
    assert detect(head) is None
    found = other_output(head)
    assert found is not None
    assert word in found[0]
    assert "-o json" in found[1]


@pytest.mark.parametrize("head", [b"", b"hello\n", b"{}\n", b"[error] x\n", b"[12] x\n", b"\xff" * 100])
def test_other_texts_are_not_taken_for_the_journal(head: bytes) -> None:
    assert other_output(head) is None


def test_a_block_that_a_message_begins_or_ends_in_is_not_told_at_a_glance() -> None:
    everyday = "Nov 24 03:29:50 mx1 postfix/smtpd[1]: connect from mail.example.org[192.0.2.1]"
    for lines, glanced in (([everyday] * 9, True), ([everyday] * 9 + TRACE[:2], False)):
        data = "".join(text + "\n" for text in lines).encode()
        block = Block(source=0, number=0, data=data, previous=b"", lines=len(lines))
        assert isinstance(glance(block, plan()), Glance) is glanced
    behind = Block(source=0, number=0, data=data, previous=b"", lines=9, following=(TRACE[1] + "\n").encode())
    assert not isinstance(glance(behind, plan()), Glance)
