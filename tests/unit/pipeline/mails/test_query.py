"""What somebody's words mean, told the same of rows and of mails."""

from __future__ import annotations

import pytest

from logscan.model.problems import UsageError
from logscan.pipeline.mails.query import Sort, query_of
from logscan.tracking import mail
from logscan.tracking.messages import told
from tests.laws.mail_traffic import rows_of

LINES = [
    "2026-03-01T00:00:00+00:00 mx1 postfix/smtpd[7]: 4F1A2B3C4D5: client=Out.example.NET[192.0.2.9], sasl_method=PLAIN, sasl_username=frank",
    "2026-03-01T00:00:01+00:00 mx1 postfix/cleanup[8]: 4F1A2B3C4D5: message-id=<Abc.1@Mail.example>",
    "2026-03-01T00:00:01+00:00 mx1 postfix/qmgr[9]: 4F1A2B3C4D5: from=<Sender@Sub.Example.com>, size=10, nrcpt=1 (queue active)",
    "2026-03-01T00:00:02+00:00 mx1 postfix/smtp[10]: 4F1A2B3C4D5: to=<alias@example.org>, orig_to=<Rcpt@example.info>, relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 OK 1700000000 j12-20020a17090a.4 - gsmtp)",
    "2026-03-01T00:00:03+00:00 mx1 postfix/qmgr[9]: 4F1A2B3C4D5: removed",
]  # fmt: skip

MEANT = [
    ("4F1A2B3C4D5", Sort.NAME),
    ("4F1A2", Sort.NAME),
    ("frank", Sort.NAME),
    ("j12-20020a17090a", Sort.NAME),
    ("<abc.1@mail.example>", Sort.ADDRESS),
    ("message-id=<Abc.1@Mail.example>", Sort.ADDRESS),
    ("sender@sub.example.com", Sort.ADDRESS),
    ("ALIAS@example.org", Sort.ADDRESS),
    ("rcpt@EXAMPLE.info", Sort.ADDRESS),
    ("192.0.2.9", Sort.CLIENT),
    ("[192.0.2.9]", Sort.CLIENT),
    ("example.com", Sort.DOMAIN),
    ("@sub.example.com", Sort.DOMAIN),
    ("out.example.net", Sort.DOMAIN),
    ("example.net", Sort.DOMAIN),
]
NOT_MEANT = ["4F1A2B3C4D6", "2B3C4D5", "1@mail.example", "192.0.2.90", "ample.com", "@example.net", "franklin", "ender@sub.example.com"]  # fmt: skip


@pytest.mark.parametrize(("words", "sort"), MEANT)
def test_it_means_the_mail_and_a_row_of_it(words: str, sort: Sort) -> None:
    rows = rows_of(LINES)
    [message] = told(mail.finish(mail.absorb(mail.empty(), rows)))
    query = query_of(words)
    assert query.sort is sort
    assert query.rows(rows).any()
    assert query.means(message)
    data = "\n".join(LINES).encode()
    assert query.needle in (data.lower() if query.folded else data)


@pytest.mark.parametrize("words", NOT_MEANT)
def test_it_does_not_mean_what_only_looks_alike(words: str) -> None:
    rows = rows_of(LINES)
    [message] = told(mail.finish(mail.absorb(mail.empty(), rows)))
    assert not query_of(words).means(message)
    assert not query_of(words).rows(rows).any()


@pytest.mark.parametrize("words", ["", "a", "<>", "@ab", "a\nb@c.example"])
def test_what_could_be_anything_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        query_of(words)
