"""Does a piece of a log hold a word? Where are many words? How many lines has it? At the speed at which memory is read.

In: bytes. Out: yes or no, places, numbers. Never: a pattern; an answer that depends on which of two ways was taken.

`bytes.find`, `lower` and `count` look at one byte after the other and let no other thread run. The C library's memmem(3) and
NumPy's loops look at sixteen and more at once, and let go of the interpreter lock. Loading NumPy takes 0.1 s, which
pays off beyond some hundred megabytes: so whoever asks says how much there is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

#: From so many bytes on it is worth to load NumPy ...
MUCH: Final = 384 * 1024 * 1024
#: ... or if words times bytes come to so many.
MUCH_WORK: Final = 2 * 1024 * 1024 * 1024
#: Up to so many words are looked for one by one, however much there is.
FEW: Final = 3
#: The shortest word that is looked for among many, see `Many`.
SHORTEST: Final = 8
_NEWLINE: Final = 0x0A
_SMALL: Final = 0x20  # what a small letter has and its capital has not


class Needles:
    """Looks for words in pieces; any number of threads may ask at once.

    size: bytes that there are in all. words: how many words are looked for.
    """

    def __init__(self, size: int, words: int = 1) -> None:
        self.together = words > FEW and words * size >= MUCH_WORK
        self._arrays = _numpy() if size >= MUCH or self.together else None

    def holds(self, data: bytes, word: bytes) -> bool:
        """Tell whether `data` holds `word`."""
        if _MEMMEM is None:
            return word in data
        return _MEMMEM(data, len(data), word, len(word)) is not None

    def may_hold(self, data: bytes, word: bytes) -> bool:
        """Tell whether `data` may hold `word`, which is in small letters, in letters of any case: yes if it does."""
        np = self._arrays
        if np is None:
            return word in data.lower()
        # it makes capitals small, and some other characters alike that few logs have
        folded = np.bitwise_or(np.frombuffer(data, np.uint8), _SMALL)
        word = bytes(byte | _SMALL for byte in word)
        if _MEMMEM is None:
            return word in folded.tobytes()
        return _MEMMEM(folded.ctypes.data, len(data), word, len(word)) is not None

    def newlines(self, data: bytes) -> int:
        """Return how many line feeds `data` has."""
        np = self._arrays
        if np is None:
            # bytes.count looks at one byte after the other; this takes half its time
            return len(data) - len(data.replace(b"\n", b""))
        return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))


class Many:
    """Looks for many words at once, none shorter than `SHORTEST`; each more costs next to nothing.

    Wherever a word lies, one of its first four bytes is the first of four that are aligned in the piece. So of every word
    the four beginnings are noted, as long as the shortest word allows, and only aligned places are looked at: a table tells by a
    number made of the eight bytes there whether they may be one of those.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._np = np = _numpy()
        every = sorted(set(words))
        self._wide = min(8, *(len(word) - 3 for word in every))
        self._mask = np.uint32((1 << 8 * (self._wide - 4)) - 1)
        self._windows: dict[bytes, list[tuple[bytes, int]]] = {}
        for word in every:
            for shift in range(4):
                self._windows.setdefault(word[shift : shift + self._wide], []).append((word, shift))
        bits = min(max(len(self._windows).bit_length() + 8, 16), 22)
        self._drop = np.uint32(32 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        for window in self._windows:
            self._table[self._numbers(window.ljust(8, b"\0"))] = True

    def places(self, data: bytes) -> Sequence[int]:
        """Return places at which words begin, at least one of each line that holds any; sorted."""
        aligned = self._np.flatnonzero(self._table[self._numbers(data)]).tolist()
        last = max(len(data) // 4 - 1, 0)  # the numbers are made of whole fours
        found = set[int]()
        for four in (*aligned, *range(last, len(data) // 4 + 1)):
            at = four * 4
            for word, shift in self._windows.get(data[at : at + self._wide], ()):
                if at >= shift and data.startswith(word, at - shift):
                    found.add(at - shift)
        return sorted(found)

    def _numbers(self, data: bytes) -> Any:
        fours = self._np.frombuffer(data, "<u4", len(data) // 4)
        numbers = fours[1:] & self._mask
        numbers *= self._np.uint32(0x9E3779B1)
        numbers ^= fours[:-1]
        numbers *= self._np.uint32(0x85EBCA6B)
        numbers >>= self._drop
        return numbers


def _numpy() -> Any:
    import numpy as np  # noqa: PLC0415

    return np


def _memmem() -> Callable[[bytes | int, int, bytes, int], int | None] | None:
    """Return memmem(3) of the GNU C library, None where there is another: those are no faster than Python's own search."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  its own, nobody else's
        found = library.memmem
    except (AttributeError, OSError, TypeError):
        return None
    found.restype = ctypes.c_void_p
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
    return found


_MEMMEM: Final = _memmem()
