"""`import logscan` and the functions behind it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import logscan
from logscan.app import face
from logscan.cli.options import Common
from logscan.model.columns import SCHEMA
from logscan.model.problems import NothingRead, PackError, UsageError
from logscan.model.settings import Settings
from logscan.pipeline.scan import report
from tests.example_card import CARD

ROOT = Path(__file__).parents[3]
REAL = ROOT / "sample-logs" / "real"
FCGI = REAL / "mod_fastcgi" / "error.log"
MAIL = REAL / "A" / "logs" / "mail.log"
NO_PTR = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"

DEFERRED = (
    "Nov 24 03:27:39 mx1 postfix/smtp[20603]: CAD2A552517: to=<a@b.example>, relay=mx.b.example[198.51.100.1]:25, "
    "delay=1.5, delays=0.1/0.2/0.3/0.9, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: 450 4.7.1 "
    "Client host rejected: cannot find your hostname, [192.0.2.25] (in reply to RCPT TO command))\n"
)
UNPLUGGED = "Nov 24 03:27:39 mx1 postfix/master[1]: warning: the frobnicator is unplugged\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    place = tmp_path / "mail.log"
    place.write_text(DEFERRED, encoding="ascii")
    return place


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    place = tmp_path / "cards" / "site" / "frobnicator.toml"
    place.parent.mkdir(parents=True)
    place.write_text(CARD, encoding="utf-8")
    return tmp_path / "cards"


def run(code: str) -> set[str]:
    """Run `code` in a new Python; return the top-level packages that it loaded."""
    ending = "\nimport json, sys\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + ending],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


# --- the names -----------------------------------------------------------------------------------


def test_the_names_are_these_and_all_of_them_are_there() -> None:
    assert logscan.__all__ == [
        "Finding", "LogscanError", "Problem", "Report", "__version__", "bounces", "events", "explain", "flow",
        "outages", "scan", "trace",
    ]  # fmt: skip
    assert len(logscan.__all__) <= 12
    for name in logscan.__all__:
        assert getattr(logscan, name) is not None
    assert set(logscan.__all__) <= set(dir(logscan))


def test_nothing_but_the_names_and_the_rooms_is_there() -> None:
    """What a user can see without an underscore is promised, or a room of the house."""
    shown = {name for name in dir(logscan) if not name.startswith("_")}
    rooms = {path.stem if path.is_file() else path.name for path in (ROOT / "logscan").iterdir()}
    assert shown - set(logscan.__all__) - rooms <= {"annotations", "TYPE_CHECKING"}


def test_the_names_are_those_of_the_rooms() -> None:
    assert logscan.scan is face.scan
    assert logscan.events is face.events
    assert logscan.explain is face.explain
    assert logscan.Report.__module__ == logscan.Finding.__module__ == "logscan.model.findings"
    assert issubclass(NothingRead, logscan.LogscanError)
    assert isinstance(logscan.scan(FCGI, tz="UTC"), logscan.Report)


def test_a_star_gives_all_of_them() -> None:
    names: dict[str, Any] = {}
    exec("from logscan import *", names)  # noqa: S102
    assert set(logscan.__all__) <= set(names)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'logscan' has no attribute 'flwo'"):
        _ = logscan.flwo  # type: ignore[attr-defined]


def test_the_version_is_read_from_where_the_build_reads_it() -> None:
    import tomllib  # noqa: PLC0415

    from logscan.model import version  # noqa: PLC0415

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert ROOT / project["tool"]["hatch"]["version"]["path"] == Path(version.__file__)
    assert logscan.__version__ == version.__version__


# --- what is loaded ------------------------------------------------------------------------------


def test_importing_it_loads_next_to_nothing() -> None:
    heavy = {
        "polars",
        "pandas",
        "numpy",
        "matplotlib",
        "rich",
        "click",
        "jinja2",
        "jsonschema",
        "dateutil",
        "tomllib",
    }
    assert run("import logscan; logscan.__version__; logscan.Report; logscan.LogscanError") & heavy == set()


@pytest.mark.parametrize(
    "code",
    [f"logscan.scan({str(FCGI)!r}, tz='UTC')", f"logscan.explain({NO_PTR!r})"],
    ids=["scan", "explain"],
)
def test_what_has_no_tables_loads_no_pandas(code: str) -> None:
    loaded = run(f"import logscan; assert {code}")
    assert "polars" in loaded  # the probe does see what is loaded
    assert loaded & {"pandas", "matplotlib", "pyarrow", "click"} == set()


def test_events_loads_pandas_and_no_pyarrow() -> None:
    loaded = run(f"import logscan; assert len(logscan.events({str(FCGI)!r}, tz='UTC'))")
    assert "pandas" in loaded
    assert loaded & {"pyarrow", "matplotlib", "click"} == set()


# --- options -------------------------------------------------------------------------------------


def test_options_are_those_of_the_commands() -> None:
    """Every option that is not about printing has the command's name and default."""
    shared = {"since", "until", "tz", "year", "now", "jobs", "lang", "patterns"}
    assert shared <= set(Common.__dataclass_fields__)
    taken = {
        name: {
            p.name
            for p in inspect.signature(getattr(logscan, name)).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        }
        for name in ("scan", "events", "explain")
    }
    assert taken == {
        "scan": shared,
        "events": shared - {"lang", "patterns"},
        "explain": {"lang", "patterns"},
    }
    for name in ("scan", "events"):
        for parameter in inspect.signature(getattr(logscan, name)).parameters.values():
            if parameter.name not in {"paths", "lang", "patterns"}:
                assert parameter.default is None


