"""One stage of a weekly report, in a process of its own.

    python benchmarks/side_report.py STAGE DIRECTORY [COUNT]

DIRECTORY holds `store`. STAGE: score; weekly, which makes the document with eight weeks behind it
and its page; pdf; or pages, which makes COUNT meeting pages. Prints what it used, as JSON.
"""

import datetime as dt
import json
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from qosreport import periods
from qosreport.diagnosis.places import UNLISTED
from qosreport.diagnosis.weeks import back
from qosreport.pipeline import gather, pages
from qosreport.pipeline.score import key_of
from qosreport.report import html, pdf
from qosreport.report.numbers.causes import why_of
from qosreport.report.numbers.facts import PAST_SCORES, PAST_SESSIONS, PastTables
from qosreport.report.numbers.meeting import Rules
from qosreport.report.numbers.weekly import build_weekly
from qosreport.report.pdf_worker import PdfWorker
from qosreport.report.result import WeeklyResult
from qosreport.scoring import engine, load_policy
from qosreport.store import Store

POLICY = load_policy("zoom-network-quality")
WEEK, ZONE, WEEKS_BEHIND = "2026-W46", "Europe/London", 8
NOW = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
PERIOD = periods.week(WEEK, zone=ZONE, now=NOW)


def main(stage: str, directory: str, count: str = "0") -> None:
    print(json.dumps(STAGES[stage](Path(directory), int(count))))


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """CPU with that of children that have ended, and wall time."""
    found: dict[str, float] = {}
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    yield found
    found |= {"cpu_s": _cpu_s() - cpu_s, "wall_s": time.monotonic() - wall_s}


def _cpu_s() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def score(directory: Path, _count: int) -> dict[str, float]:
    with Store.open(directory / "store") as store:
        parts = store.parts()
        with measured() as found:
            tables = [scores for _, scores in engine.run(parts, POLICY)]
        for part, scores in zip(parts, tables, strict=True):
            store.put_scores(part, key_of(POLICY), scores)
    return found


def weekly(directory: Path, _count: int) -> dict[str, float]:
    """The week behind is this one again, eight times, in meetings of their own."""
    with Store.open(directory / "store", lock=False) as store:
        scored = gather.of_period(store, PERIOD, POLICY, UNLISTED)
        earlier = {label: _past(scored, label) for label in back(WEEK, WEEKS_BEHIND)}
        with measured() as found:
            result = build_weekly(
                scored.tables,
                period=PERIOD,
                policy=POLICY,
                ledger=scored.ledger(),
                organisation="Benchmark",
                now=NOW,
                page_of=lambda _ref, _day: None,
                earlier=earlier,
            )
    (directory / "weekly.json").write_text(result.model_dump_json())
    (directory / "weekly.html").write_text(html.weekly_page(result))
    return found


def _past(scored: gather.Scored, label: str) -> PastTables:
    def moved(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(meeting_uuid=pl.col("meeting_uuid") + label)

    tables = scored.tables
    wanted = [name for name in PAST_SESSIONS if name != "ip_address"]
    return PastTables(
        meetings=moved(tables.meetings.select("meeting_uuid")),
        sessions=moved(tables.sessions.select(*wanted, "site", "provider")),
        participant_scores=tables.participant_scores.select(PAST_SCORES),
        meeting_scores=moved(tables.meeting_scores.select("meeting_uuid", "band")),
    )


def paper(directory: Path, _count: int) -> dict[str, float]:
    import pikepdf

    out = directory / "weekly.pdf"
    with measured() as found:
        result = WeeklyResult.model_validate_json((directory / "weekly.json").read_bytes())
        worker = PdfWorker()
        out.write_bytes(worker.render(pdf.weekly_job(result)))
        worker.close()
    with pikepdf.open(out) as made:
        return {**found, "pages": len(made.pages)}


def meeting_pages(directory: Path, count: int) -> dict[str, float]:
    out = directory / "meetings"
    shutil.rmtree(out, ignore_errors=True)
    with Store.open(directory / "store", lock=False) as store:
        scored = gather.of_period(store, PERIOD, POLICY, UNLISTED)
        why = why_of(scored.tables, policy=POLICY, zone=ZONE)
        uuids = scored.tables.meetings["meeting_uuid"].head(count)
        wanted = {uuid: why.of_meeting(uuid) for uuid in uuids}
        rules = Rules(POLICY, ZONE, "Benchmark")
        place = pages.Place(out, "../weekly.html", frozenset())
        with measured() as found:
            made = list(pages.pages(scored, wanted, rules, [place]))
    return {**found, "pages": len(made)}


STAGES = {"score": score, "weekly": weekly, "pdf": paper, "pages": meeting_pages}

if __name__ == "__main__":
    main(*sys.argv[1:])
