"""What the Linux kernel says: who was killed for want of memory, who crashed, which disk fails, what is full.

For: why a webmail's process vanished without a word of its own. In: records of the program `kernel`.
Out: `FAMILY`. Never: the thousand lines that describe hardware and firewalls: they are everyday.

A kill for want of memory is one event, the line that says `Killed process`; what announces it and what cleans
up behind it are of severity info. The victim's name is `backend`, its number `pid`; of a disk `backend` is the
device. Before a line may stand the uptime, `[12345.678901] `, which is no part of `reason`.
Source: Linux 2.6 to 6.x, mm/oom_kill.c, mm/memcontrol.c, arch/x86/mm/fault.c and kernel/traps.c, block/blk-core.c,
fs/buffer.c, fs/ext4, fs/xfs, fs/btrfs, net/ipv4/tcp*.c, net/netfilter/nf_conntrack_core.c, kernel/hung_task.c.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import household
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

#: Uptime, perhaps with the CPU or the thread that printk.caller adds.
_UPTIME: Final = r"^(?:\[ *[0-9]+\.[0-9]{6}\] ?)?(?:\[ *[TC][0-9]+\] ?)?"

_OOM: Final = r"(?i:(?:Memory cgroup )?out of memory(?: \([a-z_]+\))?: )"
_NUMBER: Final = r"[0-9]+(?:, UID [0-9]+,)?"
#: Devices without a mail on them: optical, floppy, loop.
_DISK: Final = r"(?:(?:[shv]|xv)d[a-z]+[0-9]*|nvme[0-9n]+(?:p[0-9]+)?|dm-[0-9]+|md[0-9p]+|mmcblk[0-9p]+|drbd[0-9]+|rbd[0-9]+)"

_SAYINGS: Final = (
    saying(
        Kind.ERROR, Severity.ERROR, rf"{_OOM}Killed process {_NUMBER} \(", rf"Killed process {_NUMBER} \("
    ),
    saying(
        Kind.ERROR,
        Severity.INFO,
        rf"{_OOM}[Kk]ill process [0-9]+ \(",
        r"oom-kill:constraint=",
        r".{1,40} invoked oom-killer: ",
        r"oom_reaper: ",
        r"Tasks? in \S+ (?:killed as a result of limit of|are going to be killed due to memory\.oom\.group)",
        rf"{_OOM}no killable processes",
    ),
    saying(Kind.PANIC, Severity.CRITICAL, r"Kernel panic - not syncing"),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"(?:traps: )?{household.PROGRAM}\[[0-9]+\]:? (?:segfault at |general protection|trap |unhandled signal )",
    ),
    saying(
        Kind.ERROR,
        Severity.CRITICAL,
        r"EXT[234]-fs .*[Rr]emounting filesystem read-only",
        r"BTRFS(?: \w+)? ?\(device [^)]*\):? (?:.*)forced readonly",
        r"XFS \([^)]*\): (?:Filesystem has been shut down|Corruption (?:of in-memory data )?.*[Ss]hutting down|.*force_shutdown)",
        r"Aborting journal on device ",
        r"F2FS-fs .*read-only",
    ),
    saying(
        Kind.ERROR,
        Severity.CRITICAL,
        r"EXT4-fs (?:warning )?\([^)]*\): .*(?:error 28\b|No space left)",
        r"EXT4-fs \([^)]*\): Delayed block allocation failed .* error 28\b",
        r"device-mapper: thin: .*(?:out-of-data-space|No free (?:data|metadata) (?:space|blocks))",
        r"BTRFS.*(?:No space left|ENOSPC|errno=-28)",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"(?:(?:blk_update_request|print_req_error|end_request): )?(?:critical \w+|I/O) error, dev {_DISK}\b",
        rf"(?:\w+: )?Buffer I/O error on dev(?:ice)? {_DISK}\b",
        rf"lost page write due to I/O error on {_DISK}\b",
        r"EXT4-fs warning \(device [^)]*\): ext4_end_bio:[0-9]+: I/O error",
        r"JBD2: (?:Detected IO errors|I/O error)",
        r"XFS \([^)]*\): (?:metadata|log) I/O error",
        r"BTRFS(?: \w+)? ?\(device [^)]*\):? bdev .* errs: ",
        r"md/raid[^:]*:[^:]*: Disk failure on ",
        r"ata[0-9.]+: failed command: (?:READ|WRITE|FLUSH)",
        r"nvme nvme[0-9]+: (?:I/O [0-9]+ .*timeout|I/O tag [0-9]+ .*timeout|controller is down|Device not ready)",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        r"EXT[234]-fs error \(device ",
        r"XFS \([^)]*\): (?:Metadata corruption detected|Internal error|Corruption)",
        r"BTRFS(?:: error| error| critical) \(device ",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        r"(?:nf_conntrack: ){0,2}table full, dropping packet",
        r"ip_conntrack: table full, dropping packet",
        r"TCP: out of memory",
        r"(?:TCP: )?[Oo]ut of socket memory",
        r"VFS: file-max limit [0-9]+ reached",
    ),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        rf"(?:TCP(?:v6)?: )?(?:request_sock_\w+: )?[Pp]ossible SYN flooding on port (?:\S*:)?{household.PORT}\.",
        r"(?:TCP: )?too many (?:of )?orphaned sockets",
        r"(?:\w+: ){0,2}(?i:neighbou?r) table overflow",
        r"INFO: task .{1,40}:[0-9]+ blocked for more than [0-9]+ seconds",
        r"(?:watchdog: )?BUG: soft lockup - CPU#[0-9]+ stuck",
        r"EDAC \w+: [0-9]+ [CU]E ",
        r"(?:mce: )?\[Hardware Error\]: (?:Machine check events logged|Corrected error|Uncorrected)",
        r"(?:mce: )?Machine check events logged",
    ),
    saying(Kind.PANIC, Severity.ERROR, r"BUG: (?:unable to handle|kernel NULL)", r"Oops: "),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"Linux version [0-9]",
        r"reboot: (?:Restarting system|Power down|machine restart|System halted)",
        r"Restarting system\.",
    ),
    saying(Kind.OTHER, Severity.INFO, "", everyday=True),
)

#: Every saying but the last holds one of these.
_MARKS: Final = (
    "ill process", "illed process", "oom", "killed as a result", "Out of", "out of", "panic", "segfault", "general protection",
    "trap ", "unhandled signal", "read-only", "readonly", "shut", "Shut", "journal", "error", "No space", "No free", "-28",
    "out-of-data-space", "ENOSPC", "IO errors", "errs:", "Disk failure", "failed command", "timeout", "controller is down",
    "not ready", "orruption", "BTRFS", "table full", "overflow", "orphaned sockets", "file-max", "SYN flooding",
    "blocked for more", "soft lockup", "EDAC ", "Hardware Error", "Machine check", "BUG: ", "Oops: ", "Linux version",
    "reboot: ", "Restarting system",
)  # fmt: skip

_VICTIM: Final = (
    # several lines may name one: Killed process 7 (php-fpm) total-vm:..., reaped process 7 (php-fpm), now ...
    rf"(?i:killed process|kill process|reaped process) ({_NUMBER}) \((.*?)\)(?: score| total-vm| vsz|[,.]|$)",
    r",task=(.*),pid=([0-9]+),uid=[0-9]+$",
    r"^(?:traps: )?(.{1,40}?)\[([0-9]+)\]:? (?:segfault|general protection|trap |unhandled signal)",
    r"^INFO: task (.{1,40}):([0-9]+) blocked for more",
    r"stuck for [0-9]+s! \[(.{1,40}):([0-9]+)\]",
)
_DEVICE: Final = (
    rf"\b(?:dev|device|on) \(?({_DISK})\b",
    rf"^(?:XFS|EXT[234]-fs) \(({_DISK})\)",
    rf"\(device ({_DISK})\)",
    rf"[Jj]ournal on device ({_DISK})",
    r"^nvme (nvme[0-9]+): ",
    r"^(ata[0-9.]+): ",
)
_SYN_PORT: Final = r"SYN flooding on port (?:\S*:)?([0-9]+)\."
_LIBRARY: Final = r" in ([\w.+-]+)\[[0-9a-f]+\+[0-9a-f]+\]"


def _said(text: pl.Series) -> pl.Series:
    """The words behind the uptime."""
    return text.str.replace(_UPTIME, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday, true for all that does not concern mail and webmail.

    A firewall may write more than all others together: only lines that hold one of `_MARKS` are looked at.
    """
    rows = frame["text"].str.contains_any(list(_MARKS)).fill_null(value=False).arg_true()
    told = judged(_said(frame["text"].gather(rows)), _SAYINGS)
    nothing: dict[str, str | bool] = {
        "kind": Kind.OTHER.value,
        "severity": Severity.INFO.value,
        "everyday": True,
    }
    return frame.with_columns(
        pl.repeat(value, frame.height, eager=True).alias(name).scatter(rows, told[name])
        for name, value in nothing.items()
    )


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, backend (victim, device or port), the victim's pid, module, reason."""
    said = pl.col("said")
    killed, task, crashed, hung, stuck = _VICTIM
    number = pl.coalesce(
        said.str.extract(killed, 1).str.extract("^([0-9]+)"),
        *(said.str.extract(pattern, 2) for pattern in (task, crashed, hung, stuck)),
    )
    name = pl.coalesce(
        said.str.extract(killed, 2),
        *(said.str.extract(pattern, 1) for pattern in (task, crashed, hung, stuck)),
        *(said.str.extract(pattern, 1) for pattern in _DEVICE),
        pl.lit("port ") + said.str.extract(_SYN_PORT, 1),
    )
    new = (
        _said(frame["text"])
        .alias("said")
        .to_frame()
        .select(
            pl.lit(Direction.LOCAL.value).alias("direction"),
            name.alias("backend"),
            number.cast(pl.Int64, strict=False).alias("pid"),
            said.str.extract(_LIBRARY, 1).alias("module"),
            said.alias("reason"),
        )
    )
    return frame.with_columns(*new.get_columns())


FAMILY: Final = Family(name=Name.KERNEL, programs="kernel", kinds=_kinds, fields=_fields)
