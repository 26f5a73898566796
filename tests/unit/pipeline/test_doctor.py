"""What each check makes of what it sees; the checks themselves run end to end."""

import datetime as dt
from collections import namedtuple
from types import SimpleNamespace

import pytest

from qosreport import errors
from qosreport.pipeline import doctor
from qosreport.pipeline.doctor import Finding
from qosreport.pipeline.run import Run
from qosreport.scoring.engines import dask
from qosreport.settings import ReportSettings, ScoreSettings, Settings, StoreSettings, ZoomSettings
from qosreport.store import Ledger, Store

NOW = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)
Usage = namedtuple("Usage", "total used free")


def run(**sections):
    return Run(Settings(**sections), NOW, None)


@pytest.mark.parametrize(
    ("ahead_s", "level", "text"),
    [
        (0.4, "ok", "within 300 s"),
        (-299, "ok", "within 300 s"),
        (7260, "warning", "7,260 s ahead of Zoom's"),
        (-301, "warning", "301 s behind Zoom's"),
        (None, "warning", "Zoom did not say"),
    ],
)
def test_a_clock_is_judged_by_zooms(ahead_s, level, text):
    finding = doctor._clock(ahead_s)
    assert finding.level == level
    assert text in finding.text


@pytest.mark.parametrize(
    ("free", "level"), [(99_999_999, "bad"), (999_999_999, "warning"), (10**9, "ok")]
)
def test_room_is_looked_for_where_the_store_will_be(free, level, tmp_path, monkeypatch):
    asked = []

    def usage(path):
        asked.append(path)
        return Usage(0, 0, free)

    monkeypatch.setattr("shutil.disk_usage", usage)
    (finding,) = doctor._space(tmp_path / "not" / "there", "store")
    assert asked == [tmp_path]
    assert finding.level == level
    assert (finding.failure is not None) == (level == "bad")


class Fonts:
    """A renderer whose fonts cover no text with one of some characters."""

    def __init__(self, lacking="", error=None):
        self.lacking, self.error = lacking, error

    def uncovered(self, text):
        if self.error is not None:
            raise self.error
        return sum(one in self.lacking for one in text)


def test_the_package_that_brings_a_missing_font_is_named():
    assert [one.level for one in doctor._fonts(Fonts())] == ["ok"]
    (finding,) = doctor._fonts(Fonts("健🚲"))
    assert finding.level == "warning"
    assert "apt-get install fonts-noto-cjk fonts-noto-color-emoji" in finding.text


def test_without_a_page_no_font_is_tried_and_that_is_said():
    failing = Fonts(error=errors.PdfNotMade(name="x", why="no Pango", remedy="Install it."))
    page, fonts = doctor._pdf(run(), failing)
    assert (page.level, page.subject) == ("warning", "pdf"), "reports are made without it"
    assert "Install it." in page.text
    assert "not tried" in fonts.text


def test_a_pdf_that_is_not_wanted_is_not_tried():
    failing = Fonts(error=AssertionError("it was asked"))
    (page,) = doctor._pdf(run(report=ReportSettings(pdf=False)), failing)
    assert (page.level, page.text) == ("ok", "not wanted (report.pdf)")


def test_an_engine_elsewhere_is_asked_and_the_one_here_is_not_mentioned(monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_S", 0.5)
    assert list(doctor._engine(run())) == []
    (there,) = doctor._engine(run(score=ScoreSettings(engine="processes:2")))
    assert (there.level, there.text) == ("ok", "processes:2 is there")
    (nobody,) = doctor._engine(run(score=ScoreSettings(engine="dask:tcp://127.0.0.1:1")))
    assert nobody.level == "bad"
    assert "no scheduler answers" in nobody.text
    assert "Check that the scheduler runs there" in nobody.text


def test_a_damaged_ledger_is_bad(tmp_path, monkeypatch):
    settings = run(store=StoreSettings(path=tmp_path / "store"))
    monkeypatch.setattr(Ledger, "is_sound", lambda _self: False)
    with Store.open(tmp_path / "store") as store:
        found = list(doctor._store(settings, store))
    assert found[0].level == "bad"
    assert found[0].failure.exit_code == 73


@pytest.mark.parametrize(("spent", "level"), [(26_000, "ok"), (28_000, "warning")])
def test_a_budget_nearly_spent_is_a_warning(spent, level):
    listed = iter(())
    zoom = SimpleNamespace(list_meetings=lambda *_, **__: listed, calls={})
    store = SimpleNamespace(ledger=SimpleNamespace(spent=lambda _day: spent))
    finding = doctor._plan(zoom, run(zoom=ZoomSettings(plan="business")), store)
    assert finding.level == level
    assert f"{spent:,} of 30,000 calls" in finding.text


def test_the_first_that_is_bad_decides_and_warnings_are_a_gap():
    fine = Finding("ok", "store", "fine")
    odd = Finding("warning", "fonts", "none")
    refused = Finding("bad", "token", "no", errors.WrongCredentials(reason="x"))
    full = Finding("bad", "store", "full", errors.DiskTrouble(path="x", why="y"))
    assert doctor._outcome([fine]).gaps == []
    assert doctor._outcome([fine]).failure is None
    warned = doctor._outcome([fine, odd])
    assert (warned.failure, len(warned.gaps)) == (None, 1)
    assert doctor._outcome([odd, refused, full]).failure is refused.failure
    assert doctor._outcome([odd, refused, full]).summary == "0 of 3 checks are ok."
