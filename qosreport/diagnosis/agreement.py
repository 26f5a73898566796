"""Whether our bands agree with Zoom's own labels, and our scores with what people said.

Neither is the truth: Zoom does not publish how it labels, and few people rate. Formulas:
docs/scoring.md, "Agreement".
"""

import math
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.rates import z_of
from qosreport.scoring.policy import Policy
from qosreport.tables import BAND

MEDIA = ("audio", "video", "share")
LABELS = {"good": "Good", "fair": "Fair", "poor": "Poor", "bad": "Bad"}
"""Zoom's words, lower case, as bands."""
BANDS = tuple(LABELS.values())
LARGE = 2
"""Bands apart from which on a disagreement is worth a look."""

_CODE = dict(zip(BANDS, range(len(BANDS)), strict=True))
_SLACK = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A statistic with its interval; null where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


def medium_bands(
    minute_scores: pl.LazyFrame, sessions: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Our band of each medium of a connection beside Zoom's label, where both exist.

    Ours is the participant's rule of the policy (share of poor minutes, pooled score) on the scores
    of that medium alone, without the run of poor minutes: the label is of the whole stay.

    Args:
        minute_scores: The table; further sessions are left out.
        sessions: The table, of whole meetings.
        policy: By which they were scored.

    Returns:
        One row per session and medium, sorted: `session_id`, `meeting_uuid`, `person_key`,
        `medium`, `ours`, `zoom` (bands), `poor_minutes` and `scored_minutes` of the medium.
    """
    labels = _labels(sessions)
    if labels.is_empty():
        return labels.with_columns(
            ours=pl.lit(None, BAND), **dict.fromkeys(("poor_minutes", "scored_minutes"), pl.lit(0))
        )
    wanted = labels.select("session_id").unique().lazy()
    minutes = minute_scores.join(wanted, on="session_id", how="semi")
    scores = minutes.select("session_id", *(f"{medium}_score" for medium in MEDIA))
    # In order they are grouped, and each group ranked, at half the price.
    found = (
        scores.sort("session_id", maintain_order=True)
        .collect()
        .group_by("session_id", maintain_order=True)
        .agg(expression for medium in MEDIA for expression in _sums(medium, policy))
    )
    bands = pl.concat([_bands(found, medium, policy) for medium in MEDIA])
    return labels.join(bands, on=["session_id", "medium"]).sort("session_id", "medium")


def _sums(medium: str, policy: Policy) -> list[pl.Expr]:
    """Of the scores of one medium: how many, how many poor, mean and 10th percentile."""
    score = pl.col(f"{medium}_score")
    return [
        score.count().cast(pl.Int64).alias(f"{medium}_n"),
        (score < policy.poor_score).sum().cast(pl.Int64).alias(f"{medium}_poor"),
        score.mean().alias(f"{medium}_mean"),
        score.quantile(0.1, "lower").alias(f"{medium}_low"),
    ]


def _labels(sessions: pl.DataFrame) -> pl.DataFrame:
    """Zoom's labels that are one of its four words."""
    key = ["session_id", "meeting_uuid", "person_key"]
    columns = {f"zoom_{medium}_quality": medium for medium in MEDIA}
    long = sessions.select(*key, *columns).unpivot(index=key, variable_name="medium")
    return (
        long.with_columns(
            pl.col("medium").replace_strict(columns),
            zoom=pl.col("value")
            .cast(pl.String)
            .str.to_lowercase()
            .replace_strict(LABELS, default=None, return_dtype=BAND),
        )
        .drop_nulls("zoom")
        .drop("value")
    )


def _bands(sums: pl.DataFrame, medium: str, policy: Policy) -> pl.DataFrame:
    """The participant's rule on the scores of one medium: session_id, medium, ours, counts."""
    rules = policy.participant
    table = sums.select(
        "session_id",
        scored_minutes=f"{medium}_n",
        poor_minutes=f"{medium}_poor",
        mean=f"{medium}_mean",
        low=f"{medium}_low",
    ).filter(pl.col("scored_minutes") >= rules.min_scored_minutes)
    pooled = (1 - rules.neg_bias) * pl.col("mean") + rules.neg_bias * pl.col("low") + _SLACK

    def is_at_least(share: float, edge: float) -> pl.Expr:
        many = pl.col("poor_minutes") >= share * pl.col("scored_minutes") - _SLACK
        return many | (pooled < edge)

    bad = is_at_least(rules.bad_poor_share, policy.edge("Poor"))
    poor = is_at_least(rules.poor_poor_share, policy.edge("Fair"))
    fair = is_at_least(rules.fair_poor_share, policy.edge("Good"))
    band = (
        pl.when(bad).then(pl.lit("Bad")).when(poor).then(pl.lit("Poor")).when(fair)
        .then(pl.lit("Fair")).otherwise(pl.lit("Good"))
    )  # fmt: skip
    return table.select(
        "session_id",
        "poor_minutes",
        "scored_minutes",
        medium=pl.lit(medium),
        ours=band.cast(BAND),
    )


def table_of(pairs: pl.DataFrame) -> list[list[int]]:
    """How many have which of our bands (rows) and which of Zoom's (columns), Good to Bad."""
    found = _counted(pairs, ["ours", "zoom"])
    counts = {(ours, zoom): n for ours, zoom, n in found.rows()}
    return [[counts.get((ours, zoom), 0) for zoom in BANDS] for ours in BANDS]


def kappa(pairs: pl.DataFrame, *, confidence: float) -> Estimate:
    """Cohen's kappa with quadratic weights, its interval clustered by meeting.

    The standard error is the sum over meetings of what each connection moves kappa by (Fleiss,
    Cohen and Everitt 1969, by cluster). Null where chance leaves nothing to disagree on, or where
    there is one meeting.

    Args:
        pairs: `ours`, `zoom` and `meeting_uuid`; one row per connection.
        confidence: Of the interval, as a share.
    """
    cells = [
        (meeting, _CODE[ours], _CODE[zoom], n)
        for meeting, ours, zoom, n in _counted(pairs, ["meeting_uuid", "ours", "zoom"]).rows()
    ]
    total = sum(n for *_, n in cells)
    if not total:
        return NOTHING
    size = len(BANDS)
    ours, zoom = [0.0] * size, [0.0] * size
    seen = 0.0
    for _, i, j, n in cells:
        ours[i] += n / total
        zoom[j] += n / total
        seen += _weight(i, j) * n / total
    # What somebody with either mark would be expected to disagree by.
    by_ours = [sum(_weight(i, j) * zoom[j] for j in range(size)) for i in range(size)]
    by_zoom = [sum(_weight(i, j) * ours[i] for i in range(size)) for j in range(size)]
    chance = sum(ours[i] * by_ours[i] for i in range(size))
    if chance <= _SLACK:
        return NOTHING
    value = 1 - seen / chance
    pulls: dict[str, float] = {}
    for meeting, i, j, n in cells:
        moves = -(_weight(i, j) - seen) / chance
        moves += seen * (by_ours[i] + by_zoom[j] - 2 * chance) / chance**2
        pulls[meeting] = pulls.get(meeting, 0.0) + n * moves / total
    return _estimate(value, list(pulls.values()), confidence, least=-1.0)


def _weight(i: int, j: int) -> float:
    """Disagreement, which grows with the square of the distance."""
    return float((i - j) ** 2) / (len(BANDS) - 1) ** 2


def auc(rated: pl.DataFrame, *, confidence: float) -> Estimate:
    """How often a connection rated good has a higher score than one rated not good; ties are half.

    One half is chance. The standard error is that of DeLong (1988), summed by meeting (Obuchowski
    1997). Null without both kinds, or with one meeting.

    Args:
        rated: `score`, `good` (Boolean) and `meeting_uuid`; one row per rating.
        confidence: Of the interval, as a share.
    """
    rows = rated.drop_nulls(["score", "good"]).sort("meeting_uuid", "score", "good")
    many, few = rows.filter("good").height, rows.filter(~pl.col("good")).height
    if not many or not few:
        return NOTHING
    # The rank among all less the rank among one's own: how many of the other kind lie below.
    rank = pl.col("score").rank("average")
    placed = rows.with_columns(below=rank - rank.over("good")).with_columns(
        place=pl.when("good").then(pl.col("below") / few).otherwise(1 - pl.col("below") / many),
        own=pl.when("good").then(many).otherwise(few),
    )
    value = float(placed.filter("good")["place"].sum()) / many
    pulls = placed.group_by("meeting_uuid", maintain_order=True).agg(
        pull=((pl.col("place") - value) / pl.col("own")).sum()
    )
    return _estimate(value, pulls["pull"].to_list(), confidence, least=0.0)


def rated(ratings: pl.DataFrame, connections: pl.DataFrame) -> pl.DataFrame:
    """Each rating with the lowest pooled score of its person in that meeting.

    Args:
        ratings: The table.
        connections: As of `connections`.

    Returns:
        One row per rating, sorted: `meeting_uuid`, `person_key`, `good`, `score`; the latter two of
        nobody found are null. A person is found by account id, else by address.
    """
    stays = connections.group_by("meeting_uuid", "person_key").agg(
        score=pl.col("pooled_score").min()
    )
    addresses = connections.drop_nulls("email").select(
        "meeting_uuid", "email", by_email="person_key"
    )
    addresses = addresses.sort("meeting_uuid", "email", "by_email").unique(
        ["meeting_uuid", "email"], keep="first", maintain_order=True
    )
    known = stays.select("meeting_uuid", account_user_id="person_key", by_id="person_key")
    return (
        ratings.drop_nulls("rating")
        .with_columns(pl.col("email").str.to_lowercase())
        .join(known, on=["meeting_uuid", "account_user_id"], how="left")
        .join(addresses, on=["meeting_uuid", "email"], how="left")
        .with_columns(person_key=pl.coalesce("by_id", "by_email"))
        .join(stays, on=["meeting_uuid", "person_key"], how="left")
        .select(
            "meeting_uuid", "person_key", "score", good=pl.col("rating").cast(pl.String) == "good"
        )
        .sort("meeting_uuid", "person_key", "good", nulls_last=True)
    )


def disagreements(pairs: pl.DataFrame) -> pl.DataFrame:
    """Connections whose bands are `LARGE` or more apart: widest first, then by minutes, by medium.

    The columns of `medium_bands`, and `apart`.
    """
    code = {name: pl.col(name).cast(pl.String).replace_strict(_CODE) for name in ("ours", "zoom")}
    apart = (code["ours"] - code["zoom"]).abs()
    return (
        pairs.with_columns(apart=apart)
        .filter(pl.col("apart") >= LARGE)
        .sort(
            "apart", "scored_minutes", "medium", "session_id",
            descending=[True, True, False, False],
        )
    )  # fmt: skip


def _counted(pairs: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    bands = pairs.with_columns(pl.col("ours", "zoom").cast(pl.String))
    return bands.group_by(by).agg(n=pl.len().cast(pl.Int64)).sort(by)


def _estimate(value: float, pulls: list[float], confidence: float, *, least: float) -> Estimate:
    """A statistic and its interval from what each meeting moves it by."""
    clusters = len(pulls)
    if clusters < 2:
        return Estimate(value, None, None)
    variance = clusters / (clusters - 1) * math.fsum(pull * pull for pull in pulls)
    half = z_of(confidence) * math.sqrt(variance)
    return Estimate(value, max(least, value - half), min(1.0, value + half))
