"""A mail server's day as tables of log lines: Postfix with OpenDKIM, threads whole and queue IDs consistent.

In: a `World`, a random generator, a stretch of time. Out: rows (t: microseconds since 1970, tag, text),
unsorted; retries and notices may lie after the stretch.
Never: a loop over lines; a queue ID that leads nowhere (but for mail that still waits at the end).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from failures import REJECTS, WARNINGS, Failure
from names import HEX, LONG, Names, Numbers, spell, unevenly

TLS = (
    ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS"
)
OWN_IP = "192.0.2.25"
SECOND = 1_000_000
#: Lines and problem lines of one session of each sort, on average; they set the mix.
LINES = {"inbound": 8.85, "outbound": 9.35, "failing": 13.6, "rejected": 3.0, "warned": 3.0}
PROBLEMS = {"failing": 2.1, "rejected": 1.0, "warned": 1.0}
#: How problem lines are shared out, and healthy mail.
SHARES = {"failing": 0.5, "rejected": 0.3, "warned": 0.2}
INBOUND = 0.55
DAEMONS = (
    "postfix/smtpd", "postfix/submission/smtpd", "postfix/cleanup", "postfix/smtp", "postfix/local",
    "postfix/bounce", "postfix/qmgr", "opendkim",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What stays the same all the time. problems: share of lines that tell of a problem."""

    names: Names
    failures: tuple[Failure, ...]
    problems: float = 0.05
    long_ids: bool = False


def sessions_per_line(problems: float) -> dict[str, float]:
    """Return how many sessions of each sort a line of log stands for, so that `problems` comes out."""
    rates = {sort: problems * share / PROBLEMS[sort] for sort, share in SHARES.items()}
    left = 1 - sum(rate * LINES[sort] for sort, rate in rates.items())
    if left < 0:
        raise ValueError(f"a share of {problems} problem lines leaves no room for the lines around them")
    healthy = left / (INBOUND * LINES["inbound"] + (1 - INBOUND) * LINES["outbound"])
    return {"inbound": healthy * INBOUND, "outbound": healthy * (1 - INBOUND), **rates}


def traffic(world: World, random: np.random.Generator, times: Numbers) -> pl.DataFrame:
    """Return the lines of one session per element of `times`."""
    rates = sessions_per_line(world.problems)
    total = sum(rates.values())
    sort = random.choice(len(rates), size=len(times), p=[rate / total for rate in rates.values()])
    makers = (_inbound, _outbound, _failing, _rejected, _warned)
    return pl.concat(
        lines
        for number, make in enumerate(makers)
        for lines in make(world, random, _sessions(world, random, times[sort == number]))
    )


# --- what every session has --------------------------------------------------------------------


def _sessions(world: World, random: np.random.Generator, times: Numbers) -> pl.DataFrame:
    count, names = len(times), world.names
    client = unevenly(random, len(names.clients), count)
    recipient = unevenly(random, len(names.addresses), count)
    queue_id = _queue_ids(world, random, times)
    sender = unevenly(random, len(names.addresses), count)
    sender_domain = names.domains.gather(sender)
    return pl.DataFrame(
        {
            "t": times,
            "step": random.integers(2_000, 60_000, count),
            "qid": queue_id,
            "client": names.clients.gather(client),
            "client_ip": names.client_ips.gather(client),
            "helo": names.helos.gather(client),
            "sender": names.addresses.gather(sender),
            "sender_domain": sender_domain,
            "recipient": names.addresses.gather(recipient),
            "domain": names.domains.gather(recipient),
            "relay": names.relays.gather(recipient),
            "relay_name": names.relay_names.gather(recipient),
            "size": random.lognormal(9.2, 1.4, count).astype(np.int64) + 400,
            "nrcpt": np.where(random.random(count) < 0.85, 1, random.integers(2, 4, count)),
            "pid": 1000 + random.integers(0, 40, count) * 7 + times // (900 * SECOND) % 50_000,
            "timing": _timings(random).gather(random.integers(0, 2_000, count)),
            "message_id": "<"
            + spell(random.integers(0, 16**12, count), HEX, 12)
            + "."
            + queue_id
            + "@"
            + sender_domain
            + ">",
        }
    )


def _queue_ids(world: World, random: np.random.Generator, times: Numbers) -> pl.Series:
    inode = random.integers(0x10000, 0x200000, len(times))
    if world.long_ids:
        seconds, fraction = np.divmod(times, SECOND)
        return spell(seconds, LONG, 6) + spell(fraction, LONG, 4) + "z" + spell(inode, LONG[:51], 4)
    return spell(times % SECOND, HEX, 5) + spell(inode, HEX, 6)


def _timings(random: np.random.Generator) -> pl.Series:
    """Return 2,000 spellings of `delay=.., delays=a/b/c/d`, few digits, as Postfix prints them."""
    parts = np.round(random.exponential([0.08, 0.01, 0.3, 0.4], (2_000, 4)), 2)
    return pl.Series(
        [f"delay={row.sum():.2g}, delays={'/'.join(f'{part:.2g}' for part in row)}" for row in parts]
    )


