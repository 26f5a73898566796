"""Hand-written weeks for the tests of attribution."""

import datetime as dt

import polars as pl

from qosreport import tables
from qosreport.diagnosis import causes
from qosreport.diagnosis.places import located
from qosreport.scoring import load_policy
from tests.unit.diagnosis.frames import rows_of

START = dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC)
GOOD, POOR = 4.2, 2.0
POLICY = load_policy("zoom-network-quality")


def at(minute):
    return START + dt.timedelta(minutes=minute)


def placed(sessions):
    """Sites as they are written down; else the provider of the address."""
    found = located(sessions).select("provider")
    at_site = sessions["site"].is_not_null()
    return sessions.hstack(found).with_columns(provider=pl.when(~at_site).then("provider"))


class Week:
    """Sessions and their minutes, written down one by one."""

    def __init__(self):
        self.sessions, self.minutes, self.devices = [], [], []

    def join(self, person, meeting, minutes, *, sent=(), received=(), slow=(), busy=(), weak=(),
             muted=False, **facts):  # fmt: skip
        """One session: the minutes it was scored in, and those that were poor."""
        number = len(self.sessions) + 1
        defaults = {"has_qos": True, "role": "attendee", "network_type": "Wired"}
        self.sessions.append(
            {
                "session_id": number,
                "meeting_uuid": meeting,
                "user_id": f"u{number}",
                "join_time": at(0),
                "person_key": person,
                **defaults,
                **facts,
            }
        )
        for minute in minutes:
            self._minute(number, minute, muted, sent=sent, received=received, slow=slow, busy=busy)
        self.devices += [
            {"session_id": number, "sampled_at": at(m), "wifi_rssi_avg_dbm": -80.0} for m in weak
        ]
        return number

    def _minute(self, number, minute, muted, *, sent, received, slow, busy):
        net_sent = None if muted else (POOR if minute in sent else GOOD)
        net_received = POOR if minute in received else GOOD
        net = min(score for score in (net_sent, net_received) if score is not None)
        self.minutes.append(
            {
                "session_id": number,
                "minute": at(minute),
                "score": POOR if minute in slow else net,
                "net_score": net,
                "net_score_sent": net_sent,
                "net_score_received": net_received,
                "band": "Good",
                "out_of_range_samples": 0,
                "cpu_high": minute in busy,
                "cpu_cost": False,
            }
        )

    def tables(self):
        return (
            rows_of(tables.MINUTE_SCORES, self.minutes),
            placed(rows_of(tables.SESSIONS, self.sessions)),
            pl.DataFrame(
                self.devices,
                schema={
                    "session_id": pl.Int64,
                    "sampled_at": tables.INSTANT,
                    "wifi_rssi_avg_dbm": pl.Float64,
                },
            ),
        )

    def attributed(self, *, with_devices=True):
        minutes, sessions, devices = self.tables()
        rows = causes.rows_of(minutes, sessions, POLICY)
        return causes.attribute(rows, devices if with_devices else None)

    def everybody(self, **options):
        """Person and minute → cause, with its subject or sender if it has one."""
        found = self.attributed(**options).join(self.tables()[1], on="session_id")
        named = pl.coalesce("subject", "blamed_person_key")
        rows = found.select("person_key", "minute", pl.col("cause").cast(pl.String), named)
        return {
            (person, round((minute - START).total_seconds() / 60)): (
                f"{cause}:{whose}" if whose else cause
            )
            for person, minute, cause, whose in rows.iter_rows()
        }

    def causes(self, person, **options):
        """Cause by minute of one person."""
        found = self.everybody(**options)
        return {minute: cause for (name, minute), cause in found.items() if name == person}

    def cause(self, person, **options):
        """The one cause of all poor minutes of a person."""
        found = set(self.causes(person, **options).values())
        assert len(found) == 1, found
        return found.pop()
