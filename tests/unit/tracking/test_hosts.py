from __future__ import annotations

import polars as pl
import pytest

from logscan.model.mails import short_host


@pytest.mark.parametrize(
    ("logged", "told"),
    [
        ("mx1", "mx1"),
        ("mx1.harborlight.example", "mx1"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::1"),
        (None, None),
    ],
)
def test_a_host_is_one_by_its_short_and_its_full_name(logged: str | None, told: str | None) -> None:
    rows = pl.DataFrame({"host": [logged]}, schema={"host": pl.String})
    assert rows.select(short_host()).item() == told
