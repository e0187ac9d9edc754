"""What the user named -> the logs to read.

In: paths, folders, globs, `-`, or nothing for /var/log. Out: `Survey`: sources in an order that does not
depend on the order of the arguments, and Problems.
Never: an exception for one path; the same file twice; a folder left out without a word.
"""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.denials import no_file, refused
from logscan.sources.names import DEFAULT_ROOT, in_default_set, is_default_folder, looks_foreign, suffix
from logscan.sources.probe import Foreign, probe, probe_stdin
from logscan.sources.rotation import order
from logscan.sources.streams import STDIN, Identity, identity_of

_TRIES = 3  # a rotation may be under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found.

    sources: by log, and within a log oldest first; each file once.
    searched: paths of those that were found in a folder and not named. That one of these is of
    unknown format is worth a note; that a named one is, is a Problem.
    """

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    searched: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Candidate:
    """A file to look at. Of several paths to one file the least is read: no link, then by name."""

    is_link: bool
    path: str
    named: bool
    top: str | None = field(compare=False)


def discover(
    paths: Sequence[str], *, stdin: BinaryIO | None = None, root: str = DEFAULT_ROOT
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Return the sources and problems of `survey`."""
    found = survey(paths, stdin=stdin, root=root)
    return found.sources, found.problems


def survey(paths: Sequence[str], *, stdin: BinaryIO | None = None, root: str = DEFAULT_ROOT) -> Survey:
    """Find the logs that `paths` mean.

    paths: files, folders (searched through), globs (where no such file exists), `-`; none: the logs
    of mail and web servers below `root`. stdin: what `-` is; it is read ahead as far as its head.
    """
    for _ in range(_TRIES):
        search = _search(paths, root)
        sources, searched = search.probe_all()
        if not search.moved:
            break
    if STDIN in paths:
        standard = _stdin(stdin)
        if isinstance(standard, Problem):
            search.problems.append(standard)
        else:
            sources.append(standard)
    problems = sorted(set(search.problems))
    return Survey(sources=order(sources), problems=tuple(problems), searched=frozenset(searched))


def _search(paths: Sequence[str], root: str) -> _Search:
    search = _Search()
    for path in sorted(set(paths)):  # so that the order of the arguments is nothing
        if path != STDIN:
            search.named(path)
    if not paths:
        search.default(root)
    return search


def _stdin(stream: BinaryIO | None) -> Source | Problem:
    if stream is None:
        return Problem(where=STDIN, reason="there is no standard input here", help="name a file or a folder")
    found = probe_stdin(stream)
    return refusal(found) if isinstance(found, Foreign) else found


def refusal(found: Foreign) -> Problem:
    """Return the Problem of a file that was named and is no text log."""
    return Problem(where=found.path, reason=f"it is {found.kind}, not a text log", help=found.help)


