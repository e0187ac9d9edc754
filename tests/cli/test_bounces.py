"""`bounces`: the contract's JSON, text in two languages, CSV, the queue, exit codes, and nothing that acts on a terminal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli, Ran
from tests.hostile.test_output import MAIL, PAYLOADS, unsafe
from tests.unit.pipeline.made_mail import Log

LOG = ROOT / "sample-logs" / "real" / "A" / "logs" / "mail.log"
TRUTH = json.loads((ROOT / "sample-logs" / "real" / "A" / "truth.json").read_text(encoding="utf-8"))
YEAR = ("--tz", "UTC", "--year", "2026")

#: CONTRACT: bounces.
GROUP = [
    "cause",
    "nature",
    "fault",
    "messages",
    "recipients",
    "deliveries",
    "domains",
    "first",
    "last",
    "verdict",
]
QUEUED = [
    "queue_id", "sender", "recipient", "since", "attempts", "last_reply", "cause", "bounces_at", "source",
]  # fmt: skip
STATEMENT = ["statement", "cause", "scope", "since", "evidence"]


def document(cli: Cli, *arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    ran = cli("bounces", *arguments, *YEAR, "--format", "json", stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    loaded: dict[str, Any] = json.loads(ran.out)
    return loaded


def in_order(names: list[str], keys: list[str]) -> bool:
    return [name for name in names if name in keys] == keys


def test_the_document_has_the_contracts_keys_in_their_order(cli: Cli) -> None:
    found = document(cli, LOG)
    assert next(iter(found)) == "schema"
    assert found["schema"] == "logscan.bounces/1"
    assert in_order(
        list(found), ["schema", "by_cause", "by_provider", "by_domain", "still_queued", "blast_radius"]
    )
    assert {"inputs", "totals", "problems", "assumptions", "blind_spots", "as_of"} <= set(found)
    for table in ("by_cause", "by_provider", "by_domain", "recovered"):
        assert found[table]
        assert all(in_order(list(group), GROUP) for group in found[table])
    assert all(in_order(list(one), QUEUED) for one in found["still_queued"])
    assert all(in_order(list(one), STATEMENT) for one in found["blast_radius"])
    assert found["blast_radius"]


def test_the_tables_add_up(cli: Cli) -> None:
    found = document(cli, LOG)
    total = found["totals"]["recipients"]
    for table in ("by_cause", "by_provider", "by_domain"):
        assert sum(group["recipients"] for group in found[table]) == total
        assert all(group["failed"] + group["waiting"] == group["recipients"] for group in found[table])
    assert sum(group["deliveries"] for group in found["by_cause"]) == sum(
        group["deliveries"] for group in found["by_domain"]
    )
    for group in found["by_domain"]:
        assert sum(group["causes"].values()) == group["recipients"]
        assert group["domains"] == 1


def test_evidence_is_the_line_itself(cli: Cli) -> None:
    lines = LOG.read_text(encoding="utf-8", errors="replace").split("\n")
    for one in document(cli, LOG)["blast_radius"]:
        assert one["evidence"]
        assert all(proof["text"] == lines[proof["line"] - 1] for proof in one["evidence"])


def test_the_order_of_files_and_the_number_of_threads_change_nothing(cli: Cli, tmp_path: Path) -> None:
    lines = LOG.read_bytes().splitlines(keepends=True)
    (tmp_path / "mail.log.1").write_bytes(b"".join(lines[:3000]))
    (tmp_path / "mail.log").write_bytes(b"".join(lines[3000:]))
    whole = document(cli, LOG)
    names = ("by_cause", "by_provider", "by_domain", "still_queued", "recovered")
    for arguments in ((tmp_path,), (tmp_path / "mail.log", tmp_path / "mail.log.1"), (LOG, "--jobs", "1")):
        found = document(cli, *arguments)
        assert [found[name] for name in names] == [whole[name] for name in names]


def test_mail_let_go_early_is_counted_the_same(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = document(cli, LOG)
    monkeypatch.setattr("logscan.pipeline.bounces.HELD", 1)
    assert document(cli, LOG) == whole


# --- what waits ----------------------------------------------------------------------------------


def test_what_waits_is_told_by_the_log_as_the_queue_has_it(cli: Cli) -> None:
    found = {one["queue_id"]: one for one in document(cli, LOG)["still_queued"]}
    assert set(found) == {entry["queue_id"] for entry in TRUTH["final_queue"]}
    waiting = found["B1B2A552486"]
    assert waiting["attempts"] == 4
    assert waiting["cause"] == "connect-timeout"
    assert waiting["bounces_at"] == {
        "earliest": "2026-11-29T03:29:27Z", "latest": "2026-11-29T04:36:07Z", "lifetime_s": 432000.0,
        "source": "default",
    }  # fmt: skip
    assert waiting["source"] == "log"
    assert found["E18B45525B3"]["held"] is True
    assert found["E18B45525B3"]["bounces_at"] is None


def queue_file(folder: Path) -> Path:
    place = folder / "queue.json"
    place.write_text("".join(json.dumps(entry) + "\n" for entry in TRUTH["final_queue"]), encoding="utf-8")
    return place


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_what_waits_is_fact_when_the_queue_says_so(cli: Cli, tmp_path: Path, way: str) -> None:
    place = queue_file(tmp_path)
    stdin = place.read_bytes() if way == "stdin" else b""
    found = document(
        cli, LOG, "--queue", "-" if way == "stdin" else place, "--queue-lifetime", "1d", stdin=stdin
    )
    assert {one["source"] for one in found["still_queued"]} == {"queue"}
    one = next(one for one in found["still_queued"] if one["queue_id"] == "B1B2A552486")
    assert (one["attempts"], one["cause"]) == (4, "connect-timeout")
    assert one["bounces_at"]["earliest"] == "2026-11-25T03:29:27Z"
    assert one["bounces_at"]["source"] == "option"
    assert found["assumptions"]["lifetime_source"] == "option"


def test_the_running_postfix_is_asked_with_a_list_of_arguments(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "postqueue"
    fake.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {queue_file(tmp_path)}\n', encoding="utf-8"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = document(cli, LOG, "--queue", "live")
    assert len(found["still_queued"]) == len(TRUTH["final_queue"])
    assert (tmp_path / "asked").read_text(encoding="utf-8") == "-j\n"


@pytest.mark.parametrize("host", ["mx1", "another"])
def test_the_running_postfix_says_how_long_it_keeps_its_own_mail(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name, said in (
        ("postqueue", f"cat {queue_file(tmp_path)}"),
        ("postconf", "printf '2d\\n1d\\n3600s\\n'"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("logscan.pipeline.mails.waiting.this_host", lambda: host)
    found = document(cli, LOG, "--queue", "live")
    source = "postconf" if host == "mx1" else "default"
    assert found["assumptions"]["lifetime_source"] == source
    dues = [one["bounces_at"] for one in found["still_queued"] if one["bounces_at"]]
    assert {due["source"] for due in dues} == {source}
    assert {due["lifetime_s"] for due in dues if due["source"] == "postconf"} <= {172_800.0, 86_400.0}
    assert document(cli, LOG)["assumptions"]["lifetime_source"] == "default"  # a file may be anybody's


def test_a_queue_that_cannot_be_read_is_a_usage_error(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("bounces", LOG, *YEAR, "--queue", tmp_path / "nowhere")
    assert (ran.code, "--queue: cannot read" in ran.err) == (2, True)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = cli("bounces", LOG, *YEAR, "--queue", "live")
    assert (ran.code, "no postqueue here" in ran.err) == (2, True)
    failing = tmp_path / "postqueue"
    failing.write_text(
        "#!/bin/sh\necho 'fatal: \033[31mmail system is down' >&2\nexit 69\n", encoding="utf-8"
    )
    failing.chmod(0o755)
    ran = cli("bounces", LOG, *YEAR, "--queue", "live")
    assert ran.code == 2
    assert "mail system is down" in ran.err
    assert "\033" not in ran.err
    assert cli("bounces", "-", "--queue", "-").code == 2


def test_lines_that_are_no_queue_are_problems(cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "queue.json"
    place.write_bytes(
        b'{"queue_id": 7}\n[1]\nnot json\n\xff\n{"queue_id": "A", "recipients": [{"address": "a@b.example"}]}\n'
    )
    found = document(cli, LOG, "--queue", place)
    assert [one["queue_id"] for one in found["still_queued"]] == ["A"]
    assert found["still_queued"][0]["bounces_at"] is None
    assert len([p for p in found["problems"] if p["where"].startswith(str(place))]) == 4
    assert cli("bounces", LOG, *YEAR, "--queue", place, "--strict").code == 4


@pytest.mark.parametrize("option", ["--queue-lifetime", "--bounce-lifetime"])
def test_a_lifetime_that_is_no_time_is_a_usage_error(cli: Cli, option: str) -> None:
    assert cli("bounces", LOG, *YEAR, option, "soon").code == 2


# --- forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("-v",), ("-q",), ("-v", "--lang", "zh")], ids=" ".join)
def test_text_says_cause_move_and_reach(cli: Cli, options: tuple[str, ...]) -> None:
    ran = cli("bounces", LOG, *YEAR, *options)
    assert (ran.code, ran.err) == (0, "")
    words = " ".join(ran.out.split())
    if "--lang" in options:
        assert "由我们处理" in words
        assert "192.0.2.25" in words
        return
    assert "85 mails to 93 recipients failed or wait." in words
    assert "It is our address 192.0.2.25 that was refused" in words
    assert "greylisted 6 recipients" in words or "-q" in options
    assert ("B1B2A552486" in words) is ("-q" not in options)
    assert ("24 failed: no such mailbox 11, mailbox full 8, taken for spam 3" in words) is True


def test_a_log_without_failures_says_so(cli: Cli) -> None:
    ran = cli("bounces", ROOT / "sample-logs" / "quiet", *YEAR)
    assert ran.code == 0
    assert "Nothing failed" in ran.out


def test_csv_is_one_table(cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("bounces", LOG, *YEAR, "--format", "csv").out)))
    found = document(cli, LOG)
    for table in ("by_cause", "by_provider", "by_domain", "recovered", "still_queued"):
        assert len([row for row in rows if row["table"] == table]) == len(found[table])
    [row] = [row for row in rows if row["table"] == "by_cause" and row["key"] == "ptr-missing"]
    assert (row["recipients"], row["deliveries"], row["fault"]) == ("15", "60", "us")


def test_nothing_to_read_is_3(cli: Cli, tmp_path: Path) -> None:
    assert cli("bounces", tmp_path / "nowhere.log").code == 3


# --- strangers -----------------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    said = [place.replace("{}", payload) for payload in PAYLOADS.values() for place in MAIL.values()]
    plain = "Nov 24 03:00:00 mx1 postfix/smtpd[7]: connect from unknown[192.0.2.9]"
    log.write_bytes(
        "\n".join([*[plain] * 30, *said]).encode("utf-8", "surrogatepass") + b"\n\xff\xfe\x1b[7m\n"
    )
    return log


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_acts_on_a_terminal(cli: Cli, hostile: Path, form: str, lang: str) -> None:
    ran: Ran = cli("bounces", hostile, *YEAR, "-v", "--format", form, "--lang", lang)
    assert ran.code == 0
    assert not unsafe(ran.out + ran.err)


def test_no_cell_is_a_formula(cli: Cli, hostile: Path) -> None:
    queue = hostile.with_name("queue")
    entries = [
        {"queue_id": payload, "sender": payload, "arrival_time": 1, "recipients": [{"address": payload, "delay_reason": payload}]}
        for payload in PAYLOADS.values()
    ]  # fmt: skip
    queue.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    ran = cli("bounces", hostile, *YEAR, "--format", "csv", "--queue", queue)
    assert not unsafe(ran.out)
    cells = [cell for row in csv.reader(io.StringIO(ran.out)) for cell in row]
    assert any("=HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    text = cli("bounces", hostile, *YEAR, "--queue", queue)
    assert text.code == 0
    assert not unsafe(text.out)


def test_an_account_in_other_hands_comes_with_what_to_do_in_order(cli: Cli, tmp_path: Path) -> None:
    log = Log()
    for number in range(50):
        said = "host {host}[{ip}] said: 550 5.1.1 User unknown (in reply to RCPT TO command)"
        log.mail(f"u{number}@d.example", said, user="eve'; reboot", client=f"203.0.{number % 3}.7", dsn="5.1.1",
                 sender="eve@example.org")  # fmt: skip
    place = tmp_path / "mail.log"
    place.write_text("\n".join(log.lines) + "\n", encoding="utf-8")
    [one] = document(cli, place)["blast_radius"]
    assert one["kind"] == "login"
    assert [step.split()[0] for step in one["remedy"]] == ["Lock", "Take", "Look", "Only"]
    assert "doveadm kick USER" in one["remedy"][0]  # no shell gets a stranger's words
    assert 'select(.sender == "eve@example.org")' in one["remedy"][1]
    text = " ".join(cli("bounces", place, *YEAR).out.split())
    assert text.index("1. Lock it first") < text.index("2. Take only its mail") < text.index("4. Only then")


def test_a_partner_that_we_turn_away_comes_with_the_exact_exception(cli: Cli, tmp_path: Path) -> None:
    log = Log()
    for number in range(2):
        at = log.sent(f"u{number}@partner.example", ip="198.51.100.9")
        said = "554 5.7.1 Service unavailable; Client host [198.51.100.77] blocked using bl.example.net; see there"
        log.say(at, "smtpd", f"NOQUEUE: reject: RCPT from unknown[198.51.100.77]: {said}; from=<b@partner.example> "
                "to=<a@example.org> proto=ESMTP helo=<x>")  # fmt: skip
    place = tmp_path / "mail.log"
    place.write_text("\n".join(log.lines) + "\n", encoding="utf-8")
    [one] = document(cli, place)["blast_radius"]
    assert one["kind"] == "we_refuse"
    assert "echo '198.51.100.77 OK' >> /etc/postfix/partners" in one["remedy"][0]
    assert (
        "directly before reject_rbl_client bl.example.net, behind reject_unauth_destination"
        in one["remedy"][1]
    )
