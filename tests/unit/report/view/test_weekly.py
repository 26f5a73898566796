"""What a week's page says: every sentence is made from the numbers."""

import datetime as dt

import pytest

from qosreport.report.result import (
    BandCounts,
    Coverage,
    Gap,
    HourCell,
    Rate,
    Reject,
    Segment,
    SegmentRow,
    WeeklyResult,
)
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.pieces import Cell
from qosreport.report.view.week.page import WeeklyView, weekly_view
from qosreport.report.view.week.segments import marked
from qosreport.report.view.words import plain
from tests.data.results import weeks
from tests.data.results.causes import finding as cause


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(result: WeeklyResult, layout=SCREEN_PAGE) -> WeeklyView:
    return weekly_view(result, layout, forms=("pdf",))


def rate(k, n, low=None, high=None, *, enough=True) -> Rate:
    pct = 100 * k / n if n else None
    low = low if low is not None else pct and pct * 0.8
    high = high if high is not None else pct and pct * 1.2
    return Rate(k=k, n=n, meetings=40, pct=pct, low_pct=low, high_pct=high, enough=enough)


def row(name, poor: Rate, harmed=0, top=1.0) -> SegmentRow:
    return SegmentRow(name=name, poor=poor, harmed_minutes=harmed, top_person_pct=top)


def with_rate(result: WeeklyResult, poor: Rate, **more) -> WeeklyResult:
    figures = [f.model_copy(update={"rate": poor}) if f.id == "poor_connections" else f
               for f in result.figures]  # fmt: skip
    return result.model_copy(update={"figures": figures, **more})


@pytest.fixture(scope="module")
def small() -> WeeklyResult:
    return weeks.small_week()


def sites(result: WeeklyResult, *rows: SegmentRow, people=(), harmed=1000) -> WeeklyResult:
    volume = result.volume.model_copy(update={"harmed_minutes": harmed})
    segments = [Segment(id="site", rows=list(rows))]
    figures = with_rate(result, rate(60, 1000, 5.0, 7.0)).figures
    return result.model_copy(
        update={"segments": segments, "people": list(people), "volume": volume, "figures": figures}
    )


# --- The verdict -------------------------------------------------------------------------------


def test_one_place_with_most_of_the_harm_is_named(small):
    result = sites(small, row("Cardiff", rate(40, 150), 620), row("Leeds", rate(20, 850), 380))
    assert said(view(result).hero.verdict) == (
        "6.0 % of connections were poor. "
        "Cardiff held 62 % of the harm with 15 % of the connections."
    )


def test_a_large_place_with_its_fair_part_of_the_harm_is_not_named(small):
    result = sites(small, row("Cardiff", rate(40, 600), 620), row("Leeds", rate(20, 400), 380))
    assert "Cardiff" not in said(view(result).hero.verdict)


def test_without_a_holder_the_surest_high_rate_is_named(small):
    result = sites(
        small, row("Cardiff", rate(20, 100, 13.0, 29.0), 300), row("Leeds", rate(40, 900), 700)
    )
    assert said(view(result).hero.verdict).endswith("At Cardiff it was 20.0 %.")


def test_few_people_with_half_of_the_harm_are_counted(small):
    people = [p.model_copy(update={"harmed_minutes": 300}) for p in small.people[:2]]
    result = sites(small, row("Leeds", rate(60, 1000), 1000), people=people)
    assert said(view(result).hero.verdict).endswith("Half of the harm fell on two people.")


def test_harm_spread_widely_is_said_to_be(small):
    result = sites(small, row("Leeds", rate(60, 1000), 1000))
    assert said(view(result).hero.verdict).endswith(
        "No single place or person holds most of the harm."
    )


def test_little_harm_is_placed_nowhere(small):
    result = sites(small, row("Cardiff", rate(40, 150), 20), harmed=25)
    assert said(view(result).hero.verdict).endswith("Little time was lost.")


