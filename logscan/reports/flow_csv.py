"""The numbers of mail traffic for a spreadsheet: one table of long form.

In: `Flow`. Out: rows of section, name, measure, value. Never: a cell that a spreadsheet takes for a formula.

One form for everything, so that one filter finds anything: `per_hour`, its beginning, `delivered`, 42. What nobody
counted has an empty value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields

from logscan.model.flow import Flow, Period
from logscan.model.safety import csv_cell
from logscan.reports.flow_json import period_start, totals
from logscan.reports.json import number

HEADER = ("section", "name", "measure", "value")

_Row = tuple[str, str, str, int | float | None]


def text(flow: Flow) -> str:
    """Return the table, with its header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for section, name, measure, value in _rows(flow):
        writer.writerow([section, csv_cell(name), csv_cell(measure), "" if value is None else value])
    return stream.getvalue()


def _rows(flow: Flow) -> Iterator[_Row]:
    yield from (("totals", "", name, count) for name, count in totals(flow).items())
    yield "handed_over", "", "unreturned", flow.unreturned
    yield from _periods("per_hour", flow.per_hour)
    yield from _periods("per_day", flow.per_day)
    for field in fields(flow.top):
        for named in getattr(flow.top, field.name):
            for measure in ("messages", "recipients", "bytes"):
                yield f"top_{field.name}", named.name, measure, getattr(named, measure)
    yield from _refusals(flow)
    for tls in flow.tls:
        yield "tls", f"{tls.direction or ''}/{tls.level or ''}/{tls.protocol}", "count", tls.count
    yield from (("auth", login.client_ip or "", login.user or "", login.count) for login in flow.auth)
    for delays in flow.delays:
        for measure in ("p50", "p90", "p95", "p98", "max"):
            yield "delay_percentiles", delays.stage, measure, number(getattr(delays, measure))
    yield from (("differences", each.measure, each.reason, each.count) for each in flow.differences or ())


def _periods(section: str, periods: Sequence[Period]) -> Iterator[_Row]:
    for period in periods:
        for measure, count in asdict(period).items():
            if measure != "start":
                yield section, period_start(period.start), measure, count


def _refusals(flow: Flow) -> Iterator[_Row]:
    for each in flow.rejects:
        name = f"{each.cause}/{each.stage or ''}"
        yield "rejects", name, "count", each.count
        yield "rejects", name, "clients", each.clients
        for client, count in each.top_clients:
            yield "reject_clients", client, name, count
