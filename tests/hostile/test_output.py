"""Log lines are written by strangers: whatever they hold, nothing acts on a terminal, a spreadsheet or a reader.

Each payload is put wherever a stranger can write: HELO, Subject, addresses, replies, URLs, user agents, the names of
programs, hosts and files. Then every form of output is looked at.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran

UTC = ("--tz", "UTC", "--year", "2026")

#: What would happen where it is not stopped -> how to make it happen.
PAYLOADS = {
    "colour": "\x1b[31mred",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clear": "\x1b[2J\x1b[H",
    "c1": "\x9b31m",
    "nel": "a\x85b",
    "bidi": "\u202egnp.exe",
    "isolate": "\u2066x\u2069",
    "invisible": "pay\u200bpal\ufeff",
    "tag": "x\U000e0041\U000e007f",
    "separator": "a\u2028b\u2029c",
    "private": "\ue000\U000f0000",
    "backspace": "good\x08\x08\x08\x08evil",
    "return": "good\revil",
    "tab": "a\tb",
    "nul": "a\x00b",
    "delete": "a\x7fb",
    "bell": "\x07\x07",
    "markup": "[bold red]loud[/] [link=http://evil.example]x[/link] :skull:",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formula": '=HYPERLINK("http://evil.example";"x")',
    "plus": "+1+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3",
    "slot": "{ip} {recipient} {0} %s %(x)s $HOME `id` $(id)",
    "cut": "x); status=sent (250 ok",
}

#: Where a stranger can write.
MAIL = {
    "helo": "Nov 24 03:00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.1 <x>: Helo "
    "command rejected: Host not found; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<{}>",
    "subject": "Nov 24 03:00:01 mx1 postfix/cleanup[8]: 4F1A2B3C4D: reject: header Subject: {} from unknown[192.0.2.9]; "
    "from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>: 5.7.1 message content rejected",
    "recipient": 'Nov 24 03:00:02 mx1 postfix/smtp[9]: 4F1A2B3C4E: to=<"{}"@b.example>, relay=mx.b.example[198.51.100.1]'
    ":25, delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: 450 4.7.1 Client host "
    "rejected: cannot find your hostname, [192.0.2.25] (in reply to RCPT TO command))",
    "reply": "Nov 24 03:00:03 mx1 postfix/smtp[9]: 4F1A2B3C4F: to=<u@b.example>, relay=mx.b.example[198.51.100.1]:25, "
    "delay=1, delays=0/0/1/0, dsn=5.7.1, status=bounced (host mx.b.example[198.51.100.1] said: 550 5.7.1 frob {} (in reply "
    "to RCPT TO command))",
    "relay": "Nov 24 03:00:04 mx1 postfix/smtp[9]: 4F1A2B3C50: to=<u@b.example>, relay={}[198.51.100.1]:25, delay=1, "
    "delays=0/0/1/0, dsn=4.4.2, status=deferred (lost connection with {}[198.51.100.1] while receiving the initial server "
    "greeting)",
    "user": "Nov 24 03:00:05 mx1 postfix/smtpd[7]: warning: unknown[203.0.113.7]: SASL LOGIN authentication failed: "
    "authentication failure, sasl_username={}",
    "program": "Nov 24 03:00:06 mx1 {}: warning: who am I",
    "host": "Nov 24 03:00:07 {} postfix/smtpd[7]: fatal: where am I",
    "text": "Nov 24 03:00:08 mx1 postfix/smtpd[7]: fatal: {}",
    "unparsed": "{} is no line of any log",
}
ACCESS = {
    "url": '203.0.113.9 - - [24/Nov/2026:03:00:00 +0000] "GET /{} HTTP/1.1" 500 99 "-" "-"',
    "agent": '203.0.113.9 - - [24/Nov/2026:03:00:01 +0000] "GET / HTTP/1.1" 500 99 "-" "{}"',
    "referer": '203.0.113.9 - {} [24/Nov/2026:03:00:02 +0000] "GET / HTTP/1.1" 500 99 "{}" "-"',
}
ERROR = {
    "message": "[Tue Nov 24 03:00:00.000001 2026] [fcgid:warn] [pid 1:tid 2] [client 203.0.113.9:5] mod_fcgid: stderr: {}",
    "referer": "[Tue Nov 24 03:00:01.000001 2026] [cgi:error] [pid 1:tid 2] [client 203.0.113.9:5] AH01215: frob: /x.cgi, "
    "referer: {}",
    "backend": "[Tue Nov 24 03:00:02 2026] [error] [client 203.0.113.9] FastCGI: incomplete headers (0 bytes) received from "
    'server "/srv/{}"',
    "stray": "{}",
}
LOGS = {"mail.log": MAIL, "access.log": ACCESS, "error.log": ERROR}

#: A line that tells what the log is, where payloads may hide it.
PLAIN = {
    "mail.log": "Nov 24 03:00:00 mx1 postfix/smtpd[7]: connect from unknown[192.0.2.9]",
    "access.log": '203.0.113.9 - - [24/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 99 "-" "-"',
    "error.log": "[Tue Nov 24 03:00:00.000001 2026] [mpm_event:notice] [pid 1:tid 2] AH00094: Command line: 'apache2'",
}


def lines(name: str) -> Iterator[str]:
    for _ in range(30):
        yield PLAIN[name]
    for payload in PAYLOADS.values():
        for place in LOGS[name].values():
            yield place.replace("{}", payload)


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    paths = []
    for name in LOGS:
        paths.append(tmp_path / name)
        text = "\n".join(lines(name)).encode("utf-8", "surrogatepass")
        paths[-1].write_bytes(text + b"\n\xff\xfe\x1b[7m raw bytes\n")
    return paths


def unsafe(text: str) -> set[str]:
    """Return the characters that a terminal acts on, that reorder what is read or that nobody sees."""
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return {character for character in set(text) if unicodedata.category(character) in bad} - {"\n"}


# --- terminals and pipes -------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("-v",), ("-q",), ("-v", "--lang", "zh")], ids=" ".join)
def test_the_text_of_a_scan(cli: Cli, logs: list[Path], options: tuple[str, ...]) -> None:
    plain = cli("scan", *logs, *UTC, *options)
    assert plain.code == 0
    assert not unsafe(plain.out + plain.err)
    # Our own colours are all that is added.
    coloured = cli("scan", *logs, *UTC, *options, "--color", "always")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.out) == plain.out


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_page_and_a_ticket(cli: Cli, logs: list[Path], form: str, lang: str) -> None:
    """What is in them: tests/unit/reports/test_html.py and test_markdown.py, and a browser in tests/browser."""
    ran = cli("scan", *logs, *UTC, "-v", "--format", form, "--lang", lang)
    assert ran.code == 0
    assert not ran.err
    assert not unsafe(ran.out)
    if form == "html":
        assert not re.search(r"<(script|img|svg|iframe|b|i|a href=(?!\"(#|https://)))\b", ran.out)
        assert "&lt;script&gt;" in ran.out
    else:
        outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", ran.out, flags=re.MULTILINE | re.DOTALL)
        outside = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", outside)
        assert not re.search(r"(?<!\\)<(?!https://)|(?<!\\)\]\(", outside)


FULL = (
    'Nov 24 03:00:0{n} mx1 postfix/smtp[7]: 4F1A2B3C{n}E: to=<"{}"@x.example>, relay=mx.x.example[192.0.2.9]:25, delay=1,'
    " delays=0/0/1/0, dsn=5.2.2, status=bounced (host mx.x.example[192.0.2.9] said: 552 5.2.2 mailbox full (in reply to"
    " RCPT TO command))"
)


@pytest.mark.parametrize("form", ["text", "json", "html", "markdown"])
@pytest.mark.parametrize("payload", ["markup", "formula", "escape", "html"])
def test_what_a_scan_says_of_one_mailbox(cli: Cli, tmp_path: Path, payload: str, form: str) -> None:
    log = tmp_path / "mail.log"
    named = PAYLOADS.get(payload, "<script>alert(1)</script>\x1b[2J\u202e")
    text = "".join(FULL.replace("{n}", str(n)).replace("{}", named) + "\n" for n in (1, 2, 3))
    log.write_text(text, encoding="utf-8")
    ran = cli("scan", log, *UTC, "-v", "--format", form)
    assert ran.code == 0
    assert "One mailbox is full and no other" in ran.out
    assert not unsafe(ran.out)
    assert form != "html" or "<script" not in ran.out


def test_markup_stays_as_it_was_written(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(MAIL["text"].replace("{}", PAYLOADS["markup"]) + "\n")
    for options in ((), ("--color", "always")):
        out = cli("scan", log, *UTC, *options).out
        assert PAYLOADS["markup"] in re.sub(r"\x1b\[[0-9;]*m", "", out)


def test_what_was_hidden_is_shown(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(MAIL["text"].replace("{}", "\x1b[8m\u202e\x00\U000e0041") + "\n", encoding="utf-8")
    assert r"\x1b[8m\u202e\x00\U000e0041" in cli("scan", log, *UTC).out


@pytest.mark.parametrize("payload", PAYLOADS)
def test_explain(cli: Cli, payload: str) -> None:
    texts = [place.replace("{}", PAYLOADS[payload]).replace("\x00", "") for place in MAIL.values()]
    text, document = (cli("explain", "--format", form, "--", *texts) for form in ("text", "json"))
    for ran in (text, document):
        assert ran.code == 0, ran.err
        assert not unsafe(ran.out + ran.err)
    assert [json.loads(line)["text"] for line in document.out.splitlines()] == texts


# --- JSON, CSV, tables ---------------------------------------------------------------------------


def test_the_json_of_a_scan(cli: Cli, logs: list[Path]) -> None:
    ran = cli("scan", *logs, *UTC, "--format", "json")
    assert ran.code == 0
    assert not unsafe(ran.out)
    document = json.loads(ran.out)
    # Escaped, and the same text again for whoever reads it.
    quoted = [line["text"] for finding in document["findings"] for line in finding["evidence"]]
    quoted += [group["example"]["text"] for group in document["unexplained"]]
    wrote = {line.removesuffix("\r") for name in LOGS for line in lines(name)}
    assert quoted
    assert {text for text in quoted if "\ufffd" not in text} <= wrote


def test_json_lines_lose_nothing(cli: Cli, logs: list[Path]) -> None:
    ran = cli("events", *logs, *UTC, "--format", "jsonl")
    assert ran.code == 0
    assert not unsafe(ran.out)
    events = [json.loads(line) for line in ran.out.splitlines()]
    for payload in PAYLOADS.values():
        assert any(payload in str(event.get("text")) for event in events), payload


def test_no_cell_is_a_formula(cli: Cli, logs: list[Path]) -> None:
    ran = cli("events", *logs, *UTC, "--format", "csv")
    assert ran.code == 0
    assert not unsafe(ran.out)
    header, *rows = csv.reader(io.StringIO(ran.out))
    texts = [name not in ("delay", "delays") for name in header]
    cells = [cell for row in rows for cell, is_text in zip(row, texts, strict=True) if is_text]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    for payload in ("formula", "plus", "at", "minus"):
        assert f"'{PAYLOADS[payload]}" in cells


@pytest.mark.parametrize("options", [(), ("--why-differs",), ("--compat", "pflogsumm-1.1.5")], ids=" ".join)
def test_the_text_of_flow(cli: Cli, logs: list[Path], options: tuple[str, ...]) -> None:
    ran = cli("flow", *logs, *UTC, *options, "--top", "1000")
    assert ran.code == 0
    assert not unsafe(ran.out + ran.err)


def test_no_name_in_the_numbers_is_a_formula(cli: Cli, logs: list[Path], tmp_path: Path) -> None:
    queued = "Nov 24 03:00:09 mx1 postfix/qmgr[3]: 4F1A2B3C4E: from=<{}>, size=9, nrcpt=1 (queue active)"
    client = "Nov 24 03:00:08 mx1 postfix/smtpd[7]: 4F1A2B3C4E: client=unknown[192.0.2.9]"
    removed = "Nov 24 03:00:10 mx1 postfix/qmgr[3]: 4F1A2B3C4E: removed"
    log = tmp_path / "senders.log"
    senders = (queued.replace("{}", payload.replace("\r", "")) for payload in PAYLOADS.values())
    log.write_text("\n".join(f"{client}\n{each}\n{removed}" for each in senders), encoding="utf-8")
    ran = cli("flow", *logs, log, *UTC, "--format", "csv", "--top", "1000")
    assert ran.code == 0
    assert not unsafe(ran.out)
    _, *rows = csv.reader(io.StringIO(ran.out))
    assert not [cell for row in rows for cell in row[:3] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    named = {row[1] for row in rows if row[0] == "top_senders"}
    for payload in ("formula", "plus", "at", "minus"):
        assert any(name.lower().startswith(f"'{PAYLOADS[payload][:4]}".lower()) for name in named), payload
    document = cli("flow", *logs, log, *UTC, "--format", "json", "--top", "1000")
    assert not unsafe(document.out)
    assert PAYLOADS["formula"] in {each["name"] for each in json.loads(document.out)["top"]["senders"]}


def test_the_text_of_events(cli: Cli, logs: list[Path]) -> None:
    ran = cli("events", *logs, *UTC)
    assert ran.code == 0
    assert not unsafe(ran.out + ran.err)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_draft(cli: Cli, payload: str) -> None:
    line = MAIL["text"].replace("{}", f"frob {PAYLOADS[payload]}").replace("\x00", "")
    ran = cli("rules", "new", line)
    assert ran.code == 0, ran.err
    assert not unsafe(ran.out + ran.err)


# --- standard error and names of files -----------------------------------------------------------

NAMES = [
    "\x1b[31mred.log",
    "\x1b]0;owned\x07.log",
    "a\nproblem: b.log",
    "\u202egol.log",
    "=1+1.log",
    "[bold]x[.log",
    "\udcff.log",
    "a\rb.log",
]


def ended(ran: Ran) -> str:
    assert "Traceback" not in ran.out + ran.err
    assert not unsafe(ran.out + ran.err)
    return ran.out + ran.err


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ["scan", "events", "flow"])
def test_names_of_files_that_are_not_there(cli: Cli, tmp_path: Path, name: str, command: str) -> None:
    ran = cli(command, tmp_path / name)
    assert ran.code == 3
    said = ended(ran)
    assert "no such file" in said or "no file matches" in said
    assert not [line for line in said.splitlines() if line.startswith("problem: b")]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_that_are_read(cli: Cli, tmp_path: Path, name: str) -> None:
    log, junk = tmp_path / name, tmp_path / f"junk{name}"
    log.write_text(MAIL["text"].replace("{}", "frob") + "\n")
    junk.write_text("Shall I compare thee to a summer's day?\n")
    text, document = (cli("scan", log, junk, *UTC, "--format", form) for form in ("text", "json"))
    assert (text.code, document.code) == (0, 0)
    ended(text)
    (problem,) = json.loads(ended(document))["problems"]
    assert "no known log format" in problem["reason"]
    for form in ("text", "jsonl", "csv"):
        ran = cli("events", log, junk, *UTC, "--format", form)
        assert ran.code == 0
        ended(ran)


@pytest.mark.parametrize(
    "arguments",
    [
        ("{}",),
        ("rules", "{}"),
        ("scan", "--{}"),
        ("scan", "--since", "{}"),
        ("scan", "--now", "{}"),
        ("scan", "--tz", "{}"),
        ("scan", "--format", "{}"),
        ("scan", "--lang", "{}"),
        ("scan", "--jobs", "{}"),
        ("scan", "--patterns", "/no/{}"),
        ("scan", "sample-logs/founding", "-o", "/no/such/{}"),
        ("rules", "show", "{}"),
        ("rules", "test", "{}"),
        ("rules", "new", "{}"),
    ],
    ids=" ".join,
)
def test_usage_errors_quote_harmlessly(cli: Cli, arguments: tuple[str, ...]) -> None:
    for payload in ("colour", "title", "bidi", "c1", "separator", "tag", "return"):
        ran = cli(*(word.replace("{}", PAYLOADS[payload]) for word in arguments))
        assert ran.code == 2
        assert not ran.out
        ended(ran)


def test_a_usage_error_stays_on_its_line(cli: Cli) -> None:
    for word in ("x\nlogscan: all is well", "x\r\nlogscan: all is well"):
        assert "\nlogscan: all is well" not in ended(cli(word))
        assert "\nlogscan: all is well" not in ended(cli("scan", "--since", word))


def test_a_card_of_one_s_own_with_a_hostile_name(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "\x1b[31mred\u202e.toml").write_text("since = [\n")
    ran = cli("scan", "sample-logs/founding", "--patterns", tmp_path)
    assert ran.code == 2
    assert r"\x1b[31mred\u202e.toml" in ended(ran)


# --- forged fields: see test_forged.py too ---------------------------------------------------------


def test_forged_lines_do_not_change_the_counts(cli: Cli, tmp_path: Path) -> None:
    """The same refusals with an honest HELO and with forging ones: the same findings with the same counts."""
    said = []
    for helo in (
        "honest.example",
        *(PAYLOADS[name] for name in ("cut", "markup", "html", "formula", "bidi", "slot")),
    ):
        log = tmp_path / "mail.log"
        text = [MAIL["helo"].replace("{}", helo), MAIL["recipient"].replace("{}", "someone")]
        log.write_text("\n".join(text * 3) + "\n", encoding="utf-8")
        document = json.loads(cli("scan", log, *UTC, "--format", "json").out)
        counts = ("rule", "count", "deliveries", "sessions", "recipients")
        said.append([tuple(finding[key] for key in counts) for finding in document["findings"]])
        assert document["totals"]["events"] == 6
        assert not document["unexplained"]
    assert len(said[0]) == 2
    assert all(other == said[0] for other in said)


def test_what_a_stranger_wrote_is_no_slot_and_no_command(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(MAIL["recipient"].replace("{}", "{ip} $(reboot) `id`") + "\n")
    (finding,) = json.loads(cli("scan", log, *UTC, "--format", "json").out)["findings"]
    for command in finding["remedy"] + finding["verify"]:
        assert "reboot" not in command
        assert "`id`" not in command


# --- the nightly report --------------------------------------------------------------------------

NIGHT = ("--now", "2026-11-25 06:00")


@pytest.mark.parametrize("options", [("-v",), ("--lang", "zh"), ("--status-line",)], ids=" ".join)
def test_the_text_of_a_report(cli: Cli, logs: list[Path], tmp_path: Path, options: tuple[str, ...]) -> None:
    numbers = tmp_path / "logscan.prom"
    ran = cli("report", *logs, *UTC, *NIGHT, *options, "--prometheus", numbers)
    assert ran.code in {0, 1, 2}
    assert not unsafe(ran.out + ran.err)
    if "--status-line" in options:
        assert (ran.out.count("\n"), ran.out.count("|")) == (1, 1)
    sample = re.compile(
        r'logscan_[a-z_]+(\{([a-z]+="[A-Za-z0-9._-]+",?)+\})? [0-9.]+|# (HELP|TYPE) logscan_[a-z_]+ [ -~]+'
    )
    assert [
        line for line in numbers.read_text(encoding="utf-8").splitlines() if not sample.fullmatch(line)
    ] == []


def test_a_report_as_markdown_and_json(cli: Cli, logs: list[Path]) -> None:
    ran = cli("report", *logs, *UTC, *NIGHT, "-v", "--format", "markdown")
    assert ran.code == 0
    assert not unsafe(ran.out)
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", ran.out, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", outside)
    assert not re.search(r"(?<!\\)<(?!https://)|(?<!\\)\]\(", outside)
    document = cli("report", *logs, *UTC, *NIGHT, "--format", "json")
    assert not unsafe(document.out)
    assert json.loads(document.out)["schema"] == "logscan.report/1"
