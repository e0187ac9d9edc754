"""Causes of what no card knows: generic texts, then the enhanced code, then the reply code.

In: a table of shapes (columns `shape.KEY`), `Causes`. Out: the same with `ground`, which says what decided:
`text.<id>`, `enhanced.<code>`, `local.<code>`, `reply.<code>`, or null. Never: sees a line twice; a Python loop over rows.

The texts are one expression: each a `when`, the first that fits wins. A reply of several lines is read as one, its
codes left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction
from logscan.packs.causes import Causes, Ruling
from logscan.rules.match import regex_error

#: The code before each further line of a reply.
_AGAIN: Final = r"(^|\s)[245]\d\d-(?:[245]\.\d+\.\d+ )?"
_LAST: Final = r"(\s)([245]\d\d) ([245]\.\d+\.\d+) "
_SUBJECT: Final = r"^[245]\.(\d+\.\d+)$"
_IN_REPLY: Final = r"\b[45]\d\d[- ]#?[45]\.(\d{1,3}\.\d{1,3})\b"


def grounded(shapes: pl.DataFrame, causes: Causes) -> pl.DataFrame:
    """Return `shapes` with `ground` (String)."""
    said = pl.col("masked").str.replace_all(_AGAIN, "$1").str.replace_all(_LAST, "$1")
    table = shapes.with_columns(said.alias("said_"), _local().alias("local_"))
    texts = [_text(one.id, one.regex, one.direction) for one in causes.texts]
    subject = pl.coalesce(pl.col("masked").str.extract(_IN_REPLY, 1), pl.col("dsn").str.extract(_SUBJECT, 1))
    enhanced = _found("enhanced", subject, causes.enhanced)
    local = pl.coalesce(_found("local", subject, causes.local), pl.lit("local."))
    reply = _found("reply", pl.col("smtp_code").cast(pl.String), causes.reply)
    codes = pl.when("local_").then(local).otherwise(pl.coalesce(enhanced, reply))
    return table.with_columns(pl.coalesce(*texts, codes).alias("ground")).drop("said_", "local_")


def _local() -> pl.Expr:
    return (pl.col("direction") == Direction.LOCAL.value).fill_null(value=False)


def _text(name: str, regex: str, direction: str | None) -> pl.Expr:
    fits = pl.col("said_").str.contains(f"(?i)(?:{regex})")
    if direction is not None:
        fits &= pl.col("local_") if direction == Direction.LOCAL.value else ~pl.col("local_")
    return pl.when(fits).then(pl.lit(f"text.{name}"))


def _found(sort: str, code: pl.Expr, table: Mapping[str, str]) -> pl.Expr:
    return pl.when(code.is_in(list(table))).then(pl.lit(f"{sort}.") + code)


def ruled(ground: str, causes: Causes) -> Ruling:
    """Return what is made of a `ground`. Raises KeyError for one that the tables do not have."""
    sort, _, name = ground.partition(".")
    if sort == "text":
        return next(one.ruling for one in causes.texts if one.id == name)
    tables = {"enhanced": causes.enhanced, "local": causes.local, "reply": causes.reply}
    return causes.ruling(tables[sort][name])


def nature(ruling: Ruling, code: str | None) -> str:
    """Return hard, soft or local; `code`, an enhanced or a reply code, decides where the ruling leaves it open."""
    if ruling.nature != "code":
        return ruling.nature
    return "hard" if (code or "").startswith("5") else "soft"


def broken(causes: Causes) -> list[str]:
    """Return the ids of texts that are no regex."""
    return [one.id for one in causes.texts if regex_error(f"(?i)(?:{one.regex})") is not None]
