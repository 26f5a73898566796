"""One meeting as the rows of Zoom's answers, with Zoom's field names and spellings.

The rows are those of a past meeting, or of a running one if the meeting is a look at it (see
`SimMeeting.at`). Per-minute samples are in `pages`, which writes them as text.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from qosreport.simulator import odd
from qosreport.simulator.dice import Dice
from qosreport.simulator.labels import health, meeting_labels, session_labels
from qosreport.simulator.meetings import Session, SimMeeting
from qosreport.simulator.people import DOMAIN
from qosreport.simulator.places import DATA_CENTRE_BY_CODE

Row = dict[str, Any]

_SERVICES = {"room": "CRC", "web": "RWG"}


def list_item(meeting: SimMeeting) -> Row:
    """The meeting as an item of the list of meetings or webinars."""
    labels = meeting_labels(meeting)
    kinds = {one.person.kind for one in meeting.joins}
    webinar = meeting.kind == "webinar"
    item: Row = {
        "uuid": meeting.uuid,
        "id": meeting.meeting_id,
        "topic": meeting.topic,
        "host": meeting.host.name,
        "email": meeting.host.email,
        "dept": meeting.host.department,
        "user_type": "Licensed|Webinar1000" if webinar else "Licensed",
        "start_time": instant(meeting.start_s),
        "end_time": "" if meeting.running else instant(meeting.end_s),
        "duration": duration(meeting.end_s - meeting.start_s),
        "participants": meeting.people,
        "has_pstn": "phone" in kinds,
        "has_voip": bool(kinds - {"phone"}),
        "has_3rd_party_audio": False,
        "has_video": any(one.camera for one in meeting.joins),
        "has_screen_share": bool(meeting.shares),
        "has_recording": meeting.recorded,
        "has_sip": "room" in kinds,
        "has_archiving": False,
        "has_manual_captions": False,
        "has_automated_captions": meeting.number % 7 == 0,
        "has_poll": webinar,
        "has_survey": False,
        "has_external_participant": bool(kinds & {"guest", "web", "phone"}),
        "audio_quality": labels[0],
        "video_quality": labels[1],
        "screen_share_quality": labels[2],
        "custom_keys": [],
    }
    if not webinar:
        item |= {
            "has_qa": False,
            "session_key": "",
            "tracking_fields": [],
            "avg_jointime_cost": 3.2,
        }
    return item


def detail(meeting: SimMeeting) -> Row:
    """The meeting as the detail endpoint gives it."""
    item = list_item(meeting)
    if meeting.kind == "webinar":
        return item
    for name in (
        "audio_quality", "video_quality", "screen_share_quality", "session_key", "tracking_fields",
    ):  # fmt: skip
        item.pop(name)
    rooms = sum(one.person.kind == "room" for one in meeting.joins)
    return item | {"in_room_participants": rooms, "has_meeting_summary": False}


def participant_rows(meeting: SimMeeting) -> list[Row]:
    """One row per join and per stay in the waiting room, by join."""
    rows = [_participant(meeting, one) for one in meeting.sessions]
    for row, session in zip(rows, meeting.sessions, strict=True):
        odd.person(row, Dice(session.seed, "odd person"), meeting.odd_values)
    return rows


def _participant(meeting: SimMeeting, session: Session) -> Row:
    person, device = session.person, session.device
    labels = session_labels(session)
    webinar = meeting.kind == "webinar"
    row = person_fields(meeting, session) | {
        "participant_user_id": person.account_id,
        "registrant_id": "",
        "customer_key": "",
        "role": "attendee" if session.role == "panelist" and not webinar else session.role,
        "leave_reason": session.leave_reason if session.left else "",
        "microphone": device.microphone,
        "speaker": device.speaker,
        "sip_uri": f"sip:{person.key.lower()}@crc.{DOMAIN}" if person.kind == "room" else "",
        "from_sip_uri": "",
        "audio_quality": labels[0],
        "video_quality": labels[1],
        "screen_share_quality": labels[2],
        "bo_mtg_id": session.breakout,
    }
    if person.kind == "phone":
        row["audio_call"] = [
            {"call_number": person.name, "call_type": "call-in", "zoom_number": "+1 555-010-0199"}
        ]
    if not webinar:
        row |= {
            "status": "in_waiting_room" if session.waiting_room else "in_meeting",
            "camera": device.camera,
            "in_room_participants": 3 if person.kind == "room" else 1,
            "aic_disclaimer": "no disclaimer",
        }
    return row


def person_fields(meeting: SimMeeting, session: Session) -> Row:
    """The fields that both the participants and the QoS endpoint give."""
    person, device, place = session.person, session.device, session.place
    centre = DATA_CENTRE_BY_CODE[session.data_centre].label(_SERVICES.get(person.kind, "Top"))
    contents = {share.content for share in meeting.shares if _owns(meeting, share.session, session)}
    web = person.kind == "web"
    browser, _, browser_version = device.os_version.partition(" ") if web else ("", "", "")
    row: Row = {
        "id": person.account_id,
        "user_id": session.user_id,
        "participant_uuid": session.participant_uuid,
        "user_name": person.name,
        "email": person.email,
        "device": device.device,
        "os": device.os,
        "os_version": "" if web else device.os_version,
        "browser_name": browser,
        "browser_version": browser_version,
        "device_name": device.device_name,
        "client": "Zoom Web Client" if web else "",
        "zoom_thin_client_plugin_version": "",
        "version": session.version,
        "ip_address": place.public_address,
        "internal_ip_addresses": [place.internal_address] if place.internal_address else [],
        "location": place.location,
        "network_type": place.network_type,
        "connection_type": "UDP" if session.round_trip_ms % 11 else "SSL",
        "video_connection_type": "UDP" if session.round_trip_ms % 11 else "SSL",
        "as_connection_type": "UDP" if meeting.shares else "",
        "data_center": centre,
        "full_data_center": f"{centre};",
        "join_time": instant(session.join_s, session.join_ms),
        "share_application": "application" in contents,
        "share_desktop": "desktop" in contents,
        "share_whiteboard": "whiteboard" in contents,
        "recording": meeting.recorded and session.role == "host",
        "pc_name": device.pc_name,
        "domain": DOMAIN if device.pc_name else "",
        "mac_addr": device.mac_address,
        "harddisk_id": device.disk_id,
        "has_archiving": False,
        "optional_archiving": "no optional archiving",
    }
    if session.left:
        row["leave_time"] = instant(session.leave_s)
    if meeting.kind == "meeting":
        row |= {"groupId": "", "total_jointime_cost": 1.5 + session.round_trip_ms % 40 / 10}
    odd.private(row, Dice(session.seed, "private"), meeting.odd_values)
    return row


def _owns(meeting: SimMeeting, number: int, session: Session) -> bool:
    return meeting.sessions[number].seed == session.seed


def qos_fields(meeting: SimMeeting, session: Session) -> Row:
    """A row of the QoS endpoint, without its samples."""
    word, issues = health(session)
    return person_fields(meeting, session) | {"health": word, "issue_list": issues}


def single_fields(session: Session) -> Row:
    """What the endpoint of one participant's QoS gives beyond the row of the list."""
    device = session.device
    return {
        "microphone": device.microphone,
        "speaker": device.speaker,
        "camera": device.camera,
    }


