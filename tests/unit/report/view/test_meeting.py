"""What a meeting's page says: whom, where, when, by what, and who was spared."""

import datetime as dt

import pytest

from qosreport.report.result import Bin, Gap, MeetingResult
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.meeting.events import is_drop, leave_words
from qosreport.report.view.meeting.page import MeetingView, meeting_view
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.strips import axis_style
from qosreport.report.view.words import plain
from tests.data.results import gatherings
from tests.data.results.gatherings import Maker, window


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(result: MeetingResult, layout=SCREEN_PAGE) -> MeetingView:
    return meeting_view(Room(result, layout), forms=("json",))


def verdict(result: MeetingResult) -> str:
    return said(view(result).hero.verdict)


@pytest.fixture(scope="module")
def leads() -> MeetingResult:
    return gatherings.regional_leads()


# --- The verdict -------------------------------------------------------------------------------


def test_most_of_the_affected_in_one_place_are_named_by_it(leads):
    assert verdict(leads) == (
        "Three people at Cardiff on Wi-Fi had a poor meeting from 14:19 to 14:42. "
        "One other was poor too; five were not."
    )


def test_one_person_alone_is_named(leads):
    maker = Maker(1, 40)
    maker.join("Ada Brightwell", trouble=window(10, 22, 1.1))
    for i in range(3):
        maker.join(f"Other {i}")
    text = verdict(maker.document(topic="t", host=None))
    assert text == (
        "Ada Brightwell had a poor meeting from 14:10 to 14:22. Nobody else was affected."
    )


def test_people_who_could_not_be_judged_are_not_said_to_be_well():
    maker = Maker(1, 40)
    maker.join("Ada Brightwell", trouble=window(10, 22, 1.1))
    for i in range(3):
        maker.join(f"Other {i}")
    maker.join("Bram", muted=True)
    text = verdict(maker.document(topic="t", host=None))
    assert text.endswith("None of the other three who could be judged was affected.")


def test_people_with_a_fair_meeting_are_not_said_to_be_unaffected():
    maker = Maker(1, 40)
    maker.join("Ada Brightwell", trouble=window(10, 22, 1.1))
    maker.join("Cleo", trouble=window(10, 13, 1.1))
    for i in range(3):
        maker.join(f"Other {i}")
    result = maker.document(topic="t", host=None)
    bands = {person.name: person.band for person in result.participants}
    assert bands["Cleo"] == "Fair"
    assert verdict(result).endswith("Nobody else did; one had a fair one.")


def test_a_call_of_two_says_who_was_not_affected():
    assert verdict(gatherings.two_people()) == (
        "Ada Brightwell had a bad meeting. The other one was not affected."
    )


def test_everybody_affected_leaves_nobody_spared():
    maker = Maker(1, 40)
    for i, place in enumerate(("Leeds", "Aarhus", "Home")):
        maker.join(f"Person {i}", place=place, trouble=window(10, 36, 1.2))
    text = verdict(maker.document(topic="t", host=None))
    assert text == "All three people had a bad meeting from 14:10 to 14:36. Nobody was spared."


def test_scattered_people_are_counted():
    maker = Maker(1, 40)
    for i, place in enumerate(("Leeds", "Aarhus", "Home")):
        maker.join(f"Person {i}", place=place, trouble=window(4 + 9 * i, 13 + 9 * i, 1.2))
    for i in range(3):
        maker.join(f"Fine {i}")
    text = verdict(maker.document(topic="t", host=None))
    assert text.startswith("Three of six people had a poor meeting")
    assert text.endswith("Nobody else was affected.")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (gatherings.calm_meeting(), "Good for everyone."),
        (gatherings.unscored_meeting(), "Nobody could be scored."),
        (gatherings.no_participants(), "Zoom gave no participants for this meeting."),
    ],
    ids=["calm", "unscored", "nobody"],
)
def test_meetings_without_trouble_say_how_much_is_known(result, text):
    assert verdict(result) == text


