"""Wishes for a report that exclude each other: the stronger one holds, and only equals are an error.

In: a context whose options are parsed. Out: the same, of which the weaker wishes are taken out.
Never: blames the command line for what stands in a file.
"""

from __future__ import annotations

import click

from logscan.cli.configured import NOBODY, strength


def settle(ctx: click.Context) -> click.Context:
    """Take out of a report's options what a stronger wish excludes. Raises click.UsageError for equal ones."""
    _period(ctx)
    if ctx.params.get("status_line"):
        _one_line(ctx)
    return ctx


def _period(ctx: click.Context) -> None:
    """A window of one's own, or a date and a length."""
    if not (ctx.params.get("since") or ctx.params.get("until")):
        return
    window, calendar = strength("since", "until", ctx=ctx), strength("date", "length", ctx=ctx)
    if window == calendar:
        raise click.UsageError(
            "--since and --until are a period of their own: leave --date and --period out.", ctx
        )
    if calendar > window:
        ctx.params.update(since=None, until=None)
    elif calendar > NOBODY:
        ctx.params.update(date=None, length="day")


def _one_line(ctx: click.Context) -> None:
    """A plugin's line is text on standard output, always."""
    wish = strength("status_line", ctx=ctx)
    others = [name for name, rest in (("form", "text"), ("only_if", None)) if ctx.params.get(name) != rest]
    against = strength(*others, ctx=ctx) if others else NOBODY
    if against == wish:
        raise click.UsageError(
            "--status-line is one line of text, always: leave --format and --only-if out.", ctx
        )
    if against > wish:
        ctx.params["status_line"] = False
        return
    ctx.params.update(form="text", only_if=None)
    if strength("output", ctx=ctx) < wish:
        ctx.params["output"] = None
