"""What a week's page says of causes: consistent with, with counts on both sides."""

import pytest

from qosreport.report.result import WeeklyResult
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.week.page import weekly_view
from qosreport.report.view.words import plain
from tests.data.results import trends, weeks
from tests.data.results.causes import explained, finding, part, spell


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(*found, layout=SCREEN_PAGE, **facts):
    """The page of a week with these findings."""
    result = weeks.small_week().model_copy(
        update={"findings": list(found), "explained": explained(found), **facts}
    )
    return weekly_view(result, layout)


def only(*found, **facts):
    return view(*found, **facts).causes


def site(harmed=310, total=1000, **facts):
    given = {"subject": "Leeds", "spells": [spell()], "spells_known": 1, **facts}
    return finding("site", harmed, total, **given)


def rest(harmed=690, total=1000):
    return finding("undetermined", harmed, total)


# --- The heading -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "facts", "heading"),
    [
        ("site", {"subject": "Leeds"}, "40 % of the poor minutes fit the network of Leeds"),
        (
            "data_center",
            {"subject": "Frankfurt"},
            "40 % of the poor minutes fit Zoom’s data centre Frankfurt",
        ),
        (
            "isp",
            {"subject": "2001:db8::/32"},
            "40 % of the poor minutes fit the provider of network 2001:db8::/32",
        ),
        (
            "remote_sender",
            {"name": "Ada Example"},
            "40 % of the poor minutes fit the uplink of Ada Example",
        ),
        ("participant_wifi", {}, "40 % of the poor minutes fit a weak Wi-Fi signal"),
        ("participant_access", {}, "40 % of the poor minutes fit people’s own lines"),
        ("device", {}, "40 % of the poor minutes fit busy machines"),
    ],
)
def test_the_heading_names_the_first_cause_and_its_share(cause, facts, heading):
    section = only(finding(cause, 400, 1000, **facts), rest(600))
    assert said(section.heading.finding) == heading


def test_a_cause_that_rests_on_one_person_is_no_headline_and_nowhere_to_start():
    page = view(site(400, stands=False), finding("device", 200, 1000), rest(400))
    assert said(page.causes.heading.finding) == "20 % of the poor minutes fit busy machines"
    assert "would not stand" in said(page.causes.causes[0].evidence)
    assert "Leeds" not in said(page.hero.lede)


def test_small_causes_make_no_headline():
    section = only(site(60), rest(940))
    assert said(section.heading.finding) == ("No single cause fits much of the poor minutes")


def test_all_undetermined_is_said_plainly():
    section = only(rest(1000))
    assert said(section.heading.finding) == "What the poor minutes come from cannot be told"
    assert section.causes == ()
    assert said(section.rest) == (
        "Undetermined: 100 %. In 1 000 minutes the data cannot tell one cause from another, as in "
        "most meetings of two."
    )


def test_nothing_undetermined_is_said_too():
    assert said(only(site(1000)).rest) == "Every poor minute fits one of these."


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ((), "No minute was poor"),
        ((rest(1, 1),), "1 poor minute in all: too few to look for a cause"),
        ((site(20, 29), rest(9, 29)), "29 poor minutes in all: too few to look for a cause"),
    ],
)
def test_too_few_poor_minutes_are_not_explained(found, sentence):
    page = view(*found)
    assert page.causes is None
    rows = [heading.href for heading in page.contents]
    assert "#causes" not in rows
    assert said(page.clear.finding) == sentence


def test_a_week_of_the_first_version_says_nothing_of_causes():
    page = view(explained=None)
    assert page.causes is None
    assert page.clear is None or "cause" not in said(page.clear.finding)


# --- One finding -------------------------------------------------------------------------------


def test_a_place_has_evidence_and_counter_evidence_with_counts():
    cause = only(site(), rest()).causes[0]
    assert said(cause.title) == "Look at the network of Leeds"
    assert said(cause.fits) == "Consistent with the link or the Wi-Fi of Leeds."
    assert said(cause.evidence) == (
        "9 of 11 people there were poor within the same 14 minutes; 2 of 63 elsewhere were. "
        "While it lasted, 310 of 387 participant-minutes there were poor, and 6 of 1 860 "
        "elsewhere. It stands without the person harmed most (38 min)."
    )
    assert (cause.owner, cause.minutes.replace("\u202f", " ")) == (
        "Network team of the site",
        "310 min",
    )
    assert cause.share.replace("\u202f", " ") == "31.0 %"
    assert (
        cause.bar.frame.title.replace("\u202f", " ")
        == "The network of Leeds: 31.0 % of the poor minutes"
    )


