"""What a family makes of the texts of its program."""

from __future__ import annotations

from typing import Any

import polars as pl

from logscan.parsers.family import Family


def understood(family: Family, *texts: str, program: str | None = None) -> pl.DataFrame:
    """Return the fields of records with these texts. program: the family's name unless another is given."""
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    frame = frame.with_columns(program=pl.lit(program or family.name))
    return family.fields(family.kinds(frame))


def event(family: Family, text: str, program: str | None = None) -> dict[str, Any]:
    """Return the fields of a single text that are known."""
    (row,) = understood(family, text, program=program).to_dicts()
    return {name: value for name, value in row.items() if value is not None}
