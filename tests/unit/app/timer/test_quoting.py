"""ExecStart= as systemd reads it gives back every argument."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.app.timer.quoting import line_of, quoted

#: What a word may hold: no NUL, for no argument holds one; bytes that are no UTF-8, for names of files do.
WORDS = st.text(
    st.sampled_from("%$;\\\"'{}# \t\n-=") | st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from([chr(0xDC80 + n) for n in range(128)]),
    max_size=12,
)  # fmt: skip

_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"'}


def read(line: str) -> list[str]:
    """Return the words of a line, by systemd.syntax(7) and systemd.service(5): quotes, escapes, specifiers, variables."""
    words, rest = [], line
    while rest := rest.lstrip(" "):
        found = re.match(r'"((?:[^"\\]|\\.)*)"(?= |$)', rest) or re.match(r"""([^\s"'\\;]+)(?= |$)""", rest)
        assert found, rest
        rest = rest[found.end() :]
        words.append(_unescaped(found[1]))
    return [words[0], *(_expanded(word) for word in words[1:])]


def _unescaped(word: str) -> str:
    assert not re.search(r"%(?!%)", word.replace("%%", "")), word
    data = b""
    for piece in re.findall(r"\\x[0-9a-f]{2}|\\.|[^\\]+", word.replace("%%", "%"), re.DOTALL):
        if piece.startswith("\\x"):
            data += bytes.fromhex(piece[2:])
        else:
            data += (_ESCAPES[piece[1]] if piece.startswith("\\") else piece).encode("utf-8")
    return data.decode("utf-8", "surrogateescape")


def _expanded(word: str) -> str:
    assert "$" not in word.replace("$$", ""), word
    return word.replace("$$", "$")


@given(st.lists(WORDS, max_size=5))
def test_every_argument_comes_back(words: list[str]) -> None:
    words = [word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for word in words]
    line = line_of(["/usr/bin/logscan", *words])
    assert read(line) == ["/usr/bin/logscan", *words]
    assert line.isprintable()


def test_what_needs_no_quotes_has_none() -> None:
    assert (
        line_of(["/usr/bin/logscan", "report", "--since=-24h", "/var/log"])
        == "/usr/bin/logscan report --since=-24h /var/log"
    )
    assert quoted("") == '""'
    assert quoted(";") == '";"'
    assert quoted("~") == '"~"'


#: systemd's own reader; `--test` prints what it read and starts nothing.
MANAGER = next(
    (place for place in ("/lib/systemd/systemd", "/usr/lib/systemd/systemd") if Path(place).exists()), ""
)


def as_nobody() -> list[str]:
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def test_systemd_itself_reads_the_same() -> None:
    if not MANAGER or shutil.which("setpriv") is None:
        pytest.skip("systemd is not installed (Debian: apt-get install systemd)")
    chance = random.Random(20261124)  # noqa: S311  the same words every time
    signs = "%$;\\\"'{}# \t\n-=aä中\x01\x7f\x85\u202e\u2028\udcff"
    words = ["", ";", "%h", "$HOME", "${HOME}", "$$", "%%", "\\", '"', "'", "-", "@x", "a b"]
    words += ["".join(chance.choices(signs, k=chance.randint(1, 9))) for _ in range(200)]
    words = [word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for word in words]
    base = Path(f"/tmp/logscan-systemd-{os.getpid()}")  # noqa: S108  pytest's own folders are closed to nobody
    base.mkdir(mode=0o755)
    try:
        units = base / "units"
        units.mkdir()
        (units / "default.target").write_text("[Unit]\nWants=it.service\n")
        service = f"[Service]\nType=oneshot\nExecStart={line_of(['/usr/bin/printf', *words])}\n"
        (units / "it.service").write_bytes(service.encode("utf-8", "surrogateescape"))
        for name in ("home", "run"):
            (base / name).mkdir()
            (base / name).chmod(0o777)
        done = subprocess.run(
            [*as_nobody(), MANAGER, "--test", "--user", "--no-pager"],
            env={"HOME": str(base / "home"), "XDG_RUNTIME_DIR": str(base / "run"), "SYSTEMD_UNIT_PATH": str(units)},
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        shutil.rmtree(base, ignore_errors=True)
    shown = re.search(rb"^\s*Command Line: (/usr/bin/printf .*)$", done.stdout, re.MULTILINE)
    if shown is None:
        pytest.skip(f"this systemd cannot be asked here: {done.stderr.decode(errors='replace')[-200:]}")
    assert [_expanded(word) for word in told(shown[1])] == ["/usr/bin/printf", *words]


_TOLD = {b"a": 7, b"b": 8, b"f": 12, b"n": 10, b"r": 13, b"t": 9, b"v": 11}


def told(line: bytes) -> list[str]:
    """Return the words of a line as systemd prints a command: between quotes, escaped as in C."""
    words = []
    for found in re.finditer(rb'"((?:[^"\\]|\\.)*)"|(\S+)', line):
        data = re.sub(rb"\\([0-7]{3}|.)", _byte, found[1]) if found[2] is None else found[2]
        words.append(data.decode("utf-8", "surrogateescape"))
    return words


def _byte(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    if len(sign) == 3:
        return bytes([int(sign, 8)])
    return bytes([_TOLD[sign]]) if sign in _TOLD else sign
