"""What a pasted line means: by its card, else by its code, else nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.packs.load import load
from logscan.pipeline.explain import Explained, explain

NO_PTR = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
OUTBOUND = (
    "Nov 24 03:27:39 mx1 postfix/smtp[8]: AAAAAB: to=<a@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1, "
    f"delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: {NO_PTR} (in reply to RCPT TO command))"
)
INBOUND = (
    "Nov 24 03:27:39 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[192.0.2.25]: 450 4.7.25 Client host rejected: "
    "cannot find your hostname, [192.0.2.25]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>"
)


def one(text: str, **asked: str) -> Explained:
    [answer] = explain([text], **asked)  # type: ignore[arg-type]
    return answer


def test_a_line_is_explained_by_its_card_with_its_values() -> None:
    said = one(OUTBOUND)
    card = load().cards["postfix.smtp.no-reverse-dns"]
    assert (said.rule, said.cause, said.nature, said.fault) == (card.id, card.cause, card.nature, card.fault)
    assert (said.severity, said.provider, said.direction) == (card.severity, None, "outbound")
    assert (said.smtp_code, said.dsn) == (450, "4.7.1")
    assert said.captures == {"ip": "192.0.2.25"}
    assert said.explanation is not None
    assert said.explanation.verify[0] == "dig -x 192.0.2.25 +short"
    assert not said.bare


def test_the_same_words_from_us_and_to_us_are_two_things() -> None:
    ours, theirs = one(INBOUND), one(OUTBOUND)
    assert ours.direction == "inbound"
    assert ours.rule != theirs.rule
    assert ours.fault == "client"
    assert theirs.fault == "us"


def test_a_bare_reply_says_nothing_of_direction() -> None:
    said = one(NO_PTR)
    assert said.bare
    assert said.direction is None
    assert said.rule == "postfix.smtp.no-reverse-dns"


@pytest.mark.parametrize(
    ("text", "rule", "nature"),
    [
        ("5.1.6", "registry.5.1.6", "hard"),
        ("4.3.99", "registry.4.3.99", "soft"),
        ("2.0.0", "registry.2.0.0", None),
        ("554 5.6.3 frobnication required", "registry.5.6.3", "hard"),
        ("they said 5.6.3 to me", "registry.5.6.3", "hard"),
    ],
)
def test_without_a_card_the_registry_answers(text: str, rule: str, nature: str | None) -> None:
    said = one(text)
    assert (said.rule, said.nature) == (rule, nature)
    assert said.explanation is not None
    assert said.explanation.title
    assert said.fault is None


@pytest.mark.parametrize(
    "text", ["the moon is full", "5.1.1.1", "1.5.6.3", "version 5.6", "15.1.1", "", "599"]
)
def test_what_nobody_knows_is_said_so(text: str) -> None:
    said = one(text)
    assert (said.text, said.rule, said.explanation) == (text, None, None)


def test_understood_and_unexplained_are_two_things() -> None:
    line = "Nov 24 03:27:39 mx1 postfix/qmgr[1]: AAAAAA: removed"
    assert one(line).understood
    assert one(line).explanation is None
    assert not one("the moon is full").understood


def test_a_line_of_a_log_keeps_its_direction_without_a_card() -> None:
    line = OUTBOUND.replace(NO_PTR, "450 4.6.3 frobnication required").replace("dsn=4.7.1", "dsn=4.6.3")
    said = one(line)
    assert (said.rule, said.direction, said.dsn, said.smtp_code) == (
        "registry.4.6.3",
        "outbound",
        "4.6.3",
        450,
    )
    assert said.severity == "warning"


def test_one_answer_for_each_text_in_order() -> None:
    texts = [OUTBOUND, "the moon is full", NO_PTR, INBOUND]
    assert [said.text for said in explain(texts)] == texts
    assert [said.rule for said in explain(texts)] == [one(text).rule for text in texts]
    assert explain([]) == ()


def test_chinese() -> None:
    said = one(NO_PTR, lang="zh")
    assert said.explanation is not None
    assert "192.0.2.25" in said.explanation.meaning
    assert any("\u4e00" <= character <= "\u9fff" for character in said.explanation.meaning)


def test_cards_of_ones_own(tmp_path: Path) -> None:
    text = (Path(load().cards["postfix.smtp.no-reverse-dns"].origin)).read_text(encoding="utf-8")
    place = tmp_path / "site" / "mine.toml"
    place.parent.mkdir()
    place.write_text(text.replace('severity = "error"', 'severity = "critical"', 1), encoding="utf-8")
    [said] = explain([NO_PTR], patterns=(str(tmp_path),))
    assert said.rule == "site.mine"  # of two that match, the more severe one


def test_values_of_strangers_do_not_reach_the_shell() -> None:
    said = one(OUTBOUND.replace("a@b.example", "$(reboot)@b.example"))
    assert said.explanation is not None
    assert "reboot" not in " ".join((*said.explanation.remedy, *said.explanation.verify))
