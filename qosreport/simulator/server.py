"""An HTTP server on loopback that answers as Zoom's API does."""

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

from qosreport.errors import BadSimulation
from qosreport.simulator.account import TOKEN_PATH, Account, Request
from qosreport.simulator.answers import Answer
from qosreport.simulator.faults import NO_FAULTS, Faults, Triggers
from qosreport.simulator.limits import UNLIMITED, Gate, PlanLimits
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.tokens import Credentials, credentials_of
from qosreport.simulator.truth import write_truth

AFTER_THE_END_S = 9 * 3600
"""Without a clock of its own, a server starts so long after the last simulated week."""
COMPRESS_FROM_BYTES = 512
_DRIP_PIECES = 16
_BODY_MAX = 2**20


class Logged(NamedTuple):
    """One request, as the server saw it."""

    method: str
    path: str
    """Raw, as it came."""
    params: dict[str, str]
    status: int
    """0 if the connection was closed without an answer."""
    time: dt.datetime
    """By the server's clock, on arrival."""
    endpoint: str
    label: str


class Server:
    """A simulated Zoom, while the context is open.

    Args:
        simulation: What is answered.
        faults: What goes wrong.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        latency_s: How long every answer takes at least.
        plan_limits: Rate limits enforced; none by default.
        qss: Whether the account has Zoom's QoS subscription, so that summaries are there.
        now: The server's clock, UTC. Without one, the server lives shortly after the last
            simulated week, so that all of it is past, and time passes as it does.
        sleep: Waits so many seconds; for tests.
        tls: Context for HTTPS; none is plain HTTP.
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        faults: Faults = NO_FAULTS,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_s: float = 0.0,
        plan_limits: PlanLimits = UNLIMITED,
        qss: bool = False,
        now: Callable[[], dt.datetime] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.simulation = simulation
        self.credentials: Credentials = credentials_of(simulation.settings.seed)
        self.requests: list[Logged] = []
        self.latency_s = latency_s
        self.sleep = sleep
        self._now = now or _clock_after(simulation.end_s)
        self._triggers = Triggers(faults)
        self._lock = threading.Lock()
        self.account = Account(
            simulation,
            triggers=self._triggers,
            gate=Gate(plan_limits),
            now_s=lambda: self._now().timestamp(),
            credentials=self.credentials,
            qss=qss,
        )
        self._http = _Http((host, port), self, tls)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        shown = f"[{host}]" if ":" in host else host
        self._base = f"{'https' if tls else 'http'}://{shown}:{self._http.server_port}"
        self.account.base_url = self._base

    @property
    def api_url(self) -> str:
        """Base of the API."""
        return f"{self._base}/v2"

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return f"{self._base}{TOKEN_PATH}"

    @property
    def environment(self) -> dict[str, str]:
        """What to put into the environment, so that qosreport asks this server."""
        return {
            "QOSREPORT_ZOOM__API_URL": self.api_url,
            "QOSREPORT_ZOOM__TOKEN_URL": self.token_url,
            "QOSREPORT_ZOOM__ACCOUNT_ID": self.credentials.account_id,
            "QOSREPORT_ZOOM__CLIENT_ID": self.credentials.client_id,
            "QOSREPORT_ZOOM__CLIENT_SECRET": self.credentials.client_secret,
        }

    def start(self) -> Self:
        """Begins to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stops answering, and closes every connection."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait(self) -> None:
        """Blocks until the server is closed, or interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.2)

    def respond(self, request: Request) -> Answer:
        """Answers a request and notes it."""
        arrived, begun_s = self._now(), time.monotonic()
        reply = self.account.answer(request)
        # Making the answer is part of the latency, as it is at Zoom.
        left_s = self.latency_s - (time.monotonic() - begun_s)
        if left_s > 0:
            self.sleep(left_s)
        status = 0 if reply.answer.delivery == "closed" else reply.answer.status
        noted = Logged(
            request.method,
            request.path,
            request.params,
            status,
            arrived,
            reply.endpoint,
            reply.label,
        )
        with self._lock:
            self.requests.append(noted)
        return reply.answer

    def stats(self) -> dict[str, Any]:
        """Counts of what was asked and answered, and which faults fired how often."""
        with self._lock:
            noted = list(self.requests)
        seconds = Counter((one.label, int(one.time.timestamp())) for one in noted if one.label)
        return {
            "requests": len(noted),
            "by_endpoint": dict(Counter(one.endpoint for one in noted)),
            "by_status": dict(Counter(one.status for one in noted)),
            "by_label": dict(Counter(one.label for one in noted if one.label)),
            "busiest_second": {
                label: max(count for (one, _), count in seconds.items() if one == label)
                for label in {one for one, _ in seconds}
            },
            "faults_fired": dict(self._triggers.fired),
        }


def _clock_after(end_s: int) -> Callable[[], dt.datetime]:
    begun_s = time.monotonic()
    start = dt.datetime.fromtimestamp(end_s + AFTER_THE_END_S, dt.UTC)
    return lambda: start + dt.timedelta(seconds=time.monotonic() - begun_s)


def system_clock() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)


def last_monday(moment: dt.datetime) -> dt.datetime:
    """The Monday, 00:00 UTC, on which the last complete week ended."""
    day = moment.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - dt.timedelta(days=day.weekday())


def serve(
    settings: SimulationSettings,
    faults: Faults = NO_FAULTS,
    port: int = 0,
    truth_file: Path | None = None,
    *,
    ready: Callable[[Server], None] | None = None,
    **options: Any,  # noqa: ANN401 - handed to Server as they are
) -> None:
    """Answers as Zoom does until interrupted; what `qosreport simulate` does. Prints nothing.

    Args:
        settings: The organisation.
        faults: What goes wrong.
        port: Port to listen on; 0 takes a free one.
        truth_file: Where to write the truth about the causes before the first answer.
        ready: Called once the server listens, so that its addresses can be shown.
        options: Further arguments of Server; its clock is the machine's unless `now` is given.

    Raises:
        BadSimulation: The organisation cannot be, or the port is taken.
    """
    simulation = Simulation(settings)
    if truth_file is not None:
        write_truth(simulation.truth(), truth_file)
    options.setdefault("now", system_clock)
    try:
        listening = Server(simulation, faults=faults, port=port, **options)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadSimulation(why=f"port {port} cannot be had ({why})") from None
    with listening as server:
        if ready is not None:
            ready(server)
        try:
            server.wait()
        except KeyboardInterrupt:
            return


class _Http(ThreadingHTTPServer):
    """The sockets. Every connection has a thread, and all of them end with the server."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: Server, tls: ssl.SSLContext | None) -> None:
        self.owner = owner
        self.tls = tls
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Binds without asking for the host's name, which can take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # typeshed says bytes may be

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection; its handshake is left to its thread, so that it delays nobody."""
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as declared
        """Notes the connection and starts its thread."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as declared
        """Closes the connection and forgets it."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def server_close(self) -> None:
        """Closes the listening socket, then every connection, and waits for their threads."""
        super().server_close()
        with self._changed:
            for connection in self._open:
                _hang_up(connection)
            self._changed.wait_for(lambda: not self._open, timeout=5)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as declared
        """Says nothing: clients come and go, and the log of requests tells what was asked."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Http
    protocol_version = "HTTP/1.1"
    server_version = "simulated-zoom"
    sys_version = ""
    # Headers and body leave together, at once: the two together cost 40 ms a request otherwise.
    wbufsize: ClassVar[int] = -1
    disable_nagle_algorithm: ClassVar[bool] = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as declared
        """Says nothing."""

    def do_GET(self) -> None:
        """Answers."""
        self._respond()

    def do_POST(self) -> None:
        """Answers."""
        self._respond()

    def _respond(self) -> None:
        length = min(_BODY_MAX, int(self.headers.get("Content-Length") or 0))
        body = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.respond(Request(self.command, self.path, headers, body))
        if answer.delivery == "closed":
            self.close_connection = True
            return
        self._send(answer, accepts_gzip="gzip" in headers.get("accept-encoding", ""))

    def _send(self, answer: Answer, *, accepts_gzip: bool) -> None:
        body, extra = answer.body, dict(answer.headers)
        if accepts_gzip and len(body) >= COMPRESS_FROM_BYTES and "Content-Encoding" not in extra:
            body, extra["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        chunked = answer.delivery == "chunked_cut"
        extra |= {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        self._put(answer, body)

    def _put(self, answer: Answer, body: bytes) -> None:
        """The body, whole or as a fault of delivery has it."""
        half = body[: len(body) // 2]
        if answer.delivery == "drip":
            step = max(1, len(body) // _DRIP_PIECES)
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                self.wfile.flush()
                self.server.owner.sleep(answer.pause_s)
        elif answer.delivery == "truncated":
            self.wfile.write(half)
            self.close_connection = True
        elif answer.delivery == "chunked_cut":
            self.wfile.write(f"{len(body):x}\r\n".encode() + half)
            self.close_connection = True
        else:
            self.wfile.write(body)
