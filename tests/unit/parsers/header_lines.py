"""Lines with headers of every shape, and what is in them; lines that only look so."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from logscan.parsers.family import LineFormat
from logscan.parsers.lines import read_lines

#: No fields, for a line that a format must leave alone.
NOTHING = (None, None, None, None, None)


def frame(*lines: str) -> pl.DataFrame:
    return read_lines("\n".join(lines).encode())


def fields(own: LineFormat, *lines: str) -> list[tuple[object, ...]]:
    return own.split(frame(*lines)).select("time", "host", "program", "pid", "text").rows()


def at(day: int, h: int, m: int, s: int, micros: int = 0, *, month: int = 11) -> datetime:
    return datetime(2000, month, day, h, m, s, micros)  # noqa: DTZ001


POSTFIX = ("mx1", "postfix/qmgr", 20427, "some text")

BSD_LINES: dict[str, tuple[str, tuple[object, ...]]] = {
    "plain": ("Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(24, 3, 27, 35), *POSTFIX)),
    "blank day": ("Nov  1 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "zero day": ("Nov 01 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "short day": ("Nov 1 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "leap day": (
        "Feb 29 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(29, 3, 27, 35, month=2), *POSTFIX),
    ),
    "leap second": (
        "Dec 31 23:59:60 mx1 postfix/qmgr[20427]: some text",
        (datetime(2001, 1, 1), *POSTFIX),  # noqa: DTZ001
    ),
    "fraction": (
        "Nov 24 03:27:35.123456 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35, 123456), *POSTFIX),
    ),
    "short fraction": (
        "Nov 24 03:27:35.5 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35, 500000), *POSTFIX),
    ),
    "PRI": ("<22>Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(24, 3, 27, 35), *POSTFIX)),
    "NULs of a crash": (
        "\0\0\0Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "byte order mark": (
        "\ufeffNov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "CRLF": ("Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text\r", (at(24, 3, 27, 35), *POSTFIX)),
    "no pid": (
        "Nov 24 03:27:35 mx1 rsyslogd: [origin]",
        (at(24, 3, 27, 35), "mx1", "rsyslogd", None, "[origin]"),
    ),
    "no colon": (
        "Nov 24 03:27:35 mx1 postfix/qmgr[20427] some text: more",
        (at(24, 3, 27, 35), "mx1", "postfix/qmgr", 20427, "some text: more"),
    ),
    "bare word": (
        "Nov 24 03:27:35 mx1 logger some text",
        (at(24, 3, 27, 35), "mx1", "logger", None, "some text"),
    ),
    "no blank": ("Nov 24 03:27:35 mx1 a[1]:text", (at(24, 3, 27, 35), "mx1", "a", 1, "text")),
    "no text": ("Nov 24 03:27:35 mx1 a[1]:", (at(24, 3, 27, 35), "mx1", "a", 1, "")),
    "no text, blank": ("Nov 24 03:27:35 mx1 a[1]: ", (at(24, 3, 27, 35), "mx1", "a", 1, "")),
    "more blanks are text": ("Nov 24 03:27:35 mx1 a[1]:   x", (at(24, 3, 27, 35), "mx1", "a", 1, "  x")),
    "pid that is none": ("Nov 24 03:27:35 mx1 a[main]: x", (at(24, 3, 27, 35), "mx1", "a", None, "x")),
    "address as host": ("Nov 24 03:27:35 192.0.2.3 a[1]: x", (at(24, 3, 27, 35), "192.0.2.3", "a", 1, "x")),
    "IPv6 host": ("Nov 24 03:27:35 2001:db8::1 a[1]: x", (at(24, 3, 27, 35), "2001:db8::1", "a", 1, "x")),
    "chained host": (
        "Nov 24 03:27:35 s_mail@mx1/hub a[1]: x",
        (at(24, 3, 27, 35), "s_mail@mx1/hub", "a", 1, "x"),
    ),
    "instance by address": (
        "Nov 24 03:27:35 mx1 postfix-192.0.2.3/smtp[7]: x",
        (at(24, 3, 27, 35), "mx1", "postfix-192.0.2.3/smtp", 7, "x"),
    ),
    "instance by IPv6 address": (
        "Nov 24 03:27:35 mx1 postfix-2001:db8::1/smtp[7]: x: y",
        (at(24, 3, 27, 35), "mx1", "postfix-2001:db8::1/smtp", 7, "x: y"),
    ),
    "service": (
        "Nov 24 03:27:35 mx1 postfix/smtps-in/smtpd[7]: x",
        (at(24, 3, 27, 35), "mx1", "postfix/smtps-in/smtpd", 7, "x"),
    ),
    "path": (
        "Nov 24 03:27:35 mx1 /usr/sbin/cron[7]: x",
        (at(24, 3, 27, 35), "mx1", "/usr/sbin/cron", 7, "x"),
    ),
    "parentheses": (
        "Nov 24 03:27:35 mx1 su(pam_unix)[7]: x",
        (at(24, 3, 27, 35), "mx1", "su(pam_unix)", 7, "x"),
    ),
    "Solaris": (
        "Nov 24 03:27:35 mx1 postfix/smtpd[7]: [ID 197553 mail.info] connect from a",
        (at(24, 3, 27, 35), "mx1", "postfix/smtpd", 7, "connect from a"),
    ),
    "BusyBox": (
        "Nov 24 03:27:35 mx1 mail.info postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "FreeBSD, verbose": (
        "Nov 24 03:27:35 <mail.info> mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "header before header": (
        "Nov 24 03:27:36 relay Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 36), *POSTFIX),
    ),
    "repeated": (
        "Nov 24 03:27:35 mx1 last message repeated 4 times",
        (at(24, 3, 27, 35), "mx1", None, None, "last message repeated 4 times"),
    ),
    "mark": ("Nov 24 03:27:35 mx1 -- MARK --", (at(24, 3, 27, 35), "mx1", None, None, "-- MARK --")),
    "hostile text": (
        "Nov 24 03:27:35 mx1 a[1]: \x1b[31m\u202e<b>=1+1: Nov 24 03:27:35 mx1 b[2]: x",
        (at(24, 3, 27, 35), "mx1", "a", 1, "\x1b[31m\u202e<b>=1+1: Nov 24 03:27:35 mx1 b[2]: x"),
    ),
}

BSD_STRANGERS = {
    "no host": "Nov 24 03:27:35 postfix/qmgr[20427]: some text",
    "kernel without host": "Nov 24 03:27:35 kernel: some text",
    "dovecot's own log": "Nov 24 03:27:35 imap-login: Info: Login: user=<a>",
    "year behind": "Nov 24 03:27:35 2026 mx1 postfix/qmgr[20427]: some text",
    "year before the clock": "Nov 24 2026 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "zone behind": "Nov 24 03:27:35 UTC mx1 postfix/qmgr[20427]: some text",
    "zone behind, no pid": "Nov 24 03:27:35 CET mx1 rsyslogd: some text",
    "no such month": "Nob 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "small month": "nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such day": "Nov 31 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "day 0": "Nov  0 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such hour": "Nov 24 24:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such minute": "Nov 24 03:60:35 mx1 postfix/qmgr[20427]: some text",
    "no such second": "Nov 24 03:27:61 mx1 postfix/qmgr[20427]: some text",
    "sign for a digit": "Nov 24 03:27:+5 mx1 postfix/qmgr[20427]: some text",
    "other digits": "Nov 24 03:27:3\u0665 mx1 postfix/qmgr[20427]: some text",
    "second header broken": "Nov 24 03:27:36 relay Nov 24 03:27 mx1 some text",
    "two blanks": "Nov 24 03:27:35  mx1 postfix/qmgr[20427]: some text",
    "pid without end": "Nov 24 03:27:35 mx1 postfix/qmgr[20427: some text",
    "pid in the middle": "Nov 24 03:27:35 mx1 postfix[1]qmgr: some text",
    "host in brackets": "Nov 24 03:27:35 [mx1] postfix/qmgr[20427]: some text",
    "nothing but a stamp": "Nov 24 03:27:35",
    "no tag": "Nov 24 03:27:35 mx1",
    "words": "November was cold",
}


def utc(day: int, h: int = 0, m: int = 0, s: int = 0, micros: int = 0) -> datetime:
    return datetime(2026, 11, day, h, m, s, micros, tzinfo=UTC)


ISO_STAMPS: dict[str, datetime] = {
    "2026-11-24T03:27:35.123456+00:00": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35.123+00:00": utc(24, 3, 27, 35, 123000),
    "2026-11-24T03:27:35.1Z": utc(24, 3, 27, 35, 100000),
    "2026-11-24T03:27:35.123456789Z": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35,123456+00:00": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35+00:00": utc(24, 3, 27, 35),
    "2026-11-24T03:27:35Z": utc(24, 3, 27, 35),
    "2026-11-24T03:27:35z": utc(24, 3, 27, 35),
    "2026-11-24t03:27:35z": utc(24, 3, 27, 35),
    "2026-11-24 03:27:35Z": utc(24, 3, 27, 35),
    "2026-11-24 03:27:35.5+08:00": utc(23, 19, 27, 35, 500000),
    "2026-11-24T03:27:35+08:00": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35+0800": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35+08": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35-03:30": utc(24, 6, 57, 35),
    "2026-11-24T03:27:35.123456-0330": utc(24, 6, 57, 35, 123456),
    "2026-11-24T23:59:60Z": utc(25),
}
ISO_STRANGERS = (
    "2026-11-24T03:27:35",
    "2026-11-24T03:27:35.123456",
    "2026-11-24T03:27:35+24:00",
    "2026-11-24T03:27:35.+12345Z",
    "2026-11-24T03:27:35.Z",
    "2026-11-24T03:27:35.1.23456+00:00",
    "2026-11-24T03:27:35.123+456+00:00",
    "2026-02-30T03:27:35Z",
    "2026-13-24T03:27:35Z",
    "2026-11-24T24:27:35Z",
    "2026-11-24T 3:27:35.123456+00:00",
    "0026-11-24T03:27:35.123456+00:00",
    "+026-11-24T03:27:35.123456+00:00",
    "26-11-24T03:27:35Z",
    "2026-11-24T03:27Z",
    "2026-11-24T03:27:35 +0000",
)


HEAD = "<22>1 2026-11-24T03:27:35.1Z mx1 postfix/qmgr 20427 "
WHEN = utc(24, 3, 27, 35, 100000)
RFC5424_LINES: dict[str, tuple[str, tuple[object, ...]]] = {
    "no data": (HEAD + "- - some text", (WHEN, *POSTFIX)),
    "no PRI": (HEAD.removeprefix("<22>") + "- - some text", (WHEN, *POSTFIX)),
    "message id": (HEAD + "ID47 - some text", (WHEN, *POSTFIX)),
    "rsyslog's two blanks": (HEAD + "- -  some text", (WHEN, *POSTFIX)),
    "byte order mark": (HEAD + "- - \ufeffsome text", (WHEN, *POSTFIX)),
    "data": (HEAD + '- [a@1 b="c" d=""][e@2] some text', (WHEN, *POSTFIX)),
    "data with escapes": (HEAD + r'- [a@1 b="x\]y\"] \\ [q"] some text', (WHEN, *POSTFIX)),
    "no text": (HEAD + "- -", (WHEN, *POSTFIX[:3], "")),
    "data, no text": (HEAD + '- [a@1 b="c"]', (WHEN, *POSTFIX[:3], "")),
    "nil": ("<22>1 - - - - - - some text", (None, None, None, None, "some text")),
    "pid that is none": (HEAD.replace("20427", "main") + "- - x", (WHEN, "mx1", "postfix/qmgr", None, "x")),
    "offset": (
        "<22>1 2026-11-24T03:27:35+08:00 mx1 postfix/qmgr 20427 - - some text",
        (utc(23, 19, 27, 35), *POSTFIX),
    ),
}
RFC5424_STRANGERS = {
    "data without end": HEAD + '- [a@1 b="c" some text',
    "data not quoted": HEAD + "- [a@1 b=c] some text",
    "no data": HEAD + "- some text",
    "no such time": HEAD.replace("11-24", "13-24") + "- - some text",
    "BSD behind PRI": "<22>Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
}
