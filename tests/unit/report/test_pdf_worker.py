"""The child process: bounded, cut off from the world, and its failures told in one clear line."""

import datetime as dt
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from qosreport.errors import PdfNotMade
from qosreport.report import pdf_worker
from qosreport.report.pdf_worker import PdfJob, PdfWorker, start_worker
from qosreport.report.sheets import print_sheet

STAMP = dt.datetime(2026, 11, 16, 5, 12, tzinfo=dt.UTC)


def job(html: str = "<p>x</p>") -> PdfJob:
    page = f'<html lang="en"><head><title>t</title></head><body>{html}</body></html>'
    return PdfJob("a page", page, "p{font-size:9pt}", b"{}", "a.json", STAMP)


@pytest.fixture(scope="module")
def worker():
    with start_worker() as one:
        yield one


@pytest.fixture
def child(monkeypatch, tmp_path):
    """A child that does what the test says instead of rendering."""

    def become(code: str) -> None:
        path = tmp_path / "child.py"
        path.write_text("import json, os, sys, time\nout = sys.stdout.buffer\n" + code)
        monkeypatch.setattr(pdf_worker, "CHILD", path)

    return become


READY = "out.write(b'{\"ready\": true}\\n'); out.flush()\n"


def refused(worker: PdfWorker, html: str) -> PdfNotMade:
    with pytest.raises(PdfNotMade) as caught:
        worker.render(job(html))
    return caught.value


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://198.51.100.7/x.png" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<p><a rel="attachment" href="file:///etc/passwd">x</a></p>',
        "<style>@import 'https://elsewhere.example/a.css';</style>",
        "<style>p{background:url(https://elsewhere.example/a.png)}</style><p>x</p>",
        '<svg width="9" height="9"><title>t</title><image href="file:///etc/passwd"/></svg>',
    ],
)
def test_a_page_that_asks_for_anything_outside_itself_is_refused(worker, html):
    assert "refers to something outside itself" in refused(worker, html).line()


def test_after_a_refusal_the_next_page_is_made(worker):
    refused(worker, '<img src="http://198.51.100.7/x.png" alt="x">')
    assert worker.render(job()).startswith(b"%PDF-1.7")


def test_data_urls_are_allowed(worker):
    dot = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    assert worker.render(job(f'<img src="{dot}" alt="dot">')).startswith(b"%PDF")


def test_characters_without_a_glyph_become_question_marks(worker):
    with_glyphs = worker.render(job("<p>a?b</p>"))
    without = worker.render(job("<p>a\U000f0000b</p>"))
    assert without == with_glyphs


def test_emoji_in_many_sizes_do_not_crash_the_renderer(worker):
    text = (
        "a <b>b</b> <i>c</i> <code>d</code> &#1050; &#1514; &#20581; &#128690; "
        "■ ● ◆ … ’ 0–9 % · → ✓"
    )
    page = "".join(
        f'<p style="font-size:{size}px;font-weight:{weight}">{text}</p>'
        for size in (8.6, 9.3, 9.6, 10, 10.13, 10.53, 10.67, 13.33, 24)
        for weight in (400, 500, 600)
    )
    for _ in range(3):
        pdf = worker.render(replace(job(page), sheet=print_sheet()))
        assert pdf.startswith(b"%PDF-1.7")


def test_a_page_that_takes_too_long_is_stopped_and_the_next_one_made(child):
    child(READY + "sys.stdin.buffer.readline(); time.sleep(60)")
    with PdfWorker() as worker:
        started = time.monotonic()
        with pytest.raises(PdfNotMade, match=r"took longer than 0\.5 s"):
            worker.render(job(), timeout_s=0.5)
        assert time.monotonic() - started < 10
        child(
            READY + "sys.stdin.buffer.readline()\n"
            'out.write(b\'{"ok": true, "pdf": 4}\\n%PDF\'); out.flush(); time.sleep(60)'
        )
        assert worker.render(job()) == b"%PDF"


def test_a_child_that_dies_is_reported_not_waited_for(child):
    child(READY + "sys.stdin.buffer.readline(); os._exit(9)")
    with PdfWorker() as worker, pytest.raises(PdfNotMade, match="ended unexpectedly"):
        worker.render(job())


@pytest.mark.parametrize("answer", ["not json", "[1, 2]", '{"ok": true, "pdf": "many"}'])
def test_an_answer_that_is_none_is_reported(child, answer):
    child(
        READY + f"sys.stdin.buffer.readline(); out.write({answer!r}.encode() + b'\\n'); out.flush()"
    )
    with PdfWorker() as worker, pytest.raises(PdfNotMade, match="ended unexpectedly"):
        worker.render(job())


