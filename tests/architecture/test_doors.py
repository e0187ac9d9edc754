"""Text reaches a terminal through one door, reports/paper.py, which escapes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "logscan"

#: Where writing on a stream is allowed, and why.
DOORS = {
    "reports/paper.py",  # the door: everything goes through model.safety.escape
    "cli/exits.py",  # messages of last resort, escaped there
    "cli/completion.py",  # click's own fixed scripts, printed without rich: a shell may wait for them
}
WRITERS = {"print", "echo", "secho", "style"}


def writes(tree: ast.AST) -> Iterator[str]:
    """Yield every call that writes on a stream without asking the door."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        last = name.rsplit(".", 1)[-1]
        if last in WRITERS or name.endswith(("stdout.write", "stderr.write", "stream.write", "file.write")):
            yield f"{node.lineno}: {name}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_printed_around_the_door(path: Path) -> None:
    if str(path.relative_to(PACKAGE)) in DOORS:
        return
    assert not list(writes(ast.parse(path.read_text(encoding="utf-8"))))


def test_the_search_finds_what_it_looks_for() -> None:
    source = "import sys, click\nprint(x)\nsys.stdout.write(x)\nclick.echo(x)\nconsole.print(x)\n"
    assert len(list(writes(ast.parse(source)))) == 4


def raw_writers() -> Iterator[str]:
    """Yield the modules that hand `Paper.raw` text that they made safe themselves."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        if any(ast.unparse(call.func).endswith("paper.raw") for call in calls):
            yield str(path.relative_to(PACKAGE))


def test_only_forms_with_an_escape_of_their_own_write_raw() -> None:
    assert set(raw_writers()) <= {
        "app/drawing.py",
        "reports/cards.py",
        "reports/redacted.py",
        "reports/tables.py",
        "reports/traced.py",
    }
