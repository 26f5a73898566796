"""Write the parts of the documentation that the code itself knows. Run by `make docs`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; `tests/test_docs.py` fails
when one is out of date.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import click

from qosreport import cli, errors, settings, tables
from qosreport.zoom import endpoints

ROOT = Path(__file__).parent.parent
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXIT_CODES = {
    errors.ExitCode.DONE: "Done.",
    errors.ExitCode.GAPS: "Done with gaps, each named on stderr.",
    errors.ExitCode.USAGE: "The command line asks for something that cannot be.",
    errors.ExitCode.UNAVAILABLE: "Zoom, the mail server or the archive cannot be reached.",
    errors.ExitCode.BUG: "A bug; the crash log is named on stderr.",
    errors.ExitCode.CANNOT_WRITE: "Store, output directory or archive cannot be written.",
    errors.ExitCode.TRY_LATER: "Try again later: the daily limit (it says when), or another run.",
    errors.ExitCode.REFUSED: "Zoom or the mail server refuses: credentials, plan, scope or sender.",
    errors.ExitCode.SETTINGS: "A setting or a policy is wrong.",
    errors.ExitCode.INTERRUPTED: "Interrupted; everything committed before is kept.",
}

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


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    part.__name__: part
    for part in (exit_codes, settings_table, messages, data_dictionary, scopes, commands)
}


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


if __name__ == "__main__":
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        before = file.read_text("utf-8")
        after = generated(before)
        if before != after:
            file.write_text(after, "utf-8")
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")
