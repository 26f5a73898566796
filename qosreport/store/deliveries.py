"""Which reports are in the archive, and which are still to be brought there."""

import datetime as dt
from dataclasses import dataclass

from qosreport.store.ledger import Ledger, micros


@dataclass(frozen=True)
class Deliveries:
    """The deliveries to one archive, in the ledger of a store."""

    ledger: Ledger
    target: str
    """Which archive."""

    def due(self) -> list[str]:
        """Reports that were to be archived and are not yet."""
        return self._reports("due")

    def done(self) -> list[str]:
        """Reports that are in the archive."""
        return self._reports("done")

    def note_due(self, report: str, at: dt.datetime) -> None:
        """Remember that a report is to be archived, so that the next run does what this cannot."""
        self._note(report, "due", at)

    def note_done(self, report: str, at: dt.datetime) -> None:
        """Remember that a report is archived, in its newest form."""
        self._note(report, "done", at)

    def _reports(self, state: str) -> list[str]:
        rows = self.ledger.read(
            "SELECT report FROM delivery WHERE target = ? AND state = ? ORDER BY report",
            self.target,
            state,
        )
        return [report for (report,) in rows]

    def _note(self, report: str, state: str, at: dt.datetime) -> None:
        with self.ledger.transaction():
            self.ledger.write(
                "INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?)",
                [(self.target, report, state, micros(at))],
            )
