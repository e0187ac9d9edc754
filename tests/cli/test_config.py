"""Configuration files as the command line takes them: what is stronger, what is wrong, what is shown."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from logscan.app.config import files
from logscan.cli.configured import BARE, Act, tree_of
from logscan.cli.main import COMMANDS, command
from tests.cli.conftest import Cli, Program

LOGS = Path(__file__).parents[2] / "sample-logs"
QUIET = LOGS / "quiet" / "mail.log"
DAY = ("--tz", "UTC", "--now", "2026-11-25 06:00")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that LOGSCAN_CONFIG names; each test writes into it."""
    path = tmp_path / "logscan.toml"
    path.write_text("")
    path.chmod(0o644)
    monkeypatch.setenv("LOGSCAN_CONFIG", str(path))
    return path


# --- what is stronger ------------------------------------------------------------------------------


def test_a_file_says_what_holds_and_the_command_line_is_stronger(cli: Cli, config: Path) -> None:
    config.write_text('[scan]\nformat = "json"\ntz = "UTC"\n')
    assert json.loads(cli("scan", QUIET).out)["assumptions"]["zone"] == "UTC"
    assert cli("scan", QUIET, "--format", "text").out.startswith("1 file, ")
    assert (
        json.loads(cli("scan", QUIET, "--tz", "Asia/Shanghai").out)["assumptions"]["zone"] == "Asia/Shanghai"
    )


def test_a_nested_command_has_a_table_of_its_own(cli: Cli, config: Path) -> None:
    config.write_text('[rules.list]\nformat = "json"\n')
    assert json.loads(cli("rules", "list", "mod-fastcgi").out)
    assert "critical" in cli("rules", "list", "mod-fastcgi", "--format", "text").out


def test_common_holds_for_every_command_that_has_the_option(cli: Cli, config: Path) -> None:
    config.write_text('[common]\nlang = "zh"\ntz = "UTC"\nfail-on = "info"\n')
    assert re.search(r"[\u4e00-\u9fff]", cli("scan", QUIET).out)
    assert re.search(r"[\u4e00-\u9fff]", cli("explain", "550 5.1.1 User unknown").out)
    assert not re.search(r"[\u4e00-\u9fff]", cli("scan", QUIET, "--lang", "en").out)


def test_a_flag_that_a_file_has_set_is_taken_back(cli: Cli, config: Path, junk: Path) -> None:
    config.write_text("[common]\nstrict = true\n")
    assert cli("scan", QUIET, junk, "--tz", "UTC").code == 4
    assert cli("scan", QUIET, junk, "--tz", "UTC", "--no-strict").code == 0
    assert cli("scan", QUIET, junk, "--tz", "UTC", "--no-strict", "--strict").code == 4
    assert "--no-strict" not in cli("scan", "--help").out


def test_paths_are_read_when_none_is_given(cli: Cli, config: Path, founding: Path) -> None:
    config.write_text(f'[common]\npaths = ["{QUIET}"]\n[scan]\nformat = "json"\ntz = "UTC"\n')

    def read(*words: str | Path) -> list[str]:
        return [Path(one["path"]).name for one in json.loads(cli(*words).out)["inputs"]]

    assert read("scan") == ["mail.log"]
    assert read("scan", founding) == ["error.log"]
    assert read("flow", "--tz", "UTC", "--format", "json") == ["mail.log"]


def test_trace_takes_the_paths_behind_its_query(cli: Cli, config: Path) -> None:
    config.write_text(f'[common]\npaths = ["{QUIET}"]\ntz = "UTC"\n[trace]\nall = true\nformat = "json"\n')
    everything = json.loads(cli("trace").out)
    assert (everything["query"], everything["searched"]["files"]) == (None, [str(QUIET)])
    assert len(everything["messages"]) > 1
    one = everything["messages"][0]["queue_ids"][0]
    found = json.loads(cli("trace", one).out)
    assert (found["query"], len(found["messages"])) == (one, 1)


