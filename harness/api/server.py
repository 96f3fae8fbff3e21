"""The API server's verbs: create, update, patch, delete, and the subresources, each a single moment.

Owns Kubernetes' rules for identity, generation, conflicts, finalizers, graceful deletion and writes that change
nothing. Knows no caller: who waits how long for an answer is the client's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from harness.api import admission, kinds, service_registry
from harness.api.custom.registry import DEFINITIONS, CustomKinds
from harness.api.defaulting import default
from harness.api.field_managers import SCALE, FieldManagers
from harness.api.kinds import Kind
from harness.api.leases import Leases
from harness.api.metrics import Metrics
from harness.api.problems import ApiError
from harness.api.service_network import ServiceNetwork
from harness.api.store import Key, Store
from harness.api.validation import validate_create, validate_update
from harness.kernel.clock import Clock
from harness.kernel.trace import Cause, Trace
from harness.objects.conditions import with_condition
from harness.objects.config import Namespace
from harness.objects.csi import VolumeAttachment
from harness.objects.meta import CustomObject, Object
from harness.objects.pod import Pod, PodCondition
from harness.objects.pods import has_ended
from harness.objects.service import Service
from harness.objects.storage import PersistentVolume

O = TypeVar("O", bound=Object)  # noqa: E741

BACKGROUND = "Background"
FOREGROUND = "Foreground"
ORPHAN = "Orphan"

_FOREGROUND_FINALIZER = "foregroundDeletion"
_ORPHAN_FINALIZER = "orphan"
# What a deletion adds to the finalizers; whatever it does not name it takes away.
_DELETION_FINALIZER = {BACKGROUND: "", FOREGROUND: _FOREGROUND_FINALIZER, ORPHAN: _ORPHAN_FINALIZER}
_ORPHANED_BY_DEFAULT = frozenset({"jobs.batch", "replicationcontrollers"})

_NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_GENERATED_BASE_LENGTH = 58


class Server:
    """One API server over one store.

    Every method either writes at once and returns what is now stored, or raises `ApiError` and has written nothing but
    what a quota may have booked for it.
    """

    def __init__(self, clock: Clock, trace: Trace) -> None:
        self.clock = clock
        self.store = Store(clock, trace)
        self.custom = CustomKinds(self.store)
        self.leases = Leases(clock)
        self.metrics = Metrics(self.store, clock)
        self.field_managers = FieldManagers(self.store)
        self._created = 0
        self._named = 0
        self.network = ServiceNetwork()

    # Reading

    def find(self, type_: type[O], namespace: str, name: str) -> O | None:
        """The stored object of a typed kind, or None."""
        found = self.store.collection(kinds.BY_TYPE[type_].key).objects.get((namespace, name))
        return cast("O | None", found)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """The stored object; `ApiError` NotFound if there is none."""
        found = self.store.collection(kind.key).objects.get((namespace, name))
        if found is None:
            raise ApiError.not_found(kind.resource, name)
        return cast(Object, found)

    def list(self, kind: Kind, namespace: str | None = None) -> list[Any]:
        """All objects of a kind, of one namespace or of all, in order of namespace and name."""
        objects = self.store.collection(kind.key).objects
        keys: list[Key] = sorted(key for key in objects if namespace is None or key[0] == namespace)
        return [objects[key] for key in keys]

    def kind_of(self, obj: Object) -> Kind:
        """The kind of an object, in the version it is written in."""
        return self.custom.of_object(obj) if isinstance(obj, CustomObject) else kinds.of_object(obj)

    def kinds_in(self, namespace: str) -> tuple[Kind, ...]:
        """The kinds of which there is anything in the namespace, in order of name."""
        found = []
        for resource in self.store.resources():
            objects = self.store.collection(resource).objects
            first = next((obj for (place, _), obj in objects.items() if place == namespace), None)
            if first is not None:
                found.append(self.kind_of(first))
        return tuple(found)

    # Writing

    def create(self, obj: O, cause: Cause | None = None) -> O:
        """Store a new object with its defaults, after admission and validation."""
        kind = self.kind_of(obj)
        given_version = obj.metadata.resource_version
        obj = self._placed(kind, _defaulted(kind, obj))
        if kind.custom is not None:
            self.custom.admit(kind, obj.metadata.name)
        obj = admission.admit(obj, self)
        obj = cast(O, kind.begin(self._identified(kind, obj), self.clock))
        if isinstance(obj, Service):
            obj = cast(O, service_registry.new_service(obj, self))
        problems = validate_create(obj) if kind.custom is None else kind.custom.problems(obj)
        if problems:
            raise ApiError.invalid(kind.resource, obj.metadata.name, problems)
        admission.check(obj, None, self, cause)
        if given_version.isdecimal() and int(given_version):
            # The storage's own error (storage/etcd3/store.go), which has no status: one that is no number passes.
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        metadata = obj.metadata
        existing = self.store.collection(kind.key).objects.get((metadata.namespace, metadata.name))
        if existing is not None:
            raise ApiError.already_exists(
                kind.resource,
                metadata.name,
                being_deleted=existing.metadata.deletion_timestamp is not None,
                generated=bool(metadata.generate_name),
            )
        return cast(O, self.store.commit(kind.key, None, obj, cause))

    def update(self, obj: O, cause: Cause | None = None) -> O:
        """Replace everything but the status. A resourceVersion that is not the stored one is a conflict."""
        kind = self.kind_of(obj)
        stored = cast(O, self._current(kind, obj))
        new = admission.admit_change(self._kept(stored, _defaulted(kind, obj)), self)
        if kind.status:
            new = _with_status_of(new, stored)
        new = kind.change(new, stored)
        if isinstance(new, Service) and isinstance(stored, Service):
            new = cast(O, service_registry.changed_service(new, stored, self))
        if new == stored:
            return stored
        problems = validate_update(new, stored) if kind.custom is None else kind.custom.update_problems(new, stored)
        if problems:
            raise ApiError.invalid(kind.resource, obj.metadata.name, problems)
        admission.check(new, stored, self, cause)
        return self._commit(kind, stored, self._generated(kind, stored, new), cause)

    def put(self, obj: O, cause: Cause | None = None) -> O:
        """Update what is there, or create what is not, where the kind lets an update do that."""
        kind, metadata = self.kind_of(obj), obj.metadata
        exists = (metadata.namespace, metadata.name) in self.store.collection(kind.key).objects
        return self.update(obj, cause) if exists or not kind.created_by_update else self.create(obj, cause)

    def update_status(self, obj: O, cause: Cause | None = None) -> O:
        """Replace the status, and of the metadata what a status writer may; the spec stays."""
        kind = self.kind_of(obj)
        stored = cast(O, self._current(kind, obj))
        metadata = stored.metadata if kind.type in _STATUS_ALONE else self._kept(stored, obj).metadata
        new = _with_status_of(replace(stored, metadata=metadata), obj)
        if isinstance(new, PersistentVolume) and isinstance(stored, PersistentVolume):
            new = cast(O, _with_transition_time(new, stored, self.clock))
        elif isinstance(new, Pod) and isinstance(stored, Pod):
            new = cast(O, _with_kept_observation(new, stored))
        if new == stored:
            return stored
        problems = validate_update(new, stored) if kind.custom is None else kind.custom.status_problems(new, stored)
        if problems:
            raise ApiError.invalid(kind.resource, obj.metadata.name, problems)
        return self._commit(kind, stored, new, cause)

    def finalize(self, namespace: Namespace, cause: Cause | None = None) -> Namespace:
        """The finalize subresource: take over the finalizers of the spec, and let go of what none holds."""
        kind = kinds.BY_TYPE[Namespace]
        stored = cast(Namespace, self.get(kind, "", namespace.metadata.name))
        if stored.metadata.uid != namespace.metadata.uid:
            raise ApiError.not_found(kind.resource, namespace.metadata.name)
        new = replace(stored, spec=namespace.spec)
        return stored if new == stored else self._commit(kind, stored, new, cause)

    def modify(
        self,
        known: O,
        change: Callable[[O], O],
        cause: Cause | None = None,
        *,
        status: bool = False,
    ) -> O:
        """A patch: `change` is applied to whatever is stored now, so there is no conflict to lose.

        Raises `ApiError` NotFound when what is stored under `known`'s name is not that very object any more.
        """
        kind, metadata = self.kind_of(known), known.metadata
        stored = cast(O, self.get(kind, metadata.namespace, metadata.name))
        if stored.metadata.uid != metadata.uid:
            raise ApiError.not_found(kind.resource, metadata.name)
        new = change(stored)
        if new is stored:
            return stored
        return self.update_status(new, cause) if status else self.update(new, cause)

    def scale(self, kind: Kind, namespace: str, name: str, replicas: int, cause: Cause | None = None) -> Object:
        """Set spec.replicas through the scale subresource; `ApiError` NotFound for a kind that has none."""
        stored = self.get(kind, namespace, name)
        if not kind.scalable:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        if kind.custom is not None:
            return self.update(kind.custom.replicas_set(cast(CustomObject, stored), replicas), cause)
        spec = replace(stored.spec, replicas=replicas)  # type: ignore[attr-defined]
        written = self.update(replace(stored, spec=spec), cause)
        if written is not stored:
            self.field_managers.note(written, subresource=SCALE)
        return written

    def bind(self, namespace: str, name: str, uid: str, node: str, cause: Cause | None = None) -> Pod:
        """The binding subresource: put a pod on a node (pkg/registry/core/pod/storage)."""
        kind = kinds.BY_TYPE[Pod]
        pod = self.find(Pod, namespace, name)
        if pod is None:
            raise ApiError.not_found(kind.resource, name)
        if pod.metadata.uid != uid:
            text = (
                f"StorageError: invalid object, Code: 4, Key: /registry/pods/{namespace}/{name}, ResourceVersion: 0, "
                f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, "
                f"UID in object meta: {pod.metadata.uid}"
            )
            raise ApiError.conflict(kind.resource, name, text)
        if pod.metadata.deletion_timestamp is not None:
            raise ApiError.conflict(
                kind.resource, name, f"pod {name} is being deleted, cannot be assigned to a host", subresource="binding"
            )
        if pod.spec.node_name:
            raise ApiError.conflict(
                kind.resource,
                name,
                f'pod {name} is already assigned to node "{pod.spec.node_name}"',
                subresource="binding",
            )
        if pod.spec.scheduling_gates:
            text = f"pod {name} has non-empty .spec.schedulingGates"
            raise ApiError.conflict(kind.resource, name, text, subresource="binding")
        scheduled = PodCondition(type="PodScheduled", status="True")
        status = replace(
            pod.status,
            nominated_node_name="",
            conditions=with_condition(pod.status.conditions, scheduled, self.clock.stamp()),
        )
        bound = replace(
            pod,
            metadata=admission.topology_labelled(pod.metadata, node, self),
            spec=replace(pod.spec, node_name=node),
            status=status,
        )
        return cast(Pod, self.store.commit(kind.key, pod, bound, cause))

    # Deleting

    def delete(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        cause: Cause | None = None,
        *,
        grace_seconds: int | None = None,
        propagation: str | None = None,
        uid: str = "",
    ) -> Object:
        """Delete as the API does: at once, or by marking what finalizers or a grace period still hold."""
        stored = self.get(kind, namespace, name)
        if uid and stored.metadata.uid != uid:
            raise ApiError.precondition(kind.resource, name, uid, stored.metadata.uid)
        admission.admit_delete(stored)
        if kind.key == DEFINITIONS and stored.metadata.deletion_timestamp is None:
            return cast(
                Object, self.store.commit(kind.key, stored, self.custom.going(stored, self.clock.stamp()), cause)
            )
        marked = _with_deletion_finalizer(stored, propagation or _default_propagation(kind, stored))
        if isinstance(marked, Pod):
            return self._delete_pod(kind, cast(Pod, stored), marked, grace_seconds, cause)
        if not marked.metadata.finalizers and not _namespace_content(marked):
            return cast(Object, self.store.remove(kind.key, stored, marked, cause))
        if marked.metadata.deletion_timestamp is None:
            marked = self._going(marked) if isinstance(marked, Namespace) else self._terminating(marked, 0)
        if marked == stored:
            return stored
        return cast(Object, self.store.commit(kind.key, stored, marked, cause))

    def _delete_pod(self, kind: Kind, stored: Pod, marked: Pod, grace_seconds: int | None, cause: Cause | None) -> Pod:
        """Graceful deletion, which only pods have (pkg/registry/core/pod/strategy.go, rest/delete.go)."""
        grace = grace_seconds if grace_seconds is not None else marked.spec.termination_grace_period_seconds
        grace = 30 if grace is None else grace
        if not marked.spec.node_name or has_ended(marked):
            grace = 0
        if grace < 0:
            grace = 1
        metadata = marked.metadata
        if metadata.deletion_timestamp is not None:
            current = metadata.deletion_grace_period_seconds or 0
            if grace_seconds is None or grace >= current > 0 or (current == 0 and metadata.finalizers):
                return stored
            # The end moves back by as much as the period is shorter, but never into the past.
            left_ms = self.clock.at(metadata.deletion_timestamp) - (current - grace) * 1000 - self.clock.now_ms
            if left_ms < 0 < grace:
                grace = 1
            shortened = replace(
                metadata,
                deletion_timestamp=self.clock.stamp_after(max(0, left_ms)),
                deletion_grace_period_seconds=grace,
            )
            marked = replace(marked, metadata=shortened)
        else:
            marked = self._terminating(marked, grace)
        written = cast(Pod, self.store.commit(kind.key, stored, marked, cause))
        if grace == 0 and not written.metadata.finalizers:
            return cast(Pod, self.store.remove(kind.key, written, written, cause))
        return written

    def _going(self, namespace: Namespace) -> Namespace:
        """The namespace on its way out (pkg/registry/core/namespace/storage/storage.go)."""
        metadata = replace(namespace.metadata, deletion_timestamp=self.clock.stamp())
        return replace(namespace, metadata=metadata, status=replace(namespace.status, phase="Terminating"))

    def _terminating(self, obj: O, grace_seconds: int) -> O:
        metadata = replace(
            obj.metadata,
            deletion_timestamp=self.clock.stamp_after(grace_seconds * 1000),
            deletion_grace_period_seconds=grace_seconds,
            generation=obj.metadata.generation + 1 if obj.metadata.generation else 0,
        )
        return replace(obj, metadata=metadata)

    # The parts of a write

    def _current(self, kind: Kind, obj: Object) -> Object:
        """What is stored under the object's name; `ApiError` if nothing is, or if it moved on since it was read."""
        metadata = obj.metadata
        stored = self.get(kind, metadata.namespace, metadata.name)
        known = stored.metadata
        if metadata.resource_version and metadata.resource_version != known.resource_version:
            raise ApiError.conflict(kind.resource, metadata.name)
        if metadata.uid and metadata.uid != known.uid:
            raise ApiError.precondition(kind.resource, metadata.name, metadata.uid, known.uid)
        return stored

    @staticmethod
    def _kept(stored: Object, obj: O) -> O:
        """The object with the metadata that only the server writes."""
        known, given = stored.metadata, obj.metadata
        if given is known:
            return obj
        return replace(
            obj,
            metadata=replace(
                given,
                uid=known.uid,
                resource_version=known.resource_version,
                generation=known.generation,
                generate_name=known.generate_name,
                creation_timestamp=known.creation_timestamp,
                deletion_timestamp=known.deletion_timestamp,
                deletion_grace_period_seconds=known.deletion_grace_period_seconds,
            ),
        )

    @staticmethod
    def _generated(kind: Kind, stored: O, new: O) -> O:
        """The object with its generation moved, if this kind's rule says that the change moves it."""
        moves = _MOVES_GENERATION.get(kind.generation)
        if moves is None or not moves(new, stored):
            return new
        return replace(new, metadata=replace(new.metadata, generation=stored.metadata.generation + 1))

    def _commit(self, kind: Kind, stored: Object, new: O, cause: Cause | None) -> O:
        metadata = new.metadata
        if (
            metadata.deletion_timestamp is not None
            and not metadata.finalizers
            and not metadata.deletion_grace_period_seconds
            and not _namespace_content(new)
        ):
            return cast(O, self.store.remove(kind.key, stored, new, cause))
        return cast(O, self.store.commit(kind.key, stored, new, cause))

    def _placed(self, kind: Kind, obj: O) -> O:
        """The object in the namespace its kind wants; `ApiError` when that does not exist or is going away."""
        metadata = obj.metadata
        if not kind.resource.namespaced:
            return obj if not metadata.namespace else replace(obj, metadata=replace(metadata, namespace=""))
        if not metadata.namespace:
            metadata = replace(metadata, namespace="default")
            obj = replace(obj, metadata=metadata)
        admission.admit_namespace(kind, metadata, self)
        return obj

    def _identified(self, kind: Kind, obj: O) -> O:
        """The object with the metadata of something new."""
        metadata = obj.metadata
        self._created += 1
        name = metadata.name
        if not name and metadata.generate_name:
            name = metadata.generate_name[:_GENERATED_BASE_LENGTH] + self.suffix()
        return replace(
            obj,
            metadata=replace(
                metadata,
                name=name,
                uid=f"{self._created:08x}-0000-4000-8000-{self._created:012x}",
                resource_version="",
                generation=1 if kind.generation or kind.key in _GENERATION_WITHOUT_RULE else 0,
                creation_timestamp=self.clock.stamp(),
                deletion_timestamp=None,
                deletion_grace_period_seconds=None,
            ),
        )

    def suffix(self) -> str:
        """Five characters for a generated name: a counter where a real server takes random ones."""
        self._named += 1
        number, characters = self._named * 7_368_787, ""
        for _ in range(5):
            number, digit = divmod(number, len(_NAME_ALPHABET))
            characters += _NAME_ALPHABET[digit]
        return characters


