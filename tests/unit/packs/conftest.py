"""A small valid card, and a folder to write some into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.example_card import CARD

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
