"""Two claims never share a volume, and nothing else that must hold of a binding breaks, whoever comes first.

Owns the promise and how often it is tried. The worlds are `explore`'s, the witnesses those of `checks`; that they see
what is wrong, the planted bugs show. A counterexample is printed as a scenario.
"""

from __future__ import annotations

from collections import Counter
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from harness.checks import report
from harness.explore.binding_worlds import binding_scenarios
from harness.explore.shrinking import shrunk
from harness.kernel.chance import Chooser
from harness.runner.session import play
from harness.scenario.model import Scenario
from harness.scenario.writing import to_yaml

EXAMPLES = 2000

HOLDS = (
    "volume-serves-one-claim",
    "claim-and-volume-agree",
    "bound-volume-suits-its-claim",
    "smallest-volume-is-taken",
    "volume-keeps-its-claim",
    "used-volume-is-not-deleted",
    "used-storage-is-protected",
    "late-binding-waits-for-its-pod",
    "pod-runs-where-its-volumes-are",
)
# What a real cluster may choose: an option for each choice in turn.
CHOICES = st.tuples(st.integers(0, 5), st.integers(0, 5))


def chooser(choices: tuple[int, ...]) -> Chooser:
    turns = cycle(choices)
    return lambda _what, count: next(turns) % count


def wrong(scenario: Scenario, choices: tuple[int, ...], tally: Counter[str]) -> list[str]:
    """What does not hold in the scenario, with these choices."""
    found = report(play(scenario, chooser=chooser(choices)), HOLDS)
    tally.update(found.tally)
    return [str(violation) for violation in found.violations]


def told(scenario: Scenario, choices: tuple[int, ...]) -> str:
    """The scenario with nothing left in it that does not matter."""
    small = shrunk(scenario, lambda smaller: bool(wrong(smaller, choices, Counter())))
    return "\n".join([*wrong(small, choices, Counter()), f"with the choices {choices} in", to_yaml(small)])


@pytest.mark.slow
def test_two_claims_never_share_a_volume_under_any_order_of_arrival():
    tally: Counter[str] = Counter()
    failing: list[tuple[Scenario, tuple[int, ...]]] = []

    @settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=tuple(HealthCheck),
    )
    @given(binding_scenarios(), CHOICES)
    def hold(scenario: Scenario, choices: tuple[int, ...]) -> None:
        if not failing and wrong(scenario, choices, tally):
            failing.append((scenario, choices))

    hold()
    assert not failing, told(*failing[0])
    assert [name for name in HOLDS if tally[name] < EXAMPLES // 40] == []
