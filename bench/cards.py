"""Writes rule cards by the hundred, to see what they cost: every third one matches made-up traffic.

In: a folder, how many. Out: folder/bench/card-*.toml, each a whole and valid card.
Never: a card for people to read.
"""

from __future__ import annotations

from pathlib import Path

from failures import phrase

#: Wordings from here on occur in no made-up log.
UNUSED = 10_000

CARD = """\
since = "0.1"
status = "draft"
severity = "warning"
cause = "policy"
nature = "soft"
fault = "receiver"

[match]
family = "postfix"
kind = "delivery"
direction = "outbound"
literal = ["decided by {phrase}"]
reason = '''Not accepted, decided by {phrase}'''

[text]
title = "A made-up site refuses mail, number {number}"
meaning = "This card was written by a benchmark to see what many cards cost."
remedy = ["Nothing is to be done."]
limits = "It is not about any real server."

[[hit]]
line = '''Nov  1 00:00:10 mx1 postfix/smtp[1]: 633A0124213: to=<a@b.example>, relay=mx.b.example[198.51.100.56]:25, \
delay=1, delays=0/0/0/1, dsn=4.7.0, status=deferred (host mx.b.example[198.51.100.56] said: 451 4.7.0 \
Not accepted, decided by {phrase} (in reply to end of DATA command))'''

[[miss]]
line = '''Nov  1 00:00:10 mx1 postfix/qmgr[1]: 633A0124213: removed'''
why = "no failure at all"
"""


def write_cards(folder: Path, count: int) -> None:
    """Write `count` cards below `folder`."""
    (folder / "bench").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        words = phrase(number if number % 3 == 0 else UNUSED + number)
        (folder / "bench" / f"card-{number:04d}.toml").write_text(
            CARD.format(phrase=words, number=number), encoding="utf-8"
        )
