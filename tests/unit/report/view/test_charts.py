"""Charts: geometry in Python, marks by macro."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.report import assets, render
from qosreport.report.result import BandCounts, Bin
from qosreport.report.view import shapes, strips
from qosreport.report.view.shapes import PRINT, SCREEN, Scale
from qosreport.report.view.strips import Timeline

BANDS = ["Good", "Fair", "Poor", "Bad", "Unscored", None]
COUNTS = BandCounts(good=2944, fair=601, poor=207, bad=121, unscored=187)
LINE = Timeline(minutes=62, ticks=(0, 10, 20), window=(18, 42))


def upright(d: str) -> list[tuple[float, ...]]:
    """(x, base, height, width) of each rectangle in a path."""
    number = r"(-?[\d.]+(?:e-?\d+)?)"
    pattern = rf"M{number} {number}v-{number}h{number}v{number}z"
    found = [tuple(map(float, match)) for match in re.findall(pattern, d)]
    assert re.sub(pattern, "", d) == ""
    return [(x, base, height, width) for x, base, height, width, _ in found]


def draw(chart) -> str:
    macro = render.environment().get_template("charts/_any.html").module.draw
    return str(macro(chart))


def test_the_band_bar_is_as_long_as_its_numbers_in_order_of_trouble():
    bar = shapes.band_bar(SCREEN, ident="b", title="t", counts=COUNTS)
    assert [box.css for box in bar.boxes] == ["good", "fair", "poor", "bad", "uns"]
    assert [box.outline for box in bar.boxes] == [False, False, False, False, True]
    filled = bar.boxes[:4]
    for one, other in pairwise(filled):
        assert other.x - (one.x + one.width) == pytest.approx(2, abs=0.02)
    assert filled[0].width / filled[1].width == pytest.approx(2944 / 601, rel=0.05)
    assert bar.boxes[-1].x + bar.boxes[-1].width <= 1000


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_every_band_that_occurs_is_drawn_and_no_other(numbers):
    names = ("good", "fair", "poor", "bad", "unscored")
    counts = BandCounts(**dict(zip(names, numbers, strict=True)))
    bar = shapes.band_bar(PRINT, ident="b", title="t", counts=counts)
    drawn = [] if bar is None else [box.width for box in bar.boxes]
    assert len(drawn) == sum(n > 0 for n in numbers)
    assert all(width >= 1.9 for width in drawn)


@pytest.mark.parametrize(
    ("highest", "top"), [(0.0, 4), (3.9, 4), (4.1, 8), (19, 20), (35, 40), (61, 80), (99, 100)]
)
def test_the_scale_of_rates_holds_the_highest_interval(highest, top):
    scale = shapes.rate_scale(highest)
    assert scale.top == top
    assert scale.ticks[0] == 0
    assert scale.ticks[-1] == top


@given(st.tuples(*[st.floats(0, 100)] * 3).map(sorted))
def test_dot_and_interval_stay_inside_and_in_order(values):
    low, pct, high = values
    row = shapes.dot_row(
        SCREEN, Scale(40, (0, 20, 40)), ident="d", title="t",
        pct=pct, low_pct=low, high_pct=high, reference_pct=5.0,
    )  # fmt: skip
    assert 0 < row.low <= row.dot <= row.high < SCREEN.dot_row[0]


def test_nothing_has_no_bar_and_little_has_a_sliver():
    assert shapes.harm_bar(SCREEN, ident="h", title="t", value=0, top=100).length == 0
    assert shapes.harm_bar(SCREEN, ident="h", title="t", value=0.01, top=100).length == 1
    assert shapes.harm_bar(SCREEN, ident="h", title="t", value=50, top=100).length == 115
    assert shapes.harm_bar(SCREEN, ident="h", title="t", value=0, top=0).length == 0


def test_slices_are_as_high_as_the_share_of_people_and_bad_from_half():
    bins = [
        Bin(poor=0, people=4),
        Bin(poor=1, people=4),
        Bin(poor=2, people=4),
        Bin(poor=0, people=0),
    ]
    mini = shapes.mini(SCREEN, ident="m", title="t", bins=bins)
    assert [box.css for box in mini.boxes] == ["poor", "bad"]
    assert mini.boxes[1].height == pytest.approx(2 * mini.boxes[0].height)
    assert mini.boxes[0].height == pytest.approx(21 / 4)
    assert all(box.y + box.height == pytest.approx(21) for box in mini.boxes)


def test_runs_of_equal_minutes_are_merged_and_gaps_left_out():
    bands = ["Good", "Good", None, "Poor", "Unscored", "Unscored"]
    assert list(strips.runs(bands)) == [("Good", 0, 2), ("Poor", 3, 4), ("Unscored", 4, 6)]


def test_the_worse_the_taller():
    bands = ["Good", "Fair", "Poor", "Bad"]
    lane = strips.lane(SCREEN, Timeline(4, (0,), None), ident="l", title="t", bands=bands)
    heights = {shape.css: upright(shape.d)[0][2] for shape in lane.shapes}
    assert heights["bad"] == pytest.approx(28)
    assert heights["good"] < heights["fair"] < heights["poor"] < heights["bad"]


def test_unscored_minutes_are_dashes_never_fills():
    bands = ["Unscored", "Unscored", "Good", None]
    lane = strips.lane(SCREEN, Timeline(4, (0,), None), ident="l", title="t", bands=bands)
    assert lane.dashes == ((0, 500),)
    assert [shape.css for shape in lane.shapes] == ["good"]


@given(st.lists(st.sampled_from(BANDS), min_size=1, max_size=200))
def test_a_lane_covers_exactly_its_sampled_minutes(bands):
    lane = strips.lane(SCREEN, Timeline(len(bands), (0,), None), ident="l", title="t", bands=bands)
    covered = sum(w for shape in lane.shapes for _, _, _, w in upright(shape.d))
    covered += sum(b - a for a, b in lane.dashes)
    wanted = 1000 * sum(band is not None for band in bands) / len(bands)
    assert covered == pytest.approx(wanted, abs=0.02 * len(bands))


def test_the_window_lies_behind_its_minutes():
    lane = strips.lane(SCREEN, LINE, ident="l", title="t", bands=["Good"] * 62)
    assert lane.field_box.x == pytest.approx(1000 * 18 / 62, abs=0.01)
    assert lane.field_box.width == pytest.approx(1000 * 24 / 62, abs=0.02)


def needles(values, bands=None, **more):
    fields = {"top": 100.0, "thresholds": (40, 60), "low_is_bad": False, **more}
    line = Timeline(len(values), (0,), None)
    bands = bands or ["Good"] * len(values)
    return strips.needles(
        SCREEN, line, ident="n", title="t", desc="d", values=values, bands=bands, **fields
    )


def test_a_minute_without_a_sample_has_no_needle_and_zero_has_one():
    chart = needles([10.0, None, 0.0])
    bars = [bar for shape in chart.shapes for bar in upright(shape.d)]
    assert len(bars) == 2
    assert bars[0][2] == pytest.approx(7.2)
    assert bars[1][2] == 1.5
    assert bars[1][0] > 2 * 248 / 3


def test_a_needle_is_cut_at_the_top_of_the_scale():
    assert upright(needles([1e9]).shapes[0].d)[0][2] == 72


def test_thresholds_are_drawn_where_they_are_on_the_scale():
    assert needles([1.0]).thresholds == (43.2, 28.8)
    assert needles([1.0], thresholds=(100, 150)).thresholds == ()


@pytest.mark.parametrize(("low_is_bad", "worst"), [(False, 90.0), (True, 5.0)])
def test_a_long_meeting_shows_the_worst_sample_of_several_minutes(low_is_bad, worst):
    values = [50.0] * 480
    values[7], values[9] = 90.0, 5.0
    bands = ["Good"] * 480
    bands[7 if not low_is_bad else 9] = "Poor"
    chart = needles(values, bands, low_is_bad=low_is_bad)
    bars = {shape.css: upright(shape.d) for shape in chart.shapes}
    assert sum(len(own) for own in bars.values()) == 240
    assert [bar[2] for bar in bars["poor"]] == [pytest.approx(72 * worst / 100)]


def every_chart(surface):
    line = Timeline(4, (0, 2), (1, 3))
    return [
        shapes.band_bar(surface, ident="c1", title="<t>", counts=COUNTS),
        shapes.dot_row(
            surface, shapes.rate_scale(9), ident="c2", title="<t>",
            pct=5, low_pct=1, high_pct=9, reference_pct=4.0, marked=True,
        ),
        shapes.harm_bar(surface, ident="c3", title="<t>", value=3, top=9),
        shapes.mini(surface, ident="c4", title="<t>", bins=[Bin(poor=1, people=2)] * 24),
        strips.lane(
            surface, line, ident="c5", title="<t>", desc="<d>", bands=BANDS[1:5],
            ticks=(1,), absences=((1, 2),),
        ),
        strips.needles(
            surface, line, ident="c6", title="<t>", desc="<d>", values=[1, 2, None, 4],
            bands=BANDS[:4], top=5, thresholds=(3,), low_is_bad=False,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("surface", [SCREEN, PRINT], ids=["screen", "print"])
@pytest.mark.parametrize("which", range(6))
def test_every_picture_says_its_reading_in_a_title_and_holds_no_words(surface, which):
    chart = every_chart(surface)[which]
    svg = draw(chart)
    ident = chart.frame.id
    assert f'<title id="{ident}-t">&lt;t&gt;</title>' in svg
    assert f'aria-labelledby="{ident}-t' in svg
    assert 'role="img"' in svg
    assert "<text" not in svg
    assert "style=" not in svg
    assert ("preserveAspectRatio" in svg) == surface.stretch
    assert ("vector-effect" in svg) <= surface.stretch


@pytest.mark.parametrize("which", range(6))
def test_every_mark_has_a_light_value_and_a_class_for_the_dark(which):
    svg = draw(every_chart(SCREEN)[which])
    marks = re.findall(r"<(?:rect|path|line) [^>]*>", svg)
    assert marks
    for mark in marks:
        css = re.search(r'class="([fs])-(\w+)"', mark)
        attribute = {"f": "fill", "s": "stroke"}[css[1]]
        assert f'{attribute}="{shapes.INK[css[2]]}"' in mark


def test_the_inks_of_charts_are_those_of_the_style_sheet():
    sheet = assets.read_text("css/screen.css")
    used = {
        "f": {"good", "fair", "poor", "bad", "ink3", "field", "uns"},
        "s": {"poor", "uns", "ink", "ink2", "ink3", "rule", "rule2"},
    }
    for name, value in shapes.INK.items():
        assert f"--{name}:{value}" in sheet, name
    for prefix, names in used.items():
        for name in names:
            assert f".{prefix}-{name} {{" in sheet, name
