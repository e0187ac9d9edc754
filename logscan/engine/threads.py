"""How work is spread: one reader ahead, several consumers, one ordered merge.

In: an iterator of items, `work` (item -> partial), and how two partials merge.
Out: the partials in order (`spread`), and their balanced merge (`Gatherer`).
Never: knows what an item is; changes an answer with the number of consumers.

Consumers are threads, because Polars, isal and zlib let go of the interpreter lock while they
work; the reader decompresses while the consumers parse. At most `jobs + ahead` results, and one item more, exist at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Partial = TypeVar("Partial")

#: Items that are read before a consumer is free.
AHEAD = 2


def spread(
    items: Iterator[Item], work: Callable[[Item], Partial], jobs: int = 2, ahead: int = AHEAD
) -> Generator[Partial, None, None]:
    """Yield `work(item)` for every item, in order, computed by `jobs` threads.

    The first exception of the reader or of `work` is raised here, once, after the others
    have come to rest.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    end = object()
    with ThreadPoolExecutor(1, "reader") as reader, ThreadPoolExecutor(jobs, "consumer") as consumers:
        working: deque[Future[Partial]] = deque()
        upcoming = reader.submit(next, items, end)
        while True:
            item = upcoming.result()
            if item is end:
                break
            upcoming = reader.submit(next, items, end)
            working.append(consumers.submit(work, cast("Item", item)))
            if len(working) >= jobs + ahead:
                yield working.popleft().result()
        while working:
            yield working.popleft().result()


class Gatherer(Generic[Partial]):
    """Merges partials as they come, in order, in a balanced way.

    A left fold would copy the growing partial once per block. Like a binary counter, this one
    merges neighbours of equal weight, so that every row is copied log(n) times; the law that
    merge is associative makes it the same answer.
    """

    def __init__(self, merge: Callable[[Partial, Partial], Partial], empty: Partial) -> None:
        self._merge = merge
        self._empty = empty
        self._stack: list[tuple[int, Partial]] = []

    def add(self, partial: Partial) -> None:
        """Take the next partial in order."""
        weight = 1
        while self._stack and self._stack[-1][0] == weight:
            partial = self._merge(self._stack.pop()[1], partial)
            weight *= 2
        self._stack.append((weight, partial))

    def total(self) -> Partial:
        """Return everything taken so far as one partial."""
        result = self._empty
        for _, left in reversed(self._stack):
            result = self._merge(left, result)
        return result
