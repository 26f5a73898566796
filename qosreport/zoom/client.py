"""The Zoom account as the rest of qosreport sees it: check, list, find, fetch."""

import datetime as dt
import threading
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Self

from qosreport.errors import PullStopped, SkipMeeting
from qosreport.settings import ZoomSettings
from qosreport.store.raw import RawPage
from qosreport.tables import Kind
from qosreport.zoom import listing
from qosreport.zoom.auth import Auth
from qosreport.zoom.caller import Caller
from qosreport.zoom.endpoints import ENDPOINTS, ListedMeeting, Type
from qosreport.zoom.health import Health, is_servers_fault
from qosreport.zoom.instance import Instance, Remembered, pull_instance
from qosreport.zoom.limits import PLANS, Budget, Clock, Pacer, SystemClock
from qosreport.zoom.listing import MeetingList
from qosreport.zoom.retries import Waits
from qosreport.zoom.transport import Caps, Transport

NEEDED = ("list", "participants", "qos")
"""What every pull asks; its scopes must be there."""
GRACE_S = 3.0
"""How long a call may still take after a stop."""


class Zoom:
    """One account, for one run. Thread-safe: `fetch` may run in many threads at once.

    What stops a run (a refusal, the daily limit, ten meetings in a row failing) stops it for all
    threads: each raises the same at its next call, and no further call is made.
    """

    def __init__(
        self,
        settings: ZoomSettings,
        *,
        spent: Callable[[dt.date], int],
        spend: Callable[[dt.date, str, int], None],
        clock: Clock | None = None,
        seed: int | None = None,
        caps: Caps | None = None,
    ) -> None:
        """Make no call yet.

        Args:
            settings: The account and how it may be asked.
            spent: Calls of a day (GMT) already spent, all labels together; asked once a day, by
                whichever thread makes the day's first call.
            spend: Writes down each call before it is made: day, label, 1. Called by whichever
                thread makes the call, one at a time, while other calls wait: it must be quick.
            clock: Tells the time and sleeps.
            seed: Makes the jitter of waits repeatable.
            caps: How long and how large one exchange may become.

        Raises:
            BadSetting: zoom.ca_bundle is not there.
        """
        clock = clock or SystemClock()
        self._settings = settings
        self._clock = clock
        self._waits = Waits(clock, seed=seed)
        self._health = Health(clock)
        self._remembered = Remembered()
        self._transport = Transport(settings, clock, caps=caps)
        self._auth = Auth(settings, self._transport, clock, self._waits)
        plan = PLANS[settings.plan]
        self._caller = Caller(
            transport=self._transport,
            auth=self._auth,
            pacers={
                label: Pacer(rate, clock, wait=self._waits.sleep)
                for label, rate in plan.rates.items()
            },
            budget=Budget(plan, settings.budget_share, clock, spent=spent, spend=spend),
            waits=self._waits,
            health=self._health,
            workers=settings.workers,
        )

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections. Nothing else is held."""
        self._transport.close()

    @property
    def is_accepted(self) -> bool:
        """Whether Zoom took the credentials for those of the account, so far."""
        return self._auth.is_accepted

    def stop(self) -> None:
        """Let every thread raise `PullStopped`, and return at once.

        A thread that waits notices within a second; a call under way has a few seconds to end.
        """
        if self._waits.stopped:
            return
        self._health.stop(PullStopped())
        self._waits.stop()
        threading.Thread(target=self._abort, daemon=True).start()

    def _abort(self) -> None:
        self._clock.sleep(GRACE_S)
        self._transport.abort()

    @property
    def calls(self) -> Mapping[str, int]:
        """Calls made in this run by label, failed ones included; a live view."""
        return self._caller.calls

    @property
    def ignored(self) -> Mapping[tuple[str, int, int | None], int]:
        """Error answers ignored in this run: (endpoint, HTTP status, Zoom's code) → how often.

        Status 0: no readable answer came. A live view.
        """
        return self._remembered.ignored

    def check(self, kinds: Collection[str], *, also: Collection[str] = ()) -> None:
        """See that the credentials are good and the app may read what a pull asks.

        Args:
            kinds: meeting, webinar.
            also: Further endpoints the command needs, as `detail` or `participant_qos`; those the
                settings switch on (sharing, satisfaction) are checked anyway.

        Raises:
            MissingScopes: Names every scope the app lacks.
            Refused, Unavailable, SettingsError: No token can be had.
        """
        asked = {"sharing": self._settings.sharing, "satisfaction": self._settings.ratings}
        names = (*NEEDED, *also, *(name for name, wanted in asked.items() if wanted))
        wanted = dict.fromkeys((kind, name) for kind in kinds for name in names)
        self._auth.check_scopes([ENDPOINTS[key] for key in wanted])

    def clock_ahead_s(self) -> float | None:
        """How far this machine's clock is ahead of Zoom's; None if Zoom did not say.

        Raises as `check`.
        """
        self._auth.token()
        return self._auth.clock_ahead_s

    def list_meetings(
        self, kind: Kind, start: dt.datetime, end: dt.datetime, *, now: dt.datetime
    ) -> MeetingList:
        """The meetings of a kind that start in [start, end), as an iterator.

        `.skipped` says which part of it is older than the six months Zoom lists, before the first
        call is made; `.gaps` what the list may lack, growing while iterating.

        Iterating raises `Refused`, `TryLater`, `Unavailable`.
        """
        return listing.list_meetings(
            self._caller,
            kind,
            start,
            end,
            now=now,
            one_person=self._settings.one_person_meetings,
        )

    def find(self, reference: str, kind: Kind) -> ListedMeeting | None:
        """The past instance of a UUID, or the latest of a number; None if Zoom knows none.

        Raises:
            MeetingNotAccessible, MeetingTooOld: Zoom has it but does not give it.
            Refused, TryLater, Unavailable: No answer can be had.
        """
        types = listing.types_of(kind, one_person=self._settings.one_person_meetings)
        return listing.find(self._caller, reference, kind, types)

    def find_live(self, reference: str, kind: Kind) -> ListedMeeting | None:
        """The running instance of a UUID or number; None if none is running. Raises as `find`."""
        return listing.find(self._caller, reference, kind, ("live",))

    def fetch(
        self,
        meeting: ListedMeeting,
        *,
        extras: Collection[str] = (),
        live: bool = False,
        only_participant: str | None = None,
    ) -> list[RawPage]:
        """All pages of one instance but its list item (`ListedMeeting.list_page`).

        Args:
            meeting: What to fetch.
            extras: Further endpoints: sharing, satisfaction.
            live: It is running; a snapshot.
            only_participant: Fetch the QoS of this user id only.

        Raises:
            SkipMeeting: This one cannot be had whole; the others can.
            ParticipantNotKnown: It has no participant of that user id.
            Refused, TryLater, Unavailable: The run cannot go on.
        """
        past: Type = "pastOne" if meeting.one_person else "past"
        instance = Instance(self._caller, self._remembered, meeting, "live" if live else past)
        summary = self._settings.summary == "auto"
        try:
            pages = pull_instance(
                instance, extras=extras, summary=summary, only_participant=only_participant
            )
        except SkipMeeting as error:
            if is_servers_fault(error):
                self._health.meeting_failed(error)
            else:
                self._health.meeting_worked()
            raise
        self._health.meeting_worked()
        return pages
