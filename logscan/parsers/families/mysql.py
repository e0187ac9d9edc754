"""MySQL's and MariaDB's error log: start and stop, crashes, full disks and tables, clients that were turned away.

For: a webmail or a Postfix that lost its data base. In: lines of the error log, or what mysqld, mariadbd and
mysqld_safe said to syslog. Out: `FAMILY`. Never: reads the general or the slow query log.

`text` begins with the level, `[Warning] [MY-010055] [Server] ...`; to syslog a server may write the whole line with
its stamp. A crash dump is one record. MySQL 5.5 to 8.0 stamps a crash with the time of the day alone,
`03:27:35 UTC - mysqld got signal 11 ;`: that record has no time. `[Warning]` means notice unless the words are known,
because both servers warn of outdated settings at every start.
Source: MySQL 5.0 to 8.4 (sql/log.cc, sql/signal_handler.cc, errmsg-utf8.txt), MariaDB 5.5 to 11 (sql/log.cc,
sql/signal_handler.cc), scripts/mysqld_safe.sh.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import stamps
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp
from logscan.parsers.sayings import judged, saying

_LEVEL: Final = r"(?:Note|Warning|ERROR|Error|System)"
_CLOCK: Final = r"[ 0-9][0-9]:[0-5][0-9]:[0-5][0-9]"
_SHORT: Final = rf"[0-9]{{6}} {_CLOCK}"
_LONG: Final = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}"
_ZONED: Final = stamps.ISO.replace("[Tt ]", "T", 1)
#: What stands behind a stamp: number of thread or process and a level, or who speaks without one. Behind a stamp that
#: other programs write too, the number must be there.
_ID: Final = "(?: [0-9a-fx]+)"
_AFTER: Final = rf"(?:\[{_LEVEL}\] | ?InnoDB: |mysqld_safe |- mysqld got |UTC - mysqld got )"
_NUMBERED: Final = rf"(?:{_ID} \[{_LEVEL}\] |{_ID}?  ?InnoDB: | mysqld_safe | UTC - mysqld got )"
_CRASH: Final = (
    r"(?:[0-9]{2}:[0-9]{2}:[0-9]{2} UTC )?(?:- )?(?:\S+/)?(?:mysqld|mariadbd) got (?:signal|exception)"
)

_HEAD: Final = (
    rf"^(?:(?:{_SHORT}|{_LONG}|{_ZONED})(?: ?[0-9a-fx]+)? )?(?:UTC )?(?:mysqld_safe )? ?(?:- )?"
    rf"(?:\[({_LEVEL})\] )?(?:\[(MY-[0-9]{{6}})\] )?(?:\[([A-Za-z_]+)\] )?"
)

_SAYINGS: Final = (
    saying(Kind.PANIC, Severity.CRITICAL, _CRASH),
    # first what quotes a client's words, which may be those of any saying behind it
    saying(Kind.AUTH_FAILURE, Severity.NOTICE, r"Access denied for user '"),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        r"Aborted connection [0-9]+ to db: '[^']*' user: '[^']*' host: '[^']*' \(Too many connections\)$",
    ),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        r"Aborted connection [0-9]+ to db: ",
        r"(?:\S+: )?Got an error (?:reading|writing) communication packets",
        r"IP address '[^']*' (?:could not be resolved|has been resolved)",
        r"Host name '[^']*' could not be resolved",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        r"(?:(?:mysqld|mariadbd): )?Too many connections",
        r".*table '[^']*' is full$",
        r"Host '[^']*' is blocked because of many connection errors",
        r".*Table '[^']*' is marked as crashed",
        r".*Index for table '[^']*' is corrupt",
        r".*Incorrect (?:key file for|information in file)",
        r"Got (?:an )?error(?: [0-9]+)? (?:from storage engine|when reading table)",
        r"Number of processes running now: 0",
        r"mysqld(?: process hanging, pid [0-9]+ - killed| restarted)",
        r"(?:\S*: )?Can't create (?:a new )?thread|Can't create new thread",
        r".*\(?(?:[Ee]rrcode|errno): (?:24|23)\b",
    ),
    saying(
        Kind.ERROR,
        Severity.CRITICAL,
        r".*(?:Disk is full|[Dd]isk full|[Nn]o space left on device|[Ee]rrcode: 28\b|errno: 28\b|[Ee]rror number 28\b)",
    ),
    saying(
        Kind.FATAL,
        Severity.CRITICAL,
        r"(?:InnoDB: )?(?:Fatal error: )?[Cc]annot allocate memory for the buffer pool",
        r"(?:InnoDB: )?mmap\([0-9]+ bytes\) failed",
        r"(?:\S+: )?Out of memory \(",
        r"(?:InnoDB: )?(?:Cannot allocate|Unable to allocate) [0-9]+ bytes",
        r"Aborting$",
        r"Can't start server",
        r"Do you already have another (?:mysqld|server)",
        r"Plugin '\w+' (?:init function returned error|registration as a STORAGE ENGINE failed)",
        r"(?:InnoDB: )?(?:Plugin initialization aborted|Cannot map innodb_buffer_pool_size)",
        r"Could not open mysql\.plugin table",
        r"(?:\S+: )?(?:unknown (?:option|variable) |Can't lock aria control file|Got error 'Could not get an exclusive lock)",
        r"(?:Failed to initialize|Unknown/unsupported storage engine|Fatal error: )",
        r"Data Dictionary initialization failed",
        r"(?:InnoDB: )?Unable to lock \S*ibdata",
    ),
    saying(
        Kind.ERROR,
        Severity.CRITICAL,
        r"(?:InnoDB: )?(?:Database page corruption|.*page .* corrupt|.*[Cc]orrupt(?:ed|ion)?\b)",
        r"(?:InnoDB: )?Assertion failure|InnoDB: We intentionally (?:generate|crash)",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"\S+ \(mysqld \S+\) starting as process|\S+ \(server \S+\) (?:starting|source revision)",
        r"(?:\S+(?: \(initiated by: [^)]*\))?: )?(?:ready for connections|Normal shutdown|Shutdown complete|Got signal 15)",
        r"\S+: Forcing close of thread",
        r"Received SHUTDOWN from user|Received signal 15|Starting (?:mysqld|mariadbd|MariaDB|MySQL)|Starting crash recovery",
        r"(?:mysqld|mariadbd) from pid file \S+ ended",
        r"(?:InnoDB: )?(?:Starting shutdown|Shutdown completed|Starting crash recovery|Database was not shutdown normally"
        r"|Started|log sequence number|[0-9.]+ started)",
        r"Giving [0-9]+ client threads a chance to die",
    ),
)

#: level -> kind, severity, everyday; for words that are not known
_LEVELS: Final = {
    "ERROR": (Kind.ERROR, Severity.ERROR, False),
    "Error": (Kind.ERROR, Severity.ERROR, False),
    "Warning": (Kind.WARNING, Severity.NOTICE, False),
}

#: What follows a crash or the start: no line of it has a stamp. Two kinds of lines without one are events of their own:
#: a crash with the time of the day alone, and what InnoDB said up to 5.5.
_DUMP: Final = r"^(?:[^0-9I]|I[^n]|In[^n]|[0-9]+[^0-9:]|[0-9]+:[0-9]*[^0-9:])"
_GOES_ON: Final = GoesOn(
    lines=_DUMP, heads=r"got (?:signal|exception)|ready for connections|Assertion failure"
)


def _split_local(frame: pl.DataFrame, *, form: str, length: int) -> pl.DataFrame:
    """Return `frame` with `time` (naive, local) and `text`, from the level or the speaker on."""
    line = pl.col("raw").str.strip_suffix("\r")
    stamp = line.str.slice(0, length).str.replace("  ", " 0", literal=True)
    time = stamp.str.to_datetime(form, time_unit="us", strict=False)
    return frame.with_columns(time.alias("time"), _text(line.str.slice(length)).alias("text"))


def _split_zoned(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (UTC) and `text`."""
    line = pl.col("raw").str.strip_suffix("\r")
    parts = frame.select(line.str.extract(f"^({_ZONED})", 1).alias("stamp"))
    time = stamps.iso_times(parts["stamp"]).dt.replace_time_zone("UTC").alias("time")
    return frame.with_columns(time, _text(line.str.replace(f"^{_ZONED}", "")).alias("text"))


