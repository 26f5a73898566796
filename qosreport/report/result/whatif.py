"""The document of a what-if: what other rules would judge differently."""

import datetime as dt
from typing import Literal

from qosreport.report.result.about import Head, Provenance
from qosreport.report.result.parts import Band, Part


class PolicyName(Part):
    """One set of rules."""

    name: str
    version: str
    sha256: str


class Difference(Part):
    """A number in which the two policies differ."""

    key: str
    """Dotted, as `qosreport policy show` prints it."""
    before: str | None
    """Null: the policy has no such number."""
    after: str | None


class Move(Part):
    """How many have one band by the usual rules and one by the others."""

    before: Band
    after: Band
    count: int


class MovedMeeting(Part):
    """A meeting whose band would change."""

    ref: str
    page: str | None
    """Its page by the usual rules, relative to this document; null if there is none."""
    topic: str | None
    start: dt.datetime | None
    before: Band
    after: Band
    connections_changed: int
    connections: int


class WhatIfResult(Part):
    """A period judged by two policies."""

    schema_version: Literal[1] = 1
    kind: Literal["whatif"] = "whatif"
    head: Head
    before: PolicyName
    after: PolicyName
    differences: list[Difference]
    """Every number that differs, by key."""
    meetings: list[Move]
    """Every pair of bands that occurs, also of those that stay."""
    connections: list[Move]
    changed: list[MovedMeeting]
    """Every meeting whose band would change: the largest fall first, then by start."""
    provenance: Provenance
