"""The cache: whatever becomes of it, it only costs time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logscan.packs import cache as json_cache
from logscan.packs.load import card_and_text_files

Write = Callable[..., Path]


class Reader:
    """Reads a folder in the plainest way, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, root: Path) -> dict[str, Any]:
        self.times += 1
        return {
            "cards": {path.stem: {"text": path.read_text()} for path in card_and_text_files(root)},
            "texts": {},
        }


@pytest.fixture
def reader() -> Reader:
    return Reader()


def through(folder: Path, reader: Reader) -> dict[str, Any]:
    return json_cache.through(folder, card_and_text_files(folder), reader)


def kept(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_what_was_read_once_is_not_read_again(
    folder: Path, write: Write, cache: Path, reader: Reader
) -> None:
    write("a.toml", "one")
    first = through(folder, reader)
    assert through(folder, reader) == first == {"cards": {"a": {"text": "one"}}, "texts": {}}
    assert reader.times == 1
    assert len(kept(cache)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda place: place.write_text("two more"),
        lambda place: os.utime(place, ns=(0, 1)),
        lambda place: place.rename(place.with_name("b.toml")),
        lambda place: (place.parent / "new.toml").write_text("x"),
        lambda place: place.unlink(),
    ],
    ids=["text", "time", "name", "one more", "one less"],
)
def test_whatever_changes_is_read_again(
    folder: Path, write: Write, cache: Path, reader: Reader, change: Callable[[Path], object]
) -> None:
    place = write("a.toml", "one")
    write("z.toml", "stays")
    through(folder, reader)
    change(place)
    assert through(folder, reader) == Reader()(folder)
    assert reader.times == 2
    assert through(folder, reader) == Reader()(folder)
    assert reader.times == 2
    assert len(kept(cache)) == 1, "what is stale must not pile up"


def test_another_version_of_logscan_reads_anew(
    folder: Path, write: Write, cache: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.toml", "one")
    through(folder, reader)
    monkeypatch.setattr(json_cache, "__version__", "99.0")
    through(folder, reader)
    assert reader.times == 2
    assert len(kept(cache)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"3",
        b'"cards"',
        b"{}",
        b'{"cards": {}, "texts": {}}',
        b'{"key": "another", "tables": {"cards": {"evil": {}}, "texts": {}}}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        pytest.param(None, id="cut off"),
    ],
    ids=lambda content: repr(content[:20]) if isinstance(content, bytes) else None,
)
def test_a_broken_cache_is_read_over_and_mended(
    folder: Path, write: Write, cache: Path, reader: Reader, content: bytes | None
) -> None:
    write("a.toml", "one")
    whole = through(folder, reader)
    [place] = kept(cache)
    place.write_bytes(place.read_bytes()[:-9] if content is None else content)
    assert through(folder, reader) == whole
    assert reader.times == 2
    assert through(folder, reader) == whole
    assert reader.times == 2


def test_tables_that_are_none_are_not_believed(
    folder: Path, write: Write, cache: Path, reader: Reader
) -> None:
    write("a.toml", "one")
    whole = through(folder, reader)
    [place] = kept(cache)
    document = json.loads(place.read_text())
    place.write_text(json.dumps({**document, "tables": None}))
    assert through(folder, reader) == whole
    assert reader.times == 2


def test_a_cache_that_cannot_be_written_costs_time(
    folder: Path, write: Write, cache: Path, reader: Reader
) -> None:
    write("a.toml", "one")
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    whole = {"cards": {"a": {"text": "one"}}, "texts": {}}
    assert through(folder, reader) == through(folder, reader) == whole
    assert reader.times == 2


def test_a_disk_that_is_full_leaves_nothing_behind(
    folder: Path, write: Write, cache: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    write("a.toml", "one")
    monkeypatch.setattr("logscan.packs.cache.json.dump", full)
    assert through(folder, reader)["cards"]["a"] == {"text": "one"}
    assert kept(cache) == []


def test_what_json_does_not_have_is_not_kept(folder: Path, cache: Path) -> None:
    from datetime import date  # noqa: PLC0415

    tables = {"cards": {"a": {"since": date(2026, 11, 24)}}, "texts": {}}
    assert json_cache.through(folder, [], lambda _: tables) == tables
    assert kept(cache) == []


def test_without_a_home_there_is_no_cache(
    folder: Path, write: Write, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    write("a.toml", "one")
    assert through(folder, reader) == through(folder, reader)
    assert reader.times == 2


def test_what_cannot_be_read_is_not_kept(folder: Path, cache: Path) -> None:
    def broken(_: Path) -> dict[str, Any]:
        raise RuntimeError("broken cards")

    with pytest.raises(RuntimeError):
        json_cache.through(folder, [], broken)
    assert not cache.exists()


def test_each_folder_has_its_own(
    tmp_path: Path, folder: Path, write: Write, cache: Path, reader: Reader
) -> None:
    write("a.toml", "one")
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.toml").write_text("two")
    assert through(folder, reader) != through(other, reader)
    assert through(folder, reader) != through(other, reader)
    assert reader.times == 2
    assert len(kept(cache)) == 2


@pytest.mark.usefixtures("cache")
def test_a_file_of_the_wheels_name_is_nothing_in_a_users_folder(
    folder: Path, write: Write, reader: Reader
) -> None:
    write("a.toml", "one")
    (folder / "rules.json").write_text('{"cards": {"unchecked": {}}, "texts": {}}')
    assert list(through(folder, reader)["cards"]) == ["a"]


def test_the_wheel_brings_its_own(folder: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    built: dict[str, Any] = {"cards": {"a": {}}, "texts": {"en": {}}}
    (folder / "rules.json").write_text(json.dumps(built))
    monkeypatch.setattr(json_cache, "ours", lambda: folder)
    assert through(folder, reader) == built
    assert reader.times == 0


def test_a_link_that_leads_nowhere_is_the_readers_to_tell(folder: Path) -> None:
    (folder / "a.toml").symlink_to(folder / "gone")
    files = list(card_and_text_files(folder))
    assert files == [folder / "a.toml"]
    before = json_cache.key_of(folder, files)
    (folder / "gone").write_text("back")
    assert json_cache.key_of(folder, files) != before


@pytest.mark.usefixtures("cache")
def test_what_passed_is_not_checked_again_until_its_key_is_another() -> None:
    asked: list[str] = []
    for key in ("one", "one", "two", "one"):
        json_cache.once("regexes", key, lambda key=key: asked.append(key))  # type: ignore[misc]
    assert asked == ["one", "two", "one"]


@pytest.mark.usefixtures("cache")
def test_what_failed_is_checked_again() -> None:
    def fail() -> None:
        raise ValueError("broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            json_cache.once("regexes", "one", fail)


def test_without_a_home_everything_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_cache, "cache_home", lambda: None)
    asked: list[int] = []
    for number in (1, 2):
        json_cache.once("regexes", "one", lambda number=number: asked.append(number))  # type: ignore[misc]
    assert asked == [1, 2]
