"""The progress bar: on standard error, on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from logscan.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, Terminal]:
    """Put a terminal in the place of standard error. Not a fixture: pytest takes the streams back before the test."""
    out, err = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return out, err


def test_a_terminal_has_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = terminal(monkeypatch)
    with progress(quiet=False) as tick:
        assert tick is not None
        tick(0, 2_000_000)
        tick(1_000_000, 2_000_000)
        tick(2_000_000, 2_000_000)
    assert "reading" in err.getvalue()
    assert err.getvalue().rstrip().endswith(("\x1b[2K", "\x1b[?25h"))
    assert out.getvalue() == ""


def test_a_stream_of_unknown_length_has_a_bar_too(monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = terminal(monkeypatch)
    with progress(quiet=False) as tick:
        assert tick is not None
        tick(0, 0)
    assert "reading" in err.getvalue()


def test_who_wants_it_quiet_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = terminal(monkeypatch)
    with progress(quiet=True) as tick:
        assert tick is None
    assert err.getvalue() == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_a_pipe_gets_none(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:  # noqa: FBT001
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    with progress(quiet=quiet) as tick:
        assert tick is None
    assert err.getvalue() == ""


def test_an_error_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = terminal(monkeypatch)

    def breaks() -> None:
        with progress(quiet=False) as tick:
            assert tick is not None
            tick(1, 2)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        breaks()
    assert "\x1b[?25h" in err.getvalue()  # the cursor is back


def test_without_a_terminal_rich_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with progress(quiet=False) as tick:
        assert tick is None
