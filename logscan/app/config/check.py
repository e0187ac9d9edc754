"""Does a configuration file hold? All that is wrong at once, with its line and the nearest right name.

In: TOML text, and the tree of what may stand in it. Out: settings, or every problem.
Never: asks whether a folder or a zone is there: that is the command's business, when it is called.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from logscan.app.config.lines import lines_of
from logscan.app.config.slots import COMMON, Place, Setting, Slot, Tree
from logscan.model.problems import ConfigError, Problem


def settings_in(text: str, tree: Tree, file: str) -> tuple[Setting, ...]:
    """Return what stands in `text`, as it stands there. file: its name, for messages. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        way_out = 'Texts stand between quotes, lists between [ and ]: since = "-24h".'
        raise ConfigError((Problem(where=file, reason=f"is no TOML: {error}", help=way_out),)) from error
    reader = _Reader(tree, file, lines_of(text))
    reader.table((), document)
    if reader.problems:
        raise ConfigError(tuple(reader.problems))
    return tuple(reader.settings)


class _Reader:
    def __init__(self, tree: Tree, file: str, lines: Mapping[Place, int]) -> None:
        self._tree, self._file, self._lines = tree, file, lines
        self.settings: list[Setting] = []
        self.problems: list[Problem] = []

    def table(self, place: Place, content: Mapping[str, Any]) -> None:
        slots = self._tree.get(place, {})
        below = {
            one[len(place)]: None
            for one in self._tree
            if len(one) > len(place) and one[: len(place)] == place
        }
        for key, value in content.items():
            if key in slots:
                self._value(place, slots[key], value)
            elif key in below and isinstance(value, dict):
                self.table((*place, key), value)
            elif key in below:
                self._wrong(
                    place, key, "must be a table", f"Write [{'.'.join((*place, key))}] on a line of its own."
                )
            else:
                what = "table" if isinstance(value, dict) else "key"
                self._wrong(
                    place, key, f"there is no such {what}", self._instead(place, key, [*slots, *below])
                )

    def _value(self, place: Place, slot: Slot, value: Any) -> None:
        try:
            taken = taken_from(slot, value)
        except ValueError as error:
            self._wrong(place, slot.key, str(error), example(slot))
            return
        line = self._lines.get((*place, slot.key))
        self.settings.append(Setting(slot=slot, table=place, value=taken, file=self._file, line=line))

    def _wrong(self, place: Place, key: str, reason: str, way_out: str) -> None:
        line = self._lines.get((*place, key))
        where = self._file if line is None else f"{self._file}:{line}"
        table = f"[{'.'.join(place)}] " if place else ""
        self.problems.append(Problem(where=where, reason=f"{table}{key}: {reason}", help=way_out))

    def _instead(self, place: Place, key: str, known: list[str]) -> str:
        near = difflib.get_close_matches(key.lower().replace("_", "-"), known, n=1)
        if near:
            return f"Did you mean {near[0]!r}?"
        homes = [f"[{'.'.join(one)}]" for one, slots in self._tree.items() if key in slots and one != place]
        if homes:
            return f"It is a key of {', '.join(homes)}."
        what = "Here stand" if place else "There are"
        return f"{what}: {', '.join(known)}."


def taken_from(slot: Slot, value: Any) -> Any:
    """Return `value` as the command takes it. Raises ValueError, whose message says what it must be."""
    if not slot.many:
        return _one(slot, value)
    if not isinstance(value, list):
        raise ValueError(f"must be a list of {_NOUNS[slot.kind]}s, not {_said(value)}")  # noqa: TRY004  one kind of error for all
    return [_one(slot, item) for item in value]


_NOUNS = {"flag": "true or false", "whole": "whole number", "number": "number", "text": "text"}


def _one(slot: Slot, value: Any) -> Any:
    if slot.kind == "text" and isinstance(value, dt.date | dt.time):  # a datetime is a date
        value = value.isoformat()
    if not _fits(slot, value):
        article = "" if slot.kind == "flag" else "a "
        raise ValueError(f"must be {article}{_NOUNS[slot.kind]}, not {_said(value)}")
    if slot.choices and value not in slot.choices:
        near = difflib.get_close_matches(value, slot.choices, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"must be one of {', '.join(slot.choices)}, not {value!r}{hint}")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("must not hold a character NUL")
    _range(slot, value)
    return value


def _fits(slot: Slot, value: Any) -> bool:
    if slot.kind == "flag" or isinstance(value, bool):
        return slot.kind == "flag" and isinstance(value, bool)
    if slot.kind == "whole":
        return isinstance(value, int)
    if slot.kind == "number":
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, str)


def _range(slot: Slot, value: Any) -> None:
    if slot.low is not None and value < slot.low:
        raise ValueError(f"must be at least {slot.low}, not {value}")
    if slot.high is not None and value > slot.high:
        raise ValueError(f"must be at most {slot.high}, not {value}")


def _said(value: Any) -> str:
    """Return what a TOML value is, in a person's words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def example(slot: Slot) -> str:
    """Return a line that would hold."""
    samples = {"flag": "true", "whole": f"{slot.low or 1:.0f}", "number": f"{slot.low or 1:g}"}
    quoted = f'"{slot.choices[0] if slot.choices else "..."}"'
    sample = samples.get(slot.kind, quoted)
    return f"For instance: {slot.key} = {f'[{sample}]' if slot.many else sample}"


def together(layers: Iterable[Iterable[Setting]]) -> Iterator[Setting]:
    """Yield the settings of all files, the weakest first, with their ranks.

    In a file, a command's table is stronger than [common]; of two files, the later one is.
    """
    for number, layer in enumerate(layers):
        for special in (False, True):
            for setting in layer:
                if (setting.table != COMMON) is special:
                    yield Setting(
                        slot=setting.slot, table=setting.table, value=setting.value,
                        file=setting.file, line=setting.line, rank=2 * number + special,
                    )  # fmt: skip