def test_too_few_connections_give_counts_and_no_rate(small):
    coverage = small.coverage.model_copy(update={"connections": 30})
    result = with_rate(small, rate(4, 27, enough=False), coverage=coverage)
    assert said(view(result).hero.verdict) == "4 of 27 connections were poor. Too few for a rate."


def test_much_unscored_is_said_before_where_the_harm_lies(small):
    coverage = small.coverage.model_copy(update={"connections": 9000})
    result = small.model_copy(update={"coverage": coverage})
    assert "of all could be scored" in said(view(result).hero.verdict)


def test_a_calm_week_is_called_calm_and_shrinks():
    page = view(weeks.calm_week())
    assert said(page.hero.verdict) == "No connection was poor, of 1 320 scored. A calm week."
    assert page.lists == ()
    assert page.segments is None
    assert page.when is None
    assert said(page.clear.finding) == (
        "Nobody and nothing needs following up; no minute was poor; no change of any place or "
        "equipment is beyond what chance explains; no meeting was Poor or Bad; nobody had a poor "
        "connection; no machine ran out of CPU"
    )


def test_an_empty_week_says_so_and_what_to_check():
    page = view(weeks.empty_week())
    assert said(page.hero.verdict) == "No meetings took place, or Zoom listed none."
    assert "time zone" in said(page.hero.lede)
    assert page.figures is None
    assert page.hero.bar is None
    assert said(page.coverage.heading.finding) == "No meeting came"


def test_an_unscored_week_is_never_good():
    page = view(weeks.unscored_week())
    assert said(page.hero.verdict) == "None of the 14 meetings could be scored."
    assert "Unscored is not good" in said(page.hero.lede)
    assert page.figures is None
    words = " ".join(said(heading.text) for heading in page.contents)
    assert words == "Reliability Coverage and gaps Method"


@pytest.mark.parametrize("result", weeks.every_week().values(), ids=weeks.every_week())
def test_no_verdict_is_longer_than_two_sentences_and_22_words(result):
    verdict = said(view(result).hero.verdict).replace(" %", "%").replace("1 320", "1320")
    assert len(verdict.split()) <= 22
    assert verdict.count(". ") <= 1
    for forbidden in ("consistent with", "caused", "due to", "because", "!"):
        assert forbidden not in verdict


# --- Hero --------------------------------------------------------------------------------------


def test_frame_rate_alone_is_told_from_the_network_in_the_note(small):
    bands = BandCounts(good=900, fair=50, poor=30, bad=10, unscored=10)
    result = small.model_copy(
        update={
            "connections_by_band": bands,
            "connections_poor_by_network": 33,
            "connections_poor_by_frame_rate": 7,
        }
    )
    note = said(view(result).hero.note)
    assert "40 were Poor or Bad: 33 by the network" in note
    assert "and 7 by frame rate alone" in note


def test_connections_with_a_summary_only_are_counted_apart(small):
    summary = BandCounts(good=3, fair=1, poor=1, bad=1, unscored=0)
    note = said(view(small.model_copy(update={"connections_by_summary": summary})).hero.note)
    assert "Six more came as a summary of the whole meeting only (2 Poor or Bad by it)" in note


def test_an_open_week_and_missing_meetings_are_noticed():
    heads = [notice.head for notice in view(weeks.nameless_week()).hero.notices]
    assert heads == ["Not over yet", "Gaps"]
    assert view(weeks.small_week()).hero.notices == ()


def test_bands_without_connections_have_no_share(small):
    bands = BandCounts(good=10, fair=0, poor=0, bad=0, unscored=0)
    key = view(small.model_copy(update={"connections_by_band": bands})).hero.key
    assert [said(item.words) for item in key] == ["10 100 %", "0", "0", "0", "0"]


# --- Key figures -------------------------------------------------------------------------------


