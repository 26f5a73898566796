"""What invented weeks and meetings are made of: people, policy numbers, rates, flags."""

import datetime as dt
import math
from dataclasses import dataclass
from random import Random

from qosreport.report.result import (
    EmodelParts,
    Flag,
    Head,
    Limiting,
    Method,
    Occurrence,
    Provenance,
    Rate,
    Span,
    Threshold,
)

MONDAY = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
ORGANISATION = "Tamarack Institute"
FIRST = (
    "Tomos",
    "Dafydd",
    "Anwen",
    "Leila",
    "Nia",
    "Freya",
    "Piotr",
    "Jonas",
    "Sian",
    "Kofi",
    "Idris",
    "Bryn",
    "Teodor",
    "Zofia",
    "Mikkel",
    "Marta",
    "Aksel",
    "Emil",
    "Olga",
    "Marek",
    "Henrik",
    "Clara",
    "Nadia",
    "Soren",
    "Rhys",
    "Hanna",
    "Ines",
    "Milan",
    "Vera",
    "Ada",
)
LAST = (
    "Halewood",
    "Prysegard",
    "Trevanion",
    "Carrow",
    "Ashgrove",
    "Skovgard",
    "Zielonka",
    "Eskelund",
    "Ollerton",
    "Achterby",
    "Lomasney",
    "Whitlocke",
    "Norrevang",
    "Okonjoba",
    "Gwynfor",
    "Penhallow",
    "Bryndal",
    "Varnholm",
    "Ibsworth",
    "Lindsdale",
)
WORLD = (
    "李雪芹",
    "مريم الحسيني",
    "Ángela Núñez-Ibáñez",
    "Ольга Ветрова",
    "🎧 Zoë",
    "O’Shaughnessy-Łukasz",
)
TOPICS = (
    "Field data stand-up",
    "Safety committee",
    "Regional leads",
    "Weekly operations call",
    "Data stewards",
    "Interview",
    "Onboarding",
    "Budget check-in",
    "Incident review",
    "Lab planning",
    "Archive working group",
    "Supplier call",
    "Sample logistics",
    "Steering group",
    "Team retrospective",
)


@dataclass(frozen=True)
class Person:
    """Someone who joins meetings."""

    ref: str
    name: str | None
    external: bool
    site: str | None
    network: str | None
    device: str
    os: str
    version: str
    data_center: str
    badness: float
    hot_cpu: bool


def hexes(random: Random) -> str:
    """A reference like those made by the numbers side."""
    return f"{random.getrandbits(48):012x}"


def wilson(k: int, n: float) -> tuple[float, float]:
    """A 95 % interval in per cent."""
    z, p = 1.959964, k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def rate(k: int, n: int, meetings: int, design: float = 1.6) -> Rate:
    """A rate as the numbers side makes it; not its statistics, only its shape."""
    if not n:
        return Rate(k=0, n=0, meetings=0, pct=None, low_pct=None, high_pct=None, enough=False)
    p = min(k, n)
    low, high = (
        wilson(round(p / design), max(n / design, 1.0)) if p else wilson(0, max(meetings, 1))
    )
    pct = 100 * p / n
    return Rate(
        k=p,
        n=n,
        meetings=meetings,
        pct=round(pct, 6),
        low_pct=round(min(low, pct), 6),
        high_pct=round(max(high, pct), 6),
        enough=n >= 30 and meetings >= 10,
    )


def head(
    label: str = "2026-W46", *, to_date: bool = False, organisation: str = ORGANISATION
) -> Head:
    """The head of a weekly document."""
    return Head(
        organisation=organisation,
        label=label,
        start=MONDAY,
        end=MONDAY + dt.timedelta(days=7),
        zone="Europe/London",
        hours=168.0,
        to_date=to_date,
    )


