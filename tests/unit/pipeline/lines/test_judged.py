"""Every failed attempt has a cause: by its card, else by what text and codes say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from logscan.model.problems import PackError
from logscan.packs.load import load
from logscan.pipeline.lines.judged import SUSPENDED, Judge

REPLIES = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))


def failed(*reasons: str, daemon: str = "smtp", direction: str = "outbound") -> pl.DataFrame:
    """Return deliveries that failed with these words, as the road gives them."""
    codes = [reason.partition(" said: ")[2][:3] for reason in reasons]
    said = [reason.partition(" said: ")[2].split(" ") for reason in reasons]
    own = [words[1] if len(words) > 1 and words[1][1:2] == "." else None for words in said]
    return pl.DataFrame(
        {
            "family": "postfix", "kind": "delivery", "severity": "info", "direction": direction, "daemon": daemon,
            "stage": "RCPT", "reason": list(reasons),
            "status": ["bounced" if code.startswith("5") else "deferred" for code in codes],
            "dsn": [code or f"{number[:1] or 4}.0.0" for code, number in zip(own, codes, strict=True)],
            "smtp_code": [int(code) if code.isdigit() else None for code in codes],
        }
    )  # fmt: skip


def said(reply: str) -> str:
    return f"host mx.remote.example[192.0.2.1] said: {reply} (in reply to RCPT TO command)"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load())


def test_replies_have_the_cause_that_a_reader_names(judge: Judge) -> None:
    pairs = [(reply, cause) for cause, replies in REPLIES.items() for reply in replies]
    found = judge.ruled(failed(*(said(reply) for reply, _ in pairs)))["cause"].to_list()
    wrong = [(pair, cause) for pair, cause in zip(pairs, found, strict=True) if pair[1] != cause]
    assert not wrong
    assert len(pairs) > 240
    assert len(REPLIES) > 30


def test_a_reply_that_nobody_knows_is_judged_by_its_codes(judge: Judge) -> None:
    reasons = [said("550 5.1.1 zq"), said("452 zq"), said("550 zq"), said("554 5.7.26 zq zq")]
    rules = judge.ruled(failed(*reasons))["rule"].to_list()
    assert rules[1:3] == ["reply.452", None]
    assert judge.ruling(rules[0]).cause == "user-unknown"
    assert judge.ruling(rules[3]).cause == "auth-spf-dkim"


def test_where_nothing_is_known_the_cause_is_unknown_and_nothing_is_invented(judge: Judge) -> None:
    row = judge.ruled(failed(said("550 zq")))
    assert row["cause"].to_list() == [None]
    assert judge.ruling(None).cause == "unknown"


def test_what_was_sent_has_no_cause(judge: Judge) -> None:
    rows = failed(said("550 5.1.1 User unknown")).with_columns(pl.lit("sent").alias("status"))
    assert judge.ruled(rows)["rule"].to_list() == [None]


def test_a_suspended_delivery_has_the_cause_of_what_it_quotes(judge: Judge) -> None:
    again = "delivery temporarily suspended: "
    quoted = [
        "connect to mx.remote.example[192.0.2.1]:25: Connection timed out",
        "host mx.remote.example[192.0.2.1] refused to talk to me: 421 4.7.0 Try again later",
        said("450 4.2.2 mailbox is full"),
        "lost connection with mx.remote.example[192.0.2.1] while receiving the initial server greeting",
        "Host or domain name not found. Name service error for name=x.example type=MX: Host not found, try again",
    ]
    alone = judge.ruled(failed(*quoted))["cause"].to_list()
    behind = judge.ruled(failed(*(again + words for words in quoted), daemon="error"))["cause"].to_list()
    assert behind == alone
    assert None not in alone


def test_a_suspended_delivery_that_quotes_nothing_is_told_apart(judge: Judge) -> None:
    row = judge.ruled(
        failed("delivery temporarily suspended: unknown reason", daemon="error", direction="local")
    )
    assert row["rule"].to_list() == [SUSPENDED]
    assert row["cause"].to_list() == [None]


def test_a_reply_of_several_lines_is_read_as_one(judge: Judge) -> None:
    reply = said("550-5.7.1 zq the mail could 550-5.7.1 not be 550 5.7.1 relayed: relaying 550 5.7.1 denied")
    assert judge.ruled(failed(reply))["cause"].to_list() == ["relay-denied"]


def test_our_own_words_are_ours(judge: Judge) -> None:
    reasons = [
        "zq: no space left on device",
        "zq zq",
        "mail system configuration error",
        'unknown user: "zq"',
    ]
    rows = judge.ruled(failed(*reasons, daemon="pipe", direction="local"))
    assert rows["cause"].to_list() == ["local-resources", "local-delivery", "local-config", "user-unknown"]
    assert judge.ruling(rows["rule"][1]).nature == "local"


def test_the_answer_does_not_depend_on_what_was_asked_before(judge: Judge) -> None:
    reasons = [said(reply) for replies in REPLIES.values() for reply in replies[:2]]
    together = Judge(load()).ruled(failed(*reasons))["rule"].to_list()
    one_by_one = [judge.ruled(failed(reason))["rule"][0] for reason in reasons]
    assert one_by_one == together


def test_a_table_of_a_user_s_own_that_cannot_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "causes").mkdir()
    table = '[[text]]\nid = "mine"\ncause = "policy"\nsays = "zebra(?=x)"\n'
    (tmp_path / "causes" / "mine.toml").write_text(table, encoding="utf-8")
    with pytest.raises(PackError, match="mine"):
        Judge(load(), (str(tmp_path),))
