"""Options of a report by mail, each said once.

In: what click has parsed. Out: `Posting`, and from it a report that is sent. Never: heavier than click; the rest is imported when
a report is sent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logscan.cli.words import files

if TYPE_CHECKING:
    from pathlib import Path

    from logscan.app.mailing import Outcome
    from logscan.app.posting import Post
    from logscan.cli.options import Common
    from logscan.model.report import Nightly

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """The options, still as the user wrote them."""

    mail_to: tuple[str, ...] = ()
    mail_from: str | None = None
    smtp: str | None = None
    smtp_password_file: str | None = None
    state: str | None = None

    @property
    def folder(self) -> Path:
        """The state folder."""
        from logscan.app.places import state_folder  # noqa: PLC0415

        return state_folder(self.state, os.environ)

    def ready(self) -> Post | None:
        """Return where to mail to, None for nowhere. Raises UsageError: before an hour of reading, not behind it."""
        if not self.mail_to:
            for name, given in (
                ("--mail-from", self.mail_from),
                ("--smtp", self.smtp),
                ("--smtp-password-file", self.smtp_password_file),
            ):
                if given is not None:
                    raise click.UsageError(f"{name} is for --mail-to: say to whom.")
            return None
        from logscan.app.posting import post_of  # noqa: PLC0415

        return post_of(
            self.mail_to,
            sender=self.mail_from,
            smtp=self.smtp,
            password_file=self.smtp_password_file,
            state=self.folder,
            env=os.environ,
        )


_OPTIONS = (
    click.option(
        "--mail-to", multiple=True, metavar="ADDRESS",
        help="Mail the report there, by sendmail or --smtp; may be repeated. It is printed too only with -o or --format.",
    ),
    click.option("--mail-from", metavar="ADDRESS", help="From whom [default: logscan@ this host]."),
    click.option(
        "--smtp", metavar="[SCHEME://][USER@]HOST[:PORT]",
        help="Mail by this server: smtp, smtp+starttls or smtps; its password is in LOGSCAN_SMTP_PASSWORD.",
    ),
    click.option(
        "--smtp-password-file", metavar="FILE", shell_complete=files, help="The password for --smtp is its first line."
    ),
    click.option(
        "--state", metavar="DIR", shell_complete=files,
        help="Where is kept what was sent and what could not be [default: systemd's state folder, /var/lib/logscan for root, "
        "else ~/.local/state/logscan].",
    ),
)  # fmt: skip


def mail_options(function: Function) -> Function:
    """Give a command the options of mail; it gets them as one argument `posting`."""

    @wraps(function)
    def call(**given: Any) -> Any:
        return function(
            posting=Posting(**{name: given.pop(name) for name in Posting.__dataclass_fields__}), **given
        )

    wrapped: Any = call
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def clock(common: Common) -> datetime:
    """Return the present: --now, else the clock's."""
    from logscan.app.asking import settings_of  # noqa: PLC0415

    return settings_of(common).now or datetime.now(UTC)


def mail(report: Nightly, post: Post, common: Common, *, only_if: str | None = None) -> Outcome:
    """Mail a report, and say on standard error what went wrong. only_if: it has nothing to tell: a sign of life."""
    from logscan.app.drawing import line, report_words  # noqa: PLC0415
    from logscan.app.mailing import deliver, said  # noqa: PLC0415

    outcome = deliver(report, post, common.look("text"), clock(common), only_if=only_if)
    words = report_words(report, common.language, common.patterns).words
    for sentence in said(outcome, words, verbose=common.verbose):
        line(f"logscan: {sentence}", sys.stderr)
    return outcome
