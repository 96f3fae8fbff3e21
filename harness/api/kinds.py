"""The table of kinds: what the server must know of each to store it as Kubernetes does.

Owns the per-kind facts that differ (is there a status, what moves the generation, what a new object starts with, which
kinds can be scaled). What fields default to and what is refused stands in `defaulting` and `validation`, by the same
types. Mirrors pkg/registry/*/*/strategy.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.api.label_keys import with_label_keys
from harness.kernel.clock import Clock
from harness.objects import resources, schemas
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimStatus
from harness.objects.config import ConfigMap, Namespace, NamespaceStatus, Secret, ServiceAccount
from harness.objects.csi import CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment, VolumeAttributesClass
from harness.objects.event import Event
from harness.objects.meta import CustomObject, LabelSelector, Object
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition, PodStatus
from harness.objects.policy import PodDisruptionBudget, PriorityClass
from harness.objects.quality_of_service import quality_of_service
from harness.objects.quota import LimitRange, ResourceQuota
from harness.objects.resources import Resource
from harness.objects.service import EndpointSlice, Service
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.storage import PersistentVolume, PersistentVolumeStatus, StorageClass


def _unchanged(obj: Any, _clock: Clock) -> Any:
    return obj


def _kept(new: Any, _stored: Any) -> Any:
    return new


def _without_status(obj: Any, _clock: Clock) -> Any:
    return replace(obj, status=type(obj.status)())


def _new_pod(pod: Pod, _clock: Clock) -> Pod:
    conditions: tuple[PodCondition, ...] = ()
    if pod.spec.scheduling_gates:
        conditions = (
            PodCondition(
                type="PodScheduled",
                status="False",
                reason="SchedulingGated",
                message="Scheduling is blocked due to non-empty scheduling gates",
            ),
        )
    status = PodStatus(phase="Pending", qos_class=quality_of_service(pod.spec), conditions=conditions)
    spec = pod.spec
    if spec.topology_spread_constraints or spec.affinity is not None:
        spec = with_label_keys(spec, pod.metadata.labels)
    return replace(pod, spec=spec, status=status)


def _new_volume(volume: PersistentVolume, clock: Clock) -> PersistentVolume:
    return replace(volume, status=PersistentVolumeStatus(phase="Pending", last_phase_transition_time=clock.stamp()))


def _new_claim(claim: PersistentVolumeClaim, _clock: Clock) -> PersistentVolumeClaim:
    return replace(claim, status=PersistentVolumeClaimStatus(phase="Pending"))


def _new_namespace(namespace: Namespace, _clock: Clock) -> Namespace:
    given = namespace.spec.finalizers
    finalizers = given if "kubernetes" in given else (*given, "kubernetes")
    return replace(
        namespace, spec=replace(namespace.spec, finalizers=finalizers), status=NamespaceStatus(phase="Active")
    )


_JOB_NAME = ("batch.kubernetes.io/job-name", "job-name")
_JOB_UID = ("batch.kubernetes.io/controller-uid", "controller-uid")


def _new_job(job: Any, clock: Clock) -> Any:
    """A job that does not choose its pods by hand selects them by its own uid (pkg/registry/batch/job/strategy.go)."""
    job = _without_status(job, clock)
    spec, name, uid = job.spec, job.metadata.name, job.metadata.uid
    if spec.manual_selector:
        return job
    template = spec.template.metadata
    labels = {**template.labels, **{key: value for key, value in _own_labels(name, uid) if key not in template.labels}}
    selector = spec.selector or LabelSelector()
    if _JOB_UID[0] not in selector.match_labels:
        selector = replace(selector, match_labels={**selector.match_labels, _JOB_UID[0]: uid})
    labelled = replace(spec.template, metadata=replace(template, labels=labels))
    if not job.metadata.labels or job.metadata.labels is template.labels:
        # Labels that a job has from its template are one map with them, and grow with them.
        job = replace(job, metadata=replace(job.metadata, labels=labels))
    return replace(job, spec=replace(spec, selector=selector, template=labelled))


def _own_labels(name: str, uid: str) -> tuple[tuple[str, str], ...]:
    return (*((key, name) for key in _JOB_NAME), *((key, uid) for key in _JOB_UID))


_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def _new_daemon_set(daemon_set: Any, clock: Clock) -> Any:
    return _with_template_generation(_without_status(daemon_set, clock), 1)


def _changed_daemon_set(new: Any, stored: Any) -> Any:
    """Changes of the template are counted; the annotation serves the count (pkg/apis/apps/v1/conversion.go)."""
    count = int(stored.metadata.annotations.get(_TEMPLATE_GENERATION, "0"))
    return _with_template_generation(new, count + (new.spec.template != stored.spec.template))


def _with_template_generation(daemon_set: Any, count: int) -> Any:
    metadata = daemon_set.metadata
    annotations = {**metadata.annotations, _TEMPLATE_GENERATION: str(count)}
    return replace(daemon_set, metadata=replace(metadata, annotations=annotations))


class Kind(msgspec.Struct, frozen=True):
    """One kind: its names, its type, and how the server treats it.

    `key` is what its objects are stored under. `generation` says which changes move it: those of the "spec", of the
    spec or the annotations ("annotated spec"), of anything but the metadata ("content"), or of that or the labels
    ("labelled content"); "" when the kind has none. `begin` gives a new object the status it starts with, `change` a
    changed one (new, stored) what only the server writes.
    """

    key: str
    resource: Resource
    type: type[Object]
    status: bool = False
    generation: str = ""
    begin: Callable[[Any, Clock], Any] = _unchanged
    change: Callable[[Any, Any], Any] = _kept

    @property
    def scalable(self) -> bool:
        """Whether there is a scale subresource."""
        return self.key in _SCALABLE


_SCALABLE = frozenset({"deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps"})


def _kind(
    type_: type[Object],
    *,
    status: bool = False,
    generation: str = "",
    begin: Callable[[Any, Clock], Any] = _unchanged,
    change: Callable[[Any, Any], Any] = _kept,
) -> Kind:
    resource = resources.of_kind(type_.api_version, type_.kind)
    assert resource is not None, type_
    return Kind(resource.group_resource, resource, type_, status, generation, begin, change)


KINDS: tuple[Kind, ...] = (
    _kind(Pod, status=True, generation="spec", begin=_new_pod),
    _kind(Node, status=True),
    _kind(Namespace, status=True, begin=_new_namespace, change=lambda new, stored: replace(new, spec=stored.spec)),
    _kind(Service, status=True, begin=_without_status),
    _kind(EndpointSlice, generation="labelled content"),
    _kind(ConfigMap),
    _kind(Secret),
    _kind(ServiceAccount),
    _kind(PersistentVolume, status=True, begin=_new_volume),
    _kind(PersistentVolumeClaim, status=True, begin=_new_claim),
    _kind(StorageClass),
    _kind(VolumeAttributesClass),
    _kind(CSIDriver, generation="spec"),
    _kind(CSINode),
    _kind(CSIStorageCapacity),
    _kind(VolumeAttachment, status=True, begin=_without_status),
    _kind(StatefulSet, status=True, generation="spec", begin=_without_status),
    _kind(ControllerRevision),
    _kind(Event),
    _kind(PodDisruptionBudget, status=True, generation="spec", begin=_without_status),
    _kind(PriorityClass),
    _kind(LimitRange),
    _kind(ResourceQuota, status=True, begin=_without_status),
)


class _Facts(NamedTuple):
    """What there is to know of a kind before its type is needed."""

    generation: str = ""
    status: bool = False
    begin: Callable[[Any, Clock], Any] = _unchanged
    change: Callable[[Any, Any], Any] = _kept


def _with_status(generation: str = "") -> _Facts:
    return _Facts(generation, True, _without_status)


# The kinds whose types are loaded when the first object of theirs comes.
_LATER: Mapping[str, _Facts] = {
    "apiservices.apiregistration.k8s.io": _with_status(),
    "certificatesigningrequests.certificates.k8s.io": _with_status(),
    "clusterrolebindings.rbac.authorization.k8s.io": _Facts(),
    "clusterroles.rbac.authorization.k8s.io": _Facts(),
    "cronjobs.batch": _with_status("spec"),
    "daemonsets.apps": _Facts("spec", True, _new_daemon_set, _changed_daemon_set),
    "deployments.apps": _with_status("annotated spec"),
    "deviceclasses.resource.k8s.io": _Facts("spec"),
    "endpoints": _Facts(),
    "flowschemas.flowcontrol.apiserver.k8s.io": _with_status("spec"),
    "horizontalpodautoscalers.autoscaling": _with_status(),
    "ingressclasses.networking.k8s.io": _Facts("spec"),
    "ingresses.networking.k8s.io": _with_status("spec"),
    "ipaddresses.networking.k8s.io": _Facts(),
    "jobs.batch": _Facts("spec", True, _new_job),
    "leases.coordination.k8s.io": _Facts(),
    "mutatingadmissionpolicies.admissionregistration.k8s.io": _Facts("spec"),
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": _Facts("spec"),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _Facts("content"),
    "networkpolicies.networking.k8s.io": _Facts("spec"),
    "podtemplates": _Facts("content"),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": _with_status("spec"),
    "replicasets.apps": _with_status("spec"),
    "replicationcontrollers": _with_status("spec"),
    "resourceclaims.resource.k8s.io": _with_status(),
    "resourceclaimtemplates.resource.k8s.io": _Facts(),
    "resourceslices.resource.k8s.io": _Facts("spec"),
    "rolebindings.rbac.authorization.k8s.io": _Facts(),
    "roles.rbac.authorization.k8s.io": _Facts(),
    "runtimeclasses.node.k8s.io": _Facts(),
    "servicecidrs.networking.k8s.io": _with_status(),
    "validatingadmissionpolicies.admissionregistration.k8s.io": _with_status("spec"),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": _Facts("spec"),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _Facts("content"),
}


class _ByType(dict[type[Object], Kind]):
    """The kind of each type; that of a type that was loaded late is found at its first use."""

    def __missing__(self, type_: type[Object]) -> Kind:
        kind = of_manifest(type_.api_version, type_.kind)
        assert kind.type is type_, type_
        self[type_] = kind
        return kind


BY_TYPE = _ByType({kind.type: kind for kind in KINDS})
_BY_RESOURCE: dict[str, Kind] = {kind.key: kind for kind in KINDS}


@cache
def of_resource(resource: Resource) -> Kind:
    """The kind of a resource; one whose fields are not known is stored as it came."""
    key = resource.group_resource
    known = _BY_RESOURCE.get(key)
    if known is not None:
        return known
    type_ = schemas.type_of(resource.api_version, resource.kind)
    if type_ is None:
        return Kind(key, resource, CustomObject)
    facts = _LATER[key]
    return Kind(key, resource, type_, facts.status, facts.generation, facts.begin, facts.change)


@cache
def of_manifest(api_version: str, kind: str) -> Kind:
    """The kind a manifest names."""
    return of_resource(resources.of_kind(api_version, kind) or resources.custom(api_version, kind))


def of_object(obj: Object) -> Kind:
    """The kind of an object."""
    if isinstance(obj, CustomObject):
        return of_manifest(obj.group_version, obj.kind_name)
    return BY_TYPE[type(obj)]
