"""TOML tables beside the cards, checked against a schema: for tables that are not cards.

In: folders, the name of a schema beside this file. Out: tables with the file that each came from.
Never: half a folder: every problem is told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from logscan.model.problems import PackError, Problem
from logscan.packs import cache as json_cache
from logscan.packs.load import read_table


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # noqa: PLC0415  half as heavy as all the rest

    return Draft202012Validator(json.loads(_schema_file(schema).read_text(encoding="utf-8")))


def tables(roots: Iterable[Path], folder: str, schema: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return (file, table) for every TOML file in `folder` below the roots, sorted within each root.

    Raises PackError with everything that is wrong with any of them.
    """
    found: list[tuple[Path, dict[str, Any]]] = []
    problems: list[Problem] = []
    for root in (each / folder for each in roots):
        files = sorted(root.glob("*.toml"))
        # What was once found right, by this schema, needs no second look: a scan asks for these too.
        known = [*files, _schema_file(schema)]
        try:
            read = json_cache.through(root, known, partial(_read, schema=schema))
        except PackError as error:
            problems += error.problems
            continue
        found += [(path, read[path.name]) for path in files]
    if problems:
        raise PackError(tuple(problems))
    return found


def _schema_file(schema: str) -> Path:
    return Path(__file__).with_name(schema)


def _read(root: Path, *, schema: str) -> dict[str, Any]:
    """Return the tables of one folder by their files' names. Raises PackError."""
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for path in sorted(root.glob("*.toml")):
        table = read_table(path)
        if isinstance(table, Problem):
            problems.append(table)
            continue
        wrong = sorted(_validator(schema).iter_errors(table), key=lambda e: [str(p) for p in e.absolute_path])
        problems += (
            Problem(
                where=f"{path}: {'.'.join(map(str, error.absolute_path)) or '(top)'}",
                reason=error.message,
                help=f"see logscan/packs/{schema}",
            )
            for error in wrong
        )
        read[path.name] = table
    if problems:
        raise PackError(tuple(problems))
    return read
