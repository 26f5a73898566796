"""Every expected failure, grouped by what the operator should do, each with its exit code.

A failure is a class: what happened, what to do next, and whether anything is lost stand on it as
templates, and `docs/messages.md` lists each by its slug. Facts filled in are settings, files,
hosts, scopes and times; never names of people, tokens or response bodies.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import ClassVar, Self


class ExitCode(IntEnum):
    """What the shell, cron or systemd sees."""

    DONE = 0
    GAPS = 1
    USAGE = 2
    UNAVAILABLE = 69
    BUG = 70
    CANNOT_WRITE = 73
    TRY_LATER = 75
    REFUSED = 77
    SETTINGS = 78
    INTERRUPTED = 130


class QosreportError(Exception):
    """An expected failure.

    Construct with the facts its templates name: `raise UnknownPolicy(name="x", known="y, z")`.
    """

    exit_code: ClassVar[ExitCode]
    slug: ClassVar[str]
    what: ClassVar[str]
    """What happened, and why if it is known."""
    do: ClassVar[str]
    """What to do next."""
    lost: ClassVar[str] = "Nothing is lost."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.line())

    def __reduce__(self) -> tuple[Callable[..., "QosreportError"], tuple[object, ...]]:
        return _again, (type(self), self.facts)

    def line(self) -> str:
        """The one line for the operator: what, what next, what is lost."""
        return self._filled(self.what, self.do, self.lost)

    def advice(self) -> str:
        """What, and what next: for a line about something that is looked at, not stopped."""
        return self._filled(self.what, self.do)

    def _filled(self, *parts: str) -> str:
        return " ".join(part.format(**self.facts) for part in parts if part)


def _again(kind: type[QosreportError], facts: dict[str, object]) -> QosreportError:
    """As it was in the process that raised it."""
    return kind(**facts)


# --- Correct the command ---------------------------------------------------------------------


class UsageError(QosreportError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE
    lost = ""


class BadWeek(UsageError):
    """A week is not written as an ISO week."""

    slug = "bad-week"
    what = "'{text}' is not a week."
    do = "Write an ISO week such as 2026-W46, or 'last'."


class FutureWeek(UsageError):
    """A week that has not begun."""

    slug = "future-week"
    what = "{label} begins {start} and lies in the future."
    do = "Ask for a week that has begun; 'last' is the last complete one."


class BadPeriod(UsageError):
    """Two dates that make no period."""

    slug = "bad-period"
    what = "{why}"
    do = "Write dates as 2026-11-09, the first before or equal to the last."


class NotPulled(UsageError):
    """A period of which the store knows nothing: it was never listed to its end."""

    slug = "not-pulled"
    what = "The store has nothing of {label}: it was never pulled, or only in part."
    do = "Run 'qosreport pull {period}' first."


class NoStore(UsageError):
    """There is no store where the settings say."""

    slug = "no-store"
    what = "There is no store at {path}."
    do = (
        "Mount its disk if it has one; else run 'qosreport pull' first, or set store.path "
        "(QOSREPORT_STORE__PATH) to where it is."
    )


class MeetingNotKnown(UsageError):
    """No meeting of that ID or UUID in the store, nor at Zoom."""

    slug = "meeting-not-known"
    what = "Zoom and the store know no past {kind} with the ID or UUID given."
    do = (
        "Check the ID; if it only just ended, wait ten minutes; Zoom forgets after twelve months. "
        "For a running meeting add --live."
    )


class MeetingNotStored(UsageError):
    """No meeting of that ID or UUID in the store, and Zoom was not to be asked."""

    slug = "meeting-not-stored"
    what = "The store has no {kind} with the ID or UUID given; Zoom was not asked."
    do = "Check the ID, or run the command again without --offline."


class MeetingNotRunning(UsageError):
    """No meeting of that ID or UUID is running now."""

    slug = "meeting-not-running"
    what = "No {kind} with the ID or UUID given is running now."
    do = "Check the ID; for one that is over, run the command again without --live."


class ParticipantNotKnown(UsageError):
    """No such participant in the meeting."""

    slug = "participant-not-known"
    what = "The meeting has no participant with that user id."
    do = "Run the command without --participant: its workbook and JSON list the user ids."


class PersonNotKnown(UsageError):
    """Nobody of that name or address in the weeks looked at."""

    slug = "person-not-known"
    what = "The last {weeks} week(s) of the store have nobody of the name or address given."
    do = "Check the spelling, or look at more weeks with --weeks."


class PersonNowhere(UsageError):
    """Nobody to be forgotten: no place that is looked through has them."""

    slug = "person-nowhere"
    what = "Neither the store nor any report has somebody of the name or address given."
    do = "Check the spelling; whom only a report names is found by address."


class SeveralPeople(UsageError):
    """A name that several people bear."""

    slug = "several-people"
    what = "{count} people fit; stdout lists the address and reference of {listed} of them."
    do = "Repeat the command with one of these, or with more of the name."

    choices: tuple[str, ...] = ()
    """One line each: address or none, reference."""

    @classmethod
    def among(cls, choices: Sequence[str], *, most: int = 20) -> Self:
        """The error for these people, the first of whom are listed."""
        error = cls(count=len(choices), listed=min(len(choices), most))
        error.choices = tuple(choices[:most])
        return error


class PlaceNotKnown(UsageError):
    """Nobody was at that site, with that provider or on that data centre."""

    slug = "place-not-known"
    what = "In {period} nobody was on a {kind} '{name}'.{hint}"
    do = "The weekly report of the period lists the names under 'By place and equipment'."


class TooFewPeople(UsageError):
    """A report of fewer than five people, where the settings show no smaller group."""

    slug = "too-few-people"
    what = "The {what} is of fewer than five people; in mode aggregate nothing is shown of so few."
    do = "Where readers may know, set the mode of that output (docs/privacy.md) to another."


class PseudonymNotKnown(UsageError):
    """Nobody in the store has that pseudonym under the key of the settings."""

    slug = "pseudonym-not-known"
    what = "Nobody in the store has that pseudonym under the key of the settings."
    do = (
        "Write it as the report does ('Person 7F3K-9Q2M', or 'Meeting 3f9a-c2d1' for a topic), and "
        "see that privacy.key is the one the report was made with."
    )


class NoPersonPages(UsageError):
    """A page of one person, where the settings show groups only."""

    slug = "no-person-pages"
    what = "In mode aggregate there are no pages of single people."
    do = "Where readers may know, set privacy.files to pseudonymous or full."


class BadSimulation(UsageError):
    """A simulated organisation that cannot be."""

    slug = "bad-simulation"
    what = "The simulation cannot be as asked: {why}."
    do = "'qosreport simulate --help' lists every parameter with its limits."


class BadFault(UsageError):
    """A fault for the simulated server that does not exist, or cannot be as written."""

    slug = "bad-fault"
    what = "'{text}' is not a fault the simulated server has: {why}.{hint}"
    do = "Write NAME, NAME=COUNT, NAME=ENDPOINT or several of these joined by ':'."


# --- Correct the settings --------------------------------------------------------------------


class SettingsError(QosreportError):
    """A setting, a policy or an installed file is wrong."""

    exit_code = ExitCode.SETTINGS
    lost = "Nothing was started."


class BadSetting(SettingsError):
    """A setting has a value it cannot have."""

    slug = "bad-setting"
    what = "Setting {key} ({origin}): {why}."
    do = "'qosreport config show' lists every setting with its value and where it came from."


class UnknownSetting(SettingsError):
    """A settings file or the environment names a setting that does not exist."""

    slug = "unknown-setting"
    what = "{origin} sets {key}, which does not exist.{hint}"
    do = "Correct or remove it; docs/settings.md lists every setting."


class MissingSetting(SettingsError):
    """A setting without which the command cannot run is not set."""

    slug = "missing-setting"
    what = "Not set: {key}."
    do = "Set {which} in the environment ({env}) or in the settings file; see {guide}."


class FileExists(SettingsError):
    """A file that would be overwritten."""

    slug = "file-exists"
    what = "{path} is there already."
    do = "Remove it first, or name another file."


class BadSettingsFile(SettingsError):
    """The settings file cannot be read."""

    slug = "bad-settings-file"
    what = "The settings file {path} cannot be read: {why}."
    do = "Correct it; 'qosreport config init' writes a fresh one to compare with."


class BadNetworkList(SettingsError):
    """A network of a site or provider, or a list of them, cannot be used."""

    slug = "bad-network-list"
    what = "{origin}: {why}."
    do = "{remedy}"


class BadBranding(SettingsError):
    """The directory of the brand, or a file in it, cannot be used."""

    slug = "bad-branding"
    what = "Branding, {place}: {why}."
    do = "{remedy}"


class PartialFailed(SettingsError):
    """A partial of the brand failed while a page was made."""

    slug = "partial-failed"
    what = "Branding, {place}: {why}."
    do = "Correct the partial (docs/templates.md says what it is given) and repeat the command."
    lost = "Everything is made; the pages concerned have qosreport's own partials."


class UnknownTimeZone(SettingsError):
    """A time zone that is not in the IANA data base."""

    slug = "unknown-time-zone"
    what = "'{name}' is not a time zone.{hint}"
    do = "Write an IANA name such as Europe/London or UTC."


class OtherAccount(SettingsError):
    """The store holds meetings of another Zoom account than the settings name."""

    slug = "other-account"
    what = "The store {path} holds meetings of another Zoom account."
    do = (
        "Set store.path (QOSREPORT_STORE__PATH) to a directory for this account, or the "
        "credentials to those of the store's."
    )
    lost = "Zoom was asked nothing."


class UnknownPolicy(SettingsError):
    """No policy of that name or file."""

    slug = "unknown-policy"
    what = "There is no policy '{name}'.{hint}"
    do = "'qosreport policy list' shows what is shipped; a path to a policy file works as well."


class BadPolicy(SettingsError):
    """A policy that contradicts itself, or holds a key nobody reads."""

    slug = "bad-policy"
    what = "Policy {name}: {why}."
    do = "Correct the policy file; docs/scoring.md explains every key."


class MissingEngine(SettingsError):
    """The engine of the settings cannot run: a package it needs is not installed."""

    slug = "missing-engine"
    what = "The engine {engine} needs {needs}, which is not installed."
    do = "{remedy}; --engine local needs nothing."


class WorkersDiffer(SettingsError):
    """A worker of the engine would score with other code than this machine has."""

    slug = "workers-differ"
    what = "The worker on {host} has {theirs} and this machine {ours}."
    do = "Install the same versions of qosreport and polars on both, and repeat the command."
    lost = "Scores that were made before are kept."


class PartNotSeen(SettingsError):
    """A worker of the engine cannot open a file of the store that is there."""

    slug = "part-not-seen"
    what = "The worker on {host} cannot open {path}: {why}."
    do = (
        "Mount the store on every worker at the same path, readable for the user it runs as, or "
        "set score.files to 'sent' (docs/operations.md, 'Engines')."
    )
    lost = "Scores that were made before are kept."


class MissingFile(SettingsError):
    """A file of the package itself is missing."""

    slug = "missing-file"
    what = "{name} is missing from the installation (looked in {places})."
    do = "Install qosreport again."


# --- Ask whoever owns the Zoom account ---------------------------------------------------------


class Refused(QosreportError):
    """Zoom refuses: account, plan, app or scope."""

    exit_code = ExitCode.REFUSED
    lost = "What was pulled before is kept."


class WrongCredentials(Refused):
    """The token endpoint does not accept the credentials."""

    slug = "wrong-credentials"
    what = "Zoom does not accept the account id, client id or client secret ({reason})."
    do = (
        "Copy all three again from the Server-to-Server OAuth app at marketplace.zoom.us "
        "and see that the app is activated."
    )


class WrongAppKind(Refused):
    """The app is not a Server-to-Server OAuth app."""

    slug = "wrong-app-kind"
    what = "The Zoom app is not of the kind Server-to-Server OAuth ({reason})."
    do = "Create an app of that kind at marketplace.zoom.us and use its credentials."


class MissingScopes(Refused):
    """The app lacks scopes."""

    slug = "missing-scopes"
    what = "The Zoom app lacks the scope(s) {scopes}."
    do = "Add them to the app at marketplace.zoom.us, activate it again and repeat the command."


class NoDashboard(Refused):
    """The account has no Dashboard."""

    slug = "no-dashboard"
    what = "The Zoom account has no Dashboard for this data ({reason})."
    do = "It needs a Business, Education or Enterprise plan with the Dashboard switched on."


class TokenRejected(Refused):
    """A fresh token was rejected, too."""

    slug = "token-rejected"
    what = "Zoom rejected a fresh access token (HTTP {status}, code {code})."
    do = "See that the app is still activated and that its secret was not replaced."


class Forbidden(Refused):
    """Zoom answers 403."""

    slug = "forbidden"
    what = "Zoom does not permit this app to read {endpoint} (HTTP 403)."
    do = "Ask the account's owner to permit it; the scopes needed are in the README."


class RequestRefused(Refused):
    """Zoom refuses what every account may ask, in a way nobody foresaw."""

    slug = "request-refused"
    what = "Zoom refused to give {endpoint} ({reason})."
    do = (
        "See that zoom.api_url, if set, is right; else Zoom may have changed its API: look for a "
        "newer qosreport."
    )


class UntrustedApiUrl(Refused):
    """The token names an API host that is not Zoom's."""

    slug = "untrusted-api-url"
    what = "The token answer names the API host {host}, which is not under zoom.us."
    do = "If that is intended, set zoom.api_url (QOSREPORT_ZOOM__API_URL) yourself."


