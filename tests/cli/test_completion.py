"""Completion: the same words in bash, zsh and fish, asked of the real shells with the real program behind them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logscan.cli.main import COMMANDS
from tests.cli.conftest import ROOT, Cli

SHELLS = ("bash", "zsh", "fish")

#: What each shell runs after it has read the script; `words` is the unfinished command line.
ASK = {
    # What `complete -F` calls, as bash calls it.
    "bash": """
        read -ra COMP_WORDS <<< {words}; [[ {words} == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        compopt() {{ echo "compopt $*"; }}
        complete -p logscan > /dev/null && _logscan_completion logscan
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    # The builtins of a completion exist only while one is running.
    "zsh": """
        words=({words_as_list}); CURRENT=${{#words}}
        compadd() {{ print -rl -- ${{(P)@[-1]}}; }}
        _describe() {{ print -rl -- ${{${{(P)3}}%%:*}}; }}
        _path_files() {{ echo "compopt -o default"; }}
        _logscan_completion
    """,
    "fish": "complete -C {words} | string replace --regex '\\t.*' ''",
}

Ask = Callable[[str, str], list[str]]


@pytest.fixture
def ask(cli: Cli, tmp_path: Path) -> Ask:
    """Return a function that asks a shell what could stand at the end of a command line."""
    program = tmp_path / "bin" / "logscan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m logscan "$@"\n')
    program.chmod(0o755)

    def ask(shell: str, words: str) -> list[str]:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed (Debian: apt-get install {shell})")
        script = cli("completion", shell).out
        as_list = " ".join(shlex.quote(word) for word in words.split(" "))
        question = ASK[shell].format(words=shlex.quote(words), words_as_list=as_list)
        before = "compdef() { : }\n" if shell == "zsh" else ""
        done = subprocess.run(
            [shell, *(["-f"] if shell == "zsh" else []), "-c", f"{before}{script}\n{question}"],
            env={"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not done.stderr, done.stderr
        return done.stdout.split()

    return ask


@pytest.mark.parametrize("shell", SHELLS)
def test_commands(ask: Ask, shell: str) -> None:
    assert sorted(ask(shell, "logscan ")) == sorted(COMMANDS)
    assert ask(shell, "logscan ev") == ["events"]


@pytest.mark.parametrize("shell", SHELLS)
def test_options_and_their_values(ask: Ask, shell: str) -> None:
    assert ask(shell, "logscan scan --fo") == ["--format"]
    forms = ["text", "json", "html", "markdown"]
    # fish has an order of its own
    assert ask(shell, "logscan scan --format ") == (sorted(forms) if shell == "fish" else forms)
    assert ask(shell, "logscan scan --tz Asia/Shan") == ["Asia/Shanghai"]


@pytest.mark.parametrize("shell", SHELLS)
def test_ids_of_cards(ask: Ask, shell: str) -> None:
    known = "postfix.smtp.no-reverse-dns"
    assert ask(shell, f"logscan rules show {known[:-2]}") == [known]
    assert ask(shell, f"logscan rules test {known[:-2]}") == [known]
    assert ask(shell, f"logscan rules show {known} {known[:-2]}") == []


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("words", ["logscan scan /v", "logscan events /v", "logscan scan -o /v"])
def test_files_are_left_to_the_shell(ask: Ask, shell: str, words: str) -> None:
    assert " ".join(ask(shell, words)) == "compopt -o default"


def test_files_in_fish(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "maillog.1").touch()
    assert ask("fish", "logscan scan maill") == ["maillog.1"]


# --- without a shell -----------------------------------------------------------------------------


def test_a_site_s_cards_are_offered_too_but_no_name_that_a_shell_would_act_on(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("site/mine.toml", "site/$(reboot).toml", "site/a b.toml", "site/c\nd.toml", "texts/no.toml"):
        place = tmp_path / "pack" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    words = f"logscan rules show --patterns {tmp_path / 'pack'} site"
    monkeypatch.setenv("_LOGSCAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    with pytest.raises(SystemExit) as end:
        cli()
    assert end.value.code == 0
    assert capsys.readouterr().out == "plain,site.mine\n"


def test_the_script_is_click_s_own(cli: Cli) -> None:
    for shell in SHELLS:
        ran = cli("completion", shell)
        assert ran.code == 0
        assert f"_LOGSCAN_COMPLETE={shell}_complete" in ran.out
    assert cli("completion", "tcsh").code == 2
    assert "bash" in cli("completion").err
