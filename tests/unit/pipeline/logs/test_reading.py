"""One reading of all logs: blocks in order, places, and the second reading when a year was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.model.blocks import Block
from logscan.parsers.clock import YearConflict
from logscan.parsers.lines import records
from logscan.pipeline.events import Events
from logscan.pipeline.logs.reading import Reading, Reread, rereading
from logscan.pipeline.scan import report
from tests.unit.pipeline.written import NOON, SETTINGS, bsd, iso, reading, write

SMALL = replace(SETTINGS, block_bytes=200)
MINUTE = timedelta(minutes=1)


def years(of: Reading) -> list[int]:
    """Read everything; return the years of the lines, or raise Reread."""
    found = []
    work = rereading(lambda block: records(block, of.plans[block.source]))
    for block in of.blocks():
        found += [time.year for time in work(block)["time"]]
    of.finish()
    return found


# --- blocks and places ---------------------------------------------------------------------------


def test_blocks_are_every_line_of_every_log_in_order(tmp_path: Path) -> None:
    logs = {
        name: [iso(NOON + n * MINUTE, f"line {n} of {name}", host=name) for n in range(20)] for name in "ab"
    }
    for name, lines in logs.items():
        write(tmp_path / f"{name}.log", lines)
    of = reading(tmp_path, settings=SMALL)
    blocks = list(of.blocks())
    assert b"".join(block.data for block in blocks).decode() == "".join((*logs["a"], *logs["b"]))
    assert [(block.source, block.number) for block in blocks] == sorted((b.source, b.number) for b in blocks)
    assert len(blocks) == 10
    assert not of.problems


def test_progress_goes_on_within_a_log(tmp_path: Path) -> None:
    path = write(tmp_path / "mail.log", [iso(NOON + n * MINUTE, f"line {n}") for n in range(20)])
    size = Path(path).stat().st_size
    ticks: list[tuple[int, int]] = []
    blocks = list(reading(tmp_path, settings=SMALL).blocks(tick=lambda *tick: ticks.append(tick)))
    assert len(ticks) >= len(blocks) > 3
    assert ticks == sorted(ticks)
    assert {total for _, total in ticks} == {size}
    assert 0 < ticks[0][0] < ticks[len(ticks) // 2][0] < ticks[-1][0] == size


def test_a_row_is_found_again_in_its_file(tmp_path: Path) -> None:
    lines = [iso(NOON + n * MINUTE, f"line {n}") for n in range(20)]
    path = write(tmp_path / "mail.log", lines)
    write(tmp_path / "z.log", [iso(NOON, host="z")])
    of = reading(tmp_path, settings=SMALL)
    for block in list(of.blocks()):
        for row, text in enumerate(block.data.decode().splitlines(keepends=True)):
            if block.source == 0:
                where, line = of.locate(block.source, block.number, row)
                assert where == path
                assert lines[line - 1] == text


def test_some_logs_may_be_read_alone_in_another_order(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.log", [iso(NOON, host=name)])
    of = reading(tmp_path)
    assert [block.source for block in of.blocks([2, 0])] == [2, 0]
    assert [block.source for block in of.afresh().blocks()] == [0, 1, 2]


def test_progress_is_told_in_bytes_on_disk(tmp_path: Path) -> None:
    sizes = [
        Path(write(tmp_path / f"{name}.log", [iso(NOON, host=name * 9)] * 9)).stat().st_size for name in "ab"
    ]
    told: list[tuple[int, int]] = []
    list(reading(tmp_path).blocks(tick=lambda done, total: told.append((done, total))))
    assert list(dict.fromkeys(told)) == [(sizes[0], sum(sizes)), (sum(sizes), sum(sizes))]


def test_what_cannot_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.log.gz", [iso(NOON + n * MINUTE, host="a") for n in range(500)]))
    path.write_bytes(path.read_bytes()[:-40])
    write(tmp_path / "b.log", [iso(NOON, host="b")])
    of = reading(tmp_path)
    assert [block.source for block in of.blocks()] == [0, 1]
    assert [problem.where for problem in of.problems] == [str(path)]


# --- years ---------------------------------------------------------------------------------------


def test_a_conflict_of_years_says_which_log_it_is_about() -> None:
    def conflict(_: Block) -> None:
        raise YearConflict(2025)

    block = Block(source=3, number=0, data=b"", previous=b"", lines=0)
    with pytest.raises(Reread) as caught:
        rereading(conflict)(block)
    assert (caught.value.index, caught.value.first) == (3, 2025)
    assert rereading(lambda block: block.source)(block) == 3


#: A log from March to December, whose date says that it was written in November of the next year:
#: its first line may well be of that year, its last cannot.
MARCH = datetime(2025, 3, 20, 10, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 24, tzinfo=UTC)


def beyond(folder: Path, name: str = "mail.log") -> str:
    # Its end is hidden from the survey, which looks at the first and last 64 kB.
    some = [bsd(MARCH + n * MINUTE, "warning: in march") for n in range(1500)]
    ends = [bsd(datetime(2025, 12, day, tzinfo=UTC), "warning: in december") for day in (5, 6)]
    return write(folder / f"{name}.gz", [*some, *ends], written=WRITTEN)


def test_a_year_that_turns_out_wrong_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [iso(NOON, host="a")])
    beyond(tmp_path)
    of = reading(tmp_path)
    with pytest.raises(Reread) as caught:
        years(of)
    [index] = [index for index, log in enumerate(of.logs) if log.host == "mx1"]
    assert (caught.value.index, caught.value.first) == (index, 2025)
    found = years(reading(tmp_path, firsts={index: 2025}))
    assert (found.count(2025), found.count(2026)) == (1502, 1)


def test_it_is_read_again_however_it_is_cut_into_blocks(tmp_path: Path) -> None:
    beyond(tmp_path)
    for size in (300, 10_000, 10_000_000):
        with pytest.raises(Reread, match="2025"):
            years(reading(tmp_path, settings=replace(SETTINGS, block_bytes=size)))


def test_only_the_end_may_show_it(tmp_path: Path) -> None:
    """A single line beyond might be a wrong stamp; when the log ends with it, it is not."""
    write(
        tmp_path / "mail.log.gz",
        [*(bsd(MARCH + n * MINUTE) for n in range(1500)), bsd(datetime(2025, 12, 6, tzinfo=UTC))],
        written=WRITTEN,
    )
    of = reading(tmp_path)
    work = rereading(lambda block: records(block, of.plans[block.source]).height)
    assert sum(work(block) for block in of.blocks()) == 1501
    with pytest.raises(Reread, match="2025"):
        of.finish()


@pytest.mark.parametrize("jobs", [1, 3])
def test_scan_and_events_read_it_again_and_agree(tmp_path: Path, jobs: int) -> None:
    beyond(tmp_path, "one.log")
    settings = replace(SETTINGS, jobs=jobs, block_bytes=2000)
    made = report([str(tmp_path)], settings)
    assert made.totals.lines == made.totals.events == 1502
    assert made.totals.first == MARCH
    assert made.totals.last == datetime(2025, 12, 6, tzinfo=UTC)
    assert (made.assumptions.year, made.assumptions.year_source) == (2025, "modified")
    tables = list(Events([str(tmp_path)], settings))
    times = [time for table in tables for time in table["time"]]
    assert len(times) == 1502
    assert (min(times), max(times)) == (made.totals.first, made.totals.last)


def test_several_logs_may_be_wrong(tmp_path: Path) -> None:
    for host in ("a", "b", "c"):
        path = beyond(tmp_path / host)
        lines = [bsd(MARCH + n * MINUTE, host=host) for n in range(5)]
        lines += [bsd(datetime(2025, 12, day, tzinfo=UTC), host=host) for day in (5, 6)]
        write(Path(path), lines, written=WRITTEN)
    made = report([str(tmp_path)], SETTINGS)
    assert made.totals.events == 21
    assert made.totals.first == MARCH


def test_with_the_year_said_nothing_is_read_again(tmp_path: Path) -> None:
    beyond(tmp_path)
    of = reading(tmp_path, settings=replace(SETTINGS, year=2026))
    assert set(years(of)) == {2026}
