"""The sockets: keep-alive, compression, threads, TLS, the log, and an orderly end."""

import contextlib
import datetime as dt
import json
import socket
import ssl
import threading

import pytest
import trustme

from qosreport.settings import load
from qosreport.simulator.faults import Fault, Faults
from qosreport.simulator.limits import PlanLimits
from qosreport.simulator.organisation import SimulationSettings
from qosreport.simulator.server import Server, last_monday, serve, system_clock
from tests.unit.simulator.support import END, Client, Hands, first, organisation

SIMULATION = organisation(odd_values=0)
LARGE = first(SIMULATION, lambda one: len(one.qos_sessions) > 20 and one.kind == "meeting")


def test_a_connection_is_kept_and_lengths_are_right():
    with Server(SIMULATION) as server, Client(server) as client:
        assert client.listed().status == 200
        used = client.connection.sock
        answer = client.about(LARGE, "participants")
        assert client.connection.sock is used
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_answers_are_compressed_for_those_who_ask_and_say_the_same():
    with Server(SIMULATION) as server, Client(server) as client:
        plain = client.about(LARGE, "participants/qos", page_size=10)
        small = client.about(LARGE, "participants/qos", page_size=10, gzipped=True)
        raw = client.send("GET", f"{server.api_url}/metrics/meetings")
    assert plain.headers["Content-Encoding"] is None
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) < len(plain.body) / 4
    rows = [json.loads(one.body)["participants"] for one in (plain, small)]
    assert rows[0] == rows[1]
    assert raw.headers["Content-Encoding"] is None


def test_the_log_tells_what_was_asked_exactly_as_it_came():
    clock = Hands(END + dt.timedelta(hours=9))
    with Server(SIMULATION, now=clock) as server, Client(server) as client:
        client.about(LARGE, "participants/qos", page_size=10)
        client.listed(page_size=500)
        token, page, refused = server.requests
    assert (token.method, token.endpoint, token.status) == ("POST", "token", 200)
    assert page.path.endswith("%3D%3D/participants/qos")
    assert page.params == {"type": "past", "page_size": "10"}
    assert (page.endpoint, page.label, page.time) == ("qos", "heavy", clock.moment)
    assert (refused.endpoint, refused.label, refused.status) == (
        "list", "resource_intensive", 400,
    )  # fmt: skip


def test_the_log_holds_no_token_and_no_secret():
    with Server(SIMULATION) as server, Client(server) as client:
        client.listed()
        text = repr(server.requests)
        assert client.token not in text
        assert server.credentials.client_secret not in text


def test_the_figures_add_up():
    clock = Hands(END + dt.timedelta(hours=9))
    faults = Faults(server_error=Fault(count=1, endpoint="participants"))
    with Server(SIMULATION, now=clock, faults=faults) as server, Client(server) as client:
        for _ in range(3):
            client.about(LARGE, "participants")
        clock.forward(seconds=1)
        client.listed()
        stats = server.stats()
    assert stats == {
        "requests": 5,
        "by_endpoint": {"token": 1, "participants": 3, "list": 1},
        "by_status": {200: 4, 500: 1},
        "by_label": {"heavy": 3, "resource_intensive": 1},
        "busiest_second": {"heavy": 3, "resource_intensive": 1},
        "faults_fired": {"server_error": 1},
    }


