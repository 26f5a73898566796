"""Templates and view models know the same names: every field is placed, every name exists."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import jinja2
import pytest

from qosreport.report import assets, environment, html, mail, pdf, render, view
from qosreport.report.result import Bin
from qosreport.report.view.catalogue import one_meeting_entry, week_entry
from qosreport.report.view.layout import PRINT_PAGE
from tests.data.results import gatherings, places, weeks, whatif

MODULES = [
    render,
    *(
        importlib.import_module(m.name)
        for m in pkgutil.walk_packages(view.__path__, "qosreport.report.view.")
        if not m.ispkg
    ),
]
INNER = {
    "Surface", "Layout", "Scale", "Timeline", "Gauge", "Scene", "Room", "Guest", "Holder", "Clock",
    "Days", "IndexEntry", "Listed", "WeekPoint", "_Block", "_Event", "_Explained",
}  # fmt: skip
"""Dataclasses that Python uses itself and hands to no template."""


def view_classes() -> list[type]:
    return [
        thing
        for module in MODULES
        for thing in vars(module).values()
        if inspect.isclass(thing)
        and dataclasses.is_dataclass(thing)
        and thing.__module__ == module.__name__
        and thing.__name__ not in INNER
    ]


class Recording(jinja2.Environment):
    """Remembers which field of which class a template asked for."""

    seen: set[tuple[str, str]]
    handed: set[tuple[str, str]]

    def getattr(self, obj, attribute):
        self.seen.add((type(obj).__name__, attribute))
        return super().getattr(obj, attribute)


def archived() -> list[html.Listed]:
    week, meeting = weeks.every_week()["rich"], gatherings.webinar(20)
    return [
        html.Listed("weeks/W46/r1", 1, week_entry(week, {"html": "w.html", "pdf": "w.pdf"})),
        html.Listed("meetings/m/r1", 1, one_meeting_entry(meeting, {"html": "m.html"})),
    ]


@pytest.fixture(scope="module")
def recording() -> Recording:
    env = environment.build_environment(Recording)
    env.seen, env.handed = set(), set()
    ours = render._rendered

    def rendered(env, template, page, view):
        env.handed.add((template, type(view).__name__))
        return ours(env, template, page, view)

    crowded = gatherings.webinar(60)
    lost = gatherings.regional_leads(minutes_not_shown=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "environment", lambda: env)
        patch.setattr(render, "_rendered", rendered)
        for week in weeks.every_week().values():
            html.weekly_page(week)
            pdf.weekly_job(week)
            mail.as_html(mail.weekly_mail(week, pdf="attached", link="https://x.example/"))
        for meeting in [*gatherings.every_meeting().values(), crowded, lost]:
            html.meeting_page(meeting, week_page="../weekly-2026-W46.html")
            pdf.meeting_job(meeting)
        html.archive_page(archived())
        html.archive_pointer("r1/weekly.html", "Week 46")
        for person in places.every_person().values():
            html.person_page(person, front_page="../index.html")
            pdf.person_job(person)
        for place in places.every_evidence().values():
            html.evidence_page(place, stem="s", front_page="../index.html")
            pdf.evidence_job(place, "s")
        html.whatif_page(whatif.document(), index=True)
        html.index_page([html.weekly_entry(weeks.calm_week(), {"html": "a.html"})])
    return env


@pytest.fixture(scope="module")
def seen(recording) -> set[tuple[str, str]]:
    return recording.seen


def test_every_field_of_every_view_is_placed_by_some_template(seen):
    unused = [
        f"{kind.__name__}.{field.name}"
        for kind in view_classes()
        for field in dataclasses.fields(kind)
        if (kind.__name__, field.name) not in seen
    ]
    placed_by_filter = {"Run.text", "Run.kind"}
    assert set(unused) - placed_by_filter == set()


def test_every_template_is_handed_the_view_that_its_documentation_names(recording):
    text = (Path(__file__).parents[4] / "docs" / "templates.md").read_text("utf-8")
    documented = re.findall(r"^\| `([\w/]+\.html)` \| \[(\w+)\]\(#\w+\) \|$", text, re.MULTILINE)
    assert set(documented) == recording.handed


def test_the_check_of_unused_fields_can_fail(seen):
    assert ("Hero", "verdict") in seen
    assert ("Hero", "nonsense") not in seen


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rsplit(".")[-1])
def test_every_field_of_a_view_is_documented(module):
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    exempt = INNER | {"Frame", "Box", "Shape"}
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        if kind.name in exempt or kind.name.startswith("_"):
            continue
        for field, after in zip(kind.body, [*kind.body[1:], None], strict=True):
            if not isinstance(field, ast.AnnAssign) or _obvious(kind.name, field):
                continue
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            assert documented, f"{kind.name}.{field.target.id}"


def _obvious(kind: str, field: ast.AnnAssign) -> bool:
    """Geometry that its name says."""
    geometry = {"frame", "boxes", "kind", "low", "high", "dot", "length", "grid", "field_box"}
    return kind in {"BandBar", "DotRow", "HarmBar", "Mini", "Lane", "Needles", "Spark"} and (
        field.target.id in geometry
    )


def test_a_name_that_does_not_exist_is_an_error():
    template = render.environment().from_string("{{ view.nonsense }}")
    with pytest.raises(jinja2.UndefinedError):
        template.render(view=Bin(poor=0, people=1))


def test_everything_is_escaped():
    env = render.environment()
    assert env.autoescape is True
    assert env.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def templates() -> list[Path]:
    return sorted(assets.template_dir().rglob("*.html"))


def test_no_template_switches_escaping_off():
    assert len(templates()) > 20
    for template in templates():
        text = template.read_text("utf-8")
        for way in ("|safe", "| safe", "autoescape", "Markup"):
            assert way not in text, f"{template.name}: {way}"


def test_no_template_has_inline_styles_or_handlers():
    for template in templates():
        text = template.read_text("utf-8")
        # Mail readers drop style sheets.
        if template.parent.name != "mail":
            assert "style=" not in text.replace("data-style=", ""), template.name
        assert " on" not in {part[:3] for part in text.split('"') if part.endswith("=")}


def test_the_print_form_has_no_details_and_no_links_to_files():
    assert PRINT_PAGE.more_rows == 0
    assert not PRINT_PAGE.links
