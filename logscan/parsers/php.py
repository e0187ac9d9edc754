"""What PHP says when a script goes wrong, wherever it lands.

For: the families of PHP's own error log, php-fpm, Apache and nginx. In: expressions over texts.
Out: `TRACE`, what the further lines of one error look like; `said`, an error without its stack trace;
`loudest`, the worst level that a text names.
Never: a stack trace in a reason, where every call would make another shape of the same error.
Source: PHP 5.3 to 8.4, main/main.c (php_error_cb, php_log_err) and Zend/zend_exceptions.c.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind, Severity

#: The further lines of an error: `Stack trace:`, `#0 file(line): call`, `  thrown in file on line 1`, and
#: what xdebug writes, `PHP   1. {main}() file:0`.
TRACE: Final = (
    r"^(?:PHP )?(?:Stack trace:|\s*#[0-9]+ |\s+thrown in |\s+[0-9]+\. \S+\(|\s*Next \S+(?:Exception|Error)\b"
    r"|\s*\{main\}|\s+in /|\s+at )"
)
#: What a trace can belong to.
ERROR: Final = (
    r"(?:PHP|Uncaught|exception|Exception|Error)\b.*(?:[Ee]rror|[Ww]arning|[Nn]otice|Deprecated|[Ee]xception)"
)

#: From where the trace stands to its end; a back end's sentence may go on behind it.
_TRACE_HERE: Final = (
    r"(?s)(?:\n|\\n)(?:PHP )?(?:Stack trace:|\s+thrown in ).*?"
    r"(?:(?:\n|\\n)?\s*thrown in (\S+) on line [0-9]+|(\"? while [a-z]+ing [a-z ]*upstream)|$)"
)

#: level -> kind, severity; the worst first.
_LEVELS: Final = (
    (
        r"PHP (?:Fatal|Core|Compile|Parse|Recoverable fatal|Catchable fatal) error: |Uncaught ",
        Kind.ERROR,
        Severity.ERROR,
    ),
    (r"PHP (?:Core |Compile |User )?[Ww]arning: |PHP Startup: ", Kind.WARNING, Severity.WARNING),
    (
        r"PHP (?:User )?(?:[Nn]otice|Deprecated|deprecated|Strict [Ss]tandards): ",
        Kind.WARNING,
        Severity.NOTICE,
    ),
)


def said(text: pl.Expr) -> pl.Expr:
    """The error without the stack trace behind it; further lines become parts divided by `; `."""
    return text.str.replace_all(_TRACE_HERE, "$2").str.replace_all(r"\s*\n\s*", "; ")


def whole(text: pl.Expr) -> pl.Expr:
    """As `said`, of a log that writes `\\n` for a line's end: those traces stay, and real lines are joined."""
    return pl.when(text.str.contains("\n", literal=True)).then(said(text)).otherwise(text)


def loudest(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Kind and severity of the worst PHP level that a text names; null where it names none."""
    tests = [(text.str.contains(words), kind.value, severity.value) for words, kind, severity in _LEVELS]
    kind = pl.coalesce(pl.when(test).then(pl.lit(kind)) for test, kind, _ in tests)
    severity = pl.coalesce(pl.when(test).then(pl.lit(severity)) for test, _, severity in tests)
    return kind, severity
