"""requirements/: everything pinned and hashed, nothing fetched from a named place, and in step with pyproject."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def pins(path: Path) -> dict[str, str]:
    """Return version by name; every entry must be `name==version` with at least one hash and nothing else."""
    found: dict[str, str] = {}
    for entry in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        match = re.fullmatch(r"([a-z0-9-]+)==([\w.]+)((?: +--hash=sha256:[0-9a-f]{64})+)", entry)
        assert match is not None, f"{path.name}: {entry[:60]}"
        found[match[1]] = match[2]
    return found


def bounds() -> dict[str, str]:
    return dict(dependency.split(">=") for dependency in DEPENDENCIES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_everything_is_pinned_with_hashes_and_without_urls(path: Path) -> None:
    assert pins(path)
    assert "://" not in path.read_text(encoding="utf-8")


def test_files_agree_on_versions() -> None:
    seen: dict[str, str] = {}
    for path in FILES:
        if path.name != "lowest.txt":
            for name, version in pins(path).items():
                assert seen.setdefault(name, version) == version, f"{path.name}: {name}"


def test_every_dependency_is_pinned() -> None:
    assert bounds().keys() <= pins(ROOT / "requirements" / "run.txt").keys()


def test_the_lowest_versions_are_the_bounds() -> None:
    lowest = pins(ROOT / "requirements" / "lowest.txt")
    for name, bound in bounds().items():
        pinned = re.sub(r"\.post\d+$", "", lowest[name]).split(".")
        wanted = bound.split(".")
        assert pinned[: len(wanted)] == wanted, name
        assert not any(part != "0" for part in pinned[len(wanted) :]), (
            f"{name}: say {lowest[name]}, that is what is tested"
        )


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "adr" / "0006-dependencies.md").read_text(encoding="utf-8")
    for name in bounds():
        assert f"| {name} |" in reasons, name
