"""Our bands beside Zoom's labels, our scores beside people's ratings."""

import itertools
import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import tables
from qosreport.diagnosis import agreement
from qosreport.scoring import load_policy
from tests.unit.diagnosis.frames import joined, minute, rows_of, score, session

POLICY = load_policy("zoom-network-quality")
BANDS = list(agreement.BANDS)


def pairs(*rows):
    """Of (meeting, ours, zoom)."""
    schema = {"meeting_uuid": pl.String, "ours": tables.BAND, "zoom": tables.BAND}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def minutes_of(number, audio=(), video=()):
    longest = max(len(audio), len(video))
    return [
        {
            "session_id": number,
            "minute": minute(i),
            "audio_score": audio[i] if i < len(audio) else None,
            "video_score": video[i] if i < len(video) else None,
            "band": "Good",
        }
        for i in range(longest)
    ]


def bands(sessions, minutes):
    return agreement.medium_bands(
        rows_of(tables.MINUTE_SCORES, minutes).lazy(), rows_of(tables.SESSIONS, sessions), POLICY
    )


def labelled(number, **labels):
    return session(number, **{f"zoom_{medium}_quality": word for medium, word in labels.items()})


@pytest.mark.parametrize(
    ("scores", "band"),
    [
        ([4.4] * 20, "Good"),
        ([4.4] * 19 + [2.5], "Fair"),
        ([4.4] * 16 + [2.5] * 4, "Poor"),
        ([4.4] * 10 + [2.5] * 10, "Bad"),
        ([3.6] * 20, "Fair"),
        ([1.5] * 4, "Bad"),
    ],
)
def test_a_medium_is_judged_by_the_participants_rule(scores, band):
    found = bands([labelled(1, audio="good")], minutes_of(1, scores))
    row = found.row(0, named=True)
    assert (row["medium"], row["ours"], row["zoom"]) == ("audio", band, "Good")
    assert row["scored_minutes"] == len(scores)


def test_only_media_with_label_and_score_are_compared():
    found = bands(
        [labelled(1, audio="bad", video="good", share="good"), labelled(2, video="fair")],
        [*minutes_of(1, [4.4] * 5), *minutes_of(2, [4.4] * 5)],
    )
    assert found.select("session_id", "medium", "zoom").rows() == [(1, "audio", "Bad")]


def test_words_that_are_no_band_are_no_label():
    assert bands([labelled(1, audio="unknown")], minutes_of(1, [4.4] * 5)).is_empty()
    assert bands([labelled(1)], minutes_of(1, [4.4] * 5)).is_empty()


def test_too_few_minutes_are_no_band():
    assert bands([labelled(1, audio="good")], minutes_of(1, [4.4] * 2)).is_empty()


def test_the_table_counts_ours_by_row_and_zooms_by_column():
    found = agreement.table_of(
        pairs(("m", "Good", "Good"), ("m", "Good", "Bad"), ("n", "Good", "Bad"))
    )
    assert found[0] == [1, 0, 0, 2]
    assert sum(map(sum, found)) == 3


def test_kappa_is_one_for_agreement_and_minus_one_for_reversal():
    same = pairs(*[(f"m{i}", band, band) for i in range(6) for band in BANDS])
    assert agreement.kappa(same, confidence=0.95).value == pytest.approx(1)
    turned = pairs(*[(f"m{i}", a, b) for i in range(6) for a, b in zip(BANDS, BANDS[::-1],
                                                                         strict=True)])  # fmt: skip
    assert agreement.kappa(turned, confidence=0.95).value == pytest.approx(-1)


def test_kappa_of_a_known_table():
    """Worked by hand: disagreement 1 of 9 twice in ten; by chance 0.5 * 0.5 * 1/9 * 2."""
    rows = [("Good", "Good")] * 4 + [("Fair", "Fair")] * 4 + [("Good", "Fair"), ("Fair", "Good")]
    found = agreement.kappa(pairs(*[(f"m{i}", *row) for i, row in enumerate(rows)]),
                            confidence=0.95)  # fmt: skip
    assert found.value == pytest.approx(1 - (0.2 / 9) / (0.5 / 9))
    assert found.low < found.value < found.high


