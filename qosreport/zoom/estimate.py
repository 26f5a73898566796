"""What a pull would cost before any of it is spent. Pure arithmetic, no call.

Formulas: reference "engine.md" §5: calls from page sizes, time from Zoom's rate or from how many
calls can be under way at once, whichever is slower.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qosreport.zoom.endpoints import ENDPOINTS
from qosreport.zoom.limits import HEAVY, PLANS, RESOURCE_INTENSIVE, Pacer, Rate

ANSWER_S = 0.4
"""Median time Zoom takes to answer, where nothing better is known."""


@dataclass(frozen=True)
class Estimate:
    """What a pull would take."""

    calls: Mapping[str, int]
    """By label."""
    seconds: float
    """Of asking, listing first and then fetching, were there no daily limit."""
    daily_calls: int
    """This account's budget of calls a day."""
    days: int
    """Days (GMT) on which calls would be made, today included; 0: nothing to do."""


def estimate(
    participants: Iterable[int],
    *,
    plan: str,
    budget_share: float = 1.0,
    spent_today: int = 0,
    workers: int = 24,
    answer_s: float = ANSWER_S,
    list_calls: int = 0,
    extras: int = 0,
) -> Estimate:
    """Calls and time for meetings of which only the number of participants is known.

    Args:
        participants: For each meeting its participants, by Zoom's list. A person who left and
            came back is counted once there but has two rows, so this is a lower bound.
        plan: free, pro or business.
        budget_share: Share of the plan's daily calls that may be spent.
        spent_today: Calls of today already spent.
        workers: Calls under way at once.
        answer_s: Seconds Zoom takes to answer.
        list_calls: Calls for listing, if that is still to be done; see `list_calls`.
        extras: Further endpoints asked for each meeting, one page each.
    """
    heavy = sum(calls_of_meeting(people) + extras for people in participants)
    rates, daily = PLANS[plan].rates, int(PLANS[plan].daily_calls * budget_share)
    listing_s = list_calls * answer_s + _paced_s(list_calls, rates[RESOURCE_INTENSIVE])
    fetching_s = max(_paced_s(heavy, rates[HEAVY]), heavy * answer_s / workers)
    total = heavy + list_calls
    beyond_today = max(0, total - max(0, daily - spent_today))
    days = -(-beyond_today // daily) + (1 if beyond_today < total else 0) if daily else 0
    calls: dict[str, int] = {HEAVY: heavy, RESOURCE_INTENSIVE: list_calls}
    return Estimate(MappingProxyType(calls), listing_s + fetching_s, daily, days)


def calls_of_meeting(participants: int) -> int:
    """The fewest calls that bring a meeting: its pages of participants and of QoS."""
    sizes = (ENDPOINTS["meeting", name].page_size or 1 for name in ("participants", "qos"))
    return sum(max(1, -(-participants // size)) for size in sizes)


def list_calls(meetings: int, windows: int) -> int:
    """The fewest calls that list so many meetings in so many windows (dates × types)."""
    size = ENDPOINTS["meeting", "list"].page_size or 1
    return max(windows, -(-meetings // size)) if windows else 0


def _paced_s(calls: int, rate: Rate) -> float:
    period_s = rate.period_s / Pacer.SHARE
    if rate.even:
        return calls * period_s / rate.calls
    return max(0, calls - 1) // rate.calls * period_s
