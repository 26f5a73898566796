import datetime as dt
import json
import os
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace

import polars as pl
import pytest

from qosreport import periods
from qosreport.errors import DiskTrouble, PseudonymNotKnown, ReportNotThere
from qosreport.pipeline import checks, estimate, files, front, retention, sentences
from qosreport.pipeline.editions import directory
from qosreport.pipeline.meeting import Wanted
from qosreport.pipeline.pull import Pulled, extras, kinds
from qosreport.pipeline.report import pages_wanted, worst_meetings
from qosreport.pipeline.run import Run, partitions
from qosreport.report.privacy.pseudonyms import PERSON, code, meeting_label
from qosreport.settings import (
    ReportSettings,
    RetentionSettings,
    Settings,
    StoreSettings,
    ZoomSettings,
    load,
)
from qosreport.store import Store

NOW = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)


@dataclass
class Listener:
    """Hears what a run says."""

    said: list = field(default_factory=list)

    def say(self, text):
        self.said.append(text)

    warn = say

    def progress(self, _label, _total):
        return nullcontext(lambda _done: None)


def run(**sections):
    return Run(Settings(**sections), NOW, Listener())


def week(text="2026-W46", zone="UTC"):
    return periods.week(text, zone=zone, now=NOW)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-W46", "UTC"),
        ("2026-W46", "Asia/Tokyo"),
        ("2026-W46", "America/New_York"),
        ("2026-W01", "UTC"),
    ],
)
def test_partitions_hold_every_meeting_of_a_period_and_few_others(text, zone):
    period = week(text, zone)
    found = partitions(period)
    assert len(found) == 3
    hours = int(period.hours) + 48
    moments = (period.start + dt.timedelta(hours=hour - 48) for hour in range(hours))
    assert {periods.iso_week(moment) for moment in moments} <= set(found)


# --- Files