def test_good_is_said_only_of_those_who_could_be_scored():
    maker = Maker(1, 20)
    maker.join("Ada")
    maker.join("Bram", muted=True)
    assert verdict(maker.document(topic="t", host=None)) == (
        "Good for everyone who could be scored."
    )


@pytest.mark.parametrize(
    "result", gatherings.every_meeting().values(), ids=gatherings.every_meeting()
)
def test_no_verdict_speaks_of_causes_or_runs_on(result):
    text = verdict(result)
    assert len(text.split()) <= 24
    for forbidden in ("consistent with", "caused", "due to", "because", "!"):
        assert forbidden not in text


def test_a_meeting_band_is_explained_by_its_rule(leads):
    lede = said(view(leads).hero.lede)
    assert (
        "5 of 10 scored connections were Poor or Bad, which makes it a Bad meeting by rule" in lede
    )
    assert "Audio loss for three and frame rate for one" in lede
    few = said(view(gatherings.webinar(60)).hero.lede)
    assert "too few to make it a Poor meeting by rule" in few


def test_the_crowd_and_its_headline_count_the_same_minute(leads):
    bins = [Bin(poor=0, people=9), *[Bin(poor=3, people=8)] * 4, *[Bin(poor=2, people=9)] * 3]
    bins += [Bin(poor=0, people=9)] * (leads.minutes - len(bins))
    strip = view(leads.model_copy(update={"people_poor": bins})).strip
    assert said(strip.heading.finding).startswith("Up to three of eight were poor at once")
    assert said(strip.rows[0].second) == "at most 3 of 8 at once"


@pytest.mark.parametrize(
    ("muted", "text"),
    [(False, "Both people had a bad meeting"), (True, "Both scored people had a bad meeting")],
)
def test_two_people_are_both(muted, text):
    maker = Maker(1, 30)
    for i in range(2):
        maker.join(f"Person {i}", place=f"Place {i}", trouble=window(0, 30, 1.4))
    if muted:
        maker.join("Silent", muted=True)
    assert verdict(maker.document(topic="t", host=None)).startswith(text)


# --- Forms -------------------------------------------------------------------------------------


def test_a_snapshot_is_marked(leads):
    page = view(gatherings.live_meeting())
    assert [n.head for n in page.hero.notices] == ["Snapshot"]
    assert "–now" in page.head.period
    assert view(leads).hero.notices == ()


def test_a_page_of_one_participant_says_nothing_of_the_others():
    page = view(gatherings.only_one())
    assert [n.head for n in page.hero.notices] == ["One participant"]
    assert page.others is None
    assert [said(p.label) for p in page.panels.panels] == ["Leila Carrow"]
    assert [said(r.label) for r in page.strip.rows if r.band] == ["Leila Carrow"]
    assert not any(fact.band for fact in page.hero.volume)


def test_a_page_of_one_participant_without_trouble_speaks_of_that_one_alone():
    maker = Maker(1, 30)
    maker.join("Ada Brightwell")
    maker.join("Bram")
    calm = maker.document(topic="t", host=None)
    only = calm.participants[0].ref
    page = view(calm.model_copy(update={"only_participant": only, "classified": 1, "gaps": [
        Gap(unit="connections", reason="not_asked", count=1),
    ]}))  # fmt: skip
    assert said(page.hero.verdict) == "Ada Brightwell had a good meeting."
    assert said(page.strip.heading.finding) == "No minute was poor"
    gaps = page.coverage.lists[1].facts
    assert [(said(fact.label), said(fact.value)) for fact in gaps] == [
        ("Not asked for: only one participant was", "1 connection")
    ]


@pytest.mark.parametrize(
    ("completeness", "head"), [("incomplete", "Incomplete"), ("no_qos", "No quality data")]
)
def test_an_incomplete_meeting_is_marked_with_its_reason(leads, completeness, head):
    update = {"completeness": completeness, "completeness_reason": "rows-missing"}
    notices = view(leads.model_copy(update=update)).hero.notices
    assert [n.head for n in notices] == [head]
    if completeness == "incomplete":
        assert "Fewer participants came than Zoom counted" in said(notices[0].words)