# --- Try again later ---------------------------------------------------------------------------


class TryLater(QosreportError):
    """The same command will go on where it stopped."""

    exit_code = ExitCode.TRY_LATER
    lost = "Everything pulled so far is kept."


class DailyLimit(TryLater):
    """Zoom's daily limit is reached."""

    slug = "daily-limit"
    what = "Zoom's daily limit for this account is reached."
    do = "Repeat the command after {resume}; it goes on where it stopped."


class BudgetSpent(TryLater):
    """Our own share of the daily limit is spent."""

    slug = "budget-spent"
    what = "This day's budget of {budget} calls ({share} % of the plan's) is spent."
    do = "Repeat the command after {resume}, or raise zoom.budget_share."


class PullStopped(TryLater):
    """Somebody asked the client to stop."""

    exit_code = ExitCode.INTERRUPTED
    slug = "pull-stopped"
    what = "The pull was stopped."
    do = "Repeat the command; it goes on where it stopped."


class StoreLocked(TryLater):
    """Another run holds the store."""

    slug = "store-locked"
    what = "Another qosreport run is using the store {path}."
    do = "Wait for it to end and repeat the command."
    lost = "Nothing was started."


# --- See to the network or the other side ------------------------------------------------------


class Unavailable(QosreportError):
    """Zoom cannot be reached or does not answer sensibly."""

    exit_code = ExitCode.UNAVAILABLE
    lost = "Everything pulled so far is kept."


