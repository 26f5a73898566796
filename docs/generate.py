"""Write the parts of the documentation that the code itself knows. Run by `make docs`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; `tests/test_docs.py` fails
when one is out of date.
"""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
from jinja2 import meta

from qosreport import cli, errors, settings, tables
from qosreport.report import assets, environment, render
from qosreport.report.branding import texts
from qosreport.report.branding.load import ours
from qosreport.report.result import quoting
from qosreport.report.view.archive import ArchiveView
from qosreport.report.view.evidence.page import EvidenceView
from qosreport.report.view.mail import MailView
from qosreport.report.view.meeting.page import MeetingView
from qosreport.report.view.person.page import PersonView
from qosreport.report.view.pieces import Link
from qosreport.report.view.rows import ListPage
from qosreport.report.view.week.page import WeeklyView
from qosreport.zoom import endpoints

ROOT = Path(__file__).parent.parent
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXIT_CODES = {
    errors.ExitCode.DONE: "Done.",
    errors.ExitCode.GAPS: "Done with gaps, each named on stderr.",
    errors.ExitCode.USAGE: "The command line asks for something that cannot be.",
    errors.ExitCode.UNAVAILABLE: "Zoom, mail server, archive or engine cannot be reached.",
    errors.ExitCode.BUG: "A bug; the crash log is named on stderr.",
    errors.ExitCode.CANNOT_WRITE: "Store, output directory or archive cannot be written.",
    errors.ExitCode.TRY_LATER: "Try again later: the daily limit (it says when), or another run.",
    errors.ExitCode.REFUSED: "Zoom or the mail server refuses: credentials, plan, scope or sender.",
    errors.ExitCode.SETTINGS: "A setting or a policy is wrong.",
    errors.ExitCode.INTERRUPTED: "Interrupted; everything committed before is kept.",
}

PAGES: dict[str, type] = {
    "weekly.html": WeeklyView,
    "weekly_print.html": WeeklyView,
    "meeting.html": MeetingView,
    "meeting_print.html": MeetingView,
    "person.html": PersonView,
    "person_print.html": PersonView,
    "evidence.html": EvidenceView,
    "evidence_print.html": EvidenceView,
    "lists.html": ListPage,
    "archive.html": ArchiveView,
    "archive_pointer.html": Link,
    "mail/report.html": MailView,
}
"""What each template is handed as `view`; `lists.html` is the front page and the what-if."""

NEEDED_FOR = {
    "list": "always",
    "participants": "always",
    "qos": "always",
    "detail": "`meeting`",
    "participant_qos": "`meeting --participant`, and to mend gaps",
    "sharing": "`meeting`; with `zoom.sharing`",
    "satisfaction": "`meeting`; with `zoom.ratings`",
}


def exit_codes() -> Iterator[str]:
    """The table of exit codes."""
    yield from ("| code | meaning |", "|--:|---|")
    for code in errors.ExitCode:
        yield f"| {code.value} | {EXIT_CODES[code]} |"


def settings_table() -> Iterator[str]:
    """Every setting, by section."""
    yield from ("| setting | environment | default | meaning |", "|---|---|---|---|")
    for key, leaf in settings.fields():
        yield (
            f"| `{key}` | `{settings.environment_name(key)}` | {_default(leaf)} "
            f"| {leaf.description}{_choices(leaf)} |"
        )


def messages() -> Iterator[str]:
    """Every expected failure, by what to do about it."""
    for group in errors.QosreportError.__subclasses__():
        leaves = group.__subclasses__() or [group]
        yield f"## {group.__doc__.splitlines()[0] if group.__doc__ else group.__name__}"
        yield ""
        for leaf in leaves:
            yield f"### {leaf.slug}"
            yield ""
            yield f"Exit code {leaf.exit_code.value}. {leaf.__doc__}"
            yield ""
            for label, text in (("says", leaf.what), ("what to do", leaf.do), ("lost", leaf.lost)):
                if text:
                    yield f"- {label}: {text}"
            yield ""


def data_dictionary() -> Iterator[str]:
    """Every table with every column."""
    for table in (*tables.PULLED.values(), *tables.SCORED.values()):
        yield f"### {table.name}"
        yield ""
        yield f"One row per {table.row}. Key: {', '.join(f'`{name}`' for name in table.key)}."
        yield ""
        yield from ("| column | type | unit | null | meaning |", "|---|---|---|---|---|")
        for column in table.columns:
            null = "never" if column.required else "missing"
            yield (
                f"| `{column.name}` | {_dtype(column.dtype)} | {column.unit} | {null} "
                f"| {column.meaning} |"
            )
        yield ""


def scopes() -> Iterator[str]:
    """Every scope of the Zoom app, with what asks for it."""
    yield from ("| scope | for | needed |", "|---|---|---|")
    rows: dict[str, list[endpoints.Endpoint]] = {}
    for endpoint in endpoints.ENDPOINTS.values():
        rows.setdefault(endpoint.granular, []).append(endpoint)
    for scope, asked in rows.items():
        titles = "; ".join(endpoint.title for endpoint in asked)
        yield f"| `{scope}` | {titles} | {_needed(asked[0])} |"


def commands() -> Iterator[str]:
    """The help of every command, as it prints."""
    for context in _walk(cli.main, "qosreport", None):
        yield f"### {context.command_path}"
        yield ""
        yield "```text"
        yield context.get_help()
        yield "```"
        yield ""


def brand_keys() -> Iterator[str]:
    """The keys of `brand.toml`."""
    yield from ("| key | default | meaning |", "|---|---|---|")
    for key, leaf in texts.Texts.model_fields.items():
        yield f"| `{key}` | {_default(leaf)} | {leaf.description} |"


