"""A card of the user's own whose regex would eat time or memory: refused or harmless, and in either case soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.hostile.measuring import MOST_MB, measured

CARD = """
since = "0.1"
status = "stable"
severity = "error"
cause = "policy"
nature = "soft"
fault = "us"
references = ["https://www.rfc-editor.org/rfc/rfc5321"]
[match]
family = "postfix"
kind = "delivery"
direction = "outbound"
literal = ["aaaa"]
reason = '''{}'''
[text]
title = "A title that is long enough"
meaning = "A meaning that is long enough to be accepted by the schema of cards."
remedy = ["Do something"]
[[hit]]
reply = "550 5.7.1 aaaa"
[[miss]]
reply = "550 5.7.1 something else"
why = "other words"
"""

#: What blows up in a backtracking engine, or while it is compiled.
REFUSED = {
    "repeats of repeats": "a{1000}{1000}",
    "groups of repeats": "(?:(?:a{1000}){1000}){1000}",
    "classes": r"(?:\w{500}){500}aaaa",
    "deep": "(" * 20_000 + "aaaa" + ")" * 20_000,
    "half deep": "(?:" * 300 + "aaaa" + ")" * 300,
    "a long one": "|".join(f"aaaa{number}" for number in range(200_000)),
    "unclosed": "aaaa(" * 5000,
    "look behind": "(?<=a{4})aaaa",
}
HARMLESS = {
    "nested": "(a+)+aaaa",
    "alternatives": "(?:a|aa|aaa)+aaaa!",
    "dots": "(?:.*aaaa.*)*!aaaa",
    "empties": "(?:a*)*aaaa!",
}


def test_a_capture_is_measured_like_a_reason(tmp_path: Path) -> None:
    cards = site(tmp_path, "aaaa bbbb")
    card = cards / "test" / "card.toml"
    card.write_text(f"{card.read_text()}\n[capture]\nthing = '''{'(' * 1500}x{')' * 1500}'''\n")
    for command in ("lint", "test"):
        ran = measured("rules", command, "--patterns", cards, timeout=60)
        assert ran.code in (1, 2)
        assert "Traceback" not in ran.err
        assert "nested deeper" in ran.out + ran.err


def site(tmp_path: Path, pattern: str) -> Path:
    folder = tmp_path / "site" / "test"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(CARD.replace("{}", pattern))
    return folder.parent


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    words = "a" * 20_000
    path.write_text(
        "".join(
            f"Nov 24 03:00:{second:02} mx1 postfix/smtp[9]: 4F1A2B3C4D: to=<u@b.example>, relay=mx.b.example[198.51.100.1]:25, "
            "delay=1, delays=0/0/1/0, dsn=5.7.1, status=bounced (host mx.b.example[198.51.100.1] said: 550 5.7.1 "
            f"{words}{second} (in reply to RCPT TO command))\n"
            for second in range(60)
        )
    )
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_a_regex_that_is_too_much_is_refused_soon(tmp_path: Path, log: Path, name: str) -> None:
    cards = site(tmp_path, REFUSED[name])
    for arguments in (("rules", "lint"), ("rules", "test"), ("scan", log, "--year", "2026")):
        started = time.monotonic()
        ran = measured(*arguments, "--patterns", cards, timeout=60)
        assert "Traceback" not in ran.err, name
        assert ran.code in (1, 2), (name, arguments, ran.code)
        assert len(ran.err) + len(ran.out) < 20_000
        assert ran.peak_mb < MOST_MB
        assert time.monotonic() - started < 45


@pytest.mark.parametrize("name", HARMLESS)
def test_what_makes_other_engines_backtrack_does_not_this_one(tmp_path: Path, log: Path, name: str) -> None:
    cards = site(tmp_path, HARMLESS[name])
    ran = measured("scan", log, "--year", "2026", "--patterns", cards, timeout=60)
    assert ran.code == 0, ran.err
    assert ran.peak_mb < MOST_MB
    assert ran.cpu < 20
    lint = measured("rules", "lint", "--patterns", cards, timeout=60)
    assert lint.code in (0, 1)
    assert "Traceback" not in lint.err