def test_kappa_cannot_be_told_where_all_is_one_band():
    assert agreement.kappa(pairs(("m", "Good", "Good")), confidence=0.95) == agreement.NOTHING
    assert agreement.kappa(pairs(), confidence=0.95) == agreement.NOTHING


def test_kappas_interval_is_that_of_the_jackknife():
    rng = random.Random(5)
    rows = []
    for m in range(60):
        for _ in range(5):
            ours = rng.choices(range(4), [6, 2, 1, 1])[0]
            zoom = min(3, max(0, ours + rng.choice([-1, 0, 0, 0, 1])))
            rows.append((f"m{m:02}", BANDS[ours], BANDS[zoom]))
    found = agreement.kappa(pairs(*rows), confidence=0.95)
    left_out = [
        agreement.kappa(pairs(*[r for r in rows if r[0] != f"m{m:02}"]), confidence=0.95).value
        for m in range(60)
    ]
    mean = sum(left_out) / 60
    jackknife = (59 / 60 * sum((v - mean) ** 2 for v in left_out)) ** 0.5
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * jackknife, rel=0.1)


def ratings_frame(*rows):
    schema = {"meeting_uuid": pl.String, "score": pl.Float64, "good": pl.Boolean}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from([1.0, 2.0, 3.0, 4.0]), st.booleans()),
        min_size=2,
        max_size=30,
    )
)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    good = [s for _, s, g in rows if g]
    bad = [s for _, s, g in rows if not g]
    found = agreement.auc(ratings_frame(*[(f"m{m}", s, g) for m, s, g in rows]), confidence=0.95)
    if not good or not bad:
        assert found == agreement.NOTHING
        return
    wins = sum((a > b) + (a == b) / 2 for a, b in itertools.product(good, bad))
    assert found.value == pytest.approx(wins / (len(good) * len(bad)))
    if found.low is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_aucs_standard_error_is_delongs_where_everybody_rates_alone():
    good, bad = [4.0, 3.0, 4.4, 2.0], [1.0, 3.0, 2.5]
    rows = [(f"g{i}", s, True) for i, s in enumerate(good)]
    rows += [(f"b{i}", s, False) for i, s in enumerate(bad)]
    found = agreement.auc(ratings_frame(*rows), confidence=0.95)
    v10 = [sum((g > b) + (g == b) / 2 for b in bad) / 3 for g in good]
    v01 = [sum((g > b) + (g == b) / 2 for g in good) / 4 for b in bad]
    spread = sum((v - found.value) ** 2 for v in v10) / 16
    spread += sum((v - found.value) ** 2 for v in v01) / 9
    assert found.value - found.low == pytest.approx(1.959964 * (7 / 6 * spread) ** 0.5, rel=1e-5)


def test_a_rating_finds_its_person_by_account_or_address():
    frame = joined(
        [
            session(1, person="id-1"),
            session(2, person="id-1", join=minute(20)),
            session(3, person="bea@example.org", email="bea@example.org"),
        ],
        [score(1, pooled_score=4.1), score(2, pooled_score=2.2), score(3, pooled_score=3.3)],
    )
    ratings = rows_of(
        tables.RATINGS,
        [
            {"meeting_uuid": "m1", "account_user_id": "id-1", "rating": "not_good"},
            {"meeting_uuid": "m1", "account_user_id": "id-9", "email": "bea@example.org",
             "rating": "good"},
            {"meeting_uuid": "m1", "account_user_id": "nobody", "rating": "good"},
        ],
    )  # fmt: skip
    found = agreement.rated(ratings, frame)
    assert found.select("person_key", "good", "score").rows() == [
        ("bea@example.org", True, 3.3),
        ("id-1", False, 2.2),
        (None, True, None),
    ]


def test_disagreements_are_those_two_bands_apart():
    found = agreement.disagreements(
        bands(
            [labelled(1, audio="bad"), labelled(2, audio="fair"), labelled(3, audio="poor")],
            [row for n in (1, 2, 3) for row in minutes_of(n, [4.4] * (5 + n))],
        )
    )
    assert found.select("session_id", "apart").rows() == [(1, 3), (3, 2)]