def figure_keys() -> Iterator[str]:
    """What tells the elements of each list of a document apart."""
    yield from ("| list | its elements are told apart by |", "|---|---|")
    for path, key in quoting.KEYS.items():
        yield f"| `{path}` | {', '.join(f'`{field}`' for field in key)} |".replace(
            "|name", "` or `name"
        )


def partials() -> Iterator[str]:
    """Every partial that may be replaced: what it is, and which templates use it."""
    users: dict[str, list[str]] = {name: [] for name in ours()}
    for template in PAGES:
        for name in _used(template):
            users.get(name, []).append(template)
    yield from ("| partial | what it is | used by |", "|---|---|---|")
    for name, by in users.items():
        text = assets.read_text(name)
        about = text[text.index("{#-") + 3 : text.index("-#}")].strip()
        yield f"| `{name}` | {about} | {', '.join(f'`{one}`' for one in by)} |"


def pages() -> Iterator[str]:
    """Every template of a page, with the class of its view."""
    yield from ("| template | its `view` |", "|---|---|")
    for template, kind in PAGES.items():
        yield f"| `{template}` | {_linked(kind.__name__)} |"


def views() -> Iterator[str]:
    """Every class that a template is handed, with its fields."""
    for kind in _reached([render.Page, *PAGES.values()]):
        yield f"### {kind.__name__}"
        yield ""
        yield inspect.cleandoc(kind.__doc__ or "")
        yield ""
        yield from ("| field | type | meaning |", "|---|---|---|")
        for name, annotation, meaning in _members(kind):
            yield f"| `{name}` | {_linked(annotation)} | {meaning} |"
        yield ""


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    part.__name__: part
    for part in (
        exit_codes, settings_table, messages, data_dictionary, scopes, commands,
        brand_keys, figure_keys, pages, partials, views,
    )
}  # fmt: skip


def generated(text: str) -> str:
    """The text with every generated part made anew."""
    return PART.sub(lambda m: m[1] + "\n".join(PARTS[m[2]]()).rstrip() + "\n" + m[3], text)


def _needed(endpoint: endpoints.Endpoint) -> str:
    whether = "" if endpoint.kind == "meeting" else ", where webinars are pulled"
    return NEEDED_FOR[endpoint.name] + whether


def _walk(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[click.Context]:
    context = click.Context(command, parent, name, **command.context_settings)
    yield context
    if isinstance(command, click.Group):
        for child_name, child in sorted(command.commands.items()):
            yield from _walk(child, child_name, context)


def _default(leaf: Any) -> str:  # noqa: ANN401 -- a pydantic field
    if leaf.default is None:
        return "not set"
    if leaf.default in ((), {}):
        return "empty"
    text = str(leaf.default).lower() if isinstance(leaf.default, bool) else str(leaf.default)
    return f"`{text}`" if text else "empty"


def _choices(leaf: Any) -> str:  # noqa: ANN401 -- a pydantic field
    values = [value for value in get_args(leaf.annotation) if isinstance(value, str)]
    return f" One of {', '.join(f'`{value}`' for value in values)}." if values else ""


def _dtype(dtype: Any) -> str:  # noqa: ANN401 -- any polars type
    text = str(dtype)
    return "Enum: " + ", ".join(dtype.categories) if text.startswith("Enum") else text


def _used(template: str) -> set[str]:
    """Templates that a template includes, imports or extends, and those that these do."""
    env = environment.environment()
    found, left = set[str](), [template]
    while left:
        tree = env.parse(assets.read_text(left.pop()))
        new = {name for name in meta.find_referenced_templates(tree) if name} - found
        found |= new
        left += new
    return found


def _reached(kinds: list[type]) -> list[type]:
    """These dataclasses and those that their fields lead to, in order of reading."""
    found: list[type] = []
    left = kinds[::-1]
    while left:
        kind = left.pop()
        if kind in found:
            continue
        found.append(kind)
        hints = get_type_hints(kind)
        left += [
            inner for field in dataclasses.fields(kind) for inner in _inner(hints[field.name])
        ][::-1]
    return found


def _inner(hint: Any) -> Iterator[type]:  # noqa: ANN401 -- any type
    if inspect.isclass(hint) and dataclasses.is_dataclass(hint):
        yield hint
    for argument in get_args(hint):
        yield from _inner(argument)


def _members(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of each public field and property."""
    (tree,) = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            said = after.value if isinstance(after, ast.Expr) else None
            meaning = inspect.cleandoc(str(said.value)) if isinstance(said, ast.Constant) else ""
            yield ast.unparse(node.target), ast.unparse(node.annotation), " ".join(meaning.split())
        elif isinstance(node, ast.FunctionDef) and node.returns and _is_property(node):
            meaning = ast.get_docstring(node) or ""
            yield node.name, ast.unparse(node.returns), " ".join(meaning.split())


def _is_property(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(one).endswith("property") for one in node.decorator_list)


def _linked(annotation: str) -> str:
    """A type, every class that the page explains linked to where it does."""
    known = {kind.__name__ for kind in _reached([render.Page, *PAGES.values()])}
    parts = re.split(r"(\w+)", annotation.replace("|", "or"))
    return "".join(f"[{p}](#{p.lower()})" if p in known else p for p in parts).replace("'", "`")


if __name__ == "__main__":
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        before = file.read_text("utf-8")
        after = generated(before)
        if before != after:
            file.write_text(after, "utf-8")
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")