@pytest.mark.parametrize("function", [logscan.scan, logscan.events], ids=["scan", "events"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"since": "soon"}, "^since: cannot read 'soon'"),
        ({"since": "2026-11-25", "until": "2026-11-24"}, "^since .* is not before until"),
        ({"tz": "Mars/Olympus"}, "Mars/Olympus"),
        ({"jobs": 0}, "jobs must be at least 1, not 0"),
        ({"year": 26}, "year must be from 1970 to 9999, not 26"),
    ],
    ids=["since", "window", "tz", "jobs", "year"],
)
def test_options_that_cannot_be_are_refused(
    function: Any, options: dict[str, Any], said: str, log: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        function(log, **options)


@pytest.mark.parametrize(
    "call",
    [lambda: logscan.scan(FCGI, lang="fr"), lambda: logscan.explain("x", lang="fr")],
    ids=["scan", "explain"],
)
def test_a_language_that_we_do_not_speak_is_refused(call: Any) -> None:
    with pytest.raises(UsageError, match="lang must be en or zh, not 'fr'"):
        call()


def test_paths_may_be_strings_or_paths(log: Path) -> None:
    as_path, as_text = logscan.scan(log, tz="UTC", year=2026), logscan.scan(str(log), tz="UTC", year=2026)
    assert as_path.findings == as_text.findings
    assert as_path.inputs == as_text.inputs
    assert [item.path for item in as_path.inputs] == [str(log)]


def test_nothing_to_read_is_an_error_with_its_reasons(tmp_path: Path) -> None:
    for function in (logscan.scan, logscan.events):
        with pytest.raises(NothingRead) as caught:
            function(tmp_path / "nowhere.log")
        assert isinstance(caught.value, logscan.LogscanError)
        assert [problem.where for problem in caught.value.problems] == [str(tmp_path / "nowhere.log")]


# --- scan ----------------------------------------------------------------------------------------


def test_scan_says_what_the_command_says() -> None:
    made = logscan.scan(FCGI, MAIL, tz="UTC", year=2026, jobs=1)
    same = report([str(FCGI), str(MAIL)], Settings(zone="UTC", year=2026))
    assert made.findings == same.findings
    assert made.totals == same.totals
    assert made.assumptions == same.assumptions


def test_scan_takes_moments_and_words_for_times(log: Path) -> None:
    begin = datetime(2026, 11, 24, 3, 27, 39, tzinfo=UTC)
    just = logscan.scan(log, tz="UTC", year=2026, since=begin, until=begin + timedelta(seconds=1))
    assert just.totals.events == 1
    assert just.window == (begin, begin + timedelta(seconds=1))
    before = logscan.scan(log, tz="UTC", year=2026, until="2026-11-24 03:27:39")
    assert before.totals.events == 0
    assert [problem.where for problem in before.problems] == ["--since/--until"]
    naive = begin.astimezone().replace(tzinfo=None)
    assert logscan.scan(log, year=2026, since=naive, tz=None).window[0] == begin


def test_scan_judges_as_of_now(log: Path) -> None:
    [of_the_log] = logscan.scan(log, tz="UTC", year=2026).findings
    assert of_the_log.ongoing
    [later] = logscan.scan(log, tz="UTC", year=2026, now=datetime(2026, 11, 25, tzinfo=UTC)).findings
    assert not later.ongoing


def test_scan_speaks_chinese(log: Path) -> None:
    [finding] = logscan.scan(log, tz="UTC", year=2026, lang="zh").findings
    assert any("\u4e00" <= character <= "\u9fff" for character in finding.explanation.title)


def test_cards_of_ones_own(log: Path, cards: Path) -> None:
    log.write_text(UNPLUGGED, encoding="ascii")
    assert not logscan.scan(log, tz="UTC", year=2026).findings
    for patterns in (cards, str(cards), [cards], (str(cards),)):
        [finding] = logscan.scan(log, tz="UTC", year=2026, patterns=patterns).findings
        assert finding.rule == "site.frobnicator"


def test_a_folder_of_cards_that_is_not_there_is_an_error(log: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="is not a folder"):
        logscan.scan(log, patterns=tmp_path / "nowhere")


# --- events --------------------------------------------------------------------------------------


def test_events_is_every_event_with_every_column() -> None:
    table = logscan.events(MAIL, tz="UTC", year=2026, jobs=1)
    whole = logscan.scan(MAIL, tz="UTC", year=2026)
    assert list(table.columns) == list(SCHEMA)
    assert len(table) == whole.totals.events
    assert table.index.tolist() == list(range(len(table)))
    assert table["time"].min() == whole.totals.first
    assert table["time"].max() == whole.totals.last
    lines = MAIL.read_text(encoding="utf-8").split("\n")
    last = table.iloc[-1]
    assert last["text"] in lines[last["line"] - 1]


def test_events_are_typed(log: Path) -> None:
    table = logscan.events(log, tz="UTC", year=2026)
    assert len(table) == 1
    row = table.iloc[0]
    assert row["time"] == datetime(2026, 11, 24, 3, 27, 39, tzinfo=UTC)
    assert (row["queue_id"], row["recipient"], row["dsn"], row["status"]) == (
        "CAD2A552517", "a@b.example", "4.7.1", "deferred",
    )  # fmt: skip
    assert (row["pid"], row["smtp_code"], row["delay"]) == (20603, 450, 1.5)
    assert row["delays"] == [0.1, 0.2, 0.3, 0.9]
    assert (row["file"], row["line"]) == (str(log), 1)
    assert row["http_status"] is pd.NA


def test_a_window_without_events_has_the_columns_and_their_types(log: Path) -> None:
    full = logscan.events(log, tz="UTC", year=2026)
    none = logscan.events(log, tz="UTC", year=2026, since="2027-01-01")
    assert len(none) == 0
    assert none.dtypes.equals(full.dtypes)


def test_what_could_not_be_read_goes_with_the_events(log: Path, tmp_path: Path) -> None:
    table = logscan.events(log, tmp_path / "nowhere.log", tz="UTC", year=2026)
    assert len(table) == 1
    [problem] = table.attrs["problems"]
    assert problem["where"] == str(tmp_path / "nowhere.log")
    assert problem["unreadable"] is True
    assert json.loads(json.dumps(table.attrs)) == table.attrs  # so that to_parquet can keep them


def test_events_of_several_logs_are_those_of_each(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text(DEFERRED.replace("mx1", "mx2").replace("03:27:39", "03:27:40"), encoding="ascii")
    both = logscan.events(tmp_path, tz="UTC", year=2026)
    assert both["host"].tolist() == ["mx1", "mx2"]
    assert both["file"].tolist() == [str(log), str(other)]


# --- explain -------------------------------------------------------------------------------------


def test_explain_gives_one_answer_for_each_text_in_order() -> None:
    answers = logscan.explain("nobody ever wrote this", NO_PTR, DEFERRED.rstrip("\n"), "5.1.1")
    assert [answer.text for answer in answers][:2] == ["nobody ever wrote this", NO_PTR]
    assert [answer.rule for answer in answers] == [
        None, "postfix.smtp.no-reverse-dns", "postfix.smtp.no-reverse-dns", "registry.5.1.1",
    ]  # fmt: skip
    assert answers[0].explanation is None
    assert [answer.direction for answer in answers] == [None, None, "outbound", None]


def test_explain_nothing_is_nothing() -> None:
    assert logscan.explain() == ()


def test_explain_speaks_chinese_and_knows_cards_of_ones_own(cards: Path) -> None:
    [known] = logscan.explain(UNPLUGGED.rstrip("\n"), patterns=cards)
    assert known.rule == "site.frobnicator"
    [chinese] = logscan.explain(NO_PTR, lang="zh")
    assert chinese.explanation is not None
    assert chinese.explanation.title.startswith("对方")
