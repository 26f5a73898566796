import re
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
from pytest_httpserver import HTTPServer

from tests.unit.zoom.support import START, FakeClock, FakeZoom, zoom_client


@pytest.fixture(scope="session")
def make_httpserver():
    """A server that answers many requests at once; the plugin's own answers one."""
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server


@pytest.fixture(autouse=True)
def server_date(monkeypatch):
    """The time the server tells in its `Date` header: the fake clock's first moment."""
    told = [START]
    monkeypatch.setattr(
        BaseHTTPRequestHandler,
        "date_time_string",
        lambda _self, _timestamp=None: format_datetime(told[0], usegmt=True),
    )
    return told


@pytest.fixture
def account(httpserver):
    """An account that answers over real HTTP; nothing in it yet."""
    zoom = FakeZoom()
    httpserver.expect_request(re.compile(".*")).respond_with_handler(zoom)
    return zoom


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def client(httpserver, account, clock):
    """A client of that account."""
    with zoom_client(httpserver, clock=clock) as zoom:
        yield zoom
