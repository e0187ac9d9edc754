"""kinds(): every line of the real logs, the quick way against the long way, and what is everyday."""

from __future__ import annotations

import polars as pl
import pytest

from logscan.model.vocabulary import EVERYDAY, Kind, Severity
from logscan.parsers.families.postfix import FAMILY, kinds
from logscan.parsers.families.postfix.classify import classify
from logscan.parsers.families.postfix.verdicts import CODE, dressed
from tests.unit.parsers.families.postfix_lines import LOGS, parsed, records, table


@pytest.fixture(scope="module", params=LOGS)
def log(request: pytest.FixtureRequest) -> pl.DataFrame:
    return records(request.param)


def test_every_line_is_recognised(log: pl.DataFrame) -> None:
    # Of kind other, by shape: none.
    rows = FAMILY.kinds(log)
    assert rows.filter(pl.col("kind") == "other")["text"].to_list() == []


def test_quick_way_and_long_way_agree(log: pl.DataFrame) -> None:
    quick = kinds.quick(log)
    known = quick > 0
    exact = classify(log.select("program", "text"))

    assert quick.filter(known).to_list() == exact.filter(known).to_list()
    # Otherwise nothing was tried.
    assert int(known.sum()) > log.height // 2
    for column in dressed(exact):
        assert FAMILY.kinds(log)[column.name].equals(column)


def test_everyday_is_everyday_kinds_without_trouble_and_mail_sent(log: pl.DataFrame) -> None:
    rows = parsed(log)
    calm = pl.col("kind").is_in(list(EVERYDAY)) & (pl.col("severity") == Severity.INFO)
    sent = (pl.col("kind") == Kind.DELIVERY) & (pl.col("status") == "sent").fill_null(False)
    assert rows.filter(pl.col("everyday") != (calm | sent)).height == 0


def test_rows_and_their_order_stay(log: pl.DataFrame) -> None:
    assert parsed(log).select(log.columns).equals(log)


def test_known_numbers_of_the_kinds() -> None:
    # Counted in mail.log with grep, not with logscan.
    count = dict(FAMILY.kinds(records("mail.log")).group_by("kind").len().iter_rows())
    assert count["queued"] == 714  # (queue active)
    assert count["removed"] == 549  # ': removed$' without postsuper's
    assert count["expired"] == 42
    assert count["delivery"] == 879  # ' status=(sent|deferred|bounced) (' but for one Subject
    assert count["bounce-notice"] == 83
    assert count["milter-reject"] == 33
    assert count["connect"] == count["disconnect"] == 589
    assert count["reject"] == 118 + 9  # ": reject: ", and the limits of anvil


@pytest.mark.parametrize(
    ("program", "ours"),
    [
        ("postfix/smtpd", True),
        ("postfix", True),
        ("postfix-192.0.2.3/smtp", True),
        ("postfix-out/postfix-script", True),
        ("postfix-policyd-spf", False),
        ("postfixadmin", False),
        ("mypostfix/smtp", False),
    ],
)
def test_whose_lines(program: str, ours: bool) -> None:  # noqa: FBT001
    assert pl.Series([program]).str.contains(str(FAMILY.programs)).item() is ours


def test_removed_by_postsuper_is_deleted() -> None:
    rows = FAMILY.kinds(table(["BBB9D552D41: removed"] * 2, ["postfix/qmgr", "postfix/postsuper"]))
    assert rows["kind"].to_list() == ["removed", "deleted"]
    assert rows["everyday"].to_list() == [True, False]


def test_nothing_at_all() -> None:
    empty = table([])
    rows = parsed(empty)
    assert rows.height == 0
    assert {"kind", "severity", "everyday", "daemon", "direction", "reason"} <= set(rows.columns)


def test_other_is_what_is_not_decided() -> None:
    assert CODE["other"] == 0
