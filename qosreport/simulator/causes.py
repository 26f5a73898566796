"""Known causes of trouble: what each is, where, when and how strong.

What a cause does to a line is an `Impact`; the numbers are what it does at strength 1, chosen so
that a minute at that strength is poor by the default policy and one at 0.5 is not.
"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal

CauseKind = Literal[
    "site_wifi",
    "isp_evening",
    "data_centre",
    "sender_uplink",
    "overloaded_laptops",
    "client_version",
    "site_link",
]
Direction = Literal["sent", "received", "both", "device"]
NOISE = "noise"
"""Cause id of one person's bad line or moment, which is nobody's trouble but theirs."""


@dataclass(frozen=True)
class Impact:
    """What trouble adds to a line or takes from it."""

    loss_pct: float = 0.0
    jitter_ms: float = 0.0
    latency_ms: float = 0.0
    rssi_drop_db: float = 0.0
    cpu_pct: float = 0.0

    def times(self, strength: float) -> "Impact":
        """The same at another strength."""
        return Impact(*(getattr(self, part.name) * strength for part in fields(self)))


IMPACTS: dict[CauseKind, Impact] = {
    "site_wifi": Impact(loss_pct=6.8, jitter_ms=64.0, latency_ms=45.0, rssi_drop_db=28.0),
    "isp_evening": Impact(loss_pct=6.5, jitter_ms=62.0, latency_ms=190.0),
    "data_centre": Impact(loss_pct=7.5, jitter_ms=66.0, latency_ms=90.0),
    "sender_uplink": Impact(loss_pct=8.0, jitter_ms=72.0, latency_ms=60.0),
    "overloaded_laptops": Impact(cpu_pct=62.0),
    "client_version": Impact(loss_pct=5.5, jitter_ms=72.0),
    "site_link": Impact(loss_pct=6.8, jitter_ms=64.0, latency_ms=220.0),
}
DIRECTIONS: dict[CauseKind, Direction] = {
    "site_wifi": "both",
    "isp_evening": "received",
    "data_centre": "both",
    "sender_uplink": "sent",
    "overloaded_laptops": "device",
    "client_version": "received",
    "site_link": "both",
}
SEEN_AS: dict[str, str] = {
    "site_wifi": "site",
    "site_link": "site",
    "isp_evening": "isp",
    "data_centre": "data_center",
    "sender_uplink": "remote_sender",
    "overloaded_laptops": "device",
    "client_version": "client_version",
    NOISE: "participant",
}
"""What a diagnosis should call it; the sender of `sender_uplink` itself is `participant_uplink`."""


@dataclass(frozen=True)
class Cause:
    """One known cause of trouble."""

    id: str
    kind: CauseKind
    where: str
    """Site, provider, code of the data centre, key of the person, laptop model, or version."""
    strength: float
    """1 makes most minutes poor, 0.5 hardly any."""
    first_day: dt.date
    last_day: dt.date
    """Included."""
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """Monday is 0."""
    from_hour: float = 0.0
    to_hour: float = 24.0
    """In the zone; an hour beyond 24 is on the next day."""
    zone: str = "UTC"
    share: float = 1.0
    """Share of the joins concerned that it hits."""
    activity: float = 1.0
    """Share of its hours in which it is at work: it comes and goes in spells of some minutes."""

    @property
    def direction(self) -> Direction:
        """Which streams of the person concerned it harms."""
        return DIRECTIONS[self.kind]

    @property
    def impact(self) -> Impact:
        """What it does to a line, at its strength."""
        return IMPACTS[self.kind].times(self.strength)

    def windows(self) -> tuple[tuple[int, int], ...]:
        """When it is at work: half-open intervals in seconds since 1970, in order."""
        zone = zoneinfo.ZoneInfo(self.zone)
        days = (self.last_day - self.first_day).days + 1
        calendar = (self.first_day + dt.timedelta(days=number) for number in range(days))
        return tuple(
            (_instant(day, self.from_hour, zone), _instant(day, self.to_hour, zone))
            for day in calendar
            if day.weekday() in self.weekdays
        )

    @property
    def personal(self) -> bool:
        """Whether its spells come to each join at other times, rather than to all at once."""
        return self.direction == "device" or self.kind == "client_version"

    def as_json(self) -> dict[str, object]:
        """Every parameter, for the truth file."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        values |= {"first_day": str(self.first_day), "last_day": str(self.last_day)}
        impact = {part.name: round(getattr(self.impact, part.name), 3) for part in fields(Impact)}
        return values | {
            "weekdays": list(self.weekdays),
            "direction": self.direction,
            "impact": impact,
            "seen_as": SEEN_AS[self.kind],
        }


@lru_cache(maxsize=4096)
def _instant(day: dt.date, hour: float, zone: zoneinfo.ZoneInfo) -> int:
    day += dt.timedelta(days=int(hour // 24))
    minutes = round(hour % 24 * 60)
    moment = dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60), zone)
    return int(moment.timestamp())