def _text(rest: pl.Expr) -> pl.Expr:
    """What follows the number of a thread or process."""
    return rest.str.replace(r"^ ?(?:[0-9]+|[0-9a-f]{8,16}|0x[0-9a-f]+)? +(?:UTC )?(?:- )?", "")


def _format(name: str, stamp: Stamp, head: str, split: object) -> LineFormat:
    return LineFormat(
        name=name,
        stamp=stamp,
        looks=pl.col("raw").str.contains(f"^{head}"),
        split=split,  # type: ignore[arg-type] # three functions of one shape
        goes_on=_GOES_ON,
    )


def _parts(text: pl.Series) -> pl.DataFrame:
    """Return level, code, subsystem, and `said`: the words behind them, first line only."""
    told = pl.col("text")
    return (
        text.alias("text")
        .to_frame()
        .select(
            told.str.extract(_HEAD, 1).alias("level"),
            told.str.extract(_HEAD, 3).alias("subsystem"),
            told.str.replace(_HEAD, "").str.extract(r"^([^\n]*)").alias("said"),
        )
    )


def _by_level(place: int) -> pl.Expr:
    words = {level: triple[place] for level, triple in _LEVELS.items()}
    default = (Kind.OTHER.value, Severity.INFO.value, True)[place]
    dtype = pl.Boolean if place == 2 else pl.String
    return pl.col("level").replace_strict(words, default=default, return_dtype=dtype)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday: true for notes that say nothing of weight."""
    parts = _parts(frame["text"])
    told = judged(parts["said"], _SAYINGS)
    known = told["kind"] != Kind.OTHER.value
    by_level = parts.select(
        _by_level(0).alias("kind"), _by_level(1).alias("severity"), _by_level(2).alias("everyday")
    )
    return frame.with_columns(
        *(told[name].zip_with(known, by_level[name]).alias(name) for name in ("kind", "severity", "everyday"))
    )


#: Names are a client's words and may hold quotes; the host behind them is the server's word.
_DENIED: Final = r"^Access denied for user '(.*)'@'([^']*)'(?: \(using password: (?:YES|NO)\))?$"
_ABORTED: Final = r"^Aborted connection [0-9]+ to db: '.*' user: '(.*)' host: '([^']*)' \([^()]*\)$"
_ABOUT: Final = r"^(?:Host|IP address|Host name) '([^']*)' "
_IP: Final = r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$"
_ERRNO: Final = r"(?:[Ee]rrcode|errno|[Ee]rror number|error:)[:=]? ([0-9]{1,3})\b"


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, sasl_user and client of a refused or lost one, errno, module, reason."""
    said = pl.col("said")
    host = pl.coalesce(
        said.str.extract(_DENIED, 2), said.str.extract(_ABORTED, 2), said.str.extract(_ABOUT, 1)
    )
    is_ip = host.str.contains(_IP)
    new = _parts(frame["text"]).select(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.coalesce(said.str.extract(_DENIED, 1), said.str.extract(_ABORTED, 1)).alias("sasl_user"),
        pl.when(is_ip).then(host).alias("client_ip"),
        pl.when(~is_ip).then(host).alias("client_name"),
        said.str.extract(_ERRNO, 1).cast(pl.Int64, strict=False).alias("errno"),
        pl.coalesce("subsystem", said.str.extract("^(InnoDB): ", 1)).alias("module"),
        said.alias("reason"),
    )
    return frame.with_columns(*new.get_columns())


def _split_short(frame: pl.DataFrame) -> pl.DataFrame:
    return _split_local(frame, form="%y%m%d %H:%M:%S", length=15)


def _split_long(frame: pl.DataFrame) -> pl.DataFrame:
    return _split_local(frame, form="%Y-%m-%d %H:%M:%S", length=19)


FAMILY: Final = Family(
    name=Name.MYSQL,
    programs=r"(?:/\S*/)?(?:mysqld|mariadbd|mariadb|mysqld_safe|mysqld_safe_helper|mysqld_multi|debian-start)",
    formats=(
        _format("mysql-5", Stamp.LOCAL, f"{_SHORT}{_ID}? {_AFTER}", _split_short),
        _format("mysql-local", Stamp.LOCAL, _LONG + _NUMBERED, _split_long),
        _format("mysql-zoned", Stamp.ZONED, _ZONED + _NUMBERED, _split_zoned),
    ),
    kinds=_kinds,
    fields=_fields,
)
