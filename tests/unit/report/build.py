"""Building documents from the invented organisation, for the tests of this package."""

import datetime as dt

from qosreport import periods
from qosreport.report.numbers.parts import LedgerCounts
from qosreport.report.numbers.weekly import Tables, build_weekly
from qosreport.scoring import load_policy

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
POLICY = load_policy("zoom-network-quality")
WEEK = periods.week("2026-W46", zone="Europe/London", now=NOW)


def page_of(ref, date):
    return f"meetings/{date}-{ref}.html"


def counts(**facts):
    given = {
        "listed": 1,
        "incomplete": {},
        "api_calls": 42,
        "files": 3,
        "files_sha256": "ab" * 32,
        "data_as_of": NOW,
    }
    return LedgerCounts(**{**given, **facts})


def seam(organisation):
    """The organisation's tables as the seam takes them."""
    tables = vars(organisation)
    return Tables(**{**tables, "minute_scores": tables["minute_scores"].lazy()})


def weekly(organisation, *, period=WEEK, policy=POLICY, page_of=page_of, now=NOW, **facts):
    return build_weekly(
        seam(organisation),
        period=period,
        policy=policy,
        ledger=counts(**{"listed": organisation.meetings.height, **facts}),
        organisation="Brightwell & Osei",
        now=now,
        page_of=page_of,
    )
