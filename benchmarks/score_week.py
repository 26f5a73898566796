"""Scoring a week of two million participant-minutes: qosreport against vectorised pandas.

    .venv/bin/python benchmarks/score_week.py [--folder DIR] [--minutes N] [--files N] [--rounds N]

Makes the week (long layout, six streams a minute, whole meetings to a file) if DIR has none, checks
that both give the same four tables, then runs them in turn, each in a process of its own. pandas is
run twice: with the week in one frame, as one uses it, and file by file, which is our own way of
keeping memory small and favours it. Of each piece the least CPU (user and system) of all rounds
counts, so that what else runs on the machine counts little. Needs pandas, and pyarrow for pandas to
read with its own reader; without pyarrow, polars reads for it.
"""

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from qosreport.scoring.engine import score_part
from qosreport.scoring.loading import load_policy
from qosreport.tables import DEVICES, MEETINGS, SESSIONS, STREAMS, SUMMARIES

START = np.datetime64("2026-11-09T08:00", "us")
POLICY = "zoom-network-quality"
TARGET = 0.5
WEEK_AT_ONCE = "pandas, week in one frame"
SIDES = ("qosreport", WEEK_AT_ONCE, "pandas, file by file")


@dataclass(frozen=True)
class FilePart:
    """One file of each table."""

    folder: Path
    number: int

    def scan(self, table: str) -> pl.LazyFrame:
        if table == "summaries":
            return SUMMARIES.empty().lazy()
        return pl.scan_parquet(self.folder / f"{table}-{self.number}.parquet")


def make_week(folder: Path, files: int, minutes: int) -> None:
    """Files of whole meetings; 6 % of sessions are bad a third of the time, 1 % of minutes else."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for number in range(files):
        keys, sessions = make_sessions(rng, number, minutes)
        streams = STREAMS.conform(make_streams(rng, keys, len(sessions)))
        streams = streams.sort("session_id", "sampled_at", "medium", "flow")
        streams.write_parquet(folder / f"streams-{number}.parquet", compression="zstd")
        devices = DEVICES.conform(make_devices(rng, keys, len(sessions)))
        devices.write_parquet(folder / f"devices-{number}.parquet", compression="zstd")
        SESSIONS.conform(sessions).write_parquet(folder / f"sessions-{number}.parquet")
        meetings = sessions.select("meeting_uuid").unique(maintain_order=True).with_columns(
            kind=pl.lit("meeting"),
            pulled_at=pl.lit(dt.datetime(2026, 11, 16, tzinfo=dt.UTC)),
            completeness=pl.lit("complete"),
        )  # fmt: skip
        MEETINGS.conform(meetings).write_parquet(folder / f"meetings-{number}.parquet")


def make_sessions(
    rng: np.random.Generator, number: int, minutes: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per session and minute, and one row per session."""
    meeting, length, start = [], [], []
    while sum(length) < minutes:
        size = min(60, 1 + int(rng.geometric(0.11)))
        planned = int(np.clip(rng.lognormal(3.6, 0.5), 3, 180))
        begin = int(rng.integers(0, 5)) * 1440 + int(rng.integers(0, 540))
        this = (meeting[-1] + 1) if meeting else 0
        for _ in range(size):
            meeting.append(this)
            length.append(max(1, planned - int(rng.integers(0, 4))))
            start.append(begin + int(rng.integers(0, 3)))
    many = len(length)
    joined = START + np.array(start) * np.timedelta64(1, "m")
    sessions = pl.DataFrame(
        {
            "session_id": rng.integers(-(2**63), 2**63 - 1, many, dtype=np.int64),
            "meeting_uuid": [f"{number:02d}{m:06d}meetingAAAAAAA==" for m in meeting],
            "user_id": [str(16778240 + i) for i in range(many)],
            "join_time": joined,
            "has_qos": True,
        }
    ).with_columns(pl.col("join_time").dt.replace_time_zone("UTC"), person_key=pl.col("user_id"))
    index = np.repeat(np.arange(many), length)
    offset = np.arange(len(index)) - np.repeat(np.cumsum(length) - length, length)
    sampled = joined[index] + offset * np.timedelta64(1, "m")
    keys = sessions.select("session_id", "meeting_uuid", "user_id", "join_time")[index]
    stamps = pl.Series("sampled_at", sampled).dt.replace_time_zone("UTC")
    return keys.with_columns(stamps, index=pl.Series(index)), sessions


