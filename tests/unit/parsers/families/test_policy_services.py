"""OpenDMARC, the SPF policy servers, postgrey: whose lines they take, and what a client cannot make them say.

Their lines, field by field, are in tests/shapes.
"""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families import opendmarc, policyd_spf, postgrey
from logscan.parsers.family import Family, families
from tests.unit.parsers.families.said import event, understood

FAMILIES = (opendmarc.FAMILY, policyd_spf.FAMILY, postgrey.FAMILY)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("opendmarc", "opendmarc"),
        ("policyd-spf", "policyd-spf"),
        ("policyd-spf-perl", "policyd-spf"),
        ("postfix-policyd-spf-perl", "policyd-spf"),
        ("python-policyd-spf", "policyd-spf"),
        ("postfix/policy-spf", "policyd-spf"),
        ("postgrey", "postgrey"),
        ("postfix/smtpd", "postfix"),
        ("opendmarc-import", None),
        ("postgreyreport", None),
    ],
)
def test_whose_program_it_is(program: str, name: str | None) -> None:
    claims = [
        family.name
        for family in families()
        if family.programs is not None and pl.Series([program]).str.contains(f"^(?:{family.programs})$")[0]
    ]
    assert (claims[0] if claims else None) == name


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@given(texts=st.lists(st.text(), max_size=6))
def test_any_text_is_a_row_in_its_place(family: Family, texts: list[str]) -> None:
    rows = understood(family, *texts)
    assert rows["text"].to_list() == texts
    assert set(rows["kind"]) <= set(Kind)
    assert set(rows["severity"]) <= set(Severity)
    assert not rows.filter(pl.col("everyday") & (pl.col("severity") != "info")).height


MARKS = st.lists(
    st.sampled_from(
        ["; envelope-from=", "; receiver=", "; client-ip=", "192.0.2.66", "a@b.example", "; helo=", " "]
    ),
    max_size=6,
).map("".join)


@given(helo=MARKS, sender=MARKS)
def test_no_helo_and_no_sender_moves_the_address_of_an_spf_check(helo: str, sender: str) -> None:
    said = event(
        policyd_spf.FAMILY,
        f"Fail; identity=mailfrom; client-ip=203.0.113.90; helo={helo}; envelope-from={sender}; receiver=<UNKNOWN>",
    )
    assert said.get("client_ip", "203.0.113.90") == "203.0.113.90"
    assert said.get("sender", sender) == sender
    assert said.get("helo", helo) == helo


@given(
    sender=st.sampled_from(
        ["", "a@b.example, recipient=", '"x, client_address=192.0.2.66"@b.example', ", sender="]
    )
)
def test_no_sender_moves_the_client_or_recipient_of_a_greylisting(sender: str) -> None:
    said = event(
        postgrey.FAMILY,
        "action=greylist, reason=new, client_name=unknown, client_address=203.0.113.90, "
        f"sender={sender}, recipient=pia@tern.example",
    )
    assert said["client_ip"] == "203.0.113.90"
    assert said.get("recipient", "pia@tern.example") == "pia@tern.example"
    assert said.get("sender", sender) == sender


def test_a_from_domain_is_no_verdict() -> None:
    # The author's domain cannot hold a blank, so `pass` as its beginning does not pass.
    assert event(opendmarc.FAMILY, "9C1E2A40F31: pass fail")["kind"] == "warning"
    assert event(opendmarc.FAMILY, "9C1E2A40F31: pass pass fail")["kind"] == "other"
