"""What must hold of every input, not only of those somebody thought of."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qosreport.scoring import (
    cpu_flags,
    list_policies,
    score_flags,
    score_meetings,
    score_minutes,
    score_part,
    score_participants,
    score_streams,
)
from qosreport.scoring.names import MEASURE_OF
from qosreport.scoring.rounding import band_name, round_score
from qosreport.tables import BANDS, SCORED
from tests.unit.scoring.support import CLEAN, at, default, devices, minutes, part, streams

settings.register_profile(
    "plans", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("plans")

RANGES = {
    "bitrate_kbps": (5.0, 4000.0),
    "latency_ms": (0.0, 10000.0),
    "jitter_ms": (0.0, 5000.0),
    "avg_loss_pct": (0.0, 100.0),
    "max_loss_pct": (0.0, 100.0),
    "frame_rate_fps": (0.0, 120.0),
}
WORSE_IF_MORE = ("latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct")
POLICIES = {policy.name: policy for policy in list_policies()}


def usual_or_any(name: str) -> st.SearchStrategy[float]:
    """Values near the anchors as often as anywhere else."""
    low, high = RANGES[name]
    near = st.integers(0, 400).map(lambda i: min(high, low + i / 4))
    return near | st.floats(low, high, allow_nan=False)


MEASURED = st.fixed_dictionaries(
    {
        "medium": st.sampled_from(["audio", "video", "share"]),
        "flow": st.sampled_from(["input", "output"]),
        "leg": st.sampled_from(["client", "client", "crc_from", "crc_to", "rwg_from", "rwg_to"]),
        "height_px": st.sampled_from([None, 180, 360, 720]),
        **{name: usual_or_any(name) for name in RANGES},
    }
)
ODD = st.sampled_from([None, 0.0, -1.0, 100.5, 1e9, float("nan"), float("inf"), float("-inf")])
ANYTHING = st.fixed_dictionaries(
    {
        "medium": st.sampled_from(["audio", "video", "share"]),
        "flow": st.sampled_from(["input", "output"]),
        "leg": st.sampled_from(["client", "crc_from", "rwg_to"]),
        "height_px": st.sampled_from([None, 0, 180, 720]),
        **{name: usual_or_any(name) | ODD for name in RANGES},
    }
)
PLACES = st.fixed_dictionaries({"session_id": st.integers(1, 4), "minute": st.integers(0, 7)})


@st.composite
def some_meetings(draw) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Streams and devices of up to four sessions in two meetings."""
    rows = [{**draw(ANYTHING), **draw(PLACES)} for _ in range(draw(st.integers(1, 40)))]
    load = st.none() | st.floats(0, 110)
    pressure = st.sampled_from([None, "normal", "serious", "critical"])
    used = [
        {**draw(PLACES), "system": draw(load), "zoom": draw(load), "pressure": draw(pressure)}
        for _ in range(draw(st.integers(0, 12)))
    ]
    known = {row["session_id"] for row in rows}
    for row in (*rows, *used):
        row["meeting_uuid"] = "even" if row["session_id"] % 2 == 0 else "odd"
    return streams(*rows), devices(*(row for row in used if row["session_id"] in known))


def scored(frame: pl.DataFrame, policy=None) -> pl.DataFrame:
    return score_streams(frame, policy or default()).collect()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("measure", [*WORSE_IF_MORE, "frame_rate_fps"])
@given(rows=st.lists(st.tuples(MEASURED, st.floats(0, 1)), min_size=1, max_size=60))
def test_a_worse_measure_never_scores_better(policy, measure, rows) -> None:
    low, high = RANGES[measure]
    better, worse = [], []
    for row, step in rows:
        end = high if measure in WORSE_IF_MORE else low
        better.append(row)
        worse.append(row | {measure: row[measure] + step * (end - row[measure])})
    before, after = (scored(streams(*r), POLICIES[policy]) for r in (better, worse))
    for score in ("score", "net_score"):
        pairs = pl.DataFrame({"a": before[score], "b": after[score]}).drop_nulls()
        assert (pairs["b"] <= pairs["a"]).all()
        assert before[score].is_null().equals(after[score].is_null())


@given(rows=st.lists(ANYTHING, min_size=1, max_size=60))
def test_band_and_printed_score_never_disagree(rows) -> None:
    found = scored(streams(*rows))
    for score, band in found.select("score", "band").iter_rows():
        assert band == band_name(score, default())
        assert score is None or (score == round_score(score) and 1 <= score <= 4.5)
    assert (found["net_score"] >= found["score"]).all()


