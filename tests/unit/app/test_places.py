"""Where the state folder is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logscan.app.places import state_folder

SYSTEMD = {"STATE_DIRECTORY": "/var/lib/one:/var/lib/two", "XDG_STATE_HOME": "/x", "HOME": "/home/a"}


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_the_given_one_counts_first() -> None:
    assert state_folder("here/state", SYSTEMD) == Path("here/state")


def test_then_systemds_and_of_several_the_first() -> None:
    assert state_folder(None, SYSTEMD) == Path("/var/lib/one")


def test_root_has_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert state_folder(None, {"XDG_STATE_HOME": "/x", "HOME": "/root"}) == Path("/var/lib/logscan")


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({"XDG_STATE_HOME": "/x", "HOME": "/home/a"}, "/x/logscan"),
        ({"XDG_STATE_HOME": "x", "HOME": "/home/a"}, "/home/a/.local/state/logscan"),
        ({"XDG_STATE_HOME": "", "HOME": "/home/a", "STATE_DIRECTORY": ""}, "/home/a/.local/state/logscan"),
    ],
)
def test_others_have_their_own(env: dict[str, str], wanted: str) -> None:
    assert state_folder(None, env) == Path(wanted)


@pytest.mark.usefixtures("nobody")
def test_whoever_has_no_home_has_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert state_folder(None, {}) == Path("/var/lib/logscan")
