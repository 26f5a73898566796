"""The command line: options → settings → one pipeline call → paths printed.

Heavy libraries are imported inside the commands, so that `--help` stays instant.
"""

import contextlib
import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from qosreport.cli import (  # they put their commands into main
    delivering,  # noqa: F401
    keeping,  # noqa: F401
    looking,  # noqa: F401
    making,  # noqa: F401
    upkeep,  # noqa: F401
)
from qosreport.cli.group import Session, main
from qosreport.console import Console, guarded
from qosreport.errors import ExitCode

GARBAGE_AFTER = 50_000
"""Objects made, less those gone, after which Python looks for circles among the new ones."""


def run() -> NoReturn:
    """Be the installed command."""
    # Libraries make objects by the hundred thousand that all stay: looking for garbage among them
    # takes a tenth of the time until the first answer.
    gc.set_threshold(GARBAGE_AFTER)
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> ExitCode:
    """Run one command line; every way it can end becomes an exit code."""
    session = Session()

    def work() -> ExitCode:
        # Not `main.main`: it makes an interruption and a reader gone away something of its own.
        try:
            with main.make_context("qosreport", list(arguments), obj=session) as context:
                return ExitCode(main.invoke(context) or 0)
        except click.exceptions.Exit as done:
            return ExitCode(done.exit_code)
        except click.ClickException as error:
            return _usage(session.console, error)

    code = guarded(lambda: session.console, work)
    with contextlib.suppress(KeyboardInterrupt):  # all that mattered is done
        session.end(code)
    return code


def _usage(console: Console, error: click.ClickException) -> ExitCode:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "qosreport"
    return console.usage(f"{error.format_message()} See '{path} --help'.")


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
