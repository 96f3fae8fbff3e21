"""How a change of a Deployment's size is shared among its replica sets, with the answers of the upstream tests."""

from __future__ import annotations

import pytest

from harness.actors.controllers.deployment import limits
from harness.actors.controllers.deployment.proportions import shared
from harness.objects.apps import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    ReplicaSet,
    ReplicaSetSpec,
    RollingUpdateDeployment,
)
from harness.objects.meta import ObjectMeta
from harness.objects.rollouts import MAX_REPLICAS


def deployment(replicas: int, surge: int | str | None, unavailable: int | str | None) -> Deployment:
    rolling = RollingUpdateDeployment(max_surge=surge, max_unavailable=unavailable)
    strategy = DeploymentStrategy(type="RollingUpdate", rolling_update=rolling)
    return Deployment(spec=DeploymentSpec(replicas=replicas, strategy=strategy))


def replica_set(index: int, replicas: int, most: int) -> ReplicaSet:
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"set-{index}",
            creation_timestamp=f"2026-01-01T00:00:0{index}Z",
            annotations={MAX_REPLICAS: str(most)},
        ),
        spec=ReplicaSetSpec(replicas=replicas),
    )


@pytest.mark.parametrize(
    ("before", "after", "surge", "sizes", "expected"),
    [
        (5, 10, 0, (3, 2), (6, 4)),
        (5, 3, 0, (3, 2), (2, 1)),
        (9, 4, 0, (1, 8), (0, 4)),
        (7, 10, 0, (2, 3, 2), (3, 4, 3)),
        (13, 8, 0, (2, 8, 3), (1, 5, 2)),
        (3, 4, 0, (1, 1, 1), (1, 1, 2)),
        (3, 2, 0, (1, 1, 1), (0, 1, 1)),
        (10, 20, 2, (6, 6), (11, 11)),
        (10, 30, 3, (8, 5), (20, 13)),
        (4, 0, 0, (3, 1), (0, 0)),
    ],
)
def test_each_replica_set_keeps_its_part_of_the_whole(
    before: int, after: int, surge: int, sizes: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    """`sizes` are of the oldest replica set first."""
    found = [replica_set(index, size, before + surge) for index, size in enumerate(sizes)]
    new = {each.metadata.name: size for each, size in shared(deployment(after, surge, 1), found)}
    assert tuple(new[f"set-{index}"] for index in range(len(sizes))) == expected


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (10, "39%", "39%", (4, 3)),
        (10, None, "39%", (0, 3)),
        (10, "39%", None, (4, 0)),
        (10, None, None, (0, 1)),
        (2, 0, "1%", (0, 1)),
        (1, "1%", "25%", (1, 0)),
        (3, 0, 5, (0, 3)),
        (0, "25%", "25%", (0, 0)),
    ],
)
def test_percentages_round_up_for_the_surge_and_down_for_the_unavailable(
    replicas: int, surge: int | str | None, unavailable: int | str | None, expected: tuple[int, int]
) -> None:
    found = deployment(replicas, surge, unavailable)
    assert (limits.max_surge(found), limits.max_unavailable(found)) == expected
