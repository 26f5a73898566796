"""How often the comparison of weeks sees a change where there is none, and where there is one.

    python benchmarks/false_arrows.py [--runs 1000] [--calibrate]

Draws weeks of connections, compares them with `qosreport.diagnosis.change`, and writes what it
finds into docs/scoring.md. The connections are drawn directly, without the samples of a call, so
that a thousand organisations take minutes. `--calibrate` prints the figures of drawn weeks beside
those of the simulator's, which go through pages, tables and scores.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from qosreport.diagnosis.change import COMPARISONS, changes
from qosreport.diagnosis.rates import clustered_rates, wilson
from qosreport.diagnosis.verdicts import BETTER, WORSE
from qosreport.diagnosis.weeks import back
from qosreport.scoring import load_policy

DOCS = Path(__file__).parent.parent / "docs" / "scoring.md"
PART = re.compile(r"(<!-- false-arrows -->\n).*?(<!-- /false-arrows -->)", re.DOTALL)
WEEK = "2026-W46"
WEEKS = 9
STATS = load_policy("zoom-network-quality").stats

SITES = {
    "Leeds": (30, "LHR"), "Toronto": (22, "YYZ"), "Lisbon": (14, "LHR"), "Osaka": (13, "TYO"),
    "Haifa": (11, "FRA"), "Nairobi": (10, "FRA"),
}  # fmt: skip
NETWORKS = {"office": {"Wifi": 55, "Wired": 45}, "home": {"Wifi": 72, "Wired": 22, "Cellular": 6}}
CHANCE = {
    ("office", "Wired"): 0.010, ("office", "Wifi"): 0.026, ("home", "Wired"): 0.022,
    ("home", "Wifi"): 0.040, ("home", "Cellular"): 0.085,
}  # fmt: skip
"""That a connection is poor for no trouble but its own."""
DEVICES = {("Windows", "Windows"): 61, ("Mac", "macOS"): 33, ("Windows", "Linux"): 6}
RELEASES = ("6.6.11", "6.6.2", "6.5.7", "6.4.10")
SIZES = {(1, 1): 4, (2, 2): 25, (3, 5): 34, (6, 12): 24, (13, 29): 10, (30, 70): 3}
INJECTED_SITE, RATE_BEFORE, RATE_NOW = "Leeds", 0.05, 0.10
GUEST = "guest"

COLUMNS = (
    "meeting_uuid", "person_key", "site", "network_type", "centre", "release", "device", "os",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    key: str
    site: str
    networks: dict[str, str]
    home_share: float
    machine: tuple[str, str]
    release: int
    """Number of the release at the last week; older ones came before."""
    upgrade_week: int
    luck: float
    """How many times likelier than others' their connections are poor."""
    bad_home: float
    """Chance of a poor connection from home, for the few whose line is bad for good."""


