"""Commands that show or check settings and policies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from qosreport.cli.group import Session, main
from qosreport.errors import ExitCode


@main.group()
def config() -> None:
    """Show, check or begin the settings."""


@config.command("show")
@click.pass_obj
def config_show(session: Session) -> ExitCode:
    """Every setting, its value and where it came from; secrets masked."""
    from qosreport import settings

    loaded = session.load()
    rows = []
    for key, _ in settings.fields():
        section, _, name = key.partition(".")
        value: Any = getattr(getattr(loaded.settings, section), name)
        rows.append((key, _shown(value), loaded.origins.get(key, "default")))
    session.console.table(("setting", "value", "from"), rows)
    return ExitCode.DONE


def _shown(value: Any) -> str:  # noqa: ANN401 -- any setting
    if isinstance(value, Mapping):
        return ", ".join(f"{one} = {_shown(name)}" for one, name in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@config.command("check")
@click.pass_obj
def config_check(session: Session) -> ExitCode:
    """Check settings, time zone and policy without asking anyone."""
    from qosreport.pipeline import checks

    return session.finish(checks.check(session.run()))


@config.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="qosreport.toml")
@click.pass_obj
def config_init(session: Session, file: Path) -> ExitCode:
    """Write a settings file with every setting, its meaning and its default."""
    from qosreport.pipeline import checks

    return session.finish(checks.write_settings(file))


@main.group()
def policy() -> None:
    """Look at scoring policies."""


@policy.command("list")
@click.pass_obj
def policy_list(session: Session) -> ExitCode:
    """The policies shipped."""
    from qosreport.scoring import list_policies

    rows = [(p.name, p.version, p.sha256[:12], p.about) for p in list_policies()]
    session.console.table(("name", "version", "sha256", "what for"), rows)
    return ExitCode.DONE


@policy.command("show")
@click.argument("name", metavar="NAME|FILE", required=False)
@click.pass_obj
def policy_show(session: Session, name: str | None) -> ExitCode:
    """Every number of a policy with its source."""
    from qosreport.scoring import load_policy, table_of

    shown = load_policy(name or session.load().settings.score.policy)
    session.console.data(f"{shown.name} {shown.version} sha256 {shown.sha256}")
    session.console.table(("key", "value", "source"), table_of(shown))
    return ExitCode.DONE


@policy.command("diff")
@click.argument("one", metavar="NAME|FILE")
@click.argument("other", metavar="NAME|FILE")
@click.pass_obj
def policy_diff(session: Session, one: str, other: str) -> ExitCode:
    """What differs between two policies."""
    from qosreport.scoring import diff_policies, load_policy

    rows = diff_policies(load_policy(one), load_policy(other))
    session.console.table(("key", one, other), [tuple(map(str, row)) for row in rows])
    return ExitCode.DONE
