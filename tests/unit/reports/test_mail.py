"""The two roads of a mail: a sendmail that notes what it gets, a server of our own."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from logscan.reports.mail import PORTS, STARTTLS, TLS, Sendmail, Server
from tests.unit.reports.smtp_server import Manner, serving

MESSAGE = b"Subject: x\n\nFirst line.\n.\n..two\nlast\n"
WORD = "hush"
SENDER, ONE, TWO = "logscan@h.example", "a@x.example", "b@x.example"


def program(folder: Path, script: str) -> str:
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


# --- sendmail ------------------------------------------------------------------------------------


def test_sendmail_gets_the_message_and_the_envelope_and_no_shell(tmp_path: Path) -> None:
    road = Sendmail(
        program=program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/args; cat > {tmp_path}/message')
    )
    assert road.send(MESSAGE, SENDER, (ONE, "b;touch@x.example")) == {}
    assert (tmp_path / "args").read_text().split("\n")[:-1] == [
        "-i",
        "-f",
        SENDER,
        "--",
        ONE,
        "b;touch@x.example",
    ]
    assert (tmp_path / "message").read_bytes() == MESSAGE


def test_a_sendmail_that_fails_took_it_for_nobody(tmp_path: Path) -> None:
    road = Sendmail(
        program=program(tmp_path, "cat >/dev/null; echo 'queue   file\nwrite error' >&2; exit 75")
    )
    assert road.send(MESSAGE, SENDER, (ONE, TWO)) == dict.fromkeys(
        (ONE, TWO), "ended with 75: queue file write error"
    )


def test_a_sendmail_that_reads_nothing_is_no_broken_pipe(tmp_path: Path) -> None:
    road = Sendmail(program=program(tmp_path, "exit 1"))
    assert road.send(b"x" * 1_000_000, SENDER, (ONE,)) == {ONE: "ended with 1"}


def test_a_sendmail_that_hangs_is_ended(tmp_path: Path) -> None:
    road = Sendmail(program=program(tmp_path, "exec sleep 60"), patience_s=0.2)
    assert road.send(MESSAGE, SENDER, (ONE,)) == {ONE: "no answer within 0.2 s"}


def test_a_sendmail_that_cannot_be_started(tmp_path: Path) -> None:
    assert Sendmail(program=str(tmp_path / "none")).send(MESSAGE, SENDER, (ONE,)) == {
        ONE: f"{tmp_path}/none: No such file or directory"
    }


def test_sendmail_is_found_on_the_path_and_where_it_usually_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "usual"
    usual.mkdir()
    program(usual, "cat >/dev/null; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr("logscan.reports.mail.USUAL", ())
    assert Sendmail().send(MESSAGE, SENDER, (ONE,)) == {ONE: "there is no sendmail here"}
    monkeypatch.setattr("logscan.reports.mail.USUAL", (str(usual),))
    assert Sendmail().send(MESSAGE, SENDER, (ONE,))[ONE].startswith("ended with")


# --- a server ------------------------------------------------------------------------------------


def test_a_server_gets_it_with_the_line_ends_of_mail() -> None:
    manner = Manner()
    with serving(manner) as port:
        assert Server(host="127.0.0.1", port=port).send(MESSAGE, SENDER, (ONE, TWO)) == {}
    assert manner.heard.mails == [(f"<{SENDER}>", [f"<{ONE}>", f"<{TWO}>"], MESSAGE.replace(b"\n", b"\r\n"))]


def test_one_recipient_may_be_refused() -> None:
    manner = Manner(answers={f"RCPT TO:<{TWO}>": "550 5.1.1 no such user"})
    with serving(manner) as port:
        assert Server(host="127.0.0.1", port=port).send(MESSAGE, SENDER, (ONE, TWO)) == {
            TWO: "550 5.1.1 no such user"
        }
    assert len(manner.heard.mails) == 1


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"RCPT": "550 5.7.1 go\x1b[31m away"}, "550 5.7.1 go\x1b[31m away"),
        ({"MAIL": "452 4.3.1 full"}, "452 4.3.1 full"),
        ({"DATA": "451 4.7.1 later"}, "451 4.7.1 later"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "421 busy"),
    ],
)
def test_a_server_that_refuses_says_why(answers: dict[str, str], reason: str) -> None:
    with serving(Manner(answers=answers)) as port:
        assert Server(host="127.0.0.1", port=port).send(MESSAGE, SENDER, (ONE, TWO)) == dict.fromkeys(
            (ONE, TWO), reason
        )


def test_how_a_server_takes_leave_changes_nothing() -> None:
    manner = Manner(answers={"QUIT": "500 what"})
    with serving(manner) as port:
        assert Server(host="127.0.0.1", port=port).send(MESSAGE, SENDER, (ONE,)) == {}
    assert len(manner.heard.mails) == 1


def test_a_server_that_says_nothing_is_left() -> None:
    with serving(Manner(greeting="")) as port:
        left = Server(host="127.0.0.1", port=port, patience_s=0.3).send(MESSAGE, SENDER, (ONE,))
    assert list(left) == [ONE]
    assert "timed out" in left[ONE]


def test_a_server_that_is_not_there() -> None:
    with serving(Manner()) as port:
        pass
    assert "refused" in Server(host="127.0.0.1", port=port).send(MESSAGE, SENDER, (ONE,))[ONE]


# --- encrypted -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that nobody has signed but itself, and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed (Debian: apt-get install openssl)")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*command.split(), "-keyout", folder / "key", "-out", folder / "cert"],
        check=True,
        capture_output=True,
    )
    whole = folder / "whole.pem"
    whole.write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return whole


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def offering(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.mark.parametrize("scheme", [STARTTLS, TLS])
def test_a_password_goes_over_tls_to_a_server_that_is_known(scheme: str, certificate: Path) -> None:
    manner = Manner(features=("STARTTLS", "AUTH PLAIN"), tls=offering(certificate), wrapped=scheme == TLS)
    with serving(manner) as port:
        server = Server(
            host="localhost",
            port=port,
            scheme=scheme,
            user="u",
            password=WORD,
            trust=trusting(certificate),
        )
        assert server.send(MESSAGE, SENDER, (ONE,)) == {}
    assert any(command.startswith("AUTH PLAIN") for command in manner.heard.commands)
    assert WORD not in repr(server)


@pytest.mark.parametrize("scheme", [STARTTLS, TLS])
def test_a_server_whose_certificate_nobody_knows_gets_neither_password_nor_mail(
    scheme: str, certificate: Path
) -> None:
    manner = Manner(features=("STARTTLS", "AUTH PLAIN"), tls=offering(certificate), wrapped=scheme == TLS)
    with serving(manner) as port:
        server = Server(host="localhost", port=port, scheme=scheme, user="u", password=WORD)
        assert "certificate verify failed" in server.send(MESSAGE, SENDER, (ONE,))[ONE]
    assert not any(command.startswith(("AUTH", "MAIL")) for command in manner.heard.commands)


def test_a_server_that_cannot_encrypt_gets_no_password() -> None:
    manner = Manner(features=("AUTH PLAIN",))
    with serving(manner) as port:
        server = Server(host="127.0.0.1", port=port, scheme=STARTTLS, user="u", password=WORD)
        assert "STARTTLS" in server.send(MESSAGE, SENDER, (ONE,))[ONE]
    assert not any(command.startswith(("AUTH", "MAIL")) for command in manner.heard.commands)


def test_every_scheme_has_its_port() -> None:
    assert PORTS == {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
