"""Whose meetings a store holds: two accounts in one would be reported as one."""

from dataclasses import dataclass

from qosreport.store.layout import digest
from qosreport.store.ledger import Ledger


@dataclass(frozen=True)
class Owner:
    """The Zoom account in the ledger of a store."""

    ledger: Ledger

    def is_other(self, account_id: str) -> bool:
        """Whether the store is known to be of another account."""
        return self._known() not in {None, _digest(account_id)}

    def note(self, account_id: str) -> None:
        """Remember the account of a store that holds meetings; of an empty one nothing is known."""
        if self._known() is None and self.ledger.read("SELECT 1 FROM instance LIMIT 1"):
            with self.ledger.transaction():
                self.ledger.write("INSERT INTO account VALUES (?)", [(_digest(account_id),)])

    def _known(self) -> str | None:
        return next((found for (found,) in self.ledger.read("SELECT digest FROM account")), None)


def _digest(account_id: str) -> str:
    return digest(account_id.encode())
