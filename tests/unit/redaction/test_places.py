"""Paths, files and URLs: as many pieces as before, and none of them anybody's."""

from __future__ import annotations

import pytest

from logscan.redaction.names import Names
from logscan.redaction.places import Places


@pytest.fixture
def places(names: Names) -> Places:
    return Places(names)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/postfix/main.cf", "/usr/bin/dispatch.fcgi", "/var/log/mail.log", "/var/spool/postfix/private/auth",
        "/run/php/php8.2-fpm.sock", "/usr/libexec/dovecot/deliver", "/extmail/cgi/index.cgi", "/", "./", "../",
    ],
)  # fmt: skip
def test_what_every_system_has_stays(places: Places, path: str) -> None:
    assert places.path(path).replace("/private/" + places.component("auth"), "/private/auth") == path


@pytest.mark.parametrize(
    "path",
    [
        "/home/jane/Maildir/new/17.jane.victim", "/var/mail/jane", "/var/vmail/victim.de/jane/cur", "/~jane/", "/users/jane%2Fx",
        "/srv/jane.php", "/data/Rechnung_jane.pdf", "/home/jane@victim.de", "/opt/jane-victim/x?key=victim#jane", "/home/mail/jane",
    ],
)  # fmt: skip
def test_names_are_hidden_and_the_depth_stays(places: Places, path: str) -> None:
    found = places.path(path)
    assert "jane" not in found
    assert "victim" not in found
    assert found.count("/") == path.count("/")


def test_a_home_is_private_whatever_it_is_called(places: Places) -> None:
    assert places.path("/home/private") != "/home/private"
    assert places.path("/home/private/html").endswith("/html")


def test_endings_of_files_stay(places: Places, names: Names) -> None:
    assert places.dotted("jane.pdf") == names.word("jane") + ".pdf"
    assert places.dotted("wp.pl") == names.word("wp") + ".pl"
    assert places.dotted("mail.victim.pl") == names.host("mail.victim.pl")


@pytest.mark.parametrize(
    ("unit", "kept"),
    [
        ("postfix.service", True), ("php8.2-fpm.service", True), ("user@1000.service", True), ("postfix@-.service", True),
        ("extmail-dispatch.service", True), ("jane-dispatch.service", False), ("jane-backup.service", False), ("backup@jane.service", False), ("postfix\nx.service", False),
    ],
)  # fmt: skip
def test_units_of_software_stay(places: Places, unit: str, kept: bool) -> None:  # noqa: FBT001
    assert (places.unit(unit) == unit) is kept
    assert "jane" not in (places.unit(unit) or "")
    assert "\n" not in (places.unit(unit) or "")


def test_a_url_keeps_its_shape(places: Places, names: Names) -> None:
    url = "https://jane:secret@mail.victim.de:8443/jane/index.php?_user=jane%40victim.de&PHPSESSID=abc&flag#jane"
    found = places.url(url)
    assert found.startswith("https://")
    assert f"@{names.host('mail.victim.de')}:8443/{names.word('jane')}/index.php?_user=" in found
    assert f"_user={names.mailbox('jane@victim.de')}&PHPSESSID=" in found
    for secret in ("jane", "secret", "victim", "abc", "flag"):
        assert secret not in found.replace("PHPSESSID", "")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("fastcgi://unix:/run/php/php-fpm.sock", "fastcgi://unix:/run/php/php-fpm.sock"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://www.openspf.org/Why", "http://www.openspf.org/Why"),
    ],
)
def test_urls_without_a_name_stay(places: Places, url: str, said: str) -> None:
    assert places.url(url) == said


@pytest.mark.parametrize(
    "path", ["/query/ip/93.184.216.34", "/x/93.184.216.34.html", "/x/93.184.216.34.5", "/2a01:4f8::53"]
)
def test_an_address_in_a_path_is_hidden(places: Places, path: str) -> None:
    found = places.path(path)
    assert "93.184.216" not in found
    assert "2a01" not in found
    assert places.path("/93.184.216.34") == f"/{places.component('93.184.216.34')}"


def test_a_unit_keeps_the_word_that_tells_whose_it_is(places: Places, names: Names) -> None:
    assert places.unit("jane-dispatch.service") == f"{names.word('jane')}-dispatch.service"
