"""Configuration files on the command line: what stands there is a default, and the command line is stronger.

In: click's command tree and contexts. Out: values for options that were not given; which of two wishes is stronger.
Never: a second list of options: every key is made from click's own parameters; reads a file for --help or a Tab key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import click

from logscan.app.config.read import kept
from logscan.app.config.slots import COMMON, Kept, Place, Setting, Slot, Tree
from logscan.model.problems import ConfigError, Problem, UsageError

#: Commands that tell of logscan itself; nothing of them is kept in a file.
BARE: Final = frozenset({"completion", "config"})
#: How strong a wish is: given on the command line, or by nobody. A file's are between, by their ranks.
GIVEN: Final = 1_000_000
NOBODY: Final = -1

_KEPT: Final = "logscan.config.kept"
_TREE: Final = "logscan.config.tree"
_REFUSED: Final = "logscan.config.refused"


class Act(click.Option):
    """An option that does something once, and is no wish for every run: it has no place in a file."""


class Joint(click.Option):
    """An option that means the same for every command that has it: it may stand in [common]."""


#: Give a command such an option, as `click.option` does.
joint = partial(click.option, cls=Joint)


class Context(click.Context):
    """A context whose options fall back on the configuration files before their own defaults."""

    def get_help(self) -> str:
        # A file that does not hold must not take the help away.
        self.default_map = {}
        return super().get_help()

    def lookup_default(self, name: str, call: bool = True) -> Any:
        if self.default_map is None:
            self.default_map = self._standing()
        if name in refused(self):
            self.default_map.pop(name, None)
        elif name in self.default_map:
            self._convert(name, self.default_map[name])
        return super().lookup_default(name, call=call)  # type: ignore[call-overload]

    def _standing(self) -> dict[str, Any]:
        if self.resilient_parsing:
            return {}
        return {name: setting.value for name, setting in standing(self).items()}

    def _convert(self, name: str, value: Any) -> None:
        """Raise ConfigError, which says where it stands, for a value that the option does not take."""
        param = next(one for one in self.command.params if one.name == name)
        try:
            param.type_cast_value(self, value)
        except click.BadParameter as error:
            where, way_out = standing(self)[name].where, "Mend it, or say otherwise on the command line."
            raise ConfigError((Problem(where=where, reason=error.message, help=way_out),)) from error


# --- the tree ------------------------------------------------------------------------------------


def tree_of(root: click.Command) -> Tree:
    """Return what may stand in a file: a table for each command, and [common]."""
    tables: dict[Place, dict[str, Slot]] = {COMMON: {}}
    for place, command in _leaves(root, ()):
        pairs = (
            [] if place[0] in BARE else [(param, _slot(param)) for param in command.params if _stays(param)]
        )
        if pairs:
            tables[place] = {slot.key: slot for _, slot in pairs}
        for param, slot in pairs:
            if not isinstance(param, click.Option) or isinstance(param, Joint):
                tables[COMMON].setdefault(slot.key, slot)
    return tables


def _leaves(command: click.Command, place: Place) -> Iterator[tuple[Place, click.Command]]:
    if not isinstance(command, click.Group):
        yield place, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None:
            yield from _leaves(found, (*place, name))


def _stays(param: click.Parameter) -> bool:
    """Return whether a parameter may stand in a file."""
    if isinstance(param, click.Option):
        return not param.hidden and not isinstance(param, Act)
    return takes_paths(param)


def takes_paths(param: click.Parameter) -> bool:
    """Return whether this is the argument behind which logs are named."""
    return isinstance(param, click.Argument) and "PATH" in (param.metavar or "")


def key_of(option: click.Option) -> str:
    """Return how an option is called in a file: its long name."""
    return max(option.opts, key=len).lstrip("-")


def _slot(option: click.Parameter) -> Slot:
    if not isinstance(option, click.Option):
        text = "Read when no PATH is given."
        return Slot(key="paths", name="paths", kind="text", many=True, value="PATH", help=text)
    kind = option.type
    low = high = None
    choices: tuple[str, ...] = ()
    if option.is_flag:
        sort = "flag"
    elif option.count or isinstance(kind, click.types.IntParamType):
        sort = "whole"
    else:
        sort = "number" if isinstance(kind, click.types.FloatParamType) else "text"
    if isinstance(kind, click.IntRange | click.FloatRange):
        low, high = kind.min, kind.max
    if isinstance(kind, click.Choice):
        choices = tuple(map(str, kind.choices))
    return Slot(
        key=key_of(option), name=option.name or "", kind=sort, many=option.multiple or option.nargs != 1,  # type: ignore[arg-type]
        choices=choices, low=low, high=high, value=option.metavar or "|".join(choices),
        help=option.help or "", default=option.default if _told(option) else None,
    )  # fmt: skip


def _told(option: click.Option) -> bool:
    """Return whether a default is a value, and not click's sign for none."""
    return isinstance(option.default, str | int | float) and not option.is_flag