def test_a_figure_with_too_few_meetings_shows_counts(small):
    result = with_rate(small, rate(4, 27, enough=False))
    figure = view(result).figures.figures[0]
    assert (figure.figure, figure.unit) == ("4", "of 27")
    assert figure.counts == "in 40 meetings: too few to say a rate"
    assert (figure.changes, figure.spark) == ((), None)


def test_a_figure_of_nothing_is_a_dash_not_zero(small):
    empty = Rate(k=0, n=0, meetings=0, pct=None, low_pct=None, high_pct=None, enough=False)
    figure = view(with_rate(small, empty)).figures.figures[0]
    assert (figure.figure, figure.counts) == ("–", "nothing to count")


@pytest.mark.parametrize(
    ("audio", "video", "tail"),
    [
        (rate(30, 1000, 2, 4), rate(90, 1000, 7, 11), "video suffered more than audio"),
        (rate(90, 1000, 7, 11), rate(30, 1000, 2, 4), "audio suffered more than video"),
        (rate(30, 1000, 2, 4), rate(40, 1000, 3, 5), "audio and video suffered alike"),
        (rate(1, 1000), rate(2, 1000), "audio and video minutes were nearly all clean"),
    ],
)
def test_audio_and_video_are_compared_by_their_intervals(small, audio, video, tail):
    rates = {"poor_audio_minutes": audio, "poor_video_minutes": video}
    figures = [
        figure.model_copy(update={"rate": rates.get(figure.id, figure.rate)})
        for figure in small.figures
    ]
    page = view(small.model_copy(update={"figures": figures}))
    assert said(page.figures.heading.finding).endswith(tail)


# --- Lists -------------------------------------------------------------------------------------


def section(page: WeeklyView, name: str):
    return next(s for s in page.lists if s.heading.id == name)


def test_lists_show_ten_rows_then_more_and_count_what_is_left_out():
    table = section(view(weeks.weekly()), "people").table
    assert len(table.rows) == 10
    assert len(table.more) == 40
    assert table.more_summary == "40 more people"
    assert "50 of 155 people; the rest in the workbook." in said(table.note)


def test_paper_shows_eight_rows_and_no_more():
    table = section(view(weeks.weekly(), PRINT_PAGE), "people").table
    assert (len(table.rows), table.more) == (8, ())
    assert all(cell.href == "" for row in table.rows for cell in row.cells)


def test_people_without_names_are_numbered_not_guessed():
    table = section(view(weeks.nameless_week()), "people").table
    names = [said(row.cells[0].main) for row in table.rows]
    assert len(set(names)) == len(names)
    assert all(name.startswith(("Name withheld ", "Guest ")) for name in names)


def test_each_person_is_explained_by_value_threshold_source_minutes_and_run():
    rich = weeks.weekly()
    person = rich.people[0]
    details = section(view(rich), "people").table.rows[0].details
    flag, shown = person.flags[0], details.flags.rows[0]
    assert shown.label
    assert shown.worst
    assert shown.threshold
    assert said(shown.source)
    assert str(flag.minutes) in shown.minutes
    assert f"up to {flag.longest_run_min} in a row" in shown.minutes
    assert len(shown.where) == min(len(flag.occurrences), 4) + (flag.meetings > 4)
    assert "in " in said(shown.where[0])


def test_high_cpu_and_what_it_cost_are_one_flag():
    machine = weeks.weekly().machines[0]
    high, cost = machine.flags
    assert (high.code, cost.code) == ("CPU_SYSTEM_HIGH", "CPU_LIKELY_CAUSE")
    rich = weeks.weekly().model_copy(update={"machines": [machine], "machines_flagged": 1})
    details = section(view(rich), "cpu").table.rows[0].details
    (shown,) = details.flags.rows
    assert shown.label == "CPU, whole machine"
    assert f"Frame rate suffered for {cost.minutes} min, up to" in said(shown.says)
    assert said(details.summary).startswith(f"CPU, whole machine: {high.minutes} min, frame rate")


