r"""A report as GitHub-flavoured Markdown, to be pasted into a ticket.

In: `Report`, phrases. Out: Markdown whose source can be read as it is.
Never: a log line outside a fence longer than any run of backticks in it; a word of a stranger that becomes
markup, a link, or a mention of somebody; HTML.

Whatever is written passes `prose` unless `code`, `cell` or `fence` has made it `Safe`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from logscan.model.findings import Evidence, Finding, Report, Tally, Unexplained
from logscan.model.outages import Outage
from logscan.model.safety import escape
from logscan.model.version import __version__
from logscan.reports import sentences
from logscan.reports.outage_words import brief, candidates
from logscan.reports.wording import Wording

UNEXPLAINED = 10
LISTED = 10

#: Renderers make links and mentions of these after the escapes are gone; only code keeps them still.
_LIVE = re.compile(r"@|://|\bwww\.|\b(?:mailto|xmpp):|#\d|\bGH-\d|:[a-z][\w+-]*:", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*\[\]<>#~]|&(?=[#A-Za-z])|(?<![^\W_])_|_(?![^\W_])")
#: What would begin a list, a heading or a rule at the beginning of a line.
_BLOCK = re.compile(r"[-+=](?=[-=\s]|$)|\d{1,9}(?=[.)](?:\s|$))")
_CODE = re.compile(r"`([^`]+)`")


class Safe(str):
    """Markdown that may be written as it is."""

    __slots__ = ()


COLON = Safe(": ")
BREAK = Safe("  ")  # two blanks: the line ends, the paragraph goes on


def page(report: Report, words: Wording, *, verbose: bool = False, quiet: bool = False) -> str:
    """Return the whole document. verbose: explain notices and information too. quiet: glance only."""
    sheet = Sheet(words)
    _head(report, sheet)
    _glance(report.findings, sheet)
    if quiet:
        return sheet.text()
    _outages(report.outages, sheet)
    explained = report.findings if verbose else sentences.loud(report)
    for number, finding in enumerate(report.findings, 1):
        if finding in explained:
            _finding(number, finding, sheet)
    if len(explained) < len(report.findings):
        sheet.block(words.say("minor"))
    _reach(report, sheet)
    _unexplained(report.unexplained, sheet)
    _lists(report, sheet)
    sheet.block(words.say("report_made", version=__version__, time=words.clock(report.as_of)))
    return sheet.text()


class Sheet:
    """Lines of Markdown; what is not `Safe` passes `prose`."""

    def __init__(self, words: Wording) -> None:
        self.words = words
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, *pieces: str) -> None:
        self._lines.append("".join(piece if isinstance(piece, Safe) else prose(piece) for piece in pieces))

    def block(self, *pieces: str) -> None:
        """Add a line of its own, with a blank one before it."""
        if self._lines:
            self._lines.append("")
        self.line(*pieces)

    def head(self, level: int, *pieces: str) -> None:
        self.block(Safe("#" * level + " "), *pieces)

    def items(self, label: str, items: Sequence[str]) -> None:
        """Add a labelled paragraph, or a labelled, numbered list where there are several items."""
        if len(items) == 1:
            self.block(*strong(label), COLON, items[0])
        elif items:
            self.block(*strong(label))
            self._lines.append("")
            for number, item in enumerate(items, 1):
                self.line(Safe(f"{number}. "), item)


def strong(text: str) -> tuple[str, ...]:
    """Return pieces in bold."""
    return Safe("**"), text, Safe("**")


def _head(report: Report, sheet: Sheet) -> None:
    words, totals = sheet.words, report.totals
    period = words.span(totals.first, totals.last)
    sheet.head(1, words.say("report_title"), COLON, period)
    if empty := sentences.window_empty(report, words):
        sheet.block(*strong(empty))
    read = words.say("comma").join([sentences.amount(report, words), sentences.understood(report, words)])
    sheet.block(f"{read}; {period}", BREAK)
    sheet.line(
        sentences.assumed(report.assumptions, words),
        *([BREAK] if (also := sentences.also(report, words)) else []),
    )
    if also:
        sheet.line(also)
    for number, (unreadable, sentence) in enumerate(sentences.alike(report.problems, words)):
        add = sheet.line if number else sheet.block
        add(Safe("- "), *strong(words.say("problem" if unreadable else "note")), Safe(" "), sentence)
    if calm := sentences.calm(report, words):
        sheet.block(*strong(calm))


def _glance(findings: Sequence[Finding], sheet: Sheet) -> None:
    if not findings:
        return
    words = sheet.words
    sheet.head(2, words.say("glance"))
    heads = ("report_severity", "report_count", "report_finding", "report_state")
    sheet.block(row(*(cell(words.say(head)) for head in heads)))
    sheet.line(Safe("|---|---:|---|---|"))
    for finding in findings:
        sheet.line(
            row(
                cell(words.say(finding.severity.value)),
                cell(f"{finding.count:,}"),
                cell(finding.explanation.title),
                cell(sentences.briefly(finding, words)),
            )
        )


def _outages(outages: Sequence[Outage], sheet: Sheet) -> None:
    """Write the outages as far as failures alone tell them."""
    if not outages:
        return
    words = sheet.words
    sheet.head(2, words.say("outages_title"))
    sheet.block(words.say("outages_briefly"))
    sheet.block(
        row(*(cell(words.say(head)) for head in ("outages_service", "outages_failed", "outages_root")))
    )
    sheet.line(Safe("|---|---|---|"))
    for one in outages[-LISTED:]:
        sheet.line(row(cell(one.service), cell(brief(one, words)), cell(one.root[2] if one.root else "")))


def row(*cells: Safe) -> Safe:
    """Return a row of a table."""
    return Safe(f"| {' | '.join(cells)} |")


def _finding(number: int, finding: Finding, sheet: Sheet) -> None:
    words, said = sheet.words, finding.explanation
    sheet.head(2, Safe(f"{number}. "), words.say(finding.severity.value), COLON, said.title)
    state = sentences.state(finding, words)
    sheet.block(
        code(finding.rule),
        COLON,
        sentences.often(finding, words),
        *((Safe("; "), state) if state else ()),
    )
    concerned = list(sentences.concerned(finding.affected))
    if concerned:
        sheet.block(*strong(words.say("report_concerns")))
        sheet.block(Safe("- "), *_tally(*concerned[0], words))
        for key, tally in concerned[1:]:
            sheet.line(Safe("- "), *_tally(key, tally, words))
    causes = [f"{text} (`{rule}`, {words.clock(time)})" for rule, time, text in finding.caused_by]
    for key, items in (
        ("report_reach", sentences.reach(finding, words)),
        ("report_caused_by", causes),
        ("outages_undecided", candidates(finding.undecided, words) if finding.undecided else []),
        ("outages_look", finding.undecided.look_at if finding.undecided else []),
        ("report_means", [said.meaning]),
        ("report_why", said.likely_causes),
        ("report_do", said.remedy),
        ("report_verify", said.verify),
        ("report_limits", [said.limits] if said.limits else []),
    ):
        sheet.items(words.say(key), items)
    if finding.evidence:
        sheet.block(*strong(words.say("report_proof")))
        sheet.block(fence(sentences.proofs(finding.evidence)))
    if links := sentences.links(said.references):
        # A bracket or a space would end it; `links` lets neither pass.
        sheet.block(*strong(words.say("report_links")), COLON, Safe(", ".join(f"<{link}>" for link in links)))


def _tally(key: str, tally: Tally, words: Wording) -> list[str]:
    shown = [Safe(f"{code(name)} {count:,}") for name, count in tally.top[: sentences.NAMES]]
    if rest := sentences.rest(tally, sentences.NAMES):
        shown.append(prose(words.say("others", count=rest)))
    return [words.say(key), COLON, Safe(", ".join(shown))]


def _reach(report: Report, sheet: Sheet) -> None:
    words = sheet.words
    if left := sentences.also_far(report):
        sheet.head(2, words.say("reach_more"))
    for one in left:
        sheet.block(one.statement)
        sheet.items(words.say("report_do"), one.remedy)
    if more := sentences.more_of_failures(report, words):
        sheet.block(more)


def _unexplained(groups: Sequence[Unexplained], sheet: Sheet) -> None:
    if not groups:
        return
    words = sheet.words
    sheet.head(2, words.say("unexplained"))
    sheet.block(words.say("unexplained_hint"))
    for group in groups[:UNEXPLAINED]:
        often = sentences.times(group.count, words)
        sheet.block(
            *strong(words.say(group.severity.value)),
            Safe(" "),
            often,
            COLON,
            code(f"{group.program}: {group.template}"),
        )
        sheet.block(fence([group.example]))
    if len(groups) > UNEXPLAINED:
        sheet.block(words.say("more", count=len(groups) - UNEXPLAINED))


def _lists(report: Report, sheet: Sheet) -> None:
    words = sheet.words
    if report.totals.unparsed_samples:
        sheet.head(2, words.say("unparsed"))
        sheet.block(fence(report.totals.unparsed_samples))
    if report.blind_spots:
        sheet.head(2, words.say("blind"))
        for number, spot in enumerate(report.blind_spots):
            add = sheet.line if number else sheet.block
            add(Safe("- "), *strong(spot.missing), COLON, f"{spot.why} {spot.remedy}")


def prose(text: str) -> Safe:
    r"""Return words that stay words; what stands between backticks, and what could become a link, is code.

    >>> print(prose("a *b* <i>, `x_y`, ask bob@example.org; $myhostname"))
    a \*b\* \<i\>, `x_y`, ask `bob@example.org;` $myhostname
    """
    shown = escape(text).strip()
    made = _inline(shown, money=shown.count("$") < 2).strip()
    return Safe(_BLOCK.sub(_unblocked, made, count=1) if _BLOCK.match(made) else made)


def _inline(text: str, *, money: bool) -> str:
    """Return escaped text as the inside of a paragraph. money: a `$` is no more than that."""
    made = ""
    for index, piece in enumerate(_CODE.split(text)):
        for part in [code(piece)] if index % 2 else [_word(word, money) for word in re.split("( +)", piece)]:
            # Two runs of backticks must not become one.
            made += f" {part}" if made.endswith("`") and part.startswith("`") else part
    return made


def _word(word: str, money: bool) -> str:  # noqa: FBT001
    if _LIVE.search(word):
        return code(word)
    plain = _MARKUP.sub(r"\\\g<0>", word)
    return plain if money else plain.replace("$", "\\$")  # a pair of them would be a formula


def _unblocked(mark: re.Match[str]) -> str:
    return f"{mark[0]}\\" if mark[0].isdigit() else f"\\{mark[0]}"


def code(text: str) -> Safe:
    """Return a code span, whatever backticks are in it.

    >>> code("a`b"), code("`")
    ('``a`b``', '`` ` ``')
    """
    shown = escape(text)
    if not shown.strip():
        return Safe(shown)
    ticks = _longer(shown, 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return Safe(f"{ticks}{pad}{shown}{pad}{ticks}")


def cell(text: str) -> Safe:
    """Return prose for a cell of a table: no pipe ends it, not even in code.

    >>> cell("a | `b | c`")
    'a &#124; b &#124; c'
    """
    shown = escape(text).strip()
    bare = _CODE.sub(lambda span: span[1] if "|" in span[1] else span[0], shown)
    money = shown.count("$") < 2
    return Safe("&#124;".join(_inline(part, money=money) for part in bare.split("|")))


def fence(lines: Iterable[Evidence]) -> Safe:
    """Return log lines with their places in a fenced block that no line can close."""
    text = "\n".join(escape(f"{line.file}:{line.line}  {line.text}") for line in lines)
    ticks = _longer(text, 3)
    return Safe(f"{ticks}text\n{text}\n{ticks}")


def _longer(text: str, least: int) -> str:
    runs = (len(run) for run in re.findall("`+", text))
    return "`" * max(least, max(runs, default=0) + 1)
