"""LimitRanger: what a limit range gives to containers, and what it refuses.

Source: plugin/pkg/admission/limitranger/admission.go and its tests.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import CLAIM, ServerWorld, refusal

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod
from harness.objects.quota import LimitRange

ANNOTATION = "kubernetes.io/limit-ranger"


def bound(world: ServerWorld, name: str = "bounds", **item: Any) -> LimitRange:
    return world.make(LimitRange, name, spec={"limits": [{"type": "Container", **item}]})


def pod(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **spec: Any) -> dict[str, Any]:
    """A pod whose containers c, d … (and i, j …, which start it) have these requests and limits."""
    named = [
        {"name": name, "image": "app", "resources": given} for name, given in zip("cdef", containers, strict=False)
    ]
    first = [{"name": name, "image": "app", "resources": given} for name, given in zip("ijkl", init, strict=False)]
    return {"containers": named, "initContainers": first, **spec}


def refused(world: ServerWorld, spec: dict[str, Any]) -> str:
    problem = refusal(world.make, Pod, spec=spec)
    assert problem.code == 403
    return problem.message.removeprefix('pods "web" is forbidden: ')


def test_a_limit_range_fills_in_from_its_own_bounds(world: ServerWorld) -> None:
    item = bound(world, max={"cpu": "2", "memory": "1Gi"}, min={"cpu": "50m", "nvidia.com/gpu": "1"}).spec.limits[0]
    assert item.default == {"cpu": "2", "memory": "1Gi"}
    assert item.default_request == {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": "1"}


def test_a_container_gets_what_it_leaves_out_and_the_pod_says_so(world: ServerWorld) -> None:
    bound(world, default={"cpu": "200m", "memory": "64Mi"}, defaultRequest={"cpu": "100m", "memory": "32Mi"})
    made = world.make(Pod, spec=pod({}, {"limits": {"cpu": "1"}}, init=({"requests": {"memory": "1Mi"}},)))
    assert made.metadata.annotations[ANNOTATION] == (
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c; "
        "memory request for container d; memory limit for container d; "
        "cpu request for init container i; cpu, memory limit for init container i"
    )
    first, second = (container.resources for container in made.spec.containers)
    assert (first.requests, first.limits) == ({"cpu": "100m", "memory": "32Mi"}, {"cpu": "200m", "memory": "64Mi"})
    assert (second.requests, second.limits) == ({"cpu": "1", "memory": "32Mi"}, {"cpu": "1", "memory": "64Mi"})
    assert made.status.qos_class == "Burstable"


def test_a_complete_container_is_left_alone(world: ServerWorld) -> None:
    bound(world, default={"cpu": "1"})
    assert world.make(Pod, spec=pod({"limits": {"cpu": "2"}})).metadata.annotations == {}


@pytest.mark.parametrize(
    ("item", "resources", "message"),
    [
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "2"}}, "maximum cpu usage per Container is 1, but limit is 2"),
        (
            {"max": {"memory": "1Gi"}, "default": {"memory": "2Gi"}, "type": "Pod"},
            {},
            "maximum memory usage per Pod is 1Gi.  No limit is specified",
        ),
        (
            {"min": {"cpu": "100m"}},
            {"requests": {"cpu": "50m"}},
            "minimum cpu usage per Container is 100m, but request is 50m",
        ),
        ({"min": {"cpu": "100m"}, "type": "Pod"}, {}, "minimum cpu usage per Pod is 100m.  No request is specified"),
        (
            {"maxLimitRequestRatio": {"memory": "2"}},
            {"requests": {"memory": "1Gi"}, "limits": {"memory": "4Gi"}},
            "memory max limit to request ratio per Container is 2, but provided ratio is 4.000000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "1"}},
            "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {},
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
        ),
        (
            {"min": {"cpu": "50m"}, "maxLimitRequestRatio": {"cpu": "4"}},
            {"requests": {"cpu": "10m"}, "limits": {"cpu": "400m"}},
            "[minimum cpu usage per Container is 50m, but request is 10m, "
            "cpu max limit to request ratio per Container is 4, but provided ratio is 40.000000]",
        ),
    ],
)
def test_what_leaves_the_bounds_is_refused_in_the_servers_words(
    world: ServerWorld, item: dict[str, Any], resources: dict[str, Any], message: str
) -> None:
    if item.get("type") == "Pod":
        item.pop("default", None)
    bound(world, **item)
    assert refused(world, pod(resources)) == message


def test_what_two_containers_have_in_common_is_said_once(world: ServerWorld) -> None:
    bound(world, max={"cpu": "1"})
    given = {"limits": {"cpu": "2"}}
    assert refused(world, pod(given, given)) == "maximum cpu usage per Container is 1, but limit is 2"


def test_a_bound_of_pods_is_for_all_containers_together(world: ServerWorld) -> None:
    bound(world, type="Pod", max={"memory": "1Gi"})
    half = {"limits": {"memory": "600Mi"}}
    assert refused(world, pod(half, half)) == "maximum memory usage per Pod is 1Gi, but limit is 1200Mi"
    assert world.make(Pod, spec=pod(half, init=(half,))).spec.containers


def test_a_claim_is_bounded_when_it_is_made_and_when_it_grows(world: ServerWorld) -> None:
    bound(world, type="PersistentVolumeClaim", min={"storage": "1Gi"}, max={"storage": "5Gi"})
    for size, text in (
        ("10Gi", "maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi"),
        ("1Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"),
    ):
        spec = {**CLAIM, "resources": {"requests": {"storage": size}}}
        problem = refusal(world.make, PersistentVolumeClaim, spec=spec)
        assert problem.message == f'persistentvolumeclaims "web" is forbidden: {text}'
    claim = world.make(PersistentVolumeClaim, spec={**CLAIM, "volumeName": "disk"})
    claim = world.server.update_status(replace(claim, status=replace(claim.status, phase="Bound")))
    resources = replace(claim.spec.resources, requests={"storage": "6Gi"})
    problem = refusal(world.server.update, replace(claim, spec=replace(claim.spec, resources=resources)))
    assert problem.message.endswith("maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi")


def test_pods_that_are_there_are_left_alone(world: ServerWorld) -> None:
    made = world.make(Pod, spec=pod({"limits": {"cpu": "2"}}))
    bound(world, max={"cpu": "1"})
    changed = world.server.update(replace(made, metadata=replace(made.metadata, labels={"a": "b"})))
    assert changed.metadata.labels == {"a": "b"}


def test_a_refused_pod_is_called_by_its_whole_name(world: ServerWorld) -> None:
    bound(world, max={"cpu": "1"})
    problem = refusal(world.make, Pod, "", metadata={"generateName": "web-"}, spec=pod({"limits": {"cpu": "2"}}))
    assert problem.details.name.startswith("web-") and len(problem.details.name) == len("web-12345")


@pytest.mark.parametrize(
    ("item", "problems"),
    [
        ({"type": "Node"}, ['type: Invalid value: "Node": must be a standard limit type or fully qualified']),
        (
            {"type": "Pod", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}},
            [
                "default: Forbidden: may not be specified when `type` is 'Pod'",
                "defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
            ],
        ),
        (
            {"type": "PersistentVolumeClaim"},
            ["limits: Required value: either minimum or maximum storage value is required, but neither was provided"],
        ),
        (
            {"min": {"cpu": "2"}, "max": {"cpu": "1"}},
            [
                'min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
                'defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
                'default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
            ],
        ),
        (
            {"min": {"memory": "512Mi"}, "max": {"memory": "2Gi"}, "maxLimitRequestRatio": {"memory": "10"}},
            ['maxLimitRequestRatio[memory]: Invalid value: "10": ratio 10 is greater than max/min = 4.000000'],
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "800m"}},
            ['maxLimitRequestRatio[cpu]: Invalid value: "800m": ratio 800m is less than 1'],
        ),
    ],
)
def test_a_limit_range_that_contradicts_itself_is_refused(
    world: ServerWorld, item: dict[str, Any], problems: list[str]
) -> None:
    problem = refusal(bound, world, **item)
    assert [str(cause) for cause in problem.details.causes] == [f"spec.limits[0].{text}" for text in problems]
