"""What the API server demands of the volumes of a pod.

Owns the names of volumes and the sources that a pod can name. Mirrors pkg/apis/core/validation (ValidateVolumes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, quoted, required, unsupported
from harness.api.validation.claims import claim_spec_problems
from harness.api.validation.containers import CONTAINER_RESOURCES, PULL_POLICIES, local_path_problems
from harness.api.validation.fields import complaints, one_of
from harness.api.validation.metadata import annotation_problems, label_problems
from harness.api.validation.names import dns_label, dns_subdomain, qualified_name
from harness.api.validation.volume_sources import (
    IN_PODS,
    ONE_SOURCE,
    PLACES,
    PORTAL_IS_TOO_LONG,
    SourceRule,
    portal_is_too_long,
)
from harness.objects import quantity
from harness.objects.volume import (
    DownwardAPIVolumeFile,
    DownwardAPIVolumeSource,
    EmptyDirVolumeSource,
    EphemeralVolumeSource,
    GitRepoVolumeSource,
    ImageVolumeSource,
    KeyToPath,
    ObjectFieldSelector,
    PersistentVolumeClaimVolumeSource,
    ProjectedVolumeSource,
    ResourceFieldSelector,
    ServiceAccountTokenProjection,
    Volume,
)

_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_DUPLICATE_PATH = "conflicting duplicate paths"
_MIN_TOKEN_SECONDS = 600
_MAX_TOKEN_SECONDS = 2**32

# What a file can show of its pod, and what else of a pod has a name that is known but is not shown in files.
_FILE_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_OTHER_FIELDS = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.phase",
    "status.podIP",
    "status.podIPs",
)
_BYTE_DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_BYTES = f"only divisor's values {', '.join(_BYTE_DIVISORS)} are supported with the "
# end of a resource's name -> (divisors, what is said of others)
_DIVISORS = {
    "cpu": (("1m", "1"), "only divisor's values 1m and 1 are supported with the cpu resource"),
    "memory": (_BYTE_DIVISORS, f"{_BYTES}memory resource"),
    "ephemeral-storage": (_BYTE_DIVISORS, f"{_BYTES}local ephemeral storage resource"),
    "hugepages": (_BYTE_DIVISORS, f"{_BYTES}hugepages resource"),
}
# The metadata a template of a claim may not have: (field, name in Go, with a small letter)
_UNTEMPLATED = (
    ("name", "name"),
    ("generate_name", "generateName"),
    ("namespace", "namespace"),
    ("uid", "uID"),
    ("resource_version", "resourceVersion"),
    ("generation", "generation"),
    ("creation_timestamp", "creationTimestamp"),
    ("deletion_timestamp", "deletionTimestamp"),
    ("deletion_grace_period_seconds", "deletionGracePeriodSeconds"),
    ("owner_references", "ownerReferences"),
    ("finalizers", "finalizers"),
)


class Checked(NamedTuple):
    """What is wrong with volumes, and those that a container may refer to: by name, the ones nothing is wrong with."""

    problems: list[FieldProblem]
    usable: dict[str, Volume]


def check_volumes(volumes: Sequence[Volume], path: str, *, is_pod: bool, pod_name: str = "") -> Checked:
    """The volumes of a pod, or of a template of one. `pod_name`: "" where it is not known yet."""
    problems: list[FieldProblem] = []
    usable: dict[str, Volume] = {}
    made = {f"{pod_name}-{volume.name}" for volume in volumes if pod_name and volume.ephemeral is not None}
    for index, volume in enumerate(volumes):
        at = f"{path}[{index}]"
        wrong = _source_problems(volume, at, is_pod) + _named_source_problems(volume, at, pod_name)
        if not volume.name:
            wrong.append(required(f"{at}.name"))
        elif dns_label(volume.name):
            wrong += complaints(f"{at}.name", volume.name, dns_label(volume.name))
        if volume.name in usable:
            wrong.append(duplicate(f"{at}.name", volume.name))
        if not wrong:
            usable[volume.name] = volume
        problems += wrong
        claim = volume.persistent_volume_claim
        if claim is not None and claim.claim_name in made:
            text = "must not reference a PVC that gets created for an ephemeral volume"
            problems.append(invalid(f"{at}.persistentVolumeClaim.claimName", claim.claim_name, text))
    return Checked(problems, usable)


def _source_problems(volume: Volume, path: str, is_pod: bool) -> list[FieldProblem]:
    claim = volume.persistent_volume_claim
    if claim is not None and volume == Volume(name=volume.name, persistent_volume_claim=claim):
        return _claim_problems(claim, f"{path}.persistentVolumeClaim")
    problems: list[FieldProblem] = []
    first = True
    for field, name in _SOURCE_NAMES:
        source = getattr(volume, field)
        if source is None:
            continue
        if not first:
            problems.append(forbidden(f"{path}.{name}", ONE_SOURCE))
        elif field == "image":
            problems += _image_problems(source, f"{path}.image", is_pod)
        else:
            problems += _SOURCES[field](source, f"{path}.{_PLACES.get(field, name)}")
        first = False
    return [required(path, "must specify a volume type")] if first else problems


def _named_source_problems(volume: Volume, path: str, pod_name: str) -> list[FieldProblem]:
    """What is wrong with a source together with the name of its volume."""
    problems: list[FieldProblem] = []
    if volume.iscsi is not None and portal_is_too_long(volume.name, volume.iscsi):
        problems.append(invalid(f"{path}.name", volume.name, PORTAL_IS_TOO_LONG))
    if volume.ephemeral is not None and pod_name and volume.name:
        claim = f"{pod_name}-{volume.name}"
        texts = [f"PVC name {quoted(claim)}: {wrong}" for wrong in dns_subdomain(claim)]
        problems += complaints(f"{path}.name", volume.name, texts)
    return problems


def _claim_problems(source: PersistentVolumeClaimVolumeSource, path: str) -> list[FieldProblem]:
    return [] if source.claim_name else [required(f"{path}.claimName")]


def _empty_dir_problems(source: EmptyDirVolumeSource, path: str) -> list[FieldProblem]:
    if source.size_limit is not None and quantity.parse(source.size_limit) < 0:
        return [forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]
    return []


def _git_repo_problems(source: GitRepoVolumeSource, path: str) -> list[FieldProblem]:
    problems = [] if source.repository else [required(f"{path}.repository")]
    return problems + local_path_problems(source.directory, f"{path}.directory")


def _image_problems(source: ImageVolumeSource, path: str, is_pod: bool) -> list[FieldProblem]:
    problems = [required(f"{path}.reference")] if is_pod and not source.reference else []
    return problems + one_of(source.pull_policy, PULL_POLICIES, f"{path}.pullPolicy")


def _files_problems(source: Any, name: str, path: str) -> list[FieldProblem]:
    problems = (
        [] if getattr(source, name) else [required(f"{path}.{'secretName' if name == 'secret_name' else 'name'}")]
    )
    problems += _mode_problems(source.default_mode, f"{path}.defaultMode")
    return problems + _item_problems(source.items, f"{path}.items")


def _secret_problems(source: Any, path: str) -> list[FieldProblem]:
    return _files_problems(source, "secret_name", path)


def _config_map_problems(source: Any, path: str) -> list[FieldProblem]:
    return _files_problems(source, "name", path)


def _mode_problems(mode: int | None, path: str) -> list[FieldProblem]:
    return [] if mode is None or 0 <= mode <= 0o777 else [invalid(path, mode, _MODE)]


def _item_problems(items: Sequence[KeyToPath], path: str, start: int = 0) -> list[FieldProblem]:
    """`start`: the index of the first of the items."""
    problems: list[FieldProblem] = []
    for index, item in enumerate(items, start):
        at = f"{path}[{index}]"
        if not item.key:
            problems.append(required(f"{at}.key"))
        problems += _file_path_problems(item.path, f"{at}.path")
        problems += _mode_problems(item.mode, f"{at}.mode")
    return problems


def _file_path_problems(name: str, path: str) -> list[FieldProblem]:
    """The name of a file below the volume's own directory, whose names with two dots at the start are reserved."""
    if not name:
        return [required(path)]
    problems = local_path_problems(name, path)
    if name.startswith("..") and not name.startswith("../"):
        problems.append(invalid(path, name, "must not start with '..'"))
    return problems


