"""Store → scores: every part of a period that has none by a policy yet."""

from contextlib import closing
from pathlib import Path

from qosreport.pipeline.editions import editions
from qosreport.pipeline.run import Run
from qosreport.scoring import Policy, engines, load_policy
from qosreport.store import PolicyKey, Store


def chosen_policy(run: Run) -> Policy:
    """The policy the settings name.

    Raises:
        UnknownPolicy, BadPolicy: There is none of that name, or it contradicts itself.
    """
    return load_policy(run.settings.score.policy)


def checked_policy(run: Run) -> Policy:
    """As `chosen_policy`; what else the settings name is looked at, too, before anything is begun.

    Raises:
        SettingsError: Something is wrong with places, brand, privacy or the engine.
    """
    _ = run.places, run.brand, editions(run, Path())
    engines.check(run.settings.score.chosen_engine)
    return chosen_policy(run)


def key_of(policy: Policy) -> PolicyKey:
    """What the store files a policy's scores under."""
    return PolicyKey(policy.name, policy.version, policy.sha256)


def score_parts(store: Store, weeks: list[str], policy: Policy, run: Run) -> int:
    """Score what these partitions hold and this policy has not scored; how many parts that was.

    Raises:
        DiskTrouble: The scores cannot be written; those written before are kept.
        StoreDamaged: A file of a part cannot be read.
        EngineTrouble, SettingsError: The engine of the settings cannot do it.
    """
    parts = store.unscored_parts(key_of(policy), weeks)
    done = engines.scored(run.settings.score.chosen_engine, parts, policy)
    with run.narrator.progress("Scoring", len(parts)) as show, closing(done):
        for number, (part, tables) in enumerate(done, 1):
            store.put_scores(part, key_of(policy), tables)
            show(number)
    return len(parts)
