"""A trace told by hand: objects as small as a witness needs them, and who wrote them when."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.checks import examine, tally
from harness.kernel.trace import Cause, Record
from harness.objects.claim import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    VolumeClaimTemplate,
    VolumeResourceRequirements,
)
from harness.objects.meta import LabelSelector, ObjectMeta, ObjectReference, owned_by
from harness.objects.node import Node
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import (
    ContainerState,
    ContainerStateRunning,
    ContainerStatus,
    Pod,
    PodCondition,
    PodSpec,
    PodStatus,
)
from harness.objects.statefulset import (
    ControllerRevision,
    RollingUpdateStatefulSetStrategy,
    StatefulSet,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    StatefulSetSpec,
    StatefulSetStatus,
    StatefulSetUpdateStrategy,
)
from harness.objects.storage import (
    PersistentVolume,
    PersistentVolumeSpec,
    PersistentVolumeStatus,
    StorageClass,
    VolumeNodeAffinity,
)
from harness.objects.volume import PersistentVolumeClaimVolumeSource, Volume
from harness.outcome import Outcome, StepOutcome

START = "2026-01-01T00:00:00Z"
SETS, BINDER, SCHEDULER = "statefulset-controller", "persistentvolume-controller", "default-scheduler"
COLLECTOR, KUBELET = "garbage-collector-controller", "kubelet"


class Story:
    """Records as they are added. `actor` None is a person; each pass of an actor is a cause of its own."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.time_ms = 0
        self._stored: dict[tuple[str, str, str], Any] = {}

    def put(self, obj: Any, actor: str | Cause | None = None, key: str = "default/web") -> Any:
        """Create or change an object, a millisecond later."""
        before = self._stored.get(_place(obj))
        self._stored[_place(obj)] = obj
        self._note("ADDED" if before is None else "MODIFIED", obj, before, actor, key)
        return obj

    def remove(self, obj: Any, actor: str | Cause | None = None, key: str = "default/web") -> None:
        """Take an object away."""
        self._note("DELETED", obj, self._stored.pop(_place(obj)), actor, key)

    def doomed(self, obj: Any, actor: str | Cause | None = None, key: str = "default/web") -> Any:
        """Mark an object as on its way out."""
        return self.put(replace(obj, metadata=replace(obj.metadata, deletion_timestamp=START)), actor, key)

    def one_pass(self, actor: str, key: str = "default/web", woken_by: int | None = None) -> Cause:
        """A pass, woken by the latest record unless said otherwise."""
        return Cause(actor, key, len(self.records) if woken_by is None else woken_by)

    def _note(self, type_: str, obj: Any, before: Any, actor: str | Cause | None, key: str) -> None:
        self.time_ms += 1
        cause = self.one_pass(actor, key) if isinstance(actor, str) else actor
        self.records.append(Record(len(self.records) + 1, self.time_ms, type_, obj, before, cause))

    def outcome(self, reason: str = "settled") -> Outcome:
        step = StepOutcome(
            index=0,
            verb="apply",
            did="apply",
            written={},
            line=0,
            began_ms=0,
            records=tuple(self.records),
            settled_ms=self.time_ms + 60_000,
            reason=reason,
        )
        return Outcome(path="", description="", before=(), steps=(step,), objects=())

    def seen_by(self, check: str) -> list[str]:
        """What the check says of the story so far."""
        return [f"{found.about} {found.text}" for found in examine(self.outcome(), [check])]

    def times(self, check: str) -> int:
        """How often the check's condition came true so far."""
        return tally(self.outcome(), [check])[check]


def _place(obj: Any) -> tuple[str, str, str]:
    return (obj.kind, obj.metadata.namespace, obj.metadata.name)


def meta(name: str, uid: str = "", namespace: str = "default", **fields: Any) -> ObjectMeta:
    return ObjectMeta(name=name, namespace=namespace, uid=uid or f"uid-{name}", creation_timestamp=START, **fields)


