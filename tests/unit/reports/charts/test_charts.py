"""Charts: the same bytes each time, nothing that runs or loads, and readable without colour, in the dark, on a phone."""

from __future__ import annotations

import hashlib
import os
import re
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise
from math import ceil
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logscan.model.safety import escape
from logscan.packs.load import load
from logscan.reports.charts import drawings, sheet, svg, telling
from logscan.reports.charts.data import Causes, Coverage, Data, Series, Stages, Traffic, Week
from logscan.reports.report_html import NIGHTLY_STYLE
from tests.unit.reports.charts import drawn

#: What makes formulas, markup, escapes and links.
HOSTILE = (
    "$\\frac{1}{0}$ </text></svg><script>alert(1)</script><img src=x onerror=y> &amp; \" ' "
    "]]> \x1b[31m\u202e \u2028 javascript:x url(http://evil.example/) 中文 " + "w" * 300
)
MARKS = st.text(alphabet="<>&\"'`/=;!-{}%#[]()$_^\\abon1 \n\t\x00\x1b\u202e\u2028中", min_size=1, max_size=40)

EVERY = [pytest.param(data, id=f"{at}-{telling.name(data)}") for at, data in enumerate(drawn.every())]


def tree(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  our own


# --- the same bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("data", EVERY[3:])
def test_the_same_data_gives_the_same_bytes(data: Data) -> None:
    assert drawn.fresh(data) == drawn.inline(data)
    assert drawn.png(data) == drawn.png(data)


def digests() -> str:
    sample: list[Data] = [drawn.causes(), drawn.traffic()]
    return " ".join(
        hashlib.sha256(made).hexdigest()
        for data in sample
        for made in (drawn.fresh(data).encode(), drawn.png(data))
    )


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    """Another hash seed, another folder of fonts, and looks of the user's own that must not count."""
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\naxes.grid: True\nsvg.fonttype: path\nhatch.linewidth: 9\n"
    )
    code = "from tests.unit.reports.charts import test_charts; print(test_charts.digests())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": "77", "MATPLOTLIBRC": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == digests()


def test_whoever_uses_matplotlib_besides_finds_it_as_it_was() -> None:
    with mpl.rc_context({"font.size": 31.0, "text.parse_math": True}):
        before = dict(mpl.rcParams)
        drawn.fresh(drawn.causes())
        assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in subprocess.run(
        [sys.executable, "-c", "import sys, logscan.reports.charts.svg; print(*sys.modules)"],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip


def test_threads_do_not_disturb_each_other() -> None:
    wanted = drawn.inline(drawn.causes(1))
    found: list[bool] = []

    def draw() -> None:
        found.extend(drawn.fresh(drawn.causes(1)) == wanted for _ in range(4))

    threads = [threading.Thread(target=draw) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [True] * 8


# --- nothing that runs or loads ------------------------------------------------------------------

ELEMENTS = {"svg", "title", "desc", "g", "path", "rect", "text", "tspan", "use", "defs", "pattern"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("data", EVERY)
def test_svg_is_made_of_drawing_only(data: Data, lang: str) -> None:
    text = drawn.inline(data, lang)
    name = f"chart-{telling.name(data)}"
    assert not re.search(r"style=|\bon\w+=|http|xlink|<!|<\?|clip-path|data:|@", text)
    elements = list(tree(text).iter())
    assert {element.tag for element in elements} <= ELEMENTS
    ids = [element.attrib["id"] for element in elements if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(rf"{name}-(title|desc|\d+)", one) for one in ids)
    pointed = re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text)
    assert set(pointed) <= set(ids)
    assert tree(text).attrib["role"] == "img"
    assert tree(text).attrib["aria-labelledby"].split() == ids[:2] == [f"{name}-title", f"{name}-desc"]


@pytest.mark.parametrize("data", EVERY)
def test_svg_is_small(data: Data) -> None:
    assert len(drawn.inline(data)) < 40_000


def skeleton(text: str) -> list[tuple[str, list[str]]]:
    return [(element.tag, sorted(element.attrib)) for element in tree(text).iter()]


@settings(max_examples=3)
@example(HOSTILE)
@given(text=MARKS)
def test_no_label_changes_what_a_chart_is_made_of(text: str) -> None:
    # A legend that fills more lines has the same elements, and so has every length.
    for data, plain in zip(drawn.labelled(text), drawn.labelled("plain"), strict=True):
        made = drawn.fresh(data)
        assert skeleton(made) == skeleton(drawn.inline(plain))
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\u2028]", made)


def test_a_label_is_shown_as_it_is_and_a_long_one_keeps_both_ends() -> None:
    label = r"$x_1^2$ <b> \alpha"
    assert escape(label) in [
        element.text for element in tree(drawn.inline(drawn.coverage(label))).iter("text")
    ] or (sheet.wide(label) > 100)
    assert sheet.shown(label, 1000) == label
    cut = sheet.shown("mail." + "x" * 100 + ".example.org", 100)
    assert re.fullmatch(r"mail\.x+….*\.org", cut)
    assert sheet.wide(cut) <= 100
    assert sheet.shown("中" * 50, 3) == "…"
    assert sheet.shown("\x1b[0m", 100) == r"\x1b[0m"


def test_formulas_stay_text_in_pictures() -> None:
    """What cannot be parsed as a formula would raise; what can would look otherwise than with a harmless sign."""
    for label in (r"$\frac{$", HOSTILE):
        for data in drawn.labelled(label):
            assert drawn.png(data).startswith(b"\x89PNG")


def test_png_tells_nothing_of_who_made_it_and_when() -> None:
    made = drawn.png(drawn.week())
    kinds, at = [], 8
    while at < len(made):
        (size,) = struct.unpack(">I", made[at : at + 4])
        kinds.append(made[at + 4 : at + 8].decode())
        at += 12 + size
    assert set(kinds) == {"IHDR", "pHYs", "IDAT", "IEND"}
    width, height = struct.unpack(">II", made[16:24])
    assert width == round(sheet.WIDTH / 72 * svg.DPI) >= 900
    assert height > 200


# --- to be read by everybody ---------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("label", ["plain", HOSTILE])
def test_no_word_leaves_the_sheet_and_none_is_small(lang: str, label: str) -> None:
    for data in drawn.every(label):
        root = tree(drawn.inline(data, lang))
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        assert width == sheet.WIDTH
        for text in root.iter("text"):
            size = float(text.attrib["font-size"])
            assert size >= 12  # at 360 px the page's margins leave 0.85 of it
            need = sheet.wide(text.text or "", size)
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib.get("text-anchor", "start")]
            left = float(text.attrib["x"]) - share * need
            assert left >= -4, (telling.name(data), text.text)
            assert left + need <= width + 4, (telling.name(data), text.text)
            assert 0 < float(text.attrib["y"]) < height


