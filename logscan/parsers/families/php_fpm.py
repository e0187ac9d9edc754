"""PHP-FPM's own log and its slow log: pools, children, and what scripts said to standard error.

For: outages of a webmail in PHP and why. In: lines of php-fpm.log or of a slow log, or what php-fpm said
to syslog. Out: `FAMILY`. Never: reads PHP's own error_log (families.php_error does).

`text` begins with the level: `WARNING: [pool www] child 1 ...`; to syslog it is `[WARNING] [pool ...`.
Of a slow log it is `[pool www] pid 123`, `script_filename = ...` and the stack: one record.
Source: PHP 5.3 to 8, sapi/fpm/fpm (zlog.c, fpm_children.c, fpm_request.c, fpm_process_ctl.c, fpm_stdio.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import php
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp

_LEVEL: Final = "(?:DEBUG|NOTICE|WARNING|ERROR|ALERT)"
_STAMP: Final = r"[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
#: What a crash or an editor leaves in front of a line: NULs, a byte order mark.
_DIRT: Final = "\x00\ufeff"
_LOOKS: Final = rf"^[{_DIRT}]*\[{_STAMP}\] {_LEVEL}: "

#: Level, and the place in the source that `log_level = debug` adds to every line. systemd may pass
#: a whole line, with its stamp, to syslog.
_HEAD: Final = (
    rf"^(?:\[{_STAMP}\] )?\[?({_LEVEL})(?:\] |: )"
    r"(?:pid ([0-9]+), )?(?:[A-Za-z_0-9]+\(\), line [0-9]+: )?"
)
_POOL: Final = r"(?s)^(?:\[pool ([^\]]*)\] )?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What a message is whose words behind the pool match `words`, a regex."""

    words: str
    kind: Kind
    severity: Severity


def _rule(kind: Kind, severity: Severity, *words: str) -> _Rule:
    return _Rule(words=f"{_POOL}(?:{'|'.join(words)})", kind=kind, severity=severity)


#: The first that matches counts; where none does, the level decides.
_RULES: Final = (
    _rule(Kind.WARNING, Severity.WARNING, r"child [0-9]+ said into std(?:err|out): "),
    _rule(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"child [0-9]+ (?:exited with code 0 after |started$|stopped for tracing)",
        r"(?:about to trace|finished trace of) [0-9]+",
        r"fpm is running, pid ",
        r"ready to handle connections",
        r"Terminating \.\.\.",
        r"Finishing \.\.\.",
        r"exiting, bye-bye!",
        r"Reloading in progress",
        r"reloading: execvp",
        r"using inherited socket",
        r"systemd (?:monitor|watchdog)",
        r"(?:error|access) log file re-opened",
        r"configuration file .* test is ",
    ),
    _rule(
        Kind.ERROR,
        Severity.ERROR,
        r"(?:unknown )?child \(?[0-9]+\)? exited (?:on signal|with code) ",
        r"child [0-9]+, script '.*' (?:\(request: .*\) )?execut(?:ion timed out|ing too slow) \(",
        r"server reached (?:pm\.)?max_children setting",
        r"The maximum number of processes has been reached",
        r"failed processes threshold \(",
    ),
)

#: `[24-Nov-2026 03:27:35]  [pool www] pid 123`: two blanks, and no level.
_SLOW: Final = rf"^[{_DIRT}]*\[{_STAMP}\]\s+\[pool [^\]]*\] pid [0-9]+"
_SLOW_TEXT: Final = r"^\[pool [^\]]*\] pid ([0-9]+)(?:\s|$)"
_SCRIPT: Final = r"\sscript_filename = (\S+)"
#: `[0x00007f...] mysqli_query() /srv/www/db.php:12`: the innermost call comes first.
_CALL: Final = r"\s\[0x[0-9a-f]+\] (\S+) (\S*?):([0-9]+)"

_LEVELS: Final = {
    "ALERT": (Kind.FATAL, Severity.CRITICAL),
    "ERROR": (Kind.ERROR, Severity.ERROR),
    "WARNING": (Kind.WARNING, Severity.WARNING),
}


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (naive, local) and `text`, from the level on."""
    halves = pl.col("raw").str.strip_chars_start(_DIRT).str.strip_suffix("\r").str.splitn("] ", 2).struct
    stamp = halves[0].str.slice(1)
    return frame.with_columns(
        stamp.str.to_datetime("%d-%b-%Y %H:%M:%S%.f", time_unit="us", strict=False).alias("time"),
        halves[1].alias("text"),
    )


def _split_slow(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (naive, local) and `text`, from the pool on."""
    out = _split(frame.with_columns(pl.col("raw").alias("_raw"), pl.col("raw").str.replace(r"\]\s+", "] ")))
    return out.with_columns(pl.col("_raw").alias("raw")).drop("_raw")


