"""People, their devices, and who is among them: staff, rooms, guests, telephone callers."""

from dataclasses import dataclass, replace
from typing import Literal

from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.names import (
    CULTURES,
    DEPARTMENTS,
    GUEST_CULTURES,
    GUEST_DOMAINS,
    adorned,
    full_name,
)
from qosreport.simulator.places import GUEST_ISP, ISPS, SITES, Isp, Place, Site

DOMAIN = "larkspur.example"
PersonKind = Literal["member", "guest", "web", "room", "phone"]
"""member: on the account; guest: from elsewhere, by app; web: from elsewhere, by browser."""


@dataclass(frozen=True)
class Device:
    """What somebody joins with, in Zoom's words."""

    device: str
    os: str
    os_version: str
    model: str
    """The laptop's model, by which overloaded ones are grouped; blank for others."""
    pc_name: str
    device_name: str
    mac_address: str
    disk_id: str
    microphone: str
    speaker: str
    camera: str
    load_pct: int
    """Usual processor use of the whole machine while in a meeting."""


@dataclass(frozen=True)
class Person:
    """One person, room or telephone."""

    key: str
    """Identity within the simulation."""
    kind: PersonKind
    account_id: str
    """Zoom's id of the account's user; blank for everyone else."""
    name: str
    email: str
    department: str
    site: Site | None
    """Where staff and rooms belong."""
    office: Place | None
    home: Place | None
    home_days: frozenset[int]
    """Weekdays worked from home."""
    device: Device
    mobile: Device | None
    camera_habit: float
    """Share of meetings with the camera on."""
    mute_habit: float
    """Share of the time muted in a meeting of some size."""
    upgrade_lag_weeks: float
    """How long after its release a client version arrives."""
    bad_line_habit: float
    """Share of the meetings from home in which the home line is bad."""

    def place(self, weekday: int, hour: float) -> Place:
        """Where the person is at that local time."""
        if self.office is None or (self.home and (weekday in self.home_days or hour >= 18)):
            return self.home or NOWHERE
        return self.office


NOWHERE = Place("", "", "eu", "Others", "", "", "", 20)

_LAPTOPS = Weighted(
    (("Windows", "Windows", "11", "Kestrel 14", 34), 30),
    (("Windows", "Windows", "11", "Merlin X2", 30), 22),
    (("Windows", "Windows", "10", "Kestrel 13 (2019)", 48), 9),
    (("Mac", "macOS", "15.1", "Aurora Air", 26), 20),
    (("Mac", "macOS", "14.7", "Aurora Pro", 24), 13),
    (("Windows", "Linux", "Debian 12", "Workbench 7", 28), 6),
)
LAPTOP_MODELS = tuple(model for _, _, _, model, _ in _LAPTOPS.items)
_MOBILES = Weighted(
    (("iOS", "iOS", "18.1", "iPhone"), 6), (("Android", "Android", "15", "Pixel"), 4)
)
_HEADSETS = Weighted(
    ("Headset H390", 30), ("Built-in microphone", 35), ("AirPods", 15), ("Conference puck 2", 10),
    ("マイク (USB Audio)", 5), ("Casque (périphérique audio)", 5),
)  # fmt: skip
_NO_DEVICE = Device("", "", "", "", "", "", "", "", "", "", "", 35)
_ROOM = Device("H.323/SIP", "", "", "", "", "", "", "", "", "", "", 0)
_PHONE = Device("Phone", "", "", "", "", "", "", "", "", "", "", 0)
_BROWSERS = Weighted(("Chrome 141", 6), ("Firefox 143", 2), ("Safari 18.1", 2))
_GUESTS: Weighted[PersonKind] = Weighted(("guest", 62), ("web", 24), ("phone", 14))
_HOME_NETWORKS = Weighted((("Wifi", 6), 72), (("Wired", 3), 22), (("Cellular", 28), 6))


def member(seed: int, number: int, site: Site) -> Person:
    """The member of staff with that number, who belongs to `site`."""
    dice = Dice(seed, "person", number)
    name, spelling = full_name(dice, CULTURES[site.country])
    department = dice.pick(DEPARTMENTS)
    laptop = _laptop(dice, number, site)
    return Person(
        key=f"m{number}",
        kind="member",
        account_id=_account_id(dice),
        name=adorned(dice, name, department),
        email=f"{spelling}{number}@{DOMAIN}",
        department=department,
        site=site,
        office=_office(dice, number, site),
        home=_home(dice, number, site),
        home_days=_home_days(dice, site),
        device=laptop,
        mobile=_mobile(dice, name),
        camera_habit=0.0 if dice.chance(0.14) else dice.between(0.62, 1.0),
        mute_habit=dice.between(0.2, 0.95),
        upgrade_lag_weeks=-3.0 * _log_share(dice),
        bad_line_habit=dice.between(0.2, 0.5) if dice.chance(0.02) else 0.0,
    )


def room(seed: int, site: Site, number: int) -> Person:
    """A meeting room that joins through Zoom's room connector."""
    dice = Dice(seed, "room", site.name, number)
    river = ("Aire", "Wharfe", "Nidd", "Swale")[number % 4]
    place = Place(
        site.name, "", site.region, "Others", site.public_address(number), "", site.location, 2
    )
    name = f"{site.name} {river}"
    key = f"r{site.name}{number}"
    return _plain_person(dice, key, "room", name=name, site=site, place=place, device=_ROOM)


