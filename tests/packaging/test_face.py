"""The public face: few names, all of them there, typed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import logscan

ROOT = Path(__file__).parents[2]


def test_the_face_is_small() -> None:
    assert 0 < len(logscan.__all__) <= 12
    assert sorted(logscan.__all__) == list(logscan.__all__)


def test_every_name_of_the_face_is_there() -> None:
    for name in logscan.__all__:
        assert getattr(logscan, name) is not None, name


def test_types_are_shipped() -> None:
    assert (ROOT / "logscan" / "py.typed").is_file()


def test_the_version_is_a_release_of_the_changelog() -> None:
    heading = re.search(
        r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert heading is not None
    assert heading[1] == logscan.__version__


def test_classifiers_name_only_pythons_that_ran() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        c.rpartition(" ")[2]
        for c in project["classifiers"]
        if c.startswith("Programming Language :: Python :: 3.")
    }
    assert named == {"3.11"}
    assert project["requires-python"] == ">=3.11"
