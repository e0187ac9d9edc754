"""Settings and slots as TOML: the settings that hold, and a template of all that may stand in a file.

In: settings, the tree. Out: lines of TOML that every reader takes. Never: a character that a terminal would act on.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from logscan.app.config.slots import COMMON, Kept, Place, Slot, Tree
from logscan.model.safety import escape

WIDTH: Final = 100


def value_of(value: Any) -> str:
    r"""Return a value as TOML, on one line.

    >>> print(value_of(["a\tb", True, 1]))
    ["a\tb", true, 1]
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_of, value))}]"
    if not isinstance(value, str):
        return str(value)
    return "".join(map(_visible, json.dumps(value, ensure_ascii=False)))


def _visible(character: str) -> str:
    if escape(character) == character:
        return character
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def looked(kept: Kept) -> Iterator[str]:
    """Yield which files were looked for, and which are there."""
    if not kept.looked:
        yield "# no configuration file is read: that was asked for"
    for path in kept.looked:
        yield f"# {path}: {'read' if path in kept.read else 'not there'}"


def stated(kept: Kept) -> Iterator[str]:
    """Yield what stands in the files, the strongest of each key, each with its place."""
    strongest = {(setting.table, setting.slot.key): setting for setting in kept.settings}
    for place in dict.fromkeys(table for table, _ in strongest):
        yield from ("", header(place))
        rows = [one for (table, _), one in strongest.items() if table == place]
        yield from beside((f"{one.slot.key} = {value_of(one.value)}", one.at) for one in rows)


def holding(kept: Kept, place: Place, slots: Mapping[str, Slot]) -> Iterator[str]:
    """Yield every option of a command: what holds, and who said so; a comment where no file did."""
    found = kept.of(place, slots)
    rows = []
    for slot in slots.values():
        setting = found.get(slot.name)
        if setting is not None:
            common = "" if setting.table == place else f", {header(setting.table)}"
            rows.append((f"{slot.key} = {value_of(setting.value)}", f"{setting.at}{common}"))
        elif slot.default is None:
            rows.append((f"#{slot.key}", "not set"))
        else:
            rows.append((f"#{slot.key} = {value_of(slot.default)}", "default"))
    yield from ("", header(place), *beside(rows))


def header(place: Place) -> str:
    """Return the line that begins a table."""
    return f"[{'.'.join(place)}]"


def beside(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield lines with a remark each, all remarks below each other."""
    kept = list(rows)
    width = min(max((len(said) for said, _ in kept), default=0), 40)
    yield from (f"{said:<{width}}  # {remark}" for said, remark in kept)


def template(tree: Tree) -> Iterator[str]:
    """Yield a file in which every option stands as a comment, with what it does; [common] says the shared ones once."""
    yield from _prose(
        "The configuration of logscan: every option of every command. This file may be /etc/logscan.toml, for all users, or"
        " ~/.config/logscan.toml, for one. Take the # away before what shall hold. The command line is stronger than a"
        " file, the user's file than the system's, a command's table than [common]. `logscan config` shows what holds."
    )
    for place, slots in tree.items():
        common = tree[COMMON] if place != COMMON else {}
        own = [slot for key, slot in slots.items() if key not in common]
        shared = [key for key in slots if key in common]
        yield from ("", header(place))
        if place == COMMON:
            yield from _prose(
                "For every command that has the option. Each may stand in a command's own table, too."
            )
        for slot in own:
            yield from _described(slot)
        if shared:
            yield from _prose(f"As in [common]: {', '.join(shared)}.")


def _described(slot: Slot) -> Iterator[str]:
    choices = f" One of: {', '.join(slot.choices)}." if slot.choices else ""
    yield from _prose(f"{slot.help.rstrip()}{choices}".strip() or "No help.")
    yield f"#{slot.key} = {sample(slot)}"


def sample(slot: Slot) -> str:
    """Return the default, else something of the right kind, as TOML."""
    if slot.default is not None:
        return value_of(slot.default)
    one: Any = {"flag": True, "whole": slot.low or 1, "number": slot.low or 1.0}.get(slot.kind)
    if one is None:
        one = slot.choices[0] if slot.choices else slot.value or "..."
    return value_of([one] if slot.many else one)


def _prose(text: str) -> Iterator[str]:
    for line in textwrap.wrap(
        " ".join(text.split()), WIDTH - 2, break_long_words=False, break_on_hyphens=False
    ):
        yield f"# {line}"
