"""A monitor is told how a run ended; one that is away changes nothing."""

import pytest
from pydantic import SecretStr, ValidationError
from werkzeug import Response

from qosreport.deliver.ping import ping
from qosreport.settings.ping import PingSettings

SECRET = "canary-of-the-ping"
TEXT = "weekly ended after 41 s with exit code 0: 30 file(s) made, 0 gap(s) named."


def to(url, **more):
    return PingSettings(url=SecretStr(url), **{"timeout_s": 5, **more})


@pytest.mark.parametrize(("well", "path"), [(True, f"/{SECRET}"), (False, f"/{SECRET}/fail")])
@pytest.mark.parametrize("slash", ["", "/"])
def test_how_it_ended_goes_to_its_own_address_with_the_summary(httpserver, well, path, slash):
    httpserver.expect_oneshot_request(path, "POST", data=TEXT).respond_with_data("OK")
    assert ping(to(httpserver.url_for(f"/{SECRET}{slash}")), well=well, text=TEXT) == ""
    httpserver.check()
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [301, 404, 429, 500])
def test_an_answer_that_is_no_yes_is_told_without_the_address(httpserver, status):
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request(f"/{SECRET}").respond_with_response(
        Response(status=status, headers=elsewhere)
    )
    fault = ping(to(httpserver.url_for(f"/{SECRET}")), well=True, text=TEXT)
    if status == 301:
        assert len(httpserver.log) == 1, "followed a redirect"
    assert str(status) in fault
    assert SECRET not in fault


def test_a_monitor_that_is_away_is_told_of_and_no_failure(unused_port):
    fault = ping(to(f"http://127.0.0.1:{unused_port}/{SECRET}"), well=True, text=TEXT)
    assert "cannot be reached" in fault
    assert SECRET not in fault


@pytest.fixture
def unused_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_address_may_come_from_a_file(httpserver, tmp_path):
    httpserver.expect_oneshot_request(f"/{SECRET}").respond_with_data("OK")
    file = tmp_path / "ping"
    file.write_text(httpserver.url_for(f"/{SECRET}") + "\n", "utf-8")
    assert ping(PingSettings(url_file=file), well=True, text=TEXT) == ""
    file.write_text("http://example.org/x", "utf-8")
    assert "must be https://" in ping(PingSettings(url_file=file), well=True, text=TEXT)
    assert "cannot be read" in ping(PingSettings(url_file=tmp_path / "no"), well=True, text=TEXT)


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "ftp://example.org", "x", "", "https://example.org/?a=b"]
)
def test_an_address_in_the_clear_is_refused(url):
    with pytest.raises(ValidationError) as refused:
        to(url)
    assert "example.org" not in str(refused.value.errors(include_input=False))