def test_paper_cites_each_threshold_once_and_screens_name_the_source_with_the_flag():
    rich = weeks.weekly()
    paper = view(rich, PRINT_PAGE)
    lines = [
        row
        for part in (section(paper, "people"), section(paper, "cpu"))
        for person in part.table.rows
        for row in person.details.flags.rows
    ]
    listed = {row.number: row for row in paper.sources.rows}
    assert len(lines) > len(listed) > 2
    assert {line.cite for line in lines} == set(listed)
    assert all(listed[line.cite].source == said(line.source) for line in lines)
    assert all(listed[line.cite].limit.endswith(line.threshold) for line in lines)
    assert view(rich).sources is None


def test_a_quiet_week_cites_nothing():
    assert view(weeks.empty_week(), PRINT_PAGE).sources is None


def test_paper_leaves_out_most_groups_too_small_for_a_rate():
    rich = weeks.weekly()
    small = [
        row.model_copy(update={"poor": row.poor.model_copy(update={"enough": False})})
        for row in rich.segments[0].rows[:4]
    ]
    site = rich.segments[0].model_copy(update={"rows": [*rich.segments[0].rows[:3], *small]})
    rich = rich.model_copy(update={"segments": [site]})
    panel = view(rich, PRINT_PAGE).segments.left[0]
    assert [row.css == "few" for row in panel.rows] == [False] * 3 + [True] * 2
    assert said(panel.note) == "2 more in the HTML and the workbook."
    assert len(view(rich).segments.left[0].rows) == 7


def test_every_row_of_every_table_fills_its_columns():
    for result in weeks.every_week().values():
        page = view(result)
        tables = [s.table for s in page.lists]
        tables += [*page.segments.left, *page.segments.right] if page.segments else []
        for table in tables:
            for line in (*table.rows, *table.more):
                assert sum(cell.span for cell in line.cells) == len(table.columns)
                assert all(isinstance(cell, Cell) for cell in line.cells)


def test_machines_are_summed_up_by_what_high_cpu_cost(small):
    machine = weeks.weekly().machines[0]
    costly = machine.model_copy(update={"cost_minutes": 5})
    free = machine.model_copy(update={"cost_minutes": 0})

    def finding(*machines, flagged=None):
        update = {"machines": list(machines), "machines_flagged": flagged or len(machines)}
        return said(section(view(small.model_copy(update=update)), "cpu").heading.finding)

    assert finding(costly, free) == "Two machines ran high on CPU; on one it cost frame rate"
    assert finding(costly) == "One machine ran high on CPU, and it cost frame rate on it"
    assert finding(free) == "One machine ran high on CPU; none lost frame rate by it"
    assert finding(costly, flagged=900) == "900 machines ran high on CPU"
    withheld = view(small.model_copy(update={"machines": [], "machines_flagged": 900}))
    assert "900 machines ran high on CPU" in said(withheld.clear.finding)
    assert "none lost frame rate" not in said(withheld.clear.finding)


def test_high_cpu_tells_why_likely_causes_count_other_minutes(small):
    machines = weeks.weekly().machines
    busy = cause("device", 657, 2000, people=22)
    facts = {"machines": machines, "machines_flagged": len(machines), "findings": [busy]}
    sub = said(section(view(small.model_copy(update=facts)), "cpu").sub)
    assert "The 657 min of 22 people under Likely causes are only those" in sub.replace(
        "\u202f", " "
    )


def test_a_week_without_cpu_figures_does_not_claim_there_was_no_trouble(small):
    none = Rate(k=0, n=0, meetings=0, pct=None, low_pct=None, high_pct=None, enough=False)
    figures = [f.model_copy(update={"rate": none}) if f.id == "high_cpu" else f
               for f in small.figures]  # fmt: skip
    update = {"machines": [], "machines_flagged": 0, "figures": figures}
    page = view(small.model_copy(update=update))
    assert "No CPU figures came with the data" in said(page.clear.finding)


