"""Invented meetings: one with shared trouble, and the edges that must read well too."""

import datetime as dt
import functools
from collections.abc import Callable
from random import Random

from qosreport.report.result import (
    BandCounts,
    Bin,
    Gap,
    Head,
    MeetingResult,
    Occurrence,
    Participant,
    Rating,
    Series,
    ShareSpan,
    Stay,
)
from tests.data.results import causes
from tests.data.results.pieces import (
    FIRST,
    LAST,
    ORGANISATION,
    flag,
    limiting,
    method,
    provenance,
    rate,
    spans_of,
    wilson,
)

START = dt.datetime(2026, 11, 11, 14, 0, tzinfo=dt.UTC)
BAND_ORDER = ("Bad", "Poor", "Fair", "Good", "Unscored")
Trouble = Callable[[int], float]


def window(first: int, last: int, strength: float) -> Trouble:
    """Trouble of one strength from one minute to another."""
    return lambda minute: strength if first <= minute < last else 0.0


def never(_: int) -> float:
    """No trouble."""
    return 0.0


class Maker:
    """Makes the participants of one meeting."""

    def __init__(self, seed: int, minutes: int) -> None:
        self.random = Random(seed)
        self.minutes = minutes
        self.made: list[Participant] = []

    def join(
        self,
        name: str | None,
        *,
        place: str | None = "Leeds",
        network: str | None = "Wired",
        trouble: Trouble = never,
        cpu: Trouble = never,
        first: int = 0,
        last: int | None = None,
        reason: str | None = "left the meeting.",
        user_id: str | None = None,
        muted: bool = False,
        external: bool = False,
        role: str = "attendee",
        device: tuple[str, str] = ("Windows", "Windows 11"),
    ) -> None:
        """One join."""
        last = self.minutes if last is None else last
        values = self._values(trouble, cpu, first, last, muted=muted)
        bands, net = self._bands(values, first, last, muted=muted)
        leave = START + dt.timedelta(minutes=last)
        known = {
            "user_id": user_id or str(16778240 + len(self.made)),
            "name": name,
            "is_external": external,
            "role": role,
            "place": place,
            "network": network,
            "device": device[0],
            "os": device[1],
            "present_minutes": last - first,
            "series": [] if muted and not any(values["system_cpu_pct"]) else self._series(values),
            "stay": Stay(
                join=START + dt.timedelta(minutes=first),
                leave=leave,
                leave_reason=reason,
                breakout=False,
            ),
        }
        self.made.append(self._participant(known, bands, net, muted=muted))

    def _values(
        self, trouble: Trouble, cpu: Trouble, first: int, last: int, *, muted: bool
    ) -> dict[str, list[float | None]]:
        draw = self.random.uniform
        rows: dict[str, list[float | None]] = {
            name: [None] * self.minutes
            for name in (
                "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct", "frame_rate_fps",
                "system_cpu_pct",
            )
        }  # fmt: skip
        for m in range(first, last):
            bad = trouble(m) * draw(0.6, 1.2)
            hot = cpu(m)
            rows["system_cpu_pct"][m] = min(100.0, round(draw(30, 55) + 50 * hot, 1))
            if muted:
                continue
            rows["latency_ms"][m] = round(draw(28, 38) + 130 * bad, 1)
            rows["jitter_ms"][m] = round(draw(4, 14) + 50 * bad, 1)
            rows["avg_loss_pct"][m] = round(draw(0, 0.9) + 15 * bad, 2)
            rows["max_loss_pct"][m] = round(draw(0, 3) + 38 * bad, 2)
            rows["frame_rate_fps"][m] = round(max(1, draw(21, 28) - 12 * bad - 22 * hot), 0)
        return rows

    def _bands(
        self, values: dict[str, list[float | None]], first: int, last: int, *, muted: bool
    ) -> tuple[list[str | None], list[str | None]]:
        bands: list[str | None] = [None] * self.minutes
        net: list[str | None] = [None] * self.minutes
        for m in range(first, last):
            if muted:
                bands[m] = net[m] = "Unscored"
                continue
            loss, fps = values["avg_loss_pct"][m] or 0.0, values["frame_rate_fps"][m] or 0.0
            net[m] = (
                "Bad" if loss > 14 else "Poor" if loss > 10.1 else "Fair" if loss > 2.9 else "Good"
            )
            frames = "Bad" if fps < 5 else "Poor" if fps < 7 else "Fair" if fps < 15 else "Good"
            bands[m] = min(net[m], frames, key=BAND_ORDER.index)
        return bands, net

    def _participant(
        self,
        known: dict[str, object],
        bands: list[str | None],
        net: list[str | None],
        *,
        muted: bool,
    ) -> Participant:
        poor = [m for m, band in enumerate(bands) if band in {"Poor", "Bad"}]
        scored = sum(band not in {None, "Unscored"} for band in bands)
        band, why = self._verdict(bands, scored)
        net_band, _ = self._verdict(net, scored)
        moments = [START + dt.timedelta(minutes=m) for m in poor]
        spans = spans_of(moments)
        run = max(
            (round((s.last - s.first) / dt.timedelta(minutes=1)) + 1 for s in spans), default=0
        )
        flags = []
        frames_only = net_band not in {"Poor", "Bad"}
        if poor:
            once = [Occurrence(meeting="m", topic=None, worst_value=None, minutes=len(poor),
                               longest_run_min=run, spans=spans)]  # fmt: skip
            kinds = ("fps", "cpu", "cost") if frames_only else ("loss", "peak", "jitter")
            flags = [flag(self.random, kind, once) for kind in kinds]
        low, high = wilson(len(poor), scored) if scored else (None, None)
        return Participant(
            **known,
            ref=f"{len(self.made):012x}",
            person=f"{int(known['user_id']):012x}",
            client_version="6.6.2",
            data_center="London",
            connection_type="UDP",
            microphone=None,
            camera=None,
            basis="minutes",
            band=band,
            net_band=net_band,
            score=None if not scored else 4.2 if band == "Good" else 2.6,
            net_score=None if not scored else 4.3,
            reasons=why,
            scored_minutes=scored,
            poor=rate(len(poor), scored, 1 if scored else 0).model_copy(
                update={"low_pct": low, "high_pct": high, "enough": scored >= 3}
            ),
            longest_poor_run_min=run,
            limiting=None if not poor else
            limiting("fps_large", "video", "sent") if frames_only else limiting("emodel"),
            minute_bands=bands,
            minute_net_bands=net,
            cpu_flags=["CPU_SYSTEM_HIGH"] if poor and frames_only else [],
            flags=flags,
            zoom_audio=None if muted else "poor" if band in {"Poor", "Bad"} else "good",
            zoom_video=None,
            zoom_share=None,
        )  # fmt: skip

    def _verdict(self, bands: list[str | None], scored: int) -> tuple[str, list[str]]:
        if scored < 3:
            return "Unscored", ["too_few_scored_minutes"]
        poor = sum(band in {"Poor", "Bad"} for band in bands)
        if 2 * poor >= scored:
            return "Bad", ["poor_share>=50% or pooled<2.0"]
        if 5 * poor >= scored:
            return "Poor", ["poor_share>=5%", "poor_share>=20%", "poor_run>=3min"]
        if 20 * poor >= scored and poor:
            return "Fair", ["poor_share>=5%"]
        return "Good", []

    def _series(self, values: dict[str, list[float | None]]) -> list[Series]:
        edges = {
            "latency_ms": (242, 547, 900),
            "jitter_ms": (40, 60, 100),
            "avg_loss_pct": (2.9, 10.1, 20),
            "max_loss_pct": (10, 20, 40),
            "system_cpu_pct": (200, 90, 200),
        }

        def band(measure: str, value: float | None) -> str | None:
            if value is None:
                return None
            if measure == "frame_rate_fps":
                return (
                    "Bad"
                    if value < 5
                    else "Poor"
                    if value < 7
                    else "Fair"
                    if value < 15
                    else "Good"
                )
            fair, poor, bad = edges[measure]
            return (
                "Bad"
                if value > bad
                else "Poor"
                if value >= poor
                else "Fair"
                if value > fair
                else "Good"
            )

        found = []
        for measure, row in values.items():
            there = sorted(v for v in row if v is not None)
            if not there:
                continue
            worst = there[0] if measure == "frame_rate_fps" else there[-1]
            found.append(
                Series(
                    measure=measure,
                    values=row,
                    bands=[band(measure, value) for value in row],
                    median=there[len(there) // 2],
                    worst=worst,
                    worst_at=START + dt.timedelta(minutes=row.index(worst)),
                )
            )
        return found

    def document(self, *, topic: str | None, host: str | None, **more: object) -> MeetingResult:
        """The meeting with everybody made so far."""
        people = sorted(
            self.made, key=lambda p: (BAND_ORDER.index(p.band), -p.poor.k, p.stay.join, p.ref)
        )
        judged = [p for p in people if p.band != "Unscored"]
        affected = [p for p in judged if p.band in {"Poor", "Bad"}]
        share = len(affected) / len(judged) if judged else 0
        band = (
            "Unscored"
            if not judged
            else "Bad"
            if share >= 0.5
            else "Poor"
            if share >= 0.2
            else "Good"
        )
        gone = sum(p.band == "Unscored" for p in people)
        fields = {
            "head": Head(
                organisation=ORGANISATION, label="2026-11-11", start=START,
                end=START + dt.timedelta(minutes=self.minutes), zone="Europe/London",
                hours=self.minutes / 60, to_date=False,
            ),
            "live": False,
            "only_participant": None,
            "ref": "5f3a9c01d2e4",
            "meeting_id": "93210456781",
            "meeting_kind": "meeting",
            "topic": topic,
            "host": host,
            "department": None,
            "completeness": "complete",
            "completeness_reason": None,
            "first_minute": START,
            "minutes": self.minutes,
            "band": band,
            "score": None,
            "connections": len(people),
            "people": len({p.user_id for p in people}),
            "classified": len(judged),
            "affected": len(affected),
            "net_affected": sum(p.net_band in {"Poor", "Bad"} for p in judged),
            "scored_minutes": sum(p.scored_minutes for p in people),
            "poor_minutes": sum(p.poor.k for p in people),
            "harmed_minutes": sum(
                band in {"Poor", "Bad"} for p in people for band in p.minute_net_bands
            ),
            "connections_by_band": BandCounts(
                **{b.lower(): sum(p.band == b for p in people) for b in BAND_ORDER}
            ),
            "people_poor": [self._bin(m) for m in range(self.minutes)],
            "participants": people,
            "shares": [],
            "ratings": [],
            "zoom_audio": None,
            "zoom_video": None,
            "zoom_share": None,
            "gaps": _gaps(gone),
            "rejects": [],
            "method": method(),
            "provenance": provenance(),
        }  # fmt: skip
        return MeetingResult(**{**fields, **more})

    def _bin(self, minute: int) -> Bin:
        bands = [p.minute_net_bands[minute] for p in self.made]
        return Bin(
            poor=sum(b in {"Poor", "Bad"} for b in bands),
            people=sum(b not in {None, "Unscored"} for b in bands),
        )


def regional_leads(**more: object) -> MeetingResult:
    """Three people at one site suffer together; one machine runs out of CPU; a guest has jitter."""
    maker = Maker(5, 62)
    cardiff = {"place": "Cardiff", "network": "Wifi"}
    maker.join("Tomos Halewood", trouble=window(19, 42, 1.1), role="host", **cardiff)
    maker.join("Dafydd Prysegard", trouble=window(18, 33, 1.0), first=1, last=33,
               reason="Network connection error.", user_id="16778999", **cardiff)  # fmt: skip
    maker.join(
        "Dafydd Prysegard", trouble=window(36, 42, 1.0), first=36, user_id="16778999", **cardiff
    )
    maker.join(
        "Anwen Trevanion", trouble=window(20, 41, 0.85), device=("Mac", "macOS 15"), **cardiff
    )
    maker.join("Leila Carrow", place="Home", network="Wifi", cpu=window(7, 38, 0.9))
    maker.join(None, place=None, network="Cellular", trouble=window(15, 18, 1.0), first=4, last=31,
               external=True, device=("iPhone", "iOS 18"))  # fmt: skip
    maker.join("Nia Ashgrove", place="Cardiff")
    maker.join("Freya Skovgard", place="Aarhus", first=2)
    maker.join("Piotr Zielonka", place="Gdańsk", network="Wifi", last=57)
    maker.join("李雪芹", place="Home", first=12)
    maker.join("Sian Ollerton", first=3, muted=True)
    share = ShareSpan(
        name="Leila Carrow", content="desktop",
        start=START + dt.timedelta(minutes=6), end=START + dt.timedelta(minutes=38),
    )  # fmt: skip
    rating = Rating(
        name="Anwen Trevanion", rating="not_good",
        at=START + dt.timedelta(minutes=63), comment="Could not follow the second half",
    )  # fmt: skip
    fields = {"shares": [share], "ratings": [rating], "department": "Regional offices", **more}
    fields |= (
        causes.of_gathering(sum(p.poor.k for p in maker.made)) if "explained" not in more else {}
    )
    return maker.document(topic="Regional leads", host="Tomos Halewood", **fields)


def calm_meeting() -> MeetingResult:
    """Nothing went wrong."""
    maker = Maker(6, 30)
    for i in range(5):
        maker.join(f"{FIRST[i]} {LAST[i]}")
    return maker.document(topic="Data stewards", host="Tomos Halewood")


def two_people() -> MeetingResult:
    """A call of two, one of them with trouble throughout."""
    maker = Maker(7, 24)
    maker.join("Ada Brightwell", trouble=window(2, 23, 0.95), place="Home", network="Wifi")
    maker.join("Bram Osei")
    return maker.document(topic=None, host=None)


def unscored_meeting() -> MeetingResult:
    """Everybody muted."""
    maker = Maker(8, 12)
    for i in range(3):
        maker.join(f"{FIRST[i]} {LAST[i]}", muted=True)
    return maker.document(topic="Waiting room", host="Nia Ashgrove")


def no_participants() -> MeetingResult:
    """Zoom listed the meeting but gave nobody."""
    return Maker(9, 1).document(
        topic="Ghost", host=None, completeness="incomplete", completeness_reason="not-found"
    )


def live_meeting() -> MeetingResult:
    """A snapshot."""
    return regional_leads(live=True, explained=None, findings=[])


def only_one() -> MeetingResult:
    """Only one participant's quality was asked for."""
    result = regional_leads(explained=None, findings=[])
    return result.model_copy(update={"only_participant": result.participants[0].ref})


def webinar(people: int = 1000) -> MeetingResult:
    """A big webinar with trouble at one site."""
    maker = Maker(10, 90)
    for i in range(people):
        cardiff = i % 9 == 0
        bad = window(30 + i % 7, 50, 1.0) if cardiff and i % 18 == 0 else never
        maker.join(
            f"{FIRST[i % len(FIRST)]} {LAST[i * 3 % len(LAST)]} {i}",
            place="Cardiff" if cardiff else "Leeds",
            network="Wifi" if cardiff else "Wired",
            trouble=bad,
            first=i % 9,
            muted=i % 50 == 7,
            role="panelist" if i < 5 else "attendee",
        )
    return maker.document(topic="All hands", host="Tomos Halewood", meeting_kind="webinar")


@functools.cache
def every_meeting() -> dict[str, MeetingResult]:
    """All meetings but the webinar, by name."""
    return {
        "leads": regional_leads(),
        "calm-meeting": calm_meeting(),
        "two": two_people(),
        "unscored-meeting": unscored_meeting(),
        "nobody": no_participants(),
        "live": live_meeting(),
        "single": only_one(),
    }


def _gaps(unscored: int) -> list[Gap]:
    gap = Gap(unit="connections", reason="no_scored_minute", count=unscored)
    return [gap] if unscored else []
