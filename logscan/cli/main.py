"""The command `logscan`: a lazy group; a command's module is imported when it is called.

In: the command line. Out: an exit code. Never: imports Polars, pandas, matplotlib or rich for `--help`.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from logscan.cli.exits import ClosedPipe, guarded
from logscan.model.version import __version__

#: name -> (module that has `command`, one line for the list of commands).
COMMANDS = {
    "scan": ("logscan.cli.scan", "Find, explain and prove what is wrong."),
    "flow": ("logscan.cli.flow", "Count mail by hour, day, name and cause."),
    "events": ("logscan.cli.events", "Print the normalised events."),
    "trace": ("logscan.cli.trace", "Tell the way of one mail, or of all mail of an address."),
    "bounces": ("logscan.cli.bounces", "Tell what failed or waits, why, and how far it reaches."),
    "explain": ("logscan.cli.explain", "Explain a pasted line, reply or status code."),
    "report": ("logscan.cli.report", "Tell of yesterday: the verdict, what changed, what to do."),
    "outages": ("logscan.cli.outages", "Tell when a service failed, its rhythm, cause and cure."),
    "redact": ("logscan.cli.redact", "Print the same lines with pseudonyms, fit for a forum."),
    "config": ("logscan.cli.config", "Show what the configuration files say, and what may stand there."),
    "completion": ("logscan.cli.completion", "Print the script that makes a shell complete words."),
    "rules": ("logscan.cli.rules.group", "List, show, check and draft rule cards."),
}

#: Polars' allocator (jemalloc) gives every thread an arena of its own and hands freed pages back to the
#: kernel by arena; two arenas keep the pages of one block for the next (docs/adr/0014).
ALLOCATOR = ("_RJEM_MALLOC_CONF", "narenas:2")


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps without importing them."""

    def __init__(self, *args: object, lazy: Mapping[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, summary = self._lazy[cmd_name]
        command: click.Command = importlib.import_module(module).command
        command.short_help = summary  # shells show it beside the name
        from logscan.cli.configured import prepare  # noqa: PLC0415  the list of commands needs no file

        prepare(command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ClosedPipe from error
        except click.NoSuchOption as error:
            if error.option_name == "--config":
                way_out = "--config stands before the command: logscan --config FILE COMMAND"
                raise click.UsageError(way_out, error.ctx) from error
            raise
        except SystemExit as exit_:
            if isinstance(exit_.__context__, BrokenPipeError):
                raise ClosedPipe from exit_
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self._lazy.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._lazy and not name.startswith("-"):
            import difflib  # noqa: PLC0415

            near = difflib.get_close_matches(name, self._lazy, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(self._lazy)}."
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option(
    "--config", metavar="FILE", type=click.Path(),
    help="Read this configuration file and no other; '' reads none [default: /etc/logscan.toml, then ~/.config/logscan.toml].",
)  # fmt: skip
def command(config: str | None) -> None:
    """Find out what is wrong with mail or webmail from the servers' logs.

    Start with `logscan scan /var/log`, or paste a refusal: `logscan explain "550 5.7.26 ..."`.
    """


def main() -> None:
    """Run the command line and exit."""
    os.environ.setdefault(*ALLOCATOR)
    sys.exit(guarded(command))
