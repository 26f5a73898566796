"""Which cause every poor minute of a period is consistent with, and what comes of it."""

from qosreport.diagnosis.causes.attribute import attribute
from qosreport.diagnosis.causes.findings import OWN, SUBJECT, findings, people, spells
from qosreport.diagnosis.causes.names import CAUSE, CAUSES, OWNERS, SHARED
from qosreport.diagnosis.causes.rows import rows_of

__all__ = [
    "CAUSE",
    "CAUSES",
    "OWN",
    "OWNERS",
    "SHARED",
    "SUBJECT",
    "attribute",
    "findings",
    "people",
    "rows_of",
    "spells",
]
