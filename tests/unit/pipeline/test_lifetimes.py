"""This host's Postfix is asked how long it keeps mail only about logs that are this host's and no other's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logscan.pipeline.mails import waiting
from logscan.pipeline.mails.waiting import Lifetimes, asked_here
from logscan.sources.postconf import Kept

SAID = Kept(mail=timedelta(days=2), bounce=timedelta(days=1), backoff=timedelta(hours=2))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "this_host", lambda: "mx1")
    monkeypatch.setattr(waiting, "kept", lambda: SAID)


@pytest.mark.usefixtures("here")
def test_it_is_asked_about_its_own_logs() -> None:
    found = asked_here(Lifetimes(), {"mx1", "mx1.example.org"})
    assert found == Lifetimes(
        mail=SAID.mail, source="postconf", bounce=SAID.bounce, bounce_source="postconf", backoff=SAID.backoff
    )


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("hosts", [set(), {"mx2"}, {"mx1", "mx2"}])
def test_it_is_not_asked_about_others(hosts: set[str]) -> None:
    assert asked_here(Lifetimes(), hosts) == Lifetimes()


@pytest.mark.usefixtures("here")
def test_who_said_it_is_believed() -> None:
    mine = Lifetimes(mail=timedelta(days=9), source="option")
    assert asked_here(mine, {"mx1"}) == mine
    half = asked_here(Lifetimes(bounce=timedelta(days=9), bounce_source="option"), {"mx1"})
    assert (half.mail, half.bounce, half.bounce_source) == (SAID.mail, timedelta(days=9), "option")


def test_no_answer_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "this_host", lambda: "mx1")
    monkeypatch.setattr(waiting, "kept", lambda: None)
    assert asked_here(Lifetimes(), {"mx1"}) == Lifetimes()