def test_missing_libraries_are_named_with_the_package_to_install(child, monkeypatch):
    child('out.write(b\'{"ok": false, "kind": "libraries", "why": "x"}\\n\'); out.flush()')
    monkeypatch.setattr(pdf_worker, "LIBRARIES", {"libnowhere.so.0": "libnowhere-1.0-0"})
    assert pdf_worker.missing_libraries() == ["libnowhere-1.0-0"]
    with PdfWorker() as worker:
        for _ in range(2):
            with pytest.raises(PdfNotMade, match=r"apt-get install libnowhere-1\.0-0"):
                worker.render(job())


def test_here_no_library_is_missing():
    assert pdf_worker.missing_libraries() == []


def test_a_python_without_weasyprint_says_how_to_get_it(monkeypatch, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "weasyprint.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(bare))
    with PdfWorker() as worker, pytest.raises(PdfNotMade, match="pip install weasyprint"):
        worker.render(job())


def test_libraries_that_cannot_be_loaded_are_told_from_a_missing_package(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with PdfWorker() as worker, pytest.raises(PdfNotMade, match="apt-get install libharfbuzz"):
        worker.render(job())


def test_memory_is_bounded(child):
    code = Path(pdf_worker.CHILD).read_text("utf-8")
    child(
        code.partition('if __name__ == "__main__":')[0]
        + "limit(int(sys.argv[1]), int(sys.argv[2]))\n"
        + READY
        + "sys.stdin.buffer.readline()\n"
        + "try:\n    bytearray(512 * 1024 * 1024)\n    got = True\n"
        + "except MemoryError:\n    got = False\n"
        + "soft = resource.getrlimit(resource.RLIMIT_CORE)[0]\n"
        + "why = f'{got} {soft}'\n"
        + "answer(out, {'ok': False, 'kind': 'memory', 'why': why})\n"
    )
    with (
        PdfWorker(memory_bytes=300 * 1024**2) as worker,
        pytest.raises(PdfNotMade, match="False 0"),
    ):
        worker.render(job())


def test_the_child_gets_no_settings_and_no_directory_of_ours(child, monkeypatch):
    monkeypatch.setenv("QOSREPORT_ZOOM__CLIENT_SECRET", "hush")
    child(
        READY + "sys.stdin.buffer.readline()\n"
        "seen = [k for k in os.environ if k.startswith('QOSREPORT')] + [os.environ['TMPDIR']]\n"
        "ours = [p for p in sys.path if p.endswith('/report')]\n"
        "out.write(json.dumps({'ok': False, 'why': repr(seen + ours)}).encode() + b'\\n')\n"
        "out.flush(); time.sleep(60)"
    )
    with PdfWorker() as worker, pytest.raises(PdfNotMade) as caught:
        worker.render(job())
    assert caught.value.facts["why"].count("'") == 2
    scratch = Path(str(caught.value.facts["why"]).strip("[]'"))
    assert scratch.name.startswith("qosreport-pdf-")
    assert not scratch.exists()


def test_a_worker_renews_itself_after_many_pages(monkeypatch, child):
    monkeypatch.setattr(pdf_worker, "JOBS_BEFORE_RENEWAL", 2)
    child(
        READY + "while line := sys.stdin.buffer.readline():\n"
        "    head = json.loads(line)\n"
        "    sys.stdin.buffer.read(head['html'] + head['sheet'] + head['attachment'])\n"
        "    pid = str(os.getpid()).encode()\n"
        "    out.write(json.dumps({'ok': True, 'pdf': len(pid)}).encode() + b'\\n' + pid)\n"
        "    out.flush()\n"
    )
    with PdfWorker() as worker:
        pids = [worker.render(job()) for _ in range(4)]
    assert pids[0] == pids[1]
    assert pids[2] == pids[3]
    assert pids[1] != pids[2]


def test_large_pages_pass_both_ways(child):
    child(
        READY + "head = json.loads(sys.stdin.buffer.readline())\n"
        "n = head['html'] + head['sheet'] + head['attachment']\n"
        "body = sys.stdin.buffer.read(n)\n"
        "out.write(json.dumps({'ok': True, 'pdf': len(body)}).encode() + b'\\n' + body)\n"
        "out.flush()\n"
    )
    text = "Grüße " * 500_000
    with PdfWorker() as worker:
        assert len(worker.render(job(text))) > len(text)


def test_a_python_without_an_executable_cannot_make_pdfs(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    with PdfWorker() as worker, pytest.raises(PdfNotMade):
        worker.render(job())


def test_closing_twice_is_harmless():
    worker = start_worker()
    worker.close()
    worker.close()


def test_a_closed_worker_starts_no_other_child():
    worker = start_worker()
    worker.close()
    with pytest.raises(PdfNotMade, match="ended unexpectedly"):
        worker.render(job())