# --- what holds ----------------------------------------------------------------------------------


def tree(ctx: click.Context) -> Tree:
    """Return the tree of this program, made once."""
    if _TREE not in ctx.meta:
        ctx.meta[_TREE] = tree_of(ctx.find_root().command)
    made: Tree = ctx.meta[_TREE]
    return made


def configuration(ctx: click.Context) -> Kept:
    """Return what the files say, read once. Raises ConfigError."""
    if _KEPT not in ctx.meta:
        ctx.meta[_KEPT] = kept(os.environ, ctx.find_root().params.get("config"), lambda: tree(ctx))
    found: Kept = ctx.meta[_KEPT]
    return found


def standing(ctx: click.Context) -> dict[str, Setting]:
    """Return the files' settings of this context's command, by the names of its parameters."""
    place = place_of(ctx)
    if not place or place[0] in BARE:
        return {}
    known = configuration(ctx)
    return known.of(place, tree(ctx).get(place, {})) if known.settings else {}


def place_of(ctx: click.Context) -> Place:
    """Return how a context's command is called, without the program's name."""
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, ctx.info_name or "")
        ctx = ctx.parent
    return tuple(names)


def standing_paths(given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the PATHs that were given, else those of the files, else none."""
    setting = standing(click.get_current_context()).get("paths")
    return given or (tuple(setting.value) if setting is not None else ())


def strength(*names: str, ctx: click.Context | None = None) -> int:
    """Return how strong the strongest wish about these parameters is: GIVEN, a file's rank, or NOBODY."""
    context = ctx or click.get_current_context()
    return max(_strength(context, name) for name in names)


def _strength(ctx: click.Context, name: str) -> int:
    source = ctx.get_parameter_source(name)
    if source is click.core.ParameterSource.DEFAULT_MAP:
        return standing(ctx)[name].rank
    return NOBODY if source in (None, click.core.ParameterSource.DEFAULT) else GIVEN


def located(error: UsageError) -> UsageError:
    """Return the error with the places of what it names, an option or its value, where that stands in a file."""
    message, found = str(error), standing(click.get_current_context())
    options = set(re.findall(r"--([a-z][a-z-]*)", message))
    places = [
        setting.where
        for name, setting in found.items()
        if NOBODY < strength(name) < GIVEN and (setting.slot.key in options or _named(setting, message))
    ]
    return UsageError(f"{message} (from {'; '.join(places)})") if places else error


def _named(setting: Setting, message: str) -> bool:
    """Return whether a message speaks of a text that a file holds; a word of a list may stand there by chance."""
    value = setting.value
    return isinstance(value, str) and not setting.slot.choices and len(value) > 2 and value in message


# --- flags that a file has set ---------------------------------------------------------------------


def refused(ctx: click.Context) -> set[str]:
    """Return the flags that were taken back on the command line with --no-FLAG."""
    names: set[str] = ctx.meta.setdefault(_REFUSED, set())
    return names


def prepare(command: click.Command) -> None:
    """Let a command know of the files, and every flag of it be taken back: `--no-strict`."""
    if isinstance(command, click.Group) or command.context_class is Context:
        return
    command.context_class = Context
    taken = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    for param in list(command.params):
        if (
            isinstance(param, click.Option)
            and param.is_flag
            and not isinstance(param, Act)
            and not param.hidden
        ):
            negative = f"--no-{key_of(param)}"
            if negative not in taken:
                command.params.append(_negative(negative, param.name or ""))


def _negative(name: str, flag: str) -> click.Option:
    def refuse(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            refused(ctx).add(flag)

    callback: Callable[..., Any] = refuse
    return click.Option(
        [name, f"no_{flag}_"], is_flag=True, hidden=True, expose_value=False, is_eager=True, callback=callback
    )
