"""Each real log is read once a session."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from tests.truth.reading import EventsOf, ScanOf, judged, scanned


@pytest.fixture(scope="session")
def events_of() -> EventsOf:
    return cache(judged)


@pytest.fixture(scope="session")
def scan_of() -> ScanOf:
    return cache(scanned)


@pytest.fixture(scope="session")
def mail(events_of: EventsOf) -> pl.DataFrame:
    return events_of("A/logs/mail.log")