# --- Groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("poor", "is_marked"),
    [
        (rate(20, 100, 13.0, 29.0), True),
        (rate(20, 100, 5.9, 29.0), False),
        (rate(79, 1000, 7.0, 9.0), False),
        (rate(20, 100, 13.0, 29.0, enough=False), False),
    ],
)
def test_a_group_is_marked_only_if_its_whole_interval_lies_well_above_all(poor, is_marked):
    assert marked(row("x", poor), 6.0) is is_marked


def test_too_few_to_say_is_words_without_a_dot(small):
    few = rate(4, 27, enough=False)
    page = view(sites(small, row("Leeds", rate(60, 1000), 900), row("Oslo", few)))
    last = page.segments.left[0].rows[-1]
    assert last.css == "few"
    assert said(last.cells[-1].main) == "too few to say: 4 of 27 in 40 meetings"
    assert all(cell.chart is None for cell in last.cells)


def test_what_zoom_did_not_say_is_called_not_reported(small):
    page = view(sites(small, row(None, rate(60, 1000), 900)))
    assert said(page.segments.left[0].rows[0].cells[0].main) == "Not reported"


def test_one_person_behind_a_group_is_named_as_such(small):
    page = view(sites(small, row("Oslo", rate(60, 1000), 900, top=34.0)))
    assert said(page.segments.left[0].rows[0].cells[0].second) == "34 % of these are one person’s"


def test_forty_sites_show_eight_and_the_rest_on_request(small):
    many = [row(f"Site {i:02d}", rate(60 - i, 1000), 10) for i in range(40)]
    page = view(sites(small, *many))
    panel = page.segments.left[0]
    assert (len(panel.rows), len(panel.more)) == (8, 32)
    on_paper = view(sites(small, *many), PRINT_PAGE).segments.left[0]
    assert said(on_paper.note) == "34 more in the HTML and the workbook."


# --- When --------------------------------------------------------------------------------------


def hours(result, *cells, average=(60, 1000, 5.0, 7.0)):
    found = [HourCell(weekday=d, hour=h, poor=k, connections=n) for d, h, k, n in cells]
    return with_rate(result, rate(*average)).model_copy(update={"hours": found})


def test_hours_with_enough_connections_stand_alone(small):
    heat = view(hours(small, (1, 9, 3, 40), (1, 10, 30, 60))).when.heat
    assert heat.hours == ("09", "10")
    assert [tile.text for tile in heat.days[0].tiles] == ["8", "50"]
    assert [tile.css for tile in heat.days[0].tiles] == ["h1", "h4"]


def test_hours_with_too_few_are_taken_together(small):
    heat = view(hours(small, (1, 9, 3, 16), (1, 10, 3, 17), (1, 11, 1, 10))).when.heat
    assert heat.hours == ("09–12",)
    assert "by three hours" in said(heat.caption)


def test_an_hour_with_too_few_is_a_dot_with_its_counts(small):
    tiles = view(hours(small, (1, 9, 3, 40), (2, 9, 1, 8))).when.heat.days[1].tiles
    assert (tiles[0].css, tiles[0].text) == ("h-few", "·")
    assert tiles[0].said == "too few to say, 1 of 8"


def test_a_thin_weekend_is_counted_in_the_caption(small):
    heat = view(hours(small, (1, 9, 3, 40), (6, 9, 1, 8))).when.heat
    assert [day.day for day in heat.days] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert "Saturday and Sunday: 8 connections, too few to say." in said(heat.caption)


def test_the_worst_time_is_the_one_with_most_excess_not_the_highest_rate(small):
    page = view(hours(small, (1, 9, 6, 40), (3, 14, 60, 400)))
    assert said(page.when.heading.finding) == (
        "Most trouble above the average: Wednesday 14:00–15:00, 15 % of connections poor"
    )


