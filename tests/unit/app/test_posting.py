"""Addresses and servers as users write them: what cannot be meant, and what must not be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logscan.app.posting import PASSWORD, Post, address, own_address, post_of, server
from logscan.model.problems import UsageError
from logscan.reports.mail import Sendmail, Server


@pytest.mark.parametrize(
    "text",
    ["root", "ops@example.org", "a.b+tag@xn--bcher-kva.example", "_x@localhost", "a@1.example", "o'neil=x@h"],
)
def test_addresses_that_are_meant(text: str) -> None:
    assert address(text, "--mail-to") == text


@pytest.mark.parametrize(
    "text",
    [
        "", "-oQ/tmp@x.example", "-f", "a@", "@x.example", "a b@x.example", "a@x.example\nBcc: b@x.example", "a@x.example\r", "a@x.example\n",
        "a@x.example,b@x.example", "Ops <a@x.example>", "<a@x.example>", '"a b"@x.example', "|touch@x.example", "/etc/passwd", "a..b@x.example",
        "a.@x.example", ".a@x.example", "a@x..example", "a@-x.example", "a@x.example.", "ü@x.example", "a@bücher.example", "a%b@x.example",
        "a!b", "a@[192.0.2.1]", "a" * 65 + "@x.example", "a@" + "x." * 130 + "example", "a@b@c",
    ],
)  # fmt: skip
def test_addresses_that_something_could_misread(text: str) -> None:
    with pytest.raises(UsageError, match="--mail-to"):
        address(text, "--mail-to")


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("mx1.example.org", "logscan@mx1.example.org"),
        ("vm", "logscan@vm"),
        ("a_b", "logscan"),
        ("x\ny", "logscan"),
        ("", "logscan"),
    ],
)
def test_whom_a_report_comes_from(host: str, wanted: str) -> None:
    assert own_address(host) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mx.example.org", ("mx.example.org", 25, "smtp")),
        ("mx.example.org:2525", ("mx.example.org", 2525, "smtp")),
        ("smtp://127.0.0.1", ("127.0.0.1", 25, "smtp")),
        ("smtp+starttls://mx.example.org/", ("mx.example.org", 587, "smtp+starttls")),
        ("smtps://[2001:db8::1]:4650", ("2001:db8::1", 4650, "smtps")),
    ],
)
def test_servers(text: str, wanted: tuple[str, int, str]) -> None:
    found = server(text, None, {})
    assert (found.host, found.port, found.scheme) == wanted
    assert found.user is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://mx.example.org",
        "mx.example.org:0",
        "mx.example.org:65536",
        "mx:x",
        "mx.example.org/path",
        "a b",
        "mx\n",
        "://mx",
        "[::1",
    ],
)
def test_what_is_no_server(text: str) -> None:
    with pytest.raises(UsageError, match="--smtp: give HOST"):
        server(text, None, {})


def test_a_password_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the file\nnot this\n")
    asked = "smtps://me@example.org@mx.example.org"
    assert server(asked, None, {PASSWORD: "of the environment"}).password == "of the environment"  # noqa: S105
    found = server(asked, str(secret), {PASSWORD: "of the environment"})
    assert (found.user, found.password) == ("me@example.org", "of the file")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("smtps://me:hush@mx.example.org", "no password here"),
        ("smtp://me@mx.example.org", "over TLS only"),
        ("me@mx.example.org", "over TLS only"),
        ("smtps://me@mx.example.org", PASSWORD),
    ],
)
def test_a_password_is_not_taken_from_everywhere_and_not_sent_anyhow(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as raised:
        server(text, None, {})
    assert "hush" not in str(raised.value)


def test_a_password_file_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="--smtp-password-file: cannot read /none: No such file"):
        server("smtps://me@mx.example.org", "/none", {})


def post(tmp_path: Path, *to: str, **other: Any) -> Post:
    values: dict[str, Any] = {
        "sender": None,
        "smtp": None,
        "password_file": None,
        "state": tmp_path / "state",
        "env": {},
    }
    return post_of(to, **{**values, **other})


def test_each_recipient_once_and_two_roads(tmp_path: Path) -> None:
    made = post(tmp_path, "a@x.example", "root", "a@x.example")
    assert made.to == ("a@x.example", "root")
    assert made.roads == (Sendmail(), Server(host="localhost", port=25))
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_the_other_way_round_with_a_server(tmp_path: Path) -> None:
    assert post(tmp_path, "root", smtp="mx").roads == (Server(host="mx", port=25), Sendmail())


def test_a_sender_is_an_address_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--mail-from"):
        post(tmp_path, "root", sender="x\ny")


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--state: cannot make"):
        post(tmp_path, "root", state=tmp_path / "file" / "state")
