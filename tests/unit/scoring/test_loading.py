"""Policy files: found, read, refused with a line that helps, compared."""

import re
from importlib import resources

import pytest

from qosreport.errors import BadPolicy, MissingFile, UnknownPolicy
from qosreport.scoring import diff_policies, list_policies, load_policy, loading
from tests.unit.scoring.support import default


def shipped(name: str = "zoom-network-quality") -> str:
    place = resources.files("qosreport.scoring") / "policies" / f"{name}.toml"
    return place.read_text("utf-8")


def own(text: str) -> str:
    """The shipped text under a name of its own, so that its numbers may differ."""
    return text.replace('name = "zoom-network-quality"', 'name = "mine"')


@pytest.fixture
def write(tmp_path):
    def _write(text: str | bytes):
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return _write


@pytest.mark.parametrize("name", loading.SHIPPED)
def test_every_shipped_policy_is_the_one_its_version_stands_for(name) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert loading.KNOWN[name, policy.version] == policy.sha256
    assert policy.about


def test_the_default_policy_comes_first_in_lists() -> None:
    assert [policy.name for policy in list_policies()] == list(loading.SHIPPED)
    assert list_policies()[0] == default()


@pytest.mark.parametrize("name", loading.SHIPPED)
def test_every_number_of_a_shipped_policy_has_a_source(name) -> None:
    policy = load_policy(name)
    numbers = {key for key, _ in loading.leaves(policy.tree)} - {"name", "version"}
    assert numbers == {key for key, _ in loading.leaves(policy.sources)}


def test_a_file_is_a_policy_like_any_other(write) -> None:
    path = write(own(shipped()).replace("Bpl = 17.3", "Bpl = 10.0"))
    for place in (path, str(path)):
        policy = load_policy(place)
        assert (policy.name, policy.emodel.bpl) == ("mine", 10.0)
        assert policy.source("poor_score") == default().source("poor_score")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Bpl = 17.3", "Bpll = 17.3", "emodel.Bpll does not exist (did you mean Bpl?)"),
        ("Bpl = 17.3", "", "emodel.Bpl is missing"),
        ("Bpl = 17.3", 'Bpl = "x"', "emodel.Bpl must be a number"),
        ("Bpl = 17.3", "Bpl = nan", "emodel.Bpl must be a number"),
        ("[cpu]", "[cqu]", "cqu does not exist (did you mean cqd?)"),
        ("poor_score = 3.0", "poor_score = 2.5", "poor_score must be the lower edge of Fair"),
        (
            "system_elevated = 80.0",
            "system_elevated = 99.0",
            "cpu: system_elevated must not exceed system_high",
        ),
        (
            "[[0, 4.5], [40, 4.0], [60, 3.0]",
            "[[0, 4.5], [60, 4.0], [40, 3.0]",
            "components.audio: jitter_ms: the measure must increase from anchor to anchor",
        ),
        ("[sources.cpu]", "[sources.cpq]", "belongs to no number (did you mean cpu."),
        ('confidence = "Convention"', "confidence = 5", "sources.stats.confidence must be text"),
        (
            '  "No jitter",\n',
            "",
            "sources.components.audio.jitter_ms must have one text for each point",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(write, old, new, why) -> None:
    text = own(shipped())
    assert old in text
    path = write(text.replace(old, new, 1))
    with pytest.raises(BadPolicy) as refused:
        load_policy(path)
    assert why in refused.value.facts["why"]
    assert refused.value.facts["name"] == str(path)
    assert "pydantic" not in str(refused.value)


def test_of_many_faults_only_the_first_are_named(write) -> None:
    text = re.sub(r"(?m)^(Bpl|Ie|R0|mT|sT) = .*\n", "", own(shipped()))
    with pytest.raises(BadPolicy) as refused:
        load_policy(write(text))
    assert refused.value.facts["why"].count("is missing") == loading.MOST_REASONS


def test_a_known_version_with_other_numbers_is_refused(write) -> None:
    path = write(shipped().replace("fdr_q = 0.1", "fdr_q = 0.2"))
    with pytest.raises(BadPolicy, match=r"known 9341279e\); give it another name or version"):
        load_policy(path)


def test_the_same_number_written_otherwise_is_another_policy(write) -> None:
    path = write(shipped().replace("latency_ms = 150", "latency_ms = 150.0"))
    with pytest.raises(BadPolicy, match=r"not those of zoom-network-quality 1\.0\.0"):
        load_policy(path)


def test_a_better_worded_source_is_the_same_policy(write) -> None:
    path = write(shipped().replace('confidence = "Convention"', 'confidence = "Custom"'))
    assert load_policy(path).sha256 == default().sha256


@pytest.mark.parametrize(
    ("text", "why"), [("name = ", "is not valid TOML"), (b"\xff\xfe", "UnicodeDecodeError")]
)
def test_what_cannot_be_read_is_no_policy(write, text, why) -> None:
    with pytest.raises(BadPolicy, match=why):
        load_policy(write(text))


def test_a_name_nobody_knows_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownPolicy, match=r"no policy 'strikt'\. Did you mean strict\?"):
        load_policy("strikt")
    with pytest.raises(UnknownPolicy, match="no policy 'x'\\. 'qosreport policy list'"):
        load_policy("x")


def test_a_directory_is_no_policy(tmp_path) -> None:
    with pytest.raises(UnknownPolicy):
        load_policy(tmp_path)


def test_an_installation_without_its_policies_says_so(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(loading.resources, "files", lambda _: tmp_path)
    with pytest.raises(MissingFile, match=r"strict\.toml is missing"):
        load_policy("strict")


def test_a_difference_is_every_key_with_both_values() -> None:
    assert diff_policies(default(), load_policy("strict")) == [
        (
            "components.audio.jitter_ms",
            [[0, 4.5], [40, 4.0], [60, 3.0], [100, 2.0], [200, 1.0]],
            [[0, 4.5], [30, 4.0], [50, 3.0], [80, 2.0], [150, 1.0]],
        ),
        ("emodel.Bpl", 17.3, 10.0),
        ("name", "zoom-network-quality", "strict"),
    ]
    assert diff_policies(default(), default()) == []


def test_a_key_only_one_policy_has_differs_from_none() -> None:
    found = {key: (a, b) for key, a, b in diff_policies(default(), load_policy("g107-reference"))}
    assert found["components.share.latency_ms"] == (
        [[0, 4.5], [250, 4.0], [500, 3.0], [1000, 2.0], [3000, 1.0]],
        None,
    )
    assert found["emodel.Bpl"] == (17.3, 25.1)
