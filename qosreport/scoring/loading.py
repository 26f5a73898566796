"""Reading and comparing policies: the shipped ones by name, others by path.

A shipped name and version stands for one set of numbers for ever: a file that carries them with
other numbers is refused.
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from qosreport.errors import BadPolicy, MissingFile, UnknownPolicy
from qosreport.scoring.policy import Policy

SHIPPED = ("zoom-network-quality", "strict", "g107-reference")
"""Names of the shipped policies, the default first."""
KNOWN = {
    ("zoom-network-quality", "1.0.0"): (
        "9341279ef4ff2ff389009d4b545c3d60185455b92e1f88e3bab8c3d4a8c5b920"
    ),
    ("strict", "1.0.0"): "6e089809647d9caca8ba0ab1d491be29be06649e787282443f3c09c6fe9cc48d",
    ("g107-reference", "1.0.0"): (
        "9a65bbd4313ae950cbe89a44f09cfd8f63541290a7bead1ec8d249c3da7d6476"
    ),
}
"""SHA-256 of every policy ever shipped, by name and version."""

MOST_REASONS = 3
"""How many faults of one file a message names."""


def load_policy(name_or_path: str | Path) -> Policy:
    """The policy of that name, or of that file.

    Raises:
        UnknownPolicy: Neither a shipped name nor a file.
        BadPolicy: The file is no policy: not TOML, a key unknown or missing, numbers that
            contradict each other, or other numbers than its name and version stand for.
        MissingFile: A shipped file is not in the installation.
    """
    name = str(name_or_path)
    if name in SHIPPED:
        return parse_policy(_shipped_text(name), origin=name)
    path = Path(name_or_path)
    if not path.is_file():
        near = difflib.get_close_matches(name, SHIPPED, n=1)
        raise UnknownPolicy(name=name, hint=f" Did you mean {near[0]}?" if near else "")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPolicy(name=name, why=f"cannot be read ({type(error).__name__})") from None
    return parse_policy(text, origin=name)


def list_policies() -> list[Policy]:
    """The shipped policies, the default first."""
    return [load_policy(name) for name in SHIPPED]


def parse_policy(text: str, *, origin: str) -> Policy:
    """The policy written in `text`; `origin` names it in messages.

    Raises:
        BadPolicy: As `load_policy`.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy(name=origin, why=f"is not valid TOML: {error}") from None
    try:
        policy = Policy.model_validate(tree)
    except ValidationError as error:
        raise BadPolicy(name=origin, why=_why(error)) from None
    _check_sources(policy, origin)
    _check_known(policy, origin)
    return policy


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a nested mapping with its dotted key; a list is one leaf."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def diff_policies(a: Policy, b: Policy) -> list[tuple[str, Any, Any]]:
    """Every key in which two policies differ, sorted, with both values; None where one lacks it."""
    left, right = dict(leaves(a.tree)), dict(leaves(b.tree))
    return [
        (key, left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


def table_of(policy: Policy) -> list[tuple[str, str, str]]:
    """Every number of a policy in words: dotted key, value, source; anchors one point a row."""
    rows = []
    for key, value in leaves(policy.tree):
        if key in {"name", "version"}:
            continue
        if isinstance(value, list) and value and isinstance(value[0], list):
            for point, (left, right) in enumerate(value):
                rows.append((key, f"{left} → {right}", policy.source(key, point)))
        else:
            shown = " to ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((key, shown, policy.source(key)))
    return rows


def _shipped_text(name: str) -> str:
    place = resources.files("qosreport.scoring").joinpath("policies", f"{name}.toml")
    try:
        return place.read_text("utf-8")
    except OSError:
        raise MissingFile(name=f"{name}.toml", places=place.name) from None


def _check_known(policy: Policy, origin: str) -> None:
    known = KNOWN.get((policy.name, policy.version))
    if known is not None and known != policy.sha256:
        why = (
            f"its numbers are not those of {policy.name} {policy.version} (SHA-256 "
            f"{policy.sha256[:8]}, known {known[:8]}); give it another name or version"
        )
        raise BadPolicy(name=origin, why=why)


def _check_sources(policy: Policy, origin: str) -> None:
    """Sources must name numbers that exist; a list of them must have one for each point."""
    numbers = dict(leaves(policy.tree))
    for key, source in leaves(policy.sources):
        if key not in numbers:
            why = f"sources.{key} belongs to no number{_near(key, numbers)}"
            raise BadPolicy(name=origin, why=why)
        parts = source if isinstance(source, list) else [source]
        if not all(isinstance(part, str) for part in parts):
            raise BadPolicy(name=origin, why=f"sources.{key} must be text")
        if isinstance(source, list) and len(source) != _points(numbers[key]):
            raise BadPolicy(name=origin, why=f"sources.{key} must have one text for each point")


def _points(number: object) -> int:
    return len(number) if isinstance(number, list) else 1


def _why(error: ValidationError) -> str:
    sentences = dict.fromkeys(_sentence(detail) for detail in error.errors())
    return "; ".join(list(sentences)[:MOST_REASONS])


def _sentence(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"] if not _is_branch(part))
    if detail["type"] == "extra_forbidden":
        return f"{key} does not exist{_near(key.split('.')[-1], _siblings(detail['loc']))}"
    if detail["type"] == "missing":
        return f"{key} is missing"
    if detail["type"] in {"int_type", "float_type", "finite_number"}:
        return f"{key} must be a number"
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return f"{key}: {reason}" if key else reason


def _is_branch(part: int | str) -> bool:
    """Pydantic names the member of a union it tried; the operator wrote no such key."""
    return part in {"int", "float"}


def _siblings(loc: tuple[int | str, ...]) -> Iterator[str]:
    """Keys that may stand where an unknown one stands."""
    model: type[BaseModel] = Policy
    for part in loc[:-1]:
        field = _fields(model).get(str(part))
        if field is None:
            return
        model = field
    yield from _keys(model)


def _fields(model: type[BaseModel]) -> Mapping[str, type[BaseModel]]:
    found = {}
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found[field.alias or name] = kind
    return found


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
