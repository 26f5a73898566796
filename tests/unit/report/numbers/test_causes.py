"""What the weekly document says of causes, from hand-written minutes."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from qosreport import tables
from qosreport.report.numbers.causes import NOTHING_POOR, why, why_of
from qosreport.report.numbers.facts import gather
from qosreport.report.refs import person_ref
from tests.unit.diagnosis.causes_frames import Week, at
from tests.unit.diagnosis.frames import rows_of
from tests.unit.report.build import POLICY, seam, weekly
from tests.unit.report.organisation import Organisation, organisation


def frames_of(week, **facts):
    """Tables of hand-written sessions and minutes, none of them scored beyond the minute."""
    minutes, sessions, _ = week.tables()
    uuids = sessions["meeting_uuid"].unique().sort()
    meetings = [
        {
            "meeting_uuid": uuid,
            "kind": "meeting",
            "start_time": at(0),
            "end_time": at(120),
            "participants_reported": 3,
            "completeness": "complete",
            **facts,
        }
        for uuid in uuids
    ]
    empty = {
        name: getattr(tables, name.upper()).empty()
        for name in ("participant_scores", "meeting_scores", "flags", "ratings", "shares",
                     "rejects")
    }  # fmt: skip
    return Organisation(
        meetings=rows_of(tables.MEETINGS, meetings),
        sessions=sessions,
        minute_scores=minutes,
        **empty,
    )


def document(week, *, devices=False, **facts):
    """The weekly document of hand-written sessions and minutes."""
    frames = frames_of(week, **facts)
    if devices:
        frames = WithDevices(**vars(frames), devices=week.tables()[2].lazy())
    return weekly(frames)


@dataclasses.dataclass(frozen=True)
class WithDevices(Organisation):
    """With the table of devices."""

    devices: pl.LazyFrame


def troubled():
    """Leeds fails twice, one sender harms three listeners, two laptops are slow."""
    week = Week()
    poor = [1, 2, 3, 40, 41]
    for n in range(3):
        week.join(f"leeds{n}", f"m{n}", range(60), received=poor, site="Leeds")
        week.join(f"x{n}", f"m{n}", range(60), site="Porto")
        week.join(f"y{n}", f"m{n}", range(60), site="Osaka")
    week.join("sender", "s", range(10), sent=[5, 6], name="Ada Example", is_external=False)
    for n in range(3):
        week.join(f"l{n}", "s", range(10), received=[5, 6])
    for n in range(2):
        week.join(f"laptop{n}", "s", range(10), slow=[1], busy=[1])
    return week


@pytest.fixture(scope="module")
def result():
    return document(troubled())


def found(result):
    return {finding.cause: finding for finding in result.findings}


def test_every_poor_minute_is_in_one_finding_and_the_parts_add_up(result):
    explained = result.explained
    assert explained.poor_minutes == 15 + 6 + 2 + 2
    assert explained.by_frame_rate == 2
    assert (explained.shared, explained.own_lines) == (21, 2)
    assert (explained.devices, explained.undetermined) == (2, 0)
    assert sum(finding.harmed_minutes for finding in result.findings) == explained.poor_minutes
    assert sum(finding.share_pct for finding in result.findings) == pytest.approx(100)


def test_a_place_comes_with_its_spells_worst_first(result):
    site = found(result)["site"]
    assert (site.subject, site.owner, site.person) == ("Leeds", "site_network", None)
    assert (site.harmed_minutes, site.people, site.meetings, site.days) == (15, 3, 3, 1)
    assert (site.span.first, site.span.last) == (at(1), at(41))
    assert (site.poor_here, site.people_here) == (15, 15)
    # Six people for five minutes, and in three of them the six of another meeting.
    assert (site.poor_elsewhere, site.people_elsewhere) == (0, 48)
    assert (site.worst_person_minutes, site.stands) == (5, True)
    spans = [(spell.span.first, spell.span.last) for spell in site.spells]
    assert spans == [(at(1), at(3)), (at(40), at(41))]
    assert site.spells_known == 2
    main = site.spells[0]
    assert (main.minutes, main.harmed_minutes) == (3, 9)
    assert (main.poor_people, main.people) == (3, 3)
    assert (main.poor_people_elsewhere, main.people_elsewhere) == (0, 12)


def test_a_sender_is_named_and_referred_to_and_has_nothing_elsewhere(result):
    sender = found(result)["remote_sender"]
    assert (sender.person, sender.name) == (person_ref("sender"), "Ada Example")
    assert sender.is_external is False
    assert (sender.people_elsewhere, sender.spells) == (0, [])


def test_what_senders_suffered_from_their_own_uplinks_is_told_apart(result):
    uplink = found(result)["participant_uplink"]
    assert (uplink.sender_minutes, uplink.harmed_minutes) == (2, 2)
    alone = Week()
    alone.join("quiet", "s", range(10), sent=[5, 6])
    for n in range(3):
        alone.join(f"l{n}", "s", range(10))
    assert found(document(alone))["participant_uplink"].sender_minutes == 0


def test_lines_and_devices_are_one_finding_per_kind_and_name_nobody(result):
    device, uplink = found(result)["device"], found(result)["participant_uplink"]
    assert (device.people, device.harmed_minutes, device.stands) == (2, 2, None)
    assert (device.person, device.name) == (None, None)
    assert uplink.name is None


def test_each_meeting_has_its_share_of_the_causes(result):
    tables = seam(frames_of(troubled()))
    causes = why_of(tables, policy=POLICY, zone="Europe/London")
    here = {uuid: causes.of_meeting(uuid) for uuid in ("m0", "m1", "m2", "s")}
    for cause in ("site", "remote_sender"):
        minutes = [
            one.harmed_minutes
            for own in here.values()
            for one in own.findings
            if one.cause == cause
        ]
        assert sum(minutes) == found(result)[cause].harmed_minutes
    for own in here.values():
        total = sum(finding.harmed_minutes for finding in own.findings)
        assert own.explained.poor_minutes == total
        assert sum(finding.share_pct for finding in own.findings) == pytest.approx(100)


def test_a_meetings_place_is_judged_by_all_that_met_then():
    tables = seam(frames_of(troubled()))
    own = why_of(tables, policy=POLICY, zone="Europe/London").of_meeting("m0")
    (site,) = own.findings
    assert (site.cause, site.people, site.harmed_minutes) == ("site", 1, 5)
    assert [(spell.poor_people, spell.people) for spell in site.spells] == [(3, 3), (3, 3)]
    assert site.stands is True


def test_a_meeting_without_a_poor_minute_has_no_cause():
    tables = seam(frames_of(troubled()))
    own = why_of(tables, policy=POLICY, zone="Europe/London").of_meeting("nobody")
    assert own == NOTHING_POOR
    assert (own.explained.poor_minutes, own.findings) == (0, [])


def test_only_meetings_with_poor_minutes_need_the_week_to_be_explained():
    frames = organisation()
    of_meeting = why_of(seam(frames), policy=POLICY, zone="Europe/London").of_meeting
    poor = pl.sum_horizontal("poor_minutes", "net_poor_minutes").sum()
    judged = frames.participant_scores.group_by("meeting_uuid").agg(poor=poor)
    calm = judged.filter(pl.col("poor") == 0)["meeting_uuid"].to_list()
    assert calm
    assert all(of_meeting(uuid) == NOTHING_POOR for uuid in calm)


def test_instants_are_utc_and_days_are_local():
    week = Week()
    for n in range(3):
        # From 09:00 UTC on: minutes 890 and 910 are 23:50 and 00:10 in London.
        week.join(f"p{n}", f"m{n}", [890, 910], received=[890, 910] if n == 0 else [])
        week.join(f"q{n}", f"m{n}", [890, 910])
        week.join(f"r{n}", f"m{n}", [890, 910])
    down = found(document(week))["participant_downlink"]
    assert down.days == 2
    assert down.span.first.tzinfo == dt.UTC


def test_meetings_that_are_not_whole_take_no_part():
    result = document(troubled(), completeness="incomplete")
    assert result.explained.poor_minutes == 0
    assert result.findings == []


def test_a_weak_signal_is_seen_where_devices_are_given():
    week = Week()
    week.join("weak", "m", range(10), received=[4], weak=[4], network_type="Wifi")
    for n in range(4):
        week.join(f"p{n}", "m", range(10))
    assert set(found(document(week))) == {"participant_downlink"}
    assert set(found(document(week, devices=True))) == {"participant_wifi"}


def test_a_week_without_poor_minutes_has_no_findings():
    week = Week()
    for n in range(3):
        week.join(f"p{n}", "m", range(10))
    result = document(week)
    assert result.findings == []
    assert result.explained.poor_minutes == 0


def test_poor_minutes_are_those_harmed_and_those_poor_by_frame_rate():
    result = weekly(organisation())
    explained = result.explained
    assert explained.by_frame_rate > 0
    assert explained.poor_minutes - explained.by_frame_rate == result.volume.harmed_minutes > 0
    parts = (explained.shared, explained.own_lines, explained.devices, explained.undetermined)
    assert sum(parts) == explained.poor_minutes


def test_each_meeting_has_its_own_causes_most_first():
    tables_given = seam(frames_of(troubled()))
    facts = gather(tables_given, policy=POLICY, zone="UTC", page_of=lambda _ref, _day: None)
    found = why(facts, tables_given).by_meeting
    assert set(found) == {"m0", "m1", "m2", "s"}
    (leeds,) = found["m1"]
    assert (leeds.cause, leeds.subject, leeds.harmed_minutes) == ("site", "Leeds", 5)
    heard, *others = found["s"]
    assert (heard.cause, heard.harmed_minutes, heard.name) == ("remote_sender", 6, "Ada Example")
    assert heard.person == person_ref("sender")
    # One row for both laptops.
    assert [(one.cause, one.harmed_minutes) for one in others] == [
        ("participant_uplink", 2), ("device", 2),
    ]  # fmt: skip


def test_the_worst_meetings_say_what_their_minutes_are_consistent_with():
    result = weekly(organisation())
    held = [sum(part.harmed_minutes for part in row.causes) for row in result.worst_meetings]
    # Of minutes poor by the network; those poor by frame rate alone come on top.
    assert all(
        total >= row.harmed_minutes for total, row in zip(held, result.worst_meetings, strict=True)
    )
    assert sum(held) <= result.explained.poor_minutes
    for row in result.worst_meetings:
        minutes = [part.harmed_minutes for part in row.causes]
        assert minutes == sorted(minutes, reverse=True)
