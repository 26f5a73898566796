"""Attribution against the simulator's known causes: the confusion matrix of docs/scoring.md.

    python benchmarks/attribution_matrix.py [FIRST LAST]

One week each of the organisations with these seeds (by default the published ones, whose result is
written into the documentation), scored and attributed in this process tree, compared minute by
minute with the truth; and the same organisations without any injected cause. The rules were
written and tuned on seeds below 1000 only.
"""

import ipaddress
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from data import _pages, raw_pages

from qosreport import tables
from qosreport.diagnosis.causes import CAUSES, SHARED, attribute, rows_of
from qosreport.diagnosis.places import located
from qosreport.scoring import load_policy, score_part
from qosreport.simulator.causes import NOISE
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.zoom.parse import parse_pages

PUBLISHED = (1001, 1020)
DOC = Path(__file__).parents[1] / "docs" / "scoring.md"
BEGIN, END = "<!-- matrix -->", "<!-- /matrix -->"
HEARD, OWN = "sender_uplink, heard", "sender_uplink, own"
RIGHT = {
    "data_centre": "data_center",
    "site_link": "site",
    "site_wifi": "site",
    "isp_evening": "isp",
    HEARD: "remote_sender",
    OWN: "participant_uplink",
    "overloaded_laptops": "device",
}
"""What each injected cause should be called; a minute of several is right if one is named."""
NAMELESS = ("client_version", NOISE)
"""Causes that attribution has no name for beyond the person's own line."""
ORDER = (*RIGHT, *NAMELESS, "nothing")
LINES = tuple(cause for cause in CAUSES if cause.startswith("participant"))
CALLED = (
    *(c for c in CAUSES if c not in LINES and c != "undetermined"),
    "participant",
    "undetermined",
)


class Part:
    """The tables of one simulated week, in memory."""

    def __init__(self, found: dict[str, pl.DataFrame]) -> None:
        self.found = found

    def scan(self, table: str) -> pl.LazyFrame:
        return self.found.get(table, tables.PULLED[table].empty()).lazy()


def meetings_of(seed: int) -> int:
    """120 to 200 meetings a week."""
    return 120 + seed * 37 % 81


def minutes_of(seed: int, *, quiet: bool) -> pl.DataFrame:
    """One row per poor minute: what it was (`truth`), what it was called, if that is right."""
    causes = {"causes": ()} if quiet else {}
    simulation = Simulation(
        SimulationSettings(seed=seed, meetings_per_week=meetings_of(seed), weeks=1, **causes)
    )
    pages = [page for meeting in simulation.everything() for page in _pages(meeting)]
    pulled = parse_pages(raw_pages(pages)).tables
    policy = load_policy("zoom-network-quality")
    scores = score_part(Part(pulled), policy)
    rows = rows_of(scores["minute_scores"], located(pulled["sessions"]), policy)
    called = attribute(rows, pulled["devices"])
    compared = _compared(called, _truth(simulation.truth(), pulled["sessions"]))
    return _with_size(compared, pulled["sessions"], scores["participant_scores"])


def _truth(truth: dict, sessions: pl.DataFrame) -> pl.DataFrame:
    """session_id, minute, truth (a cause of ORDER) and the subject it should have."""
    causes = {cause["id"]: cause for cause in truth["causes"]}
    providers = {name: network for network, name in truth["providers"].items()}
    rows = [(uuid, *row) for uuid, touched in truth["touched"].items() for row in touched]
    names = ["meeting_uuid", *truth["columns"]]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    instants = pl.col("join_time", "first_minute", "last_minute")
    frame = frame.with_columns(instants.str.to_datetime(time_unit="us", time_zone="UTC"))
    kind = pl.col("cause").replace_strict({key: cause["kind"] for key, cause in causes.items()})
    sender = pl.when(pl.col("direction") == "sent").then(pl.lit(OWN)).otherwise(pl.lit(HEARD))
    where = {key: _subject(cause, providers) for key, cause in causes.items()}
    return (
        frame.join(sessions, on=["meeting_uuid", "user_id", "join_time"])
        .with_columns(minute=pl.datetime_ranges("first_minute", "last_minute", "1m"))
        .explode("minute")
        .select(
            "session_id",
            "minute",
            truth=pl.when(kind == "sender_uplink").then(sender).otherwise(kind),
            where=pl.col("cause").replace_strict(where, return_dtype=pl.String),
        )
    )


def _subject(cause: dict, providers: dict[str, str]) -> str | None:
    """What the subject of the right answer begins with or holds."""
    if cause["kind"] == "isp_evening":
        network = ipaddress.ip_network(providers[cause["where"]])
        length = 16 if network.version == 4 else 32
        return str(network if network.prefixlen <= length else network.supernet(new_prefix=length))
    return cause["where"] if cause["kind"] in {"data_centre", "site_link", "site_wifi"} else None


