"""A cluster of nothing but an API server, the controller of sets and the garbage collector, for the tests of those.

Nobody schedules or runs a pod here: a test says when one is ready, fails or is gone, so that every pass can be told
from the next. Holds no tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.garbage_collector import GarbageCollector
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.controllers.statefulset import StatefulSetController
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Record, Trace
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta, OwnerReference
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.wire import from_wire

PODS = kinds.BY_TYPE[Pod]
SETS = kinds.BY_TYPE[StatefulSet]
CLAIMS = kinds.BY_TYPE[PersistentVolumeClaim]
REVISIONS = kinds.BY_TYPE[ControllerRevision]
EVENTS = kinds.BY_TYPE[Event]

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
REVISION = "controller-revision-hash"
HASH = "controller.kubernetes.io/hash"

# The real names of the revisions of the template below, by image.
A, B = "web-6578754d74", "web-68f6898675"
OLD_IMAGE, NEW_IMAGE = "nginx:1.27", "nginx:1.28"

WRITER = "statefulset-controller"
PARALLEL = {"podManagementPolicy": "Parallel"}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}


def keeping(when_scaled: str, when_deleted: str) -> dict[str, Any]:
    """The part of a spec that says what becomes of claims."""
    return {"persistentVolumeClaimRetentionPolicy": {"whenScaled": when_scaled, "whenDeleted": when_deleted}}


def partition(number: int) -> dict[str, Any]:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}}


def claim_document(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, **metadata},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }


def set_document(replicas: int = 3, *, name: str = "web", claims: Iterable[str] = (), **spec: Any) -> dict[str, Any]:
    """A set with the label app=web and one container; `claims` names its claim templates."""
    document = {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": OLD_IMAGE}]},
            },
            **spec,
        },
    }
    if claims:
        document["spec"]["volumeClaimTemplates"] = [claim_document(claim) for claim in claims]
    return document


class SetWorld:
    """Times are cluster milliseconds. Every method that does something then lets the controllers work for `rest_ms`."""

    def __init__(self, *, rest_ms: int = 40) -> None:
        self.rest_ms = rest_ms
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        self.server.create(Node(metadata=ObjectMeta(name="node-1")))
        process = Process.start(self.loop, self.server, Chance(), {})
        StatefulSetController(process)
        PersistentVolumeClaimProtection(process)
        GarbageCollector(process)
        self.run(1)
        self._told = len(self.trace.records)

    def run(self, duration_ms: int | None = None) -> None:
        self.loop.run_until(self.loop.now_ms + (self.rest_ms if duration_ms is None else duration_ms))

    # The set

    def make(self, replicas: int = 3, **more: Any) -> StatefulSet:
        stored = self.server.create(from_wire(set_document(replicas, **more), StatefulSet))
        self.run()
        return stored

    def made(self, replicas: int = 3, **more: Any) -> None:
        """A set that has come to rest with all its pods ready, and of which nothing is told any more."""
        self.make(replicas, **more)
        self.heal()
        self.forget()

    @property
    def set(self) -> StatefulSet:
        return self.find(StatefulSet, "web")

    def status(self) -> tuple[int, int, int, int, int]:
        return counts(self.set)

    def edit(self, **spec: Any) -> None:
        """Change fields of the set's spec, given as on the wire."""
        wanted = from_wire({"metadata": {}, "spec": spec}, StatefulSet).spec
        names = {_snake(key) for key in spec}
        self.change(self.set, lambda stored: replace(stored, spec=replace(stored.spec, **_picked(wanted, names))))

    def scale(self, replicas: int) -> None:
        self.edit(replicas=replicas)

    def image(self, image: str, **spec: Any) -> None:
        """Change the image of the template, and other fields of the spec in the same write."""
        template = set_document()["spec"]["template"]
        template["spec"]["containers"][0]["image"] = image
        self.edit(template=template, **spec)

    def touch(self) -> None:
        """Write something to the set that nothing depends on."""
        before = self.set.metadata.annotations.get("touched", "0")
        self.annotate(self.set, touched=str(int(before) + 1))

    # Any object

    def find(self, type_: type[Any], name: str) -> Any:
        found = self.server.find(type_, "default", name)
        assert found is not None, f"there is no {type_.__name__} {name}"
        return found

    def has(self, type_: type[Any], name: str) -> bool:
        return self.server.find(type_, "default", name) is not None

    def create(self, obj: Object) -> Any:
        stored = self.server.create(obj)
        self.run()
        return stored

    def change(self, obj: Any, change: Callable[[Any], Any]) -> None:
        self.server.modify(obj, change)
        self.run()

    def annotate(self, obj: Any, **annotations: str) -> None:
        self.metadata(obj, annotations={**obj.metadata.annotations, **annotations})

    def metadata(self, obj: Any, **fields: Any) -> None:
        self.change(obj, lambda stored: replace(stored, metadata=replace(stored.metadata, **fields)))

    def relabel(self, obj: Any, labels: dict[str, str | None]) -> None:
        """Set labels; None removes one."""
        merged = {**obj.metadata.labels, **labels}
        self.metadata(obj, labels={key: value for key, value in merged.items() if value is not None})

    def delete(self, obj: Any, **how: Any) -> None:
        self.server.delete(kinds.of_object(obj), obj.metadata.namespace, obj.metadata.name, **how)
        self.run()

    # Pods and claims

    def pod(self, name: str) -> Pod:
        found: Pod = self.find(Pod, name)
        return found

    def pods(self) -> list[str]:
        return [pod.metadata.name for pod in self.server.list(PODS)]

    def claim(self, name: str) -> PersistentVolumeClaim:
        found: PersistentVolumeClaim = self.find(PersistentVolumeClaim, name)
        return found

    def claims(self) -> list[str]:
        return [claim.metadata.name for claim in self.server.list(CLAIMS)]

    def give_claim(self, name: str, *owners: OwnerReference, **metadata: Any) -> PersistentVolumeClaim:
        made = from_wire(claim_document(name, namespace="default", **metadata), PersistentVolumeClaim)
        stored: PersistentVolumeClaim = self.create(
            replace(made, metadata=replace(made.metadata, owner_references=owners))
        )
        return stored

    def own(self, claim: str, *owners: OwnerReference, **metadata: Any) -> None:
        """Write the owners of a claim, and other fields of its metadata."""
        self.metadata(self.claim(claim), owner_references=owners, **metadata)

    def owners(self, claim: str) -> list[str]:
        """`Kind/name` of who owns a claim."""
        return [f"{owner.kind}/{owner.name}" for owner in self.claim(claim).metadata.owner_references]

    def revisions(self) -> dict[str, int]:
        return {found.metadata.name: found.revision for found in self.server.list(REVISIONS)}

    def revision_of(self, pod: str) -> str:
        return self.pod(pod).metadata.labels.get(REVISION, "")

    def start(self, *names: str, ready: bool = True) -> None:
        """Have pods run, on a node."""
        for name in names:
            self.bind(name)
            self.phase(name, "Running", ready=ready)

    def unready(self, *names: str) -> None:
        for name in names:
            self.phase(name, "Running", ready=False)

    def bind(self, name: str) -> None:
        pod = self.pod(name)
        if not pod.spec.node_name:
            self.server.bind("default", name, pod.metadata.uid, "node-1")

    def phase(self, name: str, phase: str, *, ready: bool | None = None) -> None:
        """Write a pod's phase, and its readiness where that is said, as its kubelet would."""
        self.report(name, phase, ready=ready)
        self.run()

    def report(self, name: str, phase: str, *, ready: bool | None = None) -> None:
        """As `phase`, leaving the controllers no time for it yet."""

        def reported(pod: Pod) -> Pod:
            conditions = pod.status.conditions
            if ready is not None and ready != any(c.type == "Ready" and c.status == "True" for c in conditions):
                now = self.loop.clock.stamp()
                condition = PodCondition(type="Ready", status="True" if ready else "False", last_transition_time=now)
                conditions = (*(c for c in conditions if c.type != "Ready"), condition)
            return replace(pod, status=replace(pod.status, phase=phase, conditions=conditions))

        self.server.modify(self.pod(name), reported, status=True)

    def end(self, *names: str) -> None:
        """Have pods end whose deletion began, or end by force."""
        for name in names:
            self.server.delete(PODS, "default", name, grace_seconds=0)
            self.run()

    def lose(self, name: str) -> None:
        """Take a pod away at once, and leave the controllers no time for it yet."""
        self.server.delete(PODS, "default", name, grace_seconds=0)

    def lose_claim(self, name: str) -> None:
        """Take a claim away at once, whatever protects it, and leave the controllers no time for it yet."""
        self.server.delete(CLAIMS, "default", name)
        found = self.server.find(PersistentVolumeClaim, "default", name)
        if found is not None:
            self.server.modify(found, lambda claim: replace(claim, metadata=replace(claim.metadata, finalizers=())))

    def heal(self) -> None:
        """Have pods become ready, and end, until there is none left that could."""
        for _ in range(100):
            ill = [pod for pod in self.server.list(PODS) if not _is_well(pod)]
            if not ill:
                return
            for pod in ill:
                if pod.metadata.deletion_timestamp is not None:
                    self.end(pod.metadata.name)
                elif self.has(Pod, pod.metadata.name):
                    self.start(pod.metadata.name)
        raise AssertionError("the pods never come to rest")

    # What happened

    def forget(self) -> None:
        """Have `did` and `said` begin here."""
        self._told = len(self.trace.records)

    def records(self) -> list[Record]:
        return self.trace.records[self._told :]

    def did(self, *, actor: str = WRITER) -> list[str]:
        """What the controller wrote since this was last asked, Events left out, a line each."""
        by_it = [record for record in self.records() if record.cause is not None and record.cause.actor == actor]
        self.forget()
        return [line for record in by_it if (line := written(record))]

    def acted(self) -> list[str]:
        """As `did`, without the writes of status."""
        return [line for line in self.did() if not line.startswith("status")]

    def statuses(self) -> list[str]:
        """As `did`, the writes of status only."""
        return [line.removeprefix("status ") for line in self.did() if line.startswith("status")]

    def times(self, what: str) -> list[int]:
        """When the controller wrote this line, in ms."""
        return [record.time_ms for record in self.trace.records if record.cause is not None and written(record) == what]

    def said(self, reason: str = "") -> list[str]:
        """`Reason: message` of every Event of the set so far, oldest first; only of one reason where that is given."""
        return [f"{event.reason}: {event.message}" for event in self.events() if reason in ("", event.reason)]

    def said_times(self, reason: str) -> int:
        """How often anything was said for this reason."""
        return sum(event.count for event in self.events() if event.reason == reason)

    def events(self) -> list[Event]:
        """All Events so far, oldest first."""
        found: list[Event] = self.server.list(EVENTS)
        return sorted(found, key=lambda event: int(event.metadata.uid.split("-")[-1], 16))


