"""Words in pieces: what the fast ways find is what `bytes.find` finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.sources import needles
from logscan.sources.needles import SHORTEST, Many, Needles

#: Few letters, so that words are found and nearly found.
TEXT = st.binary(max_size=200) | st.text(alphabet="AB\n", max_size=200).map(str.encode)
WORD = st.binary(min_size=SHORTEST, max_size=20) | st.text(alphabet="AB", min_size=SHORTEST, max_size=12).map(
    str.encode
)


@pytest.fixture(params=[True, False], ids=["memmem", "find"])
def native(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(needles, "_MEMMEM", None)


@st.composite
def pieces_and_words(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    data = draw(TEXT)
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    for begin in draw(st.lists(st.integers(0, len(data)), max_size=3)):
        word = data[begin : begin + draw(st.integers(SHORTEST, 14))]
        if len(word) >= SHORTEST:
            words.append(word)
    return data, words


@given(pieces_and_words())
def test_many_words_are_found_wherever_they_lie(case: tuple[bytes, list[bytes]]) -> None:
    data, words = case
    expected = {at for word in words for at in range(len(data)) if data.startswith(word, at)}
    assert list(Many(words).places(data)) == sorted(expected)


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("size", [0, needles.MUCH])
def test_one_word_is_held_or_not(size: int) -> None:
    eye = Needles(size)
    data = b"one\0two\nThree Four@EXAMPLE.org\n\xe9\xff" * 3
    for word in (b"one\0two", b"Three", b"\n\xe9\xff", b"three", b"two\0", b"\xff" * 2):
        assert eye.holds(data, word) == (word in data)
    for word in (b"three four@example.org", b"two\nthree", b"example.net", b"\xe9\xff"):
        assert eye.may_hold(data, word) or word not in data.lower()
    assert not eye.may_hold(data, b"five")
    assert eye.newlines(data) == 6
    assert eye.newlines(b"") == 0


@given(TEXT, WORD)
def test_capitals_are_never_missed(data: bytes, word: bytes) -> None:
    inside = data + word.swapcase() + data
    assert Needles(needles.MUCH).may_hold(inside, word.lower())
    assert Needles(0).may_hold(inside, word.lower())


def test_many_together_only_where_it_pays() -> None:
    assert not Needles(10, 1000).together
    assert not Needles(1 << 40, needles.FEW).together
    assert Needles(1 << 30, needles.FEW + 1).together