class NoNetwork(Unavailable):
    """The host cannot be reached."""

    slug = "no-network"
    what = "{host} cannot be reached: {why}."
    do = "Check the network, DNS and proxy of this machine and repeat the command."


class TlsFailure(Unavailable):
    """The certificate does not hold."""

    slug = "tls-failure"
    what = "The certificate of {host} cannot be trusted: {why}."
    do = (
        "Check this machine's clock ({now}); behind an inspecting proxy set zoom.ca_bundle to its "
        "certificate authority."
    )


class ZoomDown(Unavailable):
    """Zoom keeps answering with errors."""

    slug = "zoom-down"
    what = "Zoom answered {endpoint} with errors {attempts} times (last: {last})."
    do = "Look at status.zoom.us and repeat the command later."


class NotZoom(Unavailable):
    """Something that is not Zoom's API answers."""

    slug = "not-zoom"
    what = "{host} answered {endpoint} with {kind} where JSON was expected."
    do = (
        "A proxy or sign-in page may stand between; check zoom.api_url, zoom.token_url, zoom.proxy."
    )


class EngineTrouble(QosreportError):
    """The engine that should score does not."""

    exit_code = ExitCode.UNAVAILABLE
    lost = "What was pulled and scored before is kept."


class EngineUnavailable(EngineTrouble):
    """The engine cannot be reached, or has nobody to do the work."""

    slug = "engine-unavailable"
    what = "The engine {engine} cannot be used: {why}."
    do = "{remedy}, and repeat the command; --engine local needs no other machine."


