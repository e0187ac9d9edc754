"""A report by mail: made, sent by one of two roads, kept when both fail, brought along by the next one.

In: `Nightly`, where it goes, how it looks, the clock. Out: `Outcome`. Never: a report that is neither sent nor kept, unsaid; a
mail whose ID is not remembered before it leaves, for tomorrow's report would count it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Final

from logscan.app import outbox
from logscan.app.drawing import Look, report_pictures, report_words
from logscan.app.mailed import NAME, mailed, remember_id, remember_sent
from logscan.app.posting import Post
from logscan.model.report import Nightly
from logscan.reports import letter, mail_words, report_text
from logscan.reports.mail import Left, host_name
from logscan.reports.paper import Paper
from logscan.reports.wording import Wording

#: After so long a silence comes a sign of life: a week, less what a timer may be late.
SILENCE: Final = timedelta(days=6, hours=12)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it. left: recipient -> why it was not reached. roads: those that took it. failed: road -> reasons.

    kept: where the report lies for those that were not reached. trouble: sentences about what could not be written.
    """

    left: Left = field(default_factory=dict)
    roads: list[str] = field(default_factory=list)
    failed: dict[str, Left] = field(default_factory=dict)
    kept: Path | None = None
    trouble: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes the mail for a road. only_if: for a sign of life, what there was nothing of."""

    report: Nightly
    post: Post
    look: Look
    now: datetime
    message_id: str
    words: Wording
    kept: Sequence[outbox.Kept]
    pictures: dict[str, bytes]
    only_if: str | None
    last: datetime | None

    def bytes(self, *notes: str, alone: bool = False) -> bytes:
        """Return the mail. notes: said first. alone: without the reports that could not be sent before."""
        said = list(notes)
        if self.only_if is not None:
            said.append(mail_words.alive(self.last, self.only_if, self.words))
        if self.kept and not alone:
            said.append(mail_words.unsent([(one.at, one.reason) for one in self.kept], self.words))
        made = letter.Letter(
            subject=mail_words.subject(self.report, self.words, here=host_name()),
            text=_text(self.report, said, self.look, brief=self.only_if is not None),
            html=None if self.only_if is not None else self._html(said),
            pictures={_cid(name): png for name, png in self.pictures.items()},
            message_id=self.message_id,
            at=self.now,
            old=() if alone else tuple(map(_old, self.kept)),
        )
        envelope = letter.Envelope(sender=self.post.sender, recipients=self.post.to)
        return letter.message(made, envelope).as_bytes()

    def _html(self, notes: Sequence[str]) -> str:
        from logscan.reports import report_html  # noqa: PLC0415  matplotlib and jinja2 take a second

        shown = {name.removeprefix("logscan-").removesuffix(".png"): _cid(name) for name in self.pictures}
        return report_html.page(
            self.report,
            report_words(self.report, self.look.lang, self.look.patterns),
            lang=self.look.lang,
            verbose=self.look.verbose,
            quiet=self.look.quiet,
            mailed=report_html.Mailed(notes=tuple(notes), pictures=shown),
        )


def deliver(report: Nightly, post: Post, look: Look, now: datetime, *, only_if: str | None = None) -> Outcome:
    """Mail a report. only_if: it has nothing to tell, and goes out as a sign of life."""
    outcome = Outcome()
    words = report_words(report, look.lang, look.patterns).words
    made = _Maker(
        report=report,
        post=post,
        look=look,
        now=now,
        message_id=letter.new_id(post.sender),
        words=words,
        kept=outbox.kept_for(post.state, post.to),
        pictures={} if only_if is not None else report_pictures(report, look.lang, look.patterns),
        only_if=only_if,
        last=mailed(post.state).since(post.to),
    )
    with _written(outcome, post.state, words):
        remember_id(post.state, made.message_id, now)
    _send(made, post, outcome)
    reached = [one for one in post.to if one not in outcome.left]
    if reached:
        with _written(outcome, post.state, words):
            remember_sent(post.state, reached, now)
            outbox.delivered(made.kept, reached)
    if outcome.left:
        _keep(made, outcome)
    return outcome


def alive_due(post: Post, now: datetime) -> bool:
    """Return whether a mail must go out though there is nothing to tell: after a week, or to bring along what was kept."""
    last = mailed(post.state).since(post.to)
    return last is None or now - last >= SILENCE or bool(outbox.kept_for(post.state, post.to))


def said(outcome: Outcome, words: Wording, *, verbose: bool = False) -> Iterator[str]:
    """Yield what is to be said beside the report. verbose: also that all went well."""
    yield from outcome.trouble
    if outcome.left:
        yield words.say(
            "mail_failed", recipients=words.say("comma").join(outcome.left), reasons=reasons(outcome, words)
        )
        if outcome.kept is not None:
            yield words.say("mail_kept", path=outcome.kept)
    elif outcome.failed or verbose:
        key = "mail_note_after" if outcome.failed else "mail_note"
        yield words.say(key, road=words.say("comma").join(outcome.roads), reasons=reasons(outcome, words))


def reasons(outcome: Outcome, words: Wording) -> str:
    """Return why roads failed."""
    return "; ".join(_reason(road, left, words) for road, left in outcome.failed.items())


def _send(made: _Maker, post: Post, outcome: Outcome) -> None:
    """Try one road after the other, each for those whom the ones before did not reach."""
    outcome.left = dict.fromkeys(post.to, "")
    for road in post.roads:
        first = next(iter(outcome.failed.items()), None)
        notes = (mail_words.other_road(road.name, _reason(*first, made.words), made.words),) if first else ()
        left = road.send(made.bytes(*notes), post.sender, tuple(outcome.left))
        if len(left) < len(outcome.left):
            outcome.roads.append(road.name)
        outcome.left = left
        if not left:
            return
        outcome.failed[road.name] = left


def _reason(road: str, left: Left, words: Wording) -> str:
    """Return what a road said; once, where it said the same of all."""
    return f"{road}: {words.say('comma').join(dict.fromkeys(left.values()))}"


def _keep(made: _Maker, outcome: Outcome) -> None:
    why = reasons(outcome, made.words)
    try:
        outcome.kept = outbox.keep(
            made.post.state, made.bytes(alone=True), tuple(outcome.left), why, made.now
        )
    except OSError as error:
        folder = made.post.state / outbox.FOLDER
        outcome.trouble.append(made.words.say("mail_lost", path=folder, reason=error.strerror))


@contextmanager
def _written(outcome: Outcome, state: Path, words: Wording) -> Iterator[None]:
    """Say what cannot be written, and go on: a full disk is no reason to send nothing."""
    try:
        yield
    except OSError as error:
        outcome.trouble.append(words.say("mail_forgetful", path=state / NAME, reason=error.strerror))


def _text(report: Nightly, notes: Sequence[str], look: Look, *, brief: bool) -> str:
    stream = StringIO()
    paper = Paper(stream, color="never", width=report_text.WIDTH)
    for note in notes:
        paper.prose(note)
        paper.line("")
    voice = report_words(report, look.lang, look.patterns)
    report_text.write(report, paper, voice, verbose=look.verbose and not brief, quiet=look.quiet or brief)
    return stream.getvalue()


def _old(kept: outbox.Kept) -> letter.Old:
    return letter.Old(name=f"logscan-{kept.at:%Y-%m-%d}.txt", text=kept.text)


def _cid(name: str) -> str:
    return f"{name.removesuffix('.png')}@logscan"
