"""A page of Zoom's without one person: what was measured stays, whose it was does not.

Their entries keep times, measures, kinds of device and network, and the public address cut to its
network; everything else in them is blank, and so are texts elsewhere that name them. The meeting
reads as if Zoom had withheld the person, so every count of connections and minutes stays.
"""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from qosreport.identity import Identity
from qosreport.store import RawPage
from qosreport.zoom.parse.text import clean_one

_KEPT = frozenset(
    {
        "user_id", "participant_id", "join_time", "leave_time", "role", "status", "device",
        "os", "os_version",
        "browser_name", "browser_version", "client", "version", "zoom_thin_client_plugin_version",
        "location", "network_type", "connection_type", "video_connection_type",
        "as_connection_type", "data_center", "full_data_center", "health", "issue_list",
        "audio_quality", "video_quality", "screen_share_quality", "bo_mtg_id", "user_qos",
        "details", "qos", "quality", "date_time", "optional_archiving", "aic_disclaimer",
    }
)  # fmt: skip
"""Texts and lists of an entry that say nothing of who it is."""
_IDS = ("id", "participant_user_id", "user_id", "email")
_HOST = ("host", "email", "dept")
_PREFIX = {4: 24, 6: 48}


def forgotten(page: RawPage, who: Identity) -> RawPage:
    """The page without the person; the same page if it holds nothing of them."""
    body = forgotten_body(page.body, who)
    return page if body is page.body else replace(page, body=body)


def forgotten_body(body: bytes, who: Identity) -> bytes:
    """An answer without the person; the same bytes if they are not in it, or it is no JSON."""
    if not _may_hold(body, who):
        return body
    try:
        tree = json.loads(body)
    except ValueError:
        return body
    cleaned = _cleaned(tree, who)
    return body if cleaned == tree else json.dumps(cleaned, ensure_ascii=False).encode()


def _may_hold(body: bytes, who: Identity) -> bool:
    """Whether it is worth parsing: plain text is looked through many times faster."""
    if not body.isascii() or b"\\" in body:
        return True
    text = body.lower()
    return any(one.casefold().encode() in text for one in who.keys | who.emails | who.names)


def _cleaned(tree: Any, who: Identity) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(tree, dict):
        return _object(tree, who)
    if isinstance(tree, list):
        return [_cleaned(one, who) for one in tree]
    if isinstance(tree, str) and who.is_mentioned(tree):
        return ""
    return tree


def _object(entry: dict[str, Any], who: Identity) -> dict[str, Any]:
    if "host" in entry and "topic" in entry:
        return _meeting(entry, who)
    if _is_theirs(entry, who):
        return _own(entry, who)
    # Whoever has the same name and is known to be somebody else keeps it.
    namesake = any(entry.get(key) for key in ("id", "participant_user_id", "email"))
    kept = {"user_name"} if namesake else set()
    return {key: one if key in kept else _cleaned(one, who) for key, one in entry.items()}


def _is_theirs(entry: dict[str, Any], who: Identity) -> bool:
    if any(who.is_account(entry.get(key)) for key in _IDS):
        return True
    known = any(entry.get(key) for key in ("id", "participant_user_id", "email"))
    name = entry.get("user_name")
    # Tables know names without what cannot be seen.
    return not known and isinstance(name, str) and who.is_name(clean_one(name))


def _meeting(item: dict[str, Any], who: Identity) -> dict[str, Any]:
    address = item.get("email")
    hosted = who.is_account(address) or (not address and who.is_name(item.get("host")))
    kept = _cleaned({key: one for key, one in item.items() if key not in _HOST}, who)
    host = {key: "" if hosted else item[key] for key in _HOST if key in item}
    return {key: host.get(key, kept.get(key)) for key in item}


def _own(entry: dict[str, Any], who: Identity) -> dict[str, Any]:
    return {key: _value(key, one, entry, who) for key, one in entry.items()}


def _value(key: str, one: Any, entry: dict[str, Any], who: Identity) -> Any:  # noqa: ANN401
    if key == "ip_address" and isinstance(one, str):
        return network_of(one)
    if key == "leave_reason" and isinstance(one, str):
        return without_names(one, [str(entry.get("user_name") or ""), *who.names])
    if key == "user_id" and who.is_account(one):  # of a rating: the account's
        return ""
    if key in _KEPT:
        return _cleaned(one, who)
    if isinstance(one, str):
        return ""
    return type(one)() if isinstance(one, list | dict) else one


def network_of(address: str) -> str:
    """A public address cut to its network, so that a site is still found; blank if it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    rest = parsed.max_prefixlen - _PREFIX[parsed.version]
    return str(type(parsed)(int(parsed) >> rest << rest))


def without_names(text: str, names: Iterable[str]) -> str:
    """A sentence on who left, without the who."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "")
    return text
