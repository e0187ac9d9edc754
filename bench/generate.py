"""Writes made-up logs of any size, the same bytes for the same arguments.

    python bench/generate.py mail mail.log --lines 1000000
    python bench/generate.py web PREFIX --lines 1000000      writes PREFIX-access.log and PREFIX-error.log

In: how many lines, a seed, how many names, which share of problems. Out: files.
Never: a loop over lines; more than one chunk in memory.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from failures import deliveries
from mailtraffic import SECOND, World, sessions_per_line, traffic
from names import Numbers, make_names
from webtraffic import requests, requests_per_line

CHUNK_LINES = 400_000
#: How busy the hours of a day are, midnight first.
HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 4, 7, 11, 13, 13, 12, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 3], dtype=np.float64
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time that is busier by day than by night."""

    start: datetime
    days: float

    def times(self, random: np.random.Generator, begin: float, end: float, count: int) -> Numbers:
        """Return `count` sorted times, microseconds since 1970, from the part `begin` to `end` of the period."""
        hours = max(1, round(self.days * 24))
        edges = np.concatenate(([0.0], np.cumsum(np.resize(HOURS, hours))))
        drawn = np.sort(random.uniform(begin, end, count)) * edges[-1]
        elapsed: Numbers = np.rint(np.interp(drawn, edges, np.arange(hours + 1)) * 3600 * SECOND).astype(
            np.int64
        )
        return elapsed + int(self.start.timestamp()) * SECOND


def in_order(
    make: Callable[[Numbers], pl.DataFrame],
    random: np.random.Generator,
    period: Period,
    sessions: int,
    chunks: int,
) -> Iterator[pl.DataFrame]:
    """Yield all lines by time, chunk by chunk; what a chunk's sessions write later waits for its turn."""
    waiting = pl.DataFrame()
    for number in range(chunks):
        times = period.times(random, number / chunks, (number + 1) / chunks, sessions // chunks)
        lines = make(times)
        lines = pl.concat([waiting, lines]) if waiting.height else lines
        lines = lines.sort("t", maintain_order=True)
        ready = pl.col("t") <= int(times[-1])
        yield lines.filter(ready)
        waiting = lines.filter(~ready)


def stamps(times: pl.Series, style: str) -> pl.Series:
    """Return the times of sorted `times` (microseconds) as a log spells them: bsd, rfc3339, or strftime."""
    seconds = (times // SECOND).rle().struct.unnest()
    moment = pl.from_epoch(seconds["value"], time_unit="s")
    form = {"bsd": "%b %e %H:%M:%S", "rfc3339": "%Y-%m-%dT%H:%M:%S"}.get(style, style)
    spelled = moment.dt.strftime(form).gather(np.repeat(np.arange(seconds.height), seconds["len"].to_numpy()))
    if style != "rfc3339":
        return spelled
    return spelled + "." + (times % SECOND).cast(pl.String).str.zfill(6) + "+00:00"


def write(file: IO[bytes], lines: pl.Series) -> None:
    """Append `lines`."""
    lines.to_frame().write_csv(file, include_header=False, quote_style="never")


def mail(options: argparse.Namespace) -> int:
    """Write a mail log; return its lines."""
    random = np.random.default_rng(options.seed)
    world = World(
        names=make_names(random, options.names),
        failures=deliveries(options.shapes),
        problems=options.problems,
        long_ids=options.queue_ids == "long",
    )
    period = Period(start=options.start, days=options.days)
    chunks = -(-options.lines // CHUNK_LINES)
    # A little more than wanted: threads are still open at the end, and then it is cut.
    sessions = round(options.lines * sum(sessions_per_line(options.problems).values()) * 1.04) + 50 * chunks
    left: int = options.lines
    with Path(options.out).open("wb") as file:
        for lines in in_order(lambda times: traffic(world, random, times), random, period, sessions, chunks):
            part = lines.head(left)
            write(file, stamps(part["t"], options.stamps) + " mx1 " + part["tag"] + part["text"])
            left -= part.height
    return int(options.lines - left)


def web(options: argparse.Namespace) -> int:
    """Write an access log and an error log; return the lines of both."""
    random = np.random.default_rng(options.seed)
    period = Period(start=options.start, days=options.days)
    chunks = -(-options.lines // CHUNK_LINES)
    wanted = round(options.lines * requests_per_line(options.problems))
    names = make_names(random, options.names)
    written = 0

    def make(times: Numbers) -> pl.DataFrame:
        return requests(names, random, times, options.problems)

    with (
        Path(f"{options.out}-access.log").open("wb") as access,
        Path(f"{options.out}-error.log").open("wb") as error,
    ):
        for lines in in_order(make, random, period, wanted, chunks):
            when = stamps(lines["t"], "[%d/%b/%Y:%H:%M:%S +0000]")
            write(access, lines["client"] + " - - " + when + lines["request"])
            failed = lines.filter(pl.col("failure").is_not_null())
            day = stamps(failed["t"], "[%a %b %d %H:%M:%S.") + (failed["t"] % SECOND).cast(
                pl.String
            ).str.zfill(6)
            write(error, day + stamps(failed["t"], " %Y]") + failed["failure"])
            written += lines.height + failed.height
    return written


def main() -> None:
    """Read the arguments, write, say how much."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=["mail", "web"])
    parser.add_argument("out")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--problems", type=float, default=0.05, help="share of lines that tell of a problem")
    parser.add_argument("--shapes", type=int, default=400, help="different texts of failed deliveries")
    parser.add_argument(
        "--names", type=int, default=50_000, help="senders and recipients, and as many clients"
    )
    parser.add_argument("--stamps", choices=["bsd", "rfc3339"], default="bsd")
    parser.add_argument("--queue-ids", choices=["short", "long"], default="short")
    parser.add_argument("--days", type=float, default=3)
    parser.add_argument(
        "--start", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC), default="2026-11-01"
    )
    options = parser.parse_args()
    written = {"mail": mail, "web": web}[options.kind](options)
    print(f"{written} lines")


if __name__ == "__main__":
    main()
