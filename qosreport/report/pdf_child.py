"""The child process that turns HTML into PDF: the only place that imports WeasyPrint.

Run as a script by `pdf_worker.PdfWorker`, never imported by the rest: it needs nothing of the
package, so it starts as fast as WeasyPrint itself. It reads framed requests from stdin and answers
on stdout: a JSON header in one line, then the bytes the header counts.

Request header: html, sheet, attachment (lengths), attachment_name, attachment_description, stamp
(ISO 8601).
Answer header: ok, pdf (length), replaced (characters no font covers); or ok false, kind, why.
First of all, one header {"ready": version} or {"ok": false, …} if WeasyPrint cannot be loaded.
"""

import ctypes
import datetime as dt
import functools
import gc
import io
import json
import logging
import os
import resource
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

VARIANT = "pdf/a-3a"
UA_METADATA = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""
"""PDF/UA-1 said beside PDF/A-3a: WeasyPrint writes only one of the two by itself."""
GONE = "?"


class Denied(Exception):
    """The page asked for something outside itself."""


def main(memory_bytes: int, cpu_s: int) -> None:
    """Serve requests until stdin ends."""
    limit(memory_bytes, cpu_s)
    # What a page leaves behind is swept once it is delivered, when nobody waits.
    gc.disable()
    # Fonts in colour are cut by fontTools, which else writes the time of day into each.
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    source, target = sys.stdin.buffer, sys.stdout.buffer
    try:
        make = renderer()
    except OSError:
        answer(target, {"ok": False, "kind": "libraries", "why": "its libraries cannot be loaded"})
        return
    except ImportError:
        answer(target, {"ok": False, "kind": "weasyprint", "why": "WeasyPrint is not installed"})
        return
    answer(target, {"ready": True})
    gc.freeze()
    while line := source.readline():
        request = json.loads(line)
        html = source.read(request["html"]).decode("utf-8")
        request["style"] = source.read(request["sheet"]).decode("utf-8")
        request["file"] = source.read(request["attachment"])
        answer(target, *respond(make, request, html))
        gc.collect()


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Bound what a page can cost, and leave no core file with its data."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))


def answer(target: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    """One framed answer."""
    target.write(json.dumps(header).encode() + b"\n" + body)
    target.flush()


def respond(
    make: Callable[..., tuple[bytes, set[int]]], request: dict[str, Any], html: str
) -> tuple[dict[str, Any], bytes]:
    """Render; if characters had no glyph, render again without them, so that the file conforms."""
    try:
        pdf, missing = make(html, request)
        if missing:
            html = html.translate(dict.fromkeys(missing, GONE))
            pdf, still = make(html, request)
            if still:
                return failure("fonts", "no installed font covers its text"), b""
    except MemoryError:
        return failure("memory", "it needs more memory than it may have"), b""
    except Denied:
        return failure("denied", "the page refers to something outside itself"), b""
    except Exception as error:  # noqa: BLE001 -- whatever a renderer may raise is one failed page here
        return failure("error", f"the renderer failed ({type(error).__name__})"), b""
    return {"ok": True, "pdf": len(pdf), "replaced": len(missing)}, pdf


def failure(kind: str, why: str) -> dict[str, Any]:
    """The header of a failed request."""
    return {"ok": False, "kind": kind, "why": why}


def renderer() -> Callable[..., tuple[bytes, set[int]]]:
    """The function that renders one page, once WeasyPrint is loaded.

    Raises:
        ImportError: WeasyPrint is not installed.
        OSError: Pango or another library is missing.
    """
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    keep_fonts()

    class Locked(URLFetcher):  # type: ignore[misc]  # WeasyPrint publishes no types
        """Gives out data: URLs and remembers everything else that was asked for."""

        def __init__(self) -> None:
            super().__init__(
                allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True, timeout=1
            )
            self.denied = 0

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ANN401 -- WeasyPrint's own
            if url[:5].lower() != "data:":
                self.denied += 1
                raise FatalURLFetchingError("not a data: URL")
            return super().fetch(url, headers)

        __call__ = fetch

    @functools.cache
    def styles(sheet: str) -> tuple[Any, Any]:
        """The sheet and its fonts, read once: pages differ, their style does not."""
        fonts = FontConfiguration()
        return weasyprint.CSS(string=sheet, font_config=fonts, url_fetcher=Locked()), fonts

    def make(html: str, request: dict[str, Any]) -> tuple[bytes, set[int]]:
        missing: set[int] = set()
        fetcher = Locked()
        css, fonts = styles(request["style"])
        when = dt.datetime.fromisoformat(request["stamp"])
        attachment = weasyprint.Attachment(
            file_obj=io.BytesIO(request["file"]),
            name=request["attachment_name"],
            description=request["attachment_description"],
            created=when,
            modified=when,
            relationship="Data",
            url_fetcher=fetcher,
        )

        def finish(document: Any, pdf: Any) -> None:  # noqa: ANN401 -- WeasyPrint's own
            for font in document.fonts.values():
                missing.update(getattr(font, "missing", {}))
            say_ua(pdf)

        try:
            page = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetcher)
            pdf = page.write_pdf(
                pdf_variant=VARIANT,
                stylesheets=[css],
                font_config=fonts,
                finisher=finish,
                attachments=[attachment],
            )
        except FatalURLFetchingError:
            raise Denied from None
        if fetcher.denied:
            raise Denied
        return pdf, missing

    return make


def keep_fonts() -> None:
    """Hold every font that a page uses until this process ends.

    WeasyPrint reads the pictures of emoji from a font that Pango may have let go by then, as it
    does where a page has them in many sizes: it crashed.
    """
    from weasyprint.pdf.fonts import Font
    from weasyprint.text.ffi import ffi

    hold = ctypes.CDLL("libgobject-2.0.so.0").g_object_ref
    hold.argtypes, hold.restype = [ctypes.c_void_p], ctypes.c_void_p
    begin = Font.__init__

    def begin_held(self: object, pango_font: object, *others: object) -> None:
        hold(int(ffi.cast("uintptr_t", pango_font)))
        begin(self, pango_font, *others)

    Font.__init__ = begin_held


def say_ua(pdf: Any) -> None:  # noqa: ANN401 -- pydyf's own
    """Name PDF/UA-1 in the file's metadata."""
    for thing in pdf.objects:
        extra = getattr(thing, "extra", None) or {}
        if extra.get("Type") == "/Metadata":
            thing.stream = [
                part.replace(b"</rdf:RDF>", UA_METADATA) if isinstance(part, bytes) else part
                for part in thing.stream
            ]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
