"""What goes wrong in made-up mail traffic: replies of other servers, our refusals, our warnings.

In: how many different texts are wanted. Out: tables of texts with `{slots}`.
Never: a real person's address; a random number.

The texts are those of sample-logs/real, shortened to their forms. When more are wanted, site-specific
wordings are made, because every big receiver has its own: `... (decided by the amber gateway)`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Three words make a wording of its own that no mask can fold into another.
FIRST = (
    "amber ash autumn birch blue bold brass brisk bronze calm cedar clear copper coral crisp dawn dusk early "
    "east elm ember fair fern flint frost gentle glass gold grand green grey harbor hazel heath high holly "
    "iron ivory jade keen lark late lime linen lunar maple mellow mild misty moss north oak old olive onyx "
    "opal pale pearl pine plain prime quartz"
).split()
SECOND = (
    "agent appliance archive arbiter board bridge broker bureau censor chamber checker clerk council counter "
    "court desk engine exchange filter firewall forum front gate gateway guard guardian hub inspector judge "
    "keeper kernel ledger lodge manager marshal mill monitor office officer panel patrol pilot platform "
    "porter proxy ranger referee registrar relay router screen scanner sentinel sentry service shield "
    "steward system tower tribunal unit vault warden watch"
).split()
THIRD = ("the", "our", "this", "another", "every")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A delivery that fails: status, enhanced code, whether a remote was reached, the text in parentheses.

    Slots: {r} recipient, {m} the remote's name and address, {n} its name, {d} recipient's domain,
    {i} our own address.
    """

    status: str
    dsn: str
    remote: bool
    text: str


def _said(status: str, dsn: str, reply: str, stage: str) -> Failure:
    text = f"host {{m}} said: {reply} (in reply to {stage} command)"
    return Failure(status=status, dsn=dsn, remote=True, text=text)


def _unreached(status: str, dsn: str, text: str) -> Failure:
    return Failure(status=status, dsn=dsn, remote=False, text=text)


DELIVERIES: tuple[Failure, ...] = (
    _said(
        "bounced",
        "5.1.1",
        "550 5.1.1 <{r}>: Recipient address rejected: User unknown in local recipient table",
        "RCPT TO",
    ),
    _said("deferred", "4.7.1", "450 4.7.1 Client host rejected: cannot find your hostname, [{i}]", "RCPT TO"),
    _said(
        "deferred",
        "4.2.0",
        "450 4.2.0 <{r}>: Recipient address rejected: Greylisted, try again later",
        "RCPT TO",
    ),
    _unreached("deferred", "4.4.1", "connect to {m}:25: Connection timed out"),
    _said("bounced", "5.2.2", "552 5.2.2 <{r}>: Recipient address rejected: Mailbox full", "RCPT TO"),
    _said(
        "bounced",
        "5.7.1",
        "554 5.7.1 Service unavailable; Client host [{i}] blocked using bl.listwatch.example",
        "RCPT TO",
    ),
    _said("deferred", "4.7.0", "421 4.7.0 Error: too much mail from {i}", "MAIL FROM"),
    _unreached(
        "deferred",
        "4.4.3",
        "Host or domain name not found. Name service error for name={d} type=MX: Host not found, try again",
    ),
    _said(
        "bounced",
        "5.7.26",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated. "
        "550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.",
        "end of DATA",
    ),
    _unreached("deferred", "4.4.1", "connect to {m}:25: Connection refused"),
    _unreached(
        "bounced",
        "5.4.4",
        "Host or domain name not found. Name service error for name={d} type=AAAA: Host not found",
    ),
    _said("deferred", "4.3.0", "451 4.3.0 <{r}>: Temporary lookup failure", "RCPT TO"),
    _said("bounced", "5.7.1", "550 5.7.1 Message content rejected, it looks like spam", "end of DATA"),
    _said(
        "deferred", "4.2.2", "452 4.2.2 The email account that you tried to reach is over quota", "RCPT TO"
    ),
    Failure(
        status="deferred",
        dsn="4.4.2",
        remote=True,
        text="lost connection with {m} while receiving the initial server greeting",
    ),
    Failure(status="deferred", dsn="4.7.5", remote=True, text="Cannot start TLS: handshake failure"),
    Failure(
        status="deferred", dsn="4.7.4", remote=True, text="TLS is required, but was not offered by host {m}"
    ),
    Failure(
        status="deferred",
        dsn="4.0.0",
        remote=True,
        text="host {m} refused to talk to me: 554 5.7.1 Your address is listed, see https://www.{d}/why",
    ),
)

#: Slots: {c} client with address, {a} its bare address, {r} recipient, {s} sender, {h} HELO name.
REJECTS: tuple[str, ...] = (
    "RCPT from {c}: 550 5.1.1 <{r}>: Recipient address rejected: User unknown in local recipient table",
    "RCPT from {c}: 554 5.7.1 <{r}>: Relay access denied",
    "RCPT from {c}: 450 4.7.1 Client host rejected: cannot find your hostname, [{a}]",
    (
        "RCPT from {c}: 554 5.7.1 Service unavailable; Client host [{a}] blocked using zen.blocklist.example; "
        "https://www.blocklist.example/query/ip/{a}"
    ),
    "RCPT from {c}: 450 4.1.8 <{s}>: Sender address rejected: Domain not found",
    "RCPT from {c}: 504 5.5.2 <{h}>: Helo command rejected: need fully-qualified hostname",
    "RCPT from {c}: 450 4.2.0 <{r}>: Recipient address rejected: Greylisted, see https://postgrey.example/help",
    "RCPT from {c}: 550 5.7.25 Client host rejected: cannot find your reverse hostname, [{a}]",
)

#: Slots: {c} client with address, {u} user.
WARNINGS: tuple[str, ...] = (
    "warning: {c}: SASL LOGIN authentication failed: authentication failure, sasl_username={u}",
    "warning: {c}: SASL PLAIN authentication failed: authentication failure, sasl_username={u}",
    "warning: {c}: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
    "lost connection after AUTH from {c}",
    "lost connection after CONNECT from {c}",
    "timeout after DATA (0 bytes) from {c}",
    "SSL_accept error from {c}: lost connection",
)


def phrase(number: int) -> str:
    """Return the `number`th wording, three words; there are 19,840 of them."""
    number, second = divmod(number, len(SECOND))
    third, first = divmod(number, len(FIRST))
    return f"{THIRD[third % len(THIRD)]} {FIRST[first]} {SECOND[second]}"


def deliveries(shapes: int) -> tuple[Failure, ...]:
    """Return `shapes` different failures: the common ones first, then sites' own wordings."""
    own = (
        _said(
            "deferred" if number % 3 else "bounced",
            "4.7.0" if number % 3 else "5.7.0",
            f"{'451 4.7.0' if number % 3 else '550 5.7.0'} Not accepted, decided by {phrase(number)}",
            "end of DATA",
        )
        for number in range(max(0, shapes - len(DELIVERIES)))
    )
    return (*DELIVERIES, *own)[:shapes]
