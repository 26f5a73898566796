"""What a page says of what it hides."""

from qosreport.report.result.about import Head, Privacy, WithheldId
from qosreport.report.view import words
from qosreport.report.view.pieces import Notice
from qosreport.report.view.words import prose

_NOUNS: dict[WithheldId, tuple[str, str]] = {
    "meetings": ("meeting", "meetings"),
    "sites": ("site", "sites"),
    "providers": ("provider", "providers"),
    "network_types": ("network type", "network types"),
    "data_centers": ("data centre", "data centres"),
    "client_versions": ("client version", "client versions"),
    "devices": ("kind of device", "kinds of device"),
    "operating_systems": ("operating system", "operating systems"),
    "hours": ("hour of the week", "hours of the week"),
    "figures": ("key figure", "key figures"),
    "causes": ("likely cause", "likely causes"),
    "spells": ("spell of trouble", "spells of trouble"),
    "comparisons": ("comparison", "comparisons"),
    "minutes": ("minute", "minutes"),
}


def shows_groups_only(head: Head) -> bool:
    """Whether small groups are left out, so that lists say nothing of what is not in them."""
    return head.privacy is not None and head.privacy.mode == "aggregate"


def is_whole(head: Head, what: WithheldId) -> bool:
    """Whether no group of a kind is left out."""
    return head.privacy is None or all(one.what != what for one in head.privacy.withheld)


def privacy_notices(head: Head) -> list[Notice]:
    """That names are pseudonyms, or which groups are left out; nothing where all is shown."""
    if head.privacy is None:
        return []
    if head.privacy.mode == "pseudonymous":
        said = (
            "People are named by pseudonyms that stay the same from week to week; topics and hosts "
            "are left out. Whoever runs qosreport can say who is meant."
        )
        return [Notice("Pseudonymous", prose(said))]
    return [Notice("Aggregate", prose(_groups_only(head.privacy)))]


def _groups_only(privacy: Privacy) -> str:
    least = words.spelt(privacy.least_people or 0, "person", "people").removesuffix(" people")
    said = f"No person is shown, and no group under {least} people."
    counts = [words.plural(one.count, *_NOUNS[one.what]) for one in privacy.withheld]
    if not counts:
        return said
    return (
        f"{said} Left out: {words.listing(counts)}. Where a list loses any, the smallest group "
        "that would remain goes too, so that none can be worked out."
    )
