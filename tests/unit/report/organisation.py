"""A small invented organisation as tables: what the store and scoring hand to the reports.

Numbers are drawn by hashing, so that the same seed gives the same tables; the tables agree with
each other (a session's counts are those of its minutes), which the tests rely on.
"""

import dataclasses
import datetime as dt

import polars as pl

from qosreport import tables
from tests.unit.diagnosis.frames import at_sites

MONDAY = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
SITES = ["Leeds", "Cardiff", "Porto", None]
NETWORKS = ["Wired", "Wifi", "Wifi", "Cellular", None]
VERSIONS = ["6.2.5 (11223)", "6.2.5 (11224)", "6.1.10 (998)", "web", None]
DEVICES = ["Windows", "Mac", "iOS", "H.323/SIP", None]


@dataclasses.dataclass(frozen=True)
class Organisation:
    """All tables of one week, as the seam names them."""

    meetings: pl.DataFrame
    sessions: pl.DataFrame
    minute_scores: pl.DataFrame
    participant_scores: pl.DataFrame
    meeting_scores: pl.DataFrame
    flags: pl.DataFrame
    ratings: pl.DataFrame
    shares: pl.DataFrame
    rejects: pl.DataFrame

    def shuffled(self, seed):
        """The same tables, every one in another order of rows."""
        return Organisation(
            **{
                field.name: getattr(self, field.name).sample(fraction=1, shuffle=True, seed=seed)
                for field in dataclasses.fields(self)
            }
        )


def draw(*columns, salt, below):
    """A number in [0, below) from the hash of columns."""
    return (pl.struct(*columns).hash(salt) % below).cast(pl.Int64)


def pick(values, *columns, salt):
    chosen = draw(*columns, salt=salt, below=len(values))
    return chosen.replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def organisation(*, meetings=20, seed=1, people=30, most=8):
    """A week of meetings of one to `most` people."""
    the_meetings = _meetings(meetings, seed)
    sessions = _sessions(the_meetings, seed, people, most)
    minutes = _minutes(sessions, seed)
    scores = _participant_scores(sessions, minutes)
    return Organisation(
        meetings=tables.MEETINGS.conform(the_meetings),
        sessions=at_sites(tables.SESSIONS.conform(sessions)),
        minute_scores=tables.MINUTE_SCORES.conform(minutes),
        participant_scores=tables.PARTICIPANT_SCORES.conform(scores),
        meeting_scores=tables.MEETING_SCORES.conform(_meeting_scores(the_meetings, scores)),
        flags=tables.FLAGS.conform(_flags(minutes, sessions)),
        ratings=tables.RATINGS.empty(),
        shares=tables.SHARES.empty(),
        rejects=tables.REJECTS.conform(_rejects(the_meetings)),
    )


def _meetings(count, seed):
    start = pl.lit(MONDAY).dt.cast_time_unit("us") + pl.duration(
        minutes=draw("i", salt=seed, below=5 * 24 * 60)
    )
    return (
        pl.DataFrame({"i": range(count)})
        .with_columns(
            meeting_uuid=pl.format("/uuid-{}-{}==", pl.lit(seed), "i"),
            meeting_id=pl.format("9{}", "i"),
            kind=pl.when(pl.col("i") % 10 == 9)
            .then(pl.lit("webinar"))
            .otherwise(pl.lit("meeting")),
            topic=pl.format("Topic {}", "i"),
            host_name=pl.format("Host {}", pl.col("i") % 5),
            start_time=start,
            length=10 + draw("i", salt=seed + 1, below=60),
            pulled_at=pl.lit(MONDAY + dt.timedelta(days=8)),
            completeness=pl.when(pl.col("i") % 11 == 10)
            .then(pl.lit("no_qos"))
            .otherwise(pl.lit("complete")),
        )
        .with_columns(end_time=pl.col("start_time") + pl.duration(minutes="length"))
    )


def _sessions(meetings, seed, people, most):
    size = 1 + draw("i", salt=seed + 2, below=most)
    person = draw("i", "seat", salt=seed + 3, below=people)
    key = "person"
    return (
        meetings.with_columns(seat=pl.int_ranges(0, size))
        .filter(pl.col("i") % 13 != 12)  # a meeting that nobody joined
        .explode("seat")
        .with_columns(person=person)
        .with_columns(
            session_id=pl.struct("i", "seat").hash(seed).reinterpret(signed=True),
            user_id=pl.format("1677{}", "seat"),
            join_time=pl.col("start_time")
            + pl.duration(minutes=draw("i", "seat", salt=4, below=3)),
            leave_time=pl.col("end_time"),
            person_key=pl.format("person-{}", "person"),
            name=pl.when(pl.col("person") % 7 > 0).then(pl.format("Name {}", "person")),
            is_external=pl.col("person") % 7 == 0,
            site=pick(SITES, key, salt=5),
            network_type=pick(NETWORKS, key, "i", salt=6),
            client_version=pick(VERSIONS, key, salt=7),
            device=pick(DEVICES, key, salt=8),
            os=pick(["Windows 11", "macOS 15", None], key, salt=9),
            data_center=pick(["Frankfurt", "Dublin"], "i", salt=10),
            has_qos=(pl.col("completeness") == "complete") & (pl.col("seat") != 5),
        )
    )