@dataclass
class Organisation:
    """One organisation whose chances never change: only people, meetings and luck do."""

    dice: random.Random
    meetings: int
    trouble: float = field(init=False)
    """Share of the meetings that some cause touches, in every week alike."""

    def __post_init__(self) -> None:
        self.trouble = self.dice.choice((0.0, 0.02, 0.04, 0.08))
        self.people = [self._person(str(number)) for number in range(round(1.15 * self.meetings))]
        weekly = self.meetings * 3 // 5
        self.series = [self._team() for _ in range(weekly)]

    def _pick(self, weights):
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def _person(self, key: str) -> Person:
        dice = self.dice
        site = self._pick({name: weight for name, (weight, _) in SITES.items()})
        return Person(
            key=key,
            site=site,
            networks={where: self._pick(kinds) for where, kinds in NETWORKS.items()},
            home_share=dice.choice((0.0, 0.2, 0.4, 0.6, 1.0, 1.0)),
            machine=self._pick(DEVICES),
            release=min(3, int(dice.expovariate(0.9))),
            upgrade_week=dice.randrange(-WEEKS, WEEKS),
            luck=dice.lognormvariate(-0.125, 0.5),
            bad_home=dice.uniform(0.2, 0.5) if dice.random() < 0.02 else 0.0,
        )

    def _team(self) -> list[Person]:
        size = self.dice.randint(*self._pick(SIZES))
        return self.dice.sample(self.people, min(size, len(self.people)))

    def week(self, number: int) -> Iterator[tuple[tuple, float]]:
        """Connections of one week, each with the chance that it is poor."""
        dice = self.dice
        unlucky = {one.key for one in self.people if dice.random() < 0.015}
        for meeting in range(self.meetings):
            recurring = meeting < len(self.series)
            team = self.series[meeting] if recurring else self._team()
            touched = 0.35 if dice.random() < self.trouble else 0.0
            name = f"{number}-{meeting}"
            for person in team:
                if recurring and dice.random() < 0.15:
                    continue
                row, chance = self._connection(name, person, number)
                if person.key in unlucky:
                    chance = max(chance, 0.3)
                yield row, max(chance, touched)
            if not recurring and dice.random() < 0.03:
                yield from self._guests(name, dice.randint(20, 150))

    def _connection(self, meeting: str, person: Person, number: int) -> tuple[tuple, float]:
        where = "home" if self.dice.random() < person.home_share else "office"
        network = person.networks[where]
        site = person.site if where == "office" else f"{person.site}, at home"
        release = min(3, person.release + (number < person.upgrade_week))
        chance = min(0.9, CHANCE[where, network] * person.luck)
        if where == "home":
            chance = max(chance, person.bad_home)
        centre = SITES[person.site][1]
        device, os_name = person.machine
        row = (meeting, person.key, site, network, centre, RELEASES[release], device, os_name)
        return row, chance

    def _guests(self, meeting: str, many: int) -> Iterator[tuple[tuple, float]]:
        for number in range(many):
            network = "Wired" if self.dice.random() < 0.25 else "Wifi"
            key = f"{GUEST}{meeting}-{number}"
            yield (meeting, key, "elsewhere", network, "LHR", None, None, None), 0.02


def drawn(seed: int, meetings: int, *, injected: bool = False) -> dict[str, pl.DataFrame]:
    """Nine weeks of one organisation; injected: a site's chance doubles in the last."""
    dice = random.Random(seed)
    organisation = Organisation(dice, meetings)
    labels = [*reversed(back(WEEK, WEEKS - 1)), WEEK]
    weeks = {label: list(organisation.week(number)) for number, label in enumerate(labels)}
    extra = dict.fromkeys(labels, 0.0)
    if injected:
        here = [p for rows in weeks.values() for row, p in rows if row[2] == INJECTED_SITE]
        usual = sum(here) / len(here)
        # So many more of the connections that were well are poor: the rest stays as clustered.
        rates = {label: RATE_NOW if label == WEEK else RATE_BEFORE for label in labels}
        extra = {label: (rate - usual) / (1 - usual) for label, rate in rates.items()}
    return {label: _frame(rows, extra[label], dice) for label, rows in weeks.items()}


def _frame(rows: list[tuple[tuple, float]], extra: float, dice: random.Random) -> pl.DataFrame:
    chances = [p + (1 - p) * extra if row[2] == INJECTED_SITE else p for row, p in rows]
    drawn_rows = [(*row, dice.random() < p) for (row, _), p in zip(rows, chances, strict=True)]
    types = dict.fromkeys(COLUMNS, pl.String) | {"poor": pl.Boolean}
    frame = pl.DataFrame(drawn_rows, schema=types, orient="row")
    return frame.with_columns(judged=pl.lit(value=True))


@dataclass(frozen=True)
class Run:
    """What one organisation's comparison came to, by comparison."""

    arrows: dict[str, int]
    tested: dict[str, int]
    small_p: dict[str, int]
    """Tests with p below 0.05, before any correction."""
    hit: dict[str, bool]
    """The injected site was called worse."""
    elsewhere: dict[str, int]
    """Arrows at sites where nothing was injected."""
    site_connections: int


