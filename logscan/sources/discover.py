"""What the user named -> the logs to read.

In: paths, folders, globs, `-`, `journal`, or nothing for /var/log and, where no mail log is there, the systemd journal. Out: `Survey`: sources in an order that does not
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
from typing import BinaryIO, Final

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources import journald
from logscan.sources.denials import no_file, refused
from logscan.sources.journald import ALWAYS, Period
from logscan.sources.names import (
    DEFAULT_ROOT,
    JOURNAL,
    in_default_set,
    is_default_folder,
    is_mail_log,
    looks_foreign,
    suffix,
)
from logscan.sources.places import unseen
from logscan.sources.probe import Foreign, probe, probe_stdin
from logscan.sources.rotation import order
from logscan.sources.streams import STDIN, Identity, identity_of, open_regular

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


def survey(
    paths: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    root: str = DEFAULT_ROOT,
    period: Period = ALWAYS,
) -> Survey:
    """Find the logs that `paths` mean.

    paths: files, folders (searched through), globs (where no such file exists), `-`, `journal` (where no such file
    exists); none: the logs of mail and web servers below `root`, and this machine's journal where no mail log is there.
    stdin: what `-` is; it is read ahead as far as its head. period: of the journal no more is read than that.
    """
    for _ in range(_TRIES):
        search = _search(paths, root, period)
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


def _search(paths: Sequence[str], root: str, period: Period) -> _Search:
    search = _Search(_homes(root), period)
    for path in sorted(set(paths)):  # so that the order of the arguments is nothing
        if path != STDIN:
            search.named(path)
    if not paths:
        search.default(root)
    return search


#: What would make a mail log exist.
_WAYS: Final = (
    "name the logs, or find out where the mail server logs: `postconf maillog_file` (a file of its own), `docker logs"
    " CONTAINER | logscan scan -` (a container); without rsyslog or a journal nothing keeps what it says: `apt install rsyslog`,"
    " `dnf install rsyslog`, or `mkdir /var/log/journal && systemctl restart systemd-journald`; on another machine:"
    " `journalctl -o json --all | logscan scan -`"
)


def _is_journal(path: str) -> bool:
    """Tell whether a file is one of the journal, not compressed."""
    if ".journal" not in Path(path).suffix:
        return False
    try:
        descriptor = open_regular(path)
        if descriptor is None:
            return False
        try:
            return os.read(descriptor, len(journald.MAGIC)) == journald.MAGIC
        finally:
            os.close(descriptor)
    except OSError:
        return False


def _homes(root: str) -> tuple[str, ...]:
    """Return where this machine's journal may be; another root than /var/log stands for all of a machine."""
    if root == DEFAULT_ROOT:
        return journald.KEPT, journald.VOLATILE
    return (str(Path(root) / "journal"),)


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

    def __init__(self, homes: Sequence[str], period: Period) -> None:
        self.problems: list[Problem] = []
        self._homes = homes
        self._period = period
        self._live: Source | None = None
        self._journals: dict[str, str] = {}  # folder with files of a journal -> top folder
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
            if path == journald.LIVE:
                self._add_live()
                return
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
        names = self._names(root)
        for name in names:
            path = str(Path(root) / name)
            status = self._status(path)
            if status is None:
                continue
            if stat.S_ISDIR(status.st_mode):
                if is_default_folder(name):
                    self._walk(path, root)
            elif in_default_set(name):
                self._file(path, status, top=root)
        closed = len(self.problems) > before
        if not any(is_mail_log(name) and not looks_foreign(name) for name in names):
            self._instead_of_a_mail_log(root, closed=closed)
        if (self._files or self._live) and (note := unseen(root, names)) is not None:
            self.problems.append(note)

    def _instead_of_a_mail_log(self, root: str, *, closed: bool) -> None:
        """Read the journal where there is one, and say so; else say what was looked for."""
        found = journald.live(self._homes, self._period)
        if isinstance(found, Source):
            self._live = found
            self.problems.append(
                Problem(
                    where=root,
                    reason="no mail log is there (mail.log, maillog, mail): the systemd journal was read",
                    help="Debian 12 and later write no mail.log of their own; `apt install rsyslog` brings it back. Nothing to do"
                    " where the journal reaches back far enough",
                    unreadable=False,
                )
            )
        elif isinstance(found, Problem):
            self.problems.append(found)
        elif not closed:
            reason = "no mail log is there" if self._files else "no log of a mail or web server is there"
            self.problems.append(
                Problem(
                    where=root,
                    reason=f"{reason}: not mail.log (Debian, Ubuntu), maillog (RHEL, Alpine), mail (SUSE), and no systemd"
                    f" journal in {' or '.join(self._homes)}",
                    help=_WAYS,
                    unreadable=not self._files,
                )
            )

    def _add_live(self) -> None:
        found = journald.live(self._homes, self._period)
        if isinstance(found, Source):
            self._live = found
            return
        self.problems.append(
            found
            or Problem(
                where=journald.LIVE,
                reason=f"there is no file of this name, and no systemd journal in {' or '.join(self._homes)}",
                help="a journal from another machine: name its folder, or save it with `journalctl -o json --all`",
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
            if isinstance(found, Foreign) and named and found.kind == JOURNAL and _is_journal(path):
                journal = journald.stored(path, self._period)
                found = journal if isinstance(journal, Source) or journald.installed() else found
            if not isinstance(found, Source):
                self._refuse(found, named=named, top=candidates[0].top)
                continue
            if found.identity != identity and found.journal is None:
                self.moved = True
            sources.append(found)
            if not named:
                searched.add(path)
        for folder in sorted(self._journals):
            journal = journald.stored(folder, self._period)
            if isinstance(journal, Source):
                sources.append(journal)
                searched.add(folder)
            else:
                self.problems.append(journal)
        sources += [self._live] if self._live is not None else []
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
                if not looks_foreign(name):
                    waiting.append(str(Path(path) / name))
                elif _is_journal(str(Path(path) / name)):
                    self._seen += 1
                    self._journals.setdefault(path, top)
                else:
                    self._leave_out(top, suffix(name))

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