class WorkersLost(EngineTrouble):
    """Workers ended before their work was done, again and again."""

    slug = "workers-lost"
    what = "Workers of the engine {engine} ended before a part was scored ({why})."
    do = (
        "See in their logs why; 1 GB of memory for each that works on a part is enough. Repeated, "
        "the command goes on where it stopped."
    )


# --- Make room, or mend the store --------------------------------------------------------------


class StoreInUse(TryLater):
    """Somebody reads files of the store that are to be removed."""

    slug = "store-in-use"
    what = "Another command is reading {path}, so files that were replaced could not be removed."
    do = "Repeat the command when it is done: it goes on where it stopped."
    lost = "What was replaced stays replaced."


class CannotWrite(QosreportError):
    """Something cannot be written."""

    exit_code = ExitCode.CANNOT_WRITE
    lost = "What was committed before is kept; nothing half-written remains."


class DiskTrouble(CannotWrite):
    """The disk is full, read-only or failing."""

    slug = "disk-trouble"
    what = "{path} cannot be written: {why}."
    do = "Make room or mend the permissions, and repeat the command."


class StoreDamaged(CannotWrite):
    """A file of the store differs from what was committed."""

    slug = "store-damaged"
    what = "{count} file(s) of the store are damaged or missing, the first {first}."
    do = "Run 'qosreport verify' for the list and 'qosreport verify --repair' to make them again."
    lost = "Tables and scores can be made again from raw; a damaged raw file must be pulled again."