def written(record: Record) -> str:
    """One write in a few words; empty for an Event and for the second half of a deletion."""
    subject, before = record.subject, record.previous
    name, kind = subject.metadata.name, subject.kind
    if kind == "StatefulSet":
        return "status " + "/".join(str(count) for count in counts(subject))
    if kind == "ControllerRevision":
        verb = {"ADDED": "revision", "DELETED": "drop revision"}.get(record.type, "renumber revision")
        if record.type == "MODIFIED" and before.revision == subject.revision:
            verb = "adopt revision"
        return f"{verb} {subject.revision}"
    if kind == "Event" or record.type == "DELETED":
        return ""
    if record.type == "ADDED":
        return {"Pod": "pod ", "PersistentVolumeClaim": "claim "}[kind] + name
    if subject.metadata.deletion_timestamp is not None and before.metadata.deletion_timestamp is None:
        return f"delete {name}"
    if subject.metadata.owner_references != before.metadata.owner_references:
        return f"owners {name}"
    return f"update {name}"


def counts(stateful_set: StatefulSet) -> tuple[int, int, int, int, int]:
    """(replicas, ready, available, current, updated)."""
    status = stateful_set.status
    return (
        status.replicas,
        status.ready_replicas,
        status.available_replicas,
        status.current_replicas,
        status.updated_replicas,
    )


