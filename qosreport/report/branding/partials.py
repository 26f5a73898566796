"""Partials of a brand: checked before anything is made, and never in the way of a report."""

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from qosreport.errors import BadBranding, PartialFailed
from qosreport.report.branding.brand import Brand, Partial
from qosreport.report.environment import build_environment, our_loader

GIVEN = {"view", "page", "s", "inline"}
"""Names that a template finds: docs/templates.md."""
LOGO = "page.brand.logo"
"""The one value that may be the source of a picture."""
BARRED = {
    "applet", "audio", "base", "embed", "foreignobject", "form", "frame", "frameset", "iframe",
    "link", "meta", "object", "script", "style", "template", "video",
}  # fmt: skip
"""Elements that load or run something, or change the page as a whole."""
LOADING = {"src", "srcset", "poster", "background", "data", "action", "formaction", "ping"}
REMEDY = "Correct the partial; docs/branding.md says what one may hold."


@functools.cache
def branded(brand: Brand) -> jinja2.Environment:
    """The environment in which a brand's partials stand before ours, which stay under `own/`."""
    return _environment(brand.partials)


def _environment(partials: Mapping[str, Partial]) -> jinja2.Environment:
    """A sandbox: a partial places what it is given, and runs nothing else."""
    ours = our_loader()
    theirs = jinja2.FunctionLoader(
        lambda name: (
            (partials[name].source, str(partials[name].file), None) if name in partials else None
        )
    )
    return build_environment(
        ImmutableSandboxedEnvironment,
        jinja2.ChoiceLoader([theirs, ours, jinja2.PrefixLoader({"own": ours})]),
    )


def check_partials(partials: Mapping[str, Partial]) -> None:
    """See that every partial can be read, asks for what there is, and loads nothing.

    Raises:
        BadBranding: One does not, naming file and line.
    """
    env = _environment(partials)
    known = {*our_loader().list_templates()}
    known |= {f"own/{name}" for name in known}
    for name, partial in partials.items():
        try:
            tree = env.parse(partial.source, name, str(partial.file))
            env.compile(partial.source, name, str(partial.file))
        except jinja2.TemplateSyntaxError as error:
            raise _bad(partial.file, error.lineno, error.message or "it is no template") from None
        for line, why in (*_asks(env, tree, known), *_loads(env, partial.source)):
            raise _bad(partial.file, line, why)


def failure(error: Exception, brand: Brand) -> PartialFailed:
    """What to tell of an error that a page with a brand's partials met."""
    files = {str(partial.file) for partial in brand.partials.values()}
    places = [
        (frame, line) for frame, line in _frames(error) if frame in files or frame.endswith(".html")
    ]
    theirs = [place for place in places if place[0] in files]
    file, line = next(reversed(theirs or places), (str(next(iter(files))), 0))
    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return PartialFailed(place=f"{file}, line {line}", why=" ".join(why.split()).rstrip("."))


def _frames(error: Exception) -> Iterator[tuple[str, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _asks(
    env: jinja2.Environment, tree: nodes.Template, known: set[str]
) -> Iterator[tuple[int, str]]:
    """Names that no template is given, templates that are not there, and escaping switched off."""
    for scope in tree.find_all(nodes.EvalContextModifier):
        yield scope.lineno, "escaping cannot be changed"
    unknown = meta.find_undeclared_variables(tree) - GIVEN - env.globals.keys()
    for asked in tree.find_all(nodes.Name):
        if asked.name in unknown:
            yield asked.lineno, f"'{asked.name}' is not there{_near(asked.name, GIVEN)}"
    for wanted in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        name = getattr(getattr(wanted, "template", None), "value", None)
        if not isinstance(name, str):
            yield wanted.lineno, "the name of a template must be written out"
        elif name not in known:
            yield wanted.lineno, f"there is no template '{name}'{_near(name, known)}"


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f" (the nearest is '{near[0]}')" if near else ""


def _loads(env: jinja2.Environment, source: str) -> Iterator[tuple[int, str]]:
    inspector = _Inspector()
    inspector.feed("".join(_literal(env, source)))
    inspector.close()
    yield from inspector.faults


def _literal(env: jinja2.Environment, source: str) -> Iterator[str]:
    """The template as markup: a value is one letter, the logo a data: URL, lines stay lines."""
    value: list[str] | None = None
    for _, kind, text in env.lex(source):
        if kind == "variable_begin":
            value = []
        elif kind == "variable_end" and value is not None:
            yield "data:logo" if "".join(value).strip() == LOGO else "x"
            value = None
        elif value is not None:
            value.append(text)
        yield text if kind == "data" else "\n" * text.count("\n")


class _Inspector(HTMLParser):
    """Finds what would run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BARRED:
            self._fault(f"a {tag} element cannot stand in a partial")
        for name, value in attrs:
            self._attribute(tag, name.rpartition(":")[2], (value or "").strip().lower())

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if re.match("on[a-z]", name):
            self._fault(f"the handler {name} cannot stand in a partial")
        elif name == "style":
            self._fault("inline style is not applied; write it into css/extra.css")
        elif name in LOADING and not value.startswith("data:"):
            self._fault(f"{name} of {tag} must be a data: URL or {{{{ {LOGO} }}}}")
        elif name == "href" and tag not in {"a", "area"} and not value.startswith(("#", "data:")):
            self._fault(f"href of {tag} must stay within the page")

    def _fault(self, why: str) -> None:
        self.faults.append((self.getpos()[0], why))


def _bad(file: Path, line: int, why: str) -> BadBranding:
    return BadBranding(place=f"{file}, line {line}", why=why.rstrip("."), remedy=REMEDY)
