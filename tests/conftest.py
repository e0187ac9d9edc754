"""What every test stands on: nothing of this machine's user, and property tests that a slow machine does not fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Time is measured by bench/, side by side; a deadline here would only measure how busy the machine is.
settings.register_profile(
    "logscan", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, max_examples=40
)
# A night's work: LOGSCAN_PROFILE=thorough make test
settings.register_profile("thorough", settings.get_profile("logscan"), max_examples=1000)
# The same tests once more, under another clock or with other versions: fewer examples tell as much.
settings.register_profile("again", settings.get_profile("logscan"), max_examples=12)
settings.load_profile(os.environ.get("LOGSCAN_PROFILE", "logscan"))

#: What a user's environment may hold and what would change output.
STRAY = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LC_ALL", "LC_MESSAGES", "LANGUAGE")


#: Where no time is read, guessed or printed, or each test names its own: bears the mark `timeless`.
TIMELESS = (
    "tests/architecture",
    "tests/browser",
    "tests/cli/test_config.py",
    "tests/cli/test_report_mail.py",
    "tests/cli/test_report_memory.py",
    "tests/cli/test_timer.py",
    "tests/fuzz",
    "tests/hostile",
    "tests/laws/test_baseline.py",
    "tests/laws/test_blind_fold.py",
    "tests/laws/test_flow_fold.py",
    "tests/laws/test_memory.py",
    "tests/laws/test_outages_fold.py",
    "tests/laws/test_outages_rotation.py",
    "tests/laws/test_own_mail.py",
    "tests/laws/test_same_answer.py",
    "tests/laws/test_shapes_equal_brute_force.py",
    "tests/laws/test_together.py",
    "tests/laws/test_tracking_fold.py",
    "tests/packaging",
    "tests/patterns",
    "tests/storms",
    "tests/truth",
    "tests/unit/analyses",
    "tests/unit/packs",
    "tests/unit/parsers/families",
    "tests/unit/pipeline/test_redact.py",
    "tests/unit/redaction",
    "tests/unit/reports",
    "tests/unit/rules",
    "tests/unit/store",
    "tests/unit/tracking",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what need not be run again under another clock."""
    for item in items:
        if item.path.relative_to(config.rootpath).as_posix().startswith(TIMELESS):
            item.add_marker(pytest.mark.timeless)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest --bless` rewrite what golden files and the README show; git shows what changed."""
    parser.addoption("--bless", action="store_true", help="rewrite golden files and README blocks")


@pytest.fixture(autouse=True, scope="session")
def neutral_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give programs that tests start a cache of their own, English, no wish about colours and no configuration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("LOGSCAN_CONFIG", "")  # no configuration file of this machine
        for name in STRAY:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def at_the_root() -> None:
    """Start every test in the checkout, wherever the one before it went."""
    os.chdir(Path(__file__).parents[1])