def make_streams(rng: np.random.Generator, keys: pl.DataFrame, sessions: int) -> pl.DataFrame:
    n, index = keys.height, keys["index"].to_numpy()
    bad = (rng.random(sessions) < 0.06)[index]
    burst = rng.random(n) < np.where(bad, 0.35, 0.01)
    base = rng.lognormal(4.0, 0.5, sessions)[index]
    usual = {"audio": (55, 15), "video": (800, 250), "share": (150, 60)}
    frames = []
    for medium in ("audio", "video", "share"):
        for flow in ("input", "output"):
            idle = rng.random(n) < (0.2 if (medium, flow) == ("audio", "input") else 0.02)
            loss = np.where(rng.random(n) < 0.7, 0, rng.gamma(0.6, 0.4, n))
            loss = np.where(burst, rng.gamma(1.2, 6, n), loss).clip(0, 100).round(1)
            odd = pl.Series(rng.random(n))
            rate = np.where(idle, 2 if medium == "audio" else 0, rng.normal(*usual[medium], n))
            latency = base * (1 + 0.15 * rng.standard_normal(n)) * np.where(burst, 2, 1)
            frame = keys.drop("index").with_columns(
                medium=pl.lit(medium),
                flow=pl.lit(flow),
                leg=pl.lit("client"),
                bitrate_kbps=pl.Series(rate.clip(0).round(0)),
                latency_ms=pl.Series(latency.clip(1).round(0)),
                jitter_ms=pl.Series((rng.lognormal(1.8, 0.7, n) * np.where(burst, 6, 1)).round(0)),
                avg_loss_pct=pl.Series(loss),
                max_loss_pct=pl.Series((loss * rng.uniform(1, 4, n)).clip(0, 100).round(1)),
            )
            if medium != "audio":
                slow = np.where(rng.random(n) < 0.02, 0.2, 1)
                frame = frame.with_columns(
                    height_px=pl.Series(np.where(rng.random(n) < 0.6, 720, 180)),
                    frame_rate_fps=pl.Series((rng.normal(24, 4, n) * slow).clip(0, 30).round(0)),
                )
            frames.append(STREAMS.conform(frame.with_columns(odd_values(odd))))
    return pl.concat(frames)


def odd_values(odd: pl.Series) -> list[pl.Expr]:
    """Zeros, blanks and the impossible, here and there."""
    latency = pl.when(odd < 0.002).then(0.0).when(odd < 0.003).then(None)
    return [
        latency.when(odd < 0.0035).then(20000.0).otherwise("latency_ms").alias("latency_ms"),
        pl.when(odd > 0.998).then(None).otherwise("max_loss_pct").alias("max_loss_pct"),
        pl.when((odd > 0.5) & (odd < 0.5005))
        .then(101.0)
        .otherwise("avg_loss_pct")
        .alias("avg_loss_pct"),
    ]


def make_devices(rng: np.random.Generator, keys: pl.DataFrame, sessions: int) -> pl.DataFrame:
    usual = (rng.beta(2, 4, sessions) * 100)[keys["index"].to_numpy()]
    system = (usual + rng.normal(0, 12, keys.height)).clip(0, 100).round(0)
    return keys.drop("index").with_columns(
        system_cpu_max_pct=pl.Series(system), zoom_cpu_avg_pct=pl.Series((system * 0.7).round(0))
    )


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def edges() -> dict[tuple[str, str, str], tuple[float, str]]:
    policy = load_policy(POLICY)
    found = {
        (t.medium, t.component, t.measure): (t.value, t.source)
        for t in policy.thresholds()
        if t.band == "Poor"
    }
    elevated = policy.threshold("device", "system_cpu_max_pct", band="Fair")
    found["device", "elevated", "elevated"] = (elevated.value, elevated.source)
    return found


def score_pieces(side: str, folder: Path, numbers: list[int]):
    if side == "qosreport":
        return score_part(FilePart(folder, numbers[0]), load_policy(POLICY))
    import baselines_score

    return baselines_score.score_files(folder, numbers, load_policy(POLICY).tree, edges())


