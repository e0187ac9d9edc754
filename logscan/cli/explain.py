"""`logscan explain`: what a pasted line, reply or code means."""

from __future__ import annotations

import click

from logscan.cli.exits import Exit
from logscan.cli.options import Common, shared


@click.command("explain")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@shared(window=False)
def command(texts: tuple[str, ...], form: str, common: Common) -> int:
    """Explain TEXT: a whole log line, an SMTP reply, or a status code such as 5.7.26.

    `-` reads one per line from standard input, and so does no TEXT in a pipe.
    """
    import sys  # noqa: PLC0415

    from logscan.app.drawing import draw_explained  # noqa: PLC0415
    from logscan.cli.output import opened  # noqa: PLC0415
    from logscan.pipeline.explain import explain  # noqa: PLC0415

    if not texts and sys.stdin.isatty():
        raise click.UsageError("Give a line or a reply to explain, or `-` to read them.")
    given: list[str] = []
    for text in texts or ("-",):
        if text == "-":
            given += sys.stdin.buffer.read().decode("utf-8", "replace").split("\n")
        else:
            given.append(text)
    given = [text.rstrip("\r") for text in given]
    lines = [text for text in given if text.strip()]
    if not lines:
        raise click.UsageError("There is nothing to explain.")
    results = explain(lines, lang=common.language, patterns=common.patterns)
    with opened(common) as stream:
        draw_explained(results, stream, common.look(form))
    return Exit.DONE if any(result.explanation or result.understood for result in results) else Exit.NOTHING