def boxes(root: ET.Element) -> list[tuple[float, float, float, float, str]]:
    made = []
    for text in root.iter("text"):
        size = float(text.attrib["font-size"])
        need = 0.9 * sheet.wide(text.text or "", size)
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib.get("text-anchor", "start")]
        left, bottom = float(text.attrib["x"]) - share * need, float(text.attrib["y"])
        made.append((left, left + need, bottom - 0.7 * size, bottom, text.text or ""))
    return made


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("data", EVERY)
def test_no_two_words_lie_on_each_other(data: Data, lang: str) -> None:
    for one, two in combinations(boxes(tree(drawn.inline(data, lang))), 2):
        apart = one[1] <= two[0] or two[1] <= one[0] or one[3] <= two[2] or two[3] <= one[2]
        assert apart, (one, two)


def test_lines_and_areas_are_told_apart_without_colour() -> None:
    assert len({hatch for _, hatch in drawings.FILLS}) == len(drawings.FILLS)
    text = drawn.inline(drawn.traffic())
    dashes = {
        element.attrib.get("stroke-dasharray")
        for element in tree(text).iter("path")
        if element.attrib.get("stroke") in {sheet.BLUE, sheet.GREEN, sheet.VERMILION} and "stroke-width" in element.attrib
    }  # fmt: skip
    assert len(dashes) == 3
    marked = drawn.inline(drawn.causes())
    assert len(set(re.findall(r'fill="url\(#([^)]+)\)"', marked))) == len(drawings.FILLS) - 1  # one is plain


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_lines_stand_out_from_paper_and_from_the_dark() -> None:
    """3 to 1, as WCAG asks of graphics; areas have an edge of ink besides."""
    night = dict(re.findall(r'\.chart \[stroke="(#\w{6})"\] \{ stroke: (#\w{6})', NIGHTLY_STYLE))
    for colour in (sheet.BLUE, sheet.GREEN, sheet.VERMILION):
        assert contrast(colour, "#ffffff") >= 3
        assert contrast(night[colour], "#1a1e25") >= 3
    assert f'[fill="{sheet.INK}"] {{ fill: currentColor; }}' in NIGHTLY_STYLE
    used = {
        colour
        for data in drawn.every()
        for colour in re.findall(r'(?:fill|stroke)="(#\w{6})"', drawn.inline(data))
    }
    known = {getattr(sheet, name) for name in ("INK", "GRID", "SHADE", "BLUE", "VERMILION", "GREEN", "ORANGE", "PURPLE",
                                               "SKY", "YELLOW", "GREY")}  # fmt: skip
    assert used <= known


# --- what it says --------------------------------------------------------------------------------


def test_gaps_are_gaps_and_no_zeros() -> None:
    known = replace(drawn.traffic(6), received=(5, None, None, 7, 8, None), outages=())
    line = next(
        element.attrib["d"]
        for element in tree(drawn.inline(known)).iter("path")
        if element.attrib.get("stroke") == sheet.BLUE and element.attrib.get("d", "").count("L") and "stroke-width" in element.attrib
        and element.attrib["d"].count("M") > 1
    )  # fmt: skip
    assert line.count("M") == 2
    assert "20 received" in telling.summary(known, drawn.words())
    table = telling.table(known, drawn.words())
    assert table is not None
    assert [row[1] for row in table.rows] == ["5", "", "", "7", "8", ""]


