"""`rules`: what is there, what one says, and a card's way from a line that nobody explains."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from logscan.packs.load import faults
from tests.cli.conftest import Cli

STAMP = "Nov 24 03:00:00 mx1"
UNEXPLAINED = (
    f"{STAMP} postfix/smtpd[7]: fatal: the frobnicator of inet:192.0.2.7:8891 has come unglued after 12 turns"
)
HOSTILE = (
    f"{STAMP} postfix/smtpd[7]: fatal: ''' \"\"\" it's \\ \\u0041 \x1b]0;x\x07 \u202egpj \x85 \x7f # [[hit]] = {{ "
    "frobnicator came unglued\t; 'quoted' \"double\""
)


def test_list_show_lint_and_test(cli: Cli) -> None:
    cards = json.loads(cli("rules", "list", "--format", "json").out)
    assert len(cards) >= 40
    assert [card["id"] for card in cards] == sorted(card["id"] for card in cards)
    some = cli("rules", "list", "reverse", "dns")
    assert "postfix.smtp.no-reverse-dns" in some.out
    assert len(some.out.splitlines()) < len(cards)
    shown = cli("rules", "show", "postfix.smtp.no-reverse-dns")
    assert shown.code == 0
    for part in ("PTR", "dig -x", "450 4.7.1", "miss"):
        assert part in shown.out
    linted = cli("rules", "lint")
    assert linted.code == 0, linted.out
    tried = cli("rules", "test", "postfix.smtp.no-reverse-dns")
    assert tried.code == 0, tried.out


def test_a_list_of_nothing_is_empty(cli: Cli) -> None:
    ran = cli("rules", "list", "zyzzyva")
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.parametrize("line", [UNEXPLAINED, HOSTILE], ids=["plain", "hostile"])
def test_a_draft_is_toml_that_says_what_is_left_to_do(cli: Cli, line: str) -> None:
    ran = cli("rules", "new", line)
    assert ran.code == 0, ran.err
    table = tomllib.loads(ran.out)
    assert table["status"] == "draft"
    assert table["hit"] == [{"line": line}]
    assert table["match"]["direction"] == "local"
    assert "frobnicator" in table["match"]["reason"]
    assert "TODO" in ran.out
    assert not {"\x1b", "\x07", "\u202e", "\x85", "\x7f", "\t"} & set(ran.out)


@pytest.mark.parametrize("line", [UNEXPLAINED, HOSTILE], ids=["plain", "hostile"])
def test_a_draft_lacks_only_what_it_asks_for(cli: Cli, tmp_path: Path, line: str) -> None:
    """Its one fault as a card is the miss that only a person can find; its lint is its TODOs."""
    draft = cli("rules", "new", line).out
    wrong = faults(Path("draft.toml"), tomllib.loads(draft))
    assert ["miss" in fault.reason for fault in wrong] == [True]
    place = tmp_path / "site" / "draft.toml"
    place.parent.mkdir()
    place.write_text(draft, encoding="utf-8")
    ran = cli("rules", "lint", "--patterns", tmp_path)
    assert ran.code == 2
    assert f"{place}: (top): 'miss' is a required property" in ran.err
    place.write_text(
        f'{draft}\n[[miss]]\nline = "{STAMP} postfix/smtpd[7]: fatal: the widget"\nwhy = "TODO"\n',
        encoding="utf-8",
    )
    ran = cli("rules", "lint", "--patterns", tmp_path)
    assert ran.code == 1
    told = [line for line in ran.out.splitlines() if line.startswith("site.")]
    assert told
    assert all("TODO" in line for line in told), told


@pytest.mark.parametrize("line", [UNEXPLAINED, HOSTILE], ids=["plain", "hostile"])
def test_a_draft_that_was_finished_is_a_card(cli: Cli, tmp_path: Path, line: str) -> None:
    draft = cli("rules", "new", line).out
    place = tmp_path / "own" / "site" / "draft.toml"
    place.parent.mkdir(parents=True)
    done = draft.replace("TODO", "Now")
    place.write_text(
        f'{done}\n[[miss]]\nline = "{STAMP} postfix/smtpd[7]: fatal: the widget"\nwhy = "a widget"\n',
        encoding="utf-8",
    )
    linted = cli("rules", "lint", "--patterns", tmp_path / "own")
    assert linted.code == 0, linted.out + linted.err
    tried = cli("rules", "test", "site.draft", "--patterns", tmp_path / "own")
    assert tried.code == 0, tried.out
    log = tmp_path / "mail.log"
    log.write_text(f"{line}\n", encoding="utf-8")
    ran = cli("scan", log, "--year", "2026", "--format", "json", "--patterns", tmp_path / "own")
    assert [finding["rule"] for finding in json.loads(ran.out)["findings"]] == ["site.draft"]


def test_a_draft_from_standard_input(cli: Cli) -> None:
    assert (
        cli("rules", "new", "-", stdin=f"{UNEXPLAINED}\r\nmore\n".encode()).out
        == cli("rules", "new", UNEXPLAINED).out
    )


def test_every_unexplained_line_of_the_scan_can_be_drafted(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(f"{UNEXPLAINED}\n{HOSTILE}\n", encoding="utf-8")
    document = json.loads(cli("scan", log, "--year", "2026", "--format", "json").out)
    assert len(document["unexplained"]) == 2
    for group in document["unexplained"]:
        assert cli("rules", "new", group["example"]["text"]).code == 0


def test_no_draft_for_what_is_explained_already(cli: Cli) -> None:
    line = f"{STAMP} postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.25]: 450 4.7.1 Client host rejected: "
    ran = cli(
        "rules",
        "new",
        f"{line}cannot find your hostname, [192.0.2.25]; from=<a@b.example> to=<c@d.example> proto=SMTP",
    )
    assert (ran.code, ran.out) == (2, "")
    assert "logscan rules show postfix.smtpd." in ran.err


def test_a_card_whose_examples_fail_is_told_with_its_reason(cli: Cli) -> None:
    broken = Path(__file__).parents[1] / "bad-patterns"
    folder = next(path for path in broken.iterdir() if path.name.startswith("T02"))
    ran = cli("rules", "test", "--patterns", folder)
    assert ran.code == 1
    assert "T02" in ran.out
    assert "help:" in ran.out
