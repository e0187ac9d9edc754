"""Laws that hold for any text: no exception, the same rows, the two ways of deciding agree."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logscan.model.vocabulary import EVERYDAY
from logscan.parsers.families.postfix import FAMILY
from logscan.parsers.families.postfix.classify import classify
from logscan.parsers.families.postfix.verdicts import dressed
from tests.unit.parsers.families.postfix_lines import parsed, table

SEEN = [
    (line["program"], line["text"])
    for path in sorted((Path(__file__).parent / "postfix").glob("*.toml"))
    for line in tomllib.loads(path.read_text("utf-8"))["line"]
]
PROGRAMS = sorted({program for program, _ in SEEN})

#: What lines are made of, so that chance finds its way between them.
PIECES = st.sampled_from(
    [
        "10C2255254B: ",
        "4jYStM0Pfdzp3Ld: ",
        "NOQUEUE: ",
        "warning: ",
        "reject: RCPT from ",
        "hold: header Subject: x from ",
        "client=",
        "message-id=<",
        "removed",
        "from=<",
        "to=<",
        ">, relay=mx.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=",
        ", status=sent (",
        ", status=deferred (",
        " status=",
        "sent (250 ok",
        "host mx.example[192.0.2.1] said: 450 4.7.1 no",
        " (in reply to RCPT TO command)",
        "; from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
        "mx.example[192.0.2.1]",
        ": ",
        ")",
        ">",
        '"',
        "\\",
        " (queue active)",
        ", size=1, nrcpt=1",
        "lost connection after DATA from ",
        "connect from ",
        "Untrusted TLS connection established to ",
        "日本",
        "\n",
        "\x00",
    ]
)
MADE = st.lists(st.one_of(PIECES, PIECES, st.text(max_size=4)), max_size=9).map("".join)
CUT = st.tuples(st.sampled_from(SEEN), st.integers(0, 200), MADE).map(
    lambda seen: (seen[0][0], seen[0][1][: seen[1]] + seen[2])
)
ANY = st.one_of(
    st.tuples(st.sampled_from(PROGRAMS), MADE),
    st.tuples(st.sampled_from(PROGRAMS), st.text(max_size=60)),
    CUT,
    st.sampled_from(SEEN),
)


@given(st.lists(ANY, min_size=1, max_size=12))
def test_any_text_gives_its_row_and_the_two_ways_agree(lines: list[tuple[str, str]]) -> None:
    frame = table([text for _, text in lines], [program for program, _ in lines])
    rows = parsed(frame)

    assert rows.select(frame.columns).equals(frame)
    for column in dressed(classify(frame.select("program", "text"))):
        assert rows[column.name].equals(column), column.name


@given(st.lists(ANY, min_size=1, max_size=12))
def test_everyday_delivery_was_sent(lines: list[tuple[str, str]]) -> None:
    frame = table([text for _, text in lines], [program for program, _ in lines])
    for row in parsed(frame).filter("everyday").iter_rows(named=True):
        assert row["kind"] in EVERYDAY or (row["kind"], row["status"]) == ("delivery", "sent")


#: An address as Postfix writes it: a local part of any characters, quoted.
QUOTED = st.one_of(MADE, st.text(max_size=20)).map(
    lambda local: '"' + local.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"@example.org'
)


@given(sender=QUOTED, recipient=QUOTED, reply=MADE, status=st.sampled_from(["sent", "deferred", "bounced"]))
def test_a_delivery_is_what_postfix_wrote(sender: str, recipient: str, reply: str, status: str) -> None:
    reason = f"host mx.example[192.0.2.1] said: 450 {reply} (in reply to DATA command)"
    envelope = f"to=<{recipient}>, orig_to=<{sender}>, relay=mx.example[192.0.2.1]:25"
    texts = [
        f"10C2255254B: {envelope}, delay=1, delays=0.5/0/0.2/0.3, dsn=4.7.1, status={status} ({reason})",
        f"10C2255254B: from=<{sender}>, size=77, nrcpt=3 (queue active)",
        f"10C2255254B: from=<{sender}>, status=expired, returned to sender",
    ]
    delivery, queued, expired = parsed(
        table(texts, ["postfix/smtp", "postfix/qmgr", "postfix/qmgr"])
    ).to_dicts()

    assert (delivery["recipient"], delivery["orig_recipient"]) == (recipient, sender)
    assert (delivery["status"], delivery["reason"]) == (status, reason)
    assert delivery["everyday"] is (status == "sent")
    assert (queued["kind"], queued["sender"], queued["size"], queued["nrcpt"]) == ("queued", sender, 77, 3)
    assert (expired["kind"], expired["sender"]) == ("expired", sender)
    if status != "sent":
        assert (delivery["smtp_code"], delivery["stage"]) == (450, "DATA")


@given(sender=QUOTED, recipient=QUOTED, header=MADE)
def test_a_refusal_is_what_postfix_wrote(sender: str, recipient: str, header: str) -> None:
    tail = f"; from=<{sender}> to=<{recipient}> proto=ESMTP helo=<mx.example>"
    client = "mail.example[192.0.2.7]"
    texts = [
        f"NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{recipient}>: Relay access denied{tail}",
        f"10C2255254B: reject: header {header} from {client}{tail}: 5.7.1 no",
    ]
    for row in parsed(table(texts, ["postfix/smtpd", "postfix/cleanup"])).iter_rows(named=True):
        assert (row["kind"], row["client_ip"], row["dsn"]) == ("reject", "192.0.2.7", "5.7.1")
        assert (row["sender"], row["recipient"], row["helo"]) == (sender, recipient, "mx.example")


def test_null_text_is_other() -> None:
    rows = FAMILY.fields(FAMILY.kinds(table([None, "x: y"], ["postfix/smtpd", "postfix/smtpd"])))
    assert rows["kind"].to_list() == ["other", "other"]
