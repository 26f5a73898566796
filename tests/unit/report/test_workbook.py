"""The workbooks, read back with nothing but zipfile and an XML parser."""

import datetime as dt
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from qosreport.report.workbook import meeting_workbook, sheets, weekly_workbook
from qosreport.report.workbook.sheets import Column, Sheet, workbook
from tests.data.results import weeks
from tests.data.results.causes import part
from tests.unit.report import one_meeting
from tests.unit.report.build import weekly
from tests.unit.report.organisation import organisation

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Book:
    """An XLSX file as cells by sheet."""

    def __init__(self, data):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        names = ElementTree.fromstring(self.parts["xl/workbook.xml"]).findall(".//m:sheet", NS)
        self.names = [sheet.get("name") for sheet in names]
        shared = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.strings = ["".join(item.itertext()) for item in shared.findall("m:si", NS)]

    def xml(self, name):
        return ElementTree.fromstring(
            self.parts[f"xl/worksheets/sheet{self.names.index(name) + 1}.xml"]
        )

    def rows(self, name):
        """Lists of cell values, the header first; empty cells are None."""
        return [self._row(row) for row in self.xml(name).findall(".//m:row", NS)]

    def table(self, name):
        """Rows below the header as mappings from header to value."""
        head, *rows = self.rows(name)
        return [
            dict(zip(head, [*row, *[None] * (len(head) - len(row))], strict=True)) for row in rows
        ]

    def _row(self, row):
        cells = {}
        for cell in row.findall("m:c", NS):
            letters = re.match(r"[A-Z]+", cell.get("r"))[0]
            at = 0
            for letter in letters:
                at = at * 26 + ord(letter) - 64
            text = cell.findtext("m:v", namespaces=NS)
            cells[at] = self.strings[int(text)] if cell.get("t") == "s" else float(text)
        return [cells.get(at) for at in range(1, max(cells) + 1)]


@pytest.fixture(scope="module")
def week():
    return weekly(organisation())


@pytest.fixture(scope="module")
def weekly_book(week):
    return Book(weekly_workbook(week))


@pytest.fixture(scope="module")
def meeting():
    return one_meeting.build()


@pytest.fixture(scope="module")
def meeting_book(meeting):
    return Book(meeting_workbook(meeting))


def one_cell(text):
    sheet = Sheet("One", (Column("Text", "A text."),), [(text,)])
    return Book(workbook([sheet], title="T", zone="UTC", created=None))


def test_the_weekly_workbook_has_its_sheets_in_order(weekly_book):
    assert weekly_book.names == [
        "Summary", "Follow-up", "Change", "History", "Causes", "Drops", "Agreement",
        "Disagreements", "Meetings", "People", "Person meetings", "Flags", "CPU", "Segments",
        "Hours", "Coverage", "Method", "Legend",
    ]  # fmt: skip


def test_the_meeting_workbook_has_its_sheets_in_order(meeting_book):
    assert meeting_book.names == [
        "Summary", "Causes", "Participants", "Minutes", "Flags", "Shares", "Ratings", "Coverage",
        "Method", "Legend",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["weekly_book", "meeting_book"])
def test_every_sheet_has_a_frozen_header_a_filter_and_widths(kind, request):
    book = request.getfixturevalue(kind)

    for name in book.names:
        xml = book.xml(name)
        pane = xml.find(".//m:pane", NS)
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
        assert xml.find("m:autoFilter", NS).get("ref").startswith("A1:")
        assert xml.find("m:cols", NS) is not None


@pytest.mark.parametrize("kind", ["weekly_book", "meeting_book"])
def test_the_legend_explains_every_column_of_every_sheet(kind, request):
    book = request.getfixturevalue(kind)

    explained = {(row["Sheet"], row["Column"]) for row in book.table("Legend") if row["Meaning"]}

    heads = {(name, title) for name in book.names[:-1] for title in book.rows(name)[0]}
    assert heads == explained


def test_the_same_document_gives_the_same_bytes(week, meeting):
    assert weekly_workbook(week) == weekly_workbook(week)
    assert meeting_workbook(meeting) == meeting_workbook(meeting)


def test_the_time_inside_is_that_of_the_data(weekly_book):
    assert b">2026-11-20T00:00:00Z</dcterms:created>" in weekly_book.parts["docProps/core.xml"]