class StoreForeign(CannotWrite):
    """The store was written by another version, or is no store."""

    slug = "store-foreign"
    what = "{path} is not a store this version can use: {why}."
    do = "Set store.path (QOSREPORT_STORE__PATH) to the right directory."


# --- One item is left out, the run goes on ------------------------------------------------------


class SkipMeeting(QosreportError):
    """One meeting cannot be had whole: the run goes on, the report lists it with its reason."""

    exit_code = ExitCode.GAPS
    do = ""
    retry: ClassVar[bool] = True
    """Whether a later run should ask again."""


class MeetingNotFound(SkipMeeting):
    """Zoom lists the meeting but answers 404/3001 for its participants: not ended, or not there."""

    slug = "not-found"
    what = "Zoom listed the meeting but does not (yet) give its participants."


class MeetingTooOld(SkipMeeting):
    """The meeting is older than Zoom gives (400/12702)."""

    slug = "too-old"
    what = "The meeting is older than the year Zoom keeps."
    retry = False


class MeetingNotAccessible(SkipMeeting):
    """The meeting belongs to another account (400/300, 400/1010)."""

    slug = "not-accessible"
    what = "Zoom does not give this account the meeting's data."
    retry = False


class PageTokenExpired(SkipMeeting):
    """The page token expired again and again."""

    slug = "page-token-expired"
    what = "Zoom's page token expired {restarts} times before the last page."


class PageTokenLoop(SkipMeeting):
    """Zoom hands out the same page token for ever."""

    slug = "page-token-loop"
    what = "Zoom gave the same page token twice."


class UnreadablePage(SkipMeeting):
    """An answer is not the JSON it should be."""

    slug = "unreadable-page"
    what = "Zoom's answer to {endpoint} is {kind}."


class RowsMissing(SkipMeeting):
    """Fewer participants came than Zoom counted."""

    slug = "rows-missing"
    what = "Zoom counted {expected} participants in {endpoint} and gave {got}."


class MeetingErrors(SkipMeeting):
    """Zoom keeps answering this meeting with errors."""

    slug = "server-errors"
    what = "Zoom answered with errors {attempts} times (last: {last})."


# --- The report is made, without one of its forms ----------------------------------------------


class PdfNotMade(QosreportError):
    """The PDF cannot be made; the HTML is there."""

    exit_code = ExitCode.GAPS
    slug = "pdf-not-made"
    what = "The PDF of {name} was not made: {why}."
    do = "{remedy}"
    lost = "The HTML, the workbook and the JSON are made."


# --- The report is made, but does not reach its readers -----------------------------------------


class NotDelivered(QosreportError):
    """A report is made and could not be delivered."""

    exit_code = ExitCode.UNAVAILABLE
    lost = "The report lies in the output directory; what is not sent yet stays queued."


