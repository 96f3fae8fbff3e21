"""What a change to an object means, in the field's words: `Bound to pvc/data-web-0`, `replicas 3 -> 5`, `ready`.

Owns the words of the log. Each kind has one function from (before, after) to words; what every object can go through
(created, terminating, labels, owners, a changed spec) is told here once. Knows nothing of time and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.golden import naming
from harness.golden.differences import MISSING, Difference, differences
from harness.golden.yaml_text import flow
from harness.kernel.trace import Record
from harness.objects.apps import Deployment, DeploymentStatus, ReplicaSet, ReplicaSetStatus
from harness.objects.batch import CronJob, Job, JobStatus
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.csi import VolumeAttachment
from harness.objects.meta import Object, ObjectReference, OwnerReference
from harness.objects.node import Node, Taint
from harness.objects.pod import ContainerStatus, Pod
from harness.objects.policy import PodDisruptionBudget
from harness.objects.quota import ResourceQuota
from harness.objects.replication import ReplicationController
from harness.objects.service import Endpoint, EndpointSlice
from harness.objects.statefulset import ControllerRevision, StatefulSet, StatefulSetStatus
from harness.objects.storage import PersistentVolume
from harness.objects.wire import to_wire

_LONGEST_VALUE = 60
_REVISION_LABEL = "controller-revision-hash"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
# Annotations by which controllers remember what the rest of the object says anyway.
_SILENT_ANNOTATIONS = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller",
        "pv.kubernetes.io/provisioned-by",
        "volume.kubernetes.io/storage-provisioner",
        "volume.beta.kubernetes.io/storage-provisioner",
        "volume.alpha.kubernetes.io/pre-resize-capacity",
        "volume.kubernetes.io/node-expansion-not-required",
        "csi.alpha.kubernetes.io/node-id",
        "endpoints.kubernetes.io/last-change-trigger-time",
    }
)
_SILENT_WAITING = frozenset({"", "ContainerCreating", "PodInitializing"})


def words(record: Record) -> list[str]:
    """What happened, one entry for each thing; nothing for a change that no reader would miss. No Events."""
    before, after = record.previous, record.subject
    if record.type == "DELETED":
        return ["deleted"]
    if before is None:
        return [_created(after)]
    if isinstance(after, ControllerRevision) and before.revision != after.revision:
        return [f"revision {before.revision} -> {after.revision}"]
    return [*_of_metadata(before, after), *_of_kind(before, after)]


def _created(obj: Object) -> str:
    if isinstance(obj, Pod):
        revision = obj.metadata.labels.get(_REVISION_LABEL)
        return f"created at {revision}" if revision else "created"
    if isinstance(obj, ControllerRevision):
        return f"created as revision {obj.revision}"
    if isinstance(obj, EndpointSlice) and obj.endpoints:
        return f"created, {_endpoints(obj.endpoints)}"
    if isinstance(obj, PersistentVolume) and obj.spec.claim_ref is not None:
        return f"created, {_reservation(obj.spec.claim_ref)}"
    return "created"


def _reservation(claim: ObjectReference) -> str:
    """Whose a volume is: for good by the claim's uid, else for whoever comes with that name."""
    word = "taken" if claim.uid else "reserved"
    return f"{word} for {naming.short('PersistentVolumeClaim', claim.name, claim.namespace)}"


# What every object can go through.


def _of_metadata(before: Object, after: Object) -> Iterator[str]:
    old, new = before.metadata, after.metadata
    if old is new:
        return
    begins_to_go = new.deletion_timestamp is not None and old.deletion_timestamp is None
    if begins_to_go:
        yield _terminating(after)
    elif new.deletion_grace_period_seconds != old.deletion_grace_period_seconds:
        yield f"grace period {old.deletion_grace_period_seconds}s -> {new.deletion_grace_period_seconds}s"
    if old.finalizers != new.finalizers:
        if not begins_to_go:
            yield from (f"held by {name}" for name in new.finalizers if name not in old.finalizers)
        yield from (f"no longer held by {name}" for name in old.finalizers if name not in new.finalizers)
    if old.owner_references != new.owner_references:
        yield from _owners(old.owner_references, new.owner_references)
    yield from _entries("label", old.labels, new.labels)
    if old.annotations != new.annotations:
        yield from _annotations(old.annotations, new.annotations)