def test_a_file_is_put_in_place_with_the_usual_rights(tmp_path):
    path = tmp_path / "deep" / "er" / "page.html"
    assert files.write(path, "é\n") == path
    assert path.read_bytes() == "é\n".encode()
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_rest(tmp_path, monkeypatch):
    path = files.write(tmp_path / "page.html", "old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskTrouble, match=r"page\.html cannot be written: No space left"):
        files.write(path, "new")
    assert path.read_text("utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_a_directory_that_is_a_file_cannot_be_written_into(tmp_path):
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(DiskTrouble):
        files.write(tmp_path / "out" / "page.html", "new")


def test_documents_nobody_can_read_are_left_off_the_front_page(tmp_path):
    (tmp_path / "weekly-2026-W46.json").write_text('{"schema_version": 99}', "utf-8")
    (tmp_path / "meetings").mkdir()
    (tmp_path / "meetings" / "2026-11-09-abc.json").write_text("no json", "utf-8")
    assert list(front.entries(tmp_path, "full")) == []


# --- What a pull asks for, and says


def test_what_is_asked_for_follows_the_settings():
    assert kinds(ZoomSettings()) == ["meeting", "webinar"]
    assert kinds(ZoomSettings(webinars=False)) == ["meeting"]
    assert extras(ZoomSettings()) == set()
    assert extras(ZoomSettings(sharing=True, ratings=True)) == {"sharing", "satisfaction"}


@pytest.mark.parametrize(
    ("pulled", "told"),
    [
        (Pulled(listed=0), "Zoom listed 0 meetings; 0 pulled."),
        (Pulled(listed=1, asked=1, whole=1), "Zoom listed 1 meeting; 1 pulled."),
        (
            Pulled(listed=1200, asked=200, whole=150),
            "Zoom listed 1,200 meetings; 150 pulled, 1,000 whole before.",
        ),
    ],
)
def test_a_pull_is_told_in_numbers(pulled, told):
    assert sentences.pulled(pulled, week()) == f"2026-W46: {told}"


def test_reasons_are_told_once_with_their_counts():
    assert list(sentences.incomplete("2026-W46", {})) == []
    (line,) = sentences.incomplete("2026-W46", {"too-old": 1, "not-found": 1200})
    assert line.startswith("2026-W46: 1,201 meetings not whole in the store (not-found 1,200, ")


def test_bands_are_told_from_good_to_bad_whatever_their_order():
    policy = SimpleNamespace(name="strict", version="1.0.0")
    tables = SimpleNamespace(
        meeting_scores=pl.DataFrame({"band": ["Unscored", "Bad", "Good", "Bad", "Fair"]})
    )
    told = sentences.scored(tables, policy, week(), 1)
    assert told == (
        "2026-W46: 1 part scored by strict 1.0.0; meetings: 1 Good, 1 Fair, 2 Bad, 1 Unscored."
    )


def scores(minutes, bands=("Good", "Good", "Good", "Good")):
    uuids = [f"m{number}" for number in range(len(minutes))]
    return SimpleNamespace(
        meetings=pl.DataFrame({"meeting_uuid": uuids}),
        participant_scores=pl.DataFrame({"meeting_uuid": uuids, "net_poor_minutes": minutes}),
        meeting_scores=pl.DataFrame({"meeting_uuid": uuids, "band": bands[: len(uuids)]}),
    )


def test_the_worst_meetings_are_those_with_most_harm_first():
    assert worst_meetings(scores([3, 0, 9, 3])) == ["m2", "m0", "m3"]


@pytest.mark.parametrize(
    ("settings", "pages"),
    [
        ({"meeting_pages": "worst"}, {"m0", "m2"}),
        ({"meeting_pages": "worst", "worst_pages": 1}, {"m2"}),
        ({"meeting_pages": "affected"}, {"m1", "m2"}),
        ({"meeting_pages": "all"}, {"m0", "m1", "m2"}),
    ],
)
def test_which_meetings_get_a_page_is_a_setting(settings, pages):
    held = scores([3, 0, 9], ["Fair", "Poor", "Bad"])
    assert pages_wanted(held, ReportSettings(**settings)) == pages


# --- Estimates


def test_without_a_store_an_estimate_is_a_guess_that_says_so():
    told = estimate.estimate(None, week(), run())
    assert "2026-W46: nothing pulled yet" in told
    assert "a guess of 500 meetings of 8 people" in told
    assert "1,000 heavy" in told


def test_days_to_come_are_not_estimated():
    half = estimate.estimate(None, week("2026-W47"), run())
    assert "a guess of 402 meetings" in half


def test_a_week_longer_than_the_budget_takes_days():
    told = estimate.estimate(None, week(), run(zoom=ZoomSettings(plan="free", budget_share=0.1)))
    assert "budget 100 a day" in told
    assert "over 11 days of the daily budget" in told


def test_a_list_of_one_kind_alone_is_no_basis(tmp_path):
    with Store.open(tmp_path / "store") as store:
        period = week()
        store.ledger.note_window("meeting", period.start, period.end, NOW, 0)
        assert "nothing pulled yet" in estimate.estimate(store, period, run())
        store.ledger.note_window("webinar", period.start, period.end, NOW, 0)
        assert "0 meetings listed and not yet whole" in estimate.estimate(store, period, run())


# --- What is not there


def test_a_meeting_is_said_to_be_unknown_to_whom_was_asked():
    offline = Wanted("123", "webinar", offline=True).unknown()
    assert offline.line().startswith("The store has no webinar with the ID")
    assert "without --offline" in offline.line()
    assert Wanted("123").unknown().line().startswith("Zoom and the store know no past meeting or")
    assert Wanted("123", live=True).unknown().slug == "meeting-not-running"


def test_a_report_that_is_not_there_can_be_made_without_zoom():
    line = ReportNotThere(label="2026-W46", out="out").line()
    assert line.index("'qosreport report --week 2026-W46'") < line.index("'qosreport weekly")


def test_whoever_asks_for_a_pseudonym_is_told_its_form():
    person, meeting = re.findall(r"'([PM]\w+ [\w-]+)'", PseudonymNotKnown().line())
    assert person.removeprefix(PERSON) != person
    assert len(person.removeprefix(PERSON)) == len(code(b"key", "ref"))
    assert len(meeting) == len(meeting_label("3f9ac2d10000"))


# --- Settings


def test_a_check_names_what_is_missing():
    outcome = checks.check(run(report=ReportSettings(timezone="Europe/London")))
    known = "Policy zoom-network-quality 1.0.0, time zone Europe/London."
    assert outcome.summary.startswith(known)
    gap = outcome.gaps[0]
    assert gap.startswith("Not set: zoom.account_id, zoom.client_id, zoom.client_secret. Set them")
    assert gap.endswith("see README.md, 'With your Zoom account'.")


@pytest.mark.parametrize(("missing", "told"), [([], True), (["libpango"], False)])
def test_a_check_tells_of_the_libraries_for_pdfs(monkeypatch, missing, told):
    monkeypatch.setattr(checks.pdf_worker, "missing_libraries", lambda: missing)
    outcome = checks.check(run())
    assert ("libraries for PDFs are there" in outcome.summary) == told
    assert any("apt-get install libpango" in gap for gap in outcome.gaps) != told


def test_files_of_secrets_that_others_can_read_are_named(tmp_path):
    secret, pem, ca = (tmp_path / name for name in ("key", "google.json", "ca.pem"))
    found = load(
        environ={
            "QOSREPORT_PRIVACY__KEY_FILE": str(secret),
            "QOSREPORT_MAIL__KEY_FILE": str(pem),
            "QOSREPORT_MAIL__CA_FILE": str(ca),
            "QOSREPORT_ZOOM__CLIENT_SECRET_FILE": str(tmp_path / "away"),
        }
    ).settings
    for path in (secret, pem, ca):
        path.write_text("0123456789abcdef", "utf-8")
        path.chmod(0o644)
    known = Run(found, NOW, Listener())
    told = [gap for gap in checks.check(known).gaps if "others can read" in gap]
    assert [gap.partition(":")[0] for gap in told] == ["mail.key_file", "privacy.key_file"]
    assert f"'chmod 600 {secret}'" in told[1]
    secret.chmod(0o600)
    pem.chmod(0o400)
    assert not [gap for gap in checks.check(known).gaps if "others can read" in gap]


def test_what_would_be_removed_is_named_once_with_its_directory(tmp_path):
    out = tmp_path / "out"
    head = {"head": {"end": "2026-01-05T00:00:00Z"}}
    Store.open(tmp_path / "store").close()
    known = run(
        store=StoreSettings(path=tmp_path / "store"),
        retention=RetentionSettings(reports_days=30),
    )
    for mode in ("full", "pseudonymous", "aggregate"):
        path = directory(known.settings, out, mode) / "weekly-2026-W01.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(head), "utf-8")
    retention.retain(known, out, delete=False)
    told = known.narrator.said
    assert len(told) == len(set(told)) == 3
    assert f"would remove report {out / 'weekly-2026-W01'}" in told


def test_what_was_only_just_made_is_spared(tmp_path):
    known = run(
        store=StoreSettings(path=tmp_path / "store"),
        retention=RetentionSettings(reports_days=30),
    )
    out = tmp_path / "out"
    first, second = (periods.week(f"2026-W0{n}", zone="UTC", now=NOW) for n in (1, 2))
    inside = {"meetings/a.json": first.end - dt.timedelta(days=2)}
    ends = {f"weekly-{one.label}.json": one.end for one in (first, second)} | inside
    for name, end in ends.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(json.dumps({"head": {"end": end.isoformat()}}), "utf-8")
    with Store.open(tmp_path / "store") as store:
        retention.remove(store, known, out, spare=[first])
    left = {path.relative_to(out).as_posix() for path in out.rglob("*.json")}
    assert left == {"weekly-2026-W01.json", "meetings/a.json"}
    assert retention.short_lived(known, [first]) == ["2026-W01"]
    last = periods.week("last", zone="UTC", now=NOW)
    assert retention.short_lived(known, [last]) == []
    assert retention.short_lived(run(), [first, last]) == []


def test_a_settings_file_begun_sets_nothing_and_can_be_filled_in(tmp_path):
    file = tmp_path / "qosreport.toml"
    checks.write_settings(file)
    assert load(file, environ={}).origins == {}
    filled = "\n".join(
        line.removeprefix("# ") if " = " in line and not line.endswith(".") else line
        for line in file.read_text("utf-8").splitlines()
        if '= ""' not in line
    )
    file.write_text(filled, "utf-8")
    loaded = load(file, environ={})
    assert loaded.settings == Settings()
    assert "zoom.plan" in loaded.origins
