"""Streams → scored streams: one score for each sample of each stream, with its reasons."""

from dataclasses import dataclass

import polars as pl

from qosreport.scoring import cleaning
from qosreport.scoring.cleaning import (
    MEASURES,
    MEDIUM_CODE,
    RAISED,
    SENT,
    ZERO_LATENCY,
    out_of_range,
)
from qosreport.scoring.components import (
    ABSENT,
    FPS,
    LARGE,
    is_medium,
    limiting_code,
    present,
    with_components,
)  # fmt: skip
from qosreport.scoring.emodel import COST_DELAY, COST_LOSS, DELAY, RATING, with_emodel, within_scale
from qosreport.scoring.names import COMPONENTS, MEDIA, UNSCORED, Medium
from qosreport.scoring.policy import Feed, Policy
from qosreport.scoring.rounding import band_of, two_decimals
from qosreport.tables import DIRECTION

LIMITING = pl.Enum([*COMPONENTS, *UNSCORED])
"""What set a score, or why there is none."""
KIND = pl.Enum(["LQ", "CQ"])
"""Listening quality (delay unknown) or conversational quality."""

_REASON, _LOW, _LOW_NET, _CODE = "__reason", "__lowest", "__lowest_net", "__limiting"


def score_streams(
    streams: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
    *,
    feed: Feed = "dashboard_qos",
) -> pl.LazyFrame:
    """Score every sample of every stream.

    Args:
        streams: The `streams` table. Key columns need not be there; `medium`, `flow`, `leg` may be
            String, Categorical or Enum; measures of any numeric type; extra columns are kept.
        policy: The rules.
        feed: Which of Zoom's interfaces the rows are from, for the direction map.

    Returns:
        The same rows in the same order. Measures are Float64 and cleaned: outside the policy's
        valid range and zero latency are null, a largest loss below the mean is the mean. Added:

        - `direction` (Enum sent, received);
        - `score`, `net_score` (Float64, two decimals, null = unscored): the lowest component, with
          and without frame rate;
        - `band` (Enum Good, Fair, Poor, Bad, Unscored), of the printed score;
        - `limiting` (Enum): the lowest component, or why there is no score;
        - `advisory`, `data_quality`, `assume` (List(String)): measures above Zoom's
          recommendations; what cleaning changed; what was missing and how it was taken;
        - `is_out_of_range` (Boolean): some measure was outside the valid range;
        - `kind` (Enum LQ, CQ; audio only); `cqd_poor` (Boolean): Microsoft's rule, to compare;
        - `<component>_score` (Float64, unrounded) for every component of COMPONENTS;
        - `emodel_delay_ms`, `emodel_cost_delay_r`, `emodel_cost_loss_r`, `emodel_r` (Float64,
          audio only): the E-model's parts.

        Columns nobody uses are not computed.

    Raises:
        ValueError: `medium` or `flow` is absent.
    """
    return judge_streams(streams, policy, feed).published(policy)


@dataclass(frozen=True)
class Judged:
    """Judged streams before their columns are made ready."""

    rows: pl.LazyFrame
    kept: tuple[str, ...]
    """The columns that came in."""

    def published(self, policy: Policy, *, notes: bool = True, parts: bool = True) -> pl.LazyFrame:
        """The rows as `score_streams` gives them.

        Args:
            policy: The rules they were judged by.
            notes: With lists of remarks, kind and Microsoft's rule.
            parts: With component scores and the E-model's parts.
        """
        columns = _verdict_columns(policy)
        columns += _notes(policy) if notes else []
        columns += _parts(policy) if parts else []
        return self.rows.select(*self.kept, *columns)


def judge_streams(
    streams: pl.LazyFrame | pl.DataFrame, policy: Policy, feed: Feed = "dashboard_qos"
) -> Judged:
    """As `score_streams`, short of making its columns."""
    rows = streams.lazy()
    rows = rows.with_columns(cleaning.missing_columns(rows))
    kept = tuple(name for name in rows.collect_schema().names() if name not in ADDED)
    rows = cleaning.with_codes(rows, policy, feed)
    rows = cleaning.with_clean_measures(rows, policy)
    rows = rows.with_columns(_reason(policy).alias(_REASON))
    rows = with_components(with_emodel(rows, policy.emodel, is_medium("audio")), policy)
    return Judged(_with_verdict(rows, policy), kept)


