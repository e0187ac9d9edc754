"""A real browser that looks at pages: headless Chromium, started for each look, served and watched from here.

No library drives it. A page of ours (look.html) opens the pages in frames, measures, and writes JSON into itself;
`--dump-dom` prints that. This process serves the pages on the loopback and is the browser's proxy for everything
else, so that it sees every request that a page could make (docs/adr/0013).
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
LOOK = Path(__file__).with_name("look.html")

#: What the browser would ask for on its own behalf is turned off where it can be.
QUIET = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-extensions", "--disable-sync", "--disable-dev-shm-usage",
    "--enable-logging=stderr", "--virtual-time-budget=20000",
)  # fmt: skip


@dataclass
class Seen:
    """What came of a look."""

    frames: list[dict[str, Any]]  # look.html says what is in them
    console: list[str]  # what the browser said on its console
    requests: list[str]  # whatever was asked for but the pages themselves


@dataclass
class Browser:
    """Headless Chromium with a profile of its own."""

    home: Path
    sandbox: list[str] = field(default_factory=lambda: ["--no-sandbox"] if os.geteuid() == 0 else [])

    def look(
        self,
        pages: Mapping[str, str],
        widths: tuple[int, ...],
        *,
        dark: bool = False,
        find: str = "",
        scripts: bool = True,
    ) -> Seen:
        """Open every page at every width (CSS pixels) and say what was seen. find: what is asked of a page's filter."""
        with served({**pages, "look.html": LOOK.read_text(encoding="utf-8")}) as (port, requests):
            query = f"pages={','.join(pages)}&widths={','.join(map(str, widths))}&find={quote(find)}"
            query += "" if scripts else "&scripts=off"
            done = self._run(
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                f"--proxy-server=127.0.0.1:{port}",
                "--dump-dom",
                f"http://127.0.0.1:{port}/look.html?{query}",
            )
        answer = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
        assert answer is not None, done.stderr[-3000:]
        assert answer[1], done.stderr[-3000:]
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return Seen(json.loads(html.unescape(answer[1])), console, requests)

    def printed(self, page: str, *, dark: bool = False) -> str:
        """Return the text of the page as it is printed."""
        source, target = self.home / "page.html", self.home / "page.pdf"
        source.write_text(page, encoding="utf-8")
        self._run(
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        )
        done = subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True)
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert CHROMIUM is not None
        # A faked clock (.ci/run) is for logscan; a browser stands still under it.
        environment = {
            name: value for name, value in os.environ.items() if name not in {"LD_PRELOAD", "FAKETIME"}
        }
        command = [CHROMIUM, *QUIET, *self.sandbox, f"--user-data-dir={self.home / 'profile'}", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env={**environment, "HOME": str(self.home)},
        )


@contextmanager
def served(pages: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    """Serve `pages` on the loopback; yield the port and the list of everything else that is asked for."""
    others: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/")
            if name not in pages:
                others.append(self.path)
            body = pages.get(name, "").encode("utf-8", "replace")
            self.send_response(200 if name in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_HEAD = do_GET  # noqa: N815  names of http.server

        def do_CONNECT(self) -> None:
            others.append(self.path)
            self.send_error(403)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, others
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    return Browser(tmp_path_factory.mktemp("browser"))
