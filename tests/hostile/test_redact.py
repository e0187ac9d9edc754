"""`redact` of lines that a stranger made as long and as repetitive as he could: within the promised memory and time."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.hostile.measuring import FLOOR_S, MOST_MB, TIMES, Measured, measured

pytestmark = pytest.mark.heavy

SIZE = 4_000_000
HEAD = "Nov 24 03:27:43 mx1 postfix/smtpd[1]: "
OPTIONS = ("--tz", "UTC", "--year", "2026", "--key", "a key for tests", "-o", "/dev/null")
#: What a line is made of, again and again: each makes a careless pattern look at every character many times.
UNITS = (
    "a!", "a.", "a@", "a=", "1", "1.", "1-", "ab:", "%40", "header x ", "warning: header x from ", "bounces+a=", "sess-", '"a', "<a ",
    "imap(a", "user 'a", "/a b", "::1 ", "a@b.de,",
)  # fmt: skip


def lines(unit: str, length: int) -> str:
    """Return lines of so many characters, no two alike."""
    text = unit * (length // len(unit))
    return "".join(f"{HEAD}{number} {text}{number}\n" for number in range(SIZE // len(UNITS) // length))


@cache
def ordinary(folder: Path) -> Measured:
    path = folder / "ordinary.log"
    line = "{head}{n:X}: client=pc{n}.victim.de[93.184.{a}.{b}], sasl_method=PLAIN, sasl_username=u{n}\n"
    path.write_text(
        "".join(line.format(head=HEAD, n=n, a=n % 250, b=n % 99) for n in range(SIZE // len(line)))
    )
    return measured("redact", path, *OPTIONS)


@pytest.mark.parametrize("length", [250, 2_000, 16_000])
def test_long_lines_take_no_longer(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    folder = tmp_path_factory.mktemp("redact")
    path = folder / "hostile.log"
    path.write_text("".join(lines(unit, length) for unit in UNITS))
    ran, usual = measured("redact", path, *OPTIONS), ordinary(tmp_path_factory.getbasetemp())
    assert (ran.code, usual.code) == (0, 0)
    assert ran.peak_mb < MOST_MB
    assert ran.cpu < usual.cpu * TIMES + FLOOR_S
