"""The week the benchmarks read: pages as a pull fetches them, and the store a pull makes of them.

    python benchmarks/data.py pages|store MEETINGS

Kept under benchmarks/.data and made again when the code it comes from has changed. A file of pages
holds whole meetings, 64 pages or a few more, as (meeting uuid, kind, endpoint, page number, body).
"""

import datetime as dt
import hashlib
import itertools
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import HERE, run, say, script

DATA = HERE / ".data"
PACKAGE = HERE.parent / "qosreport"
PAGES_OF = ("simulator",)
STORE_OF = (*PAGES_OF, "zoom/parse", "store", "tables.py")
FILE_PAGES = 64
BATCH_PAGES = 192
"""As a pull parses them; making a store checks that this is so. A multiple of FILE_PAGES."""
PARTICIPANTS_A_PAGE = 300
PULLED_AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
Page = tuple[str, str, str, int, bytes]


def pages_of(meetings: int) -> Path:
    """Directory of the pages of a week with so many meetings."""
    return _made("pages", meetings, PAGES_OF)


def store_of(meetings: int) -> Path:
    """Directory of the store made of the same pages."""
    return _made("store", meetings, STORE_OF)


def facts(directory: Path) -> dict[str, int]:
    """What the data holds: meetings, sessions, minutes, bytes, pages."""
    return json.loads((directory.parent / f"{directory.name}.json").read_text())["facts"]


def batches(directory: Path, every: int = 1) -> Iterator[list[Page]]:
    """The batches of a week, or every so-manieth of them."""
    files = sorted(directory.glob("*.pkl"))
    many = BATCH_PAGES // FILE_PAGES
    for first in range(0, len(files), many * every):
        loaded = (pickle.loads(file.read_bytes()) for file in files[first : first + many])
        yield list(itertools.chain.from_iterable(loaded))


def _made(what: str, meetings: int, sources: tuple[str, ...]) -> Path:
    """Make it in a process of its own, unless it is there."""
    directory = DATA / f"{what}-{meetings}"
    stamp = DATA / f"{directory.name}.json"
    code = _digest(sources)
    if not stamp.exists() or json.loads(stamp.read_text())["code"] != code:
        if what == "store":
            pages_of(meetings)
        say(f"Making the {what} of a week with {meetings} meetings, once.")
        stamp.unlink(missing_ok=True)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        found = json.loads(run(script("data.py", what, meetings)).output)
        stamp.write_text(json.dumps({"code": code, "facts": found}))
    return directory


def _digest(sources: tuple[str, ...]) -> str:
    found = hashlib.sha256()
    for source in sources:
        path = PACKAGE / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(file.read_bytes())
    return found.hexdigest()


def _make_pages(meetings: int) -> dict[str, int]:
    from qosreport.simulator.organisation import Simulation, SimulationSettings

    simulation = Simulation(SimulationSettings(meetings_per_week=meetings, weeks=1))
    directory = DATA / f"pages-{meetings}"
    found = dict.fromkeys(("meetings", "sessions", "minutes", "pages", "bytes"), 0)
    batch: list[Page] = []
    files = 0
    for meeting in simulation.everything():
        mine = list(_pages(meeting))
        batch += mine
        found["meetings"] += 1
        found["sessions"] += len(meeting.qos_sessions)
        found["minutes"] += sum(one.shown_samples for one in meeting.qos_sessions)
        found["pages"] += len(mine)
        found["bytes"] += sum(len(page[4]) for page in mine)
        if len(batch) >= FILE_PAGES:
            (directory / f"{files:05d}.pkl").write_bytes(pickle.dumps(batch))
            batch = []
            files += 1
    if batch:
        (directory / f"{files:05d}.pkl").write_bytes(pickle.dumps(batch))
    return found


def _pages(meeting) -> Iterator[Page]:
    """Its item of the list, its participants and its QoS."""
    from qosreport.simulator import pages
    from qosreport.simulator.rows import list_item, participant_rows

    uuid, kind = meeting.uuid, meeting.kind
    yield uuid, kind, "list_item", 1, pages.compact(list_item(meeting)).encode()
    rows = [pages.compact(row) for row in participant_rows(meeting)]
    starts = range(0, len(rows), PARTICIPANTS_A_PAGE) or range(1)
    for number, start in enumerate(starts, 1):
        token = "" if number == len(starts) else f"{uuid}{start}"
        head = pages.envelope(meeting, len(rows), PARTICIPANTS_A_PAGE, token)
        some = rows[start : start + PARTICIPANTS_A_PAGE]
        yield uuid, kind, "participants", number, pages.page_json(head, "participants", some)
    for number, body in enumerate(pages.qos_pages_json(meeting), 1):
        yield uuid, kind, "qos", number, body


def _make_store(meetings: int) -> dict[str, int]:
    """Parse and commit batch by batch, then compact: what a pull does after fetching."""
    from qosreport.pipeline import pull
    from qosreport.store import Store
    from qosreport.zoom.parse import parse_pages

    if pull.BATCH_PAGES != BATCH_PAGES:
        raise SystemExit(
            f"a pull parses {pull.BATCH_PAGES} pages at a time, data.py says otherwise"
        )
    with Store.open(DATA / f"store-{meetings}" / "store") as store:
        for batch in batches(DATA / f"pages-{meetings}"):
            raw = raw_pages(batch)
            parsed = parse_pages(raw)
            assert not parsed.broken
            store.commit(raw, parsed.tables)
        for week in sorted({part.week for part in store.parts()}):
            store.compact(week)
        parts = store.parts()
        return {
            "parts": len(parts),
            "meetings": sum(part.meetings for part in parts),
            "minutes": sum(part.minutes for part in parts),
            "streams": sum(part.rows.get("streams", 0) for part in parts),
        }


def raw_pages(batch: list[Page]) -> list:
    """A batch as the store and the parser take it."""
    from qosreport.store import RawPage

    return [
        RawPage(uuid, kind, endpoint, number, None, PULLED_AT, body)
        for uuid, kind, endpoint, number, body in batch
    ]


MAKERS: dict[str, Callable[[int], dict[str, int]]] = {"pages": _make_pages, "store": _make_store}

if __name__ == "__main__":
    print(json.dumps(MAKERS[sys.argv[1]](int(sys.argv[2]))))
