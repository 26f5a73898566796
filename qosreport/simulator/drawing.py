"""Draws the known causes of trouble from the seed, with varying strength, duration and overlap."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from qosreport.simulator.causes import Cause, CauseKind
from qosreport.simulator.company import Organisation
from qosreport.simulator.dice import Dice
from qosreport.simulator.people import LAPTOP_MODELS, Person
from qosreport.simulator.places import ISP_BY_NAME, NEAREST, SITE_BY_NAME, Site

TWICE: tuple[CauseKind, ...] = ("site_wifi", "isp_evening", "data_centre", "site_link")
"""Kinds that may come a second time."""


ACTIVITY: dict[CauseKind, tuple[float, float]] = {
    "site_wifi": (0.35, 0.8),
    "isp_evening": (0.35, 0.8),
    "data_centre": (0.6, 1.0),
    "sender_uplink": (0.3, 0.8),
    "overloaded_laptops": (0.3, 0.7),
    "client_version": (0.3, 0.6),
    "site_link": (0.5, 0.9),
}
"""Between what shares of its hours each kind is at work."""


@dataclass(frozen=True)
class Period:
    """Whole weeks of the simulation, and who in it could be the one with the bad uplink."""

    first_day: dt.date
    """A Monday."""
    weeks: int
    daily: tuple[tuple[Person, float], ...]
    """People who hold the same meeting every working day, and its local hour."""

    @property
    def last_day(self) -> dt.date:
        """The last Sunday."""
        return self.first_day + dt.timedelta(weeks=self.weeks, days=-1)


def draw(seed: int, organisation: Organisation, period: Period) -> tuple[Cause, ...]:
    """One cause of every kind, and in half of all organisations one more."""
    causes = [_one(seed, kind, 1, organisation, period) for kind in DRAWS]
    dice = Dice(seed, "causes")
    if dice.chance(0.5):
        causes.append(_one(seed, dice.pick(TWICE), 2, organisation, period))
    return tuple(causes)


def _one(
    seed: int, kind: CauseKind, which: int, organisation: Organisation, period: Period
) -> Cause:
    dice = Dice(seed, "cause", kind, which)
    first_day, last_day = _days(dice, period)
    strength = round(dice.between(0.55, 1.4), 2)
    activity = round(dice.between(*ACTIVITY[kind]), 2)
    blank = Cause(f"{kind}-{which}", kind, "", strength, first_day, last_day, activity=activity)
    return DRAWS[kind](dice, blank, organisation, period)


def _days(dice: Dice, period: Period) -> tuple[dt.date, dt.date]:
    """New in the last week, or lasting to its end, or over before it."""
    fate, end, week = dice.random(), period.last_day, dt.timedelta(weeks=1)
    day = dt.timedelta(days=1)
    if period.weeks == 1 or fate < 0.45:
        return end - week + day, end
    if fate < 0.85:
        return end - dice.whole(2, period.weeks) * week + day, end
    return end - dice.whole(2, period.weeks) * week + day, end - week


def _site_wifi(dice: Dice, blank: Cause, organisation: Organisation, _: Period) -> Cause:
    site = _site(dice, organisation)
    start = dice.pick((8.0, 8.5, 9.0, 12.5))
    return replace(
        blank,
        where=site.name,
        zone=site.zone,
        weekdays=_some_days(dice, site, 3, 5),
        from_hour=start,
        to_hour=start + dice.pick((4.0, 5.0, 6.5, 8.5)),
        share=round(dice.between(0.85, 1.0), 2),
    )


def _isp_evening(dice: Dice, blank: Cause, organisation: Organisation, _: Period) -> Cause:
    customers = Counter(one.home.isp for one in organisation.members if one.home)
    isp = ISP_BY_NAME[dice.pick([name for name, _ in customers.most_common(4)])]
    site = SITE_BY_NAME[isp.site]
    return replace(
        blank,
        where=isp.name,
        zone=site.zone,
        weekdays=_some_days(dice, site, 3, 5),
        from_hour=dice.pick((15.5, 16.0, 17.0)),
        to_hour=dice.pick((21.5, 22.0, 23.0)),
    )


def _data_centre(dice: Dice, blank: Cause, organisation: Organisation, _: Period) -> Cause:
    staff = Counter(NEAREST[one.site.region] for one in organisation.members if one.site)
    code = dice.pick([code for code, _ in staff.most_common(2)])
    hour = {"LHR": 9, "FRA": 8, "YYZ": 14, "TYO": 1}[code] + dice.whole(0, 4)
    day = _workday(dice, blank)
    length = dice.pick((0.75, 1.0, 1.5, 2.5))
    return replace(
        blank,
        where=code,
        first_day=day,
        last_day=day,
        from_hour=float(hour),
        to_hour=hour + length,
    )


def _sender_uplink(dice: Dice, blank: Cause, organisation: Organisation, period: Period) -> Cause:
    person, hour = dice.pick(period.daily or [(organisation.members[0], 10.0)])
    site = person.site or organisation.sites[0]
    return replace(
        blank,
        where=person.key,
        zone=site.zone,
        weekdays=_some_days(dice, site, 2, 4),
        from_hour=hour - 0.5,
        to_hour=hour + dice.pick((1.0, 2.0, 3.0)),
    )


def _overloaded_laptops(dice: Dice, blank: Cause, _: Organisation, __: Period) -> Cause:
    model = dice.pick(LAPTOP_MODELS[2:])
    return replace(blank, where=model, share=round(dice.between(0.25, 0.5), 2))


def _client_version(dice: Dice, blank: Cause, organisation: Organisation, _: Period) -> Cause:
    release = organisation.releases[0 if dice.chance(0.7) else 1]
    return replace(blank, where=release.version, share=round(dice.between(0.05, 0.12), 2))


def _site_link(dice: Dice, blank: Cause, organisation: Organisation, _: Period) -> Cause:
    site = _site(dice, organisation)
    return replace(
        blank,
        where=site.name,
        zone=site.zone,
        weekdays=_some_days(dice, site, 2, 5),
        from_hour=10.0,
        to_hour=dice.pick((10.5, 11.0, 11.5)),
    )


Drawing = Callable[[Dice, Cause, Organisation, Period], Cause]
DRAWS: dict[CauseKind, Drawing] = {
    "site_wifi": _site_wifi,
    "isp_evening": _isp_evening,
    "data_centre": _data_centre,
    "sender_uplink": _sender_uplink,
    "overloaded_laptops": _overloaded_laptops,
    "client_version": _client_version,
    "site_link": _site_link,
}


def _site(dice: Dice, organisation: Organisation) -> Site:
    """A site, the larger the likelier."""
    member = dice.pick(organisation.members)
    return member.site or organisation.sites[0]


def _some_days(dice: Dice, site: Site, fewest: int, most: int) -> tuple[int, ...]:
    return tuple(sorted(dice.some(site.workdays, dice.whole(fewest, most))))


def _workday(dice: Dice, blank: Cause) -> dt.date:
    """A day from Monday to Thursday of the cause's last week."""
    monday = blank.last_day - dt.timedelta(days=6)
    return monday + dt.timedelta(days=dice.whole(0, 3))
