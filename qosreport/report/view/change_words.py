"""The words of change and follow-up: verdicts, comparisons, standings, next checks."""

from collections.abc import Sequence

from qosreport.report.result import (
    Changes,
    Check,
    Comparison,
    ComparisonId,
    FollowUp,
    SegmentKind,
)
from qosreport.report.view import cause_words, phrases, words
from qosreport.report.view.words import Prose, prose, strong

VERDICTS = {
    "worse": "Worse",
    "better": "Better",
    "no_detectable_change": "No clear change",
    "too_few": "Too few to say",
}
KINDS: dict[SegmentKind, str] = {
    "organisation": "all connections",
    "site": "site",
    "network_type": "network",
    "data_center": "Zoom data centre",
    "client_version": "client version",
    "device": "device",
    "os": "operating system",
    "provider": "internet provider",
}
REASONS = {
    "no_earlier_week": "no earlier week to compare with",
    "not_there_before": "not there before",
    "few_now": "too few this week",
    "few_before": "too few before",
    "mix_differs": "sites and networks differ too much",
    "few_events": "fewer than five cases",
}
CHECKS: dict[Check, str] = {
    "ask_site_network": "See to the site first: most of it happened there",
    "update_client": "Try another Zoom client: this version does worse than others",
    "check_cpu": "See what else runs on the machine",
    "check_video_load": "Turn off HD video and backgrounds: Zoom itself is the load",
    "check_wifi": "Try a cable, or a place nearer the access point",
    "check_mobile_signal": "Try Wi-Fi or a cable instead of the mobile network",
    "check_access_line": "Test the line by cable, with the camera off",
    "ask_person": "Ask how they connect: Zoom does not say",
    "check_uplink": cause_words.CHECKS["remote_sender"].removesuffix("."),
    "ask_zoom": cause_words.CHECKS["data_center"].removesuffix("."),
    "ask_provider": cause_words.CHECKS["isp"].removesuffix("."),
    "see_shared_cause": "See to the shared cause first: most of it fits that",
}
AT_SITE: dict[Check, str] = {
    "check_wifi": "Survey the Wi-Fi: it is worse than cable there",
    "ask_site_network": cause_words.CHECKS["site"].removesuffix("."),
}
STATUSES = {
    "this_week": "This week",
    "new": "New",
    "watch": "Watch",
    "resolved": "Resolved",
    "unclear": "Unclear",
    "absent": "Not seen",
}


def change(one: Comparison) -> Prose:
    """Worse +2.1 pp; the word first. Too few to say, and why."""
    if one.verdict == "too_few" or one.change_pp is None:
        return prose(f"Too few to say: {REASONS.get(one.reason or '', 'too few')}")
    word = VERDICTS[one.verdict]
    if not is_real(one) and _off_zero(one):
        word = "Small or unsure change"
    return prose(strong(word) if is_real(one) else word, f" {points(one.change_pp)}")


def _off_zero(one: Comparison) -> bool:
    """Whether the interval leaves out no change at all."""
    if one.low_pp is None or one.high_pp is None:
        return False
    return one.low_pp > 0 or one.high_pp < 0


def is_real(one: Comparison) -> bool:
    """Whether chance hardly explains the change, and it is large enough to matter."""
    return one.verdict in {"worse", "better"}


def points(value: float) -> str:
    """+2.1 pp; a true minus; zero has no sign."""
    figure = words.decimal(value, 1)
    sign = "+" if words.decimal(abs(value), 1) == figure and figure != "0.0" else ""
    return words.measure(f"{sign}{figure}", "pp")


def reach(one: Comparison) -> str:
    """0.0 to +1.1; empty where it was not tested."""
    if one.low_pp is None or one.high_pp is None:
        return ""
    low, high = points(one.low_pp), points(one.high_pp)
    unit = f"{words.THIN}pp"
    text = f"{low.removesuffix(unit)} to {high.removesuffix(unit)}"
    return text.replace(" ", words.NO_BREAK)


def against(what: ComparisonId, changes: Changes) -> str:
    """What something was compared with: last week, the four weeks before."""
    if what == "others":
        return "the other versions"
    if what == "previous":
        return "last week"
    family = next((one for one in changes.families if one.with_what == what), None)
    count = len(family.weeks) if family else 0
    return "the one earlier week" if count == 1 else f"the {words.spelt(count, 'week')} before"


def distinct(compared: Sequence[Comparison], changes: Changes | None) -> list[Comparison]:
    """The comparisons without one that is of the same week as another."""
    weeks = {one.with_what: one.weeks for one in changes.families} if changes is not None else {}
    same = weeks.get("previous") == weeks.get("trailing")
    return [one for one in compared if not (same and one.with_what == "trailing")]


def longest_real(compared: Sequence[Comparison], changes: Changes | None) -> Comparison | None:
    """The change that is beyond chance: against the longer time, if there."""
    return next((one for one in reversed(distinct(compared, changes)) if is_real(one)), None)


def has_past(changes: Changes | None) -> bool:
    """Whether there is any earlier week to compare with."""
    return changes is not None and any(family.weeks for family in changes.families)


def standing(row: FollowUp) -> str:
    """New, Week 3, Watch, Resolved."""
    if row.status == "continuing":
        return f"Week {row.weeks_in_row}"
    return STATUSES[row.status]


def check(row: FollowUp) -> Prose:
    """The next check to make, as an imperative."""
    if row.next_check == "see_shared_cause" and row.shared_cause is not None:
        what = cause_words.object_of(row.shared_cause)
        return prose("See to ", what, " first: most of it fits that")
    said = AT_SITE.get(row.next_check) if row.kind == "site" else None
    return prose(said or CHECKS[row.next_check])


def at_stake(row: FollowUp) -> Prose:
    """What the minutes at stake are made of, where they are not simply those harmed."""
    harmed = words.count(row.harmed_minutes)
    if row.kind in {"site", "data_center", "provider"}:
        some = row.at_stake_minutes < row.harmed_minutes
        return prose(f"of {harmed} harmed there" if some else "")
    parts = []
    if row.caused_minutes:
        own = words.count(row.harmed_minutes - row.shared_minutes)
        parts.append(f"{own} own, {words.count(row.caused_minutes)} of others")
    if row.shared_minutes:
        parts.append(f"{words.count(row.shared_minutes)} fit a shared cause")
    return prose("; ".join(parts))


def facts(row: FollowUp) -> str:
    """What identifies a thing, beside its name."""
    network = phrases.network(row.network)
    if row.kind in {"data_center", "provider"}:
        return "Zoom data centre" if row.kind == "data_center" else "Internet provider"
    if row.kind == "site":
        return words.joined(["Site", f"mostly {network}" if network else None])
    version = f"client {words.clean(row.client_version, 24)}" if row.client_version else None
    if row.kind == "machine":
        return words.joined([words.clean(row.device, 32) or "Machine", version])
    wireless = row.rssi_dbm is not None and network == phrases.NETWORKS["wifi"]
    signal = f"{network} at {words.fixed(row.rssi_dbm or 0.0, 'dBm')}" if wireless else network
    return words.joined(["Person", words.opening(signal) if signal else None])


def named(rows: Sequence[str], more: int) -> str:
    """Ada, Bea and two more."""
    tail = [words.spelt(more, "more", "more")] if more else []
    return words.listing([*rows, *tail])
