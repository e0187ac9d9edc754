"""Exit codes, and how what goes wrong on the way ends.

In: a click command. Out: an exit code of the contract. Never: a traceback for what is not a bug.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from logscan.model.problems import ConfigError, LogscanError, NothingRead, PackError, Problem
from logscan.model.safety import escape
from logscan.model.vocabulary import Severity

if TYPE_CHECKING:
    from logscan.cli.options import Common

STDOUT = 1


class Exit(IntEnum):
    """The contract's exit codes."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    NOTHING = 3
    INCOMPLETE = 4
    NOT_MAILED = 5
    INTERRUPTED = 130


def done(common: Common, problems: Iterable[Problem], found: Iterable[Severity] = ()) -> Exit:
    """Return how a command ends that did what it was asked. found: how grave each thing is that it found."""
    if common.strict and any(problem.unreadable for problem in problems):
        return Exit.INCOMPLETE
    if common.fail_on is None:
        return Exit.DONE
    limit = Severity(common.fail_on).rank
    return Exit.FOUND if any(severity.rank <= limit for severity in found) else Exit.DONE


class ClosedPipe(Exception):
    """Nobody reads our output any more. click and rich would end the program with 1 for a BrokenPipeError."""


def guarded(command: click.Command) -> int:
    """Run `command` and return its exit code."""
    try:
        result = command.main(standalone_mode=False, prog_name="logscan")
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        _say(*error.format_message().splitlines())
        return Exit.USAGE
    except click.UsageError as error:
        if error.ctx is not None:
            _say(*error.ctx.get_usage().splitlines())
        _say(f"logscan: {error.format_message()}")
        return Exit.USAGE
    except click.ClickException as error:
        _say(f"logscan: {error.format_message()}")
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except (ClosedPipe, BrokenPipeError):
        # Whoever read us has seen enough. Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
        return Exit.DONE
    except LogscanError as error:
        return _refused(error)
    return int(result) if isinstance(result, int) else Exit.DONE


def _refused(error: LogscanError) -> Exit:
    problems: tuple[Problem, ...] = ()
    if isinstance(error, NothingRead | PackError | ConfigError):
        problems = error.problems
    if not isinstance(error, PackError | ConfigError):
        _say(f"logscan: {error}")
    for problem in problems:
        _say(f"{problem.where}: {problem.reason}", f"  help: {problem.help}")
    return Exit.NOTHING if isinstance(error, NothingRead) else Exit.USAGE


def _say(*lines: str) -> None:
    # Names of files and words of the command line may hold anything, a line's end too.
    click.echo("\n".join(map(escape, lines)), err=True)
