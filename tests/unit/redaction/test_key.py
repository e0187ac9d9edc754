"""A pseudonym hangs on the secret and on nothing else."""

from __future__ import annotations

import re

import pytest

from logscan.redaction.key import Key


def test_the_same_secret_gives_the_same_words(key: Key) -> None:
    again = Key(b"a key for tests")
    for text in ("alice", "", "müller", "\ud800", "a" * 10_000):
        assert key.word(text) == again.word(text)
        assert key.number("kind", text, 40) == again.number("kind", text, 40)


def test_another_secret_or_another_kind_gives_other_words(key: Key) -> None:
    assert key.word("alice") != Key(b"another key for tests").word("alice")
    assert key.word("alice") != key.word("alice", "domain")
    assert key.word("alice") != key.word("alicf")


def test_two_random_keys_agree_on_nothing() -> None:
    one, other = Key.random(), Key.random()
    assert not {one.word(str(number)) for number in range(200)} & {
        other.word(str(number)) for number in range(200)
    }


def test_words_are_letters_only_and_hardly_ever_the_same(key: Key) -> None:
    words = [key.word(str(number)) for number in range(5_000)]
    assert len(set(words)) == 5_000
    assert all(re.fullmatch("[a-z]{12}", word) for word in words)


@pytest.mark.parametrize("bits", [4, 8, 12])
def test_a_shuffle_sends_no_two_numbers_to_one_place(key: Key, bits: int) -> None:
    places = [key.shuffled(value, bits, "x") for value in range(1 << bits)]
    assert sorted(places) == list(range(1 << bits))
    assert places != list(range(1 << bits))
    assert places != [key.shuffled(value, bits, "y") for value in range(1 << bits)]
