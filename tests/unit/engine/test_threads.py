"""The spread of work changes nothing but the time it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.engine.threads import AHEAD, Gatherer, spread


@pytest.mark.parametrize("jobs", [1, 2, 3, 4])
def test_results_come_in_order_whatever_the_threads_do(jobs: int) -> None:
    def work(item: int) -> int:
        time.sleep(0.002 if item % 3 == 0 else 0)
        return item * item

    assert list(spread(iter(range(50)), work, jobs)) == [item * item for item in range(50)]


def test_the_reader_does_not_run_far_ahead() -> None:
    alive, most, lock = 0, 0, threading.Lock()

    def items() -> Iterator[int]:
        nonlocal alive, most
        for item in range(40):
            with lock:
                alive += 1
                most = max(most, alive)
            yield item

    jobs = 2
    for _ in spread(items(), lambda item: item, jobs):
        with lock:
            alive -= 1
    assert most <= jobs + AHEAD + 1


@pytest.mark.parametrize("place", ["reader", "work"])
def test_an_exception_reaches_the_caller(place: str) -> None:
    def items() -> Iterator[int]:
        yield 1
        if place == "reader":
            raise OSError("disk")
        yield 2

    def work(item: int) -> int:
        if place == "work" and item == 2:
            raise OSError("disk")
        return item

    with pytest.raises(OSError, match="disk"):
        list(spread(items(), work, 2))


def test_no_consumer_is_no_answer() -> None:
    with pytest.raises(ValueError, match="jobs"):
        list(spread(iter([1]), str, 0))


@given(st.lists(st.text(max_size=3), max_size=40))
def test_the_balanced_merge_is_the_merge_in_order(parts: list[str]) -> None:
    gatherer = Gatherer(lambda left, right: left + right, "")
    for part in parts:
        gatherer.add(part)
    assert gatherer.total() == "".join(parts)