def method() -> Method:
    """The default policy's numbers."""

    def edge(measure, medium, band, value, source, *, below=False):
        return Threshold(
            measure=measure, medium=medium, band=band, value=value, below=below, source=source
        )

    zoom, cqd = "Zoom’s recommendation", "Microsoft CQD"
    return Method(
        policy="zoom-network-quality",
        policy_version="1.0.0",
        policy_sha256="9341279ef4ff2ff389009d4b545c3d60185455b92e1f88e3bab8c3d4a8c5b920",
        sent_is="input",
        poor_score=3.0,
        min_scored_minutes=3,
        poor_share_pct=20.0,
        poor_run_minutes=3,
        meeting_affected_pct=20.0,
        min_sessions=30,
        min_meetings=10,
        confidence_pct=95.0,
        thresholds=[
            edge("avg_loss_pct", "audio", "Fair", 2.9, "E-model with Bpl 17.3"),
            edge("avg_loss_pct", "audio", "Poor", 10.1, "E-model with Bpl 17.3"),
            edge("latency_ms", "audio", "Fair", 242.0, "E-model, Idd"),
            edge("latency_ms", "audio", "Poor", 547.0, "E-model, Idd"),
            edge("jitter_ms", "audio", "Fair", 40.0, zoom),
            edge("jitter_ms", "audio", "Poor", 60.0, "practice"),
            edge("jitter_ms", "video", "Fair", 40.0, zoom),
            edge("jitter_ms", "video", "Poor", 100.0, "frames come in bursts"),
            edge("max_loss_pct", "audio", "Fair", 10.0, "Microsoft, burst"),
            edge("max_loss_pct", "audio", "Poor", 20.0, "Microsoft, burst"),
            edge("avg_loss_pct", "video", "Fair", 2.0, zoom),
            edge("avg_loss_pct", "video", "Poor", 5.0, "Teams real-time analytics"),
            edge("latency_ms", "video", "Fair", 250.0, "as audio"),
            edge("latency_ms", "video", "Poor", 500.0, cqd),
            edge("frame_rate_fps", "video", "Fair", 15.0, "Teams", below=True),
            edge("frame_rate_fps", "video", "Poor", 7.0, cqd, below=True),
            edge("system_cpu_pct", "device", "Fair", 80.0, "Google Meet: ideal under 80 %"),
            edge("system_cpu_pct", "device", "Poor", 90.0, "Google Meet: shortage above 90 %"),
        ],
    )


def provenance() -> Provenance:
    """Where invented data claims to be from."""
    return Provenance(
        qosreport_version="0.1.0",
        data_as_of=MONDAY + dt.timedelta(days=7, hours=5, minutes=12),
        files=3,
        files_sha256="b07c41d2a9f0" + "5" * 52,
        api_calls=1566,
    )


def limiting(component: str, medium: str = "audio", direction: str = "received") -> Limiting:
    """What set a score."""
    return Limiting(medium=medium, direction=direction, component=component)


FLAG_KINDS = {
    "loss": ("AUDIO_EMODEL", "audio", "received", "emodel", "%", 10.1, "E-model with Bpl 17.3"),
    "jitter": (
        "JITTER",
        "audio",
        "received",
        "jitter_ms",
        "ms",
        60.0,
        "policy; Zoom recommends 40 ms",
    ),
    "peak": ("LOSS_PEAK", "audio", "received", "max_loss_pct", "%", 20.0, "Microsoft, burst 10 %"),
    "video": ("LOSS", "video", "received", "avg_loss_pct", "%", 5.0, "Teams real-time analytics"),
    "delay": ("AUDIO_EMODEL", "audio", "sent", "emodel", "ms", 547.0, "E-model, Idd"),
    "fps": ("FPS", "video", "sent", "fps_large", "fps", 7.0, "Microsoft CQD"),
    "cpu": (
        "CPU_SYSTEM_HIGH",
        None,
        None,
        "system_cpu",
        "%",
        90.0,
        "Google Meet: shortage above 90 %",
    ),
    "cost": (
        "CPU_LIKELY_CAUSE",
        None,
        None,
        "system_cpu",
        "%",
        90.0,
        "Google Meet: shortage above 90 %",
    ),
    "zoom_cpu": (
        "CPU_ZOOM_HIGH",
        None,
        None,
        "zoom_cpu",
        "%",
        60.0,
        "Google Meet: may delay from 60 %",
    ),
}
WORST = {
    "loss": (12.0, 28.0), "jitter": (66.0, 140.0), "peak": (24.0, 70.0), "video": (6.0, 18.0),
    "delay": (560.0, 900.0), "fps": (1.0, 6.5), "cpu": (92.0, 100.0),
    "cost": (92.0, 100.0), "zoom_cpu": (61.0, 88.0),
}  # fmt: skip


