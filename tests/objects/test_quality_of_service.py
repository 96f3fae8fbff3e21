"""The class of a pod follows from what its containers ask for."""

from __future__ import annotations

import pytest

from harness.objects.pod import Container, PodSpec, ResourceRequirements
from harness.objects.quality_of_service import quality_of_service

BOTH = {"cpu": "500m", "memory": "1Gi"}


def asking(requests: dict[str, str], limits: dict[str, str]) -> ResourceRequirements:
    return ResourceRequirements(requests=requests, limits=limits)


FULL, NONE = asking(BOTH, BOTH), ResourceRequirements()
CASES = [
    ([NONE], "BestEffort"),
    ([asking({"cpu": "0"}, {})], "BestEffort"),
    ([asking({"ephemeral-storage": "1Gi"}, {})], "BestEffort"),
    ([FULL], "Guaranteed"),
    ([asking({"cpu": "0.5", "memory": "1024Mi"}, BOTH)], "Guaranteed"),
    ([FULL, NONE], "Burstable"),
    ([asking({"cpu": "1"}, {})], "Burstable"),
    ([asking({"cpu": "1"}, {"cpu": "1"})], "Burstable"),
    ([asking({"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "1Gi"})], "Burstable"),
]


@pytest.mark.parametrize(("every", "expected"), CASES)
def test_class_follows_from_requests_and_limits(every: list[ResourceRequirements], expected: str) -> None:
    assert quality_of_service(PodSpec(containers=tuple(Container(resources=each) for each in every))) == expected


def test_initial_containers_count() -> None:
    spec = PodSpec(containers=(Container(resources=FULL),), init_containers=(Container(),))
    assert quality_of_service(spec) == "Burstable"


def test_the_pods_own_resources_decide_alone() -> None:
    assert quality_of_service(PodSpec(containers=(Container(),), resources=FULL)) == "Guaranteed"
