"""Every field against what the driver saw: what a mail, a refusal, a signature was.

In: truth.json of A, the events of its logs. One test a scenario; a list of differences that must
be empty tells all of them at once. test_outages.py does the same for requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest

from tests.truth.reading import EventsOf, Json, moment, stamp, table, truth

TRUTH = truth("A")
COMPLETE = table()["complete"]

SCENARIOS = sorted({message["scenario"] for message in TRUTH["messages"]})

#: The mail goes to a filter first, so its recipients' last hop is under another queue ID.
FILTERED = {"content-filter", "normal-out-filter"}
#: Recipients grow: always_bcc, recipient_bcc_maps, virtual aliases.
GROWING = {"normal-out-out", "after-disk-full", "recipient-bcc", "virtual-alias"}
#: What the truth calls it -> the kind of line that says so.
DIVERTED = {"held": "hold", "discarded": "discard", "redirected": "redirect", "deleted": "deleted"}
BY_ACCESS = {"sender-hold", "sender-discard"}
#: Mails that were taken away before cleanup had logged their Message-ID.
UNLOGGED_ID = {"header-discard", "sender-discard"}


def messages(scenario: str) -> Iterator[tuple[Json, str]]:
    """Yield the messages of a scenario that got a queue ID of ours, with it."""
    for message in TRUTH["messages"]:
        queue_id = message["queue_ids"].get("out" if message["via"] == "out" else "ours")
        if message["scenario"] == scenario and queue_id:
            yield message, queue_id


@pytest.fixture(scope="session")
def by_queue_id(mail: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the lines of every queue ID. None is used twice in this log."""
    parts = mail.filter(pl.col("queue_id").is_not_null()).partition_by("queue_id", as_dict=True)
    return {str(queue_id): part for (queue_id,), part in parts.items()}


def of(lines: pl.DataFrame, kind: str, family: str = "postfix") -> pl.DataFrame:
    return lines.filter((pl.col("family") == family) & (pl.col("kind") == kind))


def to(lines: pl.DataFrame, recipient: str) -> pl.DataFrame:
    mine = (pl.col("recipient") == recipient) | (pl.col("orig_recipient") == recipient)
    return of(lines, "delivery").filter(mine)


# --- mails ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_came_in(scenario: str, by_queue_id: dict[str, pl.DataFrame]) -> None:
    wrong = [
        (queue_id, *difference)
        for message, queue_id in messages(scenario)
        for difference in _came_in(message, by_queue_id[queue_id])
    ]
    assert wrong == []