def test_an_even_week_has_no_worst_time(small):
    page = view(hours(small, (1, 9, 3, 50), (3, 14, 24, 400)))
    assert said(page.when.heading.finding) == ("Poor connections were spread evenly over the week")


# --- Coverage, method --------------------------------------------------------------------------


def test_every_gap_and_every_reject_is_named_and_counted(small):
    coverage = Coverage(
        listed=5, whole=4, incomplete=1, no_qos=0, scored=3, connections=9,
        connections_with_qos=8, connections_scored=7, present_minutes=90, scored_minutes=80,
        silent_minutes=41,
        gaps=[
            Gap(unit="meetings", reason="not-found", count=1),
            Gap(unit="participant-minutes", reason="inactive", count=10),
        ],
        rejects=[Reject(field=f"f{i}", rule="unit", shape="9a", values=i) for i in range(1, 8)],
    )  # fmt: skip
    shown = view(small.model_copy(update={"coverage": coverage})).coverage
    assert said(shown.heading.finding) == "3 of 5 meetings could be judged"
    text = " ".join(said(f.label) + said(f.value) for part in shown.lists for f in part.facts)
    assert "Zoom listed it but does not give its participants1 meeting" in text
    assert "(muted, camera off)10 minutes" in text
    assert "Minutes scored, of those with data80 of 90" in text
    assert "Minutes without data, from join to leave41" in text
    assert "Two further kinds, in the JSON13 values" in text


def test_what_was_no_reading_error_is_named_for_what_it_is(small):
    rejects = [
        Reject(field="participants.status", rule="waiting-room", shape="", values=44),
        Reject(field="qos.hops", rule="unknown-key", shape="", values=2),
        Reject(field="audio_input.jitter", rule="wrong-unit", shape="9 aaaa", values=1),
        Reject(field="qos.relay", rule="unknown-key", shape="", values=3),
    ]
    coverage = small.coverage.model_copy(update={"rejects": rejects, "gaps": []})
    unused = view(small.model_copy(update={"coverage": coverage})).coverage.lists[-1]
    assert [(said(fact.label), said(fact.value)) for fact in unused.facts] == [
        ("audio_input.jitter: unit of another measure, such as 9 aaaa", "1 value"),
        ("People who only waited in the waiting room", "44 rows"),
        ("Keys that Zoom does not document yet: qos.hops, qos.relay", "5 values"),
    ]


def test_method_names_policy_hash_direction_and_that_it_is_uncalibrated(small):
    alone = small.model_copy(update={"agreement": None})
    text = " ".join(p.subject + plain(p.words) for p in view(alone).method.paragraphs)
    for part in ("zoom-network-quality 1.0.0", "9341279ef4ff2ff3", "Input is read as sent",
                 "Uncalibrated", "16 Nov 2026, 05:12 UTC", "qosreport 0.1.0"):  # fmt: skip
        assert part in text, part


def test_only_the_forms_that_exist_are_linked(small):
    links = view(small).method.paragraphs[-1].links
    assert [link.href for link in links] == ["weekly-2026-W46.pdf"]
    assert all(not p.links for p in view(small, PRINT_PAGE).method.paragraphs)


def test_a_document_without_a_pull_time_still_has_a_date(small):
    provenance = small.provenance.model_copy(update={"data_as_of": None})
    page = view(small.model_copy(update={"provenance": provenance}))
    assert page.head.created == f"{small.head.end:%Y-%m-%dT%H:%M:%SZ}"
    assert dt.datetime.fromisoformat(page.head.created).tzinfo is not None


def test_a_list_longer_than_the_document_says_how_many_the_workbook_holds(small):
    update = {"people_affected": 900}
    note = said(section(view(small.model_copy(update=update)), "people").table.note)
    held = len(small.people)
    assert f"of 900 people; {held} in the workbook." in note
