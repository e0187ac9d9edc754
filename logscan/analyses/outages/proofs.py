"""What succeeded of a service, and when: questions that the end of an outage hangs on.

In: `fold.PROOFS`. Out: `Proofs`. Never: says that something worked which no line proves.

Moments are microseconds since 1970 in here: they are compared for every failure, and whole numbers do that in no time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import PROOFS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000


def micros(time: datetime | timedelta) -> int:
    """Return a moment as microseconds since 1970, or a stretch of time in microseconds."""
    return (time if isinstance(time, timedelta) else time - _EPOCH) // _MICROSECOND


def _moment(time: int | None) -> datetime | None:
    return None if time is None else _EPOCH + timedelta(microseconds=time)


def _whole(time: int) -> int:
    """Return the second that a moment is in."""
    return time // SECOND * SECOND


class Proofs:
    """The proofs of one service, for questions about times."""

    #: Runs of several logs and keys overlap: of this many before a moment, the one that ends last counts.
    _NEAR = 64

    def __init__(self, tracks: Iterable[pl.DataFrame] = (), *, logged: bool = False) -> None:
        """Take `fold.PROOFS` of the service, each key's in the order of the logs.

        logged: its successes would be there, even where there is none.
        """
        mine = [track.with_columns(pl.col("first", "last").to_physical()) for track in tracks]
        self._logged = logged
        self._tracks = [
            _Track(part) for track in mine for part in track.partition_by("source", maintain_order=True)
        ]
        known = pl.concat(mine) if mine else _NOTHING
        good = known.filter("ok").select("first", "last", "n").sort("first", "last", "n")
        self._firsts = good["first"]
        self._sums = pl.concat([pl.Series("n", [0]), good["n"].cum_sum()])
        self._first: list[int] = good["first"].to_list()
        self._last: list[int] = good["last"].to_list()
        self._n: list[int] = good["n"].to_list()
        #: How many successes there are.
        self.total = sum(self._n)

    def __bool__(self) -> bool:
        return self._logged or bool(self._first)

    def between(self, begin: datetime, end: datetime) -> int:
        """Return how many successes lie between two failures, as far as runs of them lie there whole.

        A slow request is logged late and makes its run begin early. Stamps of one second do not tell which came
        first: what is of the second failure's does not count.
        """
        return self._between(micros(begin), micros(end))

    def _between(self, begin: int, end: int) -> int:
        until = _whole(end)
        low, high = bisect_right(self._first, begin), bisect_left(self._first, until)
        return sum(self._n[at] for at in range(low, high) if self._last[at] < until)

    def recovered(self, begins: pl.Series, ends: pl.Series, least: int) -> pl.Series:
        """Return whether `between` is `least` or more, for many failures at once: moments in microseconds, null: no."""
        low = self._firsts.search_sorted(begins, side="right")
        high = self._firsts.search_sorted(ends // SECOND * SECOND, side="left")
        likely = (self._sums.gather(high) - self._sums.gather(low) >= least) & begins.is_not_null()
        # a run may end too late to count whole: looked at one by one where so many began
        at = likely.arg_true()
        both = zip(begins.gather(at).to_list(), ends.gather(at).to_list(), strict=True)
        exact = [self._between(begin, end) >= least for begin, end in both]
        return likely.scatter(at, pl.Series(exact, dtype=pl.Boolean)) if exact else likely

    def before(self, begin: datetime) -> datetime | None:
        """Return the last success that surely came before an outage's first failure."""
        moment = micros(begin)
        place = bisect_left(self._first, moment)
        near = range(max(0, place - self._NEAR), place)
        return _moment(
            max((last if (last := self._last[at]) < moment else self._first[at] for at in near), default=None)
        )

    def after(self, begin: datetime, last: datetime) -> datetime | None:
        """Return the first success after an outage's last failure.

        By the order of a log's lines where failures stand among them, by their times elsewhere.
        """
        from_, to = micros(begin), micros(last)
        found = [time for track in self._tracks if (time := track.after(from_, to)) is not None]
        return _moment(max(min(found), to)) if found else None


class _Track:
    """The proofs of one log and key, in the order of its lines."""

    #: A slow request is logged late. Of this many interruptions before a moment, the one logged last counts.
    _LATE = 64

    def __init__(self, runs: pl.DataFrame) -> None:
        self._ok: list[bool] = runs["ok"].to_list()
        self._first: list[int] = runs["first"].to_list()
        self._last: list[int] = runs["last"].to_list()
        failed = (
            runs.with_row_index("at").filter(~pl.col("ok")).select("first", "at", "last").sort("first", "at")
        )
        self._failed: Sequence[tuple[int, int, int]] = failed.rows()
        self._begins: list[int] = failed["first"].to_list()
        good = runs.filter("ok")
        self._good_begins: list[int] = good["first"].sort().to_list()
        self._good_ends: list[int] = good["last"].sort().to_list()

    def after(self, begin: int, last: int) -> int | None:
        """Return the first success behind the failures from `begin` to `last`."""
        upto = bisect_right(self._begins, last)
        recent = self._failed[max(0, upto - self._LATE) : upto]
        interrupted = max((at for _, at, end in recent if end >= begin), default=None)
        if interrupted is None:
            # of a run that began before the failure, only its last line surely came behind it
            begun, ended = bisect_right(self._good_begins, last), bisect_right(self._good_ends, last)
            return min(
                [*self._good_begins[begun : begun + 1], *self._good_ends[ended : ended + 1]], default=None
            )
        floor = _whole(last)
        for at in range(interrupted + 1, len(self._ok)):
            if self._ok[at] and self._last[at] >= floor:
                return max(self._first[at], floor)
        return None


_NOTHING: Final = pl.DataFrame(schema=PROOFS).with_columns(pl.col("first", "last").to_physical())
