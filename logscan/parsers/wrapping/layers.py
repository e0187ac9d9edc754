r"""The layers that are a prefix: of containers' runtimes, of grep, of an editor, of a ticket's quotation.

In: nothing. Out: `PREFIXES`, in the order in which they are tried; `ESCAPED`, a web page's text; `Layer`.
Never: a layer that takes a plain log line for a wrapped one: what follows a prefix must be the beginning of a line, or
the prefix is one that no logger writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.wrapping.lines import BEGIN, PLAIN, TAG, composed

#: What a layer tells of each line: the line inside, and what stands around it; see `lines.composed`.
PARTS: Final = ("line", "time", "host", "program", "pid", "speaker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One thing that stands around a line.

    tells: whether a line has it, cheaply. peel: lines -> the lines inside (null: nothing of the log's own), and
    which of them go on in the next. Lines that do not have it stay as they are.
    """

    name: str
    tells: Callable[[str], bool]
    peel: Callable[[pl.Series], tuple[pl.Series, pl.Series]]


def inside(parts: pl.DataFrame, lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return what `Layer.peel` does.

    parts: any of `PARTS`, line null where a line has not this layer; more: whether it goes on in the next one.
    """
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in PARTS if name not in parts.columns]
    full = parts.with_columns(*absent)
    mine = full["line"].is_not_null()
    more = full["more"] if "more" in full.columns else pl.repeat(value=False, n=len(lines), eager=True)
    return composed(full).zip_with(mine, lines), more.fill_null(value=False) & mine


def _peel(lines: pl.Series, *, takes: str, noise: str) -> tuple[pl.Series, pl.Series]:
    lines = lines.zip_with(lines != noise, pl.Series([""]))
    parts = lines.alias("raw").to_frame().select(pl.col("raw").str.extract_groups(takes).struct.unnest())
    if "flag" in parts.columns:
        parts = parts.with_columns((pl.col("flag") == "P").alias("more"))
    return inside(parts, lines)


def _prefix(name: str, prefix: str, *, before: str = "", always: bool = False, noise: str = "") -> Layer:
    """Return the layer of a prefix.

    before: what must follow to prove that it is one; always: in every line. noise: a line that the tool adds.
    """
    return Layer(
        name=name,
        # `re` compiles it when a log is first asked, and keeps it: nearly none is
        tells=lambda line: re.match(f"{prefix}{before}", line) is not None,
        peel=partial(_peel, takes=f"^{prefix}(?P<line>{before if always else ''}.*)$", noise=noise),
    )


def _colourless(lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    return lines.str.replace_all("\x1b\\[[0-9;]*[mK]", ""), pl.repeat(value=False, n=len(lines), eager=True)


def _unescaped(lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        lines = lines.str.replace_all(written, meant, literal=True)
    return lines, pl.repeat(value=False, n=len(lines), eager=True)


#: Lines that were copied out of a web page's source: asked of many lines at once, for not every one has an address.
ESCAPED: Final = Layer(name="html", tells=lambda text: "=&lt;" in text and "=<" not in text, peel=_unescaped)
_ISO: Final = f"(?P<time>{stamps.DATE}T[0-9:]{{8}}(?:\\.[0-9]{{1,9}})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}}))"
_BEGIN: Final = f"(?:{BEGIN})"
_PATH: Final = r"[^\s:\[\]{}\"'<>|]+?"

PREFIXES: Final = (
    # stern's, grep's and docker compose's colours, saved with the lines
    Layer(name="coloured", tells=lambda line: "\x1b[" in line, peel=_colourless),
    # /var/log/containers, /var/log/pods, podman's k8s-file
    _prefix("cri", rf"{_ISO} (?P<speaker>stdout|stderr) (?P<flag>[FP])(?::[A-Za-z0-9_]+)* "),
    # docker compose logs, docker service logs
    _prefix(
        "compose",
        r"(?P<speaker>[A-Za-z0-9][0-9A-Za-z_.@-]{0,120}) *\| {0,2}",
        before=f"(?:{_ISO} |{_BEGIN}|{TAG})",
    ),
    # kubectl logs --prefix
    _prefix("kubectl", r"\[pod/(?P<speaker>[^\] ]+)\] "),
    # docker logs -t, kubectl logs --timestamps; a relay that put its stamp before a line with its own
    # behind it what logcli prints between braces
    _prefix("stamped", rf"{_ISO} (?:\{{[^{{}}]+\}} )?", before=f"(?:{_BEGIN}|{TAG})"),
    # grep -H and -n, with context lines; zgrep, ripgrep; pdsh's host names
    _prefix("grep", rf"{_PATH}[:-] ?(?:[0-9]{{1,9}}[:-])?", before=_BEGIN, always=True, noise="--"),
    # grep -n, cat -n, nl, less -N, an editor
    _prefix("numbered", r" {0,8}[0-9]{1,9}(?: ?[:.)|│\t-]| ) {0,4}", before=_BEGIN, always=True),
    # a ticket's quotation, an indented paste
    _prefix("quoted", r"(?:[>| \t`]|[-*] )+", before=_BEGIN, always=True),
    _prefix("weekday", rf"{stamps.WEEKDAY},? ", before=rf"{stamps.BSD} [^0-9]", always=True),
    # stern's pod and container, a label
    _prefix("labelled", r"(?:[0-9A-Za-z_.@/-]+ ){1,3}", before=PLAIN, always=True),
)