ADDED = (
    "direction", "score", "net_score", "band", "limiting", "is_out_of_range", "advisory",
    "data_quality", "assume", "kind", "cqd_poor", *(f"{name}_score" for name in COMPONENTS),
    DELAY, COST_DELAY, COST_LOSS, RATING,
)  # fmt: skip
"""The columns `score_streams` adds."""


def _reason(policy: Policy) -> pl.Expr:
    """Why a row cannot be scored, as a position in UNSCORED; null if nothing stands against it."""
    bitrate = pl.col("bitrate_kbps")
    silent = pl.all_horizontal(pl.col(m).is_null() for m in MEASURES if m != "frame_rate_fps")
    known = pl.col(MEDIUM_CODE).is_not_null() & pl.col(SENT).is_not_null()
    low = pl.lit(value=False)
    for medium in MEDIA:
        least = float(getattr(policy.low_activity_kbps, medium))
        if least > 0:
            low |= is_medium(medium) & (bitrate < least)

    def code(reason: str) -> pl.Expr:
        return pl.lit(UNSCORED.index(reason), pl.UInt8)

    return (
        pl.when(~known)
        .then(code("unknown_stream"))
        .when(silent | (bitrate == 0))
        .then(code("inactive"))
        .when(low)
        .then(code("low_activity"))
        .when(pl.col("avg_loss_pct").is_null())
        .then(code("avg_loss_missing"))
    )


