"""What every pseudonym hangs on: a secret, and numbers and words that follow from it.

In: a secret. Out: for a text always the same number or word, which nobody without the secret can work out or try.
Never: remembers a text; gives the same word to two kinds of things on purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

_CONSONANTS: Final = "bdfgklmnprstvwz"
_VOWELS: Final = "aeiou"
_SYLLABLES: Final = tuple(c + v for c in _CONSONANTS for v in _VOWELS)
#: 75 syllables, six of them: 37 bits, so that a hundred thousand names share a word with a chance of 3 %.
_LENGTH: Final = 6

#: scrypt's price, some 50 ms once a run: a short key is tried as often as a disk can be filled, not a billion times a second.
_COST: Final = 2**14


class Key:
    """A secret. Its pseudonyms are the same in every run that has it.

    >>> one = Key(b"between us")
    >>> one.word("alice") == Key(b"between us").word("alice") != Key(b"another").word("alice")
    True
    """

    def __init__(self, secret: bytes) -> None:
        """secret: any bytes; they are stretched, so that a short one is no invitation."""
        self._secret = hashlib.scrypt(secret, salt=b"logscan redact", n=_COST, r=8, p=1, dklen=32)

    @classmethod
    def random(cls) -> Key:
        """Return a key that nobody knows and that is gone with this run."""
        return cls(secrets.token_bytes(32))

    def number(self, kind: str, text: str, bits: int) -> int:
        """Return a number of so many bits (at most 256) that stands for `text` among its kind."""
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hmac.digest(self._secret, message, "sha256")) >> (256 - bits)

    def word(self, text: str, kind: str = "word") -> str:
        """Return a word of twelve lower-case letters that can be said aloud."""
        number = self.number(kind, text, 64)
        said = []
        for _ in range(_LENGTH):
            number, syllable = divmod(number, len(_SYLLABLES))
            said.append(_SYLLABLES[syllable])
        return "".join(said)

    def shuffled(self, value: int, bits: int, kind: str) -> int:
        """Return where `value` goes among all numbers of so many bits (even): no two to one place."""
        half = bits // 2
        low = (1 << half) - 1
        left, right = value >> half, value & low
        for turn in range(4):
            left, right = right, left ^ self.number(f"{kind}/{turn}", str(right), half)
        return left << half | right
