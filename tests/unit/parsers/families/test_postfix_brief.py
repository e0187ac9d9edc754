"""What brief.py tells of a line is what fields.py tells, on every line of the samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from logscan.parsers.families.postfix import brief
from logscan.parsers.families.postfix.fields import fields
from logscan.parsers.families.postfix.handed import handed_exactly
from logscan.parsers.families.postfix.kinds import kinds

ROOT = Path(__file__).parents[4] / "sample-logs"
Take = Callable[[pl.DataFrame], brief.Parted]

ODD = [
    'AAAAAA: to=<"a, status=sent (x"@x.example>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (ok)',
    "AAAAAA: to=<a@x.example>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (forwarded as BBBBBB)",
    "AAAAAA: to=<a@x.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to h[192.0.2.1]:25: Connection timed out)",
    "AAAAAA: to=<a@x.example>, relay=h[192.0.2.1]:25, delay=1, delays=1/0/0/0, tls=dane, dsn=2.0.0, status=sent (250 ok)",
    "AAAAAA: to=<>, orig_to=<b@x.example>, relay=h[192.0.2.1]:25, conn_use=2, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host said: 550)",
    *(
        f"AAAAAA: to=<a@x.example>, relay={relay}, delay=1, delays=1/0/0/0, dsn=2.0.0, status={said}"
        for relay in (
            "127.0.0.1[127.0.0.1]:10024",
            "localhost[::1]:24",
            "av[172.18.0.3]:10024",
            "h[172.32.0.3]:25",
            "h[fd00::1]:25",
            "h[private/lmtp]",
            "filter",
            "h[192.0.2.1]:25",
        )
        for said in (
            "sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qy)",
            "sent (250 2.0.0 queued as AAAAAA1, then queued as BBBBBB2)",
            "sent (250 2.0.0 <a@x.example> fRd Saved)",
            "deferred (250 2.0.0 Ok: queued as AAAAAA1)",
            "sent (250 ok)",
        )
    ),
    "AAAAAA: from=<>, size=1, nrcpt=1 (queue active)",
    "AAAAAA: from=<a>b@x.example>, size=1, nrcpt=1 (queue active)",
    "AAAAAA: from=<a@x.example>, size=99999999999999999999, nrcpt=1 (queue active)",
    "AAAAAA: client=unknown[unknown]",
    "AAAAAA: client=[192.0.2.1]",
    "AAAAAA: client=mx.example[2001:db8::1], sasl_method=PLAIN, sasl_username=a",
    "AAAAAA: client=localhost[127.0.0.1], orig_queue_id=BBBBBB, orig_client=mx.example[192.0.2.1]",
    "AAAAAA: uid=0 from=<root>",
    "AAAAAA: message-id=<a b@x.example>",
    "AAAAAA: resent-message-id=<a@x.example>",
    "AAAAAA: message-id=",
    "AAAAAA: message-id=<>",
    "AAAAAA: message-id=<<a>@x.example> (odd)",
    "AAAAAA: message-id=a@x.example",
    "AAAAAA: removed",
    "AAAAAA: removed (canceled)",
    "Anonymous TLS connection established from mx.example[192.0.2.1]: TLSv1.3 with cipher X (256/256 bits)",
    "TLS connection established to mx.example[192.0.2.1]:25: TLSv1.2 with cipher X (256/256 bits)",
    "SSL_accept error from mx.example[192.0.2.1]: lost connection",
]


def lines() -> pl.DataFrame:
    texts: list[tuple[str, str]] = [
        (program, text)
        for program in ("postfix/smtp", "postfix/smtpd", "postfix/qmgr", "postfix/pickup", "postfix/cleanup")
        for text in ODD
    ]
    for path in (ROOT / "real/A/logs/mail.log", ROOT / "real/A/logs/remote-maillog", ROOT / "quiet/mail.log"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            program, _, text = line[16:].partition(" ")[2].partition(": ")
            if program.startswith("postfix"):
                texts.append((program.partition("[")[0], text))
    return kinds(pl.DataFrame(texts, schema=["program", "text"], orient="row"))


@pytest.fixture(scope="module")
def judged() -> pl.DataFrame:
    return lines()


@pytest.mark.parametrize(
    ("kind", "take", "columns", "left"),
    [
        ("delivery", brief.deliveries, brief.DELIVERY, 0.1),
        ("queued", brief.queued, brief.QUEUED, 0.05),
        ("client", brief.clients, brief.CLIENT, 0.3),
        ("message-id", brief.message_ids, brief.MESSAGE_ID, 0.05),
        ("removed", brief.removed, brief.REMOVED, 0.05),
        ("tls", brief.encrypted, brief.TLS, 0.5),
    ],
)
def test_it_is_what_fields_tells(
    judged: pl.DataFrame, kind: str, take: Take, columns: tuple[str, ...], left: float
) -> None:
    mine = judged.filter(pl.col("kind") == kind).with_row_index("number")
    quick, rest = take(mine)
    assert sorted([*quick["number"], *rest["number"]]) == list(range(mine.height))
    assert rest.height <= left * mine.height + 40  # or it would not be quick
    exact = fields(mine.filter(pl.col("number").is_in(quick["number"].implode())))
    if kind == "delivery":
        exact = handed_exactly(exact)
    assert quick.select("number", *columns).sort("number").to_dicts() == (
        exact.select("number", *columns).sort("number").to_dicts()
    )


def test_what_holds_a_strangers_quotes_is_left(judged: pl.DataFrame) -> None:
    quick, _ = brief.deliveries(judged.filter(pl.col("kind") == "delivery"))
    assert not quick["text"].str.contains('to=<"', literal=True).any()
