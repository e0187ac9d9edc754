"""The same targets with hypothesis: mutated lines of the sample logs, any bytes, and the samples themselves."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import scaled
from tests.fuzz.targets import seeds, targets


@cache
def lines(name: str) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(seeds(name)))


@st.composite
def mutated(draw: st.DrawFn, name: str) -> bytes:
    """Some lines of the samples, each with pieces cut out, doubled, swapped or put in."""
    made = []
    for _ in range(draw(st.integers(1, 6))):
        line = draw(st.sampled_from(lines(name)))
        for _ in range(draw(st.integers(0, 3))):
            begin, end = sorted(draw(st.integers(0, len(line))) for _ in range(2))
            piece = draw(
                st.sampled_from(
                    [b"", line[begin:end] * 2, b"<", b'"', b"(", b"[", b", status=", b"\r", b"\xff"]
                )
            )
            line = line[:begin] + (piece or draw(st.binary(max_size=6))) + line[end:]
        made.append(line)
    return b"".join(made)


@pytest.mark.parametrize("name", sorted(targets()))
@settings(max_examples=scaled(10))
@given(st.data())
def test_the_law_holds_for_mutated_lines(name: str, data: st.DataObject) -> None:
    targets()[name](data.draw(mutated(name)))


@pytest.mark.parametrize("name", sorted(targets()))
@settings(max_examples=scaled(10))
@given(st.binary(max_size=300))
def test_the_law_holds_for_any_bytes(name: str, data: bytes) -> None:
    targets()[name](data)


@pytest.mark.parametrize("name", sorted(targets()))
def test_there_are_seeds(name: str) -> None:
    assert len(lines(name)) >= 5
    targets()[name](b"".join(lines(name)[:400]))