def test_somebody_alone_is_said_to_have_been_alone():
    alone = spell(poor_people=1, people=1, minutes=1, people_elsewhere=0)
    cause = only(site(spells=[alone], people_elsewhere=0), rest()).causes[0]
    assert said(cause.evidence).startswith(
        "Nobody else was in a call there at the time; around this time of day others there were "
        "poor, too. While it lasted, 310 of 387 participant-minutes there were poor. It stands"
    )


def test_none_and_one_elsewhere_are_singular():
    for poor, words in ((0, "none of 63 elsewhere was."), (1, "1 of 63 elsewhere was.")):
        cause = only(site(spells=[spell(poor_people_elsewhere=poor)]), rest()).causes[0]
        assert words in said(cause.evidence)


def test_a_sender_is_named_with_the_listeners_harmed():
    sender = finding(
        "remote_sender", 400, 1000, name="Ada Example", person="0" * 12, people=13,
        poor_here=400, people_here=440, poor_elsewhere=0, people_elsewhere=0,
    )  # fmt: skip
    cause = only(sender, rest(600)).causes[0]
    assert said(cause.title) == "Look at the uplink of Ada Example"
    assert said(cause.evidence).startswith(
        "13 listeners suffered: whenever this was poor as sent, 400 of 440 of the listeners’ "
        "minutes were poor as received; at other times they were mostly well. It stands"
    )
    assert cause.href == ""


def test_minutes_beyond_the_people_counted_are_told():
    sender = finding("remote_sender", 404, 1000, poor_here=400, people_here=440)
    evidence = said(only(sender, rest(596)).causes[0].evidence)
    assert (
        "404 minutes claimed count people on two connections at once twice: 4 of them" in evidence
    )
    assert "at once twice" not in said(only(site(), rest()).causes[0].evidence)


def test_the_senders_own_minutes_are_of_the_same_uplink_and_have_the_same_next_step():
    sender = finding("remote_sender", 400, 1000, name="Ada Example")
    own = finding("participant_uplink", 80, 1000, people=1, sender_minutes=80)
    first, second = only(sender, own, rest(520)).causes
    assert "the same uplink" in said(second.fits)
    assert "beside them" not in said(second.evidence)
    assert first.check == second.check
    some = finding("participant_uplink", 80, 1000, people=2, sender_minutes=20)
    mixed = only(sender, some, rest(520)).causes[1]
    assert "20 of 80 minutes are of people whose sending is a cause" in said(mixed.evidence)


@pytest.mark.parametrize(
    ("external", "who"), [(True, "a guest"), (False, "somebody (name withheld)")]
)
def test_a_sender_without_a_name_is_not_guessed(external, who):
    sender = finding("remote_sender", 400, 1000, is_external=external)
    assert said(only(sender, rest(600)).causes[0].title) == f"Look at the uplink of {who}"


def test_own_lines_and_devices_are_people_in_number():
    lines = finding("participant_uplink", 200, 1000, people=1)
    devices = finding("device", 150, 1000, people=9, people_elsewhere=0)
    one, other = only(lines, devices, rest(650)).causes
    assert said(one.title) == "Look at people’s own uplinks: 1 person"
    assert said(one.evidence) == (
        "1 person, poor as sent; beside them 4 of 1 200 minutes of the others in the same "
        "meetings were poor without fitting a wider cause."
    )
    assert said(other.evidence) == (
        "9 people, each with a poor frame rate while the processor was busy; the network was not "
        "poor then."
    )
    assert (one.href, other.href) == ("#people", "#cpu")


def test_a_sender_on_the_page_is_linked_and_paper_links_nothing():
    person = weeks.small_week().people[0]
    sender = finding("remote_sender", 400, 1000, person=person.ref, name=person.name)
    assert only(sender, rest(600)).causes[0].href == f"#person-{person.ref}"
    assert only(sender, rest(600), layout=PRINT_PAGE).causes[0].href == ""


def test_when_is_told_by_spells_in_local_time_else_by_days():
    spells = [spell(), spell(1, 13, minutes=1), spell(3), spell(4)]
    placed = only(site(spells=spells, spells_known=9), rest()).causes[0]
    assert said(placed.when) == (
        "Wed 11 Nov, 14:04–14:18; Tue 10 Nov, 13:04; Thu 12 Nov, 14:04–14:18; and 6 more spells"
    )
    days = only(finding("device", 150, 1000), rest(850)).causes[0]
    assert said(days.when) == "3 days from Tue 10 Nov to Thu 12 Nov, in 6 meetings"
    one = finding("device", 150, 1000, span=spell().span, meetings=1, days=1)
    assert said(only(one, rest(850)).causes[0].when) == "Wed 11 Nov, 14:04–14:18, in 1 meeting"


