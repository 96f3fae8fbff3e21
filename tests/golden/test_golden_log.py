"""The log of a step: what is told, in which words, and what is left out."""

from __future__ import annotations

from msgspec.structs import replace
from outcomes import Story, named, pod

from harness.golden.text import render
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus
from harness.objects.meta import ObjectReference, OwnerReference
from harness.objects.node import Node, NodeSpec, Taint
from harness.objects.pod import (
    Container,
    ContainerState,
    ContainerStateWaiting,
    ContainerStatus,
    PodSpec,
    PodStatus,
    PodTemplateSpec,
)
from harness.objects.service import Endpoint, EndpointConditions, EndpointSlice
from harness.objects.statefulset import (
    RollingUpdateStatefulSetStrategy,
    StatefulSet,
    StatefulSetSpec,
    StatefulSetStatus,
    StatefulSetUpdateStrategy,
)
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus


def told(story: Story) -> list[str]:
    """The log of the last step, gaps between columns brought to two blanks."""
    import yaml

    document = yaml.safe_load(render(story.outcome(), path="scenarios/x.yaml"))
    lines = (document["steps"][-1].get("log") or "").splitlines()
    return ["  ".join(part.strip() for part in line.split("  ") if part.strip()) for line in lines]


def stateful_set(image: str = "app:v1", replicas: int = 3, partition: int = 0, **status: object) -> StatefulSet:
    rolling = RollingUpdateStatefulSetStrategy(partition=partition)
    template = PodTemplateSpec(spec=PodSpec(containers=(Container(name="c", image=image),)))
    return StatefulSet(
        metadata=named("web"),
        spec=StatefulSetSpec(
            replicas=replicas,
            template=template,
            update_strategy=StatefulSetUpdateStrategy(type="RollingUpdate", rolling_update=rolling),
        ),
        status=StatefulSetStatus(**status),  # type: ignore[arg-type]
    )


def claim(phase: str = "Pending", volume: str = "") -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=named("data"),
        spec=PersistentVolumeClaimSpec(volume_name=volume),
        status=PersistentVolumeClaimStatus(phase=phase),
    )


def volume(phase: str, claim_uid: str | None = None) -> PersistentVolume:
    reference = ObjectReference(namespace="default", name="data", uid=claim_uid) if claim_uid is not None else None
    return PersistentVolume(
        metadata=named("pv1", ""),
        spec=PersistentVolumeSpec(claim_ref=reference),
        status=PersistentVolumeStatus(phase=phase),
    )


def test_a_pod_goes_from_created_to_deleted() -> None:
    story = Story()
    story.happens(pod(), at_ms=1)
    story.happens(pod(node_name="node-1"), at_ms=2)
    story.happens(pod(node_name="node-1", phase="Running", ready=True), at_ms=1000)
    gone = pod(node_name="node-1", phase="Running", ready=True)
    leaving = replace(gone.metadata, deletion_timestamp="2026-01-01T00:00:01Z", deletion_grace_period_seconds=30)
    story.happens(replace(gone, metadata=leaving), at_ms=61_000)
    story.vanishes(replace(gone, metadata=leaving), at_ms=61_250)
    assert told(story) == [
        "+0.001s  pod/p  created",
        "+0.002s  pod/p  scheduled on node-1",
        "+1.000s  pod/p  Running, ready",
        "+61.000s  pod/p  terminating, 30s to stop",
        "+61.250s  pod/p  deleted",
    ]


def test_times_are_relative_to_the_step() -> None:
    story = Story()
    story.happens(pod("a"), at_ms=5)
    story.step(settled_ms=60_000)
    story.happens(pod("b"), at_ms=60_002)
    assert told(story) == ["+0.002s  pod/b  created"]


def test_an_event_stands_beside_what_it_speaks_of() -> None:
    story = Story()
    story.happens(pod("web-0"), at_ms=3)
    story.says(stateful_set(), "SuccessfulCreate", "Create Pod web-0 in StatefulSet web successful")
    assert told(story) == [
        "+0.003s  pod/web-0  created  SuccessfulCreate  Create Pod web-0 in StatefulSet web successful"
    ]


def test_an_event_at_another_time_stands_alone() -> None:
    story = Story()
    story.happens(pod(), at_ms=3)
    story.says(pod(), "FailedScheduling", "0/3 nodes are available", "Warning", at_ms=4)
    assert told(story)[1] == "+0.004s  pod/p  ! FailedScheduling  0/3 nodes are available"


def test_a_raised_count_is_no_line() -> None:
    story = Story()
    story.says(pod(), "Unhealthy", "probe failed", "Warning")
    event = story.outcome().steps[0].records[0].subject
    story.step()
    story._records.append(Record(99, 500, "MODIFIED", replace(event, count=2), event))
    assert told(story) == []


def test_a_message_of_several_lines_stays_on_one() -> None:
    story = Story()
    story.says(pod(), "Failed", "first\nsecond\tthird")
    assert told(story) == ["+0.000s  pod/p  Failed  first second third"]


