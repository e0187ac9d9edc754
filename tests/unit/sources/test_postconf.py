"""What Postfix says of its own times is believed as it is, or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from logscan.sources.postconf import Kept, kept, this_host


def answers(folder: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int = 0) -> None:
    """Let `postconf` say this."""
    (folder / "said").write_text(said, encoding="utf-8")
    program = folder / "postconf"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/asked\ncat {folder}/said\nexit {code}\n', encoding="utf-8"
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def test_times_in_all_units_and_in_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch, "3\n36h\n4000\n")
    assert kept() == Kept(mail=timedelta(days=3), bounce=timedelta(hours=36), backoff=timedelta(seconds=4000))
    asked = (tmp_path / "asked").read_text(encoding="utf-8").split()
    assert asked == ["-hx", "maximal_queue_lifetime", "bounce_queue_lifetime", "maximal_backoff_time"]
    answers(tmp_path, monkeypatch, "1w\n90m\n4000s\n")
    assert kept() == Kept(
        mail=timedelta(weeks=1), bounce=timedelta(minutes=90), backoff=timedelta(seconds=4000)
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", 0), ("5d\n5d\n", 0), ("5d\n5d\n4000s\n", 1), ("5d\n$x\n4000s\n", 0), ("5 d\n5d\n4000s\n", 0),
        ("-5d\n5d\n4000s\n", 0), ("0\n5d\n4000s\n", 0), ("\u0665d\n5d\n4000s\n", 0), ("9999999999d\n5d\n4000s\n", 0),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    answers(tmp_path, monkeypatch, said, code)
    assert kept() is None


def test_no_postfix_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kept() is None


def test_this_host_has_a_short_name() -> None:
    assert this_host()
    assert "." not in this_host()
