from __future__ import annotations

import pytest
import zstandard

from logscan.sources import decoders
from logscan.sources.decoders import ERRORS, ZSTD_BLOCK, decoder_for, exact_decoder_for


def test_gzip_is_isal_where_there_is_isal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(decoder_for("gzip")).__name__ == "IgzipDecompressor"
    monkeypatch.setattr(decoders, "_isal", None)
    assert type(decoder_for("gzip")) is type(exact_decoder_for("gzip"))


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstd"])
def test_damage_is_an_error_that_is_listed(name: str) -> None:
    for make in (decoder_for, exact_decoder_for):
        with pytest.raises(ERRORS):
            make(name).decompress(b"no archive at all " * 100, 1000)


def test_zstd_gives_no_more_than_the_blocks_that_were_asked_for() -> None:
    packed = zstandard.ZstdCompressor().compress(bytes(100 * ZSTD_BLOCK))
    decoder = decoder_for("zstd")
    sizes = [len(decoder.decompress(packed, 3 * ZSTD_BLOCK))]
    while not decoder.eof:
        assert not decoder.needs_input
        sizes.append(len(decoder.decompress(b"", 3 * ZSTD_BLOCK)))
    assert max(sizes) == 3 * ZSTD_BLOCK
    assert sum(sizes) == 100 * ZSTD_BLOCK


def test_zstd_keeps_what_lies_behind_the_frame() -> None:
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(b"text\n")
    decoder = decoder_for("zstd")
    assert decoder.decompress(packed + b"behind", 1000) == b"text\n"
    assert decoder.eof
    assert decoder.unused_data == b"behind"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_791, 65_792, 1 << 20])
@pytest.mark.parametrize("level", [-5, 1, 19])
@pytest.mark.parametrize("checksum", [False, True])
def test_zstd_frames_of_every_header_size_end_where_they_end(
    size: int, level: int, *, checksum: bool
) -> None:
    data = (b"a log line of some length %d\n" * (size // 20 + 1))[:size]
    packed = zstandard.ZstdCompressor(level=level, write_checksum=checksum).compress(data)
    decoder = decoder_for("zstd")
    found = b"".join(
        decoder.decompress(packed[place : place + 1], 10 * ZSTD_BLOCK) for place in range(len(packed))
    )
    assert found == data
    assert decoder.eof
