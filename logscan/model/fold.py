"""The law that every analysis obeys, so that blocks can be read in any grouping.

    empty()                    a partial that says nothing
    absorb(partial, batch)     the partial after one more table of rows
    merge(left, right)         two partials of neighbouring stretches, left before right
    finish(partial)            the answer

merge is associative, `empty()` is its neutral element, and
absorb(merge(p, q), batch) == merge(p, absorb(q, batch)). Partials are never changed in place.
Never: a file, a clock, a random number.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

Partial = TypeVar("Partial")
Batch = TypeVar("Batch", contravariant=True)
Answer = TypeVar("Answer", covariant=True)


class Fold(Protocol[Partial, Batch, Answer]):
    """One question asked of a stream of tables; see the module for the laws.

    Modules are folds: `logscan.analyses.findings` has these four functions at its top level.
    """

    def empty(self) -> Partial: ...

    def absorb(self, partial: Partial, batch: Batch) -> Partial: ...

    def merge(self, left: Partial, right: Partial) -> Partial: ...

    def finish(self, partial: Partial) -> Answer: ...
