"""Who was in trouble, since when, and whether it is over: people, machines and sites by week.

Codes and numbers; the words are the report's. Rules: docs/scoring.md, "Follow-up".
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict

import polars as pl

from qosreport.diagnosis import checks
from qosreport.diagnosis.people import MACHINE
from qosreport.diagnosis.standing import Rule, Seen, Standing, standing
from qosreport.diagnosis.troubled import MACHINE_KIND, PERSON, SITE, WHO, troubled
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats

RULES = {PERSON: Rule(2, 4), MACHINE_KIND: Rule(2, 4), SITE: Rule(1, 4)}
"""One bad week of a person or machine is chance; a site's rate already rests on many."""
WEEKS_BEFORE = 8

_Who = tuple[str | None, ...]
_STANDING = {
    "status": pl.String,
    "weeks_in_trouble": pl.Int64,
    "weeks_in_row": pl.Int64,
    "weeks_ago": pl.Int64,
}
_NUMBERS = ("k", "n", "harmed_minutes")
_COLUMNS = (*WHO, *_STANDING, "of_weeks", "trouble_week", *_NUMBERS, *checks.FACTS)


def followup(
    weeks: Mapping[str, pl.DataFrame],
    week: str,
    stats: Stats,
    *,
    releases: Collection[str] = (),
) -> pl.DataFrame:
    """Everyone and everything to follow up, most harmed participant-minutes first.

    Args:
        weeks: Frames as of `connections`, by ISO week as 2026-W46; weeks that are missing, later or
            more than eight before change nothing.
        week: The week in question, one of them.
        stats: Minimums, confidence and marks of the policy.
        releases: Client versions worse than others (`change.versions`), for the next check.

    Returns:
        One row per person, machine and site that has a `standing`: `kind` (person, machine, site),
        `person_key`, `device`, `site` as in `troubled`; `status` (new, continuing, watch, resolved,
        unclear, absent), `weeks_in_trouble` of `of_weeks`, `weeks_in_row`, `weeks_ago` as in
        `standing`; `trouble_week` (ISO week of its last trouble) and of that week `k`, `n`,
        `harmed_minutes` and the columns of `checks` with `next_check`.
    """
    labels = [week, *back(week, WEEKS_BEFORE)]
    there = {label: troubled(weeks[label], stats) for label in labels if label in weeks}
    rows = [
        {**dict(zip(WHO, who, strict=True)), **asdict(found), "of_weeks": RULES[_kind(who)].of}
        for who, found in _standings(there, labels).items()
    ]
    types = {**dict.fromkeys(WHO, pl.String), **_STANDING, "of_weeks": pl.Int64}
    table = pl.DataFrame(rows, schema=types)
    named = pl.col("weeks_ago").replace_strict(dict(enumerate(labels)), return_dtype=pl.String)
    table = table.with_columns(trouble_week=named)
    return _with_facts(table, weeks, there, stats, releases).sort(
        ["harmed_minutes", *WHO], descending=[True, *[False] * len(WHO)], nulls_last=True
    )


def _kind(who: _Who) -> str:
    return str(who[0])


def _standings(there: Mapping[str, pl.DataFrame], labels: list[str]) -> dict[_Who, Standing]:
    """Everything that has a standing; what was never in trouble has none."""
    ever = pl.concat(table.filter("trouble").select(WHO) for table in there.values()).unique()
    seen: dict[_Who, dict[str, Seen]] = {}
    for label, every in there.items():
        table = every.join(ever, on=WHO, how="semi", nulls_equal=True)
        rows = zip(table.select(WHO).iter_rows(), table["enough"], table["trouble"], strict=True)
        for who, enough, trouble in rows:
            word: Seen = "trouble" if trouble else "fine" if enough else "few"
            seen.setdefault(who, {})[label] = word
    found = {}
    for who, words in seen.items():
        history = [words.get(label, "absent") for label in labels]
        now = standing(history, RULES[_kind(who)])
        if now is not None:
            found[who] = now
    return found


def _with_facts(
    table: pl.DataFrame,
    weeks: Mapping[str, pl.DataFrame],
    there: Mapping[str, pl.DataFrame],
    stats: Stats,
    releases: Collection[str],
) -> pl.DataFrame:
    """The numbers and the next check, from the week of the last trouble."""
    parts = []
    # With nothing to follow up this week's frame still gives the columns their types.
    for label in sorted(set(table["trouble_week"])) or list(there)[:1]:
        now, frame = there[label], weeks[label]
        rows = table.filter(trouble_week=label)
        numbers = rows.join(now.select(*WHO, *_NUMBERS), on=WHO, nulls_equal=True)
        bad_sites = now.filter(kind=SITE).filter("trouble")["site"].to_list()
        facts = {
            PERSON: (checks.of_people(frame, bad_sites, releases), ["person_key"]),
            MACHINE_KIND: (checks.of_machines(frame, releases), MACHINE),
            SITE: (checks.of_sites(frame, stats), ["site"]),
        }
        for kind, (found, on) in facts.items():
            mine = numbers.filter(kind=kind)
            parts.append(mine.join(found, on=on, how="left", nulls_equal=True).select(_COLUMNS))
    return pl.concat(parts)
