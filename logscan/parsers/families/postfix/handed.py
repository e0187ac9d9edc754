"""Which deliveries may be no delivery at all, because what took the mail is a content filter and gives it back?

In: delivery lines. Out: the way in which they were handed over, and the queue ID that the reply names as the next.
Never: says that mail came back: only a line of the mail that did says so.

    loop     to a server on this very machine
    pipe     to a program, by pipe(8)
    named    to another server whose reply names a queue ID: it may be another Postfix of this machine
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.grammar import ID

#: A filter repeats the answer of the server behind it: the last one counts.
_QUEUED_AS: Final = rf"(?s)^.*\bqueued as ({ID})\b"
#: The same at the end of a line, where it usually stands, for a fifth of the time.
_AT_END: Final = rf"\bqueued as ({ID})\)$"
#: A mailbox server says that the mail lies in the mailbox; what a rule of the owner sends on is another mail.
_SAVED: Final = r" Saved\)?$"
_SERVER: Final = r"\[[0-9A-Fa-f:.]*[.:][0-9A-Fa-f:.]*\]"
_LOOP: Final = r"\[(?:127\.|::1\]|::ffff:127\.)"

HANDED: Final[dict[str, pl.DataType]] = {"handed": pl.String(), "next_id": pl.String()}


def handed(lines: pl.DataFrame, relay: pl.Expr) -> pl.DataFrame:
    """Return lines with `HANDED`, null where mail was delivered for good or not at all.

    lines: text, program, status. relay: `name[address]`, or null.
    """
    text = pl.col("text")
    loop, pipe = relay.str.contains(_LOOP), pl.col("program").str.ends_with("/pipe")
    named = text.str.contains("queued as ", literal=True)
    some = (pl.col("status") == "sent") & (loop | pipe | named)
    places = lines.select(some.fill_null(value=False)).to_series().arg_true()
    # A server of which the relay is not an address is none that we could hear of again.
    some_lines = lines.select("text", "program", relay.alias("relay"))[places]
    said = some_lines.select(
        pl.when(pipe).then(pl.lit("pipe")).when(pl.col("relay").str.contains(_LOOP)).then(pl.lit("loop")).when(pl.col("relay").str.contains(_SERVER))
        .then(pl.lit("named")).alias("handed"),
        text.str.extract(_AT_END, 1).alias("next_id"),
        text.str.contains(_SAVED).alias("saved"),
    )  # fmt: skip
    rest = said["next_id"].is_null().arg_true()
    if len(rest):
        more = some_lines["text"].gather(rest).str.extract(_QUEUED_AS, 1)
        said = said.with_columns(said["next_id"].scatter(rest, more))
    lost = pl.col("saved") | pl.col("handed").is_null()
    lost |= (pl.col("handed") == "named") & pl.col("next_id").is_null()
    kept = said.select(pl.when(~lost).then(pl.col(name)).alias(name) for name in HANDED)
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, lines.height)
    return lines.with_columns(absent.scatter(places, kept[name]).alias(name) for name in HANDED)


def handed_exactly(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the same for lines as `fields` gives them."""
    name, ip = pl.col("relay_name").fill_null(""), pl.col("relay_ip")
    return handed(lines, pl.when(ip.is_not_null()).then(pl.format("{}[{}]", name, ip)).otherwise(name))
