"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from logscan.cli.main import COMMANDS, command
from logscan.cli.options import Common, language_of, shared
from logscan.model.vocabulary import LANGUAGES, Severity


def asked(*arguments: str, window: bool = True) -> Common:
    """Return what a command gets of its shared options; raise what click says of a wrong one."""
    got: list[Common] = []

    @click.command()
    @shared(window=window)
    def probe(common: Common) -> None:
        got.append(common)

    probe.main(list(arguments), standalone_mode=False)
    return got[0]


def refused(*arguments: str) -> str:
    with pytest.raises(click.UsageError) as caught:
        asked(*arguments)
    return caught.value.format_message()


def test_who_says_nothing_gets_the_defaults() -> None:
    assert asked() == Common()
    assert asked(window=False) == Common()


def test_every_option_arrives_as_it_was_written(tmp_path: Path) -> None:
    made = asked(
        "--since", "yesterday", "--until", "-1h", "--tz", "+08:00", "--year", "2024", "--now", "2026-11-24", "--jobs", "3",
        "--strict", "-v", "--lang", "zh", "--patterns", str(tmp_path), "--patterns", ".", "--color", "never", "-o", "x.txt", "-q",
    )  # fmt: skip
    assert made == Common(
        since="yesterday",
        until="-1h",
        tz="+08:00",
        year=2024,
        now="2026-11-24",
        jobs=3,
        strict=True,
        verbose=True,
        lang="zh",
        patterns=(str(tmp_path), "."),
        color="never",
        output="x.txt",
        quiet=True,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--year", "26"), "1970<=x<=9999"),
        (("--year", "soon"), "not a valid int"),
        (("--jobs", "0"), "1<=x<=64"),
        (("--lang", "fr"), "'fr' is not one of 'en', 'zh'"),
        (("--color", "pink"), "'pink' is not one of"),
        (("--patterns", "/nowhere/at/all"), "does not exist"),
        (("--sicne", "now"), "No such option"),
        (("--since",), "requires an argument"),
    ],
    ids=["year", "no year", "jobs", "lang", "color", "patterns", "misspelt", "without value"],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_a_command_without_logs_has_no_window() -> None:
    with pytest.raises(click.NoSuchOption):
        asked("--since", "now", window=False)
    assert asked("--lang", "zh", window=False).lang == "zh"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "ZH_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "en_US"}, "en"),
        ({"LANG": "C", "LC_ALL": "", "LC_MESSAGES": "zh"}, "zh"),
    ],
    ids=str,
)
def test_the_language_is_that_of_the_locale(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


def test_the_option_wins_against_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert Common().language == "zh"
    assert Common(lang="en").language == "en"
    assert {"zh", "en"} == set(LANGUAGES)


# --- the commands as they are --------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), prog_name="logscan")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_says_its_options(name: str) -> None:
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert "Usage: logscan" in shown.output
    assert all(len(line) <= 100 for line in shown.output.splitlines())


def options(name: str) -> dict[str, click.Parameter]:
    found: Any = command.get_command(click.Context(command), name)
    return {parameter.name: parameter for parameter in found.params}


@pytest.mark.parametrize("name", ["scan", "events", "flow"])
def test_commands_that_read_logs_have_all_of_them(name: str) -> None:
    assert set(Common.__dataclass_fields__) - {"fail_on"} <= set(options(name))


@pytest.mark.parametrize("name", ["scan", "events", "explain", "flow"])
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in options(name).values():
        if isinstance(parameter, click.Option) and parameter.name != "form" and not parameter.hidden:
            assert parameter.help, parameter.name


def test_fail_on_takes_every_severity() -> None:
    choice: Any = options("scan")["fail_on"].type
    assert list(choice.choices) == [severity.value for severity in Severity]


@pytest.mark.parametrize("build", [shared, lambda: shared(window=False)], ids=["window", "none"])
def test_a_commands_own_words_are_not_lost(build: Callable[[], Callable[..., Any]]) -> None:
    @build()
    def probe(common: Common) -> None:
        """Say something."""

    assert probe.__doc__ == "Say something."
    assert probe.__name__ == "probe"