def _terminating(obj: Object) -> str:
    if obj.metadata.finalizers:
        return f"terminating, held by {', '.join(obj.metadata.finalizers)}"
    seconds = obj.metadata.deletion_grace_period_seconds
    return f"terminating, {seconds}s to stop" if isinstance(obj, Pod) and seconds else "terminating"


def _owners(before: Iterable[OwnerReference], after: Iterable[OwnerReference]) -> Iterator[str]:
    old = {(owner.kind, owner.name): owner for owner in before}
    new = {(owner.kind, owner.name): owner for owner in after}
    yield from (f"owned by {naming.short(*key)}" for key in new if key not in old)
    yield from (f"no longer owned by {naming.short(*key)}" for key in old if key not in new)
    for key, owner in new.items():
        if key in old and bool(owner.controller) != bool(old[key].controller):
            yield f"{'now' if owner.controller else 'no longer'} controlled by {naming.short(*key)}"


def _annotations(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    old, new = ({key: text for key, text in of.items() if key not in _SILENT_ANNOTATIONS} for of in (before, after))
    node = new.pop(_SELECTED_NODE, "")
    if node != old.pop(_SELECTED_NODE, ""):
        yield f"to be provisioned for {node}" if node else "selected node withdrawn"
    yield from _entries("annotation", old, new)


def _entries(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    if before == after:
        return
    yield from (f"{what} {key}={_short(text)}" for key, text in sorted(after.items()) if before.get(key) != text)
    yield from (f"{what} {key} removed" for key in sorted(before) if key not in after)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _of_kind(before: Object, after: Object) -> Iterator[str]:
    told = _KINDS.get(type(after))
    if told is not None:
        yield from told(before, after)
    else:
        yield from _changed(before, after)


def _changed(before: Any, after: Any, silent: Sequence[str] = ()) -> Iterator[str]:
    """What somebody changed outside metadata and status, field by field."""
    told = [name for name in after.__struct_fields__ if name not in ("metadata", "status")]
    if all(getattr(before, name) == getattr(after, name) for name in told):
        return
    old, new = to_wire(before), to_wire(after)
    for data in (old, new):
        data.pop("metadata", None)
        data.pop("status", None)
    for difference in differences(old, new):
        if not difference.path[1:] or difference.path[1] not in silent:
            yield _field(difference, secret=new["kind"] == "Secret")


def _field(change: Difference, *, secret: bool) -> str:
    """A changed field as people speak of it: the last of its path that tells it apart."""
    name = _FIELD_NAMES.get(_plain_path(change.path))
    if name is None:
        path = change.path[1:] if change.path[0] == "spec" else change.path
        name = "".join(f"[{part[1:]}]" if part.startswith("=") else f".{part}" for part in path).lstrip(".")
    else:
        name = name.format(*(part[1:] for part in change.path if part.startswith("=")))
    if secret:
        return f"{name} changed"
    if change.before is MISSING:
        return f"{name} set to {_value(change.after)}"
    if change.after is MISSING:
        return f"{name} removed"
    return f"{name} {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:
    return _short(value if isinstance(value, str) and value and "\n" not in value else flow(value))


def _plain_path(path: Sequence[str]) -> str:
    return ".".join("*" if part.startswith("=") else part for part in path)


# A field's path, items of lists as `*`, and what it is called in the log.
_FIELD_NAMES = {
    "spec.replicas": "replicas",
    "spec.updateStrategy.rollingUpdate.partition": "partition",
    "spec.updateStrategy.rollingUpdate.maxUnavailable": "maxUnavailable",
    "spec.updateStrategy.type": "update strategy",
    "spec.template.spec.containers.*.image": "image {}:",
    "spec.template.spec.initContainers.*.image": "image {}:",
    "spec.containers.*.image": "image {}:",
    "spec.resources.requests.storage": "requested storage",
    "spec.capacity.storage": "capacity",
    "spec.persistentVolumeReclaimPolicy": "reclaim policy",
}


# Pods.


def _pod(before: Pod, after: Pod) -> Iterator[str]:
    if before.spec is not after.spec:
        if after.spec.node_name and not before.spec.node_name:
            yield f"scheduled on {after.spec.node_name}"
        yield from _changed(before, after, silent=("nodeName",))
    if before.status is not after.status:
        state = ", ".join(_pod_state(before, after))
        if state:
            yield state


def _pod_state(before: Pod, after: Pod) -> Iterator[str]:
    old, new = before.status, after.status
    if new.phase != old.phase:
        yield f"{new.phase} ({new.reason})" if new.reason else new.phase
    for field in ("init_container_statuses", "container_statuses"):
        known = {status.name: status for status in getattr(old, field)}
        for status in getattr(new, field):
            yield from _container(known.get(status.name), status)
    if new.nominated_node_name != old.nominated_node_name and new.nominated_node_name:
        yield f"nominated for {new.nominated_node_name}"
    was, now = _condition(before, "Ready"), _condition(after, "Ready")
    if (was == "True") != (now == "True"):
        yield "ready" if now == "True" else "not ready"
    if _condition(after, "DisruptionTarget") == "True" and _condition(before, "DisruptionTarget") != "True":
        yield "about to be disrupted"


def _container(before: ContainerStatus | None, after: ContainerStatus) -> Iterator[str]:
    old = before.state if before is not None else None
    if after.restart_count and (before is None or after.restart_count > before.restart_count):
        yield f"{after.name} restarted (restart {after.restart_count})"
    waiting = after.state.waiting.reason if after.state.waiting is not None else ""
    waited = old.waiting.reason if old is not None and old.waiting is not None else ""
    if waiting != waited and waiting not in _SILENT_WAITING:
        yield f"{after.name}: {waiting}"
    ended = after.state.terminated
    if ended is not None and (old is None or old.terminated is None):
        reason = f" ({ended.reason})" if ended.reason else ""
        yield f"{after.name} exited with {ended.exit_code}{reason}"


def _condition(obj: Pod | Node, type_: str) -> str:
    for condition in obj.status.conditions:
        if condition.type == type_:
            return condition.status
    return ""


# Workloads.


def _stateful_set(before: StatefulSet, after: StatefulSet) -> Iterator[str]:
    if before.spec is not after.spec:
        yield from _changed(before, after)
    if before.status is not after.status:
        yield from _revisions(before.status, after.status)
        counts = _counts(after.status)
        if counts != _counts(before.status):
            yield counts


def _revisions(before: StatefulSetStatus, after: StatefulSetStatus) -> Iterator[str]:
    current, update = (
        new if new != old else ""
        for old, new in (
            (before.current_revision, after.current_revision),
            (before.update_revision, after.update_revision),
        )
    )
    if current and current == update:
        yield f"revision {current} becomes the current and the update revision"
    elif update:
        yield f"revision {update} becomes the update revision"
    elif current:
        yield f"revision {current} becomes the current revision"


def _counts(status: StatefulSetStatus) -> str:
    """`3 pods, 2 ready`; and how many are current and updated, unless that is simply all of them."""
    parts = [_number(status.replicas, "pod"), f"{status.ready_replicas} ready"]
    if status.available_replicas != status.ready_replicas:
        parts.append(f"{status.available_replicas} available")
    if {status.current_replicas, status.updated_replicas} != {status.replicas}:
        parts.append(f"{status.current_replicas} current")
        parts.append(f"{status.updated_replicas} updated")
    return ", ".join(parts)


# Reasons of conditions that only say that something goes on, as everything around them does.
_SILENT_REASONS = frozenset({"FoundNewReplicaSet", "NewReplicaSetCreated", "ReplicaSetUpdated"})


def _deployment(before: Deployment, after: Deployment) -> Iterator[str]:
    yield from _changed(before, after)
    if before.status is not after.status:
        counts = _deployment_counts(after.status)
        if counts != _deployment_counts(before.status):
            yield counts
        yield from _conditions(before.status.conditions, after.status.conditions)


def _deployment_counts(status: DeploymentStatus) -> str:
    """`4 pods, 3 ready, 1 updated`; the updated only where they are not all."""
    parts = [_number(status.replicas, "pod"), *_healthy(status)]
    if status.updated_replicas != status.replicas:
        parts.append(f"{status.updated_replicas} updated")
    return ", ".join(parts)


def _replicated(before: ReplicaSet, after: ReplicaSet) -> Iterator[str]:
    yield from _changed(before, after)
    if before.status is not after.status:
        old, new = (", ".join((_number(one.replicas, "pod"), *_healthy(one))) for one in (before.status, after.status))
        if old != new:
            yield new
        yield from _conditions(before.status.conditions, after.status.conditions)


def _healthy(status: DeploymentStatus | ReplicaSetStatus) -> Iterator[str]:
    yield f"{status.ready_replicas} ready"
    if status.available_replicas != status.ready_replicas:
        yield f"{status.available_replicas} available"


def _conditions(before: Iterable[Any], after: Iterable[Any]) -> Iterator[str]:
    """`Available=False (MinimumReplicasUnavailable)`, for each that came to be so."""
    old = {condition.type: (condition.status, condition.reason) for condition in before}
    new = {condition.type: (condition.status, condition.reason) for condition in after}
    for type_, (status, reason) in new.items():
        if old.get(type_) != (status, reason) and reason not in _SILENT_REASONS:
            yield f"{type_}={status} ({reason})"
    yield from (f"{type_} withdrawn" for type_ in old if type_ not in new)


def _job(before: Job, after: Job) -> Iterator[str]:
    yield from _changed(before, after)
    old, new = before.status, after.status
    if old is not new:
        counts = _job_counts(new)
        if counts != _job_counts(old):
            yield counts
        yield from _conditions(old.conditions, new.conditions)


def _job_counts(status: JobStatus) -> str:
    """`2 active, 1 ready, 1 succeeded`; what there is none of is left out, and an Indexed job's indexes are named."""
    failed = f" (indexes {status.failed_indexes})" if status.failed_indexes else ""
    complete = f" (indexes {status.completed_indexes})" if status.completed_indexes else ""
    parts = [f"{status.active} active"]
    parts += [f"{status.ready} ready"] if status.active and status.ready is not None else []
    parts += [f"{status.terminating} terminating"] if status.terminating else []
    parts += [f"{status.succeeded} succeeded{complete}"] if status.succeeded else []
    parts += [f"{status.failed} failed{failed}"] if status.failed or failed else []
    return ", ".join(parts)


def _cron_job(before: CronJob, after: CronJob) -> Iterator[str]:
    yield from _changed(before, after)
    known = {reference.uid for reference in after.status.active}
    was = {reference.uid for reference in before.status.active}
    yield from (f"active: {one.name}" for one in after.status.active if one.uid not in was)
    yield from (f"no longer active: {one.name}" for one in before.status.active if one.uid not in known)


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _budget(before: PodDisruptionBudget, after: PodDisruptionBudget) -> Iterator[str]:
    yield from _changed(before, after)
    old, new = before.status, after.status
    if old.disruptions_allowed != new.disruptions_allowed:
        yield f"disruptions allowed {old.disruptions_allowed} -> {new.disruptions_allowed}"


# Storage.


def _claim(before: PersistentVolumeClaim, after: PersistentVolumeClaim) -> Iterator[str]:
    name = after.spec.volume_name
    if name != before.spec.volume_name:
        yield f"takes {name}" if name else f"lets go of {before.spec.volume_name}"
    yield from _changed(before, after, silent=("volumeName",))
    old, new = before.status, after.status
    if new.phase != old.phase:
        yield f"Bound to {name}" if new.phase == "Bound" else new.phase
    elif new.capacity != old.capacity:
        yield f"capacity {old.capacity.get('storage', '0')} -> {new.capacity.get('storage', '0')}"
    if new.phase == old.phase and new.access_modes != old.access_modes:
        yield f"accessModes {_value(list(old.access_modes))} -> {_value(list(new.access_modes))}"
    known = {condition.type for condition in old.conditions if condition.status == "True"}
    yield from (one.type for one in new.conditions if one.status == "True" and one.type not in known)


def _volume(before: PersistentVolume, after: PersistentVolume) -> Iterator[str]:
    old, new = before.spec.claim_ref, after.spec.claim_ref
    claim = naming.short("PersistentVolumeClaim", new.name, new.namespace) if new is not None else ""
    if (old is None) != (new is None) or (old is not None and new is not None and old.uid != new.uid):
        yield "claim forgotten" if new is None else _reservation(new)
    yield from _changed(before, after, silent=("claimRef",))
    phase = after.status.phase
    if phase != before.status.phase:
        if phase == "Bound":
            yield f"Bound to {claim}"
        else:
            yield f"{phase}: {after.status.message}" if after.status.message else phase


def _attachment(before: VolumeAttachment, after: VolumeAttachment) -> Iterator[str]:
    yield from _changed(before, after)
    old, new = before.status, after.status
    if old.attached != new.attached:
        yield "attached" if new.attached else "detached"
    for what, was, now in (
        ("attach", old.attach_error, new.attach_error),
        ("detach", old.detach_error, new.detach_error),
    ):
        if now is not None and (was is None or was.message != now.message):
            yield f"{what} failed: {now.message}"


# Network.


def _slice(before: EndpointSlice, after: EndpointSlice) -> Iterator[str]:
    now = _endpoints(after.endpoints)
    if now != _endpoints(before.endpoints):
        yield now
    elif before.ports != after.ports:
        yield f"ports {', '.join(str(port.port) for port in after.ports) or 'none'}"


def _endpoints(endpoints: Sequence[Endpoint]) -> str:
    names = sorted((_endpoint(endpoint) for endpoint in endpoints), key=naming.natural)
    return f"endpoints {', '.join(names)}" if names else "no endpoints"


def _endpoint(endpoint: Endpoint) -> str:
    name = endpoint.target_ref.name if endpoint.target_ref is not None else ",".join(endpoint.addresses)
    if endpoint.conditions.terminating:
        return f"{name} (terminating)"
    return name if endpoint.conditions.ready is not False else f"{name} (not ready)"


# Nodes and namespaces.


def _node(before: Node, after: Node) -> Iterator[str]:
    if before.spec.unschedulable != after.spec.unschedulable:
        yield "cordoned" if after.spec.unschedulable else "uncordoned"
    old, new = ({_taint(taint): None for taint in node.spec.taints} for node in (before, after))
    yield from (f"taint {taint}" for taint in new if taint not in old)
    yield from (f"taint {taint} removed" for taint in old if taint not in new)
    yield from _changed(before, after, silent=("unschedulable", "taints"))
    if before.status is not after.status:
        yield from _volumes_of_node(before, after)
    was, now = _condition(before, "Ready"), _condition(after, "Ready")
    if was != now:
        yield {"True": "ready", "False": "not ready"}.get(now, "not heard of any more")


def _volumes_of_node(before: Node, after: Node) -> Iterator[str]:
    for verb, was, now in (
        ("in use", before.status.volumes_in_use, after.status.volumes_in_use),
        (
            "attached",
            tuple(one.name for one in before.status.volumes_attached),
            tuple(one.name for one in after.status.volumes_attached),
        ),
    ):
        yield from (f"volume {_handle(name)} {verb}" for name in now if name not in was)
        yield from (f"volume {_handle(name)} no longer {verb}" for name in was if name not in now)


def _handle(unique_name: str) -> str:
    """What a node calls an attachable volume, without its plugin and driver."""
    return unique_name.rpartition("^")[2].rpartition("/")[2]


def _taint(taint: Taint) -> str:
    return f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"


def _namespace(before: Namespace, after: Namespace) -> Iterator[str]:
    if before.status.phase != after.status.phase and after.metadata.deletion_timestamp is None:
        yield after.status.phase
    said = {condition.type: condition.message for condition in before.status.conditions if condition.status == "True"}
    for condition in after.status.conditions:
        if condition.status == "True" and said.get(condition.type) != condition.message:
            yield condition.message


def _quota(before: ResourceQuota, after: ResourceQuota) -> Iterator[str]:
    yield from _changed(before, after)
    was, now = (
        {name: (used, quota.status.hard.get(name, "")) for name, used in quota.status.used.items()}
        for quota in (before, after)
    )
    changed = [
        f"{name} {used} of {hard}" for name, (used, hard) in sorted(now.items()) if was.get(name) != (used, hard)
    ]
    if changed:
        yield f"used: {', '.join(changed)}"


_KINDS: Mapping[type[Object], Callable[[Any, Any], Iterator[str]]] = {
    CronJob: _cron_job,
    Deployment: _deployment,
    EndpointSlice: _slice,
    Job: _job,
    Namespace: _namespace,
    Node: _node,
    PersistentVolume: _volume,
    PersistentVolumeClaim: _claim,
    Pod: _pod,
    PodDisruptionBudget: _budget,
    ReplicaSet: _replicated,
    ReplicationController: _replicated,
    ResourceQuota: _quota,
    StatefulSet: _stateful_set,
    VolumeAttachment: _attachment,
}

# Steps on the way to something that soon follows on the same object, which alone is worth telling.
FLEETING: Mapping[str, str] = {"taken for ": "Bound to ", "takes ": "Bound to ", "grace period ": "deleted"}
