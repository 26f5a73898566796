"""Whatever the week: every sum of the document holds, and the order of rows changes nothing."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.report.result import WeeklyResult
from tests.unit.report.build import weekly
from tests.unit.report.organisation import organisation

weeks = st.builds(
    organisation,
    meetings=st.integers(1, 25),
    seed=st.integers(1, 1000),
    people=st.integers(1, 30),
    most=st.integers(1, 9),
)
SLUGS = ["not-found", "too-old"]
a_few = settings(max_examples=12, deadline=None)


def total(gaps, unit):
    return sum(gap.count for gap in gaps if gap.unit == unit)


def rate(result, name):
    return next(figure.rate for figure in result.figures if figure.id == name)


@a_few
@given(weeks, st.integers(0, 5), st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 3)))
def test_everything_listed_or_present_is_scored_or_named(week, unnamed, incomplete):
    listed = week.meetings.height + sum(incomplete.values()) + unnamed

    coverage = weekly(week, listed=listed, incomplete=incomplete).coverage

    assert coverage.listed == listed == coverage.whole + coverage.incomplete
    assert coverage.incomplete == sum(incomplete.values()) + unnamed
    assert coverage.listed == coverage.scored + total(coverage.gaps, "meetings")
    assert coverage.connections == week.sessions.height
    assert coverage.connections == coverage.connections_scored + total(coverage.gaps, "connections")
    assert coverage.present_minutes == week.minute_scores.height
    assert coverage.present_minutes == coverage.scored_minutes + total(
        coverage.gaps, "participant-minutes"
    )
    assert all(gap.count > 0 for gap in coverage.gaps)


@a_few
@given(weeks)
def test_figures_bands_segments_hours_and_people_agree(week):
    result = weekly(week)

    bands = result.connections_by_band
    poor = rate(result, "poor_connections")
    assert sum(dict(bands).values()) == result.volume.connections
    assert bands.poor + bands.bad == (
        result.connections_poor_by_network + result.connections_poor_by_frame_rate
    )
    assert poor.k == result.connections_poor_by_network
    assert poor.n == result.coverage.connections_scored
    assert poor.n == sum(dict(bands).values()) - bands.unscored
    assert sum(dict(result.meetings_by_band).values()) == result.volume.meetings
    for segment in result.segments:
        if segment.id == "provider":  # the tables have nobody at home
            assert segment.rows == []
            continue
        assert sum(row.poor.k for row in segment.rows) == poor.k
        assert sum(row.poor.n for row in segment.rows) == poor.n
        assert sum(row.harmed_minutes for row in segment.rows) == result.volume.harmed_minutes
    assert sum(cell.poor for cell in result.hours) == poor.k
    assert sum(cell.connections for cell in result.hours) == poor.n
    assert sum(person.poor.k for person in result.people) == poor.k
    assert result.people_affected == len(result.people)
    assert sum(row.harmed_minutes for row in result.worst_meetings) == result.volume.harmed_minutes
    assert result.meetings_affected == rate(result, "poor_meetings").k
    assert result.machines_flagged == len(result.machines)


@a_few
@given(weeks, st.integers(0, 10))
def test_the_order_of_rows_does_not_change_a_byte(week, seed):
    assert weekly(week.shuffled(seed)).model_dump_json() == weekly(week).model_dump_json()


@a_few
@given(weeks)
def test_the_document_comes_back_from_json_as_it_was(week):
    result = weekly(week)

    assert WeeklyResult.model_validate_json(result.model_dump_json()) == result


@a_few
@given(weeks)
def test_intervals_hold_their_rate_and_lists_are_in_order(week):
    result = weekly(week)

    rates = [figure.rate for figure in result.figures]
    rates += [row.poor for segment in result.segments for row in segment.rows]
    rates += [person.poor for person in result.people]
    for found in rates:
        assert found.k <= found.n
        assert (found.pct is None) == (found.n == 0)
        if found.pct is not None:
            assert 0 <= found.low_pct <= found.pct + 1e-6
            assert found.pct - 1e-6 <= found.high_pct <= 100
    ranking = [person.shrunk_pct for person in result.people]
    assert ranking == sorted(ranking, reverse=True)
    harmed = [row.harmed_minutes for row in result.worst_meetings]
    assert harmed == sorted(harmed, reverse=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_persons_flags_are_minutes_the_tables_hold(seed):
    week = organisation(seed=seed)
    result = weekly(week)

    loss = {
        (person.ref, flag.code): flag.minutes for person in result.people for flag in person.flags
    }
    minutes = week.flags.join(week.sessions, on="session_id").filter(code="AUDIO_EMODEL")
    expected = (
        minutes.select("person_key", "meeting_uuid", "minutes")
        .explode("minutes")
        .unique()
        .join(
            week.participant_scores.filter(pl.col("net_band").is_in(["Poor", "Bad"]))
            .join(week.sessions.select("session_id", "person_key"), on="session_id")
            .select("person_key")
            .unique(),
            on="person_key",
            how="semi",
        )
        .height
    )
    assert expected > 0
    assert sum(count for (_, code), count in loss.items() if code == "AUDIO_EMODEL") == expected
    for person in result.people:
        for flag in person.flags:
            assert flag.minutes == sum(part.minutes for part in flag.occurrences)
            assert flag.longest_run_min == max(part.longest_run_min for part in flag.occurrences)
            assert flag.meetings == len(flag.occurrences)


@a_few
@given(weeks)
def test_everything_that_is_of_people_counts_them(week):
    """What aggregates rest on (report/privacy): never more than met, never none where some are."""
    result = weekly(week)
    every = result.volume.people
    rows = [row for segment in result.segments for row in segment.rows]
    sized = [(row.people, row.poor.n) for row in rows]
    sized += [(cell.people, cell.connections) for cell in result.hours]
    sized += [(one.people, one.rate.n) for one in result.figures if one.id != "poor_meetings"]
    sized += [(place.people, place.dropped.n) for place in result.reliability.by_place]
    for people, connections in sized:
        assert 0 <= people <= min(every, connections)
        assert bool(people) == bool(connections)
    assert all(row.person and row.person != row.ref for row in result.machines)
    for row in result.followup.rows if result.followup else ():
        assert (row.person is None) == (row.kind not in {"person", "machine"})
        assert row.kind != "person" or row.person == row.ref
