"""Settings of scoring: by which policy, and where."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from pydantic import Field, field_validator

from qosreport.settings.base import Section

EngineKind = Literal["local", "processes", "dask", "spark", "polars-remote"]
MOST_PROCESSES = 256
ENGINES = (
    f"local, processes:N (1 to {MOST_PROCESSES}), dask:tcp://HOST:PORT, spark, spark:MASTER or "
    "polars-remote"
)


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and what its text says behind the colon."""

    kind: EngineKind
    argument: str = ""
    """Number of processes, address of the scheduler, or Spark's master; empty if none is said."""
    sent: bool = False
    """Whether workers elsewhere are sent the files they score, or open them in the store."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


def engine_named(text: str) -> EngineChoice:
    """The engine that a text means.

    Raises:
        ValueError: There is none of that name, or not with that behind the colon.
    """
    kind, colon, argument = text.partition(":")
    if kind not in get_args(EngineKind) or bool(colon) != bool(argument):
        raise ValueError(f"'{text}' is no engine; write {ENGINES}")
    choice = EngineChoice(kind, argument)  # type: ignore[arg-type]  # one of them
    if not _complete(choice):
        raise ValueError(f"'{text}' is not how {kind} is written; write {ENGINES}")
    return choice


def _complete(choice: EngineChoice) -> bool:
    """Whether behind the colon stands what this engine needs."""
    if choice.kind == "processes":
        number = choice.argument
        return number.isascii() and number.isdecimal() and 1 <= int(number) <= MOST_PROCESSES
    if choice.kind == "dask":
        scheme, slashes, host = choice.argument.partition("://")
        return bool(scheme and slashes and host)
    return choice.kind == "spark" or not choice.argument


class ScoreSettings(Section):
    """How quality is judged."""

    policy: str = Field(
        "zoom-network-quality",
        description="Name of a shipped policy, or path of a policy file.",
    )
    engine: str = Field(
        "local",
        description=f"Where parts of the store are scored: {ENGINES} (docs/operations.md, "
        "'Engines'). The scores are the same.",
    )
    files: Literal["shared", "sent"] = Field(
        "shared",
        description="How Dask and Spark get at the store: every worker opens it at the same path, "
        "or is sent the files of a part with it.",
    )

    @field_validator("engine")
    @classmethod
    def _engine(cls, value: str) -> str:
        engine_named(value)
        return value

    @property
    def chosen_engine(self) -> EngineChoice:
        """The engine, taken apart."""
        return replace(engine_named(self.engine), sent=self.files == "sent")