def _with_verdict(rows: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    columns = present(policy)
    may = pl.col(_REASON).is_null()
    net = [column for column in dict.fromkeys(columns.values()) if column != FPS]
    lowest_net = pl.min_horizontal(pl.lit(ABSENT), *net)
    rows = rows.with_columns(lowest_net.alias(_LOW_NET))
    lowest = pl.min_horizontal(_LOW_NET, FPS) if FPS in columns.values() else pl.col(_LOW_NET)
    rows = rows.with_columns(lowest.alias(_LOW))
    rows = rows.with_columns(limiting_code(columns, pl.col(_LOW)).alias(_CODE))
    return rows.with_columns(
        pl.when(may & (pl.col(low) < ABSENT)).then(two_decimals(pl.col(low))).alias(name)
        for low, name in ((_LOW, "score"), (_LOW_NET, "net_score"))
    )


def _verdict_columns(policy: Policy) -> list[pl.Expr]:
    scored = pl.col("score").is_not_null()
    without = [m for m in MEDIA if not policy.components.of(m).named() and m != "audio"]
    in_policy = ~pl.any_horizontal(pl.lit(value=False), *(is_medium(m) for m in without))
    at = len(COMPONENTS)
    code = (
        pl.when(scored)
        .then(pl.col(_CODE))
        .when(pl.col(_REASON).is_not_null())
        .then(pl.col(_REASON) + at)
        .when(in_policy)
        .then(pl.lit(at + UNSCORED.index("measures_missing"), pl.UInt8))
        .otherwise(pl.lit(at + UNSCORED.index("not_in_policy"), pl.UInt8))
    )
    direction = (
        pl.when(pl.col(SENT))
        .then(pl.lit(0, pl.UInt8))
        .when(~pl.col(SENT))
        .then(pl.lit(1, pl.UInt8))
    )
    return [
        direction.cat.to(DIRECTION).alias("direction"),
        pl.col("score"),
        pl.col("net_score"),
        band_of(pl.col("score"), policy).alias("band"),
        code.cast(pl.UInt8).cat.to(LIMITING).alias("limiting"),
        _is_out_of_range().alias("is_out_of_range"),
    ]


def _notes(policy: Policy) -> list[pl.Expr]:
    return [
        _advisory(policy).alias("advisory"),
        _data_quality().alias("data_quality"),
        _assume(policy).alias("assume"),
        _kind().alias("kind"),
        _cqd_poor(policy).alias("cqd_poor"),
    ]


def _parts(policy: Policy) -> list[pl.Expr]:
    scored = pl.col("score").is_not_null()
    columns = present(policy)
    parts = []
    for name in COMPONENTS:
        holds = scored
        if name.startswith("fps") and name in columns:
            holds = scored & (pl.col(LARGE) if name == "fps_large" else ~pl.col(LARGE))
        if name in columns:
            value = pl.col(columns[name])
            value = pl.when(holds & (value < ABSENT)).then(value)
        else:
            value = _nothing()
        parts.append(value.alias(f"{name}_score"))
    rated = scored & is_medium("audio")
    model = {name: pl.col(name) for name in (DELAY, COST_DELAY, COST_LOSS)}
    model[RATING] = within_scale(pl.col(RATING))
    return parts + [pl.when(rated).then(value).alias(name) for name, value in model.items()]


def _nothing() -> pl.Expr:
    return pl.lit(None, pl.Float64)


def _codes(*pairs: tuple[pl.Expr, str]) -> pl.Expr:
    """The codes whose condition holds, in order."""
    return pl.concat_list(
        pl.when(condition).then(pl.lit(code)).otherwise(pl.lit(None, pl.String))
        for condition, code in pairs
    ).list.drop_nulls()


def _advisory(policy: Policy) -> pl.Expr:
    """Measures above Zoom's recommendations, where the medium is judged by them at all."""
    scored = pl.col("score").is_not_null()
    pairs = []
    for name in ("latency_ms", "jitter_ms", "avg_loss_pct"):
        judged = [m for m in MEDIA if m == "audio" or name in policy.components.of(m).named()]
        applies = pl.any_horizontal(is_medium(medium) for medium in judged)
        limit = float(getattr(policy.advisory, name))
        pairs.append((scored & applies & (pl.col(name) > limit), name))
    return _codes(*pairs)


def _data_quality() -> pl.Expr:
    names = {m: "fps" if m == "frame_rate_fps" else m for m in MEASURES}
    outside = [(pl.col(out_of_range(m)), f"{name}_out_of_range") for m, name in names.items()]
    return _codes(*outside, (pl.col(RAISED), "max_loss_lt_avg_loss"))


def _is_out_of_range() -> pl.Expr:
    return pl.any_horizontal(pl.col(out_of_range(m)) for m in MEASURES)


def _assume(policy: Policy) -> pl.Expr:
    scored = pl.col("score").is_not_null()

    def lacks(measure: str) -> pl.Expr:
        judged = [m for m in MEDIA if measure in _measures(policy, m)]
        applies = pl.any_horizontal(pl.lit(value=False), *(is_medium(m) for m in judged))
        return scored & applies & pl.col(measure).is_null()

    late = lacks("latency_ms")
    return _codes(
        (lacks("max_loss_pct"), "max_loss_missing"),
        (late & pl.col(ZERO_LATENCY), "latency_zero"),
        (late & ~pl.col(ZERO_LATENCY), "latency_missing"),
        (lacks("jitter_ms"), "jitter_missing"),
        (lacks("frame_rate_fps"), "fps_missing"),
        (lacks("height_px") & pl.col("frame_rate_fps").is_not_null(), "height_missing"),
    )


def _measures(policy: Policy, medium: Medium) -> set[str]:
    """The measures a medium is judged by."""
    names = set(policy.components.of(medium).named())
    if any(name.startswith("fps") for name in names):
        names |= {"frame_rate_fps", "height_px"}
    return names | {"latency_ms", "jitter_ms"} if medium == "audio" else names


def _kind() -> pl.Expr:
    listening = pl.col("latency_ms").is_null()
    code = pl.when(listening).then(pl.lit("LQ", KIND)).otherwise(pl.lit("CQ", KIND))
    return pl.when(pl.col("score").is_not_null() & is_medium("audio")).then(code)


def _cqd_poor(policy: Policy) -> pl.Expr:
    """Microsoft's rule on the same row; a picture by its frame rate, by loss if it has none."""
    audio = pl.any_horizontal(
        (pl.col(name) > float(getattr(policy.cqd.audio, name))).fill_null(value=False)
        for name in ("latency_ms", "avg_loss_pct", "jitter_ms")
    )
    fps, loss = pl.col("frame_rate_fps"), pl.col("avg_loss_pct")

    def picture(fps_min: float, most_loss: float) -> pl.Expr:
        return pl.when(fps.is_not_null()).then(fps < fps_min).otherwise(loss > most_loss)

    video, share = policy.cqd.video, policy.cqd.share
    verdict = (
        pl.when(is_medium("audio"))
        .then(audio)
        .when(is_medium("video"))
        .then(picture(float(video.fps_min), float(video.avg_loss_pct)))
        .otherwise(picture(float(share.fps_min), float(share.avg_loss_pct)))
    )
    return pl.when(pl.col("score").is_not_null()).then(verdict)
