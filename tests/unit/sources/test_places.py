from __future__ import annotations

import pytest

from logscan.sources.places import unseen


def test_without_a_web_server_that_is_all_there_is_to_say() -> None:
    note = unseen("/var/log", ["mail.log", "syslog", "php8.2-fpm.log"])
    assert note is not None
    assert "no web server's logs are there (apache2/, httpd/, nginx/)" in note.reason
    assert not note.unreadable


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["nginx"], ["PHP-FPM", "Roundcube"]),
        (["apache2", "php8.2-fpm.log"], ["Roundcube"]),
        (["httpd", "php-fpm"], ["Roundcube"]),
        (["nginx", "php83", "roundcubemail"], []),
        (["nginx", "roundcube"], ["PHP-FPM"]),
    ],
)
def test_beside_a_web_server_the_logs_of_what_runs_behind_it_are_missed(
    names: list[str], missing: list[str]
) -> None:
    note = unseen("/var/log", [*names, "mail.log"])
    found = [] if note is None else [who for who in ("PHP-FPM", "Roundcube") if who in note.reason]
    assert found == missing