def _minutes(sessions, seed):
    """Each person has a quality of their own, each session another, each minute noise."""
    trouble = draw("person", salt=11, below=4) + draw("session_id", salt=12, below=3)
    length = (pl.col("leave_time") - pl.col("join_time")).dt.total_minutes()
    floor = pl.col("join_time").dt.truncate("1m")
    noise = draw("session_id", "minute", salt=seed + 13, below=300)
    rows = (
        sessions.filter("has_qos")
        .select(
            "session_id",
            "meeting_uuid",
            trouble=trouble,
            first=floor,
            at=pl.int_ranges(0, pl.when(pl.col("seat") == 6).then(2).otherwise(length)),
        )
        .explode("at", empty_as_null=False)
        .with_columns(minute=pl.col("first") + pl.duration(minutes="at"))
    )
    poor_of_300 = pl.col("trouble").replace_strict({0: 0, 1: 0, 2: 2, 3: 8, 4: 45, 5: 170})
    net = (
        pl.when(pl.col("noise") < poor_of_300)
        .then(2.99 - pl.col("noise") / 100)
        .otherwise(4.4 - pl.col("noise") / 1000)
        .round(2)
    )
    slow = draw("session_id", "minute", salt=14, below=19) < 3 - pl.col("trouble")
    dark = draw("session_id", "minute", salt=15, below=12) == 0
    return (
        rows.with_columns(noise=noise)
        .with_columns(net_score=pl.when(~dark).then(net))
        .with_columns(net_score_received="net_score")
        .with_columns(
            score=pl.when(slow).then(pl.min_horizontal("net_score", 2.6)).otherwise("net_score"),
            cpu_high=slow,
            cpu_cost=slow & (pl.col("net_score") >= 4),
        )
        .with_columns(
            score=pl.when(pl.col("net_score").is_not_null()).then("score"),
            audio_score=pl.when(pl.col("noise") % 2 == 0).then("net_score"),
            video_score=pl.when(pl.col("noise") % 3 > 0).then("net_score"),
            band=band_of("score"),
            limiting_stream=pl.when(slow)
            .then(pl.lit("video_input"))
            .otherwise(pl.lit("audio_output")),
            limiting_reason=pl.when(slow).then(pl.lit("fps_large")).otherwise(pl.lit("emodel")),
            limiting_direction=pl.when(slow).then(pl.lit("sent")).otherwise(pl.lit("received")),
            unscored_reason=pl.when(dark).then(
                pl.when(pl.col("noise") % 2 == 0)
                .then(pl.lit("inactive"))
                .otherwise(pl.lit("low_activity"))
            ),
            out_of_range_samples=(pl.col("noise") == 7).cast(pl.Int64),
        )
        .with_columns(pl.when(pl.col("score").is_not_null()).then(pl.col("^limiting_.*$")))
    )


def band_of(score):
    return (
        pl.when(pl.col(score) >= 4)
        .then(pl.lit("Good"))
        .when(pl.col(score) >= 3)
        .then(pl.lit("Fair"))
        .when(pl.col(score) >= 2)
        .then(pl.lit("Poor"))
        .when(pl.col(score) < 2)
        .then(pl.lit("Bad"))
        .otherwise(pl.lit("Unscored"))
        .cast(tables.BAND)
    )


def _verdict(score, prefix):
    poor = (pl.col(score) < 3).sum().cast(pl.Int64)
    share = poor / pl.col(score).count()
    return {
        f"{prefix}poor_minutes": poor,
        f"{prefix}pooled_score": pl.col(score).mean().round(2),
        f"{prefix}longest_poor_run_min": poor,
        f"{prefix}reasons": pl.lit([], pl.List(pl.String)),
        f"{prefix}band": pl.when(pl.col(score).count() < 3)
        .then(pl.lit("Unscored"))
        .when(share >= 0.5)
        .then(pl.lit("Bad"))
        .when(share >= 0.2)
        .then(pl.lit("Poor"))
        .when(share >= 0.05)
        .then(pl.lit("Fair"))
        .otherwise(pl.lit("Good")),
    }


