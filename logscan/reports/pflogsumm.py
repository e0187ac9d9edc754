"""pflogsumm's own report, to the byte where its order is not left to chance.

In: `Summary`. Out: its Grand Totals, and its tables by day, hour, host and user.
Never: the details of refusals and deferrals, which flow, scan and bounces tell better.

Lines of equal count and size in its tables of hosts stand in no order there; here by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logscan.model.pflogsumm import Delivered, Share, Summary
from logscan.reports.paper import Paper

_THOUSANDS_AT = 512 * 1024
_MILLIONS_AT = 512 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADING = "received  delivered   deferred    bounced     rejected"
_RULE = "    " + "-" * 68
_MESSAGES = ("received", "delivered", "forwarded", "deferred", "bounced", "removed (canceled)", "expired")
_BYTES = (
    "bytes received",
    "bytes delivered",
    "senders",
    "sending hosts/domains",
    "recipients",
    "recipient hosts/domains",
)


def write(summary: Summary, paper: Paper) -> None:
    """Write the report."""
    for line in (*totals(summary), *tables(summary)):
        paper.line(line)


def totals(summary: Summary) -> Iterator[str]:
    """Yield the lines of the Grand Totals, from the empty one before to the empty one behind."""
    yield from _title("Grand Totals")
    yield "messages"
    yield ""
    sums = summary.totals
    handled = sums["delivered"] + sums["rejected"] + sums["discarded"]
    for name in _MESSAGES:
        if name == "deferred":
            yield _counted(sums["deferred"], _deferred(sums["deferrals"]))
        elif name in sums:
            yield _counted(sums[name], name)
    yield _counted(sums["rejected"], f"rejected ({_percent(sums['rejected'], handled)}%)")
    yield _counted(sums["reject warnings"], "reject warnings")
    yield _counted(sums["held"], "held")
    yield _counted(sums["discarded"], f"discarded ({_percent(sums['discarded'], handled)}%)")
    yield ""
    for name in _BYTES:
        yield _counted(sums[name], name)
    yield ""


def tables(summary: Summary) -> Iterator[str]:
    """Yield the tables behind the Grand Totals."""
    several = summary.day_count > 1
    if several:
        yield from _title("Per-Day Traffic Summary")
        yield f"    date          {_HEADING}"
        yield _RULE
        for (year, month, day), row in summary.days.items():
            yield f"    {_MONTHS[month]} {day:2d} {year}" + _row(row)
    yield from _title(f"Per-Hour Traffic {'Daily Average' if several else 'Summary'}")
    yield f"    time          {_HEADING}"
    yield _RULE
    for hour, row in enumerate(summary.hours):
        shown = [_average(value, summary.day_count) for value in row]
        yield f"    {hour:02d}00-{hour + 1:02d}00  " + _row(shown)
    yield from _delivered(summary.recipient_domains)
    yield from _received(summary.sending_domains)
    for who, shares in (("Senders", summary.senders), ("Recipients", summary.recipients)):
        yield from _users(f"{who} by message count", [(share.name, share.messages) for share in shares])
    for who, shares in (("Senders", summary.senders), ("Recipients", summary.recipients)):
        yield from _users(f"{who} by message size", [(share.name, share.bytes) for share in shares])
    if summary.unsized:
        yield from _headed("Messages with no size data", empty=False)
    for token, recipient in summary.unsized:
        yield f" {token}  {recipient}"


def _title(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)


def _headed(title: str, *, empty: bool) -> Iterator[str]:
    yield ""
    if empty:
        yield f"{title}: none"
    else:
        yield title
        yield "-" * len(title)


def _delivered(domains: Sequence[Delivered]) -> Iterator[str]:
    yield from _title("Host/Domain Summary: Message Delivery ")
    yield " sent cnt  bytes   defers   avg dly max dly host/domain"
    yield " -------- -------  -------  ------- ------- -----------"
    for each in domains:
        counts = "  ".join(_number(value) for value in (each.sent, each.bytes, each.deferrals))
        yield f" {counts}  {_duration(each.mean)}  {_duration(each.longest)}  {each.name}"


def _received(domains: Sequence[Share]) -> Iterator[str]:
    yield from _title("Host/Domain Summary: Messages Received ")
    yield " msg cnt   bytes   host/domain"
    yield " -------- -------  -----------"
    for each in domains:
        yield f" {_number(each.messages)}  {_number(each.bytes)}  {each.name}"


def _users(title: str, rows: Sequence[tuple[str, int]]) -> Iterator[str]:
    yield from _headed(title, empty=not rows)
    for name, value in sorted(rows, key=lambda row: (-row[1], _normal(row[0]), row[0])):
        yield f" {_number(value)}  {name}"


def _normal(name: str) -> bytes:
    """Return by what names are sorted: labels reversed; of an address its four bytes."""
    word = next(iter(name.split()), "")
    octets = word.split(".")
    if len(octets) == 4 and all(octet.isascii() and octet.isdigit() and len(octet) <= 3 for octet in octets):
        return "".join(chr(int(octet)) for octet in octets).encode()
    labels = word.replace("@", ".").split(".")
    while labels and not labels[-1]:  # Perl's split leaves none behind
        labels.pop()
    return "".join(label.lower() for label in reversed(labels)).encode()


def _counted(value: int, words: str) -> str:
    return f" {_number(value)}  {words}"


def _deferred(deferrals: int) -> str:
    shown, unit = _unit(deferrals)
    return f"deferred  ({int(shown)}{unit} deferrals)" if deferrals else "deferred"


def _percent(part: int, whole: int) -> int:
    return int(part / whole * 100) if whole else 0


def _average(value: int, days: int) -> float:
    return value / days + 0.5 if days else value


def _row(values: Sequence[float]) -> str:
    return "".join(f"    {_number(value)}" for value in values)


def _number(value: float) -> str:
    shown, unit = _unit(value)
    return f"{int(shown):6d}{unit}"


def _unit(value: float) -> tuple[float, str]:
    if value > _MILLIONS_AT:
        return value / (1024 * 1024), "m"
    if value > _THOUSANDS_AT:
        return value / 1024, "k"
    return value, " "


def _duration(seconds: float) -> str:
    if seconds > 3600:
        return f"{seconds / 3600:5.1f} h"
    if seconds > 60:
        return f"{seconds / 60:5.1f} m"
    return f"{seconds:5.1f} s"