class ReportNotThere(NotDelivered):
    """The report to be delivered was not made yet, or lies elsewhere."""

    exit_code = ExitCode.USAGE
    slug = "report-not-there"
    what = "There is no report of {label} in {out}."
    do = (
        "Run 'qosreport report --week {label}' first ('qosreport weekly --week {label}' if the "
        "week is not pulled), or name its directory with --out."
    )
    lost = ""


class OtherMode(NotDelivered):
    """The report was made in another mode of privacy than its readers are to get."""

    exit_code = ExitCode.SETTINGS
    slug = "other-mode"
    what = "The report of {label} in {out} is {found}, but {setting} asks for {mode}."
    do = "Run 'qosreport report --week {label}' to make it again, then repeat the command."
    lost = "Nothing was delivered."


class WeekStillOpen(NotDelivered):
    """The report of a week that is not over is not mailed."""

    exit_code = ExitCode.USAGE
    slug = "week-still-open"
    what = "The report of {label} was made before the week was over, so it is not mailed."
    do = "Run 'qosreport weekly --week {label}' again when it is; each week is mailed once."
    lost = "The report lies in the output directory."


class MailServerUnavailable(NotDelivered):
    """The mail server cannot be reached, or breaks off."""

    slug = "mail-server-unavailable"
    what = "The mail server {host}:{port} does not take mail: {why}."
    do = "Check mail.host, mail.port, mail.security and the network, then run 'qosreport send'."


class MailTlsFailure(NotDelivered):
    """The mail server's certificate does not hold, or it offers no encryption."""

    slug = "mail-tls-failure"
    what = "The connection to the mail server {host}:{port} cannot be trusted: {why}."
    do = "Check mail.host and mail.security; for a certificate authority of your own: mail.ca_file."


class MailRefused(NotDelivered):
    """The mail server does not accept the credentials or the sender."""

    exit_code = ExitCode.REFUSED
    slug = "mail-refused"
    what = "The mail server {host}:{port} does not accept {what_of_us} (code {code})."
    do = "Check mail.auth, mail.user, mail.sender and the secret; docs/operations.md has recipes."


class MailTokenRefused(NotDelivered):
    """No XOAUTH2 token is given."""

    exit_code = ExitCode.REFUSED
    slug = "mail-token-refused"
    what = "{host} gives no token to send mail with ({reason})."
    do = "Check mail.tenant, mail.client_id, the secret or mail.key_file; docs/operations.md."


class MailTokenUnavailable(NotDelivered):
    """The token endpoint of the mail provider cannot be reached."""

    slug = "mail-token-unavailable"
    what = "{host} cannot be asked for a token to send mail with: {why}."
    do = "Check the network and mail.token_url, then run 'qosreport send'."


class ArchiveUnavailable(NotDelivered):
    """The archive cannot be reached, or does not take what is written."""

    exit_code = ExitCode.CANNOT_WRITE
    slug = "archive-unavailable"
    what = "The archive cannot be read or written at {place}: {why}."
    do = "Check archive.url, the credentials and the room there; the next run completes it."
    lost = "The report lies in the output directory; readers see nothing half-written."


class ArchiveForeign(NotDelivered):
    """What lies at the archive's address is not the archive."""

    exit_code = ExitCode.CANNOT_WRITE
    slug = "archive-foreign"
    what = "archive.url does not lead to an archive of this version: {why}."
    do = "Mount the share, or set archive.url to it or to an empty place."
    lost = "The report lies in the output directory."


class ArchiveDamaged(NotDelivered):
    """Files of the archive differ from what was brought there."""

    exit_code = ExitCode.CANNOT_WRITE
    slug = "archive-damaged"
    what = "{count} file(s) of the archive are damaged or missing, the first {first}."
    do = "Restore them from a backup of the archive, or make the report again and archive it."
    lost = "The other reports are as they were archived."


class MissingPackage(NotDelivered):
    """An optional Python package is not installed."""

    exit_code = ExitCode.SETTINGS
    slug = "missing-package"
    what = "{what_for} needs a Python package that is not installed ({package})."
    do = "Run pip install 'qosreport[{extra}]'."