def test_binding_is_told_from_both_sides_without_the_steps_between() -> None:
    story = Story()
    story.happens(claim())
    story.happens(volume("Available"))
    story.step()
    story.happens(volume("Available", "uid-data"), at_ms=60_001)
    story.happens(volume("Bound", "uid-data"), at_ms=60_002)
    story.happens(claim("Pending", "pv1"), at_ms=60_003)
    story.happens(claim("Bound", "pv1"), at_ms=60_004)
    assert told(story) == ["+0.002s  pv/pv1  Bound to pvc/data", "+0.004s  pvc/data  Bound to pv1"]


def test_a_volume_taken_but_not_bound_is_told() -> None:
    story = Story()
    story.happens(volume("Available"))
    story.happens(volume("Available", "uid-data"), at_ms=1)
    assert told(story)[-1] == "+0.001s  pv/pv1  taken for pvc/data"


def test_a_bound_claim_that_takes_over_other_modes_says_so() -> None:
    def bound(*modes: str) -> PersistentVolumeClaim:
        return replace(claim(), status=PersistentVolumeClaimStatus(phase="Bound", access_modes=modes))

    story = Story()
    story.happens(bound("ReadWriteOnce"))
    story.step(settled_ms=0)
    story.happens(bound("ReadWriteOnce", "ReadWriteMany"))
    assert told(story) == ["+0.000s  pvc/data  accessModes [ReadWriteOnce] -> [ReadWriteOnce, ReadWriteMany]"]


def test_changes_of_a_spec_are_told_in_the_fields_words() -> None:
    story = Story()
    story.happens(stateful_set())
    story.step(settled_ms=0)
    story.happens(stateful_set("app:v2", 5, 2))
    assert told(story) == [
        "+0.000s  sts/web  replicas 3 -> 5",
        "+0.000s  sts/web  image c: app:v1 -> app:v2",
        "+0.000s  sts/web  partition 0 -> 2",
    ]


def test_counts_name_both_revisions_while_there_are_two() -> None:
    story = Story()
    story.happens(stateful_set())
    story.happens(stateful_set(replicas=3, current_revision="web-a", update_revision="web-a"))
    steady = {"ready_replicas": 3, "available_replicas": 3, "current_revision": "web-a"}
    story.happens(stateful_set(**steady, update_revision="web-a"))
    story.happens(stateful_set(**steady, update_revision="web-b", current_replicas=2, updated_replicas=1))
    assert [line.split("  ", 2)[2] for line in told(story)[1:]] == [
        "revision web-a becomes the current and the update revision",
        "0 pods, 3 ready",
        "revision web-b becomes the update revision",
        "0 pods, 3 ready, 2 current, 1 updated",
    ]


def test_a_container_that_waits_says_why() -> None:
    story = Story()
    story.happens(pod())
    waiting = ContainerState(waiting=ContainerStateWaiting(reason="CrashLoopBackOff"))
    status = PodStatus(phase="Running", container_statuses=(ContainerStatus(name="c", state=waiting, restart_count=2),))
    story.happens(replace(pod(), status=status), at_ms=10)
    assert told(story)[-1] == "+0.010s  pod/p  Running, c restarted (restart 2), c: CrashLoopBackOff"


def test_what_holds_an_object_back_is_named() -> None:
    story = Story()
    story.happens(claim())
    leaving = replace(
        claim().metadata, deletion_timestamp="2026-01-01T00:00:00Z", finalizers=("kubernetes.io/pvc-protection",)
    )
    story.happens(replace(claim(), metadata=leaving))
    assert "terminating, held by kubernetes.io/pvc-protection" in told(story)[-1]


def test_owners_come_and_go() -> None:
    story = Story()
    story.happens(claim())
    owned = replace(claim().metadata, owner_references=(OwnerReference(kind="StatefulSet", name="web", uid="1"),))
    story.happens(replace(claim(), metadata=owned))
    story.happens(claim())
    assert [line.split("  ", 2)[2] for line in told(story)[1:]] == ["owned by sts/web", "no longer owned by sts/web"]


def test_a_node_is_cordoned_and_tainted() -> None:
    node = Node(metadata=named("node-1", ""))
    story = Story()
    story.happens(node)
    taint = Taint(key="k", value="v", effect="NoSchedule")
    story.happens(replace(node, spec=NodeSpec(unschedulable=True, taints=(taint,))))
    assert [line.split("  ", 2)[2] for line in told(story)[1:]] == ["cordoned", "taint k=v:NoSchedule"]


def test_endpoints_are_listed_in_the_order_of_their_numbers() -> None:
    def endpoint(name: str, ready: bool) -> Endpoint:
        return Endpoint(target_ref=ObjectReference(name=name), conditions=EndpointConditions(ready=ready))

    empty = EndpointSlice(metadata=named("web"))
    story = Story()
    story.happens(empty)
    story.happens(replace(empty, endpoints=(endpoint("web-10", True), endpoint("web-9", False))))
    assert told(story)[-1] == "+0.000s  endpointslice/web  endpoints web-9 (not ready), web-10"


def test_an_object_outside_the_default_namespace_says_so() -> None:
    story = Story()
    story.happens(pod(metadata=named("p", "prod")))
    assert told(story) == ["+0.000s  pod/p in prod  created"]
