"""The mask: what differs from case to case goes, what tells errors apart stays."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.rules.shape import KEY, keyed, masked


def mask(*texts: str) -> list[str]:
    return masked(pl.Series("text", texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (
            "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]",
            "450 4.7.1 Client host rejected: cannot find your hostname, [<ip>]",
        ),
        (
            "host mx.lowcap.example[198.51.100.14] refused to talk to me: 421 4.7.0 mx.lowcap.example Error: x",
            "host <host>[<ip>] refused to talk to me: 421 4.7.0 <host> Error: x",
        ),
        (
            "554 5.7.1 Client host [203.0.113.99] blocked using bl.listwatch.example; https://x.example/q?ip=1",
            "554 5.7.1 Client host [<ip>] blocked using bl.listwatch.example; <url>",
        ),
        (
            '(104)Connection reset by peer: FastCGI: comm with server "/usr/bin/dispatch.fcgi" aborted: read failed',
            '(104)Connection reset by peer: FastCGI: comm with server "<path>" aborted: read failed',
        ),
        (
            "FastCGI: incomplete headers (0 bytes) received",
            "FastCGI: incomplete headers (<n> bytes) received",
        ),
        ("550 5.1.1 <a@b.example>: User unknown", "550 5.1.1 <addr>: User unknown"),
        ('550 5.1.1 <"a b"@c.example>: User unknown', "550 5.1.1 <addr>: User unknown"),
        ("550 SRS0=abc=XY=example.org=user@relay.example unknown", "550 <addr> unknown"),
        ("from=SRS1+x=relay.example==abc=XY=a.example=u@b.example, bad", "from=<addr>, bad"),
        ("bounce+user=example.com@list.example is gone", "<addr> is gone"),
        ("news-17-user=example.com@list.example is gone", "<addr> is gone"),
        ("prvs=0123abcdef=user@a.example rejected", "<addr> rejected"),
        ("from=john.doe@a.example to=u@b.example", "from=<addr> to=<addr>"),
        ("(envelope-from=joe@a.example)", "(envelope-from=<addr>)"),
        ("504 5.5.2 <pc>: Helo command rejected", "504 5.5.2 <arg>: Helo command rejected"),
        ("550 <mx1.our.example>: Helo command rejected", "550 <arg>: Helo command rejected"),
        (
            "450 4.7.25 <unknown[203.0.113.66]>: Client host rejected",
            "450 4.7.25 <arg>: Client host rejected",
        ),
        ("from <> to", "from <> to"),
        (
            "connect to m.example[2001:db8:a::77]:25: Network is unreachable",
            "connect to <host>[<ip>]:<n>: Network is unreachable",
        ),
        ("from [::1] x", "from [<ip>] x"),
        ("250 2.0.0 Ok: queued as 4jYStM0Pfdzp3Ld", "250 2.0.0 Ok: queued as <qid>"),
        ("CAD2A552517 is stuck", "<qid> is stuck"),
        ("s=hl2026 d=x.example a=rsa-sha256", "s=<sel> d=<host> a=rsa-sha256"),
        ("AH00484: server reached", "AH00484: server reached"),
        ("550 5.7.511 Access denied, banned sender S3150", "550 5.7.511 Access denied, banned sender S3150"),
        ("exited after 212.493438 seconds", "exited after <n> seconds"),
        ("timeout in 2 seconds", "timeout in <n> seconds"),
        ("child 20561 said", "child <n> said"),
        ("at 03:27:39 today", "at <time> today"),
        ("open /etc/postfix/main.cf: failed", "open <path>: failed"),
        ("headers: app.fcgi", "headers: <file>"),
    ],
)
def test_masks(text: str, shape: str) -> None:
    assert mask(text) == [shape]


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_has_a_mask_of_its_own_alone(texts: list[str]) -> None:
    assert mask(*texts) == [mask(text)[0] for text in texts]


def test_shapes_differ_when_a_column_that_cards_may_name_differs() -> None:
    frame = keyed(
        pl.DataFrame({"reason": ["x 1", "x 2", "x 3"], "direction": ["outbound", "outbound", "inbound"]})
    )
    first, second, third = frame["shape"]
    assert first == second != third
    assert set(KEY) < set(frame.columns)


def test_only_reasons_with_a_raw_literal_keep_their_text() -> None:
    frame = keyed(pl.DataFrame({"reason": ["port 8891 down", "port 25 down", None]}), ["PORT 8891"])
    assert frame["raw_reason"].to_list() == ["port 8891 down", None, None]


def test_lines_of_nobodys_family_have_no_reason_and_a_shape_all_the_same() -> None:
    frame = keyed(pl.DataFrame({"kind": ["other"]}))
    assert frame["masked"].to_list() == [""]
    assert frame["shape"].null_count() == 0
