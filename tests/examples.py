"""How many examples a law is tried on, where the usual number is too many or too few for it."""

from __future__ import annotations

from hypothesis import settings

#: Examples of the profile that is loaded by default: see conftest.
USUAL = 40


def scaled(number: int) -> int:
    """Return `number` in the usual profile, as many times more or fewer as the loaded one tries of everything."""
    return max(2, round(number * settings().max_examples / USUAL))