def run(seed: int, meetings: int, injected: bool) -> Run:
    weeks = drawn(seed, meetings, injected=injected)
    result = changes(weeks, WEEK, STATS)
    arrow = pl.col("verdict").is_in([WORSE, BETTER])
    site = (pl.col("kind") == "site") & (pl.col("name") == INJECTED_SITE)
    found = {name: result.compared.filter(comparison=name) for name in COMPARISONS}

    def many(which: pl.Expr) -> dict[str, int]:
        return {name: rows.filter(which).height for name, rows in found.items()}

    worse = site & (pl.col("verdict") == WORSE)
    return Run(
        arrows=many(arrow),
        tested=dict(result.tested),
        small_p=many(pl.col("p") < 0.05),
        hit={name: bool(count) for name, count in many(worse).items()},
        elsewhere=many(arrow & (pl.col("kind") == "site") & ~site),
        site_connections=weeks[WEEK].filter(site=INJECTED_SITE).height,
    )


def runs(count: int, meetings: int, *, injected: bool, first_seed: int) -> Sequence[Run]:
    # One process a core, each polars with one thread: frames this small gain nothing from more.
    os.environ["POLARS_MAX_THREADS"] = "1"
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        seeds = range(first_seed, first_seed + count)
        return list(
            pool.map(
                run, seeds, itertools.repeat(meetings), itertools.repeat(injected), chunksize=4
            )
        )


def percent(k: int, n: int) -> str:
    """k of n in per cent, with its 95 % interval."""
    bounds = wilson(k, n)
    return f"{100 * k / n:.1f} % ({100 * bounds.low:.1f} to {100 * bounds.high:.1f})"