def test_both_files_are_read_and_the_user_s_is_stronger_key_by_key(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, own = tmp_path / "system.toml", tmp_path / "logscan.toml"
    system.write_text(f'[scan]\nformat = "json"\ntz = "Asia/Shanghai"\npaths = ["{QUIET}"]\n')
    own.write_text('[common]\ntz = "UTC"\n')
    for path in (system, own):
        path.chmod(0o644)
    monkeypatch.delenv("LOGSCAN_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(files, "SYSTEM", system)
    document = json.loads(cli("scan").out)
    assert document["assumptions"]["zone"] == "UTC"
    assert [Path(one["path"]).name for one in document["inputs"]] == ["mail.log"]
    assert cli("--config", "", "scan", QUIET, "--tz", "UTC").out.startswith("1 file, ")
    assert json.loads(cli("--config", system, "scan").out)["assumptions"]["zone"] == "Asia/Shanghai"


def test_the_environment_may_name_the_file_or_none(program: Program, config: Path) -> None:
    config.write_text('[rules.list]\nformat = "json"\n')
    named = program("rules", "list", "roundcube", env={"LOGSCAN_CONFIG": str(config)})
    assert named.out.startswith("[")
    assert not program("rules", "list", "roundcube", env={"LOGSCAN_CONFIG": ""}).out.startswith("[")


# --- wishes that exclude each other ------------------------------------------------------------------


def period(cli: Cli, *words: str) -> tuple[str, str]:
    ran = cli("report", LOGS / "weeks" / "mail.log.1", *DAY, "--format", "json", *words)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["period"]
    return found["since"][:10], found["length"]


def test_a_window_in_a_file_gives_way_to_a_date_on_the_command_line(cli: Cli, config: Path) -> None:
    config.write_text('[common]\nsince = "2026-11-19"\n')
    assert period(cli, "--until", "2026-11-20") == ("2026-11-19", "window")
    assert period(cli, "--date", "2026-11-18") == ("2026-11-18", "day")
    assert period(cli, "--period", "week") == ("2026-11-16", "week")


def test_a_date_in_a_file_gives_way_to_a_window_on_the_command_line(cli: Cli, config: Path) -> None:
    config.write_text('[report]\ndate = "2026-11-18"\nperiod = "week"\n')
    assert period(cli) == ("2026-11-16", "week")
    assert period(cli, "--since", "2026-11-19", "--until", "2026-11-20") == ("2026-11-19", "window")


def test_in_a_file_the_stronger_table_says_which_period(cli: Cli, config: Path) -> None:
    config.write_text('[common]\nsince = "2026-11-19"\n[report]\nperiod = "week"\n')
    assert period(cli) == ("2026-11-16", "week")
    config.write_text('[report]\nsince = "2026-11-19"\nperiod = "week"\n')
    ran = cli("report", QUIET, *DAY)
    assert ran.code == 2
    assert "--since and --until are a period of their own" in ran.err


def test_a_plugin_s_line_does_not_mind_what_a_file_wants_of_reports(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    config.write_text(f'[report]\nformat = "html"\nonly-if = "changes"\noutput = "{page}"\n')
    ran = cli("report", QUIET, *DAY, "--status-line")
    assert ran.out.startswith("LOGSCAN ")
    assert not page.exists()
    cli("report", QUIET, *DAY, "--status-line", "-o", tmp_path / "line")
    assert (tmp_path / "line").read_text().startswith("LOGSCAN ")


def test_a_plugin_s_line_in_a_file_gives_way_to_a_form_on_the_command_line(cli: Cli, config: Path) -> None:
    config.write_text("[report]\nstatus-line = true\n")
    assert cli("report", QUIET, *DAY).out.startswith("LOGSCAN ")
    assert json.loads(cli("report", QUIET, *DAY, "--format", "json").out)["schema"] == "logscan.report/1"
    # A failure is told as a plugin tells it, or not, as the report would have been.
    assert cli("report", QUIET, "--tz", "Nowhere/X").code == 3
    assert cli("report", QUIET, "--tz", "Nowhere/X", "--format", "json").code == 2
    config.write_text('[report]\nstatus-line = true\nformat = "html"\n')
    assert cli("report", QUIET, *DAY).code == 2


def test_what_a_file_imitates_gives_way_to_a_form(cli: Cli, config: Path) -> None:
    config.write_text('[flow]\ncompat = "pflogsumm-1.1.5"\n')
    assert "Grand Totals" in cli("flow", QUIET, "--tz", "UTC").out
    assert json.loads(cli("flow", QUIET, "--tz", "UTC", "--format", "json").out)["schema"] == "logscan.flow/1"
    config.write_text('[flow]\nformat = "json"\n')
    assert "Grand Totals" in cli("flow", QUIET, "--tz", "UTC", "--compat", "pflogsumm-1.1.5").out
    config.write_text('[flow]\nformat = "json"\ncompat = "pflogsumm-1.1.5"\n')
    assert cli("flow", QUIET, "--tz", "UTC").code == 2


def test_a_lifetime_in_a_file_is_a_wish_and_no_default(cli: Cli, config: Path) -> None:
    config.write_text('[common]\ntz = "UTC"\n[bounces]\nqueue-lifetime = "2d"\n')
    weeks = LOGS / "weeks" / "mail.log"
    document = json.loads(cli("bounces", weeks, "--format", "json").out)
    waiting = [one["bounces_at"] for one in document["still_queued"] if one["bounces_at"]]
    assert {(at["lifetime_s"], at["source"]) for at in waiting} == {(2 * 86400, "option")}


def test_standard_input_is_the_log_s_when_only_a_file_wants_it_for_the_queue(cli: Cli, config: Path) -> None:
    config.write_text('[bounces]\nqueue = "-"\n')
    assert cli("bounces", "-", "--tz", "UTC", stdin=QUIET.read_bytes()).code == 0
    assert cli("bounces", "-", "--tz", "UTC", "--queue", "-", stdin=b"").code == 2


# --- what is wrong ---------------------------------------------------------------------------------


def test_what_does_not_hold_stops_every_command_and_is_told(cli: Cli, config: Path) -> None:
    config.write_text('[report]\nfail-onn = "error"\n')
    for words in (["scan", QUIET], ["rules", "list"], ["config"]):
        ran = cli(*words)
        assert (ran.code, ran.out) == (2, "")
        assert (
            ran.err
            == f"{config}:2: [report] fail-onn: there is no such key\n  help: Did you mean 'fail-on'?\n"
        )
    plugin = cli("report", QUIET, "--status-line")
    assert plugin.code == 3
    assert plugin.out.startswith(f"LOGSCAN UNKNOWN - {config}:2: [report] fail-onn")


def test_help_and_version_and_completion_do_not_mind(
    cli: Cli, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("[nonsense")
    for words in (
        ["--help"],
        ["--version"],
        ["scan", "--help"],
        ["report", "-h"],
        ["rules", "lint", "--help"],
        ["completion", "bash"],
    ):
        assert cli(*words).code == 0, words
    assert "default: text" in cli("scan", "--help").out
    assert cli("config", "--template").code == 0
    monkeypatch.setenv("_LOGSCAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "logscan scan --form")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit) as end:
        cli()
    assert end.value.code == 0


def test_a_value_that_the_option_does_not_take_is_told_with_its_place(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    config.write_text(f'[common]\npatterns = ["{tmp_path}/none"]\n')
    ran = cli("scan", QUIET)
    assert ran.code == 2
    assert ran.err.startswith(f"{config}:2: [common] patterns: Directory '{tmp_path}/none' does not exist.\n")
    (tmp_path / "cards").mkdir()
    assert cli("scan", QUIET, "--tz", "UTC", "--patterns", tmp_path / "cards").code == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('tz = "Nowhere/X"', []),
        ('since = "whenever"', []),
        ('output = "/nonexistent/x"', []),
        ('since = "2026-11-24"', ["--until", "2026-11-23"]),
    ],
    ids=["tz", "since", "output", "window"],
)
def test_what_only_the_command_can_judge_is_told_with_its_place(
    cli: Cli, config: Path, line: str, words: list[str]
) -> None:
    config.write_text(f"[scan]\n{line}\n")
    ran = cli("scan", QUIET, *words)
    assert ran.code == 2
    assert f"(from {config}:2: [scan] {line.partition(' ')[0]})" in ran.err
    given = cli("--config", "", "scan", QUIET, "--tz", "Nowhere/X")
    assert "(from " not in given.err


def test_a_name_that_would_move_the_cursor_is_escaped(cli: Cli, config: Path) -> None:
    config.write_text('[scan]\n"\\u001b[2J" = 1\nlang = "\\u001b[31m"\n', encoding="utf-8")
    ran = cli("scan", QUIET)
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert "\\x1b[2J" in ran.err


def test_config_before_the_command(cli: Cli, config: Path) -> None:
    ran = cli("scan", "--config", config, QUIET)
    assert ran.code == 2
    assert "logscan --config FILE COMMAND" in ran.err
    assert cli("--config", config, "scan", QUIET, "--tz", "UTC").code == 0
    ran = cli("--config", f"{config}.none", "scan", QUIET)
    assert ran.code == 2
    assert "No such file" in ran.err


def test_a_file_that_everybody_may_write_stops_every_command(cli: Cli, config: Path) -> None:
    config.chmod(0o666)
    ran = cli("scan", QUIET)
    assert ran.code == 2
    assert "can be written by everybody" in ran.err


# --- what is shown ---------------------------------------------------------------------------------


def test_config_shows_what_the_files_say(cli: Cli, config: Path) -> None:
    config.write_text(
        '[common]\nlang = "zh"\n[report]\nonly-if = "problems"\npaths = ["/var/log/mail.log*"]\n'
    )
    ran = cli("config")
    assert ran.code == 0
    assert tomllib.loads(ran.out) == tomllib.loads(config.read_text())
    assert ran.out.startswith(f"# {config}: read\n")
    assert f"# {config}:4" in ran.out


def test_config_of_a_command_shows_all_its_options(cli: Cli, config: Path) -> None:
    config.write_text('[common]\nlang = "zh"\n[report]\nonly-if = "problems"\n')
    ran = cli("config", "report")
    assert tomllib.loads(ran.out) == {"report": {"only-if": "problems", "lang": "zh"}}
    assert re.search(r'^#period = "day" +# default$', ran.out, re.MULTILINE)
    assert cli("config", "rules", "lint").out == cli("config", "rules.lint").out
    wrong = cli("config", "nonsense")
    assert wrong.code == 2
    assert "rules.lint" in wrong.err


def test_without_files_it_says_so(cli: Cli) -> None:
    assert cli("--config", "", "config").out == "# no configuration file is read: that was asked for\n"


def test_a_shell_is_offered_the_tables(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_LOGSCAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "logscan config rules.l")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        cli()
    assert capsys.readouterr().out.split() == ["plain,rules.list", "plain,rules.lint"]


# --- the tree and the template are in step ---------------------------------------------------------


def leaves(group: click.Command, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    if not isinstance(group, click.Group):
        return {place: group}
    context = click.Context(group)
    found: dict[tuple[str, ...], click.Command] = {}
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        assert child is not None
        found |= leaves(child, (*place, name))
    return found


def test_every_option_of_every_command_has_a_key() -> None:
    tree = tree_of(command)
    for place, leaf in leaves(command).items():
        if place[0] in BARE:
            assert place not in tree
            continue
        options = [
            p for p in leaf.params if isinstance(p, click.Option) and not p.hidden and not isinstance(p, Act)
        ]
        wanted = {max(option.opts, key=len)[2:] for option in options}
        assert set(tree[place]) - {"paths"} == wanted, place
        assert ("paths" in tree[place]) == any(
            isinstance(p, click.Argument) and "PATH" in str(p.metavar) for p in leaf.params
        )
    assert {place[0] for place in tree} == {"common", *COMMANDS} - BARE
    assert "output" not in tree[("common",)]


def test_the_template_has_every_key_and_every_value_in_it_is_of_its_kind(cli: Cli, config: Path) -> None:
    template = cli("config", "--template").out
    config.write_text(template)
    assert cli("config").out.count("\n") == 1  # all of it is commented out
    config.write_text(re.sub(r"^#(?! )", "", template, flags=re.MULTILINE))
    shown = cli("config")
    assert shown.code == 0, shown.err
    stated = tomllib.loads(shown.out)
    for place, slots in tree_of(command).items():
        table = stated
        for name in place:
            table = table[name]
        common = stated["common"] if place != ("common",) else {}
        keys = {key for key in table if not isinstance(table[key], dict)}
        assert keys == set(slots) - set(common)
    for slots in tree_of(command).values():
        for slot in slots.values():
            assert slot.help or slot.choices, slot.key
