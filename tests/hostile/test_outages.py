"""Names of services, pages and domains are strangers' words: they reach no terminal and no browser as they are."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from logscan.app.drawing import Look, draw_outages
from logscan.model.outages import Limits, OutageReport
from logscan.model.settings import Settings
from logscan.pipeline.outages import report

EVIL = "\x1b[2J<script>alert(1)</script>\u202egro"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> OutageReport:
    folder = tmp_path_factory.mktemp("hostile")
    error = "".join(
        f"[Mon Mar 02 08:00:{s:02d}.000000 2026] [fastcgi:error] [pid 7:tid 7] [client 192.0.2.7:5000] FastCGI: incomplete "
        f'headers (0 bytes) received from server "/srv/{EVIL}"\n'
        for s in range(6)
    )
    access = "".join(
        f'192.0.2.9 - - [02/Mar/2026:08:10:{s:02d} +0000] "GET /{EVIL} HTTP/1.1" 503 9 "-" "-"\n'
        for s in range(6)
    )
    (folder / "error.log").write_text(error, encoding="utf-8")
    (folder / "access.log").write_text(access, encoding="utf-8")
    paths = [str(folder / name) for name in ("error.log", "access.log")]
    return report(paths, Settings(zone="UTC"), Limits(gap_s=60))


def drawn(report: OutageReport, form: str) -> str:
    stream = io.StringIO()
    draw_outages(report, stream, Look(form=form, lang="en", color="never", verbose=True))
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_nothing_gets_through(form: str, found: OutageReport) -> None:
    assert any("script" in outage.service for outage in found.outages)
    page = drawn(found, form)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    if form == "html":
        assert "<script" not in page
        assert not re.search(r"\s(?:style|on\w+)=", page)
        assert "script-src" not in page
        assert "default-src 'none'" in page


def test_a_million_pages_do_not_become_a_million_services(tmp_path: Path) -> None:
    """Long paths are cut, and who asks for a page that is not there makes no proof."""
    lines = [
        f'192.0.2.9 - - [02/Mar/2026:08:10:{s % 60:02d} +0000] "GET /{"x" * 5000}{s} HTTP/1.1" {500 if s % 2 else 404} 9 "-" "-"\n'
        for s in range(200)
    ]
    (tmp_path / "access.log").write_text("".join(lines), encoding="utf-8")
    [outage] = report([str(tmp_path / "access.log")], Settings(zone="UTC"), Limits()).outages
    assert (len(outage.service), outage.failures, outage.succeeded) == (120, 100, 0)
