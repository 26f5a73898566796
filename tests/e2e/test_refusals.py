"""What Zoom, the network and the operator can do wrong before anything is pulled."""

import socket
import sqlite3
import ssl
from contextlib import closing
from importlib import resources

import pytest
import trustme

from qosreport.store import Store
from tests.e2e.support import Command, account, organisation, small, week

PULL = ("pull", "--week", week())


@pytest.fixture
def against(tmp_path):
    """Run a command in an empty directory against a small account with faults."""

    def run(faults, *arguments, code, env=None, **options):
        with account(small(), faults, **options) as server:
            return Command(tmp_path, server).run(*(arguments or PULL), code=code, env=env)

    return run


@pytest.mark.parametrize(
    ("faults", "code", "slug", "told"),
    [
        (
            "missing_scopes",
            77,
            "missing-scopes",
            "dashboard:read:list_meeting_participants_qos:admin",
        ),
        ("app_disabled=list", 77, "token-rejected", "still activated"),
        ("no_plan=list", 77, "no-dashboard", "Business, Education or Enterprise"),
        ("no_dashboard=list", 77, "no-dashboard", "Business, Education or Enterprise"),
        ("429_daily=list", 75, "daily-limit", "00:00 UTC"),
        ("html_ok=list", 69, "not-zoom", "with HTML"),
        ("html_ok=token", 69, "not-zoom", "zoom.token_url"),
        ("deep_json=list", 69, "not-zoom", "where JSON was expected"),
        ("cut_json=list", 69, "not-zoom", "where JSON was expected"),
        ("page_token_loop=list", 69, "zoom-down", "page-token-loop"),
    ],
)
def test_a_refusal_is_one_line_with_what_to_do(against, faults, code, slug, told):
    result = against(faults, code=code)
    assert result.slug == slug
    assert told in result.error
    assert result.out == ""


def test_a_wrong_secret_is_refused_and_not_repeated(against):
    wrong = "not-the-secret-of-this-app"
    result = against("", code=77, env={"QOSREPORT_ZOOM__CLIENT_SECRET": wrong})
    assert result.slug == "wrong-credentials"
    assert wrong not in result.err


def test_credentials_that_are_not_set_are_named(tmp_path):
    result = Command(tmp_path).run(*PULL, code=78)
    assert result.slug == "missing-setting"
    assert "QOSREPORT_ZOOM__ACCOUNT_ID" in result.error


def test_meetings_of_two_accounts_do_not_mix(pulled):
    other = organisation(weeks=1, meetings=20, seed=pulled.server.simulation.settings.seed + 1)
    with account(other) as server:
        result = Command(pulled.home, server).run("pull", "--week", week(), code=78)
        assert result.slug == "other-account"
        assert server.requests == []


def test_credentials_that_are_refused_make_no_store_another_accounts(pulled):
    with closing(sqlite3.connect(pulled.store / "ledger.sqlite3")) as ledger, ledger:
        assert ledger.execute("DELETE FROM account").rowcount == 1, "as older versions left it"
    mistyped = {"QOSREPORT_ZOOM__ACCOUNT_ID": "mistyped"}
    assert pulled.run("pull", "--week", week(), env=mistyped, code=77).slug == "wrong-credentials"
    pulled.run("pull", "--week", week())