def guest(seed: int, number: int) -> Person:
    """Somebody from elsewhere; Zoom gives little about them, sometimes not even a name."""
    dice = Dice(seed, "guest", number)
    kind = dice.weighted(_GUESTS)
    name, spelling = full_name(dice, dice.pick(GUEST_CULTURES))
    blank_place = dice.chance(0.3)
    address = "" if blank_place else GUEST_ISP.public_address(number)
    location = "" if blank_place else f"{GUEST_ISP.town} (SE)"
    network = "Others" if kind == "phone" else dice.weighted(_HOME_NETWORKS)[0]
    place = Place("", GUEST_ISP.name, "eu", network, address, "", location, 14)
    device = {"guest": _NO_DEVICE, "web": _web(dice), "phone": _PHONE}[kind]
    shown = _number(dice) if kind == "phone" else ("" if dice.chance(0.12) else name)
    person = _plain_person(
        dice, f"g{number}", kind, name=shown, site=None, place=place, device=device
    )
    if kind == "guest" and dice.chance(0.15):
        return replace(person, email=f"{spelling}@{dice.pick(GUEST_DOMAINS)}")
    return person


def _plain_person(
    dice: Dice,
    key: str,
    kind: PersonKind,
    *,
    name: str,
    site: Site | None,
    place: Place,
    device: Device,
) -> Person:
    """Somebody of whom the account knows nothing but what Zoom saw in the meeting."""
    return Person(
        key=key,
        kind=kind,
        account_id="",
        name=name,
        email="",
        department="",
        site=site,
        office=place if site else None,
        home=None if site else place,
        home_days=frozenset(),
        device=device,
        mobile=None,
        camera_habit={"room": 0.9, "phone": 0.0}.get(kind, 0.55),
        mute_habit={"room": 0.1}.get(kind, 0.5),
        upgrade_lag_weeks=-6.0 * _log_share(dice),
        bad_line_habit=0.0,
    )


def _log_share(dice: Dice) -> float:
    """Logarithm of a share drawn evenly: times -m it is exponential with mean m."""
    steps = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
    logs = (-3.9, -3.0, -2.3, -1.9, -1.6, -1.2, -0.92, -0.69, -0.51, -0.36, -0.22, -0.11, -0.03)
    return logs[int(dice.random() * len(steps))]


def _account_id(dice: Dice) -> str:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    return "".join(dice.pick(signs) for _ in range(22))


def _number(dice: Dice) -> str:
    """A number of the range kept for fiction, partly hidden as Zoom does."""
    return f"+1 555-***-01{dice.whole(0, 99):02d}"


def _office(dice: Dice, number: int, site: Site) -> Place:
    network, access_ms = ("Wifi", 6) if dice.chance(0.55) else ("Wired", 2)
    subnet = 16 if network == "Wifi" else 0
    internal = f"10.{20 + SITES.index(site)}.{subnet + number % 8}.{1 + number // 8 % 250}"
    address = site.public_address(number)
    return Place(site.name, "", site.region, network, address, internal, site.location, access_ms)


def _home(dice: Dice, number: int, site: Site) -> Place:
    choices = Weighted(*((isp, isp.weight) for isp in ISPS if isp.site == site.name))
    isp: Isp = dice.weighted(choices)
    network, access_ms = dice.weighted(_HOME_NETWORKS)
    town = f"{isp.town} ({site.country})"
    internal = f"10.0.0.{2 + number % 40}"
    address = isp.public_address(number)
    return Place("", isp.name, site.region, network, address, internal, town, access_ms + 6)


def _home_days(dice: Dice, site: Site) -> frozenset[int]:
    habit = dice.random()
    if habit < 0.3:
        return frozenset(range(7))
    days = 0 if habit < 0.55 else dice.whole(1, 3)
    off = frozenset(range(7)) - frozenset(site.workdays)
    return off | frozenset(dice.some(site.workdays, days))


def _laptop(dice: Dice, number: int, site: Site) -> Device:
    device, os, os_version, model, load_pct = dice.weighted(_LAPTOPS)
    headset = dice.weighted(_HEADSETS)
    octets = ":".join(dice.hexadecimal(2) for _ in range(5))
    return Device(
        device=device,
        os=os,
        os_version=os_version,
        model=model,
        pc_name=f"{site.name[:3].upper()}-{number:05d}",
        device_name=model,
        mac_address=f"02:{octets}",
        disk_id=f"DISK{dice.hexadecimal(8).upper()}",
        microphone=headset,
        speaker=headset.replace("microphone", "speakers"),
        camera="FaceTime HD Camera" if device == "Mac" else "Integrated Camera",
        load_pct=load_pct + dice.whole(-6, 8),
    )


def _mobile(dice: Dice, name: str) -> Device:
    device, os, os_version, model = dice.weighted(_MOBILES)
    mine = f"{name}’s {model}"
    return Device(device, os, os_version, "", mine, model, "", "", model, model, "Front camera", 30)


def _web(dice: Dice) -> Device:
    browser = dice.weighted(_BROWSERS)
    return Device("Web", "", browser, "", "", "", "", "", "", "", "", 40)
