"""`trace`: the contract's JSON, a story that can be read, exit codes, and nothing that acts on a terminal."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli

LOGS = ROOT / "sample-logs" / "real" / "A" / "logs"
LOG = LOGS / "mail.log"
YEAR = ("--tz", "UTC", "--year", "2026")

#: CONTRACT: trace.
MESSAGE = [
    "queue_ids", "message_id", "sender", "client", "sasl_user", "size", "nrcpt", "received", "removed", "dkim", "hops",
    "recipients", "notices", "evidence",
]  # fmt: skip
RECIPIENT = [
    "recipient", "orig_recipient", "status", "relay", "dsn", "reply", "rule", "cause", "attempts", "final",
]  # fmt: skip
ATTEMPT = ["time", "relay", "status", "dsn", "reply", "delay", "delays"]
REFUSAL = ["time", "client", "stage", "sender", "recipient", "smtp_code", "dsn", "reply", "rule", "cause"]


def document(cli: Cli, *arguments: str | Path) -> dict[str, Any]:
    ran = cli("trace", *arguments, *YEAR, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    loaded: dict[str, Any] = json.loads(ran.out)
    return loaded


def in_order(names: list[str], keys: list[str]) -> bool:
    return [key for key in keys if key in names] == names


def test_the_document_has_the_contracts_keys_in_their_order(cli: Cli) -> None:
    found = document(cli, "alice@harborlight.example", LOG)
    assert next(iter(found)) == "schema"
    assert found["schema"] == "logscan.trace/1"
    assert in_order(["schema", "query", "messages", "rejects"], list(found))
    assert {"inputs", "totals", "problems", "assumptions", "blind_spots", "searched"} <= set(found)
    for message in found["messages"]:
        assert in_order(MESSAGE, list(message))
        for recipient in message["recipients"]:
            assert in_order(RECIPIENT, list(recipient))
            assert all(in_order(ATTEMPT, list(attempt)) for attempt in recipient["attempts"])
    assert found["rejects"]
    assert all(in_order(REFUSAL, list(refusal)) for refusal in found["rejects"])
    assert found["assumptions"]["lifetime_source"] == "default"


def test_evidence_is_the_line_itself(cli: Cli) -> None:
    lines = LOG.read_text(encoding="utf-8", errors="replace").split("\n")
    [message] = document(cli, "6AC215528C2", LOG)["messages"]
    assert len(message["evidence"]) >= 10
    assert all(proof["text"] == lines[proof["line"] - 1] for proof in message["evidence"])
    assert message["recipients"][0]["rule"] == "postfix.smtp.no-reverse-dns"


def test_a_query_without_a_hit_says_where_was_searched(cli: Cli) -> None:
    found = document(cli, "nobody@nowhere.example", LOG)
    assert found["messages"] == found["rejects"] == []
    assert found["searched"]["files"] == [str(LOG)]
    assert found["searched"]["lines"] == 6061
    assert found["searched"]["first"] < found["searched"]["last"]
    ran = cli("trace", "nobody@nowhere.example", LOG, *YEAR)
    assert ran.code == 0
    assert "not in these logs" in ran.out
    assert str(LOG) in "".join(ran.out.split("\n"))


def test_all_is_every_message(cli: Cli) -> None:
    found = document(cli, "--all", LOG)
    assert found["query"] is None
    assert len(found["messages"]) == 512
    ids = [(*message["queue_ids"], message["received"]) for message in found["messages"]]
    assert len(set(ids)) == len(ids)
    one = next(message for message in found["messages"] if "6AC215528C2" in message["queue_ids"])
    [alone] = document(cli, "6AC215528C2", LOG)["messages"]
    assert {**one, "evidence": None} == {**alone, "evidence": None}
    assert [proof["line"] for proof in one["evidence"]] == [proof["line"] for proof in alone["evidence"]]


def test_reading_as_a_whole_and_searching_give_the_same(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for query in ("bob@harborlight.example", "203.0.113.40", "northgate.example", "4jYSvC1fMnzp3qy"):
        searched = document(cli, query, LOG)
        with monkeypatch.context() as patch:
            patch.setattr("logscan.pipeline.trace.MOST", 1)
            read = document(cli, query, LOG)
        for one in (searched, read):
            one["messages"] = sorted(json.dumps({**m, "evidence": 0}) for m in one["messages"])
        assert searched["messages"] == read["messages"]
        assert searched["rejects"] == read["rejects"]


def test_rotated_and_compressed_files_and_copies_are_one_timeline(cli: Cli, tmp_path: Path) -> None:
    lines = LOG.read_bytes().splitlines(keepends=True)
    (tmp_path / "mail.log.2.gz").write_bytes(gzip.compress(b"".join(lines[:2000])))
    (tmp_path / "mail.log.1").write_bytes(b"".join(lines[2000:4000]))
    (tmp_path / "mail.log").write_bytes(b"".join(lines[4000:]))
    [cut] = document(cli, "6AC215528C2", tmp_path)["messages"]
    [whole] = document(cli, "6AC215528C2", LOG)["messages"]
    assert {**cut, "evidence": 0} == {**whole, "evidence": 0}
    (tmp_path / "syslog").write_bytes(b"".join(lines))
    [copied] = document(cli, "6AC215528C2", tmp_path)["messages"]
    assert {**copied, "evidence": 0} == {**whole, "evidence": 0}
    assert len(copied["evidence"]) == len(whole["evidence"])


def test_standard_input_can_be_followed_from_hop_to_hop(cli: Cli) -> None:
    ran = cli("trace", "79D93552EB6", "-", *YEAR, "--format", "json", stdin=LOG.read_bytes())
    [message] = json.loads(ran.out)["messages"]
    assert message["queue_ids"] == ["43812552EAB", "79D93552EB6"]
    assert {proof["file"] for proof in message["evidence"]} == {"-"}


def test_a_mail_that_waits_is_told_when_it_will_be_given_up(cli: Cli) -> None:
    waiting = " ".join(cli("trace", "qh@farland.example", LOG, *YEAR).out.split())
    assert "WAITING: 4 attempts so far" in waiting
    assert (
        "given up 5 days after it came: at the first attempt after 2026-11-29 03:29:27 that fails" in waiting
    )
    over = " ".join(cli("trace", "qh@farland.example", LOG, *YEAR, "--queue-lifetime", "30s").out.split())
    assert "were over at 2026-11-24 03:29:57" in over
    assert cli("trace", "qh@farland.example", LOG, "--queue-lifetime", "soon").code == 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("6AC215528C2", ["NOT DELIVERED: given up for its age after 4 attempts", "The sender was told (notice 2126C5522FA)", "before the queue manager took it up", "cannot find your hostname"]),
        ("79D93552EB6", ["came back from the content filter (it was 43812552EAB)", "DELIVERED by local here", "ACCEPTED by mx.northgate.example", "ask for 4jYStT3lc4zp4H2 in their logs"]),
        ("960A75525E7", ["forwarded as B1CDD552C96", "bob.home@northgate.example"]),
        ("A3C61553050", ["ON HOLD", "postsuper -H A3C61553050"]),
        ("AF1C6553051", ["DISCARDED"]),
        ("5C8245521CC", ["NOT DELIVERED: spam content (rule 77)"]),
        ("203.0.113.66", ["REFUSED BEFORE THE QUEUE", "cannot find your reverse hostname"]),
        ("8632B55304E", ["It never reached the queue"]),
    ],
)  # fmt: skip
def test_the_story_ends_with_a_verdict(cli: Cli, query: str, said: list[str]) -> None:
    ran = cli("trace", query, LOG, *YEAR)
    assert ran.code == 0
    text = " ".join(ran.out.split())
    for words in said:
        assert words in text, words
    assert ran.out.startswith("1 file, 6,061 lines searched; 2026-11-24 03:27:35 to 03:31:36\n")


def test_no_query_and_no_file_are_told_apart(cli: Cli, tmp_path: Path) -> None:
    assert cli("trace").code == 2
    assert cli("trace", "abc", LOG).code == 2
    assert cli("trace", "6AC215528C2", tmp_path / "nothing.log").code == 3


def test_a_window_without_a_line_is_no_failure(cli: Cli) -> None:
    ran = cli("trace", "6AC215528C2", LOG, *YEAR, "--since", "2026-12-24")
    assert ran.code == 0
    assert "no line lies in this window" in " ".join(ran.out.split())


def test_what_strangers_write_acts_on_nothing(cli: Cli, tmp_path: Path) -> None:
    bad = "\x1b[31m\u202e\x9b"
    log = tmp_path / f"mail{bad}.log"
    text = LOG.read_text(encoding="utf-8", errors="replace")
    mine = [line for line in text.split("\n") if "6AC215528C2" in line]
    log.write_text("\n".join(line.replace("client6@kestrelbank", f'"{bad} [red]x"@kestrelbank').replace("Client host", f"Client {bad} host") for line in mine) + "\n")  # fmt: skip
    for form in ("text", "json"):
        ran = cli("trace", "6AC215528C2", log, *YEAR, "--format", form, "-v")
        assert ran.code == 0
        assert "kestrelbank" in ran.out
        assert not set("\x1b\u202e\x9b") & set(ran.out + ran.err)
        assert "[red]x" in ran.out


def test_chinese_has_every_phrase(cli: Cli) -> None:
    ran = cli("trace", "6AC215528C2", LOG, *YEAR, "--lang", "zh")
    assert "结果" in ran.out
    assert "未送达" in ran.out


def test_what_is_around_the_lines_is_taken_off_before_they_are_searched(cli: Cli, tmp_path: Path) -> None:
    lines = LOG.read_text(encoding="utf-8", errors="replace").split("\n")[:3000]
    docker = tmp_path / "docker.log"
    docker.write_text(
        "".join(
            json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-11-24T03:27:35.0Z"}) + "\n"
            for line in lines
            if line
        ),
        encoding="utf-8",
    )
    whole = tmp_path / "plain.log"
    whole.write_text("\n".join(lines) + "\n", encoding="utf-8")
    [wrapped] = document(cli, "43812552EAB", docker)["messages"]
    [plain] = document(cli, "43812552EAB", whole)["messages"]
    assert wrapped["queue_ids"] == plain["queue_ids"] == ["43812552EAB", "79D93552EB6"]
    for mail in (wrapped, plain):
        assert [one["status"] for one in mail["recipients"]] == ["sent", "sent"]
    assert len(wrapped["evidence"]) == len(plain["evidence"])


def test_the_newest_line_may_stand_first(cli: Cli, tmp_path: Path) -> None:
    lines = [line for line in LOG.read_text(encoding="utf-8", errors="replace").split("\n") if line]
    (tmp_path / "newest.log").write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    [message] = document(cli, "6AC215528C2", tmp_path / "newest.log")["messages"]
    [recipient] = message["recipients"]
    assert (recipient["status"], len(recipient["attempts"])) == ("expired", 4)
