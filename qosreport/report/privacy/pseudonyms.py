"""Pseudonyms: the same for a person in every week, and no way back without the key.

A document knows a person by a reference, which anybody who guesses an address can compute. An HMAC
of it under a key of the operator's cannot be computed by others, and not be turned round: who holds
the key tries everybody in the store (`qosreport who`).
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Mapping

from qosreport.report.refs import DIGITS

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that looks like a digit."""
LETTERS = 8
"""Forty bits, in groups of four: short enough to read out."""
LONGER = 16
"""For people who share the short form in one document."""
_GROUP = 4
PERSON = "Person "
"""Begins every pseudonym."""


def keyed(key: bytes, kind: str, ref: str) -> str:
    """A reference that stands for another in documents: 12 hex digits that only the key gives."""
    return _digest(key, kind, ref).hex()[:DIGITS]


def code(key: bytes, ref: str, letters: int = LETTERS) -> str:
    """The pseudonym of a person without the word before it: 7F3K-9Q2M."""
    number = int.from_bytes(_digest(key, "name", ref))
    digits = [ALPHABET[number >> 5 * place & 31] for place in range(letters)]
    groups = ("".join(digits[first : first + _GROUP]) for first in range(0, letters, _GROUP))
    return "-".join(groups)


def names(key: bytes, refs: Collection[str], letters: int = LETTERS) -> Mapping[str, str]:
    """What to call the people of one document, by reference.

    Two who share the short form are both called by the longer one, which begins with it.
    """
    short = {ref: code(key, ref, letters) for ref in refs}
    shared = {one for one, times in Counter(short.values()).items() if times > 1}
    return {
        ref: PERSON + (code(key, ref, LONGER) if one in shared else one)
        for ref, one in short.items()
    }


def is_meant(key: bytes, text: str, ref: str) -> bool:
    """Whether a pseudonym, short or long, with or without the word before it, is this person's."""
    bare = text.strip().upper().removeprefix(PERSON.strip().upper()).strip().replace("-", "")
    whole = code(key, ref, LONGER).replace("-", "")
    return len(bare) in {LETTERS, LONGER} and whole.startswith(bare)


def meeting_label(ref: str) -> str:
    """What a meeting is called whose topic is hidden: its reference, which holds no data."""
    return f"Meeting {ref[:4]}-{ref[4:8]}"


def _digest(key: bytes, kind: str, ref: str) -> bytes:
    return hmac.digest(key, f"{kind}\0{ref}".encode(), hashlib.sha256)