def _downward_problems(source: DownwardAPIVolumeSource, path: str) -> list[FieldProblem]:
    problems = _mode_problems(source.default_mode, f"{path}.defaultMode")
    for file in source.items:
        problems += _downward_file_problems(file, path)
    return problems


def _downward_file_problems(file: DownwardAPIVolumeFile, path: str) -> list[FieldProblem]:
    """Reported on the source: the server does not say which of its files is meant."""
    problems = _file_path_problems(file.path, f"{path}.path")
    if file.field_ref is not None:
        problems += _field_problems(file.field_ref, f"{path}.fieldRef")
        if file.resource_field_ref is not None:
            text = "fieldRef and resourceFieldRef can not be specified simultaneously"
            problems.append(invalid(path, "resource", text))
    elif file.resource_field_ref is not None:
        problems += _resource_problems(file.resource_field_ref, f"{path}.resourceFieldRef")
    else:
        problems.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    return problems + _mode_problems(file.mode, f"{path}.mode")


def _field_problems(selector: ObjectFieldSelector, path: str) -> list[FieldProblem]:
    named = selector.field_path
    if not named:
        return [required(f"{path}.fieldPath")]
    name, bracket, key = named.partition("['")
    if bracket and key.endswith("']"):
        if name not in ("metadata.annotations", "metadata.labels"):
            text = f"error converting fieldPath: field label does not support subscript: {named}"
            return [invalid(f"{path}.fieldPath", named, text)]
        key = key[:-2].lower() if name == "metadata.annotations" else key[:-2]
        return complaints(path, key, qualified_name(key))
    if named in _FILE_FIELDS:
        return []
    if named in _OTHER_FIELDS:
        return [unsupported(f"{path}.fieldPath", named, _FILE_FIELDS)]
    text = f"error converting fieldPath: field label not supported: {named}"
    return [invalid(f"{path}.fieldPath", named, text)]