@given(rows=st.lists(ANYTHING, min_size=1, max_size=60), gone=st.data())
def test_nothing_measured_never_gives_a_band(rows, gone) -> None:
    blank = dict.fromkeys(RANGES)
    without_loss = [row | {"avg_loss_pct": None} for row in rows]
    blanks = [row | blank for row in rows]
    for frame in (streams(*without_loss), streams(*blanks)):
        found = scored(frame)
        assert found["score"].is_null().all()
        assert found["net_score"].is_null().all()
        assert (found["band"] == "Unscored").all()
    assert (scored(streams(*blanks))["limiting"] == "inactive").all()


@given(rows=st.lists(ANYTHING, min_size=1, max_size=60))
def test_the_limiting_component_scores_what_the_stream_scores(rows) -> None:
    for row in scored(streams(*rows)).iter_rows(named=True):
        if row["score"] is None:
            assert not [k for k in MEASURE_OF if row[f"{k}_score"] is not None]
        else:
            assert round_score(row[f"{row['limiting']}_score"]) == row["score"]


@given(rows=st.lists(ANYTHING, min_size=1, max_size=60))
def test_rows_stay_in_their_order_and_keep_what_they_came_with(rows) -> None:
    frame = streams(*rows).with_columns(extra=pl.int_range(pl.len()))
    found = scored(frame)
    kept = [name for name in frame.columns if name not in RANGES]
    assert found.select(kept).equals(frame.select(kept))


@given(given=some_meetings(), shuffle=st.integers(0, 99))
def test_engines_and_row_orders_agree_to_the_last_bit(given, shuffle) -> None:
    stream_rows, device_rows = given
    reference = None
    mixed = stream_rows.sample(fraction=1.0, shuffle=True, seed=shuffle)
    for frame, engine in (
        (stream_rows, "in-memory"),
        (stream_rows, "streaming"),
        (mixed, "streaming"),
    ):
        found = everything(frame, device_rows, engine)
        reference = reference or found
        for name, table in found.items():
            assert table.equals(reference[name]), name


def everything(frame: pl.DataFrame, used: pl.DataFrame, engine: str) -> dict[str, pl.DataFrame]:
    policy = default()
    scores = score_streams(frame, policy)
    minute_scores = score_minutes(scores, policy, used)
    cpu = cpu_flags(used, policy, minute_scores)
    people = score_participants(minute_scores, policy, cpu)
    place = frame.lazy().select("session_id", "meeting_uuid").unique()
    whole = score_meetings(people.join(place, on="session_id"), policy, minute_scores)
    plans = {
        "minutes": minute_scores,
        "cpu": cpu,
        "people": people,
        "meetings": whole,
        "flags": score_flags(scores, used, policy),
    }
    return {name: plan.collect(engine=engine) for name, plan in plans.items()}


@given(given=some_meetings(), shuffle=st.integers(0, 99))
def test_how_meetings_are_split_over_parts_does_not_matter(given, shuffle) -> None:
    stream_rows, device_rows = given
    whole = score_part(part(stream_rows, device_rows), default())
    mixed = stream_rows.sample(fraction=1.0, shuffle=True, seed=shuffle)
    pieces = [
        score_part(part(*(f.filter(meeting_uuid=uuid) for f in (mixed, device_rows))), default())
        for uuid in stream_rows["meeting_uuid"].unique()
    ]
    for name, table in SCORED.items():
        together = pl.concat(piece[name] for piece in pieces)
        assert together.sort(table.key, nulls_last=True).equals(whole[name]), name


@given(given=some_meetings())
def test_a_part_scores_as_the_public_functions_do(given) -> None:
    stream_rows, device_rows = given
    tables = score_part(part(stream_rows, device_rows), default())
    public = everything(stream_rows, device_rows, "in-memory")
    for name, other in (
        ("minute_scores", "minutes"),
        ("participant_scores", "people"),
        ("meeting_scores", "meetings"),
        ("flags", "flags"),
    ):
        common = [c for c in tables[name].columns if c in public[other].columns]
        key = [k for k in SCORED[name].key if k in common]
        ours, theirs = (
            frame.select(common).sort(key, nulls_last=True)
            for frame in (tables[name], public[other])
        )
        cpu = [c for c in common if "cpu" in c]  # without a device row, null there and 0 here
        assert ours.drop(cpu).equals(theirs.drop(cpu)), name