def test_many_clients_at_once_all_get_their_own_answers():
    meetings = [one for one in SIMULATION.everything() if one.kind == "meeting" and one.people > 1]
    found, failed = {}, []

    def work(server, mine):
        try:
            with Client(server) as client:
                for meeting in mine:
                    rows = client.all_rows(meeting, "participants/qos", page_size=10)
                    found[meeting.uuid] = [row["user_id"] for row in rows]
        except (AssertionError, OSError) as error:
            failed.append(error)

    with Server(SIMULATION) as server:
        workers = [threading.Thread(target=work, args=(server, meetings[n::8])) for n in range(8)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert not failed
    expected = {one.uuid: [join.user_id for join in one.qos_sessions] for one in meetings}
    assert found == expected


def test_limits_hold_for_all_clients_together():
    clock = Hands(END + dt.timedelta(hours=9))
    statuses = []

    def work(server):
        with Client(server) as client:
            statuses.extend(client.about(LARGE, "participants").status for _ in range(5))

    limits = PlanLimits(heavy_per_second=11)
    with Server(SIMULATION, now=clock, plan_limits=limits) as server:
        workers = [threading.Thread(target=work, args=(server,)) for _ in range(4)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert statuses.count(200) == 11
    assert statuses.count(429) == 9


def test_latency_is_waited_for_and_the_making_of_the_answer_is_part_of_it():
    slept = []
    with Server(SIMULATION, latency_s=60, sleep=slept.append) as server, Client(server) as client:
        client.listed()
    assert len(slept) == 2
    assert all(30 < one < 60 for one in slept)


def test_it_can_speak_tls():
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Server(SIMULATION, tls=context) as server:
        assert server.api_url.startswith("https://127.0.0.1:")
        with Client(server, trusting) as client:
            assert client.listed().status == 200
        doubting = Client(server, ssl.create_default_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            doubting.listed()
        # Neither a failed handshake nor a silent visitor keeps others waiting.
        port = int(server.api_url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port)), Client(server, trusting) as client:
            assert client.listed().status == 200


def test_it_ends_at_once_though_connections_are_open():
    server = Server(SIMULATION).start()
    client = Client(server)
    assert client.listed().status == 200
    idle = socket.create_connection(("127.0.0.1", client.connection.port))
    server.close()
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the system likes
        client.listed()
    # Reset rather than ended if nobody had taken the connection yet.
    with idle, contextlib.suppress(ConnectionResetError):
        assert idle.recv(1) == b""
    client.connection.close()
    for thread in threading.enumerate():
        if "process_request" in thread.name:
            thread.join(5)
            assert not thread.is_alive()


def test_a_server_can_be_closed_before_it_was_started():
    Server(SIMULATION).close()


def test_two_servers_at_once_do_not_know_of_each_other():
    with Server(SIMULATION) as one, Server(organisation(seed=2)) as other:
        assert one.api_url != other.api_url
        with Client(one) as client:
            token = client.token
        with Client(other) as stranger:
            assert stranger.listed(token=token).refused == (401, 124)


def test_without_a_clock_of_its_own_all_that_was_simulated_is_past():
    with Server(SIMULATION) as server, Client(server) as client:
        assert client.listed(page_size=1).json["total_records"] > 60
        assert client.about(LARGE, "participants").status == 200
        assert server.requests[0].time > END


def test_the_same_requests_get_the_same_bytes_from_another_server():
    bodies = []
    for _ in range(2):
        clock = Hands(END + dt.timedelta(hours=9))
        with Server(SIMULATION, now=clock) as server, Client(server) as client:
            bodies.append(
                [client.about(LARGE, "participants/qos", page_size=10).body, client.listed().body]
            )
    assert bodies[0] == bodies[1]


def test_a_broken_request_does_not_bring_the_server_down():
    with Server(SIMULATION) as server:
        port = int(server.api_url.rpartition(":")[2].partition("/")[0])
        for text in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\x00"):
            with socket.create_connection(("127.0.0.1", port)) as visitor:
                visitor.sendall(text)
                visitor.shutdown(socket.SHUT_WR)
                while visitor.recv(4096):
                    pass
        with Client(server) as client:
            assert client.listed().status == 200


def test_serving_writes_the_truth_says_when_it_is_ready_and_ends_when_interrupted(tmp_path):
    asked = []

    def ready(server):
        with Client(server) as client:
            asked.append(client.listed().status)
            asked.append(client.about(first(server.simulation, lambda one: one.people > 1),
                                      "participants/qos_summary").status)  # fmt: skip
        server.wait = interrupted

    def interrupted():
        raise KeyboardInterrupt

    settings = SimulationSettings(meetings_per_week=20, weeks=1)
    now = Hands(END + dt.timedelta(hours=9))
    serve(settings, truth_file=tmp_path / "truth.json", ready=ready, now=now, qss=True)
    assert asked == [200, 200]
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert truth["settings"]["meetings_per_week"] == 20


def test_serving_goes_on_until_the_server_is_closed():
    opened = []

    def ready(server):
        opened.append(server)
        threading.Timer(0.05, server.close).start()

    serve(SimulationSettings(meetings_per_week=20, weeks=1), ready=ready)
    assert opened


def test_the_last_monday_is_the_end_of_the_last_complete_week():
    assert last_monday(dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)) == END
    assert last_monday(END) == END
    assert last_monday(END - dt.timedelta(seconds=1)) == END - dt.timedelta(days=7)
    assert abs(system_clock() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_the_environment_it_names_leads_qosreport_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Server(SIMULATION) as server:
        named = server.environment
        settings = load(environ=named).settings.zoom
        assert (settings.api_url, settings.token_url) == (server.api_url, server.token_url)
        assert settings.secret() == server.credentials.client_secret
