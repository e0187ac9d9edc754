"""When was there nothing at all, although something always comes?

In: hours beside what is expected of them. Out: anomalies. Never: a quiet night: mails must be lacking, as many as `outages` asks for
before it calls a gap between two mails a silence, and chance must be as good as out of the question.

`outages` sees the minute in which mail stops, of hours that three other days in the same logs know; this one sees whole hours, and weeks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from logscan.analyses.baseline import spread
from logscan.analyses.baseline.measure import HOUR
from logscan.analyses.baseline.odd import Judged, Measures, after, runs
from logscan.analyses.baseline.tables import LIFE, TRACKS
from logscan.model.baseline import LOW, WARNING, Anomaly, Guide


def silences(judged: Judged, rows: pd.DataFrame, measured: Measures, guide: Guide) -> Iterator[Anomaly]:
    """Yield stretches of whole hours without a sign of life. rows: see tables.frame."""
    dead = (rows[list(LIFE)].fillna(0) == 0).all(axis=1).to_numpy()
    for begin, end in runs(judged.starts, dead):
        told = max(
            (
                _lacking(judged, at, begin, end)
                for at in (TRACKS.index("received"), TRACKS.index("delivered"))
            ),
            key=lambda one: one[1],
        )
        at, least = told
        s = measured[at, HOUR].s
        chance = spread.nothing(least, s)
        if least < guide.expected or chance > guide.gamble:
            continue
        middle = float(np.nansum(judged.band.middle[begin:end, at]))
        yield Anomaly(
            metric="silence", direction=LOW, since=judged.starts[begin], until=after(judged.starts[end - 1]), seen=0.0,
            usual=middle, low=float(spread.within(np.array([least]), s)[0][0]),
            high=float(spread.within(np.array([np.nansum(judged.band.high[begin:end, at])]), s)[1][0]),
            score=spread.surprise(chance), weight=WARNING,
        )  # fmt: skip


def _lacking(judged: Judged, at: int, begin: int, end: int) -> tuple[int, float]:
    """Return a track, and what those hours bring of it at least."""
    return at, float(np.nansum(judged.band.near_low[begin:end, at]))