def _resource_problems(selector: ResourceFieldSelector, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    resource = selector.resource
    sort, _, what = resource.partition(".")
    huge = sort in ("limits", "requests") and what.startswith("hugepages-")
    if not selector.container_name:
        problems.append(required(f"{path}.containerName"))
    elif not resource:
        problems.append(required(f"{path}.resource"))
    elif resource not in CONTAINER_RESOURCES and not huge:
        problems.append(unsupported(f"{path}.resource", resource, CONTAINER_RESOURCES))
    if resource in CONTAINER_RESOURCES or huge:
        divisors, text = _DIVISORS["hugepages" if huge else what]
        if selector.divisor and quantity.parse(selector.divisor) and selector.divisor not in divisors:
            problems.append(invalid(f"{path}.divisor", resource, text))
    return problems


def _projected_problems(source: ProjectedVolumeSource, path: str) -> list[FieldProblem]:
    problems = _mode_problems(source.default_mode, f"{path}.defaultMode")
    taken: set[str] = set()
    for index, projection in enumerate(source.sources):
        at = f"{path}.sources[{index}]"
        for name, part in (("secret", projection.secret), ("configMap", projection.config_map)):
            if part is None:
                continue
            if not part.name:
                problems.append(required(f"{at}.{name}.name"))
            for position, item in enumerate(part.items):
                problems += _item_problems((item,), f"{at}.{name}.items", position)
                problems += _taken_problems(item.path, part.name, taken, path)
        if projection.downward_api is not None:
            for file in projection.downward_api.items:
                problems += _downward_file_problems(file, f"{at}.downwardAPI")
                problems += _taken_problems(file.path, file.path, taken, path)
        if projection.service_account_token is not None:
            problems += _token_problems(projection.service_account_token, f"{at}.serviceAccountToken", path)
        parts = (
            projection.secret,
            projection.config_map,
            projection.downward_api,
            projection.service_account_token,
            projection.cluster_trust_bundle,
            projection.pod_certificate,
        )
        if sum(part is not None for part in parts) > 1:
            problems.append(forbidden(at, ONE_SOURCE))
    return problems


def _taken_problems(name: str, shown: str, taken: set[str], path: str) -> list[FieldProblem]:
    """Whether another source brings a file of this name; `shown` is what the server names."""
    if not name:
        return []
    if name in taken:
        return [invalid(path, shown, _DUPLICATE_PATH)]
    taken.add(name)
    return []


def _token_problems(token: ServiceAccountTokenProjection, path: str, volume_path: str) -> list[FieldProblem]:
    """The path of a token is reported on the volume."""
    problems: list[FieldProblem] = []
    seconds = token.expiration_seconds
    if seconds is not None and seconds < _MIN_TOKEN_SECONDS:
        text = "may not specify a duration less than 10 minutes"
        problems.append(invalid(f"{path}.expirationSeconds", seconds, text))
    if seconds is not None and seconds > _MAX_TOKEN_SECONDS:
        text = "may not specify a duration larger than 2^32 seconds"
        problems.append(invalid(f"{path}.expirationSeconds", seconds, text))
    return problems + _file_path_problems(token.path, f"{volume_path}.path")


def _ephemeral_problems(source: EphemeralVolumeSource, path: str) -> list[FieldProblem]:
    template, at = source.volume_claim_template, f"{path}.volumeClaimTemplate"
    if template is None:
        return [required(at)]
    metadata = template.metadata
    problems = annotation_problems(metadata.annotations, f"{at}.metadata.annotations")
    problems += label_problems(metadata.labels, f"{at}.metadata.labels")
    problems += [
        forbidden(f"{at}.metadata.{name}", "cannot be set")
        for field, name in _UNTEMPLATED
        if getattr(metadata, field) not in (None, "", 0, ())
    ]
    return problems + claim_spec_problems(template.spec, f"{at}.spec")


_SOURCES: Mapping[str, SourceRule] = {
    **IN_PODS,
    "empty_dir": _empty_dir_problems,
    "git_repo": _git_repo_problems,
    "secret": _secret_problems,
    "persistent_volume_claim": _claim_problems,
    "downward_api": _downward_problems,
    "config_map": _config_map_problems,
    "projected": _projected_problems,
    "ephemeral": _ephemeral_problems,
}
_PLACES = {**PLACES, "downward_api": "downwardAPI"}
# (field, name a second source is refused by), in the order in which they are looked at; "downwarAPI" is the server's
_SOURCE_NAMES = (
    ("empty_dir", "emptyDir"),
    ("host_path", "hostPath"),
    ("git_repo", "gitRepo"),
    ("gce_persistent_disk", "gcePersistentDisk"),
    ("aws_elastic_block_store", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistent_volume_claim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downward_api", "downwarAPI"),
    ("fc", "fc"),
    ("flex_volume", "flexVolume"),
    ("config_map", "configMap"),
    ("azure_file", "azureFile"),
    ("vsphere_volume", "vsphereVolume"),
    ("photon_persistent_disk", "photonPersistentDisk"),
    ("portworx_volume", "portworxVolume"),
    ("azure_disk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scale_io", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
)
