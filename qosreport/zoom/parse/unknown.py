"""Keys that Zoom does not document: its answers grow several times a year (zoom-api.md §5.6).

The fast reader drops unknown keys without a word, so the beginning and the end of one answer of
each endpoint and meeting are looked through by themselves; a key inside a string cannot be taken
for one, since quotes inside strings are escaped.
"""

import re

from qosreport.zoom.parse.batch import Batch
from qosreport.zoom.parse.forms import KNOWN_KEYS
from qosreport.zoom.parse.rejects import UNKNOWN_KEY

_KEY = re.compile(rb'"([\w.-]{1,64}+)"\s*+:')
_KNOWN = {
    endpoint: frozenset(key.encode() for key in keys) for endpoint, keys in KNOWN_KEYS.items()
}
_HEAD_BYTES = 3072
"""Holds a participant with a sample."""
_TAIL_BYTES = 512
"""Holds what of the envelope may follow the list."""


def note_unknown_keys(batch: Batch) -> None:
    """Count each undocumented key once for each meeting and endpoint."""
    for endpoint, known in _KNOWN.items():
        seen: set[str] = set()
        for page in batch.pages[endpoint]:
            if page.meeting_uuid not in seen:
                seen.add(page.meeting_uuid)
                for key in _keys(page.body) - known:
                    batch.rejects.note(batch.place(page), f"{endpoint}.{key.decode()}", UNKNOWN_KEY)


def _keys(body: bytes) -> set[bytes]:
    if len(body) > _HEAD_BYTES + _TAIL_BYTES:
        body = body[:_HEAD_BYTES] + b"\n" + body[-_TAIL_BYTES:]
    return set(_KEY.findall(body))
