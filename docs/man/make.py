"""The manual page logscan(1), from the command tree: `python docs/man/make.py > docs/man/logscan.1`.

In: click's commands and their help. Out: one page for all of them, in man(7) macros, which every `man` reads.
Never: a line that roff could take for a command, for every text passes `roff`; a date of its own (the same tree
gives the same page). tests/docs/test_manual.py holds the page against the tree, and `pytest --bless` renews it.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from logscan.cli.main import command as root
from logscan.model.version import __version__

#: What the tree does not know. Prose, with `code` between backticks.
EXITS = (
    ("0", "Done, and nothing at or above --fail-on was found. A closed pipe counts as this."),
    ("1", "There are findings at or above --fail-on, or `rules lint` or `rules test` found errors."),
    ("2", "The call cannot be carried out as given."),
    ("3", "Nothing could be read or understood; the message says what was tried."),
    ("4", "Done, but some input could not be read, and --strict was given."),
    ("5", "A report was made but could not be mailed to everybody; it is kept in the state folder."),
    ("130", "Interrupted."),
)
ENVIRONMENT = (
    ("LC_ALL, LC_MESSAGES, LANG", "The language of the answer where --lang does not say: Chinese for `zh`, else English."),
    ("LOGSCAN_SMTP_PASSWORD", "The password for --smtp, unless --smtp-password-file gives it."),
    ("NO_COLOR", "When it is set, nothing is coloured unless --color=always says so."),
    ("TZ", "The zone of stamps that have none, where --tz does not say."),
    ("STATE_DIRECTORY, XDG_STATE_HOME", "Where the state folder is, where --state does not say; systemd sets the first."),
    ("XDG_CACHE_HOME", "Where rule cards are kept in a form that loads fast; otherwise `~/.cache`."),
)  # fmt: skip
FILES = (
    ("/var/log", "Read when no PATH is given."),
    ("/etc/logscan/patterns.d", "Rule cards of your own, read before those of --patterns."),
    (
        "/var/lib/logscan, ~/.local/state/logscan",
        "The state folder of root, of others: what was mailed, and `unsent/`, what could not be.",
    ),
    ("~/.cache/logscan", "The cache. It may be deleted at any time."),
)
EXAMPLES = (
    ("logscan scan", "Look at the mail and web logs below /var/log."),
    ("logscan scan 'mail.log*' --since -24h", "Only the last day, from plain and compressed files."),
    ("ssh mx1 cat /var/log/mail.log | logscan scan -", "Read another machine's log."),
    ("logscan scan /var/log --format html -o report.html", "Write a page to keep, to print or to pass on."),
    (
        "logscan report --mail-to postmaster@example.org --only-if problems",
        "Mail what happened yesterday, if anything did.",
    ),
    ("logscan flow /var/log --since yesterday --until today", "Count a day's mail."),
    ("logscan flow /var/log --why-differs", "See where pflogsumm counts otherwise, and why."),
    ('logscan explain "550 5.7.26 ..."', "Explain a refusal that somebody pasted."),
    ("logscan scan --quiet --fail-on error", "Exit 1 when something is broken, for scripts."),
)
SEE_ALSO = "postfix(1), postqueue(1), opendkim(8), journalctl(1), pflogsumm(1)"


@dataclass(frozen=True)
class Node:
    """A command of the tree: how it is called, and what click knows of it."""

    call: str
    command: click.Command
    context: click.Context

    @property
    def options(self) -> list[click.Option]:
        return [
            p for p in self.command.get_params(self.context) if isinstance(p, click.Option) and not p.hidden
        ]


def leaves(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[Node]:
    """Yield every command that does something, in the tree's order."""
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    if not isinstance(command, click.Group):
        yield Node(context.command_path, command, context)
        return
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        if found is not None:
            yield from leaves(found, child, context)


# --- roff ----------------------------------------------------------------------------------------

_SIGNS = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}


def plain(text: str) -> str:
    """Return text in which no sign means anything to roff; safe at a line's beginning and in arguments."""
    shown = "".join(_SIGNS.get(sign, sign) for sign in text)
    return rf"\&{shown}" if shown.startswith(".") else shown


def roff(text: str) -> str:
    """Return prose: what stands between backticks, and options, in bold."""
    parts = re.split(r"`([^`]+)`|((?<![\w-])--?[a-z][\w-]*)", " ".join(text.split()))
    # re.split gives turns of three: prose, code, option.
    prose, codes, options = parts[::3], [*parts[1::3], None], [*parts[2::3], None]
    return "".join(
        plain(words) + (rf"\fB{plain(code or option or '')}\fR" if code or option else "")
        for words, code, option in zip(prose, codes, options, strict=True)
    )


