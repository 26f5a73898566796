import datetime as dt

from qosreport.store import Ledger, Weeks

NOON = dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC)


def test_the_last_word_about_a_week_counts_and_is_there_after_a_crash(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    weeks = Weeks(ledger)
    assert weeks.states() == {}
    for label, state in (("2026-W46", "begun"), ("2026-W45", "passed"), ("2026-W46", "done")):
        weeks.note(label, state, NOON)
    other = Ledger(tmp_path / "ledger")  # as a new run sees it
    assert list(Weeks(other).states().items()) == [("2026-W45", "passed"), ("2026-W46", "done")]
    other.close()
    ledger.close()
