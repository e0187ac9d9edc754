"""The command line in this process, as the commands' own tests have it."""

from __future__ import annotations

from tests.cli.conftest import cli

__all__ = ["cli"]