SCORES = st.lists(st.none() | st.integers(100, 441).map(lambda c: c / 100), min_size=1, max_size=30)


@given(scores=SCORES, data=st.data())
def test_worse_minutes_never_make_a_participant_better(scores, data) -> None:
    drop = data.draw(
        st.lists(st.integers(0, 300), min_size=len(scores), max_size=len(scores)), label="drop"
    )
    lower = [
        None if s is None else max(1.0, round(s - d / 100, 2))
        for s, d in zip(scores, drop, strict=True)
    ]
    before, after = (
        score_participants(minutes(*s), default()).collect().row(0, named=True)
        for s in (scores, lower)
    )
    assert BANDS.index(after["band"]) >= BANDS.index(before["band"])
    for name in ("mean_score", "p10_score", "pooled_score", "worst_window_score"):
        assert before[name] is None or after[name] <= before[name]
    for name in ("poor_minutes", "longest_poor_run_min"):
        assert after[name] >= before[name]
    assert after["scored_minutes"] == before["scored_minutes"]
    assert set(before["reasons"]) <= set(after["reasons"])


VERDICT = st.tuples(st.integers(0, 3), st.integers(100, 441), st.integers(3, 60))


@given(people=st.lists(VERDICT, min_size=1, max_size=12), worse=st.data())
def test_worse_participants_never_make_a_meeting_better(people, worse) -> None:
    which = worse.draw(st.integers(0, len(people) - 1), label="who")
    band, pooled, scored_minutes = people[which]
    lower = list(people)
    lower[which] = (
        worse.draw(st.integers(band, 3), label="band"),
        worse.draw(st.integers(100, pooled), label="pooled"),
        scored_minutes,
    )
    before, after = (meeting_of(group) for group in (people, lower))
    assert BANDS.index(after["band"]) >= BANDS.index(before["band"])
    assert after["affected"] >= before["affected"]
    assert after["score"] <= before["score"]


def meeting_of(people: list[tuple[int, int, int]]) -> dict:
    frame = pl.DataFrame(
        {
            "meeting_uuid": "m",
            "band": [BANDS[band] for band, _, _ in people],
            "net_band": "Good",
            "pooled_score": [pooled / 100 for _, pooled, _ in people],
            "scored_minutes": [n for _, _, n in people],
            "poor_minutes": [n if band >= 2 else 0 for band, _, n in people],
        }
    ).with_columns(pl.col("band", "net_band").cast(pl.Enum(BANDS)))
    return score_meetings(frame, default()).collect().row(0, named=True)


@given(
    scores=st.lists(
        st.tuples(st.integers(0, 40), st.integers(100, 450)), min_size=1, max_size=30,
        unique_by=lambda pair: pair[0],
    ),
    shuffle=st.randoms(use_true_random=False),
)  # fmt: skip
def test_windows_runs_and_percentiles_are_what_a_loop_finds(scores, shuffle) -> None:
    shuffle.shuffle(scores)
    stamps, cents = zip(*scores, strict=True)
    frame = minutes(*(c / 100 for c in cents), minute=[at(m) for m in stamps])
    found = score_participants(frame, default()).collect().row(0, named=True)
    ordered = sorted(scores)
    windows = [[c for m, c in ordered if start <= m < start + 5] for start, _ in ordered]
    means = [sum(w) / len(w) / 100 for w in windows if len(w) >= 3]
    run = longest = 0
    previous = None
    for minute, c in ordered:
        run = run + 1 if c < 300 and previous == minute - 1 and run else int(c < 300)
        longest, previous = max(longest, run), minute
    worst = found["worst_window_score"]
    assert (worst is None) if not means else worst == pytest.approx(min(means), abs=1e-6)
    assert found["longest_poor_run_min"] == longest
    assert found["p10_score"] == sorted(cents)[(len(cents) - 1) // 10] / 100
    assert found["mean_score"] == pytest.approx(sum(cents) / len(cents) / 100, abs=1e-6)


def test_a_stream_without_trouble_has_no_flag_and_every_poor_one_has() -> None:
    hours = dt.timedelta(hours=3)
    clean = streams(CLEAN, {"minute": hours.total_seconds() / 60})
    poor = streams({"jitter_ms": 150.0})
    assert score_flags(score_streams(clean, default()), None, default()).collect().is_empty()
    assert score_flags(score_streams(poor, default()), None, default()).collect().height == 1
