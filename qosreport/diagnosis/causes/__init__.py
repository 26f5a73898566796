"""Which cause every poor minute of a period is consistent with, and what comes of it."""

from qosreport.diagnosis.causes.attribute import attribute
from qosreport.diagnosis.causes.findings import OWN, findings, people, spells
from qosreport.diagnosis.causes.names import CAUSE, CAUSES, OWNERS, SHARED

__all__ = [
    "CAUSE",
    "CAUSES",
    "OWN",
    "OWNERS",
    "SHARED",
    "attribute",
    "findings",
    "people",
    "spells",
]