# --- The strip ---------------------------------------------------------------------------------


def test_rejoins_share_a_lane_with_ticks_and_a_dotted_gap(leads):
    row = next(r for r in view(leads).strip.rows if said(r.label) == "Dafydd Prysegard")
    assert said(row.second) == "Cardiff, Wi-Fi, two joins"
    assert len(row.lane.ticks) == 3
    assert len(row.lane.absences) == 1


def test_shared_trouble_is_a_window_across_all_lanes(leads):
    page = view(leads)
    assert said(page.strip.heading.finding).startswith("Up to three of ")
    assert all(row.lane.field_box is not None for row in page.strip.rows)


@pytest.mark.parametrize(
    ("poor", "window_is"),
    [
        ([0] * 5 + [3] * 6 + [0] * 9, (5, 11)),
        ([0] * 5 + [3] * 3 + [0] * 2 + [3] * 3 + [0] * 7, (5, 13)),
        ([0] * 5 + [1] * 6 + [0] * 9, None),
        ([3] * 20, None),
        ([0] * 5 + [3] * 2 + [0] * 13, None),
    ],
    ids=["run", "bridged", "one person", "throughout", "too short"],
)
def test_the_window_is_several_people_for_several_minutes_but_not_all(poor, window_is):
    maker = Maker(1, 20)
    maker.join("Ada")
    bins = [Bin(poor=k, people=9) for k in poor]
    result = maker.document(topic="t", host=None, people_poor=bins)
    assert Room(result, SCREEN_PAGE).window == window_is


def test_a_big_webinar_draws_the_worst_and_counts_the_rest():
    page = view(gatherings.webinar(120))
    people = [row for row in page.strip.rows if row.band]
    assert len(people) == SCREEN_PAGE.lanes
    assert "80 more people not drawn (" in said(page.strip.note)
    assert "Unscored" in said(page.strip.note)


def test_ticks_stand_on_round_local_times_and_the_axis_style_is_numbers_only(leads):
    room = Room(leads, SCREEN_PAGE)
    assert [room.time(tick) for tick in room.timeline.ticks] == [
        "14:00", "14:10", "14:20", "14:30", "14:40", "14:50", "15:00",
    ]  # fmt: skip
    assert (
        axis_style(SCREEN_PAGE.surface, room.timeline)
        == ".taxis{padding-left:0.000%;padding-right:3.226%}"
    )
    assert axis_style(PRINT_PAGE.surface, room.timeline).startswith(".taxis{margin-left:-39.19px")


@pytest.mark.parametrize("minutes", [1, 2, 7, 61, 480, 1440])
def test_any_length_has_between_one_and_nine_ticks(minutes):
    maker = Maker(1, minutes)
    maker.join("Ada")
    room = Room(maker.document(topic="t", host=None), SCREEN_PAGE)
    assert 1 <= len(room.timeline.ticks) <= 9
    assert all(0 <= tick <= minutes for tick in room.timeline.ticks)
    axis_style(SCREEN_PAGE.surface, room.timeline)
    view(room.result)


# --- People ------------------------------------------------------------------------------------


def test_everyone_affected_links_to_a_panel_with_why(leads):
    page = view(leads)
    hrefs = [row.cells[0].href for row in page.who.table.rows]
    assert hrefs == [f"#{panel.id}" for panel in page.panels.panels]
    leila = page.panels.panels[0]
    assert leila.says.replace("\u202f", " ").startswith("23 of 62 minutes poor, up to 6 in a row.")
    assert "Poor because 20 % or more of the scored minutes were poor" in leila.says


def test_people_without_a_panel_are_not_linked_and_counted():
    maker = Maker(1, 20)
    for i in range(25):
        maker.join(f"Person {i}", trouble=window(2, 19, 1.2))
    page = view(maker.document(topic="t", host=None))
    assert len(page.panels.panels) == SCREEN_PAGE.panels
    assert said(page.panels.note) == "5 more people affected; all in the JSON."
    assert [bool(row.cells[0].href) for row in page.who.table.rows] == [True] * 20 + [False] * 5