def flag(random: Random, kind: str, occurrences: list[Occurrence], *, meetings: int = 0) -> Flag:
    """One broken rule with plausible numbers."""
    code, medium, direction, component, unit, threshold, source = FLAG_KINDS[kind]
    worst = round(random.uniform(*WORST[kind]), 1)
    first = occurrences[0].spans[0].first if occurrences and occurrences[0].spans else None
    scored = None if medium is None else round(random.uniform(1.1, 2.95), 2)
    return Flag(
        code=code,
        medium=medium,
        direction=direction,
        component=component,
        worst_value=worst,
        worst_at=first,
        worst_score=scored,
        unit=unit,
        threshold=threshold,
        band="Poor" if scored is None or scored >= 2 else "Bad",
        source=source,
        minutes=sum(o.minutes for o in occurrences),
        longest_run_min=max((o.longest_run_min for o in occurrences), default=0),
        occurrences=occurrences,
        meetings=meetings or len(occurrences),
        emodel=_emodel(worst, unit) if code == "AUDIO_EMODEL" else None,
    )


def _emodel(worst: float, unit: str) -> EmodelParts:
    """The share of loss and delay in a rating; the formula only in outline."""
    loss = worst if unit == "%" else 1.2
    delay = worst if unit == "ms" else 190.0
    cost_loss, cost_delay = 95 * loss / (loss + 17.3), delay / 18
    return EmodelParts(
        loss_pct=loss,
        latency_ms=delay - 100,
        jitter_ms=20.0,
        delay_ms=delay,
        cost_loss_r=round(cost_loss, 6),
        cost_delay_r=round(cost_delay, 6),
        rating_r=round(93.2 - cost_loss - cost_delay, 6),
    )


def spans_of(minutes: list[dt.datetime]) -> list[Span]:
    """Runs of consecutive minutes."""
    spans: list[Span] = []
    for minute in minutes:
        if spans and minute - spans[-1].last == dt.timedelta(minutes=1):
            spans[-1] = Span(first=spans[-1].first, last=minute)
        else:
            spans.append(Span(first=minute, last=minute))
    return spans


def people(random: Random, number: int) -> list[Person]:
    """An organisation of five sites and many homes, with some trouble in it."""
    found = []
    for i in range(number):
        external = i % 13 == 12
        home = random.random() < 0.4
        site = None if external else "Home" if home else random.choice(
            ["Cardiff", "Cardiff", "Leeds", "Leeds", "Leeds", "Aarhus", "Aarhus", "Gdańsk"]
        )  # fmt: skip
        network = random.choices(["Wifi", "Wired", "Cellular", None], [60, 33, 2, 5])[0]
        device = random.choices(
            ["Windows", "Mac", "iPhone", "Android", "Web", "H.323/SIP"], [60, 22, 6, 4, 7, 1]
        )[0]
        os = {"Windows": "Windows 11", "Mac": "macOS 15"}.get(device, device)
        version = random.choices(["6.6.2", "6.5.7", "6.4.10", "5.17.11"], [44, 33, 17, 6])[0]
        center = {"Aarhus": "Frankfurt", "Gdańsk": "Frankfurt"}.get(
            site or "",
            random.choice(["London", "London", "Amsterdam", "Virginia"][: 3 + i % 40 // 39]),
        )
        badness = 0.7 if random.random() < 0.02 else 0.0
        full = WORLD[i // 37] if i % 37 == 5 and i // 37 < len(WORLD) else None
        name = full or f"{FIRST[i % len(FIRST)]} {LAST[(i * 7 + i // 30) % len(LAST)]}"
        found.append(
            Person(
                hexes(random), None if external and i % 2 else name, external, site, network,
                device,
                os, version, center, badness, random.random() < 0.025,
            )
        )  # fmt: skip
    return found
