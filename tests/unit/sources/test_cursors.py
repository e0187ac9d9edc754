"""Which log goes on from which cursor."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest

from logscan.model.blocks import Source
from logscan.sources.cursors import HEAD, TAIL, Cursor, beginning, digest, due, tails
from logscan.sources.discover import discover

TEXT = b"".join(
    b"2026-11-24T00:00:%02d+00:00 mx1 postfix/smtpd[7]: line %d\n" % (n % 60, n) for n in range(300)
)
LINE = TEXT.index(b"\n") + 1
PLACE = TEXT.rfind(b"\n", 0, 9000) + 1


def write(path: Path, text: bytes) -> Source:
    path.write_bytes(text)
    (source,) = discover([str(path)])[0]
    return source


def cursor(source: Source, text: bytes = TEXT, place: int = PLACE, *, finished: bool = False) -> Cursor:
    device, inode = source.identity or (0, 0)
    start = text[: min(HEAD, place)]
    return Cursor(
        path=source.path,
        rotation=source.rotation,
        device=device,
        inode=inode,
        compression=source.compression,
        size=source.size or 0,
        mtime_ns=Path(source.path).stat().st_mtime_ns,
        offset=place,
        lines=text[:place].count(b"\n"),
        read=place,
        held="",
        head=digest(start),
        head_bytes=len(start),
        tail=digest(text[max(place - TAIL, 0) : place]),
        finished=finished,
        day="2026-11-24",
        walk=None,
        seen="2026-11-25",
    )


def test_the_same_file_goes_on(tmp_path: Path) -> None:
    source = write(tmp_path / "mail.log", TEXT)
    (found,) = due([source], [cursor(source)])
    assert (found.offset, found.lines, found.idle) == (PLACE, TEXT[:PLACE].count(b"\n"), False)
    assert found.start == TEXT[:HEAD]


@pytest.mark.parametrize("place", [LINE, HEAD, PLACE, len(TEXT)])
@pytest.mark.parametrize("form", [bytes, gzip.compress])
def test_the_same_text_under_another_name_goes_on(tmp_path: Path, place: int, form: type[bytes]) -> None:
    was = cursor(write(tmp_path / "mail.log", TEXT), place=place)
    other = write(tmp_path / "old", form(TEXT))
    (found,) = due([other], [was])
    assert (found.cursor, found.offset, found.told) == (was, place, (was,))


def test_another_text_in_the_same_file_begins_anew(tmp_path: Path) -> None:
    source = write(tmp_path / "mail.log", TEXT)
    was = cursor(source)
    for text in (TEXT[: PLACE - LINE], TEXT[:8000] + b"x" + TEXT[8001:], TEXT[LINE:]):
        again = write(tmp_path / "mail.log", text)
        assert again.identity == source.identity
        (found,) = due([again], [was])
        assert (found.cursor, found.offset, found.told) == (None, 0, ())


def test_of_several_the_one_that_leads_furthest(tmp_path: Path) -> None:
    source = write(tmp_path / "mail.log", TEXT)
    near, far = cursor(source, place=PLACE), replace(cursor(source, place=len(TEXT)), inode=1)
    (found,) = due([source], [near, far])
    assert found.cursor == far
    assert set(found.told) == {near, far}


def test_text_without_a_time_leads_to_its_own_file_only(tmp_path: Path) -> None:
    banner = b"# a log\n"
    source = write(tmp_path / "mail.log", banner)
    was = replace(cursor(source, banner, len(banner)), day=None)
    other = write(tmp_path / "mail.new", banner + TEXT)
    assert [found.offset for found in due([source, other], [was])] == [len(banner), 0]


def test_a_finished_file_is_idle_until_it_changes(tmp_path: Path) -> None:
    source = write(tmp_path / "mail.log.1.gz", gzip.compress(TEXT))
    was = cursor(source, place=len(TEXT), finished=True)
    assert due([source], [was])[0].idle
    assert not due([source], [replace(was, finished=False)])[0].idle
    os.utime(source.path, (1, 1))
    assert not due([source], [was])[0].idle


def test_a_file_that_is_gone_goes_on_from_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "mail.log", TEXT)
    was = cursor(source)
    (tmp_path / "mail.log").unlink()
    (found,) = due([source], [was])
    assert (found.cursor, found.start, found.mtime_ns) == (None, b"", 0)


@pytest.mark.parametrize("form", [bytes, gzip.compress])
def test_fingerprints_of_places(tmp_path: Path, form: type[bytes]) -> None:
    source = write(tmp_path / "mail.log", form(TEXT))
    places = [1, HEAD, TAIL, PLACE, len(TEXT), len(TEXT) + 1]
    assert beginning(source) == TEXT[:HEAD]
    assert tails(source, places) == {
        place: digest(TEXT[max(place - TAIL, 0) : place]) for place in places if place <= len(TEXT)
    }
