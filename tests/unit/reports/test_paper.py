"""The door to the terminal: whatever comes in, only harmless, well-set text goes out."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from logscan.model.safety import escape
from logscan.reports.paper import PIPED, WIDEST, Paper

HOSTILE = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\u202eexe.gpj",
    "\u200bzero",
    "a\rb",
    "a\nb",
    "a\tb",
    "\x00",
    "\x7f",
    "\u2028",
    "\ud800",
    "[red]markup[/red]",
    "[link=file:///etc]x[/link]",
    ":smile:",
    "\\[red]",
    "{x}",
]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def paper(*, color: str = "never", width: int | None = None) -> tuple[Paper, io.StringIO]:
    stream = io.StringIO()
    return Paper(stream, color=color, width=width), stream


def written(method: str, *arguments: object, width: int | None = None) -> str:
    made, stream = paper(width=width)
    getattr(made, method)(*arguments)
    return stream.getvalue()


def harmless(text: str) -> bool:
    return all(character == "\n" or unicodedata.category(character)[0] != "C" for character in text)


@given(st.lists(st.text() | st.text(alphabet="ab \t-"), max_size=3), st.integers(20, 60))
def test_what_goes_to_a_pipe_is_what_rich_would_print(pieces: list[str], width: int) -> None:
    fast, out = paper(width=width)
    slow, expected = paper(width=width)
    slow._plain = False
    for one in (fast, slow):
        one.line(*pieces)
        one.rows([[piece, "x " * width, piece] for piece in pieces])
    assert out.getvalue() == expected.getvalue()


@given(st.text(alphabet="ab -", max_size=50) | st.text(max_size=50))
def test_what_fits_is_not_wrapped(text: str) -> None:
    made, _ = paper()
    words = Text(escape(text))
    assert list(made._wrapped(words, 30)) == list(words.wrap(made._console, 30, overflow="fold"))


# --- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("method", ["line", "prose"])
def test_nothing_acts_on_the_terminal_and_nothing_is_lost(method: str, text: str) -> None:
    said = written(method, text, (text, "bold"))
    assert said == escape(text) * 2 + "\n"
    assert harmless(said)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nor_in_a_table(text: str) -> None:
    said = written("rows", [[text, (text, "bold"), [text, (text, "dim")]]], width=WIDEST)
    shown = escape(text)
    assert said == f"  {shown}  {shown}  {shown}{shown}\n"


@given(st.text(max_size=300), st.integers(20, 60))
def test_prose_keeps_every_letter_and_its_width(text: str, width: int) -> None:
    said = written("prose", text, width=width)
    assert harmless(said)
    assert "".join(said.split()) == "".join(escape(text).split())
    for line in said.splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=120)), min_size=1, max_size=4))
def test_rows_keep_every_letter_and_have_no_trailing_blanks(rows: list[tuple[str, str]]) -> None:
    said = written("rows", rows)
    assert harmless(said)
    assert "".join(said.split()) == "".join("".join(escape(cell) for row in rows for cell in row).split())
    for line in said.splitlines():
        assert line == line.rstrip()


@given(st.text(max_size=60))
def test_a_line_has_no_trailing_blanks(text: str) -> None:
    said = written("line", text)
    assert said == escape(text).rstrip() + "\n"


# --- wrapping ------------------------------------------------------------------------------------


def test_prose_is_wrapped_at_words() -> None:
    said = written("prose", "word " * 40, width=24)
    assert said == "word word word word word\n" * 8


def test_chinese_is_wrapped_by_its_width_on_the_screen() -> None:
    text = "对方服务器查询来访地址的名字没有找到一个能再解析回该地址的主机名。" * 3
    lines = written("prose", text, width=30).splitlines()
    assert "".join(lines) == text
    assert all(28 <= cell_len(line) <= 30 for line in lines[:-1])


def test_a_word_without_end_is_folded_not_cut() -> None:
    said = written("prose", "x" * 95, width=30)
    assert said == "x" * 30 + "\n" + "x" * 30 + "\n" + "x" * 30 + "\n" + "x" * 5 + "\n"


def test_a_line_is_not_wrapped() -> None:
    text = "word " * 100 + "end"
    assert written("line", text, width=30) == text + "\n"


def test_columns_are_aligned_and_the_last_is_wrapped_below_itself() -> None:
    said = written("rows", [["a", "long", "one two three four five"], ["wide", "b", "six"]], width=34)
    assert said.splitlines() == [
        "  a     long  one two three four",
        "              five",
        "  wide  b     six",
    ]


def test_columns_with_chinese_are_aligned_too() -> None:
    said = written("rows", [["严重", "x"], ["ERROR", "y"], ["信息", "z"]])
    assert said.splitlines() == ["  严重   x", "  ERROR  y", "  信息   z"]
    assert {cell_len(line) for line in said.splitlines()} == {10}


def test_rows_of_different_length_and_no_rows() -> None:
    assert written("rows", []) == ""
    assert written("rows", [["a", ""]]) == "  a\n"
    assert written("rows", [["alone"]]) == "  alone\n"


def test_wide_first_columns_leave_room_for_the_last() -> None:
    lines = written("rows", [["x" * 60, "one two three four five six"]], width=40).splitlines()
    assert "".join(lines).split() == ["x" * 60, "one", "two", "three", "four", "five", "six"]


# --- width and colour ----------------------------------------------------------------------------


@pytest.mark.parametrize("columns", ["40", "200", None])
def test_on_a_pipe_the_width_is_fixed(monkeypatch: pytest.MonkeyPatch, columns: str | None) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    made, _ = paper()
    assert made.width == PIPED


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("500", WIDEST)])
def test_on_a_terminal_it_is_the_terminals_but_readable(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert Paper(Terminal()).width == width


def colored(stream: io.StringIO, color: str) -> bool:
    made = Paper(stream, color=color)
    made.line(("loud", "bold red"))
    said = stream.getvalue()
    assert ANSI.sub("", said) == "loud\n"
    return bool(ANSI.search(said))


def test_colour_is_for_terminals_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colored(Terminal(), "auto")
    assert colored(Terminal(), "always")
    assert not colored(Terminal(), "never")
    assert not colored(io.StringIO(), "auto")
    assert colored(io.StringIO(), "always")
    assert not colored(io.StringIO(), "never")


def test_no_color_is_honoured_unless_colour_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Paper(stream, color="auto").line(("loud", "red"))
    assert "31" not in stream.getvalue()


def test_colours_are_ours_and_never_the_logs() -> None:
    made, stream = paper(color="always")
    made.line(("\x1b[32mgreen", "bold red"), "[blue]x[/blue]")
    said = stream.getvalue()
    assert "\\x1b[32mgreen" in ANSI.sub("", said)
    assert "[blue]x[/blue]" in ANSI.sub("", said)
    assert "\x1b[32m" not in said


def test_raw_is_handed_on_as_it_is() -> None:
    made, stream = paper()
    made.raw('{"a": 1}\n')
    made.flush()
    assert stream.getvalue() == '{"a": 1}\n'
