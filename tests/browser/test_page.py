"""The HTML report in a real browser: it reads well everywhere, asks for nothing, and runs nothing."""

from __future__ import annotations

import re
import shutil
from datetime import UTC

import pytest

from logscan import scan
from logscan.packs.load import load
from logscan.packs.texts import ui
from logscan.reports import html
from logscan.reports.wording import Wording
from tests.browser.conftest import Browser, Seen
from tests.unit.reports.made import REPORT
from tests.unit.reports.test_markdown import nasty

WIDTHS = (360, 768, 1400)

#: Everything that has ever made a page run or load something, and words without a place to break.
HOSTILE = (
    "</style></script><script>ran=1</script><img src=http://evil.example/i.png onerror=ran=2><svg onload=ran=3>"
    "<iframe src=http://evil.example/f></iframe><link rel=stylesheet href=http://evil.example/c.css>"
    "<meta http-equiv=refresh content='0;url=http://evil.example/r'>\"' onmouseover=ran=4 style=width:9999px "
    "`<b>x</b>` javascript:ran=5 \u202egnp.exe\x1b[31m " + "w" * 300
)

#: A page with every fault that is looked for.
CONTROL = """<!doctype html><meta http-equiv="Content-Security-Policy" content="style-src 'none'">
<title>bad</title><p style="color:red">styled</p><script>window.ran = 1</script>
<img src="http://evil.example/i.png"><table><tr><td><pre>{}</pre></table><p><font color="#bbbbbb">faint</font></p>
""".format("w" * 500)


def drawn(lang: str) -> str:
    logs = ("sample-logs/real/A/logs/mail.log", "sample-logs/real/mod_fastcgi/error.log")
    report = scan(*logs, tz="UTC", year=2026, lang=lang)
    return html.page(report, Wording(phrases=ui(lang, load()), zone=UTC), lang=lang)


def by_hand(text: str) -> str:
    return html.page(nasty(text), Wording(phrases=ui("en", load()), zone=UTC), lang="en")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {"en.html": drawn("en"), "zh.html": drawn("zh"), "hostile.html": by_hand(HOSTILE)}


@pytest.fixture(scope="module")
def looks(browser: Browser, pages: dict[str, str]) -> dict[str, Seen]:
    return {scheme: browser.look(pages, WIDTHS, dark=scheme == "dark") for scheme in ("light", "dark")}


@pytest.fixture(params=["light", "dark"])
def seen(request: pytest.FixtureRequest, looks: dict[str, Seen]) -> Seen:
    return looks[request.param]


def outside(seen: Seen) -> list[str]:
    """Return what pages asked for; the browser's own errands are to hosts that no page names."""
    return [asked for asked in seen.requests if "example" in asked]


def test_the_browser_sees_faults(browser: Browser) -> None:
    bad = browser.look({"bad.html": CONTROL}, (360,))
    (frame,) = bad.frames
    assert frame["ran"] == 1
    assert frame["scroll"] > 360
    assert frame["contrast"]["worst"] < 4.5
    assert any("Content Security Policy" in line for line in bad.console)
    assert outside(bad) == ["http://evil.example/i.png"]


def test_every_page_was_looked_at_and_has_its_style(seen: Seen, pages: dict[str, str]) -> None:
    assert [(frame["page"], frame["width"]) for frame in seen.frames] == [
        (page, width) for page in pages for width in WIDTHS
    ]
    assert {frame["styled"] for frame in seen.frames} == {"992px"}


def test_no_rule_of_its_policy_is_broken(seen: Seen) -> None:
    assert seen.console == []


def test_it_asks_for_nothing(seen: Seen) -> None:
    assert outside(seen) == []
    assert [frame["loaded"] for frame in seen.frames if frame["loaded"]] == []


def test_it_is_never_wider_than_the_window(seen: Seen) -> None:
    assert {(f["page"], f["width"]): f["scroll"] for f in seen.frames if f["scroll"] > f["width"]} == {}


def test_everything_can_be_read(seen: Seen) -> None:
    """Contrast of at least 4.5, as WCAG AA asks of text."""
    assert {
        (f["page"], f["width"]): f["contrast"]["found"] for f in seen.frames if f["contrast"]["found"]
    } == {}


def test_a_click_opens_and_closes(seen: Seen) -> None:
    for frame in seen.frames:
        assert frame["toggled"]
        for (first, tall), (second, other), (third, again) in frame["toggled"]:
            assert (first, not first) == (third, second)
            assert (other > tall) == second
            assert again == tall


def test_the_skip_link_shows_itself_when_it_has_the_focus(seen: Seen) -> None:
    assert [frame["skip"] for frame in seen.frames] == [[False, True, True]] * len(seen.frames)


def test_hostile_lines_stay_text(seen: Seen) -> None:
    frames = [frame for frame in seen.frames if frame["page"] == "hostile.html"]
    plain = next(frame for frame in seen.frames if frame["page"] == "en.html")
    assert frames
    for frame in frames:
        assert frame["ran"] is None
        assert not {"script", "img", "svg", "iframe", "link", "b"} & set(frame["elements"])
        assert set(frame["elements"]) <= {*plain["elements"], "strong"}
        assert frame["text"].count("<img src=http://evil.example/i.png onerror=ran=2>") > 10
        assert r"\u202egnp.exe\x1b[31m" in frame["text"]


def test_dark_is_dark_and_light_is_light(looks: dict[str, Seen]) -> None:
    def shades(scheme: str) -> list[float]:
        return [sum(map(int, re.findall(r"\d+", f["background"]))) / 3 for f in looks[scheme].frames]

    assert min(shades("light")) > 230
    assert max(shades("dark")) < 40


@pytest.mark.parametrize("dark", [False, True])
def test_print_shows_what_is_folded_away(browser: Browser, dark: bool) -> None:  # noqa: FBT001
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    page = html.page(REPORT, Wording(phrases=ui("en", load()), zone=UTC), lang="en")
    said = " ".join(browser.printed(page, dark=dark).split())
    assert "Somebody tripped over the cable." in said
    assert "Nothing to do." in said  # a notice, which is closed on the screen
    assert "/var/log/odd" in said  # in the table of files, which is closed too
    assert "Skip to the findings" not in said
