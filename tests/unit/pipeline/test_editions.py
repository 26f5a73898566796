"""Where reports of each mode lie."""

from qosreport.pipeline.editions import directories
from qosreport.settings import PrivacySettings, Settings


def test_reports_of_other_policies_are_found_in_every_mode_and_nothing_else_is(tmp_path):
    for name in (
        "weekly-2026-W46.json",
        "aggregate/weekly-2026-W46.json",
        "strict/weekly-2026-W46.json",
        "strict/aggregate/weekly-2026-W46.json",
        "mine/aggregate/weekly-2026-W46.json",
        "mail/weekly-2026-W46.mailed.json",
        "demo-store/raw/x.parquet",
        "meetings/2026-11-09-1c303b4ce818.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    settings = Settings(privacy=PrivacySettings(files="full", mail="aggregate"))
    found = {
        (mode, str(place.relative_to(tmp_path))) for mode, place in directories(settings, tmp_path)
    }
    assert found == {
        ("full", "."),
        ("aggregate", "aggregate"),
        ("full", "mine"),
        ("aggregate", "mine/aggregate"),
        ("full", "strict"),
        ("aggregate", "strict/aggregate"),
    }


def test_without_a_directory_there_is_none(tmp_path):
    assert list(directories(Settings(), tmp_path / "nowhere")) == []