def _came_in(message: Json, lines: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    wanted = {None if message["scenario"] == "no-message-id" else message["message_id"]}
    if message["scenario"] == "resent-message-id":
        wanted |= {None}  # resent-message-id= is not the Message-ID
    if message["scenario"] in UNLOGGED_ID:
        wanted = set()
    if (got := set(of(lines, "message-id")["message_id"])) != wanted:
        yield "message_id", got, wanted
    clients = of(lines, "client")["client_ip"].to_list()
    source = (message["smtp"] or {}).get("src")
    if clients != [source]:
        yield "client_ip", clients, source
    queued = of(lines, "queued")
    if set(queued["sender"]) - {message["sender"]}:
        yield "sender", queued["sender"].to_list(), message["sender"]
    recipients = len(message["recipients"])
    for nrcpt in queued["nrcpt"]:
        if nrcpt < recipients or (nrcpt > recipients and message["scenario"] not in GROWING):
            yield "nrcpt", nrcpt, recipients
    for size in queued["size"]:
        # Ours is the mail as the driver sent it; Postfix counts its Received header and carriage returns.
        if not message["size"] < size < message["size"] * 1.02 + 1000:
            yield "size", size, message["size"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_became_of_it(scenario: str, by_queue_id: dict[str, pl.DataFrame]) -> None:
    wrong = [
        (queue_id, recipient, *difference)
        for message, queue_id in messages(scenario)
        for recipient, fate in message["recipients"].items()
        for difference in _became(scenario, fate, by_queue_id[queue_id], recipient)
    ]
    assert wrong == []


def _became(scenario: str, fate: Json, lines: pl.DataFrame, recipient: str) -> Iterator[tuple[object, ...]]:
    final = fate["final"]
    if final in DIVERTED:
        # smtpd's access tables act before there is a queue ID: see the test of them below.
        if scenario not in BY_ACCESS and not of(lines, DIVERTED[final]).height:
            yield "no line of kind", DIVERTED[final]
        return
    attempts = to(lines, recipient)
    if scenario == "header-reject-sendmail":
        # cleanup bounces it itself: no attempt, but a line with the recipient.
        refused = of(lines, "reject")
        if refused["recipient"].to_list() != [recipient] or refused["dsn"].to_list() != [fate["dsn_seen"]]:
            yield "refused", refused.rows()
        return
    statuses = attempts["status"].to_list()
    deferrals = int(attempts.filter(pl.col("status") == "deferred")["repeat"].sum())
    if deferrals != fate.get("deferrals", 0):
        yield "deferrals", deferrals, fate.get("deferrals", 0)
    if statuses[-1:] != [{"expired": "deferred"}.get(final, final)]:
        yield "status", statuses, final
    if final == "expired" and of(lines, "expired")["status"].to_list() != ["expired"]:
        yield "expired", lines["text"].to_list()
    yield from _answered(scenario, fate, attempts)


def _answered(scenario: str, fate: Json, attempts: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    last = attempts.row(-1, named=True)
    dsn = fate.get("dsn_seen") or (fate.get("dsn") if fate["expected"] == fate["final"] else None)
    if dsn and last["dsn"] != dsn:
        yield "dsn", last["dsn"], dsn
    kind, _, said = str(fate.get("text_seen", "")).partition("; ")
    if kind == "smtp" and last["reply"] != said:
        yield "reply", last["reply"], said
    if kind == "smtp" and str(last["smtp_code"]) != said[:3]:
        yield "smtp_code", last["smtp_code"], said
    if kind == "X-Postfix" and last["reason"] != said:
        yield "reason", last["reason"], said
    if kind == "x-unix" and said not in last["reason"] and said != "input/output error":
        yield "reason", last["reason"], said
    # The queue's listing said the same in the meantime; it drops blanks at the end.
    reasons = {reason.strip() for reason in attempts.filter(pl.col("status") == "deferred")["reason"]}
    if missing := {reason.strip() for reason in fate.get("deferral_reasons", ())} - reasons:
        yield "reason", reasons, missing
    theirs = fate.get("remote_queue_id")
    if theirs and scenario not in FILTERED and not last["reply"].endswith(f"queued as {theirs}"):
        yield "remote queue ID", last["reply"], theirs


#: Roles without a server, or with another than the usual one.
ELSEWHERE = {"nodns", "nomxhost", "nullmx", "servfail", "fallback", "v6only"}


@pytest.mark.parametrize("role", sorted(set(TRUTH["roles"]) - ELSEWHERE))
def test_the_server_that_answered(role: str, mail: pl.DataFrame) -> None:
    domain, address = TRUTH["roles"][role], TRUTH["remote_ips"][role]
    attempts = of(mail, "delivery").filter(
        pl.col("recipient").str.to_lowercase().str.ends_with(f"@{domain}")
        & (pl.col("relay_name") != "127.0.0.1")  # the filter on our own machine
    )
    servers = set(attempts.select("relay_name", "relay_ip", "relay_port", "direction").iter_rows())
    assert servers == {(f"mx.{domain}", address, 25, "outbound")}


#: What Postfix puts behind a remote's words -> the stage.
STAGES = {
    "(in reply to MAIL FROM command)": "MAIL",
    "(in reply to RCPT TO command)": "RCPT",
    "(in reply to end of DATA command)": "END-OF-MESSAGE",
    "while receiving the initial server greeting": "CONNECT",
    "while sending end of data -- message may be sent more than once": "END-OF-MESSAGE",
}


@pytest.mark.parametrize("words", STAGES)
def test_the_stage_at_which_the_other_side_spoke(words: str, mail: pl.DataFrame) -> None:
    reasons = {
        reason
        for message in TRUTH["messages"]
        for fate in message["recipients"].values()
        for reason in fate.get("deferral_reasons", ())
        if reason.endswith(words)
    }
    attempts = of(mail, "delivery").filter(pl.col("reason").is_in(sorted(reasons)))
    assert set(attempts["reason"]) == reasons != set()
    assert set(attempts["stage"]) == {STAGES[words]}
    replies = attempts["reply"].drop_nulls()
    assert replies.len() == 0 or not replies.str.contains("in reply to", literal=True).any()


def test_the_first_attempt_stands_where_the_queue_listing_puts_it(
    by_queue_id: dict[str, pl.DataFrame],
) -> None:
    """Every deferral lies before the listing that showed it, and after the one before."""
    wrong = []
    for scenario in SCENARIOS:
        for message, queue_id in messages(scenario):
            for recipient, fate in message["recipients"].items():
                seen = [stamp(seconds) for _, seconds in fate.get("deferral_times", ())]
                attempts = to(by_queue_id[queue_id], recipient).filter(pl.col("status") == "deferred")
                if (
                    seen
                    and not moment(message["time"]) - timedelta(seconds=1) <= attempts["time"][0] <= seen[0]
                ):
                    wrong.append((queue_id, recipient, attempts["time"][0], seen[0]))
    assert wrong == []


@pytest.mark.parametrize("scenario", sorted(BY_ACCESS))
def test_what_access_tables_did_before_there_was_a_queue_id(scenario: str, mail: pl.DataFrame) -> None:
    for message, queue_id in messages(scenario):
        (recipient,) = message["recipients"]
        row = of(mail, DIVERTED[message["recipients"][recipient]["final"]]).filter(
            pl.col("sender") == message["sender"]
        )
        told = row.select("recipient", "client_ip", "stage", "queue_id").rows()
        assert told == [(recipient, message["smtp"]["src"], "RCPT", None)], queue_id


def test_notices_name_the_mail_that_they_are_about(mail: pl.DataFrame) -> None:
    born = {
        (row["queue_id"], row["child_queue_id"]) for row in of(mail, "bounce-notice").iter_rows(named=True)
    }
    # The Message-ID that bounce(8) makes ends in the notice's queue ID.
    seen = {
        (notice["original_queue_id"], notice["message_id"].split("@")[0].rsplit(".", 1)[1])
        for notice in TRUTH["dsns"]
        if "mx1.harborlight.example" in notice["message_id"] and notice.get("original_queue_id")
    }
    assert seen
    assert seen - born == set()


def test_the_other_side_saw_the_same_mails(events_of: EventsOf) -> None:
    there = of(events_of("A/logs/remote-maillog"), "message-id")
    ids = dict(there.select("queue_id", "message_id").iter_rows())
    wrong = [
        (theirs, ids.get(theirs), message["message_id"])
        for message in TRUTH["messages"]
        for fate in message["recipients"].values()
        if (theirs := fate.get("remote_queue_id"))
        and message["scenario"] not in {"no-message-id", "folded-message-id"}
        and ids.get(theirs) != message["message_id"]
    ]
    assert wrong == []


# --- refusals ------------------------------------------------------------------------------------

#: Reasons whose line holds the very reply that the client read.
SPOKEN = sorted({reject["reason"] for reject in TRUTH["rejects"]} - set(COMPLETE["wordless_refusals"]))
#: What the line cannot say because Postfix does not know it yet, or the truth does not tell.
UNSAID = {
    "size-declared": ("sender", "rcpt"),
    "insufficient-storage": ("sender", "rcpt"),
    "milter-unavailable": ("rcpt",),
    "submission-no-auth": ("sender", "rcpt"),
}


@pytest.mark.parametrize("reason", SPOKEN)
def test_refusals_word_for_word(reason: str, mail: pl.DataFrame) -> None:
    """Who was refused what, and in which words: as often in the log as at the client."""
    columns = {
        "client": "client_ip",
        "stage": "stage",
        "reply": "reply",
        "sender": "sender",
        "rcpt": "recipient",
    }
    said = [name for name in columns if name not in UNSAID.get(reason, ())]
    seen = Counter(
        tuple(reject[name] for name in said) for reject in TRUTH["rejects"] if reject["reason"] == reason
    )
    lines = mail.filter(pl.col("kind").is_in(["reject", "milter-reject"]))
    told = Counter(lines.select(columns[name] for name in said).iter_rows())
    assert seen
    assert {refusal: told[refusal] for refusal in seen} == seen


def test_a_refused_login_names_client_method_and_user(mail: pl.DataFrame) -> None:
    seen = Counter(
        (reject["client"], reject["mech"])
        for reject in TRUTH["rejects"]
        if reject["reason"] in {"sasl-failure", "sasl-backend-down"}
    )
    told: Counter[tuple[str, str]] = Counter()
    for row in of(mail, "auth-failure").iter_rows(named=True):
        told[row["client_ip"], row["sasl_method"]] += row["repeat"]
        assert row["sasl_user"]
    assert told == seen


def test_limits_name_the_client(mail: pl.DataFrame) -> None:
    wanted = {"connection-rate-limit", "connection-count-limit", "message-rate-limit"}
    seen = Counter(reject["client"] for reject in TRUTH["rejects"] if reject["reason"] in wanted)
    limits = of(mail, "reject").filter(pl.col("text").str.contains("limit exceeded: "))
    assert Counter(limits["client_ip"].to_list()) == seen


def test_content_checks_by_cleanup_have_a_queue_id_and_no_three_digits(mail: pl.DataFrame) -> None:
    seen = Counter(
        (reject["client"], reject["sender"], reject["rcpt"], reject["reply"][4:])
        for reject in TRUTH["rejects"]
        if reject["reason"] == "header-check"
    ) + Counter(
        (message["smtp"]["src"], message["sender"], recipient, message["smtp"]["reply"][4:])
        for message in TRUTH["messages"]
        if message["scenario"] in {"header-reject", "body-reject"}
        for recipient in message["recipients"]
    )
    rows = of(mail, "reject").filter((pl.col("daemon") == "cleanup") & (pl.col("client_ip") != "127.0.0.1"))
    told = Counter(rows.select("client_ip", "sender", "recipient", "reply").iter_rows())
    assert rows["queue_id"].null_count() == 0
    assert rows["smtp_code"].null_count() == rows.height
    assert told == seen


def test_sessions_that_broke_off_name_client_and_stage(mail: pl.DataFrame) -> None:
    seen = Counter(
        (session["client"], session["kind"].rsplit("-", 1)[1].upper())
        for session in TRUTH["sessions"]
        if session["kind"].startswith(("lost-after-", "timeout-after-"))
    )
    told = Counter(of(mail, "lost-connection").select("client_ip", "stage").iter_rows())
    assert seen.total() == 22
    assert {session: told[session] >= count for session, count in seen.items()} == dict.fromkeys(seen, True)


# --- DKIM ----------------------------------------------------------------------------------------

#: Case -> kind of the line with the verdict, and whether that line or its sibling names the key.
#: None: with LogResults off OpenDKIM does not say it.
VERDICTS = {
    "good": "dkim-verified",
    "bad-body": "dkim-failed",
    "bad-header": "dkim-failed",
    "wrong-key": "dkim-failed",
    "no-key": "dkim-failed",
    "junk-key": "dkim-failed",
    "dns-servfail": "dkim-failed",
    "dns-timeout": "dkim-failed",
    "revoked": "dkim-failed",
    "short-key": None,
    "expired": None,
}
UNNAMED = {"expired"}


def test_every_case_of_dkim_is_known() -> None:
    assert {row["case"] for row in TRUTH["dkim"] if row["kind"] == "verify"} == set(VERDICTS)


@pytest.mark.parametrize("case", VERDICTS)
def test_signatures_of_others(case: str, by_queue_id: dict[str, pl.DataFrame]) -> None:
    rows = [row for row in TRUTH["dkim"] if row["kind"] == "verify" and row["case"] == case]
    assert rows
    for row in rows:
        lines = by_queue_id[row["queue_id"]].filter(pl.col("family") == "opendkim")
        verdicts = set(lines["kind"]) - {"client"}
        assert verdicts == ({VERDICTS[case]} - {None}), row["queue_id"]
        named = set(lines.select("dkim_selector", "dkim_domain").drop_nulls().iter_rows())
        assert named == (set() if case in UNNAMED else {(row["selector"], row["domain"])}), row["queue_id"]


def test_signatures_of_ours(by_queue_id: dict[str, pl.DataFrame]) -> None:
    """A mail of which the driver saw a signed copy, and none but such, has a line that says so."""
    wrong = []
    for scenario in SCENARIOS:
        for message, queue_id in messages(scenario):
            if message["via"] not in {"sub", "out", "in", "in6"} or not message.get("copies"):
                continue
            if message["scenario"].startswith(("inbound", "sender-")):
                continue
            lines = of(by_queue_id[queue_id], "dkim-signed", "opendkim")
            signed = any(copy["dkim_signed"] for copy in message["copies"])
            keys = set(lines.select("dkim_selector", "dkim_domain").iter_rows())
            if keys != ({("hl2026", "harborlight.example")} if signed else set()):
                wrong.append((queue_id, scenario, keys, signed))
    assert wrong == []