def sharing_rows(meeting: SimMeeting) -> Iterator[Row]:
    """One row per person who shared, with every share of theirs."""
    details: dict[str, list[Row]] = {}
    for share in meeting.shares:
        details.setdefault(meeting.sessions[share.session].user_id, []).append(
            {
                "content": share.content,
                "start_time": instant(share.start_s),
                "end_time": instant(share.end_s),
            }
        )
    owners = {one.user_id: one.person for one in meeting.sessions}
    for user_id, mine in details.items():
        owner = owners[user_id]
        yield {
            "id": owner.account_id,
            "user_id": user_id,
            "user_name": owner.name,
            "details": mine,
        }


def satisfaction_rows(meeting: SimMeeting) -> Iterator[Row]:
    """One row per rating. Its user_id is the account's, not the meeting's."""
    for rating in meeting.ratings:
        yield {
            "user_id": rating.person.account_id,
            "email": rating.person.email,
            "quality": "GOOD" if rating.good else "NOT GOOD",
            "date_time": instant(rating.moment_s),
            "comment": rating.comment,
        }


def instant(moment_s: int, ms: int = 0) -> str:
    """An instant as Zoom writes it."""
    text = dt.datetime.fromtimestamp(moment_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms:03d}Z" if ms else f"{text}Z"


def duration(length_s: int) -> str:
    """A length as Zoom writes it: two parts are minutes and seconds, three begin with hours."""
    minutes, seconds = divmod(max(0, length_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
