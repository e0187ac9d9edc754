"""logscan(1) is in step with the command tree, and roff has nothing to say against it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "man" / "logscan.1"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    place = ROOT / "docs" / "man" / "make.py"
    spec = importlib.util.spec_from_file_location("docs_man_make", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, spec.name, module)  # dataclasses look there
        spec.loader.exec_module(module)
    return module


def read(page: str) -> str:
    """Return the words of the page, without what is meant for roff."""
    text = re.sub(r"\\f[BIR]", "", page)
    for sign, means in (
        (r"\-", "-"),
        (r"\(aq", "'"),
        (r"\(dq", '"'),
        (r"\(ti", "~"),
        (r"\&", ""),
        (r"\e", "\\"),
    ):
        text = text.replace(sign, means)
    return " ".join(text.split())


def test_it_is_what_the_command_tree_makes(make: ModuleType, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--bless"):
        PAGE.write_text(make.page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == make.page()


def test_every_command_every_option_and_every_help_is_there(make: ModuleType) -> None:
    page = PAGE.read_text(encoding="utf-8")
    words = read(page)
    nodes = list(make.leaves(make.root, "logscan"))
    assert {node.call for node in nodes} >= {"logscan scan", "logscan rules show", "logscan completion"}
    for node in nodes:
        section = read(page.partition(f"\n.SS {node.call}\n")[2].partition("\n.S")[0])
        for option in node.options:
            assert make.names_of(option)[-1] in section
            assert " ".join((option.help or "").replace("`", "").split()) in words
            assert ", ".join(make.names_of(option)) in words


def test_the_program_s_own_options_are_there(make: ModuleType) -> None:
    section = read(PAGE.read_text(encoding="utf-8").partition("\n.SH OPTIONS\n")[2].partition("\n.SH ")[0])
    assert [option.opts[-1] for option in make.before_the_command()] == ["--version", "--config", "--help"]
    for word in ("--version", "--config", "--help", "/etc/logscan.toml"):
        assert word in section


def test_every_exit_code_is_there(make: ModuleType) -> None:
    from logscan.cli.exits import Exit  # noqa: PLC0415

    assert {int(code) for code, _ in make.EXITS} == {int(code) for code in Exit}


def test_examples_are_commands_that_there_are(make: ModuleType) -> None:
    calls = {node.call.split()[1] for node in make.leaves(make.root, "logscan")}
    for example, _ in make.EXAMPLES:
        found = re.search(r"logscan (\w+)", example)
        assert found is not None
        assert found[1] in calls


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (".TH gone", r"\&.TH gone"),
        ("'br", r"\(aqbr"),
        (r"a\fBb", r"a\efBb"),
        ("`-v` and --since", r"\fB\-v\fR and \fB\-\-since\fR"),
        ("well-known\nx", r"well\-known x"),
    ],
)
def test_no_text_is_a_command_to_roff(make: ModuleType, text: str, wanted: str) -> None:
    assert make.roff(text) == wanted


def test_a_folded_line_does_not_begin_with_a_dot(make: ModuleType) -> None:
    lines = list(make.folded(["x" * 77 + " ...and more", ".nf", "y" * 90, ".fi"]))
    assert lines == ["x" * 77, r"\&...and more", ".nf", "y" * 90, ".fi"]


def test_mandoc_has_no_complaint() -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed (Debian: apt-get install mandoc)")
    done = subprocess.run(["mandoc", "-Tlint", PAGE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_man_has_no_complaint_and_shows_it() -> None:
    if shutil.which("man") is None:
        pytest.skip("man is not installed (Debian: apt-get install man-db)")
    done = subprocess.run(
        ["man", "--warnings", "-l", PAGE],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100", "MANPAGER": "cat"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not done.stderr
    assert "find out what is wrong with mail or webmail" in " ".join(done.stdout.split())