def test_summaries_say_the_main_numbers() -> None:
    said = {telling.name(data): telling.summary(data, drawn.words()) for data in drawn.every("x")}
    assert said["stages"].startswith("x 1: half within 0 s, 95 % within 3 s, the longest 1.2 d; x 2: ")
    assert said["coverage"].startswith(
        "x 0: 98 of 100 signed (98 %); x 1: 0 of 7 signed (0 %); x 2: 3 of 3 signed (100 %)"
    )
    assert said["coverage"].endswith("x 3: unknown, the signer does not log what it signs.")
    day = telling.summary(drawn.traffic(), drawn.words())
    assert day == (
        "1,026 received, 766 delivered, 22 rejected from 2026-11-24 00:00 to 2026-11-24 23:59 (UTC); most in one hour: "
        "46 received at 2026-11-24 06:00. 1 outage is shaded, from 2026-11-24 00:06 to 2026-11-24 00:30."
    )
    two = replace(drawn.traffic(), outages=drawn.traffic().outages * 2)
    assert telling.summary(two, drawn.words()).endswith(
        "2 outages are shaded, the first from 2026-11-24 00:06 to 2026-11-24 00:30."
    )
    days = telling.summary(drawn.causes(3, count=2, label="full"), drawn.words())
    assert days == "9 recipients from 2026-11-24 to 2026-11-26: full 0 3, full 1 6. Most on 2026-11-26: 5."
    assert (
        telling.summary(drawn.causes(1, count=2), drawn.words())
        == "1 recipients on 2026-11-24: cause 0 0, cause 1 1."
    )


def test_the_worst_hour_is_the_first_of_the_worst() -> None:
    counts = ((0,) * 24, (*(0,) * 5, 9, 9, *(0,) * 17))
    said = telling.summary(Week(weekdays=(1, 4), counts=counts, zone="UTC"), drawn.words())
    assert said == "18 failures; most on Fri at 05:00: 9 (UTC)."


@pytest.mark.parametrize(
    "data",
    [
        Traffic(starts=(drawn.MIDNIGHT,), received=(0,), delivered=(None,), rejected=(0,), outages=(), zone="UTC"),
        Causes(days=(), series=(), zone="UTC"),
        Causes(days=(drawn.MIDNIGHT.date(),), series=(Series(label="x", values=(0,)),), zone="UTC"),
        Stages(stages=()),
        Week(weekdays=(), counts=(), zone="UTC"),
        Coverage(rows=()),
    ],
)  # fmt: skip
def test_nothing_is_said_to_be_nothing(data: Data) -> None:
    assert telling.empty(data)
    assert telling.summary(data, drawn.words()) == "Nothing to draw."


@pytest.mark.parametrize("data", EVERY)
def test_tables_have_a_head_for_each_column(data: Data) -> None:
    table = telling.table(data, drawn.words())
    if isinstance(data, Traffic) and not data.daily and len(data.starts) > telling.ROWS:
        assert table is None
        return
    assert table is not None
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.heads)}


@given(most=st.integers(0, 10**9), steps=st.integers(2, 6))
def test_scales_hold_everything_in_few_round_steps(most: int, steps: int) -> None:
    places = sheet.ticks(most, steps)
    assert places[0] == 0
    assert places[-1] >= most
    assert len(places) <= steps + 1
    assert len({after - before for before, after in pairwise(places)}) == 1


@given(count=st.integers(1, 2000), most=st.integers(1, 12))
def test_labels_are_few_enough_and_evenly_spread(count: int, most: int) -> None:
    places = sheet.spread(count, most)
    assert len(places) <= most
    assert len(places) >= ceil(most / 2) or len(places) == count


def test_an_outage_of_seconds_is_seen_and_one_at_the_edge_stays_inside() -> None:
    data = drawn.traffic()
    end = data.starts[-1] + timedelta(hours=1)
    for outage in (
        (data.starts[3], data.starts[3] + timedelta(seconds=1)),
        (end - timedelta(seconds=1), end),
    ):
        text = drawn.inline(replace(data, outages=(outage,)))
        areas = [
            [float(number) for number in re.findall(r"[ML] ([\d.]+) ", element.attrib["d"])]
            for element in tree(text).iter("path")
            if element.attrib.get("fill", "").startswith("url(")
            and element.attrib.get("stroke-width") == "0.5"
        ]
        assert areas
        assert all(max(places) - min(places) >= 0.5 for places in areas)
        assert all(max(places) <= sheet.WIDTH - 9.9 for places in areas)


def test_both_languages_have_the_same_phrases_with_the_same_slots() -> None:
    english, chinese = (load().texts[lang]["ui.charts"] for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}|#\d", text)) == set(re.findall(r"\{(\w+)\}|#\d", chinese[key])), key


def test_fonts_are_asked_before_a_language_is_drawn() -> None:
    assert sheet.readable("Traffic per hour, 90 %")
    assert not sheet.readable("\U000e0001")
