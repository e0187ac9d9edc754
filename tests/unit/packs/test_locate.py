"""Where the cards lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.packs import locate

ROOT = Path(__file__).parents[3]


def test_a_checkout_uses_its_own_patterns() -> None:
    assert locate.ours() == ROOT / "patterns"
    assert (locate.ours() / "postfix").is_dir()


def test_an_installed_wheel_uses_what_it_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "logscan"
    (package / "packs").mkdir(parents=True)
    monkeypatch.setattr(locate, "__file__", str(package / "packs" / "locate.py"))
    assert locate.ours() == tmp_path / "site-packages" / "patterns"
    (package / "_patterns").mkdir()
    assert locate.ours() == package / "_patterns"


def test_ours_come_first_then_the_sites_then_the_users_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "SITE", tmp_path / "patterns.d")
    assert locate.folders() == (locate.ours(),)
    assert locate.folders(["z", "a"]) == (locate.ours(), Path("z"), Path("a"))
    (tmp_path / "patterns.d").mkdir()
    assert locate.folders(["z", "a"]) == (locate.ours(), tmp_path / "patterns.d", Path("z"), Path("a"))


@pytest.mark.parametrize(
    ("xdg", "home", "place"),
    [
        ("/var/cache/me", "/home/me", "/var/cache/me/logscan"),
        (None, "/home/me", "/home/me/.cache/logscan"),
        ("", "/home/me", "/home/me/.cache/logscan"),
        ("relative", "/home/me", "/home/me/.cache/logscan"),
        (None, None, None),
        (None, "", None),
        ("relative", "here", None),
    ],
    ids=["xdg", "home", "empty-xdg", "relative-xdg", "neither", "empty-home", "all-relative"],
)
def test_the_cache_lies_where_xdg_says(
    monkeypatch: pytest.MonkeyPatch, xdg: str | None, home: str | None, place: str | None
) -> None:
    for name, value in (("XDG_CACHE_HOME", xdg), ("HOME", home)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert locate.cache_home() == (None if place is None else Path(place))