def _compared(called: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    both = called.join(truth, on=["session_id", "minute"], how="left").with_columns(
        pl.col("truth").fill_null("nothing"), called=pl.col("cause").cast(pl.String)
    )
    wanted = pl.col("truth").replace_strict(RIGHT, default=None, return_dtype=pl.String)
    there = pl.col("where").is_null() | pl.col("subject").str.contains(
        pl.col("where"), literal=True
    )
    own = pl.col("called").is_in(LINES)
    open_ = pl.col("called") == "undetermined"
    nameless = pl.col("truth").is_in([*NAMELESS, "nothing"])
    # Nobody's fault but the version's: a line of one's own is what it looks like minute by minute.
    fits = pl.when(pl.col("truth") == "client_version").then(own | open_).otherwise(own)
    right = pl.when(nameless).then(fits).otherwise((pl.col("called") == wanted) & there)
    rank = pl.col("truth").replace_strict({name: at for at, name in enumerate(ORDER)})
    return (
        both.with_columns(
            right=right.fill_null(value=False),
            rank=rank,
            injected=pl.col("truth").is_in(list(RIGHT)),
        )
        .with_columns(
            injected=pl.col("injected").any().over("session_id", "minute"),
            many=pl.len().over("session_id", "minute"),
        )
        .sort("session_id", "minute", "right", "rank", descending=[False, False, True, False])
        .unique(["session_id", "minute"], keep="first", maintain_order=True)
        .with_columns(called=pl.when(own).then(pl.lit("participant")).otherwise("called"))
        .select("session_id", "truth", "called", "right", "injected", "many")
    )


def _with_size(
    compared: pl.DataFrame, sessions: pl.DataFrame, scores: pl.DataFrame
) -> pl.DataFrame:
    """With the number of classified people in the meeting."""
    classified = scores.filter(pl.col("net_band") != "Unscored").select("session_id")
    people = sessions.join(classified, on="session_id").group_by("meeting_uuid")
    people = people.agg(people=pl.col("person_key").n_unique())
    where = sessions.select("session_id", "meeting_uuid")
    sized = compared.join(where, on="session_id").join(people, on="meeting_uuid", how="left")
    return sized.with_columns(pl.col("people").fill_null(0))


def text_of(weeks: pl.DataFrame, quiet: pl.DataFrame, seeds: range) -> str:
    """The section, in Markdown."""
    large, small = (weeks.filter(pl.col("people") >= 3), weeks.filter(pl.col("people") < 3))
    injected = large.filter("injected")
    network = injected.filter(pl.col("truth") != "overloaded_laptops")
    named = small.filter(~pl.col("called").is_in(["device", "undetermined"])).height
    beyond = quiet.filter(pl.col("called").is_in(SHARED)).height
    both = injected.filter(pl.col("many") > 1).height
    lines = [
        f"Seeds {seeds[0]}–{seeds[-1]}, one week each of {meetings_range(seeds)} meetings: "
        f"{weeks.height:,} poor minutes. Meetings of three or more classified people:",
        "",
        *_table(large),
        "",
        "| measure | found | target |",
        "|---|---|---|",
        f"| minutes of an injected cause, right | {_pct(_right(injected), injected)} | ≥ 80 % |",
        f"| … wrong | {_pct(_wrong(injected), injected)} | ≤ 5 % |",
        f"| the same without device faults, right | {_pct(_right(network), network)} | |",
        f"| … wrong | {_pct(_wrong(network), network)} | |",
        "| `client_version`, called a person's own line or undetermined | "
        f"{_of(large, 'client_version')} | |",
        f"| a person's own bad line or moment, called so | {_of(large, NOISE)} | |",
        "| fewer than three classified people: named anything but a device fault | "
        f"{named} of {small.height:,} minutes | 0 |",
        "| weeks without injected cause: share of all poor minutes given a cause beyond the "
        f"participant | {_pct(beyond, quiet)} | ≤ 1 % |",
        "",
        f"{both:,} of the {injected.height:,} injected minutes were touched by more than one cause "
        "(a person's own bad line counts as one); they are right if any of them is named, and "
        "stand in the row of the one that was.",
    ]
    return "\n".join(lines)


def meetings_range(seeds: Iterable[int]) -> str:
    sizes = [meetings_of(seed) for seed in seeds]
    return f"{min(sizes)}–{max(sizes)}"


def _table(minutes: pl.DataFrame) -> list[str]:
    heads = " | ".join(name.replace("_", " ") for name in CALLED)
    lines = [
        f"| cause ↓ called → | minutes | {heads} |",
        "|---" + "|---:" * (len(CALLED) + 1) + "|",
    ]
    counted = minutes.group_by("truth", "called").len()
    counts = {(truth, called): n for truth, called, n in counted.iter_rows()}
    for truth in ORDER:
        row = [counts.get((truth, called), 0) for called in CALLED]
        if total := sum(row):
            cells = " | ".join(f"{n:,} ({100 * n / total:.1f} %)" if n else "" for n in row)
            lines.append(f"| {truth} | {total:,} | {cells} |")
    return lines


def _right(minutes: pl.DataFrame) -> int:
    return minutes.filter("right").height


def _wrong(minutes: pl.DataFrame) -> int:
    return minutes.filter(~pl.col("right") & (pl.col("called") != "undetermined")).height


def _pct(part: int, whole: pl.DataFrame) -> str:
    return f"{100 * part / max(1, whole.height):.1f} % ({part:,} of {whole.height:,})"


def _of(minutes: pl.DataFrame, truth: str) -> str:
    mine = minutes.filter(pl.col("truth") == truth, ~pl.col("injected"))
    return _pct(_right(mine), mine)


def main(first: int, last: int) -> None:
    seeds = range(first, last + 1)
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        weeks = [workers.submit(minutes_of, seed, quiet=False) for seed in seeds]
        quiet = [workers.submit(minutes_of, seed, quiet=True) for seed in seeds]
        both = (pl.concat(one.result() for one in many) for many in (weeks, quiet))
        text = text_of(*both, seeds)
    print(text)
    if (first, last) == PUBLISHED:
        head, _, rest = DOC.read_text("utf-8").partition(BEGIN)
        _, _, tail = rest.partition(END)
        DOC.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:]) if len(sys.argv) > 1 else PUBLISHED))