def test_a_host_that_does_not_answer_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        closed = f"http://127.0.0.1:{busy.getsockname()[1]}"
    with account(small()) as server:
        urls = {
            "QOSREPORT_ZOOM__API_URL": f"{closed}/v2",
            "QOSREPORT_ZOOM__TOKEN_URL": f"{closed}/oauth/token",
        }
        result = Command(tmp_path, server).run(*PULL, code=69, env=urls)
    assert result.slug == "no-network"
    assert "127.0.0.1 cannot be reached" in result.error


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def encrypted(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_nobody_vouches_for_is_refused(against, encrypted):
    result = against("", code=69, tls=encrypted)
    assert result.slug == "tls-failure"
    assert "zoom.ca_bundle" in result.error


def test_a_certificate_of_the_house_is_trusted_when_told_so(
    against, encrypted, authority, tmp_path
):
    bundle = tmp_path / "house.pem"
    authority.cert_pem.write_to_path(bundle)
    result = against("", tls=encrypted, code=0, env={"QOSREPORT_ZOOM__CA_BUNDLE": str(bundle)})
    assert "20 pulled" in result.err


def test_an_api_host_of_a_strangers_choice_is_not_asked(against):
    # Without zoom.api_url, what the token names decides.
    none = {"QOSREPORT_ZOOM__API_URL": None}
    result = against("foreign_api_url", code=77, env=none)
    assert result.slug == "untrusted-api-url"
    assert "api.evil.example" in result.error


@pytest.mark.parametrize(
    ("environment", "slug", "told"),
    [
        ({"QOSREPORT_ZOOM__CLIENT_IDD": "x"}, "unknown-setting", "Did you mean zoom.client_id?"),
        ({"QOSREPORT_REPORT__TIMEZONE": "Europe/Londn"}, "unknown-time-zone", "Europe/London?"),
        ({"QOSREPORT_SCORE__POLICY": "strikt"}, "unknown-policy", "Did you mean strict?"),
    ],
)
def test_settings_that_cannot_be_stop_everything_first(fresh, environment, slug, told):
    result = fresh.run("weekly", "--week", week(), code=78, env=environment)
    assert result.slug == slug
    assert told in result.error
    assert not fresh.store.exists()


def test_an_unknown_key_in_the_settings_file_names_file_and_neighbour(fresh):
    (fresh.home / "mine.toml").write_text('[report]\ntimezon = "UTC"\n', "utf-8")
    result = fresh.run("--config", "mine.toml", "weekly", code=78)
    assert result.slug == "unknown-setting"
    assert "mine.toml sets report.timezon" in result.error
    assert "Did you mean report.timezone?" in result.error


def test_an_unknown_key_in_a_policy_is_named(fresh):
    shipped = resources.files("qosreport.scoring").joinpath("policies", "strict.toml")
    (fresh.home / "mine.toml").write_text(f"surprise = 1\n{shipped.read_text('utf-8')}", "utf-8")
    result = fresh.run("score", "--week", week(), "--policy", "mine.toml", code=78)
    assert result.slug == "bad-policy"
    assert "surprise" in result.error


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("weekly", "--week", "2998-W10"), "future-week"),
        (("weekly", "--week", "2026-W54"), "bad-week"),
        (("pull", "--from", "2998-01-01"), "bad-period"),
    ],
    ids=" ".join,
)
def test_a_period_that_cannot_be_is_refused(fresh, arguments, slug):
    assert fresh.run(*arguments, code=2).slug == slug


def test_a_store_in_use_is_left_alone(reported, tmp_path):
    command = reported[0].copy(tmp_path / "busy")
    with Store.open(command.store):
        for arguments in (PULL, ("verify",), ("score", "--week", week())):
            result = command.run(*arguments, code=75)
            assert result.slug == "store-locked"
            assert "qosreport-data" in result.error
        # Only looking does not need the store for itself.
        command.run("pull", "--week", week(), "--estimate")
    command.run("verify")


def test_a_directory_that_is_no_store_is_not_touched(fresh):
    fresh.store.mkdir()
    (fresh.store / "letters.txt").write_text("mine", "utf-8")
    result = fresh.run(*PULL, code=73)
    assert result.slug == "store-foreign"
    assert [path.name for path in fresh.store.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("meeting", "93299999999"), "past meeting or webinar"),
        (("meeting", "AAAAAAAAAAAAAAAAAAAAAA=="), "past meeting or webinar"),
    ],
    ids=" ".join,
)
def test_a_meeting_nobody_knows_is_said_so(fresh, arguments, told):
    result = fresh.run(*arguments, code=2)
    assert result.slug == "meeting-not-known"
    assert told in result.error
    assert arguments[1] not in result.err


def test_a_meeting_that_is_over_is_not_running(tmp_path):
    simulation = organisation()
    over = min(simulation.everything(), key=lambda one: one.start_s)
    with account(simulation) as server:
        result = Command(tmp_path, server).run("meeting", over.uuid, "--live", code=2)
    assert result.slug == "meeting-not-running"
    assert "without --live" in result.error


def test_a_meeting_that_has_not_ended_is_not_past(tmp_path):
    simulation = organisation()
    meeting = max(simulation.everything(), key=lambda one: one.start_s)
    during = meeting.start + (meeting.end - meeting.start) / 2
    with account(simulation, now=lambda: during) as server:
        result = Command(tmp_path, server).run("meeting", meeting.uuid, code=2)
    assert result.slug == "meeting-not-known"
    assert "--live" in result.error
