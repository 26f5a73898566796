"""What reports hide of people: one pure step from a document to the document that is shown.

Everything that readers get is a pure function of a document (docs/architecture.md), so whatever is
not in it any more is in no page, PDF, workbook, mail or index. docs/privacy.md says what a mode
means for readers.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from qosreport.errors import NoPersonPages
from qosreport.report.privacy import aggregate
from qosreport.report.privacy.walk import Nobody, rewritten, with_pseudonyms
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    WeeklyResult,
    WhatIfResult,
)
from qosreport.report.result.about import Head, Privacy
from qosreport.settings import PrivacyMode

__all__ = ["FULL", "Veil", "mode_of"]

Document = TypeVar(
    "Document", WeeklyResult, MeetingResult, PersonResult, EvidenceResult, WhatIfResult
)


@dataclass(frozen=True)
class Veil:
    """A mode, and the key that pseudonyms are made with."""

    mode: PrivacyMode = "full"
    key: bytes = field(default=b"", repr=False)

    def over(self, document: Document) -> Document:
        """The document as this mode shows it, saying so at its head.

        Raises:
            TooFewPeople: It would be of a group that the mode does not show.
            NoPersonPages: It is of one person.
            KeyError: It holds a text that nobody decided on (`fields`).
        """
        if self.mode == "full":
            return document
        if self.mode == "pseudonymous":
            said = {"privacy": Privacy(mode="pseudonymous")}
            marked = document.model_copy(update={"head": document.head.model_copy(update=said)})
            return with_pseudonyms(marked, self.key)
        # Nobody is left in it by now; whoever is all the same has no name.
        return rewritten(_aggregated(document), Nobody())


FULL = Veil()


def mode_of(head: Head) -> PrivacyMode:
    """The mode that a document was made in, by its head."""
    return "full" if head.privacy is None else head.privacy.mode


def _aggregated(document: Document) -> Document:
    if isinstance(document, WeeklyResult):
        return aggregate.weekly(document)
    if isinstance(document, MeetingResult):
        return aggregate.meeting(document)
    if isinstance(document, EvidenceResult):
        return aggregate.evidence(document)
    if isinstance(document, WhatIfResult):
        return aggregate.whatif(document)
    raise NoPersonPages
