"""Who a pseudonym stands for: whoever holds the key tries everybody in the store."""

import polars as pl

from qosreport.errors import PseudonymNotKnown
from qosreport.pipeline.run import Run
from qosreport.report.privacy.pseudonyms import is_meant, meeting_label
from qosreport.report.refs import meeting_ref, person_ref
from qosreport.store import Store


def who(run: Run, pseudonym: str) -> list[str]:
    """One line for each person or meeting that a pseudonym or a label may stand for.

    A person: name, address, reference. A meeting: topic, UUID.

    Raises:
        MissingSetting, BadSetting: There is no key.
        PseudonymNotKnown: Nobody in the store has it.
    """
    key = run.settings.privacy.secret()
    with Store.open(run.settings.store.path, create=False, lock=False) as store:
        people = _people(store, key, pseudonym)
        found = people or _meetings(store, pseudonym)
    if not found:
        raise PseudonymNotKnown
    return found


def _people(store: Store, key: bytes, pseudonym: str) -> list[str]:
    known = (
        store.scan("sessions")
        .group_by("person_key")
        .agg(pl.col("name").drop_nulls().last(), pl.col("email").drop_nulls().last())
        .sort("person_key")
        .collect()
    )
    return [
        f"{name or 'no name'}  {email or 'no address'}  {ref}"
        for person_key, name, email in known.iter_rows()
        if is_meant(key, pseudonym, ref := person_ref(person_key))
    ]


def _meetings(store: Store, label: str) -> list[str]:
    wanted = label.strip().lower().removeprefix("meeting").strip()
    known = store.scan("meetings").select("meeting_uuid", "topic").sort("meeting_uuid").collect()
    return [
        f"{topic or 'no topic'}  {uuid}"
        for uuid, topic in known.iter_rows()
        if meeting_label(meeting_ref(uuid)) == f"Meeting {wanted}"
    ]
