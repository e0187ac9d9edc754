"""A card's first draft from one line: the line as its hit, its masked reason as its pattern.

In: a line, the pack. Out: TOML with what only a person can write marked TODO.
Never: a card that passes for finished: its status is draft and its miss is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from logscan.model.problems import UsageError
from logscan.model.safety import escape
from logscan.model.vocabulary import Kind
from logscan.packs.load import Pack
from logscan.pipeline.lines.pasted import judged

_MASK = re.compile(r"<[a-z]+>")
#: What stands around any reply, and is therefore no good as a literal.
_EVERYWHERE = re.compile(r"\(in reply to [^()]*(?:\([^()]*\)[^()]*)?\)|\bsaid:|refused to talk to me:")
_WORDS = re.compile(r"[A-Za-z][A-Za-z' -]{3,}[A-Za-z]")
_CARD = """\
# Draft. Save it as patterns/<family>/<topic>/<name>.toml (its id is that path), replace every TODO,
# then: logscan rules lint && logscan rules test
since = "0.1"
status = "draft"
severity = {severity}  # TODO critical, error, warning, notice or info
cause = "unknown"  # TODO a word of the closed list
nature = "soft"  # TODO hard, soft or local
fault = "unknown"  # TODO us, receiver, recipient, network, client or unknown

[match]
{conditions}
literal = [{literal}]
reason = {pattern}

[text]
title = "TODO one line that says what is wrong"
meaning = "TODO what happened, in words that an administrator understands at three in the morning"
likely_causes = ["TODO the usual one first"]
remedy = ["TODO commands and configuration lines"]
verify = ["TODO a command that proves it mended"]
limits = "TODO what the log cannot tell; or give references instead"

[[hit]]
line = {line}

# TODO the nearest line that is NOT this, and what it is instead:
# [[miss]]
# line = ''''''
# why = ""
"""


def draft(line: str, pack: Pack) -> str:
    """Return the draft of a card that catches `line`.

    Raises UsageError when the line is of no known log, or when a card explains it already.
    """
    line = line.encode("utf-8", "replace").decode()  # bytes that are no text come as lone surrogates
    result = judged([line], pack)[0]
    if not result.events:
        raise UsageError("that is not a line of any log that is known; give the whole line, header included")
    event = result.events[0]
    if event.rules:
        raise UsageError(
            f"{event.rules[0]} explains this line already; see: logscan rules show {event.rules[0]}"
        )
    row = event.row
    masked = str(row.get("masked") or "")
    literal = max(
        _WORDS.findall(_MASK.sub("\n", _EVERYWHERE.sub("\n", masked))),
        key=len,
        default="TODO words of the message",
    ).strip()
    pattern = re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", masked)
    severity = row.get("severity") if row.get("kind") != Kind.DELIVERY else "warning"
    return _CARD.format(
        severity=_string(str(severity)),
        conditions="\n".join(_conditions(row)),
        literal=_string(literal),
        pattern=_string(pattern),
        line=_string(line),
    )


def _conditions(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("family", "kind", "direction", "daemon", "status", "module"):
        value = row.get(name) or ("local" if name == "direction" else None)
        if value is not None:
            yield f"{name} = {_string(str(value))}"


def _string(text: str) -> str:
    # JSON's strings are TOML's basic strings, but for what JSON leaves as it is and a terminal acts on.
    return "".join(map(_spelled, json.dumps(text, ensure_ascii=False)))


def _spelled(character: str) -> str:
    if escape(character) == character:
        return character
    code = ord(character)  # not in two halves, as JSON has it beyond U+FFFF
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