def _defaulted(kind: Kind, obj: O) -> O:
    """The object with its defaults, and as it is kept."""
    if kind.custom is None:
        return default(obj)
    return cast(O, kind.custom.stored(kind.custom.read(cast(CustomObject, obj))[0]))


def _with_status_of(obj: O, other: O) -> O:
    if isinstance(obj, CustomObject):
        content = {key: item for key, item in obj.content.items() if key != "status"}
        status = other.content.get("status")  # type: ignore[attr-defined]
        return cast(O, replace(obj, content=content if status is None else {**content, "status": status}))
    return replace(obj, status=other.status)  # type: ignore[attr-defined]


def _spec_differs(new: Any, stored: Any) -> bool:
    return bool(new.spec != stored.spec)


def _content_differs(new: Object, stored: Object) -> bool:
    return replace(new, metadata=stored.metadata) != stored


# What moves the generation of a kind: (new, stored) -> whether it does.
_MOVES_GENERATION: Mapping[str, Callable[[Any, Any], bool]] = {
    "spec": _spec_differs,
    "annotated spec": lambda new, stored: (
        _spec_differs(new, stored) or new.metadata.annotations != stored.metadata.annotations
    ),
    "content": _content_differs,
    "labelled content": lambda new, stored: (
        _content_differs(new, stored) or new.metadata.labels != stored.metadata.labels
    ),
}
# Kinds whose status endpoint leaves the metadata as they are (pkg/registry/storage/volumeattachment/strategy.go).
_STATUS_ALONE: frozenset[type[Object]] = frozenset({VolumeAttachment})
# Kinds that get a generation and never move it.
_GENERATION_WITHOUT_RULE = frozenset({"priorityclasses.scheduling.k8s.io"})


