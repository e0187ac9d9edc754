"""Lines of every kind: nothing of a person is left, and the line is still the line."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.redaction.addresses import Addresses
from logscan.redaction.grammar import ALTERNATIVES, KINDS
from logscan.redaction.key import Key
from logscan.redaction.masks import Masks
from logscan.redaction.names import Names
from logscan.redaction.text import PORTION, cut, hidden
from tests.unit.redaction.conftest import Hide

#: Whatever of this is in an output was somebody's.
SECRET = re.compile(
    r"jane|smith|victim|laptop|93.184.216|216.184.93|2a01|4f8|secrethost|selector7|müller|münchen|salary|deadbeef|Ga6P|xn--",
    re.IGNORECASE,
)
HEAD = "Nov 24 03:27:43 secrethost "

#: Texts behind a header; each names somebody in another way.
HOSTILE = {
    "a quoted local part": 'postfix/smtp[1]: A1: to=<"jane smith"@victim.de>, relay=mx.victim.de[93.184.216.34]:25, status=sent',
    "an address in quotes of a reply": 'postfix/smtp[1]: A1: said: 550 5.1.1 "Jane@Victim.DE" unknown, \'jane@victim.de\' too',
    "UTF-8": "postfix/smtp[1]: A1: to=<müller@münchen.de>, orig_to=<MÜLLER@MÜNCHEN.DE>",
    "percent-encoded": "postfix/smtpd[1]: A1: to=<jane%40victim.de@other.org> x jane%40victim.de",
    "percent hack": "postfix/smtpd[1]: to=<jane%victim.de@relay.victim.de>",
    "upper case": "postfix/smtpd[1]: JANE@VICTIM.DE FROM=<JANE@VICTIM.DE> HELO=<LAPTOP.VICTIM.DE>",
    "SRS": "postfix/smtpd[1]: from=<SRS0=ab=cd=victim.de=jane@fwd.org> and SRS0=ab=cd=victim.de=jane@fwd.org",
    "VERP": "x[1]: bounces+7-jane=victim.de@list.org, sender=bounces+7-jane=victim.de@list.org,",
    "a forged HELO": "postfix/smtpd[1]: helo=<x> to=<jane@victim.de>, relay=laptop.victim.de[93.184.216.34]>",
    "a HELO of one word": "postfix/smtpd[1]: NOQUEUE: reject: RCPT from laptop-jane[93.184.216.34]: helo=<laptop-jane>",
    "a HELO that is an address": "postfix/smtpd[1]: helo=<[93.184.216.34]> helo=<[IPv6:2a01:4f8:1:2::53]>",
    "Message-IDs": "postfix/cleanup[1]: message-id=<jane.smith@victim.de> message-id=janesmith resent-message-id=<jane smith@laptop>",
    "a subject": "postfix/cleanup[1]: A1: warning: header Subject: Salary of Jane from laptop[1.2.3.4] from laptop[93.184.216.34]; from=<jane@victim.de>",
    "a subject in quotes": 'amavis[1]: Blocked, Subject: "Salary of Jane Smith", From: <jane@victim.de>',
    "a subject in the open": 'x[1]: subject=Salary of Jane "Smith" of Victim',
    "a body check": "postfix/cleanup[1]: A1: reject: body I am Jane Smith from local; from=<jane@victim.de> to=<x@y.de>",
    "a mime error": "postfix/cleanup[1]: reject: mime-error x in message header: Subject: Salary, Jane from x[1.2.3.4]; from=<>",
    "names that hold an address": "x[1]: connect from 93-184-216-34.dsl.carrier.it[93.184.216.34] ip-93-184-216-34 and 34.216.184.93.in-addr.arpa",
    "a block list's question": "x[1]: name=34.216.184.93.zen.spamhaus.org type=A",
    "IPv6": "x[1]: [IPv6:2a01:4f8:1:2::53] client:2a01:4f8:1:2::53 ip=[2a01:4f8:1:2::53]:25 from 2A01:4F8:1:2:0:0:0:53",
    "IPv4 in IPv6": "x[1]: ip=[::ffff:93.184.216.34] ::FFFF:93.184.216.34",
    "punycode": "x[1]: xn--mnchen-3ya.de jane@xn--mnchen-3ya.de",
    "dovecot": "dovecot: imap(jane)<12><Ga6PAAZhMs9Jane>: user=<jane>, rip=93.184.216.34, session=<Ga6PAAZhMs9Jane>",
    "dovecot's databases": "dovecot: auth-worker(12): sql(jane,93.184.216.34,<Ga6PAAZhMs9Jane>): unknown user",
    "saslauthd": "saslauthd[1]: auth failure: [user=jane] [service=smtp] [realm=victim.de] [mech=pam]",
    "PAM": "x[1]: logname= uid=0 ruser=jane rhost=93.184.216.34  user=jane",
    "sshd": "sshd[1]: Failed password for invalid user jane from 93.184.216.34 port 22",
    "cron": "CRON[1]: (jane) CMD (/home/jane/bin/backup --to jane@victim.de)",
    "systemd": "systemd[1]: Started Session 12 of user jane.",
    "MySQL": "mysqld[1]: Access denied for user 'jane'@'laptop.victim.de' (using password: YES)",
    "Roundcube": "roundcube: <deadbeef> Login failed for jane against localhost from 93.184.216.34 (POST /?_task=login&_user=jane&_token=deadbeef)",
    "a path": "postfix/local[1]: /home/jane/Maildir/new/17.secrethost /var/mail/jane /var/vmail/victim.de/jane: denied",
    "DKIM": "opendkim[1]: A1: key retrieval failed (s=selector7, d=victim.de): 'selector7._domainkey.victim.de' not found",
    "a key file": "opendkim[1]: selector7: key data is not secure: /etc/dkim/victim.de/selector7.private can be read (s=selector7, d=x.de)",
    "an attachment": 'amavis[1]: name="Salary Jane.pdf" filename=Rechnung_Jane.pdf, .exe,jane.exe',
    "a cookie": "x[1]: PHPSESSID=deadbeefdeadbeef; roundcube_sessid=deadbeef, token: 'deadbeef', cookie=deadbeef",
    "a bare account, named elsewhere": "x[1]: sasl_username=jane; could not open the box of jane, Jane-s",
    "an escape sequence": "x[1]: \x1b[31mjane@victim.de\x1b[0m ja\u200bne@victim.de",
    "a directory": "x[1]: ldap_search(base=uid=jane,ou=smith,dc=victim,dc=de) failed: 'cn=jane,dc=victim'",
    "a certificate": "postfix/smtp[1]: subject_CN=Jane Smith of Victim, issuer_CN=R3, fingerprint=x",
    "several proxies": "x[1]: a loop for jane@victim.de, alias database loop for jane",
    "a host with a port": 'x[1]: {"host": "laptop.victim.de:443", "user" : "jane"}',
    "other scripts": "x[1]: connect from münchen.рф[93.184.216.34], see smith.münchen and ü.victim.de",
    "base64": "x[1]: improper command pipelining after AUTH from x[1.2.3.4]: Ga6PAAZhMs9JaneGa6PAAZhMs9Jane",
    "SQL": "x[1]: query failed: SELECT a FROM b WHERE name='jane' AND x LIKE 'smith'; INSERT INTO b VALUES ('jane', 'smith')",
    "headers": "x[1]: Cookie: jane=smith; victim=1",
    "a bounce": "x[1]: host mx.victim.de[93.184.216.34] said: 550 <jane@victim.de>... see http://mx.victim.de/?r=jane@victim.de",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_of_a_person_is_left(hide: Hide, case: str) -> None:
    [line] = hide([HEAD + HOSTILE[case]])
    assert not SECRET.findall(line), line
    assert line.startswith("Nov 24 03:27:43 ")
    program = HOSTILE[case].split(" ", 1)[0]
    assert line.split(" ")[4] == program or "(" in program


WHOLE = {
    "RFC 5424": "<22>1 2026-11-24T03:27:43.123456+00:00 secrethost.victim.de postfix/smtpd 12 - - connect from laptop[93.184.216.34]",
    "RFC 3339": "2026-11-24T03:27:43.123456+00:00 secrethost postfix/smtpd[12]: connect from laptop[93.184.216.34]",
    "journalctl's short-full": "Tue 2026-11-24 03:27:43 UTC secrethost postfix/smtpd[12]: connect from laptop[93.184.216.34]",
    "journalctl's short-monotonic": "[ 2541.491193] secrethost postfix/smtpd[12]: connect from laptop[93.184.216.34]",
    "journalctl's short-unix": "1795490853.483261 secrethost postfix/smtpd[12]: connect from laptop[93.184.216.34]",
    "a host in capitals": "Nov 24 03:27:43 SECRETHOST postfix/smtpd[12]: connect from laptop[93.184.216.34]",
    "a relay's header before another": "Nov 24 03:27:43 secrethost Nov 24 03:27:43 laptop postfix/smtpd[12]: x",
    "an access log": '93.184.216.34 - jane [24/Nov/2026:03:27:35 +0000] "GET /u/jane?u=jane%40victim.de HTTP/1.1" 200 5 "https://victim.de/jane" "-"',
    "an access log with sites": '::ffff:93.184.216.34 - jane@victim.de [24/Nov/2026:03:27:35 +0000] "GET /~jane/ HTTP/1.1" 200 5',
    "an access log with a site first": 'www.victim.de:443 93.184.216.34 - jane [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 5',
    "Apache": "[Tue Nov 24 03:36:38.5 2026] [core:error] [pid 2:tid 2] [client 93.184.216.34:4] AH01617: user jane: failure, referer: http://victim.de/jane",
    "nginx": '2026/11/24 03:27:35 [error] 12#12: *3 x, client: 93.184.216.34, server: victim.de, request: "GET /jane HTTP/1.1", upstream: "fastcgi://unix:/run/jane.sock:", host: "victim.de"',
    "several proxies": '93.184.216.34, 93.184.216.35 - jane [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 5',
    "nginx with a site of one word": '2026/11/24 03:27:35 [error] 12#12: *3 x, client: 93.184.216.34, server: laptop, request: "GET / HTTP/1.1"',
    "nobody's": "jane@victim.de called from 93.184.216.34 on laptop.victim.de",
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_other_headers_hide_their_hosts_and_clients(hide: Hide, case: str) -> None:
    [line] = hide([WHOLE[case]])
    assert not SECRET.findall(line), line


def test_a_journal_record_stays_json_and_says_the_same(hide: Hide) -> None:
    said = 'to=<jane@victim.de> "jane smith"@victim.de user="jane" é\\u'
    record = {"_HOSTNAME": "secrethost.victim.de", "MESSAGE": said, "_MACHINE_ID": "ab" * 16, "PRIORITY": "6"}
    plain, escaped, listed = hide(
        [
            json.dumps(record, ensure_ascii=False),
            json.dumps(record).replace("<", "\\u003c"),
            json.dumps({**record, "MESSAGE": list(said.encode())}),
        ]
    )
    assert not SECRET.findall(plain + escaped + listed)
    assert json.loads(plain) == json.loads(escaped)
    assert json.loads(plain)["MESSAGE"] == json.loads(listed)["MESSAGE"]
    assert json.loads(plain)["PRIORITY"] == "6"
    assert json.loads(plain)["_MACHINE_ID"] != "ab" * 16
    assert "é" in json.loads(plain)["MESSAGE"]


@pytest.mark.parametrize(
    "line",
    [
        "Mar  2 08:00:00 - postfix/postfix-script[899]: starting the Postfix mail system",
        "Mar  2 08:00:00 - postfix/smtpd[1]: disconnect from unknown[127.0.0.1] ehlo=1 auth=0/1 commands=1/2",
        "Mar  2 08:00:00 - postfix/qmgr[1]: 4jYSvC1wCpzp3vw: from=<>, size=1066, nrcpt=1 (queue active)",
        "Mar  2 08:00:00 - postfix/local[1]: 6AC215528C2: to=<root>, relay=local, delay=0.12, delays=0.12/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)",
        "[Tue Nov 24 03:36:34.575 2026] [fcgid:warn] [pid 20747:tid 20752] mod_fcgid: error reading data, FastCGI server closed connection",
        "[24-Nov-2026 11:00:00] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
        "2026-11-24 14:17:39 0 [ERROR] InnoDB: Unable to lock ./ibdata1 error: 11",
        "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) error:0A00010B:SSL routines::wrong version number",
        "opendkim[1]: OpenDKIM Filter: Unable to bind to port inet:8891@localhost: Address already in use",
        "kernel: error 4 in mod_fcgid.so[7f2b1c08a000+42000] likely on CPU 1, libcrypto.so.3[7f1b2c200000+280000]",
        "dovecot: lmtp(28368): Connect from local",
        "Please see http://www.openspf.org/Why and https://www.spamhaus.org/query/",
        "",
        "\t  ",
    ],
)
def test_what_names_nobody_stays_as_it_is(hide: Hide, line: str) -> None:
    assert hide([line]) == [line]


def test_lines_stay_lines_over_portions(hide: Hide) -> None:
    lines = [
        f"Nov 24 03:27:43 mx7 x[{number}]: from=<u{number % 7}@victim.de>" for number in range(PORTION + 3)
    ]
    found = hide(lines)
    assert [line.split("x[")[1].split("]")[0] for line in found] == [str(n) for n in range(PORTION + 3)]
    assert len({line.split("from=")[1] for line in found}) == 7


def test_no_control_character_comes_through(hide: Hide) -> None:
    [line] = hide(["\x00\x1b[2J a\x9b\u202e\u2028 \x07\rb"])
    assert line.isprintable()


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=80), max_size=6))
def test_any_text_stays_as_many_lines_and_both_engines_agree(lines: list[str]) -> None:
    pieces, between = cut("\n".join(lines).replace("\x00", ""))
    assert len(between) == len(pieces) + 1
    assert all(KINDS.fullmatch(piece) for piece in pieces)
    key = _KEY
    found = hidden(pl.Series(lines, dtype=pl.String), Masks(Names(key, Addresses(key), ())))
    assert found.count("\n") == len(lines)


_KEY = Key(b"a key for tests")

#: What may stand around a name.
_AROUND = st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=12)


@given(before=_AROUND, after=_AROUND)
def test_an_address_is_hidden_whatever_stands_around_it(before: str, after: str) -> None:
    line = f"{before} janesmith@victim.de {after} 93.184.216.34 {after}{before}<janesmith@victim.de>"
    found = hidden(pl.Series([line]), Masks(Names(_KEY, Addresses(_KEY), ())))
    assert "janesmith" not in found
    assert "victim.de" not in found


def test_what_a_crash_leaves_in_front_of_a_line_goes(hide: Hide) -> None:
    assert hide(['\x1e{"MESSAGE":"hello"}', "\ufeffhello", "\x00\x00hello"]) == [
        '{"MESSAGE":"hello"}',
        "hello",
        "hello",
    ]


def test_kinds_have_names_of_their_own() -> None:
    kinds = [kind for kind, _ in ALTERNATIVES]
    assert len(set(kinds)) == len(kinds)
