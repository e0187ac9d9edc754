"""Redacted logs: nobody's name is left in them, and they give the same findings."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.packs.providers import load_providers
from logscan.pipeline.events import Events
from logscan.pipeline.explain import explain
from logscan.pipeline.redact import Redacted
from logscan.pipeline.scan import report
from logscan.redaction import public
from logscan.redaction.addresses import Addresses
from logscan.redaction.key import Key
from logscan.redaction.masks import Masks
from logscan.redaction.names import Names
from logscan.redaction.text import hidden
from logscan.reports.json import document

SAMPLES = Path(__file__).parents[3] / "sample-logs"
KEY = Key(b"a key for tests")
SETTINGS = Settings(zone="UTC", year=2026)
LOGS = sorted(
    str(path.relative_to(SAMPLES))
    for folder in ("founding", "quiet", "real", "wrapped", "storms/oom-dispatch")
    for path in (SAMPLES / folder).rglob("*")
    if path.is_file() and path.name not in ("README.md", "truth.json") and path.suffix != ".toml"
)
#: The same mail in another shape: its findings are compared, its names are those of mail.log.
AGAIN = ("mail-iso.log.gz", "mail-reduced.log.gz", "syslog.gz", "journal-short-iso.log.gz")
DIFFERENT = [name for name in LOGS if not name.endswith(AGAIN)]
#: The samples' networks and domains are those that pseudonyms are taken from: other ones tell them apart.
MOVED = (
    ("192.0.2.", "45.33.32."), ("198.51.100.", "93.184.216."), ("203.0.113.", "151.101.7."), ("2001:db8:", "2a01:4f8:"),
    (".example.org", ".acme.de"), (".example", ".de"), ("example.org", "acme.de"),
)  # fmt: skip


def moved(name: str, folder: Path) -> Path:
    """Return a copy of a sample log in which everybody has public addresses and names."""
    data = (SAMPLES / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8", "surrogateescape")
    for old, new in MOVED:
        text = text.replace(old, new)
    path = folder / Path(name).name.removesuffix(".gz")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def redacted(path: Path, settings: Settings = SETTINGS, key: Key = KEY) -> str:
    return "".join(Redacted([str(path)], settings, key))


def findings(path: Path) -> list[tuple[Any, ...]]:
    said = document(report([str(path)], SETTINGS))
    columns = (
        "rule", "severity", "cause", "direction", "nature", "fault", "provider", "count", "messages", "recipients", "deliveries",
        "sessions", "first", "last", "ongoing",
    )  # fmt: skip
    totals = tuple(said["totals"][name] for name in ("lines", "events", "unparsed", "first", "last", "other"))
    assert said["totals"]["events"]
    return [totals, *(tuple(finding[name] for name in columns) for finding in said["findings"])]


@pytest.mark.parametrize("name", LOGS)
def test_the_findings_are_the_same(name: str, tmp_path: Path) -> None:
    original = moved(name, tmp_path)
    copy = tmp_path / "copy"
    copy.write_text(redacted(original), encoding="utf-8")
    assert findings(copy) == findings(original)


#: Of an event, what a pseudonym must not touch.
KEPT = (
    "time", "program", "daemon", "instance", "pid", "family", "kind", "direction", "severity", "queue_id", "orig_queue_id", "client_port",
    "sasl_method", "conn_use", "tls_level", "tls_protocol", "relay_port", "status", "dsn", "smtp_code", "delay", "delays", "size",
    "nrcpt", "stage", "child_queue_id", "module", "errno", "http_status", "method", "bytes", "duration", "repeat",
)  # fmt: skip
#: And what it must change, but for what has no owner.
HIDDEN = (
    "host", "message_id", "client_name", "client_ip", "helo", "sasl_user", "sender", "recipient", "orig_recipient", "relay_name",
    "relay_ip", "dkim_domain", "dkim_selector", "vhost",
)  # fmt: skip


def events(path: Path) -> pl.DataFrame:
    return pl.concat(list(Events([str(path)], SETTINGS)))


@pytest.mark.parametrize("name", DIFFERENT)
def test_events_keep_their_structure(name: str, tmp_path: Path) -> None:
    original = moved(name, tmp_path)
    copy = tmp_path / "copy"
    copy.write_text(redacted(original), encoding="utf-8")
    before, after = events(original), events(copy)
    assert before.select(KEPT).equals(after.select(KEPT))
    for column in HIDDEN:  # the same name before is the same name after, and no two become one
        pairs = pl.DataFrame(
            [before[column].str.to_lowercase().alias("old"), after[column].alias("new")]
        ).unique()
        assert pairs["old"].null_count() == pairs["new"].null_count()
        assert pairs["old"].n_unique() == pairs["new"].n_unique() or column == "helo"


#: What stays: it names a service, a role, a part of this machine.
NOBODY = {
    "", "localhost", "unknown", "local", "virtual", "127.0.0.1", "::1", "root", "postmaster", "mailer-daemon", "nobody",
    "archivepipe", "archive", "ticket", "none", "double-bounce",
}  # fmt: skip
PROSE = {
    "a", "again", "admin", "blocked", "d", "disabled", "fail", "hold", "info", "later", "mail", "new", "quota", "test", "user", "x",
}  # fmt: skip
ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:=|&?]+@[A-Za-z0-9.-]*[A-Za-z0-9]")
NUMBERS = re.compile(r"\b(?:45\.33\.32|93\.184\.216|151\.101\.7)\.\d{1,3}\b|2a01:4f8:[0-9a-f:]+")
HOST = re.compile(r"\b(?:[a-z0-9_-]+\.)+de\b", re.IGNORECASE)
ACCOUNT = re.compile(r"(?:sasl_username|user)=<?([^\s>,;\]]+)")


def personal(path: Path) -> Iterator[str]:
    """Yield what the log names, as a plain search and as its events say."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for pattern in (ADDRESS, NUMBERS, HOST, ACCOUNT):
        yield from pattern.findall(text)
    table = events(path)
    for column in HIDDEN:
        yield from table[column].drop_nulls().unique()
    for column in ("sender", "recipient", "orig_recipient", "sasl_user", "message_id"):
        yield from table[column].drop_nulls().str.split("@").list.first().unique()


