"""What Zoom answered, the tables made from it, and the ledger that says what is committed."""

from qosreport.store.checking import Damage, Repaired
from qosreport.store.deliveries import Deliveries
from qosreport.store.ledger import FileRow, Known, Ledger, Listing, States, Window
from qosreport.store.outbox import Envelope, Fate, MailState, Message, Outbox
from qosreport.store.parts import Part
from qosreport.store.raw import RawPage
from qosreport.store.store import Source, Store
from qosreport.store.weeks import Weeks, WeekState
from qosreport.store.writing import PolicyKey

__all__ = [
    "Damage",
    "Deliveries",
    "Envelope",
    "Fate",
    "FileRow",
    "Known",
    "Ledger",
    "Listing",
    "MailState",
    "Message",
    "Outbox",
    "Part",
    "PolicyKey",
    "RawPage",
    "Repaired",
    "Source",
    "States",
    "Store",
    "WeekState",
    "Weeks",
    "Window",
]
