"""What must hold of every input, not only of those somebody thought of."""

import itertools
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from qosreport.scoring import (
    Policy,
    cpu_flags,
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
from tests.unit.scoring.support import at, default, minutes, streams
from tests.unit.scoring.worlds import POLICIES, RANGES, World, anything, measured, world

WORSE_IF_MORE = ("latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct")
MANY = 3000
every_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)


@pytest.fixture(scope="module")
def odd_streams() -> pl.DataFrame:
    random = Random(2026)
    return streams(*(anything(random) for _ in range(MANY)))


def scored(frame: pl.DataFrame, policy=None) -> pl.DataFrame:
    return score_streams(frame, policy or default()).collect(engine="in-memory")


@every_policy
@pytest.mark.parametrize("measure", [*WORSE_IF_MORE, "frame_rate_fps"])
def test_a_worse_measure_never_scores_better(policy, measure) -> None:
    random = Random(measure)
    end = RANGES[measure][measure in WORSE_IF_MORE]
    better = [measured(random) for _ in range(MANY)]
    steps = [random.choice((1e-9, random.random(), 1.0)) for _ in better]
    worse = [
        row | {measure: row[measure] + step * (end - row[measure])}
        for row, step in zip(better, steps, strict=True)
    ]
    before, after = (scored(streams(*rows), policy) for rows in (better, worse))
    for score in ("score", "net_score"):
        pairs = pl.DataFrame({"a": before[score], "b": after[score]}).drop_nulls()
        assert (pairs["b"] <= pairs["a"]).all()
        assert before[score].is_null().equals(after[score].is_null())
        assert pairs.height > MANY / 4


@every_policy
def test_band_and_printed_score_never_disagree(policy, odd_streams) -> None:
    found = scored(odd_streams, policy)
    for score, band in found.select("score", "band").iter_rows():
        assert band == band_name(score, policy)
        assert score is None or (score == round_score(score) and 1 <= score <= 4.5)
    assert (found["net_score"] >= found["score"]).all()
    assert set(found["band"]) == set(BANDS)


def test_nothing_measured_never_gives_a_band(odd_streams) -> None:
    without_loss = odd_streams.with_columns(avg_loss_pct=pl.lit(None, pl.Float64))
    blanks = odd_streams.with_columns(pl.lit(None, pl.Float64).alias(name) for name in RANGES)
    for found in (scored(without_loss), scored(blanks)):
        assert found["score"].is_null().all()
        assert found["net_score"].is_null().all()
        assert (found["band"] == "Unscored").all()
    assert (scored(blanks)["limiting"] == "inactive").all()


@every_policy
def test_the_limiting_component_scores_what_the_stream_scores(policy, odd_streams) -> None:
    components = [*MEASURE_OF, "emodel"]
    for row in scored(odd_streams, policy).iter_rows(named=True):
        if row["score"] is None:
            assert not [name for name in components if row[f"{name}_score"] is not None]
        else:
            assert round_score(row[f"{row['limiting']}_score"]) == row["score"]


def test_rows_stay_in_their_order_and_keep_what_they_came_with(odd_streams) -> None:
    frame = odd_streams.with_columns(extra=pl.int_range(pl.len()))
    found = scored(frame)
    kept = [name for name in frame.columns if name not in RANGES]
    assert found.select(kept).equals(frame.select(kept))


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_engines_and_row_orders_agree_to_the_last_bit(seed) -> None:
    given = world(seed)
    reference = everything(given, "in-memory")
    for other, engine in (
        (given, "streaming"),
        (given.mixed(seed), "in-memory"),
        (given.mixed(seed + 1), "streaming"),
    ):
        found = everything(other, engine)
        for name, table in found.items():
            assert table.height > 30
            same(table, reference[name])


def everything(given: World, engine: str, policy: Policy | None = None) -> dict[str, pl.DataFrame]:
    """All tables by the public functions, as plans up to the last."""
    policy, used = policy or default(), given.tables["devices"]
    scores = score_streams(given.tables["streams"], policy)
    minute_scores = score_minutes(scores, policy, used)
    cpu = cpu_flags(used, policy, minute_scores)
    people = score_participants(minute_scores, policy, cpu)
    place = given.tables["sessions"].lazy().select("session_id", "meeting_uuid")
    whole = score_meetings(people.join(place, on="session_id"), policy, minute_scores)
    plans = {
        "minute_scores": minute_scores,
        "cpu": cpu,
        "participant_scores": people,
        "meeting_scores": whole,
        "flags": score_flags(scores, used, policy),
    }
    return dict(zip(plans, pl.collect_all(plans.values(), engine=engine), strict=True))


@pytest.mark.parametrize("seed", [3, 4])
def test_how_meetings_are_split_over_parts_does_not_matter(seed) -> None:
    given = world(seed)
    whole = score_part(given.part(), default())
    uuids = given.tables["meetings"]["meeting_uuid"].to_list()
    cuts = [0, 1, 5, 30, len(uuids)]
    pieces = [
        score_part(given.mixed(seed).part(*uuids[start:stop]), default())
        for start, stop in itertools.pairwise(cuts)
    ]
    for name, table in SCORED.items():
        together = pl.concat(piece[name] for piece in pieces)
        same(together.sort(table.key, nulls_last=True), whole[name])


@every_policy
def test_a_part_scores_as_the_public_functions_do(policy) -> None:
    given = world(5).sampled()
    tables = score_part(given.part(), policy)
    public = everything(given, "in-memory", policy)
    for name, table in SCORED.items():
        common = [c for c in tables[name].columns if c in public[name].columns]
        key = [k for k in table.key if k in common]
        ours, theirs = (
            frame.select(common).sort(key, nulls_last=True)
            for frame in (tables[name], public[name])
        )
        same(ours, theirs)


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