def paragraphs(text: str) -> Iterator[str]:
    """Yield the lines of a command's help; a paragraph that begins with backspace keeps its lines, as in click."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.lstrip().startswith("\b"):
            yield ".nf"
            kept = textwrap.dedent(paragraph.lstrip().removeprefix("\b").strip("\n"))
            yield from (plain(line) or ".sp" for line in kept.split("\n"))
            yield ".fi"
        else:
            yield roff(paragraph)


def terms(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of bold words, each with its meaning."""
    for word, meaning in pairs:
        yield from (".TP", rf"\fB{plain(word)}\fR", roff(meaning))


def option_lines(option: click.Option) -> Iterator[str]:
    """Yield one option: how it is written, what it does, and what holds without it."""
    names = ", ".join(rf"\fB{plain(name)}\fR" for name in names_of(option))
    value = "" if option.is_flag or option.count else rf" \fI{plain(value_of(option))}\fR"
    yield from (".TP", names + value)
    said = (option.help or "").rstrip()
    if option.show_default and option.default is not None:
        said += f" [default: {option.default}]"
    yield roff(said.strip() or "No help.")


def names_of(option: click.Option) -> list[str]:
    """Return how an option may be written, the short way first: click's own order of -h, --help is by chance."""
    return sorted((*option.opts, *option.secondary_opts), key=lambda name: (name.startswith("--"), name))


def value_of(option: click.Option) -> str:
    """Return what is written behind an option."""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.type.name.upper()


# --- the page ------------------------------------------------------------------------------------


def page() -> str:
    """Return the whole page."""
    nodes = list(leaves(root, "logscan"))
    seen = Counter(key_of(option) for node in nodes for option in node.options)
    shared = {key for key, count in seen.items() if count > 1}
    lines = [
        r".\" Made by docs/man/make.py from the command tree: change the commands' help, not this page.",
        f'.TH LOGSCAN 1 "{released()}" "logscan {__version__}" "User Commands"',
        ".SH NAME",
        rf"logscan \- {plain(summary())}",
        ".SH SYNOPSIS",
        *synopsis(nodes),
        ".SH DESCRIPTION",
        *paragraphs(root.help or ""),
        ".SH COMMANDS",
        *(line for node in nodes for line in command_lines(node, shared)),
        ".SH COMMON OPTIONS",
        "Several commands have these; each says which.",
        *(line for option in unique(nodes, shared) for line in option_lines(option)),
    ]
    for title, pairs in (("EXIT STATUS", EXITS), ("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)):
        lines += [f".SH {title}", *terms(pairs)]
    lines.append(".SH EXAMPLES")
    for number, (example, meaning) in enumerate(EXAMPLES):
        lines += [".PP"] * bool(number) + [roff(meaning), ".PP", ".RS 4", rf"\fB{plain(example)}\fR", ".RE"]
    lines += [".SH SEE ALSO", plain(SEE_ALSO)]
    return "\n".join(folded(lines)) + "\n"


def folded(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines of at most 80 bytes, cut between words; a macro and a line that is kept stay whole."""
    kept = False
    for line in lines:
        kept = {".nf": True, ".fi": False}.get(line, kept)
        if kept or line.startswith("."):
            yield line
            continue
        pieces = textwrap.wrap(line, 79, break_long_words=False, break_on_hyphens=False)
        yield from (rf"\&{piece}" if piece.startswith(".") else piece for piece in pieces)


def released() -> str:
    """Return the day of the newest version that the changelog dates."""
    changes = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## \[[\d.]+\] - (\d{4}-\d{2}-\d{2})$", changes, re.MULTILINE)
    return found[1] if found else ""


def summary() -> str:
    """Return the first sentence of the program's help, as `whatis` shows it."""
    first = " ".join((root.help or "").split()).partition(".")[0]
    return first[0].lower() + first[1:]


def key_of(option: click.Option) -> str:
    """Return what makes two commands' options the same one: how it is written and what it says."""
    return "\n".join(option_lines(option))


def unique(nodes: Sequence[Node], keys: set[str]) -> list[click.Option]:
    """Return one option for each of `keys`, in the order in which the tree names them first."""
    found = {key_of(option): option for node in reversed(nodes) for option in reversed(node.options)}
    return [option for key, option in reversed(found.items()) if key in keys]


def synopsis(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield how each command is called."""
    for number, node in enumerate(nodes):
        pieces = node.command.collect_usage_pieces(node.context)
        if number:
            yield ".br"
        yield rf"\fB{plain(node.call)}\fR " + " ".join(rf"\fI{plain(piece)}\fR" for piece in pieces)


def command_lines(node: Node, shared: set[str]) -> Iterator[str]:
    """Yield one command: what it does, its own options, the names of the common ones."""
    yield f".SS {plain(node.call)}"
    yield from paragraphs(node.command.help or "")
    own = [option for option in node.options if key_of(option) not in shared]
    for option in own:
        yield from option_lines(option)
    common = [names_of(option)[-1] for option in node.options if key_of(option) in shared]
    if common:
        yield from (".PP", "Common options: " + ", ".join(rf"\fB{plain(name)}\fR" for name in common) + ".")


if __name__ == "__main__":
    sys.stdout.write(page())
