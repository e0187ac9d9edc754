"""The functions of `import logscan`: the commands of the same names, for Python.

In: paths, and options as for the commands. Out: `Report`, a pandas table, `OutageReport`, `Explained`.
Never: prints; ends the program; answers otherwise than the command does.

Every option that the commands have means the same here; times may be `datetime`s too, those without zone
are in `tz`. What cannot be carried out raises a `LogscanError`, whose text says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from logscan.app.asking import settings_of
from logscan.app.times import duration
from logscan.model.bounces import Bounces
from logscan.model.findings import Report
from logscan.model.flow import Flow
from logscan.model.messages import Traced
from logscan.model.outages import OutageReport
from logscan.model.problems import UsageError
from logscan.model.settings import Settings
from logscan.model.vocabulary import LANGUAGES
from logscan.pipeline.explain import Explained
from logscan.pipeline.explain import explain as _explain

if TYPE_CHECKING:
    import pandas as pd

StrPath = str | os.PathLike[str]


def scan(
    *paths: StrPath,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
    lang: str = "en",
    patterns: StrPath | Iterable[StrPath] = (),
) -> Report:
    """Find, explain and prove what is wrong.

    paths: files, folders, globs, `-` for standard input; none: the mail and web logs below /var/log.
    since, until: a half-open window. tz: the zone of stamps without one, IANA name or offset; None: the
    system's. year: of a log's first line, for stamps without one; None: found out. now: as of when
    `ongoing` is judged; None: the last time in the logs. jobs: threads; None: the cores. lang: en or zh.
    patterns: folders with rule cards of your own.
    Raises LogscanError: NothingRead when there is nothing to read, UsageError, PackError. A log that can
    be read in part, or not, among others is told in the report's `problems`.

    >>> report = scan("sample-logs/real/mod_fastcgi/error.log", tz="UTC")
    >>> report.totals.lines, report.totals.unparsed, len(report.problems)
    (177, 0, 0)
    >>> worst = report.findings[0]
    >>> worst.rule, worst.severity.value, worst.count, worst.evidence[0].line
    ('fastcgi.mod-fastcgi.listener-dead', 'critical', 40, 8)
    """
    from logscan.pipeline.scan import report  # noqa: PLC0415

    settings = _settings(since, until, tz, year, now, jobs, lang, patterns)
    return report(_texts(paths), settings)


def events(
    *paths: StrPath,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
) -> pd.DataFrame:
    """Return every event of the logs: one row per record, with every field that it holds.

    Parameters and errors as for `scan`. The columns are those of `logscan events`, always all of them and
    always of the same types: times in UTC, Int64, Float64 and string, where unknown is pd.NA or NaT;
    `delays` has lists or None. `attrs["problems"]` of the table lists what could not be read, each with
    `where`, `reason`, `help` and `unreadable`. All events are held in memory, some 1 kB each.

    >>> table = events("sample-logs/real/A/logs/mail.log", tz="UTC", year=2026)
    >>> table.loc[table["status"] == "deferred", ["queue_id", "recipient", "dsn"]].head(3)
           queue_id           recipient    dsn
    18  CAD2A552517   q0@lowcap.example  4.7.0
    52  2E7A1552560   q1@lowcap.example  4.7.0
    68  685B655257C  b1@doorman.example  4.7.1
    >>> table.attrs["problems"]
    []
    """
    import polars as pl  # noqa: PLC0415

    from logscan.model.columns import SCHEMA  # noqa: PLC0415
    from logscan.model.frames import to_pandas  # noqa: PLC0415
    from logscan.pipeline.events import Events  # noqa: PLC0415

    found = Events(_texts(paths), _settings(since, until, tz, year, now, jobs))
    table = to_pandas(pl.concat([pl.DataFrame(schema=SCHEMA), *found]))
    table.attrs["problems"] = [asdict(problem) for problem in found.problems]
    return table


def outages(  # noqa: PLR0913  as many as the command has options
    *paths: StrPath,
    gap: float = 900.0,
    min_failures: int = 3,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
    lang: str = "en",
    patterns: StrPath | Iterable[StrPath] = (),
) -> OutageReport:
    """Tell when services failed, and with which rhythm.

    gap: seconds; failures further apart begin a new outage. min_failures: fewer are none. The other parameters,
    and errors, as for `scan`. Give it access logs too: only what succeeded tells when an outage was over.

    >>> logs = [f"sample-logs/real/mod_fastcgi/{name}.log" for name in ("access", "error")]
    >>> found = outages(*logs, gap=1.4, tz="UTC")
    >>> len(found.outages), found.rhythms[0].service, found.rhythms[0].pattern
    (10, '/usr/bin/dispatch.fcgi', 'none')
    >>> first = found.outages[0]
    >>> first.failures, first.cause, first.end_reason
    (7, 'backend-unreachable', 'success')
    """
    from logscan.model.outages import Limits  # noqa: PLC0415
    from logscan.pipeline.outages import report  # noqa: PLC0415

    if gap <= 0 or min_failures < 1:
        raise UsageError(f"gap must be above 0 and min_failures at least 1, not {gap} and {min_failures}")
    settings = _settings(since, until, tz, year, now, jobs, lang, patterns)
    return report(_texts(paths), settings, Limits(gap_s=gap, min_failures=min_failures))


def explain(
    *texts: str, lang: str = "en", patterns: StrPath | Iterable[StrPath] = ()
) -> tuple[Explained, ...]:
    """Explain each text: a whole log line, an SMTP reply, or an enhanced status code such as 5.7.26.

    lang, patterns: as for `scan`. Of a text that nobody knows, `explanation` is None.

    >>> [known] = explain("450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]")
    >>> known.rule, known.cause, known.nature
    ('postfix.smtp.no-reverse-dns', 'ptr-missing', 'soft')
    >>> print(known.explanation.verify[0])
    dig -x 192.0.2.25 +short
    """
    return _explain(texts, lang=_spoken(lang), patterns=_folders(patterns))


def flow(  # noqa: PLR0913  as many as options, all of them by name
    *paths: StrPath,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
    lang: str = "en",
    patterns: StrPath | Iterable[StrPath] = (),
    top: int = 20,
    compat: str | None = None,
) -> Flow:
    """Count mail: received, delivered, deferred, bounced, refused; by hour, day, name and cause.

    Parameters and errors as for `scan`. top: names in each list. compat: pflogsumm-1.1.5 or pflogsumm-1.3.0; the
    result's `differences` say then where and why that program's numbers are others. `tracked` is what became of mail.

    >>> counted = flow("sample-logs/real/A/logs/mail.log", tz="UTC", year=2026)
    >>> counted.sums.received, counted.sums.delivered, counted.sums.deferrals, counted.sums.rejected
    (434, 560, 214, 140)
    >>> counted.top.senders[0].name, counted.top.senders[0].messages
    ('alice@harborlight.example', 114)
    """
    from logscan.pipeline import flow as counting  # noqa: PLC0415

    settings = _settings(since, until, tz, year, now, jobs, lang, patterns)
    if top < 1:
        raise UsageError(f"top must be at least 1, not {top}")
    if compat is None:
        return counting.flow(_texts(paths), settings, top=top)
    if compat not in counting.COMPAT:
        raise UsageError(f"compat must be {' or '.join(counting.COMPAT)}, not {compat!r}")
    return counting.compared(_texts(paths), settings, counting.COMPAT[compat], top=top)


def trace(  # noqa: PLR0913  what the command has
    query: str | None,
    *paths: StrPath,
    queue_lifetime: str = "5d",
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
    patterns: StrPath | Iterable[StrPath] = (),
) -> Traced:
    """Return the way of one mail, or of all mail of an address, a domain or a client; of every mail for None.

    query: a queue ID or its beginning, a Message-ID, an address, a domain, a client, a remote server's ID.
    queue_lifetime: how long a mail waits before it is given up. The rest, and errors, as for `scan`. All mails
    are held in memory, some 3 kB each.

    >>> found = trace("6AC215528C2", "sample-logs/real/A/logs/mail.log", tz="UTC", year=2026)
    >>> [mail] = found.messages
    >>> [(one.recipient, one.status.value, one.deferrals, one.rule) for one in mail.recipients]
    [('client6@kestrelbank.example', 'expired', 4, 'postfix.smtp.no-reverse-dns')]
    """
    from logscan.pipeline.trace import Trace  # noqa: PLC0415

    lifetime = duration(queue_lifetime, option="queue_lifetime")
    settings = _settings(since, until, tz, year, now, jobs, patterns=patterns)
    found = Trace(
        _texts(paths), settings, query, lifetime_s=lifetime.total_seconds(), lifetime_source="option"
    )
    messages = tuple(found.messages())
    return Traced(
        query=query,
        messages=messages,
        rejects=found.rejects,
        searched=found.searched,
        inputs=found.inputs,
        problems=found.problems,
        assumptions=found.assumptions,
        as_of=found.as_of,
        lifetime_s=found.lifetime_s,
        lifetime_source=found.lifetime_source,
    )


def bounces(  # noqa: PLR0913  what the command has
    *paths: StrPath,
    queue: StrPath | None = None,
    queue_lifetime: str = "5d",
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    tz: str | None = None,
    year: int | None = None,
    now: str | datetime | None = None,
    jobs: int | None = None,
    patterns: StrPath | Iterable[StrPath] = (),
) -> Bounces:
    """Return what failed or waits, by cause, provider and domain, and how far it reaches.

    queue: a file with the output of `postqueue -j`, or "live" to ask the Postfix of this host. queue_lifetime: how long a
    mail waits before it is given up. The rest, and errors, as for `scan`.

    >>> found = bounces("sample-logs/real/A/logs/mail.log", tz="UTC", year=2026)
    >>> [(group.cause, group.recipients) for group in found.by_cause[:3]]
    [('ptr-missing', 15), ('user-unknown', 14), ('mailbox-full', 9)]
    """
    from logscan.pipeline.bounces import bounces as read  # noqa: PLC0415
    from logscan.pipeline.mails.waiting import Lifetimes  # noqa: PLC0415

    lifetimes = Lifetimes(mail=duration(queue_lifetime, option="queue_lifetime"), source="option")
    settings = _settings(since, until, tz, year, now, jobs, patterns=patterns)
    where = os.fspath(queue) if queue is not None else None
    return read(_texts(paths), settings, lifetimes=lifetimes, queue_at=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    since: str | datetime | None
    until: str | datetime | None
    tz: str | None
    year: int | None
    now: str | datetime | None
    jobs: int | None
    language: str
    patterns: tuple[str, ...]


def _settings(
    since: str | datetime | None,
    until: str | datetime | None,
    tz: str | None,
    year: int | None,
    now: str | datetime | None,
    jobs: int | None,
    lang: str = "en",
    patterns: StrPath | Iterable[StrPath] = (),
) -> Settings:
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs must be at least 1, not {jobs}")
    if year is not None and not 1970 <= year <= 9999:
        raise UsageError(f"year must be from 1970 to 9999, not {year}")
    options = _Options(
        since=since,
        until=until,
        tz=tz,
        year=year,
        now=now,
        jobs=jobs,
        language=_spoken(lang),
        patterns=_folders(patterns),
    )
    return settings_of(options, mark="")


def _texts(paths: Iterable[StrPath]) -> tuple[str, ...]:
    return tuple(os.fspath(path) for path in paths)


def _folders(patterns: StrPath | Iterable[StrPath]) -> tuple[str, ...]:
    return _texts((patterns,) if isinstance(patterns, str | os.PathLike) else patterns)


def _spoken(lang: str) -> str:
    if lang not in LANGUAGES:
        raise UsageError(f"lang must be {' or '.join(LANGUAGES)}, not {lang!r}")
    return lang
