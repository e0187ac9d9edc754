"""`logscan report --install-timer`: the same call, by the clock.

In: the call's own context. Out: two systemd units, on the screen or in their folder, and what to type next.
Never: takes the place of a file that somebody else wrote; starts anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from logscan.cli.configured import GIVEN, NOBODY, Act, refused, strength

Function = TypeVar("Function", bound=Callable[..., Any])

#: Options behind which a file or folder is written, and whether it is the folder itself.
WRITTEN = {"output": False, "prometheus": False, "charts": True, "state": True}


def timed(function: Function) -> Function:
    """Give the report --install-timer and --dry-run."""

    @wraps(function)
    def call(install_timer: bool, dry_run: bool, **given: Any) -> Any:
        if dry_run and not install_timer:
            raise click.UsageError("--dry-run belongs to --install-timer: it shows what would be written.")
        return _install(given, dry=dry_run) if install_timer else function(**given)

    for option in (
        click.option("--dry-run", cls=Act, is_flag=True, help="With --install-timer: print the files instead."),
        click.option(
            "--install-timer", cls=Act, is_flag=True,
            help="Instead of a report: write a systemd service and timer that make this very report every morning (Mondays for a"
            " week, the first for a month), with the PATHs and options of this call. As root for the system, else for the user.",
        ),
    ):  # fmt: skip
        call = option(call)
    return call  # type: ignore[return-value]


def _install(given: dict[str, Any], *, dry: bool) -> int:
    from logscan.app.asking import settings_of  # noqa: PLC0415
    from logscan.app.timer.units import Job, units  # noqa: PLC0415
    from logscan.cli.options import Common  # noqa: PLC0415
    from logscan.reports.paper import Paper  # noqa: PLC0415

    # What is wrong with the call is to be told now, not every morning.
    settings_of(Common(**{name: given[name] for name in Common.__dataclass_fields__ if name in given}))
    ctx = click.get_current_context()
    system = os.geteuid() == 0
    job = Job(
        command=(*program(), *config_words(ctx), "report", *words(ctx)),
        length=given["length"], folders=tuple(dict.fromkeys(_folders(given))),
        mail=None if not given.get("mail_to") else "smtp" if given.get("smtp") else "local",
        system=system,
    )  # fmt: skip
    folder, made = _folder(system=system), units(job)
    paper = Paper(sys.stdout, color="never")
    if dry:
        for name, text in made.items():
            paper.line(f"# {folder / name}")
            for line in text.splitlines():
                paper.line(line)
            paper.line("")
        return 0
    for line in written(folder, made):
        paper.line(line)
    for line in _next(system=system):
        paper.line(line)
    return 0


def _folder(*, system: bool) -> Path:
    if system:
        return Path("/etc/systemd/system")
    base = os.environ.get("XDG_CONFIG_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path("~/.config").expanduser()
    return home / "systemd" / "user"


def written(folder: Path, made: dict[str, str]) -> Iterator[str]:
    """Write the units, each whole, and yield what was done. Raises UsageError before anything is written."""
    from logscan.app.timer.units import MARK  # noqa: PLC0415
    from logscan.cli.output import whole  # noqa: PLC0415
    from logscan.model.problems import UsageError  # noqa: PLC0415

    kept: dict[str, str | None] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in made:
            kept[name] = _kept(folder / name)
    except OSError as error:
        raise UsageError(f"--install-timer: cannot write into {folder}: {error.strerror}") from error
    for name, text in kept.items():
        if text is not None and not text.startswith(MARK):
            raise UsageError(
                f"--install-timer: {folder / name} was not written by logscan and stays as it is: move it away first"
            )
    for name, text in made.items():
        if kept[name] != text:
            with whole(folder / name) as place:
                place.write_text(text, encoding="utf-8", errors="surrogateescape")
            (folder / name).chmod(0o644)
        yield f"{'as it was' if kept[name] == text else 'written'}: {folder / name}"


def _kept(path: Path) -> str | None:
    """Return what a unit's file holds; a link, also one that masks a unit, is not ours."""
    if path.is_symlink():
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def _next(*, system: bool) -> Iterator[str]:
    user = "" if system else " --user"
    yield from (
        "Nothing is started yet. To start it, to make one report now, and to read what it said:",
        f"  systemctl{user} daemon-reload && systemctl{user} enable --now logscan-report.timer",
        f"  systemctl{user} start logscan-report.service",
        f"  journalctl{user} -u logscan-report.service",
    )
    if not system:
        yield "A user's timer rests while the user is logged out, but for: loginctl enable-linger"


# --- the same call again -------------------------------------------------------------------------


def program() -> tuple[str, ...]:
    """Return how this program is started, whatever the current folder is."""
    called = Path(os.path.abspath(sys.argv[0]))  # noqa: PTH100  resolve() would follow pipx's link, which survives an upgrade
    if called.name == "logscan" and called.is_file() and os.access(called, os.X_OK):
        return (str(called),)
    return (sys.executable, "-P", "-m", "logscan")


def config_words(ctx: click.Context) -> list[str]:
    """Return --config as it holds now; the environment of this call is not that of a service."""
    from logscan.app.config.files import VARIABLE  # noqa: PLC0415

    named = ctx.find_root().params.get("config")
    named = os.environ.get(VARIABLE) if named is None else named
    return [] if named is None else [f"--config={_absolute(named) if named else ''}"]


def words(ctx: click.Context) -> list[str]:
    """Return the PATHs and options of this call as words for another one, each path absolute."""
    from logscan.cli.options import language_of  # noqa: PLC0415

    found: list[str] = []
    paths: list[str] = []
    for param in ctx.command.params:
        value = ctx.params.get(param.name or "")
        if isinstance(param, Act) or (isinstance(param, click.Option) and param.hidden):
            continue
        if isinstance(param, click.Argument):
            paths = [_log(word) for word in value or ()]
        elif param.name in refused(ctx):
            found.append(f"--no-{_long(param)[2:]}")
        elif strength(param.name or "") == GIVEN:
            found += _said(param, value)
    if strength("lang") == NOBODY and (language := language_of(os.environ)) != "en":
        found.append(f"--lang={language}")
    return [*found, *(["--", *paths] if paths else [])]


def _said(option: click.Parameter, value: Any) -> list[str]:
    name = _long(option)
    if isinstance(option, click.Option) and option.is_flag:
        return [name] if value else []
    path = isinstance(option.type, click.Path) or option.metavar in ("FILE", "DIR")
    values = value if isinstance(value, tuple) else (value,)
    return [f"{name}={_absolute(one) if path else one}" for one in values if one is not None]


def _long(option: click.Parameter) -> str:
    return max(option.opts, key=len)


def _log(word: str) -> str:
    if word == "-":
        raise click.UsageError(
            "--install-timer: nobody writes to the standard input of a timer; name files or folders."
        )
    return word if word == "journal" else _absolute(word)


def _absolute(word: str) -> str:
    return word if word == "-" else os.path.abspath(word)  # noqa: PTH100  a link stays: it may be turned


def _folders(given: dict[str, Any]) -> Iterator[str]:
    """Yield the folders that must be writable: each as far as it is there."""
    for name, itself in WRITTEN.items():
        value = given.get(name)
        if value in (None, "-", "/dev/stdout"):
            continue
        place = Path(_absolute(str(value)))
        place = place if itself else place.parent
        while not place.is_dir() and place != place.parent:
            place = place.parent
        yield str(place)
