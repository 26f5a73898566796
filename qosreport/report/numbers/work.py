"""Shared causes as work: they come into the follow-up, and their minutes leave whom they harmed.

Who suffered from a bad sender, a data centre or a site cannot mend that; so these minutes are at
stake where the cause is, and nowhere twice. Rules: docs/scoring.md, "Follow-up".
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from qosreport.diagnosis import attribution as rules
from qosreport.diagnosis import checks
from qosreport.diagnosis.causes.names import ISP
from qosreport.diagnosis.troubled import PERSON, SITE
from qosreport.report.numbers.causes import Why, cause_minutes
from qosreport.report.numbers.parts import Row
from qosreport.report.result import CauseMinutes

THIS_WEEK = "this_week"
DATA_CENTER, PROVIDER = "data_center", "provider"
KINDS = {
    rules.REMOTE_SENDER: PERSON,
    rules.SITE: SITE,
    rules.DATA_CENTER: DATA_CENTER,
    ISP: PROVIDER,
}
"""What has to be seen to, by cause."""
_CHECKS = {
    PERSON: checks.CHECK_UPLINK,
    SITE: checks.ASK_SITE_NETWORK,
    DATA_CENTER: checks.ASK_ZOOM,
    PROVIDER: checks.ASK_PROVIDER,
}
_COLUMNS = {PERSON: "person_key", SITE: "site", DATA_CENTER: "centre", PROVIDER: "provider"}
_WHOSE = ["kind", "subject"]


def with_shared(
    found: pl.DataFrame, week: str, causes: Why, connections: pl.DataFrame
) -> pl.DataFrame:
    """What to follow up, with the shared causes of the week in it, most minutes at stake first.

    Args:
        found: As from `followup`.
        week: The week in question.
        causes: Of that week.
        connections: Of that week.

    Returns:
        The rows of `found` and one per shared cause that is work and not among them, of status
        this_week; kinds are also data_center and provider. Added: `subject` (person key, site, data
        centre or provider), `shared_minutes` (of `harmed_minutes`, those that fit another's shared
        cause), `caused_minutes` (others' that fit what the person sent), `at_stake_minutes` (harmed
        − shared + caused; of a place that is a cause itself the minutes that fit it). `next_check`
        is that of the cause, or see_shared_cause where most minutes fit one.
    """
    work = _work(causes.work)
    mine = pl.when(pl.col("kind").is_in(list(KINDS.values()))).then(
        pl.coalesce("person_key", "site")
    )
    now = pl.col("trouble_week") == week
    known = found.with_columns(subject=mine)
    # What was trouble earlier and is a cause this week is told as what it is this week.
    known = pl.concat(
        [known.filter(now), known.filter(~now).join(work, on=_WHOSE, how="anti", nulls_equal=True)]
    )
    new = work.join(known, on=_WHOSE, how="anti")
    rows = [_row(one, week, connections) for one in new.iter_rows(named=True)]
    fresh = pl.DataFrame(rows, schema_overrides=known.schema) if rows else known.clear()
    every = pl.concat([known, fresh], how="diagonal")
    shared = _by_whom(causes.suffered).group_by(_WHOSE).agg(shared=pl.col("minutes").sum())
    return _weighed(every, now, work, shared).sort(
        "at_stake_minutes", "kind", "subject", "person_key", "device",
        descending=[True, *[False] * 4], nulls_last=True,
    )  # fmt: skip


def suffered_most(causes: Why, people: Mapping[str, Row]) -> Mapping[tuple[str, str], CauseMinutes]:
    """By kind and subject, as `with_shared`: the cause of something else that most of it fits."""
    what = ["cause", "cause_subject", "blamed_person_key"]
    rows = (
        _by_whom(causes.suffered)
        .group_by(*_WHOSE, *what)
        .agg(pl.col("minutes").sum())
        .sort("minutes", *what, nulls_last=True)
    )
    found = rows.rename({"subject": "whose", "cause_subject": "subject"})
    return {
        (row["kind"], row["whose"]): cause_minutes(row, people)
        for row in found.iter_rows(named=True)
    }


def _work(findings: pl.DataFrame) -> pl.DataFrame:
    """kind, subject, caused: what has to be seen to, and the minutes that fit it."""
    kind = pl.col("cause").cast(pl.String).replace_strict(KINDS, return_dtype=pl.String)
    subject = pl.coalesce("subject_person_key", "subject")
    return findings.select(kind=kind, subject=subject, caused="minutes")


def _by_whom(suffered: pl.DataFrame) -> pl.DataFrame:
    """Each of the minutes once for the person, and once for a site that is not the cause itself."""
    rows = suffered.rename({"subject": "cause_subject"})
    own_site = (pl.col("cause") == rules.SITE) & (pl.col("cause_subject") == pl.col("site"))
    of_sites = rows.filter(pl.col("site").is_not_null() & ~own_site.fill_null(value=False))
    return pl.concat(
        [
            rows.with_columns(kind=pl.lit(PERSON), subject="person_key"),
            of_sites.with_columns(kind=pl.lit(SITE), subject="site"),
        ]
    )


def _weighed(
    every: pl.DataFrame, now: pl.Expr, work: pl.DataFrame, suffered: pl.DataFrame
) -> pl.DataFrame:
    harmed, person = pl.col("harmed_minutes"), pl.col("kind") == PERSON
    shared, caused = (pl.when(now).then(name).fill_null(0) for name in ("shared", "caused"))
    sender = person & (pl.col("caused_minutes") > 0)
    place = now & ~person & pl.col("caused").is_not_null()
    victim = ~place & (2 * pl.col("shared_minutes") > harmed)
    left = harmed - pl.col("shared_minutes") + pl.col("caused_minutes")
    return (
        every.join(work, on=_WHOSE, how="left", nulls_equal=False)
        .join(suffered, on=_WHOSE, how="left", nulls_equal=False)
        .with_columns(
            shared_minutes=shared,
            # The minutes of a place are its own people's, and among the harmed.
            caused_minutes=pl.when(person).then(caused).otherwise(0),
        )
        .with_columns(
            at_stake_minutes=pl.when(place).then("caused").otherwise(left),
            status=pl.when((pl.col("status") == "watch") & sender)
            .then(pl.lit(THIS_WEEK))
            .otherwise("status"),
            next_check=pl.when(sender)
            .then(pl.lit(checks.CHECK_UPLINK))
            .when(victim)
            .then(pl.lit(checks.SEE_SHARED_CAUSE))
            .otherwise("next_check"),
        )
        .drop("shared", "caused")
    )


def _row(one: Row, week: str, connections: pl.DataFrame) -> dict[str, Any]:
    """A cause that is not in the list for another reason."""
    here = connections.filter(pl.col(_COLUMNS[one["kind"]]) == one["subject"])
    person, site = (one["subject"] if one["kind"] == kind else None for kind in (PERSON, SITE))
    return {
        "kind": one["kind"],
        "subject": one["subject"],
        "person_key": person,
        "site": site,
        "status": THIS_WEEK,
        "weeks_in_trouble": 1,
        "of_weeks": 1,
        "weeks_in_row": 1,
        "weeks_ago": 0,
        "trouble_week": week,
        "k": here["poor"].sum(),
        "n": here["judged"].sum(),
        "harmed_minutes": here["harmed_minutes"].sum(),
        "next_check": _CHECKS[one["kind"]],
    }
