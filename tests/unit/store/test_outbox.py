import datetime as dt

import pytest

from qosreport.store import Envelope, Ledger, Message, Outbox
from qosreport.store.outbox import DIED

NOON = dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC)
ANNA = Envelope("2026-W46", "weekly", "anna@tamarack.example")
BO = Envelope("2026-W46", "weekly", "bo@tamarack.example")
LEEDS = Envelope("2026-W46", "site Leeds", "bo@tamarack.example")
OLDER = Envelope("2026-W45", "weekly", "anna@tamarack.example")


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger(tmp_path / "l")
    yield opened
    opened.close()


@pytest.fixture
def outbox(ledger):
    return Outbox(ledger)


def message(envelope, text=b"full"):
    return Message(envelope, text, b"brief")


def states(outbox):
    return {fate.envelope: fate.state for fate in outbox.fates()}


def test_messages_wait_oldest_report_first(outbox):
    outbox.queue([message(ANNA), message(LEEDS), message(OLDER), message(BO)], NOON)
    assert outbox.waiting() == [OLDER, LEEDS, ANNA, BO]
    assert outbox.message(ANNA) == message(ANNA)


def test_queueing_again_replaces_only_what_the_server_certainly_has_not(outbox):
    every = ("pending", "deferred", "refused", "unknown", "sending", "sent")
    envelopes = [Envelope("2026-W46", "weekly", f"{state}@x.example") for state in every]
    outbox.queue([message(one) for one in envelopes], NOON)
    for envelope, state in zip(envelopes, every, strict=True):
        outbox.note(envelope, state, NOON, "451")
    outbox.queue([message(one, b"newer") for one in envelopes], NOON)
    kept = [outbox.message(one).full for one in envelopes]
    assert kept == [b"newer", b"newer", b"newer", b"full", b"full", None]
    assert list(states(outbox).values()) == sorted(every)
    assert set(outbox.waiting()) == set(envelopes[:2])


def test_what_was_being_sent_when_a_run_died_is_unknown_and_does_not_wait(outbox):
    outbox.queue([message(ANNA), message(BO)], NOON)
    outbox.note(ANNA, "sending", NOON)
    assert outbox.recover(NOON) == [ANNA]
    assert outbox.recover(NOON) == []
    assert outbox.waiting() == [BO]
    fate = outbox.fates()[0]
    assert (fate.state, fate.reason, fate.attempts) == ("unknown", DIED, 1)


def test_only_the_states_and_the_report_asked_for_are_opened_again(outbox):
    outbox.queue([message(ANNA), message(BO), message(OLDER)], NOON)
    outbox.note(ANNA, "unknown", NOON)
    outbox.note(BO, "refused", NOON, "550")
    outbox.note(OLDER, "unknown", NOON)
    assert outbox.settle("unknown", "pending", NOON, "2026-W46") == 1
    assert states(outbox) == {ANNA: "pending", BO: "refused", OLDER: "unknown"}
    assert outbox.message(ANNA) == message(ANNA), "the same bytes, with the same Message-ID"


def test_what_is_dismissed_is_settled_for_good(outbox):
    outbox.queue([message(ANNA), message(BO), message(OLDER)], NOON)
    for envelope in (ANNA, OLDER):
        outbox.note(envelope, "unknown", NOON, DIED)
    assert outbox.settle("unknown", "dismissed", NOON, "2026-W46", BO.recipient) == 0
    assert outbox.settle("unknown", "dismissed", NOON, "2026-W46", ANNA.recipient) == 1
    outbox.queue([message(ANNA, b"newer")], NOON)
    assert outbox.settle("unknown", "pending", NOON, "2026-W46") == 0
    assert states(outbox) == {ANNA: "dismissed", BO: "pending", OLDER: "unknown"}
    assert outbox.message(ANNA) == Message(ANNA, None, None), "no bytes are kept"


def test_what_is_dismissed_stays_so_when_somebody_else_is_forgotten(outbox):
    outbox.queue([message(ANNA), message(BO)], NOON)
    outbox.note(ANNA, "unknown", NOON, DIED)
    outbox.settle("unknown", "dismissed", NOON, "2026-W46")
    outbox.forget(["cyrus@tamarack.example"], NOON)
    outbox.queue([message(ANNA), message(BO)], NOON)
    assert states(outbox) == {ANNA: "dismissed", BO: "pending"}
    outbox.forget([ANNA.recipient], NOON)
    assert ANNA not in states(outbox)


def test_what_may_have_arrived_stays_held_when_somebody_is_forgotten(outbox):
    outbox.queue([message(ANNA, b"with a name")], NOON)
    outbox.note(ANNA, "unknown", NOON, DIED)
    outbox.forget(["cyrus@tamarack.example"], NOON)
    assert states(outbox) == {ANNA: "unknown"}
    assert outbox.message(ANNA) == Message(ANNA, None, None)
    outbox.queue([message(ANNA, b"newer")], NOON)
    assert states(outbox) == {ANNA: "unknown"}, "nobody has asked for it"
    assert outbox.settle("unknown", "pending", NOON, "2026-W46") == 1
    assert outbox.message(ANNA) == message(ANNA, b"newer")


def test_what_is_sent_leaves_no_bytes_behind(ledger, outbox):
    outbox.queue([message(ANNA, b"canary-in-the-mail" * 500)], NOON)
    outbox.note(ANNA, "sent", NOON)
    assert outbox.message(ANNA) == Message(ANNA, None, None)
    ledger.read("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"canary-in-the-mail" not in ledger.path.read_bytes()


def test_a_state_noted_is_there_after_a_crash(ledger, outbox, tmp_path):
    outbox.queue([message(ANNA)], NOON)
    outbox.note(ANNA, "sending", NOON)
    other = Ledger(tmp_path / "l")  # as a new run sees it; the old connection never closed
    assert [fate.state for fate in Outbox(other).fates()] == ["sending"]
    other.close()


def test_a_ledger_of_the_first_version_gets_its_outbox(tmp_path, monkeypatch):
    from qosreport.store import base
    from qosreport.store.schema import MIGRATIONS

    with monkeypatch.context() as patch:
        patch.setattr(base, "MIGRATIONS", MIGRATIONS[:1])
        Ledger(tmp_path / "old").close()
    ledger = Ledger(tmp_path / "old")
    assert Outbox(ledger).fates() == []
    ledger.close()