def owner(obj: Any, *, uid: str | None = None, controller: bool | None = True) -> OwnerReference:
    return OwnerReference(
        api_version=obj.api_version,
        kind=obj.kind,
        name=obj.metadata.name,
        uid=obj.metadata.uid if uid is None else uid,
        controller=controller,
    )


def without_pod_name(pod: Pod) -> Pod:
    labels = {key: value for key, value in pod.metadata.labels.items() if key != POD_NAME}
    return replace(pod, metadata=replace(pod.metadata, labels=labels))


def other_pod(name: str, labels: dict[str, str] | None = None, **spec: Any) -> Pod:
    """A pod that somebody made by hand."""
    document = {
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {"containers": [{"name": "c", "image": "other"}], **spec},
    }
    return from_wire(document, Pod)


def stranger(*, controller: bool = True) -> OwnerReference:
    """The owner reference of something that is none of the set's business: the node, which is always there."""
    return OwnerReference(
        api_version="v1", kind="Node", name="node-1", uid="00000002-0000-4000-8000-000000000002", controller=controller
    )


def _is_well(pod: Pod) -> bool:
    ready = any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)
    return ready and pod.metadata.deletion_timestamp is None and pod.status.phase == "Running"


def _picked(spec: Any, names: set[str]) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in spec.__struct_fields__ if name in names}


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