def test_two_joins_of_one_person_are_told_apart(leads):
    seconds = [said(row.cells[0].second) for row in view(leads).who.table.rows]
    assert [text for text in seconds if "joined" in text] == [
        "Cardiff, Wi-Fi, Windows 11, joined 14:01",
        "Cardiff, Wi-Fi, Windows 11, joined 14:36",
    ]


def test_measures_share_one_scale_with_the_strictest_thresholds(leads):
    panels = view(leads).panels.panels
    captions = {
        m.title: {p.measures[i].caption for p in panels} for i, m in enumerate(panels[0].measures)
    }
    assert all(len(found) == 1 for found in captions.values())
    jitter = next(iter(captions["Jitter"])).replace("\u202f", " ")
    assert jitter.startswith("Fair above 40, Poor above 60 (video 100); ")
    assert next(iter(captions["Frame rate"])).startswith("Fair below 15, Poor below 7; ")
    assert next(iter(captions["CPU, whole machine"])).startswith("High from 90; ")


def test_one_spike_does_not_flatten_everything_else(leads):
    person = leads.participants[0]
    spiked = [
        one.model_copy(update={"values": [9000.0, *one.values[1:]], "worst": 9000.0})
        if one.measure == "latency_ms"
        else one
        for one in person.series
    ]
    people = [person.model_copy(update={"series": spiked}), *leads.participants[1:]]
    latency = view(leads.model_copy(update={"participants": people})).panels.panels[0].measures[0]
    assert "cut at 2 000 ms" in latency.caption.replace("\u202f", " ")
    assert "worst 9 000 ms" in latency.reading.replace("\u202f", " ")


def test_a_measure_that_was_not_reported_says_so(leads):
    person = leads.participants[0].model_copy(update={"series": []})
    result = leads.model_copy(update={"participants": [person, *leads.participants[1:]]})
    measures = view(result).panels.panels[0].measures
    assert {m.reading for m in measures} == {"not reported"}
    assert {m.chart for m in measures} == {None}


def test_guests_without_names_are_numbered(leads):
    assert "Guest 1" in [said(row.label) for row in view(leads).strip.rows]


def test_everyone_else_is_in_one_table_and_the_unscored_say_why(leads):
    others = view(leads).others
    assert (
        said(others.heading.finding)
        == "Four people were Good; one was Fair; one had nothing to score"
    )
    assert others.heading.topic == "Everyone else"
    last = others.table.rows[-1]
    assert last.css == "few"
    assert said(last.cells[-1].main) == "Too few minutes could be scored"


def test_joins_of_people_who_were_affected_in_another_are_called_connections(leads):
    affected = next(p for p in leads.participants if p.band == "Poor")
    again = affected.model_copy(update={"ref": "f" * 12, "band": "Good"})
    more = leads.model_copy(update={"participants": [*leads.participants, again]})
    others = view(more).others
    assert said(others.heading.finding).startswith("Five connections were Good; one was Fair")
    assert said(others.table.caption).startswith("Every other connection")


def test_where_nobody_was_affected_nobody_is_else():
    others = view(gatherings.calm_meeting()).others
    assert others.heading.topic == "Everyone"
    assert said(others.table.caption).startswith("Every person")


# --- Events ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "drop", "says"),
    [
        ("Network connection error.", True, "Network connection error"),
        ("Ada left the meeting. Reason: Host ended the meeting.", False, "Host ended the meeting"),
        ("left the meeting.", False, ""),
        ("Ada left the webinar.", False, ""),
        ("got disconnected from the meeting", True, "got disconnected from the meeting"),
        (None, False, ""),
    ],
)
def test_leaves_are_told_from_drops_by_zooms_words(reason, drop, says):
    assert is_drop(reason) is drop
    assert leave_words(reason) == says


