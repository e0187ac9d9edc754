"""What may stand in a configuration file, told by whoever knows the commands, and what stood there.

In: nothing. Out: the nouns of this room. Never: a list of options: the command tree has the only one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

#: The table whose keys hold for every command that has them.
COMMON: Final = ("common",)

#: Where a command stands: ("report",), ("rules", "lint").
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One key of a table.

    key: as it is written in the file. name: what the command calls it. many: a list of `kind`. choices: all that it may
    be, when it is not empty. low, high: of a number, both included. value: how its value is named in a help. default:
    what holds when nobody says anything, None for nothing.
    """

    key: str
    name: str
    kind: Literal["flag", "whole", "number", "text"]
    many: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    value: str = ""
    help: str = ""
    default: Any = None


#: Tables, in the order of the commands, and the keys of each.
Tree = Mapping[Place, Mapping[str, Slot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value that stood in a file. line: counted from 1, None where it could not be told. rank: higher is stronger."""

    slot: Slot
    table: Place
    value: Any
    file: str
    line: int | None
    rank: int = 0

    @property
    def at(self) -> str:
        """The file, and its line where that could be told."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def where(self) -> str:
        """The place for a person: file, line, table and key."""
        return f"{self.at}: [{'.'.join(self.table)}] {self.slot.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the files say. looked: every file that was looked for, the weakest first. read: those that are there."""

    looked: tuple[Path, ...] = ()
    read: tuple[Path, ...] = ()
    settings: tuple[Setting, ...] = field(default=())

    def of(self, place: Place, slots: Mapping[str, Slot]) -> dict[str, Setting]:
        """Return what holds for the command at `place`, by the command's own names of `slots`."""
        found: dict[str, Setting] = {}
        for setting in self.settings:  # the weakest first
            slot = slots.get(setting.slot.key)
            if slot is not None and setting.table in (COMMON, place):
                found[slot.name] = setting
        return found