def _lines(sessions: pl.DataFrame, step: int, daemon: str, *text: str | pl.Expr) -> pl.DataFrame:
    """Return a line for every session: its time, its tag, its text, whose parts are joined.

    step: how many of the session's steps after its begin. A daemon's pid is the session's plus its place.
    """
    parts = [pl.lit(part) if isinstance(part, str) else part for part in text]
    pid = pl.lit("[") + (pl.col("pid") + DAEMONS.index(daemon)).cast(pl.String) + "]: "
    return sessions.select(
        pl.col("t") + step * pl.col("step"),
        (pl.lit(daemon) + pid).alias("tag"),
        pl.concat_str(parts).alias("text"),
    )


Q, CLIENT, SENDER, RECIPIENT, RELAY = (
    pl.col(name) for name in ("qid", "client", "sender", "recipient", "relay")
)
NRCPT, SIZE, TIMING = (pl.col(name) for name in ("nrcpt", "size", "timing"))


def _queued(s: pl.DataFrame, step: int, sender: str | pl.Expr = SENDER) -> pl.DataFrame:
    return _lines(
        s.with_columns(pid=pl.lit(812)), step, "postfix/qmgr",
        Q, ": from=<", sender, ">, size=", SIZE, ", nrcpt=", NRCPT, " (queue active)",
    )  # fmt: skip


def _removed(s: pl.DataFrame, step: int) -> pl.DataFrame:
    return _lines(s.with_columns(pid=pl.lit(812)), step, "postfix/qmgr", Q, ": removed")


def _each_recipient(s: pl.DataFrame) -> pl.DataFrame:
    """Return every session as often as it has recipients; the second and third are neighbours of the first."""
    return s.with_columns(copy=pl.int_ranges(NRCPT)).explode("copy").with_columns(
        recipient=pl.when(pl.col("copy") > 0).then(pl.col("copy").cast(pl.String) + "." + RECIPIENT).otherwise(RECIPIENT)
    )  # fmt: skip


# --- the sorts of sessions ---------------------------------------------------------------------


