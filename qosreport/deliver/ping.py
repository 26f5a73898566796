"""Telling a monitor that a run ended: whoever watches it notices when nothing comes, too.

healthchecks.io, "Pinging API": success at the address itself, failure at /fail, the body kept.
"""

import contextlib
import re
from urllib.parse import urlsplit

import requests

from qosreport.errors import QosreportError
from qosreport.settings import PingSettings


def ping(settings: PingSettings, *, well: bool, text: str) -> str:
    """Tell how a run ended; why it could not be told, or nothing.

    Never raises: a monitor that is away is no trouble of the run. What it returns holds no address.

    Args:
        settings: Where to.
        well: Whether it ended well.
        text: The summary, kept by the monitor.
    """
    try:
        address = settings.address()
    except QosreportError as error:
        return error.line()
    url = address if well else f"{address}/fail"
    why = "it cannot be reached"
    with contextlib.suppress(requests.RequestException, OSError, ValueError):
        answer = requests.post(
            url,
            data=text.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
            timeout=settings.timeout_s,
            allow_redirects=False,
            stream=True,
        )
        with answer:
            if 200 <= answer.status_code < 300:
                return ""
            why = f"it answered {answer.status_code}"
    return f"the monitor {_host(url)} was not told how the run ended: {why}."


def _host(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return host if re.fullmatch(r"[a-z0-9.:-]{1,100}", host) else "of ping.url"
