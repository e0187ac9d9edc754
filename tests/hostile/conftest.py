"""The command line, as tests/cli calls it."""

from __future__ import annotations

from tests.cli.conftest import cli as cli  # noqa: PLC0414  a fixture is known by its name here