@pytest.mark.parametrize("name", DIFFERENT)
def test_nobody_s_name_is_left(name: str, tmp_path: Path) -> None:
    original = moved(name, tmp_path)
    found = re.sub(r'"__cursor":"[^"]*"', "", redacted(original).lower())
    words = set(re.findall(r"[^\s<>\"'()\[\],;:=|&?/@]+", found)) | set(re.findall(r"[\w.:-]+", found))
    secrets = {secret.lower() for secret in personal(original)} - NOBODY
    long = {secret for secret in secrets if len(secret) > 7 and not secret.isalpha()}
    assert [secret for secret in long if secret in found] == []
    # Somebody is also called like a word of the logs' own language; that shows only where it is no name.
    assert {secret for secret in secrets - long if secret in words} <= PROSE


def test_every_card_is_found_in_redacted_lines_as_before() -> None:
    cards = load(()).cards.values()
    lines = list(
        dict.fromkeys(
            example.line
            for card in cards
            for example in (*card.hits, *card.misses)
            if example.line and "\n" not in example.line
        )
    )
    providers = load_providers(())
    endings = public.ENDINGS.union(providers.mx, providers.domains)
    found = hidden(pl.Series(lines), Masks(Names(KEY, Addresses(KEY), endings))).split("\n")[:-1]
    before, after = explain(lines, lang="en", patterns=()), explain(found, lang="en", patterns=())
    assert len(before) == len(after) == len(lines) > 1_000
    changed = [
        (one.rule, other.rule, old, new)
        for one, other, old, new in zip(before, after, lines, found, strict=True)
        if (one.rule, one.cause, one.severity, one.provider)
        != (other.rule, other.cause, other.severity, other.provider)
    ]
    assert changed == []


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


HEAD = "2026-11-24T03:27:43+00:00 mx7 "


def test_names_are_the_same_in_all_files_of_a_run(tmp_path: Path) -> None:
    written(tmp_path, "mail.log", HEAD + "postfix/smtpd[1]: connect from pc.victim.de[93.184.216.34]")
    written(
        tmp_path, "access.log",
        '93.184.216.34 - jane [24/Nov/2026:03:28:35 +0000] "GET / HTTP/1.1" 200 5 "-" "-"',
    )  # fmt: skip
    lines = redacted(tmp_path).splitlines()
    assert len(lines) == 2
    [address] = {re.search(r"(?:192|198|203)\.[\d.]+", line)[0] for line in lines}  # type: ignore[index]
    assert address != "93.184.216.34"


