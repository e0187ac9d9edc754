"""Each sign is on the lines that prove it, and on no line that looks like them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from logscan.analyses import blind
from logscan.model.columns import TIME

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENT = "3F1AB42132A: to=<a@b.example>, relay={relay}, delay=1.2, delays=0/0/1/0.2, dsn=2.0.0, status=sent (250 ok)"

Line = tuple[str, str]


def chatter(lines: list[Line], family: str = "postfix", *, glanced: bool = False) -> blind.Chatter:
    whole = pl.Series([f"mx1 {program}[7]: {text}" for program, text in lines], dtype=pl.String)
    return blind.Chatter(family=family, lines=whole, whole=whole.gather, glanced=glanced)


def signs(*lines: Line, family: str = "postfix", glanced: bool = False) -> dict[str, int]:
    batch = blind.Batch(chatter=[chatter(list(lines), family, glanced=glanced)])
    found = blind.finish(blind.absorb(blind.empty(), batch)).signs
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (("postfix/submission/smtpd", "3F1AB42132A: client=pc[192.0.2.7]"), {"submitted"}),
        (("postfix/submissions/smtpd", "3F1AB42132A: client=pc[192.0.2.7]"), {"submitted"}),
        (("postfix/smtps/smtpd", "3F1AB42132A: client=pc[192.0.2.7]"), {"submitted"}),
        (("postfix/smtpd", "3F1AB42132A: client=mx.b.example[198.51.100.9]"), set()),
        (
            ("postfix/submission/smtpd", "3F1AB42132A: client=pc[192.0.2.7], sasl_method=PLAIN, sasl_username=u"),
            {"submitted", "authenticated"},
        ),
        (("postfix/smtpd", "3F1AB42132A: client=pc[192.0.2.7], sasl_username=u@x.example"), {"authenticated"}),
        (("postfix/smtpd", "3F1AB42132A: client=pc[192.0.2.7], sasl_sender=a@b.example"), set()),
        # a client's words, not Postfix's
        (("postfix/smtpd", "lost connection after DATA from x, sasl_username=u"), set()),
        (("postfix/pickup", "3F1AB42132A: uid=33 from=<www-data>"), {"script"}),
        (("postfix/pickup", "3F1AB42132A: uid=48 from=<apache@web.example>"), {"script"}),
        (("postfix/pickup", "3F1AB42132A: uid=0 from=<root>"), set()),
        (("postfix/pickup", "3F1AB42132A: uid=1000 from=<www-data-fan@b.example>"), set()),
        (
            ("postfix/smtpd", "disconnect from b.example[198.51.100.9] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"),
            {"refused"},
        ),
        # refused because there was no sender either: Postfix does not log that
        (
            ("postfix/smtpd", "disconnect from b.example[198.51.100.9] ehlo=1 mail=0/1 rcpt=0/1 quit=1 commands=2/4"),
            set(),
        ),
        (
            ("postfix/smtpd", "disconnect from b.example[198.51.100.9] ehlo=2 starttls=1 mail=1 rcpt=1 commands=5"),
            {"starttls"},
        ),
        (
            ("postfix/smtpd", "Anonymous TLS connection established from b.example[198.51.100.9]: TLSv1.3 with cipher X"),
            {"tls-in"},
        ),
        (
            ("postfix-out/smtp", "Untrusted TLS connection established to b.example[198.51.100.9]:25: TLSv1.3 with cipher X"),
            {"tls-out"},
        ),
        (("postfix/smtp", SENT.format(relay="mx.b.example[198.51.100.9]:25")), {"abroad", "delivered", "timed"}),
        (("postfix/relay/smtp", SENT.format(relay="mx.b.example[2001:db8::9]:587")), {"abroad", "delivered", "timed"}),
        (("postfix/smtp", SENT.format(relay="127.0.0.1[127.0.0.1]:10024")), {"delivered", "timed"}),
        (("postfix/smtp", SENT.format(relay="localhost[::1]:25")), {"delivered", "timed"}),
        (("postfix/lmtp", SENT.format(relay="imap.b.example[198.51.100.9]:25")), {"delivered", "timed"}),
        (("postfix/local", SENT.format(relay="local")), {"delivered", "timed"}),
        (
            ("postfix/local", "3F1AB42132A: to=<a@b.example>, relay=local, delay=1, status=sent (mailbox)"),
            {"delivered"},
        ),
    ],
)  # fmt: skip
def test_what_postfix_proves(line: Line, found: set[str]) -> None:
    assert set(signs(line)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3F1AB42132A: DKIM-Signature field added (s=hl, d=b.example)", {"signed"}),
        ("DKIM-Signature field added (s=hl, d=b.example)", {"signed"}),
        ("3F1AB42132A: DKIM verification successful", {"verified", "examined"}),
        ("3F1AB42132A: no signature data", {"examined"}),
        ("3F1AB42132A: s=good d=b.example a=rsa-sha256 SSL ", {"examined"}),
        ("3F1AB42132A: s=good d=b.example SSL", {"examined"}),
        ("3F1AB42132A: mx.b.example [198.51.100.9] not internal", {"why"}),
        ("3F1AB42132A: not authenticated", {"why"}),
        ("OpenDKIM Filter v2.11.0 starting (args: -x /etc/opendkim.conf)", set()),
    ],
)
def test_what_opendkim_proves(text: str, found: set[str]) -> None:
    assert set(signs(("opendkim", text), family="opendkim")) == found
    assert signs(("opendkim-x", text), family="opendkim") == {}


def test_a_sign_counts_until_it_is_enough() -> None:
    line = ("postfix/local", SENT.format(relay="local"))
    assert signs(*[line] * 7) == {"delivered": 7, "timed": 1}
    assert signs(*[line] * 30_000) == {"delivered": blind.ENOUGH, "timed": 1}


def test_what_stands_at_the_end_of_much_chatter_is_seen() -> None:
    usual = ("postfix/local", SENT.format(relay="local"))
    odd = ("postfix/pickup", "3F1AB42132A: uid=33 from=<www-data>")
    assert signs(*[usual] * 12_000, odd)["script"] == 1
    # of what is told at a glance, nobody asks for it
    assert "script" not in signs(*[usual] * 12_000, odd, glanced=True)


def test_every_sign_is_within_its_literals() -> None:
    """A line that holds a sign, but none of its literals, would be passed over in silence."""
    for name, sign in blind.SIGNS.items():
        assert sign.needs, name
        assert all(need for need in sign.needs), name
        assert sign.family in blind.SPEAKERS, name


def rows(*given: tuple[datetime, float | None, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"time": [g[0] for g in given], "delay": [g[1] for g in given], "kind": [g[2] for g in given]},
        schema={"time": TIME, "delay": pl.Float64, "kind": pl.String},
    )


def test_the_oldest_mail_that_failed() -> None:
    batch = blind.Batch(
        rows=rows(
            (NOON, 3600.5, "delivery"),
            (NOON + timedelta(hours=1), 60.0, "delivery"),
            (NOON, None, "delivery"),
            (NOON, 9e6, "reject"),
        )
    )
    assert blind.absorb(blind.empty(), batch).arrived == NOON - timedelta(seconds=3600.5)
    assert blind.absorb(blind.empty(), blind.Batch(rows=rows())).arrived is None


def test_lost_lines_are_summed_as_far_as_their_number_is_told() -> None:
    texts = [
        ("imjournal: 4823 messages lost due to rate-limiting (20000 allowed within 600 seconds)", 1),
        ("imuxsock lost 251 messages from pid 15817 due to rate-limiting", 2),
        ("imjournal: begin to drop messages due to rate-limiting", 1),
        ("Missed 57 kernel messages", 1),
        ("Suppressed 1 message from x.service", 1),
    ]
    table = pl.DataFrame(
        {
            "family": "syslogd",
            "kind": "warning",
            "text": [text for text, _ in texts],
            "repeat": [repeat for _, repeat in texts],
        }
    )
    found = blind.absorb(blind.empty(), blind.Batch(rows=table))
    assert (found.lost, found.notices) == (4823 + 2 * 251 + 57 + 1, 6)
    others = table.with_columns(pl.lit("postfix").alias("family"))
    assert blind.absorb(blind.empty(), blind.Batch(rows=others)).notices == 0