# --- The whole ---------------------------------------------------------------------------------


def test_the_parts_of_all_poor_minutes_are_told_and_what_is_not_listed():
    found = [
        site(301),
        *(finding("isp", 60 - n, 1000, subject=f"192.0.2.{n}/16") for n in range(6)),
    ]
    found.append(rest(1000 - sum(one.harmed_minutes for one in found)))
    section = only(*found)
    assert len(section.causes) == 5
    assert said(section.sub).startswith(
        "Of 1 000 poor minutes, 65 % fit a cause that several people share and 35 % cannot be told."
    )
    assert said(section.rest).startswith("Two smaller findings fit 11.1 %; in the workbook. ")
    assert "Undetermined: 35.4 %." in said(section.rest)


def test_where_nothing_is_followed_up_the_lede_starts_with_a_shared_cause_that_stands():
    assert said(view(site(), rest(), followup=None).hero.lede).endswith(
        "Start with the network of Leeds: 31 % of the poor minutes are consistent with it."
    )
    for weak in (site(190), site(25, 60), finding("device", 400, 1000)):
        assert "consistent with" not in said(view(weak, rest(600), followup=None).hero.lede)


def test_a_named_provider_is_not_called_a_network():
    named = finding("isp", 400, 1000, subject="Example Broadband")
    assert said(only(named, rest(600)).heading.finding).endswith(
        "fit the provider Example Broadband"
    )


def test_the_next_step_for_a_site_is_the_one_of_the_list_of_what_to_do_first():
    row = trends._follow("site", "new", 310, name="Leeds", next_check="check_wifi")
    followup = weeks.small_week().followup.model_copy(update={"rows": [row]})
    (cause,) = only(site(), rest(), followup=followup).causes
    assert cause.check == "Survey the Wi-Fi: it is worse than cable there."
    (cause,) = only(site(), rest()).causes
    assert cause.check == "Look at the load of the link and of the access points."


def test_people_with_a_check_of_their_own_are_referred_to_it():
    lines = finding("participant_downlink", 400, 1000)
    row = trends._follow("person", "watch", 31, next_check="check_access_line")
    followup = weeks.small_week().followup.model_copy(update={"rows": [row]})
    (cause,) = only(lines, rest(600), followup=followup).causes
    assert cause.check.startswith("Whoever is under What to do first has a check of their own")
    none = followup.model_copy(update={"rows": []})
    (cause,) = only(lines, rest(600), followup=none).causes
    assert cause.check.startswith("Test the line by cable")


@pytest.mark.parametrize("result", weeks.every_week().values(), ids=weeks.every_week())
def test_no_page_says_more_than_consistent_with(result: WeeklyResult):
    section = weekly_view(result, SCREEN_PAGE).causes
    if section is None:
        assert result.explained.poor_minutes < 30
        return
    for cause in section.causes:
        assert said(cause.fits).startswith("Consistent with ")
        words = " ".join(map(said, (cause.title, cause.fits, cause.evidence, cause.when)))
        for forbidden in ("caused by", "due to", "because", "root cause", "None", "  "):
            assert forbidden not in words


# --- Meetings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        ([], ""),
        ([part("site", 6, subject="Leeds"), part("device", 5)], "fits the network of Leeds"),
        ([part("data_center", 9, subject="Frankfurt")], "fits Zoom’s data centre Frankfurt"),
        (
            [part("isp", 9, subject="2001:db8::/32")],
            "fits the provider of network 2001:db8::/32",
        ),
        ([part("remote_sender", 9, name="Ada Example")], "fits the uplink of Ada Example"),
        ([part("participant_wifi", 9)], "fits a weak Wi-Fi signal"),
        ([part("device", 9)], "fits busy machines"),
        ([part("site", 5, subject="Leeds"), part("device", 5)], "fits several causes"),
        ([part("undetermined", 9), part("device", 5)], "cause not known"),
    ],
)
def test_a_meeting_fits_what_more_than_half_of_its_poor_minutes_do(causes, words):
    first = weeks.small_week().worst_meetings[0].model_copy(update={"causes": causes})
    lists = view(worst_meetings=[first]).lists
    table = next(one.table for one in lists if one.heading.id == "worst")
    assert said(table.rows[0].cells[-1].second) == words
    assert ("What a meeting fits" in said(table.note)) is bool(causes)