def pieces(side: str, files: int) -> list[list[int]]:
    """What one side scores at a time."""
    return [list(range(files))] if side == WEEK_AT_ONCE else [[n] for n in range(files)]


def worker(side: str, folder: Path, files: int) -> None:
    """Score everything once after a warm-up; print CPU seconds of each piece and peak memory."""
    score_pieces(side, folder, [0])
    seconds = []
    for numbers in pieces(side, files):
        before = cpu_seconds()
        score_pieces(side, folder, numbers)
        seconds.append(cpu_seconds() - before)
    print(json.dumps({"cpu_s": seconds, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Most memory this program held; unlike ru_maxrss it leaves out what started it."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def check_equal(folder: Path, number: int) -> None:
    """Both sides give the same tables of one file."""
    ours = score_pieces("qosreport", folder, [number])
    theirs = score_pieces("pandas", folder, [number])
    for name, frame in ours.items():
        other = as_polars(theirs[name], frame)
        assert_frame_equal(comparable(frame), comparable(other), abs_tol=2e-6, rel_tol=1e-9)
        print(f"  {name}: {frame.height} rows, {frame.width} columns, equal")


def as_polars(frame, like: pl.DataFrame) -> pl.DataFrame:
    """A pandas frame with the columns, order and types of ours."""
    columns = {}
    for name, dtype in like.schema.items():
        if name not in frame.columns:
            values = [None] * len(frame)
        else:
            column = frame[name].astype(object)
            values = [None if missing(v) else plain(v) for v in column]
        columns[name] = pl.Series(name, values, strict=False, dtype=plain_type(dtype))
    return pl.DataFrame(columns)


def missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def plain(value):
    return [v.astype("int64").item() for v in value] if isinstance(value, np.ndarray) else value


def plain_type(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.Enum):
        return pl.String
    return pl.List(pl.Int64) if dtype == pl.List(pl.Datetime("us", "UTC")) else dtype


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Plain types, nulls for counts of nothing, sorted."""
    frame = frame.with_columns(
        pl.col(name).cast(plain_type(dtype)) if isinstance(dtype, pl.Enum)
        else pl.col(name).list.eval(pl.element().to_physical())
        if dtype == pl.List(pl.Datetime("us", "UTC"))
        else pl.col(name).cast(pl.Datetime("us", "UTC")) if dtype == pl.Datetime else pl.col(name)
        for name, dtype in frame.schema.items()
    )  # fmt: skip
    if "basis" in frame.columns:
        frame = frame.drop("basis")
    if "medium" in frame.columns:
        frame = frame.with_columns(pl.col("medium").replace("device", None))
    ids = ("session_id", "minute", "code", "medium", "direction", "component", "meeting_uuid")
    return frame.sort([k for k in ids if k in frame.columns], nulls_last=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "qos-week")
    arguments.add_argument("--files", type=int, default=8)
    arguments.add_argument("--minutes", type=int, default=250_000, help="of each file")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.side:
        worker(given.side, given.folder, given.files)
        return
    if not (given.folder / f"meetings-{given.files - 1}.parquet").exists():
        make_week(given.folder, given.files, given.minutes)
    check_equal(given.folder, 0)
    least = {side: [float("inf")] * len(pieces(side, given.files)) for side in SIDES}
    peak = dict.fromkeys(SIDES, 0.0)
    for _ in range(given.rounds):
        for side in SIDES:
            answer = run_worker(side, given.folder, given.files)
            least[side] = [min(a, b) for a, b in zip(least[side], answer["cpu_s"], strict=True)]
            peak[side] = max(peak[side], answer["peak_mb"])
    for side in SIDES:
        ratio = sum(least["qosreport"]) / sum(least[side])
        print(f"{side:26} {sum(least[side]):6.2f} CPU s, peak {peak[side]:5.0f} MB, {ratio:.2f}x")
    print(f"target: at most {TARGET}x of pandas")


def run_worker(side: str, folder: Path, files: int) -> dict:
    command = [sys.executable, __file__, "--side", side, "--folder", folder, "--files", str(files)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
