"""Who a pod of a set is: its name, its labels, its claims, all functions of the set and an ordinal.

Owns identity and storage of one pod. Knows no other pod and writes nothing.
Source: pkg/controller/statefulset/stateful_set_utils.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec.structs import replace

from harness.objects.claim import PersistentVolumeClaim, VolumeClaimTemplate
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import Pod, PodTemplateSpec
from harness.objects.statefulset import StatefulSet
from harness.objects.volume import PersistentVolumeClaimVolumeSource, Volume

POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"
REVISION_LABEL = "controller-revision-hash"

_PARENT_AND_ORDINAL = re.compile(r"(.*)-([0-9]+)$", re.DOTALL)
_LARGEST_ORDINAL = 2**31 - 1
NO_ORDINAL = -1


@lru_cache(maxsize=65536)
def parent_and_ordinal(pod_name: str) -> tuple[str, int]:
    """The set's name and the ordinal that a pod's name spells; ("", -1) where it spells none."""
    found = _PARENT_AND_ORDINAL.match(pod_name)
    if found is None:
        return "", NO_ORDINAL
    ordinal = int(found[2])
    return found[1], ordinal if ordinal <= _LARGEST_ORDINAL else NO_ORDINAL


def ordinal_of(pod: Pod) -> int:
    return parent_and_ordinal(pod.metadata.name)[1]


def start_ordinal(stateful_set: StatefulSet) -> int:
    ordinals = stateful_set.spec.ordinals
    return ordinals.start if ordinals is not None else 0


def pod_name(stateful_set: StatefulSet, ordinal: int) -> str:
    return f"{stateful_set.metadata.name}-{ordinal}"


def claim_name(template: VolumeClaimTemplate, stateful_set: StatefulSet, ordinal: int) -> str:
    return f"{template.metadata.name}-{stateful_set.metadata.name}-{ordinal}"


def claim_names(stateful_set: StatefulSet, ordinal: int) -> list[str]:
    """The claims of one ordinal, in the order of their templates."""
    return [claim_name(template, stateful_set, ordinal) for template in stateful_set.spec.volume_claim_templates]


def new_claim(template: VolumeClaimTemplate, stateful_set: StatefulSet, ordinal: int) -> PersistentVolumeClaim:
    """The claim a template makes for an ordinal. The set's matchLabels win over the template's labels."""
    selector = stateful_set.spec.selector
    return PersistentVolumeClaim(
        metadata=ObjectMeta(
            name=claim_name(template, stateful_set, ordinal),
            namespace=stateful_set.metadata.namespace,
            labels={**template.metadata.labels, **(selector.match_labels if selector is not None else {})},
            annotations=template.metadata.annotations,
            finalizers=template.metadata.finalizers,
        ),
        spec=template.spec,
    )


def new_pod(stateful_set: StatefulSet, template: PodTemplateSpec, revision: str, ordinal: int) -> Pod:
    """The pod of an ordinal as it is sent to the API, made from the template of a revision."""
    name = pod_name(stateful_set, ordinal)
    metadata = ObjectMeta(
        name=name,
        generate_name=f"{stateful_set.metadata.name}-",
        namespace=stateful_set.metadata.namespace,
        labels={
            **template.metadata.labels,
            POD_INDEX_LABEL: str(ordinal),
            REVISION_LABEL: revision,
            POD_NAME_LABEL: name,
        },
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(owned_by(stateful_set),),
    )
    spec = replace(
        template.spec,
        hostname=name,
        subdomain=stateful_set.spec.service_name,
        volumes=_volumes(stateful_set, template.spec.volumes, ordinal),
    )
    return Pod(metadata=metadata, spec=spec)


def _volumes(stateful_set: StatefulSet, given: tuple[Volume, ...], ordinal: int) -> tuple[Volume, ...]:
    """The claims' volumes first, then the template's own except those of the same name."""
    claimed = tuple(
        Volume(
            name=template.metadata.name,
            persistent_volume_claim=PersistentVolumeClaimVolumeSource(
                claim_name=claim_name(template, stateful_set, ordinal)
            ),
        )
        for template in stateful_set.spec.volume_claim_templates
    )
    if not claimed:
        return given
    names = {volume.name for volume in claimed}
    return (*claimed, *(volume for volume in given if volume.name not in names))


def identity_matches(stateful_set: StatefulSet, pod: Pod) -> bool:
    """Whether the pod's name and its pod-name label are those of its ordinal; nothing else is looked at."""
    name = pod.metadata.name
    parent, ordinal = parent_and_ordinal(name)
    return (
        ordinal >= 0
        and parent == stateful_set.metadata.name
        and name == f"{parent}-{ordinal}"
        and pod.metadata.labels.get(POD_NAME_LABEL) == name
    )


def storage_matches(stateful_set: StatefulSet, pod: Pod) -> bool:
    """Whether the pod uses exactly the claims of its ordinal."""
    templates = stateful_set.spec.volume_claim_templates
    if not templates:
        return True
    ordinal = ordinal_of(pod)
    used = {
        volume.name: volume.persistent_volume_claim.claim_name
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
    }
    for template in templates:
        if used.get(template.metadata.name) != claim_name(template, stateful_set, ordinal):
            return False
    return True


def repaired(stateful_set: StatefulSet, pod: Pod) -> Pod:
    """The pod with the name, labels and claims of its ordinal put right."""
    ordinal = ordinal_of(pod)
    name = pod_name(stateful_set, ordinal)
    labels = pod.metadata.labels
    if not identity_matches(stateful_set, pod):
        labels = {**labels, POD_NAME_LABEL: name, POD_INDEX_LABEL: str(ordinal)}
    spec = pod.spec
    if not storage_matches(stateful_set, pod):
        spec = replace(spec, volumes=_volumes(stateful_set, spec.volumes, ordinal))
    return replace(pod, metadata=replace(pod.metadata, name=name, labels=labels), spec=spec)
