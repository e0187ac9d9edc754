"""Lines of keys, which tomllib does not tell."""

from __future__ import annotations

import string
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from logscan.app.config.lines import lines_of


def test_tables_and_keys() -> None:
    text = """# first
[common]  # not here
lang = "zh"
 [ rules . "lint" ]
  quiet = true
scan.year = 2
"fail-on" = 'x = y'
"""
    assert lines_of(text) == {
        ("common",): 2,
        ("common", "lang"): 3,
        ("rules", "lint"): 4,
        ("rules", "lint", "quiet"): 5,
        ("rules", "lint", "scan", "year"): 6,
        ("rules", "lint", "fail-on"): 7,
    }


def test_text_of_several_lines_is_no_key() -> None:
    text = "[a]\nb = \"\"\"\n[c]\nd = 1\n\"\"\"\ne = '''one line'''\nf = 1\n"
    assert lines_of(text) == {("a",): 1, ("a", "b"): 2, ("a", "e"): 6, ("a", "f"): 7}


def test_a_list_over_several_lines_is_no_key() -> None:
    assert lines_of('paths = [\n  "/a",\n  "b = c",\n]\nlang = 1\n') == {("paths",): 1, ("lang",): 5}


NAMES = st.text(string.ascii_lowercase + "-", min_size=1, max_size=6)


@given(
    st.dictionaries(
        NAMES, st.dictionaries(NAMES, st.sampled_from(["1", '"a = b"', "[1, 2]", '"""\n[x]\ny = 1\n"""']), max_size=4),
        max_size=4,
    ),
    st.sampled_from(["", "\n", "# x = 1\n"]),
)  # fmt: skip
def test_on_the_line_that_is_told_stands_the_key(tables: dict[str, dict[str, str]], between: str) -> None:
    text = "".join(
        f"{between}[{table}]\n" + "".join(f"{between}{key} = {value}\n" for key, value in keys.items())
        for table, keys in tables.items()
    )
    tomllib.loads(text)
    found, lines = lines_of(text), text.split("\n")
    wanted = {(table,) for table in tables} | {(table, key) for table, keys in tables.items() for key in keys}
    assert set(found) == wanted
    for place, number in found.items():
        begin = f"[{place[0]}]" if len(place) == 1 else f"{place[1]} ="
        assert lines[number - 1].startswith(begin)
