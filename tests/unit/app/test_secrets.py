"""`--key`: a file, a text, or nothing; never one that can be guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.app.secrets import key_of
from logscan.model.problems import UsageError


def test_a_text_and_a_file_with_it_are_the_same_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("between you and me\n")
    assert key_of(str(file)).word("alice") == key_of("between you and me").word("alice")


def test_no_key_is_another_one_every_time() -> None:
    assert key_of(None).word("alice") != key_of(None).word("alice")


@pytest.mark.parametrize("key", ["short", "", "elevenchars"])
def test_a_short_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(UsageError, match="at least 12 characters") as caught:
        key_of(key)
    assert not key or key not in str(caught.value)


def test_a_path_that_leads_nowhere_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        key_of(str(tmp_path / "not-there"))


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        key_of(str(tmp_path))


def test_a_text_too_long_for_a_file_s_name_is_a_key() -> None:
    assert key_of("k" * 10_000).word("alice")
