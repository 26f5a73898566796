"""Which weeks were reported whole, and which were begun or passed over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from qosreport.store.ledger import Ledger, micros

WeekState = Literal["begun", "done", "passed"]
"""Not reported whole yet; reported, and handed over to mail and archive; given up."""


@dataclass(frozen=True)
class Weeks:
    """The weeks in the ledger of a store."""

    ledger: Ledger

    def states(self) -> Mapping[str, WeekState]:
        """What became of each week that a run began, by label, the oldest first."""
        rows = self.ledger.read("SELECT label, state FROM week ORDER BY label")
        return {label: _state(state) for label, state in rows}

    def note(self, label: str, state: WeekState, at: dt.datetime) -> None:
        """Remember what became of a week; on the disk when this returns."""
        with self.ledger.transaction():
            self.ledger.write(
                "INSERT OR REPLACE INTO week VALUES (?, ?, ?)", [(label, state, micros(at))]
            )


def _state(text: str) -> WeekState:
    return next(state for state in get_args(WeekState) if state == text)
