"""The two systemd units of a report: what is run, when, and what it may touch.

In: a `Job`. Out: their texts. Never: looks at this machine, or writes a file; a right that this job does not need.

The reasons are in docs/adr/0026. As root, because logs belong to root and to groups that differ by distribution; but
with two capabilities of forty at most, and a file system that is read-only but for what the job writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from logscan.app.timer.quoting import line_of, quoted

NAME: Final = "logscan-report"
#: The first line of each file of ours.
MARK: Final = "# Written by `logscan report --install-timer`, which writes it anew."
#: Behind logrotate at midnight (its timer, spread over an hour), and behind cron.daily at 06:25.
HOUR: Final = "06:45:00"
_DAYS: Final = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}
#: Where Postfix's sendmail hands its mail in.
_DROP: Final = "-/var/spool/postfix/maildrop"
_PASSING: Final = ("/tmp", "/var/tmp")  # noqa: S108  a unit has its own, unless it is told of a file there


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A report to be made by the clock.

    command: program and arguments, paths absolute. length: day, week or month. folders: where it writes, absolute.
    mail: how its mail leaves, None for no mail. system: for root's systemd, else for the user's own.
    """

    command: tuple[str, ...]
    length: str = "day"
    folders: tuple[str, ...] = ()
    mail: Literal["local", "smtp"] | None = None
    system: bool = True


def units(job: Job) -> dict[str, str]:
    """Return the units' names and texts."""
    return {f"{NAME}.service": _text(_service(job)), f"{NAME}.timer": _text(_timer(job))}


def _text(lines: Iterator[str]) -> str:
    return (
        "\n".join(
            (MARK, "# Your own changes: `systemctl edit`, which keeps them in a file of their own.", *lines)
        )
        + "\n"
    )


def _timer(job: Job) -> Iterator[str]:
    yield from (
        "[Unit]",
        f"Description=Report on mail and webmail, every {job.length}",
        "Documentation=man:logscan(1)",
        "",
        "[Timer]",
        "# Rotated logs are read too, so nothing hangs on this hour; but each file is smaller, and the day is over.",
        f"OnCalendar={_DAYS.get(job.length, _DAYS['day'])} {HOUR}",
        "RandomizedDelaySec=10min",
        "AccuracySec=1min",
        "# A machine that was off makes up for it.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def _service(job: Job) -> Iterator[str]:
    yield from (
        "[Unit]",
        "Description=Report on mail and webmail",
        "Documentation=man:logscan(1)",
        "# Where both begin at once, after the machine was off.",
        f"After=logrotate.service{' postfix.service' if job.mail == 'local' else ''}",
    )
    if job.mail == "smtp":
        yield from ("Wants=network-online.target", "After=network-online.target")
    yield from (
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={line_of(job.command)}",
        "# 1: there are findings at or above --fail-on. The report was made.",
        "SuccessExitStatus=1",
        "TimeoutStartSec=2h",
        "",
        "# Mail comes first.",
        "Nice=10",
        "IOSchedulingClass=best-effort",
        "IOSchedulingPriority=7",
    )
    if job.system:
        yield from _kept(job)
        yield from _rights(job)
        yield from _walls(job)


def _kept(job: Job) -> Iterator[str]:
    yield from (
        "",
        "# What it remembers, and its caches; a service has no home.",
        f"StateDirectory={'logscan'}",
        "StateDirectoryMode=0700",
        "CacheDirectory=logscan",
        "Environment=XDG_CACHE_HOME=%C MPLCONFIGDIR=%C/logscan",
        "# Pages and numbers are for a web server and for node_exporter to read.",
        "UMask=0022",
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        f"PrivateTmp={'no' if _passing(job) else 'yes'}",
    )
    writable = [quoted(f"-{folder}") for folder in job.folders]
    if job.mail == "local":
        writable.append(_DROP)
    if writable:
        yield f"ReadWritePaths={' '.join(writable)}"


def _passing(job: Job) -> bool:
    """Return whether the job names a file in a folder for temporary files, which must be everybody's then."""
    words = (word.rpartition("=")[2] for word in job.command)
    return any(Path(word).is_relative_to(folder) for word in (*words, *job.folders) for folder in _PASSING)


def _rights(job: Job) -> Iterator[str]:
    writes = bool(job.folders) or job.mail == "local"
    yield from (
        "",
        "# To read any log, and no more; to write into folders of other users where it was told to.",
        f"CapabilityBoundingSet=CAP_DAC_READ_SEARCH{' CAP_DAC_OVERRIDE' if writes else ''}",
        "NoNewPrivileges=yes",
    )
    if job.mail == "local":
        yield "# postdrop(1) is setgid, which this takes away; root with CAP_DAC_OVERRIDE needs no group."
    if job.mail != "smtp":
        yield "IPAddressDeny=any"
    yield "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"


def _walls(_job: Job) -> Iterator[str]:
    yield from (
        "",
        "LockPersonality=yes",
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectProc=invisible",
        "RemoveIPC=yes",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
    )