def _default_propagation(kind: Kind, obj: Object) -> str:
    """What a deletion that does not say does: what a finalizer already says, else what is usual for the kind."""
    for propagation in (ORPHAN, FOREGROUND):
        if _DELETION_FINALIZER[propagation] in obj.metadata.finalizers:
            return propagation
    return ORPHAN if kind.key in _ORPHANED_BY_DEFAULT else BACKGROUND


def _with_deletion_finalizer(obj: O, propagation: str) -> O:
    """The object with the finalizers its deletion waits for."""
    wanted = _DELETION_FINALIZER[propagation]
    present = obj.metadata.finalizers
    kept = tuple(f for f in present if f not in (_ORPHAN_FINALIZER, _FOREGROUND_FINALIZER) or f == wanted)
    if wanted and wanted not in kept:
        kept = (*kept, wanted)
    return obj if kept == present else replace(obj, metadata=replace(obj.metadata, finalizers=kept))


def _namespace_content(obj: Object) -> bool:
    """Whether this is a namespace that still has its own finalizer, and so waits for its content to go."""
    spec = getattr(obj, "spec", None)
    return obj.kind == "Namespace" and bool(spec and spec.finalizers)


def _with_kept_observation(pod: Pod, stored: Pod) -> Pod:
    """The pod with the owners it had, and the observed generation it had if the writer names none."""
    if pod.metadata.owner_references != stored.metadata.owner_references:
        pod = replace(pod, metadata=replace(pod.metadata, owner_references=stored.metadata.owner_references))
    if not pod.status.observed_generation and stored.status.observed_generation:
        pod = replace(pod, status=replace(pod.status, observed_generation=stored.status.observed_generation))
    return pod


def _with_transition_time(volume: PersistentVolume, stored: PersistentVolume, clock: Clock) -> PersistentVolume:
    """The volume with the instant at which its phase last changed, unless the writer names another one."""
    given, known = volume.status.last_phase_transition_time, stored.status.last_phase_transition_time
    if given is not None and given != known:
        return volume
    instant = clock.stamp() if volume.status.phase != stored.status.phase else known
    return replace(volume, status=replace(volume.status, last_phase_transition_time=instant))
