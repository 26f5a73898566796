"""What a meeting's page says of causes."""

import pytest

from qosreport.report.result import Span
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.meeting.page import meeting_view
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.words import Clock, plain
from tests.data.results import gatherings
from tests.data.results.causes import explained, finding, spell


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(*found, layout=SCREEN_PAGE):
    result = gatherings.regional_leads(explained=explained(found), findings=list(found))
    return meeting_view(Room(result, layout))


def site(harmed=60, total=100, **facts):
    given = {"subject": "Leeds", "spells": [spell()], "spells_known": 1, **facts}
    return finding("site", harmed, total, **given)


def rest(harmed=40, total=100):
    return finding("undetermined", harmed, total)


def test_the_cause_of_most_poor_minutes_is_the_headline():
    heading = said(view(site(), rest()).causes.heading.finding)
    assert heading == "60 % of the poor minutes fit the network of Leeds"


def test_a_cause_of_less_than_half_is_none():
    found = view(site(40), rest(60)).causes
    assert said(found.heading.finding) == "No single cause fits half of the poor minutes"
    assert len(found.causes) == 1


def test_where_nothing_fits_the_evidence_is_insufficient():
    found = view(rest(100)).causes
    assert said(found.heading.finding).startswith("Insufficient evidence")
    assert "Undetermined: 100 %" in said(found.rest)


@pytest.mark.parametrize("minutes", [1, 4])
def test_a_few_poor_minutes_are_chance(minutes):
    found = view(site(minutes, minutes)).causes
    assert "insufficient evidence" in said(found.heading.finding)
    assert found.causes == ()


def test_no_poor_minute_no_section():
    assert view().causes is None


def test_of_a_snapshot_nothing_is_said():
    result = gatherings.live_meeting()
    assert meeting_view(Room(result, SCREEN_PAGE)).causes is None


def test_somebody_alone_at_a_place_is_said_to_have_been_alone():
    lonely = spell(poor_people=1, people=1)
    (cause,) = view(site(100, spells=[lonely])).causes.causes
    assert "Nobody else was in a call there" in said(cause.evidence)
    assert "1 of 1" not in said(cause.evidence)


def test_a_sender_with_a_panel_is_linked_on_screen_only():
    result = gatherings.regional_leads()
    affected = next(p for p in result.participants if p.band in {"Poor", "Bad"})
    found = finding("remote_sender", 60, 100, person=affected.person, name=affected.name)
    (on_screen,) = view(found, rest()).causes.causes
    (on_paper,) = view(found, rest(), layout=PRINT_PAGE).causes.causes
    assert on_screen.href == "#p0"
    assert on_paper.href == ""


def test_no_trouble_lasts_longer_than_the_meeting():
    meeting = gatherings.regional_leads()
    times = Span(first=meeting.head.start, last=meeting.head.end.replace(second=0))
    ends = meeting.head.end.replace(second=24)
    own = finding("participant_uplink", 60, 60, span=times, days=1, meetings=1)
    result = meeting.model_copy(
        update={
            "head": meeting.head.model_copy(update={"end": ends}),
            "explained": explained([own]),
            "findings": [own],
        }
    )
    when = said(meeting_view(Room(result, SCREEN_PAGE)).causes.causes[0].when)
    assert f"–{Clock(meeting.head.zone).time(ends)}, in" in when


def test_the_section_is_in_the_contents():
    topics = [said(link.text) for link in view(site(), rest()).contents]
    assert topics[1] == "Likely causes"
