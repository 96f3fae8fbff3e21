"""What the API server warns of while it accepts a request: fields and values that are on their way out.

Owns the texts, by kind; those about pods stand in `pod_warnings`. A warning changes nothing; a client shows it. Source:
pkg/api/persistentvolume/util.go, pkg/api/persistentvolumeclaim/util.go, pkg/api/node/util.go, pkg/api/storage/util.go,
pkg/api/service/warnings.go, pkg/api/job/warnings.go, pkg/registry/{apps,batch,core,networking}/*/strategy.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from harness.api.pod_warnings import after_volumes, before_volumes, of_expressions, of_fractions, renamed
from harness.api.problems import quoted
from harness.api.validation.names import dns_label
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec
from harness.objects.csi import CSIStorageCapacity
from harness.objects.meta import CustomObject, Object, ObjectMeta, api_version_of, kind_of
from harness.objects.pod import Pod, PodSpec, PodTemplateSpec
from harness.objects.service import Service
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION, MOUNT_OPTIONS_ANNOTATION

_BETA_CLASS = (
    f'metadata.annotations[{BETA_CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead'
)
_MOUNT_OPTIONS = (
    f'metadata.annotations[{MOUNT_OPTIONS_ANNOTATION}]: deprecated since v1.31; use "mountOptions" attribute instead'
)
_RECYCLE = (
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
    "Instead, the recommended approach is to use dynamic provisioning."
)
_NEGATIVE_HISTORY = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
)
_MANY_COMPLETIONS = 100_000
_MANY_PODS = 10_000
_TOO_MANY_INDEXES = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes "
    "might not be able to track completedIndexes when a big number of indexes fail"
)
# (field, name as the warning has it, what became of the plugin), in the order in which they are looked at
_PLUGINS_OF_VOLUMES = (
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)
_PLUGINS_OF_PODS = (
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("git_repo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)

_OLD_TOPOLOGY = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY = "service.kubernetes.io/topology-mode"
_INGRESS_CLASS = "kubernetes.io/ingress.class"
# Kinds that are deprecated as a whole.
_OLD_KINDS = {("v1", "Endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"}


Find: TypeAlias = "Callable[[Any, Object | None], Iterator[str]]"


def warnings(obj: Object, previous: Object | None = None) -> tuple[str, ...]:
    """What a write of this object is warned of, in order. `previous` is what an update replaced; None at a creation."""
    text = _OLD_KINDS.get((api_version_of(obj), kind_of(obj)))
    if text:
        return (text,)
    find = _WARNINGS.get(type(obj)) or _WARNINGS_BY_NAME.get((obj.api_version, obj.kind))
    return tuple(find(obj, previous)) if find is not None else ()


def _of_volume(volume: PersistentVolume, _previous: Object | None) -> Iterator[str]:
    annotations, spec = volume.metadata.annotations, volume.spec
    if BETA_CLASS_ANNOTATION in annotations:
        yield _BETA_CLASS
    if MOUNT_OPTIONS_ANNOTATION in annotations:
        yield _MOUNT_OPTIONS
    if spec.persistent_volume_reclaim_policy == "Recycle":
        yield _RECYCLE
    if spec.node_affinity is not None and spec.node_affinity.required is not None:
        for index, term in enumerate(spec.node_affinity.required.node_selector_terms):
            path = f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]"
            yield from of_expressions(path, (expression.key for expression in term.match_expressions))
    yield from _of_plugins(spec, "spec", _PLUGINS_OF_VOLUMES)


def _of_plugins(spec: object, path: str, plugins: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for field, name, text in plugins:
        if getattr(spec, field) is not None:
            yield f"{path}.{name}: {text}"


def _of_claim(claim: PersistentVolumeClaim, _previous: Object | None) -> Iterator[str]:
    if BETA_CLASS_ANNOTATION in claim.metadata.annotations:
        yield _BETA_CLASS
    yield from _of_claim_spec(claim.spec, "spec")


def _of_claim_spec(spec: PersistentVolumeClaimSpec, path: str) -> Iterator[str]:
    yield from of_fractions(f"{path}.resources.requests", spec.resources.requests, ("storage",))
    yield from of_fractions(f"{path}.resources.limits", spec.resources.limits, ("storage",))


def _of_pod(pod: Pod, previous: Object | None) -> Iterator[str]:
    """A change of a pod is not warned of."""
    if previous is None:
        yield from _of_name(pod.metadata.name, "the Pod's hostname")
        yield from _of_pod_spec(pod.spec, pod.metadata, "")


def _of_pod_spec(spec: PodSpec, metadata: ObjectMeta, prefix: str) -> Iterator[str]:
    yield from before_volumes(spec, metadata, prefix)
    for index, volume in enumerate(spec.volumes):
        at = f"{prefix}spec.volumes[{index}]"
        yield from _of_plugins(volume, at, _PLUGINS_OF_PODS)
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
            yield from _of_claim_spec(
                volume.ephemeral.volume_claim_template.spec, f"{at}.ephemeral.volumeClaimTemplate.spec"
            )
    yield from after_volumes(spec, metadata, prefix)


def _of_name(name: str, what: str) -> Iterator[str]:
    if wrong := dns_label(name):
        yield (
            f"metadata.name: this is used in {what}, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(wrong)}]"
        )


def _of_named_workload(workload: Any, previous: Object | None) -> Iterator[str]:
    if previous is None:
        yield from _of_name(workload.metadata.name, "Pod names and hostnames")
    yield from _of_workload(workload, previous)


def _of_workload(workload: Any, previous: Object | None) -> Iterator[str]:
    """A template is looked at when the workload is new, or when what it wants has changed."""
    if _wants_otherwise(workload, previous):
        yield from _of_template(workload.spec.template, "spec.template")


def _wants_otherwise(obj: Object, previous: Object | None) -> bool:
    return previous is None or previous.metadata.generation != obj.metadata.generation


def _of_template(template: PodTemplateSpec | None, path: str) -> Iterator[str]:
    if template is not None:
        yield from _of_pod_spec(template.spec, template.metadata, f"{path}.")


def _of_job(job: Any, previous: Object | None) -> Iterator[str]:
    if previous is None:
        yield from _of_name(job.metadata.name, "Pod names and hostnames")
    if _wants_otherwise(job, previous):
        yield from _of_job_spec(job.spec, "spec")


def _of_cron_job(cron_job: Any, previous: Object | None) -> Iterator[str]:
    if previous is None:
        yield from _of_name(cron_job.metadata.name, "Pod names and hostnames")
    if _wants_otherwise(cron_job, previous):
        yield from _of_job_spec(cron_job.spec.job_template.spec, "spec.jobTemplate.spec")


def _of_job_spec(spec: Any, path: str) -> Iterator[str]:
    is_large = (spec.completions or 0) > _MANY_COMPLETIONS and (spec.parallelism or 0) > _MANY_PODS
    if spec.completion_mode == "Indexed" and is_large:
        yield f"{path}: {_TOO_MANY_INDEXES}"
    yield from _of_template(spec.template, f"{path}.template")


def _of_pod_template(template: Any, previous: Object | None) -> Iterator[str]:
    if _wants_otherwise(template, previous):
        yield from _of_template(template.template, "template")


def _of_ingress(ingress: Any, previous: Object | None) -> Iterator[str]:
    if previous is None and _INGRESS_CLASS in ingress.metadata.annotations and ingress.spec.ingress_class_name is None:
        yield f"annotation {quoted(_INGRESS_CLASS)} is deprecated, please use 'spec.ingressClassName' instead"


def _of_stateful_set(stateful_set: StatefulSet, previous: Object | None) -> Iterator[str]:
    spec = stateful_set.spec
    yield from _of_workload(stateful_set, previous)
    for index, template in enumerate(spec.volume_claim_templates):
        yield from _of_claim_spec(template.spec, f"spec.volumeClaimTemplates[{index}]")
    if spec.revision_history_limit is not None and spec.revision_history_limit < 0:
        yield _NEGATIVE_HISTORY


def _of_service(service: Service, _previous: Object | None) -> Iterator[str]:
    spec = service.spec
    if _OLD_TOPOLOGY in service.metadata.annotations:
        yield f"annotation {_OLD_TOPOLOGY} is deprecated, please use {_TOPOLOGY} instead"
    headless = spec.type == "ClusterIP" and spec.cluster_ip == "None"
    if headless:
        if spec.load_balancer_ip:
            yield "spec.loadBalancerIP is ignored for headless services"
        if spec.external_ips:
            yield "spec.externalIPs is ignored for headless services"
        if spec.session_affinity != "None":
            yield "spec.SessionAffinity is ignored for headless services"
    if spec.external_ips and not headless and spec.type != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.type == "ExternalName" and spec.external_ips:
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if spec.type != "ExternalName" and spec.external_name:
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.traffic_distribution == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _of_definition(definition: Any, _previous: Object | None) -> Iterator[str]:
    from harness.api.custom.making import warnings_of

    yield from warnings_of(definition)


def _of_custom(obj: CustomObject, previous: Object | None) -> Iterator[str]:
    """Finalizers of custom objects may be called anything (registry/customresource/validator.go)."""
    known = previous.metadata.finalizers if previous is not None else ()
    for finalizer in sorted(set(obj.metadata.finalizers) - set(known)):
        if "/" in finalizer or finalizer in ("orphan", "foregroundDeletion", "kubernetes"):
            continue
        including = " including a path (/)" if "." in finalizer else ""
        yield (
            f"metadata.finalizers: {quoted(finalizer)}: prefer a domain-qualified finalizer name{including} "
            "to avoid accidental conflicts with other finalizer writers"
        )


def _of_class(storage_class: StorageClass, _previous: Object | None) -> Iterator[str]:
    for index, term in enumerate(storage_class.allowed_topologies):
        for position, expression in enumerate(term.match_label_expressions):
            if text := renamed(expression.key):
                yield f"allowedTopologies[{index}].matchLabelExpressions[{position}].key: {text}"


def _of_capacity(capacity: CSIStorageCapacity, _previous: Object | None) -> Iterator[str]:
    topology = capacity.node_topology
    if topology is None:
        return
    yield from of_expressions("nodeTopology", (expression.key for expression in topology.match_expressions))
    for label in sorted(topology.match_labels):
        if text := renamed(label):
            yield f"nodeTopology.matchLabels.{label}: {text}"


_WARNINGS: dict[type[Object], Find] = {
    CustomObject: _of_custom,
    CSIStorageCapacity: _of_capacity,
    PersistentVolume: _of_volume,
    PersistentVolumeClaim: _of_claim,
    Pod: _of_pod,
    Service: _of_service,
    StatefulSet: _of_stateful_set,
    StorageClass: _of_class,
}
# Of kinds whose types are loaded when the first object of theirs comes.
_WARNINGS_BY_NAME: dict[tuple[str, str], Find] = {
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _of_definition,
    ("apps/v1", "DaemonSet"): _of_workload,
    ("apps/v1", "Deployment"): _of_named_workload,
    ("apps/v1", "ReplicaSet"): _of_named_workload,
    ("batch/v1", "CronJob"): _of_cron_job,
    ("batch/v1", "Job"): _of_job,
    ("networking.k8s.io/v1", "Ingress"): _of_ingress,
    ("v1", "PodTemplate"): _of_pod_template,
    ("v1", "ReplicationController"): _of_named_workload,
}
