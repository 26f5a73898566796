"""The report of one meeting, on demand: somebody waits for it.

What makes reports takes about as long to load as Zoom takes to answer, so it is loaded meanwhile.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qosreport.pipeline import meeting as one
from qosreport.pipeline.editions import directory
from qosreport.pipeline.meeting import Wanted
from qosreport.pipeline.run import Outcome, Run
from qosreport.pipeline.score import checked_policy
from qosreport.report.pdf_worker import PdfWorker
from qosreport.report.refs import page_stem
from qosreport.store import Store


def meeting(
    run: Run, wanted: Wanted, out: Path, worker: PdfWorker, *, archive: bool = False
) -> Outcome:
    """Report one meeting, and bring it to the archive of the settings if that is wanted.

    Raises:
        QosreportError: It could not be had.
    """
    policy = checked_policy(run)
    with Store.open(run.settings.store.path, create=not wanted.offline) as store:
        with ThreadPoolExecutor(1, "ready") as executor:
            executor.submit(_get_ready)
            scored = one.find(store, wanted, policy, run)
            why = one.why(store, scored, wanted, policy, run)
        from qosreport.pipeline import delivery, sentences, summary
        from qosreport.pipeline.archive import meeting_name
        from qosreport.pipeline.report import MEETINGS, Maker

        maker = Maker(out, policy, run, worker)
        result = maker.meeting(
            scored, live=wanted.live, only_participant=wanted.participant, why=why
        )
        maker.index()
        outcome = Outcome(maker.paths, sentences.meeting(result), maker.gaps)
        outcome.details = summary.meeting(result)
        stem = page_stem(result)
        shelf = directory(run.settings, out, run.settings.privacy.archive)
        # Its mode may show no meeting of so few: that is among the gaps by now.
        made = shelf / MEETINGS / f"{stem}.html" in maker.paths
        if made and archive and run.settings.archive.configured:
            delivery.shelve(store, run, meeting_name(stem), out, outcome)
    return outcome.with_brand(run.brand)


def _get_ready() -> None:
    """Load what makes the report; whatever is wrong with it is told when it is used."""
    from qosreport.pipeline import delivery, report, sentences, summary  # noqa: F401
    from qosreport.report.render import precompile

    precompile("meeting_print.html", "meeting.html", "lists.html")
