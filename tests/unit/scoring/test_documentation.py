"""docs/scoring.md against the code: what its examples print, its anchors, and every name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from qosreport.diagnosis.rates import clustered_rate, shrink, wilson
from qosreport.scoring import cpu, flags, load_policy, participants, reference
from qosreport.scoring.loading import SHIPPED
from qosreport.scoring.names import MEDIA, NO_STREAM, UNSCORED
from tests.unit.scoring.support import default

TEXT = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_stands_below_it(code, printed) -> None:
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", printed)


def test_every_example_has_its_output() -> None:
    assert len(EXAMPLES) == TEXT.count("```python") == 2


@pytest.mark.parametrize("medium", MEDIA)
def test_anchors_are_those_of_the_policy(medium) -> None:
    for component, anchors in default().components.of(medium).named().items():
        by_score = {float(y): f"{x:g}" for x, y in anchors}
        cells = " | ".join(by_score[score] for score in (4.5, 4.0, 3.0, 2.0, 1.0))
        assert f"| {medium} | `{component}` | {cells} |\n" in TEXT


@pytest.mark.parametrize(
    "name",
    [
        *UNSCORED, NO_STREAM, participants.TOO_FEW, participants.NO_DATA, *cpu.FLAGS,
        *flags.CODE_OF.values(), *SHIPPED,
    ],
)  # fmt: skip
def test_every_reason_flag_and_policy_is_explained(name) -> None:
    assert f"`{name}`" in TEXT


def test_edges_in_the_text_are_those_of_the_policies() -> None:
    for name, good, fair in (("zoom-network-quality", 2.9, 10.1), ("strict", 1.7, 5.8)):
        edges = [e.value for e in load_policy(name).thresholds() if e.component == "emodel"][:2]
        assert edges == [good, fair]
        assert f"{good} %" in TEXT
        assert f"{fair} %" in TEXT


def test_the_tables_of_the_emodel_are_what_the_formulas_give() -> None:
    model = default().emodel
    losses = [reference.ie_eff(p, bpl=model.bpl) for p in (0, 1, 2, 3, 5, 10, 12, 20)]
    delays = [reference.idd(d) for d in (100, 150, 200, 300, 400, 600)]
    for costs, name in ((losses, "eMOS, no delay"), (delays, "eMOS, no loss")):
        rated = [reference.r_to_mos(model.r0 - cost) for cost in costs]
        assert "| costs R | " + " | ".join(f"{cost:.1f}" for cost in costs) + " |\n" in TEXT
        assert f"| {name} | " + " | ".join(f"{mos:.2f}" for mos in rated) + " |\n" in TEXT


def test_the_examples_of_rates_are_what_the_functions_give() -> None:
    found = clustered_rate([(5, 5), (0, 5), (0, 5), (1, 5)])
    assert [f"{found.deff:.1f}", f"{found.n_eff:.1f}"] == ["5.4", "3.7"]
    for bounds, text in (
        (found, "interval is 6 to 74 %"),
        (wilson(6, 20), "have been 15 to 52 %"),
        (wilson(3, 30), "10 %, 3 to 26 %"),
    ):
        assert f"{100 * bounds.low:.0f} to {100 * bounds.high:.0f} %" in text
        assert text in " ".join(TEXT.split())
    rates = shrink([(3, 3), (12, 50), (1, 40), (2, 60), (0, 25)]).rates
    assert [f"{100 * rate:.0f} %" for rate in rates[:2]] == ["63 %", "23 %"]
    assert "the first becomes 63 %, the second 23 %" in " ".join(TEXT.split())