class _Search:
    """Collects candidates and problems; a folder is searched once, whatever ways lead there."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.moved = False  # files were renamed while they were looked for
        self._files: dict[Identity, list[_Candidate]] = {}
        self._folders: set[Identity] = set()
        self._seen = 0  # candidates, counting those that are one file
        self._left_out: dict[str, Counter[str]] = {}  # top folder -> what -> how many

    def named(self, path: str) -> None:
        """Add a path that the user gave."""
        try:
            if path:
                Path(path).lstat()
                self._add_named(path)
                return
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            self.problems.append(refused(path, error))
            return
        is_glob = glob.has_magic(path)
        matches = sorted(glob.glob(path, recursive=True)) if is_glob else []  # noqa: PTH207  # Path.glob knows no absolute pattern
        for match in matches:
            self._add_named(match)
        if not matches and not self._closed(path):
            self.problems.append(
                Problem(
                    where=path,
                    reason="no file matches" if is_glob else "no such file or folder",
                    help="check the spelling; without a PATH, /var/log is searched",
                )
            )

    def _closed(self, path: str) -> bool:
        """Tell whether the folder in which a glob looks may not be listed; that is the Problem, then."""
        folder = next((part for part in Path(path).parents if not glob.has_magic(str(part))), Path())
        before = len(self.problems)
        if folder.is_dir():
            self._names(str(folder))
        return len(self.problems) > before

    def default(self, root: str) -> None:
        """Add what mail and web servers write below `root`, by the names that distributions use."""
        before = len(self.problems)
        for name in self._names(root):
            path = str(Path(root) / name)
            status = self._status(path)
            if status is None:
                continue
            if stat.S_ISDIR(status.st_mode):
                if is_default_folder(name):
                    self._walk(path, root)
            elif in_default_set(name):
                self._file(path, status, top=root)
        if not self._files and len(self.problems) == before:
            self.problems.append(
                Problem(
                    where=root,
                    reason="no log of a mail or web server is there",
                    help="name the logs; where there is only a journal:"
                    " `journalctl -o short-iso-precise | logscan scan -`",
                )
            )

    def probe_all(self) -> tuple[list[Source], set[str]]:
        """Look at every file once. Out: sources, and the paths of those that were not named."""
        sources: list[Source] = []
        searched: set[str] = set()
        for identity, candidates in self._files.items():
            path = min(candidates).path
            named = any(candidate.named for candidate in candidates)
            found = probe(path)
            if not isinstance(found, Source):
                self._refuse(found, named=named, top=candidates[0].top)
                continue
            if found.identity != identity:
                self.moved = True
            sources.append(found)
            if not named:
                searched.add(path)
        self._note_left_out()
        return list({source.identity: source for source in sources}.values()), searched

    def _add_named(self, path: str) -> None:
        try:
            status = Path(path).stat()
        except OSError as error:
            self.problems.append(refused(path, error))
            return
        if not stat.S_ISDIR(status.st_mode):
            self._file(path, status, top=None)
            return
        before = len(self.problems), self._seen
        first_time = identity_of(status) not in self._folders
        self._walk(path, path)
        if first_time and before == (len(self.problems), self._seen):
            self.problems.append(
                Problem(
                    where=path,
                    reason="no file in this folder, or below it, can be a log",
                    help="`ls -laR` shows what is there",
                )
            )

    def _file(self, path: str, status: os.stat_result, *, top: str | None) -> None:
        """Add a candidate. top: the folder in whose search it was found, None if it was named."""
        if not stat.S_ISREG(status.st_mode):
            if top is None:
                self.problems.append(no_file(path, status.st_mode))
            else:
                self._leave_out(top, "pipes, sockets or devices")
            return
        self._seen += 1
        candidate = _Candidate(is_link=Path(path).is_symlink(), path=path, named=top is None, top=top)
        self._files.setdefault(identity_of(status), []).append(candidate)

    def _walk(self, folder: str, top: str) -> None:
        waiting = [folder]
        while waiting:
            path = waiting.pop()
            status = self._status(path)
            if status is None:
                continue
            if not stat.S_ISDIR(status.st_mode):
                self._file(path, status, top=top)
                continue
            if identity_of(status) in self._folders:  # a link that leads back, or a folder named twice
                continue
            self._folders.add(identity_of(status))
            for name in self._names(path):
                if looks_foreign(name):
                    self._leave_out(top, suffix(name))
                else:
                    waiting.append(str(Path(path) / name))

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted((path.name for path in Path(folder).iterdir()), reverse=True)
        except OSError as error:
            self.problems.append(refused(folder, error))
            return []

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return Path(path).stat()
        except FileNotFoundError:
            # a link to nothing, or a file that a rotation renamed; nobody named it
            self.problems.append(
                Problem(
                    where=path,
                    reason="it is a link to nothing"
                    if Path(path).is_symlink()
                    else "it vanished while it was looked for",
                    help="nothing to do for a link; else run again",
                    unreadable=not Path(path).is_symlink(),
                )
            )
        except OSError as error:
            self.problems.append(refused(path, error))
        return None

    def _refuse(self, found: Problem | Foreign, *, named: bool, top: str | None) -> None:
        if isinstance(found, Problem):
            self.problems.append(found)
        elif named or top is None:
            self.problems.append(refusal(found))
        else:
            self._leave_out(top, found.kind)

    def _leave_out(self, top: str, what: str) -> None:
        self._left_out.setdefault(top, Counter())[what] += 1

    def _note_left_out(self) -> None:
        for top, counts in self._left_out.items():
            total = counts.total()
            list_of = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            self.problems.append(
                Problem(
                    where=top,
                    reason=f"{total} {'entry was' if total == 1 else 'entries were'} left out as no text logs: {list_of}",
                    help="name a file to have it read all the same",
                    unreadable=False,
                )
            )
