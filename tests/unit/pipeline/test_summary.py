"""What is said on stderr of a report: figures and places, never a person or a topic."""

import pytest

from qosreport.pipeline import summary
from tests.data.results import gatherings, weeks
from tests.data.results.causes import explained, finding


def labelled(lines):
    """The texts under each label."""
    found: dict[str, list[str]] = {}
    label = ""
    for own, text in lines:
        label = own or label
        found.setdefault(label, []).append(text)
    return found


@pytest.mark.parametrize("name", weeks.every_week())
def test_a_week_is_told_without_anybody_in_it(name):
    result = weeks.every_week()[name]
    told = " ".join(text for _, text in summary.weekly(result))
    people = {row.name for row in result.people} | {row.topic for row in result.worst_meetings}
    people |= {finding.name for finding in result.findings}
    assert not any(text in told for text in people if text)


@pytest.mark.parametrize("name", gatherings.every_meeting())
def test_a_meeting_is_told_without_anybody_in_it(name):
    result = gatherings.every_meeting()[name]
    told = " ".join(text for _, text in summary.meeting(result))
    people = {person.name for person in result.participants} | {result.topic, result.host}
    assert not any(text in told for text in people if text)


def test_bands_add_up_to_all_connections():
    result = weeks.weekly()
    (bands,) = labelled(summary.weekly(result))["Connections"]
    counts = [int(part.split()[0].replace(",", "")) for part in bands.split(", ")]
    assert sum(counts) == result.volume.connections


def test_the_worst_meetings_come_with_time_band_and_page():
    result = weeks.weekly()
    worst = labelled(summary.weekly(result))["Worst meetings"]
    assert len(worst) == 3
    assert f": {result.worst_meetings[0].band}, " in worst[0]


def test_an_empty_week_has_nothing_more_to_say():
    assert summary.weekly(weeks.empty_week()) == []


def test_places_are_named_and_people_only_counted():
    found = [
        finding("site", 60, 100, subject="Leeds"),
        finding("remote_sender", 30, 100, name="Ada Example", person="0" * 12),
        finding("undetermined", 10, 100),
    ]
    update = {"findings": found, "explained": explained(found)}
    result = weeks.weekly().model_copy(update=update)
    assert labelled(summary.weekly(result))["Consistent with"] == [
        "the network of Leeds: 60 minutes (60 % of the poor ones)",
        "one sender's uplink: 30 minutes (30 % of the poor ones)",
        "undetermined: 10 minutes (10 % of the poor ones)",
    ]


def test_the_worst_minute_of_a_meeting_is_the_first_with_most_people_poor():
    result = gatherings.regional_leads()
    (told,) = labelled(summary.meeting(result))["Worst minute"]
    most = max(one.poor for one in result.people_poor)
    assert f": {most} of " in told


def test_lines_are_plain_text():
    for _, text in [*summary.weekly(weeks.weekly()), *summary.meeting(gatherings.regional_leads())]:
        assert text.isascii() or "\u202f" not in text
