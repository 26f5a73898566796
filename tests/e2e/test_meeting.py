"""One meeting on demand, however it is asked for."""

import hashlib
import json

import pytest

from tests.e2e.support import ALL_FORMS, Command, account, asked, meetings_of, organisation, week


def ref(meeting):
    return hashlib.sha256(meeting.uuid.encode()).hexdigest()[:12]


def pick(condition):
    return next(one for one in meetings_of(organisation()) if condition(one))


def measured(meeting):
    """A participant with QoS, in the meeting once."""
    ids = [one.user_id for one in meeting.qos_sessions if one.has_qos]
    return next(one for one in ids if ids.count(one) == 1)


@pytest.mark.parametrize("form", ["slash first", "two slashes"])
def test_a_meeting_is_had_by_its_uuid_of_any_shape(tmp_path, form):
    slash = form == "slash first"
    meeting = pick(lambda one: one.uuid.startswith("/") if slash else "//" in one.uuid)
    with account(organisation()) as server:
        command = Command(tmp_path, server)
        result = command.run("meeting", meeting.uuid, env=ALL_FORMS)
        assert set(asked(server, "participants")) == {meeting.uuid}
        assert set(asked(server, "sharing")) == set(asked(server, "satisfaction")) == {meeting.uuid}
    stem = f"{meeting.start:%Y-%m-%d}-{ref(meeting)}"
    names = [path.name for path in result.paths]
    assert names == [*(f"{stem}.{form}" for form in ("json", "xlsx", "pdf", "html")), "index.html"]
    assert result.made(".pdf").read_bytes().startswith(b"%PDF-1.7")
    document = result.document()
    assert document["ref"] == ref(meeting)
    assert document["topic"] == meeting.topic
    assert document["live"] is False


def test_a_number_with_blanks_means_its_latest_instance(fresh):
    number = max(meetings_of(organisation()), key=lambda one: one.end_s).meeting_id
    latest = organisation().instances(number)[-1]
    text = str(number)
    result = fresh.run("meeting", f"{text[:3]} {text[3:7]} {text[7:]}")
    assert result.document()["ref"] == ref(latest)


def test_a_webinar_is_found_as_what_it_is_and_not_as_a_meeting(fresh):
    webinar = meetings_of(organisation(), "webinar")[0]
    wrong = fresh.run("meeting", webinar.meeting_id, "--kind", "meeting", code=2)
    assert wrong.slug == "meeting-not-known"
    result = fresh.run("meeting", webinar.meeting_id, "--kind", "webinar")
    document = result.document()
    assert (document["ref"], document["meeting_kind"]) == (ref(webinar), "webinar")


def test_what_the_store_has_is_reported_without_a_call(reported, tmp_path):
    meeting = pick(lambda one: "//" in one.uuid)
    with account(organisation()) as server:
        command = reported[0].copy(tmp_path / "offline", server)
        result = command.run("meeting", meeting.uuid, "--offline")
        unknown = command.run(
            "meeting", meetings_of(organisation(), back=2)[0].uuid, "--offline", code=2
        )
        assert server.requests == []
    assert unknown.slug == "meeting-not-stored"
    index = result.made("index.html").read_text("utf-8")
    assert result.made("json").with_suffix(".html").name in index
    assert f"weekly-{week()}.html" in index


def test_one_participant_is_asked_for_alone_and_has_files_of_their_own(tmp_path):
    meeting = pick(lambda one: len(one.qos_sessions) > 3)
    who = measured(meeting)
    with account(organisation()) as server:
        command = Command(tmp_path, server)
        result = command.run("meeting", meeting.uuid, "--participant", who)
        assert asked(server, "qos") == {}
        assert asked(server, "participant_qos") == {meeting.uuid: 1}
        nobody = command.run("meeting", meeting.uuid, "--participant", "999", code=2)
    assert nobody.slug == "participant-not-known"
    document = result.document()
    own = document["only_participant"]
    assert result.made(".json").stem.endswith(f"-only-{own}")
    assert [one["ref"] for one in document["participants"] if one["user_id"] == who] == [own]
    assert {one["user_id"] for one in document["participants"] if one["scored_minutes"]} == {who}


def test_a_running_meeting_is_a_snapshot_that_is_not_kept(tmp_path):
    meeting = max(meetings_of(organisation(), "meeting"), key=lambda one: len(one.qos_sessions))
    during = meeting.start + (meeting.end - meeting.start) / 2
    with account(organisation(), now=lambda: during) as server:
        command = Command(tmp_path, server)
        result = command.run("meeting", meeting.uuid, "--live")
    assert "(snapshot)" in result.err
    names = {path.name for path in result.paths}
    assert f"{meeting.start:%Y-%m-%d}-{ref(meeting)}-live.html" in names
    assert result.document()["live"] is True
    assert not list((command.store / "raw").rglob("*.*"))
    unknown = command.run("meeting", meeting.uuid, "--offline", code=2)
    assert unknown.slug == "meeting-not-stored"
    assert "Zoom was not asked" in unknown.error
    page = next(path for path in result.paths if path.name.endswith("-live.html"))
    assert "napshot" in page.read_text("utf-8")
    assert json.loads(page.with_suffix(".json").read_text("utf-8"))["head"]["to_date"] is True
