"""Matching by shapes is matching every line by itself, and a shape hides only what differs from case to case.

Brute force here is written for itself: row by row, card by card, each line masked alone, and of the product
only the mask and the regex engine. Cards and changes of lines are random, taken from what real logs say.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.packs.load import load
from logscan.packs.schema import WORD_COLUMNS, Card, Match, Text
from logscan.parsers.clock import Calendar
from logscan.parsers.detect import detect
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import zone
from logscan.pipeline.lines.road import detailed, understood
from logscan.rules.match import match, matches, raw_literals, winner
from logscan.rules.shape import KEY, keyed, masked
from tests.examples import scaled

REAL = Path(__file__).parents[2] / "sample-logs" / "real"
LOGS = ("A/logs/mail.log", "A/logs/apache-error.log", "mod_fastcgi/error.log")
EMPTY = Text(title="", meaning="")
#: Rows and cards take their time; what fails is small enough to read as it is.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


# --- lines ---------------------------------------------------------------------------------------


def rows_of(lines: Sequence[str], head: bytes) -> pl.DataFrame:
    """Return lines of one log as the table that cards judge, by the road that a scan takes."""
    data = "".join(f"{line}\n" for line in lines).encode()
    calendar = Calendar(modified=datetime(2026, 12, 31, tzinfo=UTC), zone=zone("UTC"), option=2026)
    block = Block(source=0, number=0, data=data, previous=b"", lines=len(lines))
    parts = understood(records(block, Plan(main=detect(head), calendar=calendar)))
    return detailed(part.all() for part in parts)


@cache
def noteworthy(name: str) -> tuple[str, ...]:
    """Return the lines of a real log that say something is wrong: those whose reason is no everyday one."""
    lines = (REAL / name).read_text(encoding="utf-8").splitlines()
    rows = rows_of(lines, "\n".join(lines).encode())
    told = rows.filter(~pl.col("everyday") & pl.col("reason").is_not_null())
    return tuple(told.unique("reason", keep="first", maintain_order=True)["raw"])


@cache
def pool() -> tuple[tuple[str, str], ...]:
    return tuple((name, line) for name in LOGS for line in noteworthy(name))


HOSTS = st.sampled_from(
    ["mx.elsewhere.example", "a.b.c.d.example.org", "smtp-7.mail.example.net", "poczta.example.pl"]
)
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+example\b")


@st.composite
def lines_alike(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """A few real lines, each several times with digits, hosts and addresses changed, or a word dropped."""
    name = draw(st.sampled_from(LOGS))
    base = draw(st.lists(st.sampled_from(noteworthy(name)), min_size=1, max_size=4))
    found = []
    for line in base:
        header, text = line[:40], line[40:]
        for _ in range(draw(st.integers(1, 3))):
            changed = text
            for change in draw(
                st.lists(st.sampled_from(["digit", "host", "address", "drop", "none"]), max_size=3)
            ):
                changed = mutated(draw, changed, change)
            found.append(header + changed)
    return found, "\n".join(noteworthy(name)[:200]).encode()


def mutated(draw: st.DrawFn, text: str, change: str) -> str:
    if change == "digit" and (places := [at for at, character in enumerate(text) if character.isdigit()]):
        at = draw(st.sampled_from(places))
        return text[:at] + draw(st.sampled_from("0123456789")) + text[at + 1 :]
    if change == "host":
        return HOST.sub(draw(HOSTS), text, count=1)
    if change == "address":
        return ADDRESS.sub(draw(st.ip_addresses(v=4).map(str)), text, count=1)
    if change == "drop" and (words := text.split(" ")):
        del words[draw(st.integers(0, len(words) - 1))]
        return " ".join(words)
    return text


# --- cards ---------------------------------------------------------------------------------------


@st.composite
def cards(draw: st.DrawFn, rows: pl.DataFrame) -> dict[str, Card]:
    """Some cards whose words, literals and regexes are taken from these very rows."""
    shaped = keyed(rows)
    found: dict[str, Card] = {}
    for number in range(draw(st.integers(1, 6))):
        row = shaped.row(draw(st.integers(0, shaped.height - 1)), named=True)
        raw = draw(st.booleans())
        text = str((row["reason"] if raw else row["masked"]) or "")
        if not text.strip():
            continue
        found[f"c{number}"] = Card(
            id=f"c{number}",
            since="0.1",
            status="stable",
            severity=draw(st.sampled_from(["critical", "error", "warning"])),
            cause="unknown",
            nature="soft",
            fault="unknown",
            match=Match(
                words=draw(words(row)), reason=draw(regex(text)), literal=draw(literals(text)), raw=raw
            ),
            text=EMPTY,
            over=tuple(draw(st.lists(st.sampled_from(sorted(found)), max_size=1))) if found else (),
        )
    return found


@st.composite
def words(draw: st.DrawFn, row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    columns = draw(st.lists(st.sampled_from(WORD_COLUMNS), max_size=3, unique=True))
    also = {"smtp_code": "550", "errno": "104", "http_status": "500"}
    return {
        column: tuple(sorted({str(row[column]), also.get(column, "other")}))
        for column in columns
        if row.get(column) is not None
    }


@st.composite
def literals(draw: st.DrawFn, text: str) -> tuple[str, ...]:
    chosen = []
    for _ in range(draw(st.integers(1, 2))):
        piece = draw(part(text))
        chosen.append(draw(st.sampled_from([piece, piece.upper(), piece.lower()])))
    return tuple(chosen)


@st.composite
def part(draw: st.DrawFn, text: str) -> str:
    begin = draw(st.integers(0, max(0, len(text) - 5)))
    return text[begin : begin + draw(st.integers(3, 40))]


@st.composite
def regex(draw: st.DrawFn, text: str) -> str | None:
    """Return nothing, or a stretch of the text as a regex: anchored or not, with a part left open."""
    if draw(st.integers(0, 3)) == 0:
        return None
    piece = draw(part(text))
    split = draw(st.integers(0, len(piece)))
    middle = draw(st.sampled_from(["", "", ".", r"\w*", ".{0,9}", r"(?:\d+|x)?", "[^ ]*"]))
    pattern = escaped(piece[:split]) + middle + escaped(piece[split:])
    return draw(st.sampled_from(["", "", "(?i)", "^.*"])) + pattern


def escaped(text: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\#&~-])", r"\\\1", text)


# --- brute force ---------------------------------------------------------------------------------


def alone(row: pl.DataFrame, card: Card) -> bool:
    """Tell whether a card matches one row, as the schema of cards says it."""
    values = row.row(0, named=True)
    if any(str(values.get(column)) not in allowed for column, allowed in card.match.words.items()):
        return False
    reason = str(values["reason"] or "")
    seen = reason if card.match.raw else masked(pl.Series([reason])).item()
    if not any(lower(literal) in lower(seen) for literal in card.match.literal):
        return False
    return card.match.reason is None or bool(pl.Series([seen]).str.contains(card.match.reason)[0])


def lower(text: str) -> str:
    return text.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def by_shapes(rows: pl.DataFrame, pack: Mapping[str, Card]) -> list[tuple[list[str], str | None]]:
    """Return for each row the cards that match its shape, and the one that wins: each shape judged once."""
    shaped = keyed(rows, raw_literals(pack.values()))
    shapes = shaped.unique("shape", keep="any", maintain_order=True).select("shape", *KEY)
    every = dict(zip(shapes["shape"], matches(shapes, list(pack.values())), strict=True))
    best = dict(match(shapes, pack).select("shape", "rule").iter_rows())
    return [(every[shape], best[shape]) for shape in shaped["shape"]]


def by_rows(rows: pl.DataFrame, pack: Mapping[str, Card]) -> list[tuple[list[str], str | None]]:
    found = []
    for index in range(rows.height):
        mine = sorted(name for name, card in pack.items() if alone(rows[index], card))
        found.append((mine, winner(mine, pack) if mine else None))
    return found


@hypothesis_settings(max_examples=scaled(20), phases=UNSHRUNK)
@given(alike=lines_alike(), data=st.data())
def test_random_cards_match_shapes_as_they_match_lines(
    alike: tuple[list[str], bytes], data: st.DataObject
) -> None:
    rows = rows_of(*alike)
    pack = data.draw(cards(rows))
    assert by_shapes(rows, pack) == by_rows(rows, pack)


@hypothesis_settings(max_examples=scaled(25), phases=UNSHRUNK)
@given(alike=lines_alike())
def test_our_cards_match_shapes_as_they_match_lines(alike: tuple[list[str], bytes]) -> None:
    pack = load().cards
    rows = rows_of(*alike)
    raw = raw_literals(pack.values())
    whole = keyed(rows, raw)
    single = [keyed(rows[index], raw) for index in range(rows.height)]
    every = list(pack.values())
    assert matches(whole, every) == [matches(row, every)[0] for row in single]
    assert [rule for rule, _ in match(whole, pack).select("rule", "rivals").iter_rows()] == [
        match(row, pack)["rule"][0] for row in single
    ]


def card(name: str, literal: str, reason: str | None = None, *, raw: bool = False) -> Card:
    return Card(
        id=name, since="", status="", severity="error", cause="", nature="", fault="", text=EMPTY,
        match=Match(words={}, reason=reason, literal=(literal,), raw=raw),
    )  # fmt: skip


def test_a_card_sees_the_mask_whatever_other_cards_see() -> None:
    rows = pl.DataFrame({"reason": ["connect to 192.0.2.25 port 8891 refused"]})
    masked_only = {"a": card("a", "8891")}
    assert by_shapes(rows, masked_only) == [([], None)]
    both = masked_only | {"b": card("b", "port 8891", raw=True)}
    assert by_shapes(rows, both) == by_rows(rows, both) == [(["b"], "b")]


def test_a_card_for_the_unmasked_text_does_not_see_the_mask() -> None:
    rows = pl.DataFrame({"reason": ["connect to 192.0.2.25 port 8891 refused"]})
    pack = {"a": card("a", "<ip> port", raw=True), "b": card("b", "port 8891", raw=True)}
    assert by_shapes(rows, pack) == by_rows(rows, pack) == [(["b"], "b")]


# --- the mask ------------------------------------------------------------------------------------


@cache
def reasons() -> tuple[str, ...]:
    tables = (rows_of(noteworthy(name), "\n".join(noteworthy(name)[:200]).encode()) for name in LOGS)
    return tuple(sorted({reason for table in tables for reason in table["reason"].drop_nulls()}))


def mask(texts: Sequence[str]) -> list[str]:
    return masked(pl.Series(texts, dtype=pl.String)).to_list()


@hypothesis_settings(max_examples=scaled(30), phases=UNSHRUNK)
@given(st.lists(st.sampled_from(reasons()), min_size=1, max_size=30))
def test_the_mask_of_a_line_does_not_depend_on_other_lines(texts: list[str]) -> None:
    known = dict(zip(reasons(), mask(reasons()), strict=True))
    assert mask(texts) == [known[text] for text in texts]


def test_a_mask_is_masked_already() -> None:
    """What has been masked says nothing more that differs from case to case."""
    once = mask(reasons())
    assert mask(once) == once


name = st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,6})?", fullmatch=True)
top = st.sampled_from(
    ["example", "com", "org", "cn", "pl", "py", "so", "cf", "pm", "de", "co.uk", "com.pl", "dev"]
)
hosts = st.builds(lambda labels, last: ".".join([*labels, last]), st.lists(name, min_size=1, max_size=4), top)
#: A name without an address behind it; wp.pl alone could be a script's as well.
names = hosts.filter(lambda host: host.count(".") > 1 or not re.search(r"\.(?:pl|py|so|cf|pm)$", host))
ipv4 = st.ip_addresses(v=4).map(str)
#: What stands in brackets behind a host's name; a log holds addresses of machines, not `::`.
ipv6 = st.ip_addresses(v=6, network="2001:db8::/32").map(str)
#: Without `=`: in an address that stands alone, what is before it is taken for a field's name.
local = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,20}", fullmatch=True)
addresses = st.builds("{}@{}".format, local, hosts)
short_id = st.from_regex(r"[0-9A-F]{8,12}", fullmatch=True)
#: Time in base 52 (digits and consonants; the first is a digit by the second of this century), `z`, inode in base 51.
long_id = st.from_regex(
    r"4[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{9}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{2,8}", fullmatch=True
)
queue_ids = short_id | long_id
numbers = st.integers(1000, 9_999_999).map(str)

#: Real reasons with holes, and what goes into them. Numbers of three digits may be reply codes: they stay.
HOLES = {
    "host": hosts, "name": names, "ip": ipv4 | ipv6, "ip4": ipv4, "addr": addresses, "qid": queue_ids, "n": numbers,
    "port": st.integers(1000, 65535).map(str), "pid": st.integers(1000, 4_194_304).map(str),
    "small": st.integers(0, 99).map(str),
}  # fmt: skip
TEMPLATES = (
    "host {host}[{ip}] said: 550 5.1.1 <{addr}>: Recipient address rejected: User unknown in virtual mailbox table",
    "host {host}[{ip}] refused to talk to me: 421 4.7.0 {name} Error: too many connections from {ip}",
    "host {host}[{ip}] said: 450 4.7.1 Client host rejected: cannot find your hostname, [{ip}]",
    "connect to {host}[{ip}]:25: Connection timed out",
    "lost connection with {host}[{ip}] while sending RCPT TO",
    "Host or domain name not found. Name service error for name={host} type=MX: Host not found, try again",
    "TLS is required, but was not offered by host {host}[{ip}]",
    "unknown[{ip}]: SASL LOGIN authentication failed: authentication failure, sasl_username={addr}",
    "450 4.1.8 <{addr}>: Sender address rejected: Domain not found",
    "554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; https://{host}/q?ip={ip}",
    "mail for {name} loops back to myself",
    "unreasonable virtual_alias_maps map nesting for {addr} -- message not accepted, try again later",
    "process /usr/lib/postfix/sbin/smtpd pid {pid} exit status 1",
    "{qid}: queue file size limit exceeded",
    "close: {qid}: No space left on device",
    "message from {addr} to {addr} is too old, see {qid}",
    'FastCGI: comm with server "/srv/{host}/x.fcgi" aborted: idle timeout ({small} sec)',
    "FastCGI: server \"/usr/bin/dispatch.fcgi\" (pid {pid}) terminated due to uncaught signal '11'",
    "(104)Connection reset by peer: AH01075: Error dispatching request to : (reading input brigade), {ip4}:{port}",
    "child {n} said into stderr",
    "exceeded the limit: {n} of {n} bytes",
)


@hypothesis_settings(max_examples=scaled(60), phases=UNSHRUNK)
@given(template=st.sampled_from(TEMPLATES), data=st.data())
@example(template="host {host}[{ip}] said: 550 no", data=None)
def test_what_the_mask_hides_does_not_change_the_shape(template: str, data: st.DataObject | None) -> None:
    if data is None:
        texts = [template.format(host=host, ip="192.0.2.1") for host in ("mx.a.example", "mx.wp.pl", "wp.pl")]
    else:
        texts = [filled(template, data) for _ in range(4)]
    assert len(set(mask(texts))) == 1, dict(zip(texts, mask(texts), strict=True))


def filled(template: str, data: st.DataObject) -> str:
    return re.sub(r"\{(\w+)\}", lambda hole: str(data.draw(HOLES[hole[1]])), template)


@hypothesis_settings(max_examples=scaled(20), phases=UNSHRUNK)
@given(text=st.sampled_from(reasons()), data=st.data())
def test_in_real_reasons_other_numbers_and_addresses_make_no_other_shape(
    text: str, data: st.DataObject
) -> None:
    changed = ADDRESS.sub(lambda _: data.draw(ipv4), text)
    changed = re.sub(r"(?<=\[)\d{4,}(?=\])|(?<=pid )\d{2,}", lambda _: data.draw(numbers), changed)
    changed = re.sub(r"[\w.+-]+@[\w.-]*\w", lambda _: data.draw(addresses), changed)
    assert mask([changed]) == mask([text])


@hypothesis_settings(max_examples=scaled(20), phases=UNSHRUNK)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["550", "450", "421", "554"]), st.sampled_from(["5.1.1", "4.7.1", "5.7.26"])
        ),
        min_size=2,
        max_size=2,
        unique=True,
    )
)
def test_what_tells_errors_apart_is_not_hidden(codes: list[tuple[str, str]]) -> None:
    first, second = (f"host mx.a.example[192.0.2.1] said: {code} {dsn} no" for code, dsn in codes)
    assert mask([first]) != mask([second])
