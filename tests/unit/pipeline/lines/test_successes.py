"""What proves that a service works; the quick way and the exact one agree on every line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from logscan.analyses.outages.fold import place
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family
from logscan.parsers.family import families
from logscan.pipeline.events import Events
from logscan.pipeline.lines import successes
from logscan.pipeline.scan import scanned

LOGS = Path(__file__).parents[4] / "sample-logs" / "real"
AT = "[02/Mar/2026:08:00:00 +0000]"
ODD = (
    f'192.0.2.1 - - {AT} "GET /extmail/cgi/a?b=1 HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - joe {AT} "GET /extmail HTTP/1.0" 304 -',
    f'192.0.2.1 - joe doe {AT} "GET /extmail HTTP/1.0" 200 9 "-" "-"',
    f'mail.example.org:443 192.0.2.1 - - {AT} "GET /a/b HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /a/b HTTP/1.1" 200 9 "-" "-" mail.example.org',
    f'192.0.2.1 - - {AT} "GET /a/b HTTP/1.1" 200 9 "-" "-" "mail.example.org"',
    f'192.0.2.1 - - {AT} "GET /a b HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /a\\"b/c HTTP/1.1" 200 9 "-" "x\\"y"',
    f'192.0.2.1 - - {AT} "GET https://mail.example.org/a/b HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "\\x16\\x03" 400 9 "-" "-"',
    f'192.0.2.1 - - {AT} "-" 408 - "-" "-"',
    f'192.0.2.1 - - {AT} "GET /;x=1?y#z HTTP/2.0" 502 9 "-" "a b c"',
    f'192.0.2.1 - - {AT} "GET / HTTP/1.1" 500 9 "/ HTTP/1.1\\" 200 9" "-"',
    f'192.0.2.1 - - {AT} "GET /?q=/x/y HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /{"x" * 300}/y HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /nothing',
)
SAMPLES = ("mod_fastcgi/access.log", "A/logs/apache-access.log")


def lines() -> list[str]:
    return [*ODD, *(line for name in SAMPLES for line in (LOGS / name).read_text().splitlines())]


def test_the_quick_way_and_the_exact_one_agree() -> None:
    [family] = [one for one in families() if one.name == Family.APACHE_ACCESS]
    frame = pl.DataFrame({"text": lines()})
    quick = successes._quick(frame["text"])
    exact = family.fields(frame).select("http_status", place().alias("place"))
    answered = quick["http_status"].is_not_null()
    assert quick.filter(answered).rows() == exact.filter(answered).rows()
    # most lines are plain, and of those above two thirds are not
    assert answered.mean() > 0.8  # type: ignore[operator]
    assert answered.head(len(ODD)).sum() <= 6


@pytest.mark.parametrize("name", SAMPLES)
def test_every_request_is_counted_once(name: str) -> None:
    settings = Settings(zone="UTC", year=2026)
    read = scanned([str(LOGS / name)], settings, proving=True)
    assert read.answer.outages is not None
    proofs = read.answer.outages.proofs
    rows = pl.concat(list(Events([str(LOGS / name)], settings))).filter(place().is_not_null())
    status = pl.col("http_status")
    assert proofs.filter(pl.col("ok"))["n"].sum() == rows.filter(status < 400).height
    assert proofs.filter(~pl.col("ok"))["n"].sum() == rows.filter(status >= 500).height


def test_mail_is_proved_by_deliveries_sessions_and_signatures() -> None:
    path = str(LOGS / "A" / "logs" / "mail-iso.log.gz")
    settings = Settings(zone="UTC")
    read = scanned([path], settings, proving=True)
    assert read.answer.outages is not None
    good = read.answer.outages.proofs.filter(pl.col("ok"))
    rows = pl.concat(list(Events([path], settings)))
    sent = rows.filter((pl.col("kind") == "delivery") & (pl.col("status") == "sent"))
    filtered = pl.col("program").str.ends_with("/smtp") & (pl.col("relay_ip") == "127.0.0.1")
    assert sent.filter(filtered).height > 0
    sent = sent.filter(~filtered.fill_null(value=False))
    assert good.filter(pl.col("key").str.starts_with("to:"))["n"].sum() == sent["repeat"].sum()
    signed = rows.filter(pl.col("kind") == "dkim-signed")
    assert good.filter(pl.col("key") == "dkim")["n"].sum() == signed["repeat"].sum()
    assert set(good["key"].filter(good["key"].str.starts_with("mail:"))) == {
        "mail:postfix",
        "mail:postfix-out",
    }
