"""One person's meetings over the last weeks of the store: who is meant, then what there is."""

import datetime as dt
from pathlib import Path

import polars as pl

from qosreport import periods
from qosreport.errors import PersonNotKnown, SeveralPeople
from qosreport.periods import Period
from qosreport.pipeline import gather
from qosreport.pipeline.report import MEETINGS
from qosreport.pipeline.run import Run, partitions
from qosreport.pipeline.score import score_parts
from qosreport.report.numbers.facts import PageOf
from qosreport.report.numbers.person import Collected, build_person
from qosreport.report.refs import person_ref
from qosreport.report.result import PersonResult
from qosreport.scoring import Policy
from qosreport.store import Source, Store


def find(
    store: Store, text: str, weeks: int, policy: Policy, run: Run, *, out: Path
) -> PersonResult:
    """The document of the one person that a text means.

    Args:
        store: Where to look.
        text: An address, a name or part of one, or a reference.
        weeks: How many of the store's last weeks.
        policy: To score by.
        run: Settings and clock.
        out: Where pages of meetings may lie, to be linked.

    Raises:
        PersonNotKnown: Nobody is.
        SeveralPeople: More than one is; with a line for each.
    """
    spans = last_weeks(store, weeks, run)
    labels = sorted({label for span in spans for label in partitions(span)})
    keys = meant(store.scan("sessions", labels), text, weeks)
    score_parts(store, labels, policy, run)
    zone = run.settings.report.timezone
    collected = Collected(keys, policy, zone, _page_in(out))
    meetings, sources = [], dict[str, Source]()
    for span in spans:
        scored = gather.of_period(store, span, policy, run.places)
        collected.take(scored.tables)
        own = scored.tables.sessions.filter(pl.col("person_key").is_in(keys))
        meetings.append(scored.tables.meetings.join(own, on="meeting_uuid", how="semi"))
        sources |= scored.sources
    if not collected.visits:
        raise PersonNotKnown(weeks=weeks)
    return build_person(
        collected,
        weeks=len(spans),
        span=(spans[0].start, spans[-1].end),
        organisation=run.settings.report.organisation,
        ledger=gather.counts_of(pl.concat(meetings), sources, 0, {}),
    )


def last_weeks(store: Store, weeks: int, run: Run) -> list[Period]:
    """The last weeks up to the newest that the store holds, oldest first; at least one."""
    zone = run.settings.report.timezone
    held = [part.week for part in store.parts()] or [periods.iso_week(run.now)]
    newest = periods.week(max(held), zone=zone, now=run.now)
    mondays = [newest.first_day - dt.timedelta(weeks=back) for back in range(weeks)]
    labels = [periods.week_of(monday) for monday in reversed(mondays)]
    there = [label for label in labels if label >= min(held)]
    return [periods.week(label, zone=zone, now=run.now) for label in there]


def meant(sessions: pl.LazyFrame, text: str, weeks: int) -> list[str]:
    """The person keys of the one person that a text means."""
    known = sessions.select("person_key", "email", "name").unique().collect()
    found = _fitting(known, " ".join(text.split()))
    people: dict[str, list[str]] = {}
    emails: dict[str, str] = {}
    for who, key, email in _identified(found).unique(maintain_order=True).rows():
        people.setdefault(who, []).append(key)
        emails[who] = email or emails.get(who, "")
    if not people:
        raise PersonNotKnown(weeks=weeks)
    if len(people) > 1:
        refs = {who: person_ref(min(keys)) for who, keys in people.items()}
        lines = sorted(f"{emails[who] or 'no address'}  {ref}" for who, ref in refs.items())
        raise SeveralPeople.among(lines)
    (keys,) = people.values()
    return sorted(set(keys))


def _fitting(known: pl.DataFrame, text: str) -> pl.DataFrame:
    """Rows of whoever the text fits best: address or reference, whole name, part of a name."""
    lower = text.lower()
    refs = {person_ref(key): key for key in known["person_key"].unique()}
    if lower in refs:
        return known.filter(person_key=refs[lower])
    by_email = known.filter(pl.col("email") == lower)
    name = pl.col("name").str.to_lowercase()
    tries = (
        by_email,
        known.filter(name == lower),
        known.filter(name.str.contains(lower, literal=True)),
    )
    found = next((rows for rows in tries if not rows.is_empty()), known.clear())
    return known.filter(pl.col("person_key").is_in(found["person_key"].implode()))


def _identified(found: pl.DataFrame) -> pl.DataFrame:
    """`who`, `person_key`, `email` of each row.

    Keys of one address are one person, and so are guests known by the same name alone: nothing
    tells them apart.
    """
    named = pl.col("person_key").str.starts_with("name:")
    alone = pl.when(named).then(pl.concat_str(pl.lit("name:"), pl.col("name").str.to_lowercase()))
    mail = pl.col("email").drop_nulls().first().over("person_key")
    return found.sort("person_key", "email", "name", nulls_last=True).select(
        pl.coalesce(mail, alone, "person_key").alias("who"), "person_key", "email"
    )


def _page_in(out: Path) -> PageOf:
    """Pages of meetings that lie there already, relative to the person's."""

    def page(ref: str, day: dt.date) -> str | None:
        name = f"{day}-{ref}.html"
        return f"../{MEETINGS}/{name}" if (out / MEETINGS / name).exists() else None

    return page
