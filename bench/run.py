"""Runs `logscan scan` beside pflogsumm, `zcat | wc -l`, lnav and ripgrep on made-up logs, and prints the ratios.

    python bench/run.py --lines 1000000            best of 3, then ten times the lines for growth
    python bench/run.py --lines 200000 --repeat 1 --no-growth

In: nothing but the arguments; logs are made in a temporary folder. Out: tables, and gates met or missed.
Never: compares with a figure from another run: machines differ, ratios side by side do not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cards import write_cards
from measure import Command, Cost, run, side_by_side

HERE = Path(__file__).resolve().parent
OPTIONS = ["--tz", "UTC", "--year", "2026"]
REPLY = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
MB = 1_000_000
MORE_CARDS = 450


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run of the benchmark: where its logs are, how often it measures, what it has found."""

    folder: Path
    lines: int
    rounds: int
    gates: list[tuple[str, float, float, float, bool]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, with caches of its own and a terminal that lnav accepts."""
        own = {
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "HOME": str(self.folder),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        return {**os.environ, **own}

    def gate(self, what: str, value: float, gate: float, goal: float, *, least: bool) -> None:
        """Note a figure that is to be at least, or at most, `gate`, and better still `goal`."""
        self.gates.append((what, value, gate, goal, least))

    def generate(self, kind: str, name: str, lines: int, *more: str) -> Path:
        """Make a log and return its path."""
        path = self.folder / name
        command = [sys.executable, str(HERE / "generate.py"), kind, str(path), "--lines", str(lines), *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return path


def logscan(*arguments: str) -> list[str]:
    """Return the command that a user would start."""
    script = Path(sys.executable).with_name("logscan")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "logscan"]
    return [*start, *arguments]


def table(costs: dict[str, Cost], lines: int, base: str) -> None:
    """Print one row per command; `times` is its wall clock over that of `base`."""
    print(f"  {'':34}{'wall s':>8}{'CPU s/M lines':>15}{'CPU/wall':>10}{'peak MB':>9}{'times':>8}")
    for name, cost in costs.items():
        times = cost.wall / costs[base].wall
        print(
            f"  {name:34}{cost.wall:8.2f}{cost.cpu / lines * 1e6:15.2f}{cost.cores:10.2f}{cost.peak / MB:9.0f}{times:8.2f}"
        )


def others(log: Path) -> dict[str, Command]:
    """Return what of the other tools is installed, as commands on `log`."""
    known: dict[str, Command] = {
        "pflogsumm": ["pflogsumm", str(log)],
        "lnav -n -q (index and print)": ["lnav", "-n", "-q", str(log)],
        "rg -c status=deferred": ["rg", "-c", "status=deferred", str(log)],
    }
    missing = [name for name, command in known.items() if shutil.which(command[0]) is None]
    for name in missing:
        print(f"  not installed: {name}")
        del known[name]
    return known


def plain_and_gz(bench: Bench) -> Cost:
    """Measure the main job on a mail log, plain and compressed; return the cost on the plain one."""
    log = bench.generate("mail", "mail.log", bench.lines)
    subprocess.run(["gzip", "-k", "-6", str(log)], check=True)
    scan = "logscan scan"
    print(f"\nmail log, {bench.lines:,} lines, {log.stat().st_size / MB:.0f} MB, 5 % of them problems")
    plain = side_by_side(
        {scan: logscan("scan", str(log), *OPTIONS), **others(log)}, bench.rounds, bench.environment
    )
    table(plain, bench.lines, scan)
    print("\nthe same, .gz")
    zcat = f"zcat {log}.gz | wc -l"
    gz = side_by_side(
        {scan: logscan("scan", f"{log}.gz", *OPTIONS), "zcat | wc -l": zcat}, bench.rounds, bench.environment
    )
    table(gz, bench.lines, "zcat | wc -l")
    big = bench.lines >= 3 * MB
    if "pflogsumm" in plain:
        ratio = plain["pflogsumm"].wall / plain[scan].wall
        bench.gate("times as fast as pflogsumm", ratio, 10 if big else 5, 15 if big else 8, least=True)
    bench.gate("scan .gz over zcat | wc -l", gz[scan].wall / gz["zcat | wc -l"].wall, 2.0, 1.3, least=False)
    bench.gate("CPU/wall, plain", plain[scan].cores, 1.5, 1.8, least=True)
    bench.gate("CPU/wall, .gz", gz[scan].cores, 1.5, 1.8, least=True)
    return plain[scan]


def web(bench: Bench) -> None:
    """Measure access and error log together, compressed."""
    name = str(bench.generate("web", "web", bench.lines))
    logs = [f"{name}-access.log.gz", f"{name}-error.log.gz"]
    subprocess.run(["gzip", "-6", *(log.removesuffix(".gz") for log in logs)], check=True)
    print(f"\naccess and error log, {bench.lines:,} lines, .gz")
    zcat = f"zcat {' '.join(logs)} | wc -l"
    commands: dict[str, Command] = {
        "logscan scan": logscan("scan", *logs, *OPTIONS),
        "logscan outages": logscan("outages", *logs, *OPTIONS),
        "zcat | wc -l": zcat,
    }
    costs = side_by_side(commands, bench.rounds, bench.environment)
    table(costs, bench.lines, "zcat | wc -l")
    ratio = costs["logscan outages"].wall / costs["zcat | wc -l"].wall
    bench.gate("outages .gz over zcat | wc -l", ratio, 2.0, 1.3, least=False)


def growth(bench: Bench, small: Cost, factor: int) -> None:
    """Measure `factor` times the lines of the same names: time is to grow with them, memory is not."""
    log = bench.generate("mail", "big.log", bench.lines * factor)
    cost = run(logscan("scan", str(log), *OPTIONS), bench.environment)
    log.unlink()
    print(f"\nscan of {bench.lines * factor:,} lines")
    table({"logscan scan": cost}, bench.lines * factor, "logscan scan")
    bench.gate(
        f"wall, {factor} times the lines, over {factor}",
        cost.wall / small.wall / factor,
        1.1,
        1.0,
        least=False,
    )
    bench.gate(f"peak memory, {factor} times the lines", cost.peak / small.peak, 1.3, 1.0, least=False)
    bench.gate(f"peak MB at {bench.lines * factor:,} lines", cost.peak / MB, 700, 400, least=False)


def many_cards(bench: Bench) -> None:
    """Measure 450 cards more, a third of which match, on a log with 5,000 different failures."""
    log = bench.generate("mail", "shapes.log", bench.lines, "--shapes", "5000")
    ours = sum(1 for path in (HERE.parent / "patterns").rglob("*.toml") if "texts" not in path.parts)
    more = bench.folder / "cards"
    write_cards(more, MORE_CARDS)
    few, many = f"{ours} cards", f"{ours + MORE_CARDS} cards"
    scan = logscan("scan", str(log), *OPTIONS)
    commands: dict[str, Command] = {few: scan, many: [*scan, "--patterns", str(more)]}
    print("\ncards, on 5,000 different failures")
    costs = side_by_side(commands, bench.rounds, bench.environment)
    table(costs, bench.lines, few)
    ratio = costs[many].wall / costs[few].wall
    bench.gate(f"wall, {MORE_CARDS} cards more", ratio, 1.15, 1.05, least=False)


def starts(bench: Bench) -> None:
    """Measure how soon the small commands answer."""
    commands: dict[str, Command] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "logscan --help": logscan("--help"),
        "logscan explain TEXT": logscan("explain", REPLY),
    }
    print("\nstart")
    costs = side_by_side(commands, bench.rounds * 3, bench.environment)
    nothing = costs["python -c pass"].wall
    for name, cost in costs.items():
        print(
            f"  {name:34}{cost.wall:8.3f} s{cost.wall / nothing:8.1f} times python -c pass{cost.peak / MB:9.0f} MB"
        )
    bench.gate("seconds for --help", costs["logscan --help"].wall, 0.15, 0.10, least=False)
    bench.gate("seconds for explain", costs["logscan explain TEXT"].wall, 0.5, 0.3, least=False)


def verdict(bench: Bench) -> bool:
    """Print every gate; true when all are met."""
    print(f"\n  {'':40}{'value':>8}{'gate':>8}{'goal':>8}")
    met = True
    for what, value, gate, goal, least in bench.gates:
        good, best = (value >= gate, value >= goal) if least else (value <= gate, value <= goal)
        met &= good
        sign = ">=" if least else "<="
        print(f"  {what:40}{value:8.2f}{sign + format(gate, 'g'):>8}{sign + format(goal, 'g'):>8}  "
              f"{'goal' if best else 'met' if good else 'MISSED'}")  # fmt: skip
    return met


def main() -> int:
    """Run it all; with --gates 1 when a gate is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the best counts")
    parser.add_argument("--growth", type=int, default=10, metavar="FACTOR")
    parser.add_argument("--no-growth", dest="growth", action="store_const", const=0)
    parser.add_argument("--gates", action="store_true", help="exit 1 when a gate is missed")
    parser.add_argument("--folder", type=Path, help="where to make the logs (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="logscan-bench-", dir=options.folder) as folder:
        bench = Bench(folder=Path(folder), lines=options.lines, rounds=options.repeat)
        small = plain_and_gz(bench)
        web(bench)
        many_cards(bench)
        starts(bench)
        if options.growth:
            growth(bench, small, options.growth)
        met = verdict(bench)
    return 0 if met or not options.gates else 1


if __name__ == "__main__":
    sys.exit(main())