def test_a_book_without_a_time_is_dated_the_same_for_ever():
    assert b">2000-01-01T00:00:00Z</dcterms:created>" in one_cell("x").parts["docProps/core.xml"]


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "https://evil.example", "{=1}"]
)
def test_text_is_never_a_formula_or_a_link(text):
    book = one_cell(text)

    assert book.table("One") == [{"Text": text}]
    assert b"<f>" not in book.parts["xl/worksheets/sheet1.xml"]
    assert not any(b"evil.example" in part for n, part in book.parts.items() if n.endswith(".rels"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a" * 40_000, "a" * 32_766 + "…"), ("a\ud800b", "a?b"), ("_x0041_", "_x005F_x0041_")],
)
def test_text_that_a_cell_cannot_hold_is_made_to_fit(text, cell):
    assert one_cell(text).table("One") == [{"Text": cell}]


@pytest.mark.parametrize(
    ("value", "cell"), [(True, "yes"), (False, "no"), (0, 0.0), (1.5, 1.5), ("", "")]
)
def test_a_value_keeps_its_kind(value, cell):
    assert one_cell(value).table("One") == [{"Text": cell}]


def test_times_are_those_of_the_zone():
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    sheet = Sheet("One", (Column("At", "A time.", "instant"),), [(moment,)])

    book = Book(workbook([sheet], title="T", zone="Europe/Berlin", created=None))

    days = book.table("One")[0]["At"]
    since = dt.date(2026, 7, 1) - dt.date(1899, 12, 30)  # Excel counts days from here
    assert days == pytest.approx(since.days + 14 / 24)


def test_a_time_before_excels_calendar_is_text():
    assert one_cell(dt.datetime(1, 1, 1, tzinfo=dt.UTC)).table("One") == [
        {"Text": "0001-01-01 00:00:00"}
    ]


def test_rows_beyond_what_a_sheet_holds_are_counted(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    rows = [(n, n) for n in range(5)]
    sheet = Sheet("One", (Column("a", "A.", "count"), Column("b", "B.", "count")), rows)

    book = Book(workbook([sheet], title="T", zone="UTC", created=None))

    assert book.rows("One")[1:] == [[0, 0], ["4 more rows are in the JSON document only"]]


def test_the_summary_holds_the_documents_figures(week, weekly_book):
    rows = {row["Item"]: row for row in weekly_book.table("Summary")}

    poor = rows["Poor connections (network), of those scored"]
    rate = week.figures[0].rate
    assert (poor["Value"], poor["Of"], poor["Meetings"]) == (rate.k, rate.n, rate.meetings)
    assert (poor["Share, %"], poor["Interval low, %"]) == (rate.pct, rate.low_pct)
    assert poor["Enough to say"] == "yes"
    assert rows["Organisation"]["Value"] == "Brightwell & Osei"
    for item, value in (
        ("Connections", week.volume.connections),
        ("Participant-minutes harmed", week.volume.harmed_minutes),
        ("Connections, Poor", week.connections_by_band.poor),
        ("Meetings Poor or Bad", week.meetings_affected),
        ("People with three or more", week.people_repeated),
        ("… of these on the sheet CPU", len(week.machines)),
    ):
        assert rows[item]["Value"] == value


def test_lists_hold_the_rows_of_the_document(week, weekly_book):
    assert [row["Meeting"] for row in weekly_book.table("Meetings")] == [
        row.ref for row in week.worst_meetings
    ]
    people = weekly_book.table("People")
    assert [
        (row["Person"], row["Poor connections"], row["Rate for ranking, %"]) for row in people
    ] == [(row.ref, row.poor.k, row.shrunk_pct) for row in week.people]
    assert [row["Machine peak, %"] for row in weekly_book.table("CPU")] == [
        row.system_peak_pct for row in week.machines
    ]
    links = [link for person in week.people for link in person.meetings]
    assert [row["Harmed, min"] for row in weekly_book.table("Person meetings")] == [
        link.poor_minutes for link in links
    ]
    segments = [row for segment in week.segments for row in segment.rows]
    assert [(row["Value"], row["Of scored"]) for row in weekly_book.table("Segments")] == [
        (row.name, row.poor.n) for row in segments
    ]
    assert [tuple(row.values()) for row in weekly_book.table("Hours")] == [
        (cell.weekday, cell.hour, cell.poor, cell.connections) for cell in week.hours
    ]


def test_flags_are_a_row_a_meeting_and_their_minutes_add_up(week, weekly_book):
    rows = weekly_book.table("Flags")

    owners = [*week.people, *week.machines]
    flags = [flag for owner in owners for flag in owner.flags]
    assert sum(row["Minutes in meeting"] for row in rows) == sum(flag.minutes for flag in flags)
    assert {row["List"] for row in rows} == {"People", "CPU"}
    assert all(re.match(r"\d\d:\d\d", row["When"]) for row in rows)
    first = week.people[0].flags[0]
    assert (rows[0]["Flag"], rows[0]["Threshold"], rows[0]["Source"]) == (
        first.code,
        first.threshold,
        first.source,
    )


def test_meetings_beyond_the_list_of_a_flag_are_a_row_of_their_own(week):
    person = next(p for p in week.people if any(f.meetings > 1 for f in p.flags))
    flag = next(f for f in person.flags if f.meetings > 1)
    short = flag.model_copy(update={"occurrences": flag.occurrences[:1]})
    other = person.model_copy(update={"flags": [short]})
    cut = week.model_copy(update={"people": [other], "machines": []})

    rows = Book(weekly_workbook(cut)).table("Flags")

    assert rows[1]["Topic"] == f"{flag.meetings - 1} more meetings"
    assert sum(row["Minutes in meeting"] for row in rows) == flag.minutes


def test_coverage_and_method_are_whole(week, weekly_book):
    coverage = weekly_book.table("Coverage")
    gaps = [(r["Unit"], r["Item"], r["Count"]) for r in coverage if r["Kind"] == "gap"]
    assert gaps == [(gap.unit, gap.reason, gap.count) for gap in week.coverage.gaps]
    assert [r["Shape"] for r in coverage if r["Kind"] == "unreadable"] == ["9 aaa"]
    method = weekly_book.table("Method")
    edges = [(r["Item"], r["Medium"], r["Value"]) for r in method if r["Band beyond"]]
    assert edges == [(t.measure, t.medium, t.value) for t in week.method.thresholds]
    assert {r["Item"]: r["Value"] for r in method}["Policy SHA-256"] == week.method.policy_sha256


def test_a_meetings_minutes_are_a_row_each(meeting, meeting_book):
    rows = meeting_book.table("Minutes")

    sampled = sum(
        band is not None for person in meeting.participants for band in person.minute_bands
    )
    assert len(rows) == sampled
    worst = meeting.participants[0]
    own = [row for row in rows if row["Connection"] == worst.ref]
    assert [row["Loss, %"] for row in own] == worst.series[2].values[:10]
    assert [row["Band"] for row in own] == worst.minute_bands[:10]
    assert own[0]["Frame rate, fps"] is None


def test_a_meetings_people_and_flags_are_those_of_the_document(meeting, meeting_book):
    people = meeting_book.table("Participants")
    assert [(row["Connection"], row["Band"], row["Score (eMOS)"]) for row in people] == [
        (person.ref, person.band, person.score) for person in meeting.participants
    ]
    flags = meeting_book.table("Flags")
    assert [row["Flag"] for row in flags] == [
        flag.code for person in meeting.participants for flag in person.flags
    ]
    assert flags[0]["When"] == "10:35–10:38"  # Berlin
    assert meeting_book.table("Ratings")[1]["Comment"] == "=choppy"


def test_an_empty_week_makes_a_workbook(week):
    empty = week.model_copy(
        update={"people": [], "machines": [], "worst_meetings": [], "hours": [], "figures": []}
    )

    book = Book(weekly_workbook(empty))

    assert book.table("People") == []
    assert book.xml("People").find("m:autoFilter", NS) is not None


def test_causes_carry_the_numbers_of_the_document_and_local_times():
    week = weeks.weekly()
    book = Book(weekly_workbook(week))
    rows = book.table("Causes")
    assert [(row["Cause"], row["Harmed, participant-min"]) for row in rows] == [
        (finding.cause, finding.harmed_minutes) for finding in week.findings
    ]
    site = next(row for row in rows if row["Cause"] == "site")
    assert site["Main spells"].startswith("2026-11-11 14:04–14:17; 2026-11-10 13:04–13:12; ")
    names = ["Poor people", "Of people", "Poor people elsewhere", "Of people elsewhere"]
    assert [site[name] for name in names] == [9, 11, 2, 63]
    assert (site["Stands"], site["Spells"]) == ("yes", 7)
    sender = next(row for row in rows if row["Cause"] == "remote_sender")
    assert sender["Person"] is not None
    assert (sender["Main spells"], sender["Of people"]) == (None, None)
    assert next(row for row in rows if row["Cause"] == "device")["Stands"] is None


def test_the_summary_says_where_the_poor_minutes_went():
    week = weeks.weekly()
    summary = {row["Item"]: row["Value"] for row in Book(weekly_workbook(week)).table("Summary")}
    assert summary["… undetermined"] == week.explained.undetermined
    parts = [
        "… consistent with a cause that people share",
        "… consistent with the person's own line",
        "… consistent with the person's device",
        "… undetermined",
    ]
    whole = "Participant-minutes poor by the network or by frame rate"
    assert sum(summary[part] for part in parts) == summary[whole] == week.explained.poor_minutes


def test_a_week_never_asked_for_causes_has_no_rows_of_them():
    week = weeks.weekly().model_copy(update={"explained": None, "findings": []})
    book = Book(weekly_workbook(week))
    assert book.table("Causes") == []
    assert "… undetermined" not in {row["Item"] for row in book.table("Summary")}


def test_each_meeting_has_its_largest_cause():
    first = weeks.weekly().worst_meetings[0]
    causes = [part("remote_sender", 7, name="Ada Example"), part("device", 3)]
    meetings = [
        first.model_copy(update={"causes": causes}),
        first.model_copy(update={"causes": [part("site", 4, subject="Leeds")]}),
        first.model_copy(update={"causes": []}),
    ]
    week = weeks.weekly().model_copy(update={"worst_meetings": meetings})
    rows = Book(weekly_workbook(week)).table("Meetings")
    names = ("Largest cause", "Its subject", "Its minutes", "Of poor, participant-min")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("remote_sender", "Ada Example", 7, 10),
        ("site", "Leeds", 4, 4),
        (None, None, None, None),
    ]