def table(count: int) -> Iterator[str]:
    """The results as Markdown."""
    quiet = runs(count, 300, injected=False, first_seed=1)
    stated = f"{100 * STATS.fdr_q:.0f} %"
    yield f"{count} organisations in which nothing changes, 300 meetings a week, nine weeks each:"
    yield ""
    yield "| | stated | against the previous week | against the trailing eight |"
    yield "|---|--:|--:|--:|"
    any_arrow = [percent(sum(one.arrows[c] > 0 for one in quiet), count) for c in COMPARISONS]
    # All arrows are false here: the false-discovery proportion is 1 with any arrow, else 0.
    for name, limit, cells in (
        ("runs with any false arrow; here also the false-discovery rate", f"≤ {stated}", any_arrow),
        ("false arrows a run", "", [_mean(quiet, "arrows", c) for c in COMPARISONS]),
        ("segments tested a run", "", [_mean(quiet, "tested", c, digits=1) for c in COMPARISONS]),
        ("tests with p < 0.05", "≤ 5 %", [_share(quiet, c) for c in COMPARISONS]),
    ):
        yield f"| {name} | {limit} | {' | '.join(cells)} |"
    yield ""
    yield (
        f"Power: at one site the rate goes from {100 * RATE_BEFORE:.0f} to {100 * RATE_NOW:.0f} % "
        "in the last week, elsewhere nothing changes."
    )
    yield ""
    yield (
        "| meetings a week | connections at the site | runs | found against the previous week "
        "| … the trailing eight | other sites' share of all sites' arrows, previous | … trailing |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for meetings, share in ((300, 0.2), (1000, 0.06)):
        yield _power(meetings, max(4, round(share * count)))


def _power(meetings: int, count: int) -> str:
    found = runs(count, meetings, injected=True, first_seed=100_001)
    connections = sum(one.site_connections for one in found) / count
    hits = [percent(sum(one.hit[c] for one in found), count) for c in COMPARISONS]
    false = [
        sum(one.elsewhere[c] / max(1, one.elsewhere[c] + one.hit[c]) for one in found) / count
        for c in COMPARISONS
    ]
    shares = (f"{100 * share:.1f} %" for share in false)
    return f"| {meetings} | {connections:.0f} | {count} | {' | '.join([*hits, *shares])} |"


def _mean(found: Sequence[Run], what: str, comparison: str, digits: int = 3) -> str:
    return f"{sum(getattr(one, what)[comparison] for one in found) / len(found):.{digits}f}"


def _share(found: Sequence[Run], comparison: str) -> str:
    tested = sum(one.tested[comparison] for one in found)
    return f"{100 * sum(one.small_p[comparison] for one in found) / tested:.1f} %"


def calibrate() -> None:
    """Print the figures of drawn weeks beside the simulator's."""
    drawn_weeks = [week for seed in range(1, 6) for week in drawn(seed, 300).values()]
    for name, weeks in (
        ("drawn", drawn_weeks),
        ("simulator, no cause", simulated(causes=())),
        ("simulator, its causes", simulated(causes=None)),
    ):
        print(f"{name}, {len(weeks)} weeks")
        for what, values in figures(weeks).items():
            print(f"  {what:32} {min(values):8.3f} {sum(values) / len(values):8.3f} "
                  f"{max(values):8.3f}")  # fmt: skip


def figures(weeks: Sequence[pl.DataFrame]) -> dict[str, list[float]]:
    """Least, mean and greatest of these are compared."""
    found: dict[str, list[float]] = {}
    for week in weeks:
        judged = week.filter("judged").with_columns(k="poor", n=pl.lit(1))
        sizes = judged.group_by("meeting_uuid").len()["len"]
        mine = {
            "connections": judged.height,
            "poor, %": 100 * judged["poor"].mean(),
            "connections a meeting": sizes.mean(),
            "… as a connection sees it": (sizes * sizes).sum() / sizes.sum(),
            "connections a person": judged.height / judged["person_key"].n_unique(),
            **{
                f"design effect by {name}": clustered_rates(judged, [], meeting=column)
                .collect()["deff"]
                .item()
                for name, column in (("meeting", "meeting_uuid"), ("person", "person_key"))
            },
            "people with 3 poor or more": judged.group_by("person_key")
            .agg(pl.col("poor").sum())
            .filter(pl.col("poor") >= 3)
            .height,
        }
        for what, value in mine.items():
            found.setdefault(what, []).append(value)
    return found


def simulated(causes: tuple | None) -> list[pl.DataFrame]:
    """Weeks of the simulator, through pages, tables and scores."""
    from data import _pages, raw_pages

    from qosreport.diagnosis.connections import connections
    from qosreport.scoring.engine import score_part
    from qosreport.simulator.organisation import Simulation, SimulationSettings
    from qosreport.zoom.parse import parse_pages

    policy = load_policy("zoom-network-quality")
    simulation = Simulation(
        SimulationSettings(seed=7, meetings_per_week=300, weeks=4, causes=causes)
    )
    frames = []
    for meetings in _batched(simulation.everything(), 100):
        pages = [page for meeting in meetings for page in _pages(meeting)]
        tables = parse_pages(raw_pages(pages)).tables
        scores = score_part(_Part(tables), policy)["participant_scores"]
        frames.append(connections(tables["sessions"], scores, zone="UTC"))
    everything = pl.concat(frames).with_columns(week=pl.col("join_time").dt.strftime("%G-W%V"))
    return everything.partition_by("week")


@dataclass(frozen=True)
class _Part:
    tables: dict[str, pl.DataFrame]

    def scan(self, table: str) -> pl.LazyFrame:
        return self.tables[table].lazy()


def _batched(items, size: int):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--runs", type=int, default=1000)
    arguments.add_argument("--calibrate", action="store_true")
    given = arguments.parse_args()
    if given.calibrate:
        calibrate()
        return
    text = "\n".join(table(given.runs))
    print(text)
    page = DOCS.read_text()
    if not PART.search(page):
        raise SystemExit(f"{DOCS} has no part <!-- false-arrows -->")
    if given.runs >= 1000:  # a quick try is written nowhere
        DOCS.write_text(PART.sub(rf"\g<1>\n{text}\n\n\g<2>", page))


if __name__ == "__main__":
    main()
