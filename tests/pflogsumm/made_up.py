"""Lines as Postfix writes them, and as it would not: few IDs, odd addresses, every service, every stamp."""

from __future__ import annotations

from hypothesis import strategies as st

ID = st.sampled_from(["4A1B2C3D4E", "4A1B2C3D4F", "4jYSvC1fMnzp3qy", "NOQUEUE"])
ADDRESS = st.sampled_from(
    [
        "",
        "a@x.example",
        "A@X.Example",
        "b@sub.y.example",
        "root",
        "a@x@y.example",
        "ü@Ü.example",
        "@x.example",
        "0",
    ]
)
HOST = st.sampled_from(
    [
        "mx.x.example[192.0.2.1]",
        "unknown[192.0.2.2]",
        "unknown[unknown]",
        "mail.host.co.uk[2001:db8::1]",
        "localhost[127.0.0.1]",
        "A.B.Com[192.0.2.9]",
        "[192.0.2.3]",
        "nobody",
        "h.example/192.0.2.4",
        "0[192.0.2.1]",
    ]
)
SERVICE = st.sampled_from(
    [
        "postfix/smtpd",
        "postfix/submission/smtpd",
        "postfix/smtps/smtpd",
        "postfix/submissions/smtpd",
        "postfix-out/smtpd",
        "postfix/postscreen",
        "postfix/cleanup",
        "postfix/qmgr",
        "postfix/smtp",
        "postfix/local",
        "postfix/pickup",
        "postfix/master",
        "postfix",
        "postfix/postfix-script",
        "postfix-script",
        "dovecot",
    ]
)
SIZE = st.sampled_from(["0", "1", "1000", "600000", "700000000"])
DELAY = st.sampled_from(["0", "0.05", "0.15", "1.25", "61", "7200", "3e2", "x"])
STATUS = st.sampled_from(
    [
        "sent (250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qz)",
        "sent (forwarded as 4A1B2C3D4F)",
        "deferred (connect to x: y)",
        "bounced (host x said: 550 5.1.1 no)",
        "sent",
        "undeliverable (x)",
        "deferred (x) forwarded as x",
        "deferred",
    ]
)


@st.composite
def body(draw: st.DrawFn) -> str:
    queue_id, address = draw(ID), draw(ADDRESS)
    other, host = draw(ADDRESS), draw(HOST)
    envelope = f"from=<{address}> to=<{other}> proto=ESMTP helo=<h>"
    return draw(
        st.sampled_from(
            [
                f"{queue_id}: client={host}",
                f"{queue_id}: client={host}, sasl_method=PLAIN, sasl_username={address}",
                f"{queue_id}: uid=0 from=<{address}>",
                f"{queue_id}: sender={address}",
                f"{queue_id}: from=<{address}>, size={draw(SIZE)}, nrcpt=2 (queue active)",
                f"{queue_id}: to=<{address}>, relay={host}:25, delay={draw(DELAY)}, delays=0/0/0/0, dsn=2.0.0, status={draw(STATUS)}",
                f"{queue_id}: to=<{address}>, orig_to=<{other}>, relay=local, conn_use=2, delay={draw(DELAY)}, status={draw(STATUS)}",
                f"{queue_id}: to=<{address}>, relay={host}, delay=1, delays=0/0/0/0, tls=dane, dsn=2.0.0, status={draw(STATUS)}",
                f"{queue_id}: removed",
                f"{queue_id}: message-id=<x>",
                f"NOQUEUE: reject: RCPT from {host}: 554 5.7.1 <{other}>: Relay access denied; {envelope}",
                f"{queue_id}: reject_warning: RCPT from {host}: 450 4.7.1 <{other}>: x; {envelope}",
                f"{queue_id}: hold: RCPT from {host}: <{other}>: x; {envelope}",
                f"{queue_id}: discard: RCPT from {host}: <{other}>: x; {envelope}",
                f"{queue_id}: reject: header Subject: hold: body x from {host}; {envelope}: no",
                f"{queue_id}: warning: header Subject: x from {host}; {envelope}: look",
                f"{queue_id}: milter-reject: END-OF-MESSAGE from {host}: 5.7.1 no; {envelope}",
                f"{queue_id}: hold: body x from {host}; {envelope}",
                f"reject: RCPT from {host}: 554 x; {envelope}",
                "warning: header x: discard: y",
                f"connect from {host}",
                "fatal: x",
            ]
        )
    )  # fmt: skip


@st.composite
def line(draw: st.DrawFn) -> str:
    day, hour = draw(st.sampled_from([1, 2, 12])), draw(st.sampled_from([0, 7, 23]))
    month = draw(st.sampled_from(["Nov", "Dec", "Jan"]))
    number = {"Nov": 11, "Dec": 12, "Jan": 1}[month]
    iso = f"2026-{number:02}-{day:02}T{hour:02}:00:00"
    stamp = draw(
        st.sampled_from(
            [f"{month} {day:>2} {hour:02}:00:00"] * 3
            + [f"{iso}+01:00", f"{iso}.123Z", f"{iso}+0100", iso, f"<22>{iso}Z"]
        )
    )
    service, text = draw(SERVICE), draw(body())
    pid = draw(st.sampled_from(["[12]", ""]))
    solaris = draw(st.sampled_from(["", "", "[ID 197553 mail.info] "]))
    return f"{stamp} mx1 {service}{pid}: {solaris}{text}"
