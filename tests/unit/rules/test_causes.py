"""Texts and codes behind the cards."""

from __future__ import annotations

import polars as pl
import pytest

from logscan.model.vocabulary import Cause
from logscan.packs.causes import Ruling, load_causes
from logscan.rules.causes import broken, grounded, nature, ruled
from logscan.rules.shape import keyed

CAUSES = load_causes()


def ground(reason: str, *, direction: str = "outbound", dsn: str = "", code: int | None = None) -> str | None:
    frame = pl.DataFrame(
        {"reason": [reason], "direction": direction, "dsn": [dsn or None], "smtp_code": [code]},
        schema_overrides={"smtp_code": pl.Int64, "dsn": pl.String},
    )
    found: str | None = grounded(keyed(frame), CAUSES)["ground"][0]
    return found


def test_every_regex_compiles() -> None:
    assert not broken(CAUSES)


def test_every_ground_leads_to_a_cause_with_nature_and_fault() -> None:
    grounds = [f"text.{one.id}" for one in CAUSES.texts]
    grounds += [f"enhanced.{code}" for code in CAUSES.enhanced] + [f"local.{code}" for code in CAUSES.local]
    grounds += [f"reply.{code}" for code in CAUSES.reply]
    assert len(grounds) > 140
    for one in grounds:
        assert ruled(one, CAUSES).cause in {cause.value for cause in Cause}
        assert ruled(one, CAUSES).cause in CAUSES.defaults


def test_ids_of_texts_are_unique() -> None:
    ids = [one.id for one in CAUSES.texts]
    assert len(set(ids)) == len(ids)


def test_text_goes_before_the_enhanced_code_and_that_before_the_reply_code() -> None:
    assert ground("x said: 550 5.1.1 over quota", dsn="5.1.1", code=550) == "text.user-full"
    assert ground("x said: 554 5.1.6 zq", dsn="5.1.6", code=554) == "enhanced.1.6"
    assert ground("x said: 551 zq", dsn="5.0.0", code=551) == "reply.551"
    assert ground("x said: 550 zq", dsn="5.0.0", code=550) is None


def test_the_code_in_the_reply_goes_before_what_postfix_made_of_it() -> None:
    assert ground("x said: 550 5.7.25 zq", dsn="5.0.0", code=550) == "enhanced.7.25"


def test_the_same_words_are_another_thing_when_they_are_ours() -> None:
    assert ground("no space left on device", direction="local", dsn="4.3.0") == "text.disk"
    assert ground("x said: 452 no space left on device", code=452) == "text.no-storage"
    assert ground("zq", direction="local", dsn="5.1.1") == "local.1.1"


@pytest.mark.parametrize(("code", "is_"), [("5.7.1", "hard"), ("4.7.1", "soft"), (None, "soft")])
def test_the_class_of_the_code_decides_only_where_the_ruling_leaves_it_open(
    code: str | None, is_: str
) -> None:
    assert nature(Ruling(cause="policy", nature="code", fault="receiver"), code) == is_
    assert nature(Ruling(cause="mailbox-full", nature="soft", fault="recipient"), code) == "soft"