def test_an_account_is_hidden_in_prose_of_another_file_but_no_word_of_the_logs(tmp_path: Path) -> None:
    written(
        tmp_path, "mail.log",
        HEAD + "postfix/smtpd[1]: A1: client=x.de[1.2.3.4], sasl_method=PLAIN, sasl_username=jane",
        HEAD + "postfix/smtpd[1]: A2: client=x.de[1.2.3.4], sasl_method=PLAIN, sasl_username=connect",
    )  # fmt: skip
    written(
        tmp_path,
        "other.log",
        HEAD + "thing[1]: no box for jane",
        HEAD + "postfix/smtpd[1]: connect from x.de[1.2.3.4]",
    )
    found = redacted(tmp_path)
    assert "jane" not in found
    assert "]: connect from " in found
    assert "sasl_username=connect" not in found


def test_without_a_key_every_run_has_names_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, "mail.log", HEAD + "postfix/smtpd[1]: connect from pc.victim.de[93.184.216.34]")
    assert redacted(path, key=Key.random()) != redacted(path, key=Key.random())
    assert redacted(path) == redacted(path, key=Key(b"a key for tests"))


def test_lines_that_several_files_tell_are_printed_once(tmp_path: Path) -> None:
    source = SAMPLES / "real" / "A" / "logs"
    for name in ("mail.log", "mail.warn"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    alone = redacted(source / "mail.log")
    assert redacted(tmp_path) == alone


def test_what_nobody_understands_is_masked_and_counted(tmp_path: Path) -> None:
    known = [HEAD + f"postfix/smtpd[1]: connect from pc.victim.de[93.184.216.{n}]" for n in range(30)]
    path = written(tmp_path, "mail.log", *known, "*** jane@victim.de 93.184.216.34 ***")
    run = Redacted([str(path)], SETTINGS, KEY)
    text = "".join(run)
    assert (run.lines, run.unparsed) == (31, 1)
    assert not re.search("jane|victim|93.184", text)
    assert ["1 line was not understood" in problem.reason for problem in run.problems] == [True]
    assert not run.problems[0].unreadable


def test_a_file_of_no_known_format_is_not_printed(tmp_path: Path) -> None:
    written(tmp_path, "mail.log", HEAD + "postfix/smtpd[1]: connect from pc.victim.de[93.184.216.34]")
    written(tmp_path, "letter.txt", "Dear Jane,", "the salary is high.")
    run = Redacted([str(tmp_path / "mail.log"), str(tmp_path / "letter.txt")], SETTINGS, KEY)
    assert "Jane" not in "".join(run)
    assert [problem.unreadable for problem in run.problems] == [True]
    with pytest.raises(NothingRead):
        Redacted([str(tmp_path / "letter.txt")], SETTINGS, KEY)


def test_a_window_takes_records_with_the_lines_that_belong_to_them(tmp_path: Path) -> None:
    path = written(
        tmp_path, "error.log",
        "[Tue Nov 24 03:00:00.5 2026] [core:error] [pid 2:tid 2] [client 93.184.216.34:4] old",
        "  of the old",
        "[Tue Nov 24 04:00:00.5 2026] [core:error] [pid 2:tid 2] [client 93.184.216.34:4] new",
        "  of the new",
        "[Tue Nov 24 05:00:00.5 2026] [core:error] [pid 2:tid 2] [client 93.184.216.34:4] late",
    )  # fmt: skip
    window = Settings(
        zone="UTC",
        since=datetime(2026, 11, 24, 3, 30, tzinfo=UTC),
        until=datetime(2026, 11, 24, 4, 30, tzinfo=UTC),
    )
    assert [line.split()[-1] for line in redacted(path, window).splitlines()] == ["new", "new"]


def test_an_empty_window_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "mail.log", HEAD + "postfix/smtpd[1]: connect from pc.victim.de[93.184.216.34]")
    run = Redacted([str(path)], Settings(zone="UTC", since=datetime(2027, 1, 1, tzinfo=UTC)), KEY)
    assert list(run) == []
    assert "no line lies in this window" in run.problems[0].reason


def test_a_journal_is_json_to_its_end(tmp_path: Path) -> None:
    lines = redacted(moved("real/A/logs/journal.json.gz", tmp_path)).splitlines()
    assert len(lines) > 1_000
    assert all("MESSAGE" in json.loads(line) for line in lines)
