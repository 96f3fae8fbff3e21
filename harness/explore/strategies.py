"""Hypothesis strategies: plans of small worlds, and the scenarios they stand for.

Owns how likely what is, and towards what an example shrinks: the first and the smallest. Needs the extra `fuzz`.
"""

from __future__ import annotations

from hypothesis import strategies as st

from harness.explore.worlds import (
    ACTS,
    DISK,
    DISKS,
    LATE,
    LATE_DISK,
    MADE,
    MODES,
    POLICIES,
    SHELF,
    Act,
    Plan,
    SetPlan,
    VolumePlan,
    scenario_of,
)
from harness.scenario.model import Scenario

_POLICY = st.sampled_from(("Retain", "Retain", "Delete"))

# What changes a set is done more often than the rest, and pods that can run are more telling than pods that cannot.
_NODES = ("fail node", "recover node", "wait", "add pod")
_ACTS = (*ACTS, *("scale", "set image", "partition") * 3, *("delete pod", "delete claim", "finish pod") * 2, *_NODES)
# What moves disks between nodes, and what keeps them from it.
_DISK_ACTS = (
    *("fail node", "wait", "kill pod", "add pod") * 3,
    *("recover node", "give up node", "delete node", "delete pod", "cordon") * 2,
    *("uncordon", "scale", "trouble driver", "recover driver", "add claim", "grow claim", "delete claim", "finish pod"),
    *("add volume", "free volume", "delete volume", "policy", "turn image", "make set again", "delete set"),
)
_CLAIMS = (SHELF, SHELF, MADE, MADE, LATE, None, None, DISK, DISK, LATE_DISK)


def volumes() -> st.SearchStrategy[VolumePlan]:
    return st.builds(
        VolumePlan,
        gibibytes=st.integers(1, 3),
        storage_class=st.sampled_from((SHELF, SHELF, SHELF, LATE, LATE, DISK)),
        modes=st.sampled_from(MODES),
        policy=st.sampled_from(POLICIES),
        node=st.sampled_from((None, None, None, 1, 2, 3)),
    )


def sets() -> st.SearchStrategy[SetPlan]:
    return st.builds(
        SetPlan,
        replicas=st.sampled_from((2, 3, 1, 4, 0)),
        claim=st.sampled_from(_CLAIMS),
        gibibytes=st.sampled_from((1, 1, 2)),
        parallel=st.booleans(),
        on_delete=st.sampled_from((False, False, False, True)),
        partition=st.sampled_from((0, 0, 1, 2, 3, None)),
        min_ready_seconds=st.sampled_from((0, 0, 0, 5, 20)),
        start=st.sampled_from((0, 0, 0, 2)),
        when_scaled=_POLICY,
        when_deleted=_POLICY,
    )


def acts() -> st.SearchStrategy[Act]:
    return st.builds(
        Act,
        what=st.sampled_from(_ACTS),
        which=st.integers(0, 7),
        number=st.integers(0, 6),
        settle=st.sampled_from((True, True, True, False)),
    )


def disk_plans(most_acts: int = 8) -> st.SearchStrategy[Plan]:
    """Worlds of two or three nodes and a set on disks that move between them, because pods and nodes come and go."""
    return st.builds(
        Plan,
        nodes=st.sampled_from((2, 3)),
        volumes=st.lists(st.builds(VolumePlan, storage_class=st.sampled_from(DISKS)), max_size=2).map(tuple),
        sets=st.builds(
            SetPlan,
            replicas=st.sampled_from((1, 2)),
            claim=st.sampled_from(DISKS),
            parallel=st.booleans(),
            when_scaled=_POLICY,
        ).map(lambda one: (one,)),
        acts=st.lists(
            st.builds(
                Act,
                what=st.sampled_from(_DISK_ACTS),
                which=st.integers(0, 4),
                number=st.integers(0, 5),
                settle=st.sampled_from((True, True, False)),
            ),
            min_size=min(2, most_acts),
            max_size=most_acts,
        ).map(tuple),
    )


def plans(most_acts: int = 8) -> st.SearchStrategy[Plan]:
    """Worlds of up to three nodes, eight volumes and two sets, and up to `most_acts` things done to them."""
    return st.builds(
        Plan,
        nodes=st.integers(1, 3),
        volumes=st.lists(volumes(), max_size=8).map(tuple),
        sets=st.lists(sets(), min_size=1, max_size=2).map(tuple),
        acts=st.lists(acts(), min_size=min(2, most_acts), max_size=most_acts).map(tuple),
    )


def scenarios(most_acts: int = 8) -> st.SearchStrategy[Scenario]:
    """The scenarios of such plans: the values that their files would be read as."""
    return plans(most_acts).map(scenario_of)


def disk_scenarios(most_acts: int = 8) -> st.SearchStrategy[Scenario]:
    """The scenarios of worlds of disks."""
    return disk_plans(most_acts).map(scenario_of)