def _inbound(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:  # noqa: ARG001
    signed = random.random(s.height) < 0.6
    dkim = pl.Series(["no signature data", "DKIM verification successful"]).gather(signed.astype(np.int64))
    return [
        _lines(s, 0, "postfix/smtpd", "connect from ", CLIENT),
        _lines(s.filter(signed), 1, "postfix/smtpd", "Anonymous TLS connection established from ", CLIENT, TLS),
        _lines(s, 2, "postfix/smtpd", Q, ": client=", CLIENT),
        _lines(s, 3, "postfix/cleanup", Q, ": message-id=", pl.col("message_id")),
        _lines(s.with_columns(pid=pl.lit(790)), 4, "opendkim", Q, ": ", pl.lit(dkim)),
        _queued(s, 5),
        _lines(s, 6, "postfix/smtpd", "disconnect from ", CLIENT, " ehlo=2 starttls=1 mail=1 rcpt=", NRCPT,
               " data=1 quit=1 commands=", NRCPT + 6),
        _lines(_each_recipient(s), 7, "postfix/local", Q, ": to=<", RECIPIENT, ">, relay=local, ", TIMING,
               ", dsn=2.0.0, status=sent (delivered to mailbox)"),
        _removed(s, 8),
    ]  # fmt: skip


def _submitted(s: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the part that every outgoing mail has: handed in, signed, queued."""
    return [
        _lines(s, 0, "postfix/submission/smtpd", "connect from ", CLIENT),
        _lines(s, 1, "postfix/submission/smtpd", Q, ": client=", CLIENT, ", sasl_method=PLAIN, sasl_username=", SENDER),
        _lines(s, 2, "postfix/cleanup", Q, ": message-id=", pl.col("message_id")),
        _lines(s.with_columns(pid=pl.lit(790)), 3, "opendkim",
               Q, ": DKIM-Signature field added (s=mail, d=", pl.col("sender_domain"), ")"),
        _queued(s, 4),
        _lines(s, 5, "postfix/submission/smtpd", "disconnect from ", CLIENT, " ehlo=2 starttls=1 auth=1 mail=1 rcpt=",
               NRCPT, " data=1 quit=1 commands=", NRCPT + 7),
    ]  # fmt: skip


def _sent(s: pl.DataFrame, step: int) -> list[pl.DataFrame]:
    return [
        _lines(_each_recipient(s), step, "postfix/smtp", Q, ": to=<", RECIPIENT, ">, relay=", RELAY, ":25, ", TIMING,
               ", dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ", pl.col("message_id").str.slice(1, 11), ")"),
        _removed(s, step + 1),
    ]  # fmt: skip


def _outbound(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:  # noqa: ARG001
    tls = _lines(s, 6, "postfix/smtp", "Untrusted TLS connection established to ", RELAY, ":25", TLS)
    return [*_submitted(s), tls, *_sent(s, 7)]


def _failing(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:
    count, known = s.height, 18
    common = unevenly(random, min(known, len(world.failures)), count)
    own = random.integers(0, len(world.failures), count)
    # Half the failures are the common ones, the other half is spread evenly over all wordings.
    which = np.where(random.random(count) < 0.5, common, own)
    table = pl.DataFrame(
        [(f.status, f.dsn, f.remote, f.text) for f in world.failures],
        schema={"status": pl.String, "dsn": pl.String, "remote": pl.Boolean, "failure": pl.String},
        orient="row",
    )
    s = pl.concat([s.with_columns(nrcpt=pl.lit(1)), table[which]], how="horizontal").with_columns(
        failure=_filled("failure", {"r": RECIPIENT, "m": RELAY, "n": pl.col("relay_name"), "d": pl.col("domain")})
        .str.replace_all("{i}", OWN_IP, literal=True),
        hop=pl.when("remote").then(RELAY + ":25").otherwise(pl.lit("none")),
        tries=pl.when(pl.col("status") == "bounced").then(1).otherwise(pl.lit(random.integers(1, 5, count))),
        recovers=pl.lit(random.random(count) < 0.5),
    )  # fmt: skip
    lines = _submitted(s)
    for number in range(4):
        # Postfix waits 300 s, then twice as long each time.
        again = s.filter(pl.col("tries") > number).with_columns(
            t=pl.col("t") + 300 * SECOND * (2**number - 1)
        )
        if number:
            lines.append(_queued(again, 5))
        reached = pl.col("failure").str.starts_with("connect to ")
        lines.append(_lines(again.filter(reached), 6, "postfix/smtp", pl.col("failure")))
        lines.append(
            _lines(again, 7, "postfix/smtp", Q, ": to=<", RECIPIENT, ">, relay=", pl.col("hop"), ", ", TIMING,
                   ", dsn=", pl.col("dsn"), ", status=", pl.col("status"), " (", pl.col("failure"), ")")
        )  # fmt: skip
    lines += _bounced(world, random, s.filter(pl.col("status") == "bounced"))
    recovered = s.filter((pl.col("status") == "deferred") & pl.col("recovers")).with_columns(
        t=pl.col("t") + 300 * SECOND * (2 ** pl.col("tries") - 1)
    )
    return [*lines, _queued(recovered, 5), *_sent(recovered, 7)]


def _bounced(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the notice to the sender, a mail of its own, and the end of the mail."""
    notice = s.with_columns(
        old=Q, qid=_queue_ids(world, random, s["t"].to_numpy()), size=SIZE + 2_300, recipient=SENDER,
    )  # fmt: skip
    return [
        _lines(notice, 8, "postfix/cleanup", Q, ": message-id=<20261101.", Q, "@mx1.harborlight.example>"),
        _lines(notice, 9, "postfix/bounce", pl.col("old"), ": sender non-delivery notification: ", Q),
        _queued(notice, 10, ""),
        _removed(s, 11),
        _lines(notice, 12, "postfix/local", Q, ": to=<", RECIPIENT, ">, relay=local, ", TIMING,
               ", dsn=2.0.0, status=sent (delivered to mailbox)"),
        _removed(notice, 13),
    ]  # fmt: skip


def _filled(column: str, slots: dict[str, pl.Expr]) -> pl.Expr:
    text = pl.col(column)
    for name, value in slots.items():
        text = text.str.replace_all("{" + name + "}", value, literal=True)
    return text


def _rejected(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:  # noqa: ARG001
    template = pl.Series("template", REJECTS).gather(unevenly(random, len(REJECTS), s.height))
    slots = {"c": CLIENT, "a": pl.col("client_ip"), "r": RECIPIENT, "s": SENDER, "h": pl.col("helo")}
    s = s.with_columns(template).with_columns(refusal=_filled("template", slots))
    return [
        _lines(s, 0, "postfix/smtpd", "connect from ", CLIENT),
        _lines(s, 1, "postfix/smtpd", "NOQUEUE: reject: ", pl.col("refusal"), "; from=<", SENDER, "> to=<", RECIPIENT,
               "> proto=ESMTP helo=<", pl.col("helo"), ">"),
        _lines(s, 2, "postfix/smtpd", "disconnect from ", CLIENT, " ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"),
    ]  # fmt: skip


def _warned(world: World, random: np.random.Generator, s: pl.DataFrame) -> list[pl.DataFrame]:  # noqa: ARG001
    template = pl.Series("template", WARNINGS).gather(unevenly(random, len(WARNINGS), s.height))
    s = s.with_columns(template).with_columns(warning=_filled("template", {"c": CLIENT, "u": SENDER}))
    return [
        _lines(s, 0, "postfix/smtpd", "connect from ", CLIENT),
        _lines(s, 1, "postfix/smtpd", pl.col("warning")),
        _lines(s, 2, "postfix/smtpd", "disconnect from ", CLIENT, " ehlo=1 auth=0/1 commands=1/2"),
    ]