def _parts(text: pl.Series) -> pl.DataFrame:
    """Return `level`, and `said`: what follows level and place, the whole text where no level stands."""
    return (
        text.alias("text")
        .to_frame()
        .select(
            pl.col("text").str.extract(_HEAD).alias("level"),
            pl.col("text").str.replace(_HEAD, "").alias("said"),
        )
    )


def _by_level(place: int) -> pl.Expr:
    words = {level: pair[place].value for level, pair in _LEVELS.items()}
    default = (Kind.OTHER, Severity.INFO)[place].value
    return pl.col("level").replace_strict(words, default=default, return_dtype=pl.String)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday` (never)."""
    part = _parts(frame["text"]).with_columns(frame["text"].str.contains(_SLOW_TEXT).alias("slow"))
    tests = [pl.when(pl.col("said").str.contains(rule.words)) for rule in _RULES]
    kinds = [test.then(pl.lit(rule.kind.value)) for test, rule in zip(tests, _RULES, strict=True)]
    severities = [test.then(pl.lit(rule.severity.value)) for test, rule in zip(tests, _RULES, strict=True)]
    new = part.select(
        pl.when("slow")
        .then(pl.lit(Kind.WARNING.value))
        .otherwise(pl.coalesce(*kinds, _by_level(0)))
        .alias("kind"),
        pl.when("slow")
        .then(pl.lit(Severity.WARNING.value))
        .otherwise(pl.coalesce(*severities, _by_level(1)))
        .alias("severity"),
        pl.lit(False).alias("everyday"),
    )
    return frame.with_columns(*new.get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, backend (`pool www`), pid (the child's), duration, method, url, reason."""
    said = pl.col("said")
    slow = r"""(?s)^(?:\[pool [^\]]*\] )?child [0-9]+, script '.*' \(request: "([A-Z_-]+) (.*)"\) execut"""
    took = r" \(([0-9]+\.[0-9]+) sec\), (?:terminating|logging)$"
    lived = r"^(?:\[pool [^\]]*\] )?child [0-9]+ exited .* after ([0-9]+\.[0-9]+) seconds from start$"
    child = rf"{_POOL}(?:unknown )?child \(?([0-9]+)\b"
    number = said.str.extract(child, 2).cast(pl.Int64, strict=False)
    master = frame.select(pl.col("text").str.extract(_HEAD, 2).cast(pl.Int64, strict=False).alias("own"))
    new = (
        _parts(frame["text"])
        .with_columns(master.to_series())
        .select(
            pl.lit(Direction.LOCAL.value).alias("direction"),
            (pl.lit("pool ") + said.str.extract(_POOL)).alias("backend"),
            pl.coalesce(number, "own", said.str.extract(_SLOW_TEXT).cast(pl.Int64, strict=False)).alias(
                "pid"
            ),
            pl.coalesce(said.str.extract(took), said.str.extract(lived))
            .cast(pl.Float64, strict=False)
            .alias("duration"),
            said.str.extract(slow, 1).alias("method"),
            said.str.extract(slow, 2).alias("url"),
            pl.coalesce(_slow_reason(), php.whole(said)).alias("reason"),
        )
    )
    if "pid" in frame.columns:
        new = new.with_columns(pl.coalesce("pid", frame["pid"]).alias("pid"))
    return frame.with_columns(*new.get_columns())


def _slow_reason() -> pl.Expr:
    """`slow request: script PATH in CALL at FILE` of a slow log's record, null of others."""
    said = pl.col("said")
    call = pl.concat_str(
        pl.lit(" in "), said.str.extract(_CALL, 1), pl.lit(" at "), said.str.extract(_CALL, 2)
    )
    return pl.when(said.str.contains(_SLOW_TEXT)).then(
        pl.concat_str(
            pl.lit("slow request: script "),
            said.str.extract(_SCRIPT).fill_null("unknown"),
            call.fill_null(""),
        )
    )


FAMILY: Final = Family(
    name=Name.PHP_FPM,
    programs=r"^php-fpm[0-9.]*$",
    formats=(
        LineFormat(
            name="php-fpm",
            stamp=Stamp.LOCAL,
            looks=pl.col("raw").str.contains(_LOOKS),
            split=_split,
            goes_on=GoesOn(lines=php.TRACE, heads=php.ERROR),
        ),
        LineFormat(
            name="php-fpm-slow",
            stamp=Stamp.LOCAL,
            looks=pl.col("raw").str.contains(_SLOW),
            split=_split_slow,
            goes_on=GoesOn(lines=r"^(?:script_filename = |\[0x[0-9a-f]+\] )", heads=_SLOW_TEXT),
        ),
    ),
    kinds=_kinds,
    fields=_fields,
)
