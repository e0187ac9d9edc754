"""A small valid card, and a folder to write some into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CARD = """\
since = "0.1"
status = "stable"
severity = "error"
cause = "local-config"
nature = "local"
fault = "us"
[match]
family = "postfix"
kind = "warning"
direction = "local"
literal = ["frobnicator is unplugged"]
[text]
title = "The frobnicator is unplugged"
meaning = "Somebody tripped over the cable, and nothing is frobnicated until it is plugged in again."
likely_causes = ["a foot"]
remedy = ["plug it in"]
verify = ["postfix check"]
limits = "The log does not tell who it was."
[[hit]]
line = '''Nov 24 03:27:39 mx1 postfix/master[1]: warning: the frobnicator is unplugged'''
[[miss]]
line = '''Nov 24 03:27:39 mx1 postfix/master[1]: warning: the frobnicator is on'''
why = "it is on, which is no trouble"
"""

#: Writes a file below the folder of cards, the small card if no text is given, and returns its path.
Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "cards"
    place.mkdir()
    return place


@pytest.fixture
def write(folder: Path) -> Write:
    def one(name: str, text: str = CARD) -> Path:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    return one


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "logscan"