def stateful_set(
    replicas: int = 3,
    partition: int | None = 0,
    current: str = "web-a",
    update: str = "web-a",
    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0),
    when_scaled: str = "Retain",
    **spec: Any,
) -> StatefulSet:
    """`counts` are replicas, ready, available, current and updated."""
    strategy = StatefulSetUpdateStrategy(
        type="RollingUpdate",
        rolling_update=RollingUpdateStatefulSetStrategy(partition=partition) if partition is not None else None,
    )
    return StatefulSet(
        metadata=replace(meta("web"), generation=1),
        spec=StatefulSetSpec(
            **{
                "replicas": replicas,
                "selector": LabelSelector(match_labels={"app": "web"}),
                "update_strategy": strategy,
                "persistent_volume_claim_retention_policy": StatefulSetPersistentVolumeClaimRetentionPolicy(
                    when_scaled=when_scaled, when_deleted="Retain"
                ),
                **spec,
            }
        ),
        status=StatefulSetStatus(
            observed_generation=1,
            current_revision=current,
            update_revision=update,
            replicas=counts[0],
            ready_replicas=counts[1],
            available_replicas=counts[2],
            current_replicas=counts[3],
            updated_replicas=counts[4],
        ),
    )


WEB = stateful_set()
TEMPLATES = (VolumeClaimTemplate(metadata=ObjectMeta(name="data")),)


def revision(name: str, number: int) -> ControllerRevision:
    return ControllerRevision(metadata=meta(name, owner_references=(owned_by(WEB),)), revision=number)


def pod(
    ordinal: int,
    at: str = "web-a",
    ready: bool = True,
    phase: str = "Running",
    uid: str = "",
    node: str = "",
    claims: tuple[str, ...] = (),
    running: bool = False,
) -> Pod:
    """A pod of the set `web`; `claims` are the names of the claims it uses, each as a volume named data."""
    name = f"web-{ordinal}"
    labels = {"app": "web", "controller-revision-hash": at, "statefulset.kubernetes.io/pod-name": name}
    volumes = tuple(
        Volume(name="data", persistent_volume_claim=PersistentVolumeClaimVolumeSource(claim_name=claim))
        for claim in claims
    )
    containers = (ContainerStatus(name="c", state=ContainerState(running=ContainerStateRunning(started_at=START))),)
    condition = PodCondition(type="Ready", status=str(ready), last_transition_time=START)
    return Pod(
        metadata=meta(name, uid, labels=labels, owner_references=(owned_by(WEB),)),
        spec=PodSpec(hostname=name, node_name=node, volumes=volumes),
        status=PodStatus(phase=phase, conditions=(condition,), container_statuses=containers if running else ()),
    )


def claim(
    name: str = "data-web-0",
    uid: str = "",
    volume: str = "",
    phase: str = "Pending",
    gibibytes: int = 1,
    storage_class: str = "shelf",
    marks: tuple[str, ...] = (),
    **metadata: Any,
) -> PersistentVolumeClaim:
    """`marks` are annotations, each of value yes."""
    return PersistentVolumeClaim(
        metadata=meta(name, uid, annotations=dict.fromkeys(marks, "yes"), **metadata),
        spec=PersistentVolumeClaimSpec(
            volume_name=volume,
            storage_class_name=storage_class,
            access_modes=("ReadWriteOnce",),
            resources=VolumeResourceRequirements(requests={"storage": f"{gibibytes}Gi"}),
        ),
        status=PersistentVolumeClaimStatus(phase=phase),
    )


def volume(
    name: str = "v1",
    holder: PersistentVolumeClaim | None = None,
    phase: str = "Available",
    gibibytes: int = 1,
    storage_class: str = "shelf",
    modes: tuple[str, ...] = ("ReadWriteOnce",),
    node: str = "",
    finalizers: tuple[str, ...] = (),
) -> PersistentVolume:
    """`holder` is the claim that it points at, `node` the only one that can use it."""
    reference = None
    if holder is not None:
        reference = ObjectReference(namespace="default", name=holder.metadata.name, uid=holder.metadata.uid)
    hosts = NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=(node,))
    term = NodeSelectorTerm(match_expressions=(hosts,))
    return PersistentVolume(
        metadata=meta(name, namespace="", finalizers=finalizers),
        spec=PersistentVolumeSpec(
            capacity={"storage": f"{gibibytes}Gi"},
            access_modes=modes,
            claim_ref=reference,
            storage_class_name=storage_class,
            node_affinity=VolumeNodeAffinity(required=NodeSelector(node_selector_terms=(term,))) if node else None,
        ),
        status=PersistentVolumeStatus(phase=phase),
    )


def node(name: str) -> Node:
    return Node(metadata=meta(name, namespace="", labels={"kubernetes.io/hostname": name}))


def late_class() -> StorageClass:
    return StorageClass(metadata=meta("late", namespace=""), volume_binding_mode="WaitForFirstConsumer")
