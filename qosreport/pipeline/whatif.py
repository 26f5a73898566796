"""What other rules would make of a period: scored by both, compared, nothing replaced."""

from datetime import date
from pathlib import Path

from qosreport.periods import Period
from qosreport.pipeline import files, gather
from qosreport.pipeline.editions import editions
from qosreport.pipeline.pull import check_pulled
from qosreport.pipeline.report import MEETINGS
from qosreport.pipeline.run import Outcome, Run, partitions
from qosreport.pipeline.score import score_parts
from qosreport.report import html
from qosreport.report.numbers.whatif import Judged, build_whatif
from qosreport.report.result import WhatIfResult
from qosreport.report.view.whatif import told
from qosreport.scoring import Policy
from qosreport.store import Store


def compare(run: Run, period: Period, policies: tuple[Policy, Policy], out: Path) -> Outcome:
    """Write what the second policy would judge otherwise than the first, as JSON and HTML.

    Raises:
        NoStore, NotPulled: There is nothing to compare.
        DiskTrouble: A file cannot be written.
    """
    before, after = policies
    with Store.open(run.settings.store.path, create=False) as store:
        check_pulled(store, period, run)
        for policy in policies:
            score_parts(store, partitions(period), policy, run)
        usual = gather.of_period(store, period, before, run.places)
        other = gather.of_period(store, period, after, run.places)
    result = build_whatif(
        usual.tables.meetings,
        Judged(before, usual.tables.meeting_scores, usual.tables.participant_scores),
        Judged(after, other.tables.meeting_scores, other.tables.participant_scores),
        period=period,
        ledger=usual.ledger(),
        organisation=run.settings.report.organisation,
        now=run.now,
        page_of=lambda ref, day: _page(out, ref, day),
    )
    result = editions(run, out)[0].veil.over(result)
    stem = out / f"whatif-{period.label}-{_slug(after)}"
    page = html.whatif_page(result, index=(out / "index.html").exists(), brand=run.brand)
    paths = [
        files.write(stem.with_name(f"{stem.name}.json"), result.model_dump_json(indent=1)),
        files.write(stem.with_name(f"{stem.name}.html"), page),
    ]
    return Outcome(paths, _summary(result))


def _summary(result: WhatIfResult) -> str:
    return (
        f"{result.head.label}, {result.after.name} {result.after.version} instead of "
        f"{result.before.name} {result.before.version}: {told(result.meetings, 'meetings')}; "
        f"{told(result.connections, 'connections')}."
    ).replace("\u202f", ",")


def _slug(policy: Policy) -> str:
    """A policy's name may be any text; a file's may not."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in policy.name)
    return f"{kept[:40]}-{policy.sha256[:8]}"


def _page(out: Path, ref: str, day: date) -> str | None:
    """The page of a meeting beside the document, if it has one."""
    page = f"{MEETINGS}/{day}-{ref}.html"
    return page if (out / page).exists() else None