def test_events_tell_drops_and_returns_and_count_the_ordinary(leads):
    lines = [said(f.label) + " | " + said(f.value) for f in view(leads).events.lists[0].facts]
    assert lines == [
        "14:00 Nine people in the first 5 minutes | joined",
        "14:06 Leila Carrow shares the screen | 32 min",
        "14:12 李雪芹 joins | ",
        "14:31 Guest 1 leaves | ",
        "14:33 Dafydd Prysegard drops | Network connection error",
        "14:36 Dafydd Prysegard is back | 3 min away",
        "15:02 Nine people in the last 5 minutes | left",
    ]


def test_zooms_labels_and_peoples_ratings_are_listed(leads):
    lines = [said(f.label) + " | " + said(f.value) for f in view(leads).events.lists[1].facts]
    assert lines == [
        "Zoom’s audio labels, by person | Good 5, Poor 5",
        "Rated by Anwen Trevanion “Could not follow the second half” | not good",
    ]


# --- Coverage ----------------------------------------------------------------------------------


def test_gaps_and_minutes_beyond_a_day_are_counted(leads):
    update = {
        "gaps": [Gap(unit="connections", reason="without_qos", count=1)],
        "minutes_not_shown": 7,
    }
    coverage = view(leads.model_copy(update=update)).coverage
    lines = [said(f.label) + " | " + said(f.value) for f in coverage.lists[1].facts]
    assert lines == [
        "Zoom gave no quality data | 1 connection",
        "After the first 24 hours | 7 minutes",
    ]


def test_a_share_that_never_ended_lasts_to_the_end(leads):
    share = leads.shares[0].model_copy(update={"end": None, "name": None})
    row = view(leads.model_copy(update={"shares": [share]})).strip.rows[1]
    assert said(row.second) == "14:06 on"
    assert "1000" in str(row.lane.frame.width)


def test_everyone_without_a_leave_is_present_to_the_end(leads):
    people = [
        p.model_copy(update={"stay": p.stay.model_copy(update={"leave": None})})
        for p in leads.participants
    ]
    page = view(leads.model_copy(update={"participants": people}))
    facts = {said(f.label): said(f.value) for f in page.panels.panels[0].facts}
    assert facts["Present"] == "14:00–the end"


def test_a_meeting_over_midnight_keeps_its_clock():
    maker = Maker(1, 30)
    maker.join("Ada", trouble=window(5, 20, 1.2))
    late = dt.datetime(2026, 11, 11, 23, 50, tzinfo=dt.UTC)
    result = maker.document(topic="t", host=None, first_minute=late)
    assert "from 23:55 to 00:10" in verdict(result)


def test_joins_without_an_id_are_different_people():
    maker = Maker(1, 30)
    maker.join("Ada")
    maker.join("Bram")
    result = maker.document(topic="t", host=None)
    people = [p.model_copy(update={"user_id": ""}) for p in result.participants]
    page = view(result.model_copy(update={"participants": people}))
    assert [said(row.label) for row in page.strip.rows if row.band] == ["Ada", "Bram"]


def test_one_person_of_few_is_no_window_however_large_the_share():
    maker = Maker(1, 20)
    maker.join("Ada")
    bins = [Bin(poor=1 if 5 <= m < 11 else 0, people=2) for m in range(20)]
    result = maker.document(topic="t", host=None, people_poor=bins)
    assert Room(result, SCREEN_PAGE).window is None


def test_the_dashed_lines_are_the_strictest_edges_of_any_medium(leads):
    jitter = view(leads).panels.panels[0].measures[1]
    top = float(jitter.caption.replace("\u202f", " ").rpartition("height ")[2].removesuffix(" ms"))
    heights = [round(top * (1 - y / 72)) for y in jitter.chart.thresholds]
    assert heights == [40, 60]
    frames = view(leads).panels.panels[0].measures[4]
    assert [round(30 * (1 - y / 72)) for y in frames.chart.thresholds] == [15, 7]
