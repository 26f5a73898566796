"""The pages the browser looks at: every kind, for a quiet, a terrible and an empty week, a crowd
and a call of two."""

from qosreport.report import html
from tests.data.results import gatherings, places, weeks, whatif


def every_page() -> dict[str, str]:
    """HTML by name."""
    entries = [
        html.weekly_entry(weeks.weekly(), {"html": "weekly.html"}),
        html.weekly_entry(weeks.empty_week(), {"html": "weekly-empty.html"}),
        html.meeting_entry(gatherings.regional_leads(), {"html": "meeting.html"}),
        html.other_entry(places.moved_home(), {"html": "person.html"}),
    ]
    weekly = {
        "weekly": weeks.weekly(),
        "weekly-calm": weeks.calm_week(),
        "weekly-terrible": weeks.terrible_week(),
        "weekly-empty": weeks.empty_week(),
    }
    meetings = {
        "meeting": gatherings.regional_leads(),
        "meeting-two": gatherings.two_people(),
        "meeting-nobody": gatherings.no_participants(),
        "meeting-webinar": gatherings.webinar(),
    }
    return {
        **{name: html.weekly_page(result) for name, result in weekly.items()},
        **{
            name: html.meeting_page(result, week_page="weekly.html")
            for name, result in meetings.items()
        },
        "person": html.person_page(places.every_person()["crowded"]),
        "evidence": html.evidence_page(places.every_evidence()["evening"], stem="evening"),
        "whatif": html.whatif_page(whatif.document(), index=True),
        "index": html.index_page(entries),
    }


NAMES = (
    "weekly", "weekly-calm", "weekly-terrible", "weekly-empty", "meeting", "meeting-two",
    "meeting-nobody", "meeting-webinar", "person", "evidence", "whatif", "index",
)  # fmt: skip
KINDS = (
    "weekly",
    "weekly-empty",
    "meeting",
    "meeting-nobody",
    "person",
    "evidence",
    "whatif",
    "index",
)
"""One of each make: axe takes its time, and finds in the others what it finds in these."""
