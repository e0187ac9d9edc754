"""What went wrong with an input or a pack, said so that a person can mend it.

    LogscanError            the root: a message for a person
    ├── UsageError          the call cannot be carried out           exit 2
    ├── NothingRead         no input could be read or understood     exit 3
    ├── PackError           rule cards that cannot be loaded         exit 2
    └── ConfigError         a configuration file that does not hold  exit 2

A bad line is data, a bad input is a `Problem` (a value that travels with the result),
bad code is a traceback.
Never: an exception for something that concerns one input among several.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something that could not be read or understood.

    where: path, optionally with `:line`. reason: what happened. help: what to do about it.
    unreadable: true when content is missing from the result because of it (`--strict` exits 4).
    """

    where: str
    reason: str
    help: str
    unreadable: bool = True


class LogscanError(Exception):
    """Root of what logscan raises on purpose."""


class UsageError(LogscanError):
    """The call cannot be carried out as given."""


class NothingRead(LogscanError):
    """No input could be read or understood; `problems` says what was tried."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class PackError(LogscanError):
    """Rule cards that cannot be loaded; `problems` lists every one of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.where}: {p.reason}" for p in problems))
        self.problems = problems


class ConfigError(LogscanError):
    """A configuration file that cannot be read or does not hold; `problems` lists all that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.where}: {p.reason}" for p in problems))
        self.problems = problems
