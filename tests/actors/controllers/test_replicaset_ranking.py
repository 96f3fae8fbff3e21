"""Which pods a ReplicaSet gives up first."""

from __future__ import annotations

from typing import Any

import pytest

from harness.actors.controllers.replicaset.ranking import Ranking
from harness.kernel.clock import Clock
from harness.objects.deletion_cost import COST
from harness.objects.meta import ObjectMeta
from harness.objects.pod import ContainerStatus, Pod, PodCondition, PodSpec, PodStatus

NOW_MS = 1_000_000
CREATED = "1970-01-01T00:00:00Z"


def pod(
    name: str,
    *,
    node: str = "node-1",
    phase: str = "Running",
    ready: str = "1970-01-01T00:01:00Z",
    cost: str = "",
    restarts: int = 0,
    created: str = CREATED,
) -> Pod:
    conditions = (
        PodCondition(type="Ready", status="True" if ready else "False", last_transition_time=ready or CREATED),
    )
    return Pod(
        metadata=ObjectMeta(name=name, uid=name, creation_timestamp=created, annotations={COST: cost} if cost else {}),
        spec=PodSpec(node_name=node),
        status=PodStatus(
            phase=phase,
            conditions=conditions,
            container_statuses=(ContainerStatus(name="c", restart_count=restarts),),
        ),
    )


def by_uid(*pods: Pod) -> dict[str, Pod | None]:
    return {each.metadata.uid: each for each in pods}


def order(*pods: Pod, **crowd: int) -> list[str]:
    clock = Clock(0)
    clock.now_ms = NOW_MS
    counted: dict[str, int] = {name.replace("_", "-"): count for name, count in crowd.items()}
    return [each.metadata.name for each in Ranking(clock).first("owner", by_uid(*pods), counted, len(pods))]


@pytest.mark.parametrize(
    ("kept", "first"),
    [
        ({}, {"node": "", "phase": "Pending", "ready": ""}),
        ({}, {"phase": "Pending", "ready": ""}),
        ({"phase": "Unknown"}, {"phase": "Pending"}),
        ({}, {"ready": ""}),
        ({"cost": "100"}, {}),
        ({}, {"cost": "-5"}),
        ({"cost": "-100"}, {"ready": "", "cost": "100"}),
        ({}, {"ready": "1970-01-01T00:16:00Z"}),
        ({}, {"restarts": 3}),
        ({}, {"created": "1970-01-01T00:16:00Z"}),
    ],
)
def test_the_pod_that_is_missed_least_goes_first(kept: dict[str, Any], first: dict[str, Any]) -> None:
    assert order(pod("a", **kept), pod("b", **first)) == ["b", "a"]


def test_of_ready_pods_one_on_the_more_crowded_node_goes_first() -> None:
    assert order(pod("a", node="node-1"), pod("b", node="node-2"), node_1=1, node_2=2) == ["b", "a"]


def test_pods_ready_for_about_as_long_go_in_the_order_of_their_uids() -> None:
    younger = "1970-01-01T00:01:10Z"
    assert order(pod("b", ready=younger), pod("a")) == ["a", "b"]


@pytest.mark.parametrize("cost", ["+1", "1.5", "many", "01", "9999999999"])
def test_a_cost_that_is_no_number_of_32_bits_counts_as_none(cost: str) -> None:
    assert order(pod("a"), pod("b", cost=cost), pod("c", cost="-1"))[0] == "c"
    assert order(pod("b", cost=cost), pod("a", cost="1"))[0] == "b"


def test_restarts_decide_among_pods_that_became_ready_together() -> None:
    earlier = "1970-01-01T00:00:50Z"
    assert order(pod("a"), pod("b", ready=earlier), pod("c", restarts=1), pod("d", ready=earlier)) == [
        "b",
        "c",
        "a",
        "d",
    ]


def test_a_pod_that_changed_is_ranked_anew_and_one_that_is_gone_no_more() -> None:
    clock = Clock(0)
    clock.now_ms = NOW_MS
    ranking = Ranking(clock)
    unready = pod("b", ready="")
    assert ranking.first("owner", by_uid(pod("a"), pod("b")), {}, 1) == [pod("a")]
    assert ranking.first("owner", by_uid(unready), {}, 2) == [unready, pod("a")]
    assert ranking.first("owner", {"b": None}, {}, 2) == [pod("a")]
