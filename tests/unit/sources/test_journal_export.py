"""The journal's export format as lines of JSON: the same whatever the cuts, at the places that it had, never too much."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logscan.model.problems import Problem
from logscan.sources import journal_export
from logscan.sources.blocks import read_blocks
from logscan.sources.compression import Pieces
from logscan.sources.journal_export import VALUE, Converter, converted, is_export
from logscan.sources.lines import KEPT, LONGEST
from logscan.sources.probe import probe

REAL = Path(__file__).parents[3] / "sample-logs" / "real" / "A" / "logs" / "journal-export-tail.bin.gz"
START = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795490991918269\n_HOSTNAME=mx1\n"


def binary(name: bytes, value: bytes) -> bytes:
    return name + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def convert(data: bytes, sizes: int = 1 << 30) -> tuple[bytes, list[str]]:
    converter = Converter()
    found = [converter.feed(data[at : at + sizes]) for at in range(0, len(data), sizes)]
    found.append(converter.finish())
    return b"".join(found), [problem.reason for problem in converter.problems("a")]


def lines(data: bytes) -> dict[int, dict[str, Any]]:
    """Return line number -> record."""
    found, problems = convert(data)
    assert problems == []
    texts = found.decode(errors="replace").split("\n")
    return {number: json.loads(text) for number, text in enumerate(texts, 1) if text}


def test_a_record_is_one_line_where_it_began() -> None:
    data = START + b"MESSAGE=a=b \xc3\xa9\n\n" + START + b"MESSAGE=c\n\n"
    first, second = {"MESSAGE": "a=b é"}, {"MESSAGE": "c"}
    common = {"__REALTIME_TIMESTAMP": "1795490991918269", "_HOSTNAME": "mx1"}
    assert lines(data) == {1: first | common, 6: second | common}
    assert convert(data)[0].count(b"\n") == data.count(b"\n")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"one\ntwo", "one\ntwo"),
        (b'"\\\x00\x1b\x7f\t', '"\\\x00\x1b\x7f\t'),
        (b"caf\xe9", "caf\ufffd"),
        (b"\n\nMESSAGE=forged\n__REALTIME_TIMESTAMP=1\n\n", "\n\nMESSAGE=forged\n__REALTIME_TIMESTAMP=1\n\n"),
        (b"", ""),
    ],
)
def test_binary_fields_hold_anything(value: bytes, said: str) -> None:
    data = (
        START
        + binary(b"COREDUMP", b"\x00\n" * 50)
        + binary(b"MESSAGE", value)
        + b"_PID=7\n\n"
        + START
        + b"\n"
    )
    found = lines(data)
    assert [record.get("MESSAGE") for record in found.values()] == [said, None]
    assert found[1]["_PID"] == "7"
    assert max(found) == 1 + data[: data.rfind(START)].count(b"\n")


def test_of_a_field_that_came_twice_the_first_counts() -> None:
    (record,) = lines(START + b"MESSAGE=a\nMESSAGE=b\n" + binary(b"MESSAGE", b"c") + b"\n").values()
    assert record["MESSAGE"] == "a"


def test_a_last_record_without_its_blank_line_is_read() -> None:
    assert [record["MESSAGE"] for record in lines(START + b"MESSAGE=a\n").values()] == ["a"]
    assert [record["MESSAGE"] for record in lines(START + b"MESSAGE=a").values()] == ["a"]


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (b"MESSAGE\n" + b"\xff" * 8 + b"x\n", "damaged"),
        (b"MESSAGE\n\x01\0\0\0\0\0\0\0xyz\n", "damaged"),
        (b"no field\n", "damaged"),
        (b"\0\n", "damaged"),
    ],
)
def test_damage_costs_its_record_and_is_told(damage: bytes, word: str) -> None:
    found, (reason,) = convert(START + damage + b"rest\nMESSAGE=lost\n\n" + START + b"MESSAGE=next\n\n")
    assert word in reason
    records = [json.loads(text) for text in found.decode().split("\n") if text]
    assert len(records) == 2
    assert records[1]["MESSAGE"] == "next"
    assert records[0].get("MESSAGE") != "lost"


@pytest.mark.parametrize("end", [b"MESSAGE\n", b"MESSAGE\n\x09\0\0", b"MESSAGE\n\x09\0\0\0\0\0\0\0ab\ncd"])
def test_a_field_that_is_cut_off_is_told(end: bytes) -> None:
    found, (reason,) = convert(START + end)
    assert "ends in the middle" in reason
    assert found.count(b"\n") == (START + end).count(b"\n")
    assert json.loads(found.decode().split("\n")[0]).get("MESSAGE", "ab\ncd") in ("", "ab\ncd")


def test_garbage_alone_is_no_silent_nothing() -> None:
    found, _ = convert(b"__CURSOR\xff\n\n")
    assert b"UNREADABLE" in found


def test_long_values_keep_their_beginning() -> None:
    long = "é" * VALUE
    for data in (
        START + f"MESSAGE={long}\n\n".encode(),
        START + binary(b"MESSAGE", long.encode()) + b"\n",
        START + binary(b"MESSAGE", b"\x01" * VALUE * 3) + b"\n",
    ):
        found, (reason,) = convert(data)
        assert "1 field is longer than 8 kB" in reason
        text = found.decode().split("\n")[0]
        assert len(text) < LONGEST
        assert len(json.loads(text)["MESSAGE"].encode()) == VALUE
    assert KEPT >= VALUE


def test_a_record_of_very_many_lines_is_so_many_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_export, "AHEAD", 5)
    data = START + binary(b"MESSAGE", b"\n" * 40) + b"\n" + START + b"MESSAGE=x\n\n"
    whole = convert(data)
    assert [number for number, text in enumerate(whole[0].split(b"\n"), 1) if text] == [42, 47]
    assert all(convert(data, size) == whole for size in (1, 2, 10, 30))


def test_a_record_without_end_takes_no_memory() -> None:
    size = 4 << 20
    hostile = {
        "a field": START + b"MESSAGE=" + b"x" * size,
        "a binary field": START + b"MESSAGE\n" + (1 << 30).to_bytes(8, "little") + b"x" * size,
        "a length": START + b"MESSAGE\n" + b"\xff" * size,
        "fields": START + b"MESSAGE=x\nA=b\n" * (size // 14),
        "no field": START + b"x" * size,
        "names": START + b"x\n" * (size // 2),
    }
    for data in hostile.values():
        converter = Converter()
        tracemalloc.start()
        found = sum(
            converter.feed(data[at : at + (1 << 16)]).count(b"\n") for at in range(0, len(data), 1 << 16)
        )
        found += converter.finish().count(b"\n")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 << 20
        assert found == data.count(b"\n")


token = st.one_of(
    st.sampled_from([
        b"\n", b"\n\n", b"MESSAGE=", b"MESSAGE\n", b"\x03\0\0\0\0\0\0\0", b"\0" * 8, b"\xff" * 8, b"=", b"_PID=7\n",
        b"__REALTIME_TIMESTAMP=123\n", b"x\n", b"-", b'"\\\x01', b"\xc3\xa9", b"y" * 70, b"z" * (VALUE - 1), START,
    ]),
    st.binary(max_size=12),
)  # fmt: skip


@given(data=st.lists(token, max_size=24).map(b"".join), size=st.sampled_from([1, 2, 3, 7, 64, 5000]))
@example(data=b"A\xff\n\nMESSAGE=x\n\n", size=1)
def test_cutting_the_bytes_anywhere_gives_the_same_lines(data: bytes, size: int) -> None:
    data = START + data
    whole = convert(data)
    assert convert(data, size) == whole
    assert whole[0].count(b"\n") == data.count(b"\n")
    for text in whole[0].decode(errors="replace").split("\n"):
        assert not text or isinstance(json.loads(text), dict)


def pieces(*parts: bytes | Problem) -> Pieces:
    yield from parts


def test_only_what_begins_as_an_export_is_converted() -> None:
    problem = Problem(where="a", reason="cut", help="")
    plain: list[bytes | Problem] = [b"Nov", b" 24 03:27:35 mx1 x: __CURSOR=", problem]
    assert list(converted(pieces(*plain), "a")) == [b"Nov 24 03:27:35 mx1 x: __CURSOR=", problem]
    assert list(converted(pieces(), "a")) == []
    assert list(converted(pieces(b"", problem), "a")) == [problem]
    found = list(converted(pieces(b"__CUR", b"SOR=1\nMESSAGE=x\n\n", problem), "a"))
    assert problem in found
    assert b"".join(part for part in found if isinstance(part, bytes)) == b'{"MESSAGE":"x"}\n\n\n'


@pytest.mark.parametrize("packed", [True, False])
def test_a_real_export_as_a_file(packed: bool, tmp_path: Path) -> None:  # noqa: FBT001
    data = gzip.decompress(REAL.read_bytes())
    assert is_export(data)
    path = tmp_path / "journal"
    path.write_bytes(REAL.read_bytes() if packed else data)
    source = probe(str(path))
    assert not isinstance(source, Problem)
    assert getattr(source, "tail", None) == b""
    blocks = list(read_blocks(source, 0, 10_000))  # type: ignore[arg-type]
    text = b"".join(block.data for block in blocks if not isinstance(block, Problem))
    assert len(blocks) > 3
    assert text.count(b"\n") == data.count(b"\n")
    records = [json.loads(line) for line in text.decode().split("\n") if line]
    assert len(records) == data.count(b"\n__REALTIME_TIMESTAMP=") == 300
    assert source.head.startswith(text[:1000])  # type: ignore[union-attr]