def _participant_scores(sessions, minutes):
    def medium(name):
        return {
            f"{name}_scored_minutes": pl.col(f"{name}_score").count().cast(pl.Int64),
            f"{name}_poor_minutes": (pl.col(f"{name}_score") < 3).sum().cast(pl.Int64),
        }

    high = pl.col("cpu_high").sum().cast(pl.Int64)
    poor = pl.col("score") < 3
    aggregated = (
        minutes.sort("minute")
        .group_by("session_id")
        .agg(
            present_minutes=pl.len().cast(pl.Int64),
            scored_minutes=pl.col("score").count().cast(pl.Int64),
            **_verdict("score", ""),
            **_verdict("net_score", "net_"),
            **medium("audio"),
            **medium("video"),
            limiting_stream=pl.col("limiting_stream").filter(poor).first(),
            limiting_reason=pl.col("limiting_reason").filter(poor).first(),
            limiting_direction=pl.col("limiting_direction").filter(poor).first(),
            cpu_minutes=pl.len().cast(pl.Int64),
            cpu_high_minutes=high,
            cpu_longest_high_run_min=pl.min_horizontal(high, 2),
            cpu_cost_minutes=pl.col("cpu_cost").sum().cast(pl.Int64),
            system_cpu_peak_pct=pl.when(high > 0).then(97.5).otherwise(51.25),
            zoom_cpu_mean_pct=20 + pl.len() / 7,
            cpu_flags=pl.when(high > 4)
            .then(pl.lit(["CPU_SYSTEM_HIGH"]))
            .when(high > 2)
            .then(pl.lit(["CPU_SYSTEM_ELEVATED"]))
            .otherwise(pl.lit([], pl.List(pl.String))),
        )
    )
    zeros = [
        c.name
        for c in tables.PARTICIPANT_SCORES.columns
        if c.required and c.dtype == pl.Int64 and c.name != "session_id"
    ]
    keys = ["session_id", "meeting_uuid", "user_id", "join_time"]
    scored = tables.PARTICIPANT_SCORES.conform(aggregated.with_columns(basis=pl.lit("minutes")))
    return (
        scored.drop(keys[1:])
        .join(sessions.select(keys), on="session_id")
        .with_columns(pl.col(zeros).fill_null(0))
        .with_columns(net_reasons=pl.lit([], pl.List(pl.String)))
    )


def _meeting_scores(meetings, scores):
    affected = pl.col("band").is_in(["Poor", "Bad"])
    classified = (pl.col("band") != "Unscored").sum().cast(pl.Int64)
    share = affected.sum() / classified
    by_meeting = scores.group_by("meeting_uuid").agg(
        sessions=pl.len().cast(pl.Int64),
        classified=classified,
        affected=affected.sum().cast(pl.Int64),
        net_affected=pl.col("net_band").is_in(["Poor", "Bad"]).sum().cast(pl.Int64),
        scored_minutes=pl.col("scored_minutes").sum(),
        poor_minutes=pl.col("poor_minutes").sum(),
        score=pl.col("pooled_score").mean().round(2),
        band=pl.when(classified == 0)
        .then(pl.lit("Unscored"))
        .when(share >= 0.5)
        .then(pl.lit("Bad"))
        .when(share >= 0.2)
        .then(pl.lit("Poor"))
        .when(share > 0)
        .then(pl.lit("Fair"))
        .otherwise(pl.lit("Good")),
    )
    counts = [
        "sessions",
        "classified",
        "affected",
        "net_affected",
        "scored_minutes",
        "poor_minutes",
    ]
    return (
        meetings.select("meeting_uuid")
        .join(by_meeting, on="meeting_uuid", how="left")
        .with_columns(pl.col(counts).fill_null(0), pl.col("band").fill_null("Unscored"))
    )


def _flags(minutes, sessions):
    def of(rows, **facts):
        return rows.group_by("session_id", "meeting_uuid").agg(
            minutes=pl.col("minute").sort(),
            worst_at=pl.col("minute").sort_by("score", "minute").first(),
            worst_score=pl.col("score").min(),
            flagged_minutes=pl.len().cast(pl.Int64),
            longest_run_min=pl.lit(1, pl.Int64),
            **{name: pl.lit(value) for name, value in facts.items()},
        )

    poor = minutes.filter(pl.col("net_score") < 3).with_columns(pl.col("net_score").alias("score"))
    loss = of(
        poor,
        code="AUDIO_EMODEL",
        medium="audio",
        direction="received",
        component="emodel",
        worst_value=14.5,
        unit="%",
        threshold=10.1,
        band="Poor",
        source="an invented source",
    )
    high = minutes.filter("cpu_high").with_columns(score=pl.lit(None, pl.Float64))
    cpu = of(
        high,
        code="CPU_SYSTEM_HIGH",
        medium=None,
        direction=None,
        component="system_cpu_max_pct",
        worst_value=97.5,
        unit="%",
        threshold=90.0,
        band="Poor",
        source="an invented source",
    )
    return pl.concat([tables.FLAGS.conform(loss), tables.FLAGS.conform(cpu)])


def _rejects(meetings):
    return meetings.head(3).select(
        "meeting_uuid",
        field=pl.lit("audio_input.latency"),
        rule=pl.lit("unit"),
        shape=pl.lit("9 aaa"),
        values=pl.lit(2, pl.Int64),
    )
