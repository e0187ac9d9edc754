"""What a shell is offered for an unfinished word that click cannot know: files, cards, zones.

In: click's context, and the beginning of a word. Out: words to choose from.
Never: imports Polars, rich or a card's text: this runs while somebody waits for the Tab key.
"""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

#: What a shell can take as it is. A site's card may have any name.
_WORD = re.compile(r"[\w.+/-]+", re.ASCII)


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Have the shell complete names of files itself; it knows about `~`, quotes and blanks."""
    return [CompletionItem(incomplete, type="file")]


def cards(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of cards, told by the names of their files, those of `--patterns` too."""
    from pathlib import Path  # noqa: PLC0415

    from logscan.packs.load import card_files, identity  # noqa: PLC0415
    from logscan.packs.locate import folders  # noqa: PLC0415

    roots = folders(ctx.params.get("patterns") or ())
    ids = {identity(root, path) for root in map(Path, roots) for path in card_files(root)}
    return _matching(ids - set(ctx.params.get(param.name or "") or ()), incomplete)


def zones(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Offer the names of time zones."""
    from zoneinfo import available_timezones  # noqa: PLC0415

    return _matching(available_timezones(), incomplete)


def _matching(words: set[str], incomplete: str) -> list[CompletionItem]:
    fit = (word for word in sorted(words) if word.startswith(incomplete) and _WORD.fullmatch(word))
    return [CompletionItem(word) for word in fit]
