"""An invented what-if: five meetings of one connection each."""

import datetime as dt

import polars as pl

from qosreport import periods
from qosreport.report.numbers.whatif import Judged, build_whatif
from qosreport.scoring import load_policy
from qosreport.tables import BAND
from tests.unit.report.build import counts

NOW = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
START = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)
WEEK = periods.week("2026-W46", zone="Europe/London", now=NOW)
USUAL, STRICT = load_policy("zoom-network-quality"), load_policy("strict")
BEFORE = {"a": "Good", "b": "Fair", "c": "Poor", "d": "Unscored", "e": "Bad"}
AFTER = {"a": "Poor", "b": "Poor", "c": "Fair", "d": "Good", "e": "Bad"}


def judged(policy, bands):
    """Meetings with these bands, each with one connection of the same."""
    uuids = list(bands)
    frame = pl.DataFrame({"meeting_uuid": uuids}).with_columns(
        band=pl.Series(list(bands.values()), dtype=BAND),
        session_id=pl.int_range(len(uuids), dtype=pl.Int64),
    )
    return Judged(policy, frame.drop("session_id"), frame)


def document(before=BEFORE, after=AFTER, page_of=lambda _ref, _day: None, policies=(USUAL, STRICT)):
    uuids = sorted({*before, *after})
    meetings = pl.DataFrame(
        {
            "meeting_uuid": uuids,
            "topic": [f"Topic {uuid}" for uuid in uuids],
            "start_time": [START + dt.timedelta(hours=i) for i in range(len(uuids))],
        },
        schema_overrides={"start_time": pl.Datetime("us", "UTC")},
    )
    return build_whatif(
        meetings,
        judged(policies[0], before),
        judged(policies[1], after),
        period=WEEK,
        ledger=counts(listed=5),
        organisation="Tamarack Institute",
        now=NOW,
        page_of=page_of,
    )
