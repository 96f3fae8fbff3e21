"""What the API server demands of the storage that a pod's volume or a persistent volume names: disks, shares, drivers.

Owns the rules of each source and where they are reported. Does not know in which order sources are looked at, nor what
else a volume needs. Mirrors pkg/apis/core/validation/validation.go (validateNFSVolumeSource and its neighbours).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from harness.api.problems import FieldProblem, invalid, required, too_long, unsupported
from harness.api.validation.fields import complaints
from harness.api.validation.names import between, dns_label, dns_subdomain
from harness.objects.meta import SecretReference
from harness.objects.volume import (
    AzureDiskVolumeSource,
    AzureFilePersistentVolumeSource,
    CSIPersistentVolumeSource,
    CSIVolumeSource,
    FCVolumeSource,
    FlexPersistentVolumeSource,
    FlexVolumeSource,
    FlockerVolumeSource,
    GlusterfsPersistentVolumeSource,
    HostPathVolumeSource,
    ISCSIPersistentVolumeSource,
    ISCSIVolumeSource,
    LocalVolumeSource,
    NFSVolumeSource,
    QuobyteVolumeSource,
    StorageOSPersistentVolumeSource,
    StorageOSVolumeSource,
)

SourceRule: TypeAlias = Callable[[Any, str], list[FieldProblem]]
"""(source, its path) -> what is wrong with it"""

ONE_SOURCE = "may not specify more than 1 volume type"
_PORTAL = "Total length of <volume name>:<iscsi.targetPortal>"
PORTAL_IS_TOO_LONG = f"{_PORTAL} must be under 64 characters if iscsi.initiatorName is specified."

_DRIVER_NAME_BYTES = 63
_PORTAL_BYTES = 64
_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_CACHING_MODES = ("None", "ReadOnly", "ReadWrite")
_DISK_KINDS = ("Dedicated", "Managed", "Shared")
_MANAGED_DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
_BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
_INITIATORS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+\Z", re.ASCII),
    "eui": re.compile(r"\Aeui.[A-Za-z0-9]{16}\Z", re.ASCII),
    "naa": re.compile(r"\Anaa.[A-Za-z0-9]{32}\Z", re.ASCII),
}
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*")
_INVALID_TARGET = "must be valid format"
_REGISTRY = "must be a host:port pair or multiple pairs separated by commas"


def no_steps_back(text: str, path: str) -> list[FieldProblem]:
    return [invalid(path, text, "must not contain '..'")] if ".." in text.split("/") else []


def driver_name_problems(name: str, path: str) -> list[FieldProblem]:
    """The name of a CSI driver; upper case is allowed."""
    if not name:
        return [required(path)]
    problems = [too_long(path, _DRIVER_NAME_BYTES)] if len(name.encode()) > _DRIVER_NAME_BYTES else []
    return problems + complaints(path, name, dns_subdomain(name.lower()))


def portal_is_too_long(volume_name: str, source: ISCSIVolumeSource | ISCSIPersistentVolumeSource) -> bool:
    """Whether an interface named after volume and portal would have too long a name."""
    named = f"{volume_name}:{source.target_portal}"
    return source.initiator_name is not None and len(named.encode()) > _PORTAL_BYTES


def _needs(*fields: tuple[str, str]) -> SourceRule:
    """A rule that these fields, each an attribute and its served name, are not empty."""

    def rule(source: Any, path: str) -> list[FieldProblem]:
        return _missing(source, path, fields)

    return rule


def _missing(source: Any, path: str, fields: Iterable[tuple[str, str]]) -> list[FieldProblem]:
    return [required(f"{path}.{served}") for attribute, served in fields if not getattr(source, attribute)]


def _disk(attribute: str, served: str) -> SourceRule:
    """A rule of a cloud's disk, which has an identity and perhaps a partition."""

    def rule(source: Any, path: str) -> list[FieldProblem]:
        problems = _missing(source, path, ((attribute, served),))
        if not 0 <= source.partition <= 255:
            problems.append(invalid(f"{path}.partition", source.partition, between(1, 255)))
        return problems

    return rule


def _host_path_problems(source: HostPathVolumeSource, path: str) -> list[FieldProblem]:
    if not source.path:
        return [required(f"{path}.path")]
    problems = no_steps_back(source.path, f"{path}.path")
    if source.type is not None and source.type not in _HOST_PATH_TYPES:
        problems.append(unsupported(f"{path}.type", source.type, _HOST_PATH_TYPES))
    return problems


def _local_problems(source: LocalVolumeSource, path: str) -> list[FieldProblem]:
    return no_steps_back(source.path, f"{path}.path") if source.path else [required(f"{path}.path")]


def _nfs_problems(source: NFSVolumeSource, path: str) -> list[FieldProblem]:
    problems = _missing(source, path, (("server", "server"), ("path", "path")))
    if not source.path.startswith("/"):
        problems.append(invalid(f"{path}.path", source.path, "must be an absolute path"))
    return problems


def _iscsi_problems(source: ISCSIVolumeSource, path: str) -> list[FieldProblem]:
    unknown = "must be valid format starting with iqn, eui, or naa"
    return _target_problems(source, path, unknown) + _initiator_problems(source, path, unknown)


def _persistent_iscsi_problems(source: ISCSIPersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = _target_problems(source, path, _INVALID_TARGET)
    if source.secret_ref is not None:
        problems += _missing(source.secret_ref, f"{path}.secretRef", (_NAME,))
    return problems + _initiator_problems(source, path, _INVALID_TARGET)


def _target_problems(
    source: ISCSIVolumeSource | ISCSIPersistentVolumeSource, path: str, unknown: str
) -> list[FieldProblem]:
    """`unknown`: what is said of a name that is of no known sort."""
    problems = _missing(source, path, (("target_portal", "targetPortal"), ("iqn", "iqn")))
    if source.iqn:
        problems += _qualified_target_problems(source.iqn, f"{path}.iqn", unknown)
    if not 0 <= source.lun <= 255:
        problems.append(invalid(f"{path}.lun", source.lun, between(0, 255)))
    if (source.chap_auth_discovery or source.chap_auth_session) and source.secret_ref is None:
        problems.append(required(f"{path}.secretRef"))
    return problems


def _initiator_problems(
    source: ISCSIVolumeSource | ISCSIPersistentVolumeSource, path: str, unknown: str
) -> list[FieldProblem]:
    if source.initiator_name is None:
        return []
    return _qualified_target_problems(source.initiator_name, f"{path}.initiatorname", unknown)


def _qualified_target_problems(name: str, path: str, unknown: str) -> list[FieldProblem]:
    pattern = _INITIATORS.get(name[:3])
    if pattern is None:
        return [invalid(path, name, unknown)]
    return [] if pattern.search(name) else [invalid(path, name, _INVALID_TARGET)]


def _fibre_channel_problems(source: FCVolumeSource, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names = source.target_ww_ns
    if not names and not source.wwids:
        text = "must specify either targetWWNs or wwids, but not both"
        problems.append(required(f"{path}.targetWWNs", text))
    if names and source.wwids:
        text = "targetWWNs and wwids can not be specified simultaneously"
        problems.append(invalid(f"{path}.targetWWNs", names, text))
    if names and source.lun is None:
        problems.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif names and source.lun is not None and not 0 <= source.lun <= 255:
        problems.append(invalid(f"{path}.lun", source.lun, between(0, 255)))
    return problems


def _glusterfs_problems(source: GlusterfsPersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = _missing(source, path, _GLUSTERFS)
    namespace, at = source.endpoints_namespace, f"{path}.endpointsNamespace"
    if namespace == "":
        text = "if the endpointnamespace is set, it must be a valid namespace name"
        problems.append(invalid(at, namespace, text))
    elif namespace is not None:
        problems += complaints(at, namespace, dns_label(namespace))
    return problems


def _flocker_problems(source: FlockerVolumeSource, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not source.dataset_name and not source.dataset_uuid:
        problems.append(required(path, "one of datasetName and datasetUUID is required"))
    if source.dataset_name and source.dataset_uuid:
        text = "datasetName and datasetUUID can not be specified simultaneously"
        problems.append(invalid(path, "resource", text))
    if "/" in source.dataset_name:
        problems.append(invalid(f"{path}.datasetName", source.dataset_name, "must not contain '/'"))
    return problems


def _quobyte_problems(source: QuobyteVolumeSource, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not source.registry:
        problems.append(required(f"{path}.registry", _REGISTRY))
    elif len(source.tenant.encode()) > 64:
        text = "must be a UUID and may not exceed a length of 64 characters"
        problems.append(required(f"{path}.tenant", text))
    else:
        problems += [
            invalid(f"{path}.registry", source.registry, _REGISTRY)
            for pair in source.registry.split(",")
            if not _HOST_AND_PORT.fullmatch(pair)
        ]
    return problems + _missing(source, path, (("volume", "volume"),))


def _flex_problems(source: FlexVolumeSource | FlexPersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = _missing(source, path, (("driver", "driver"),))
    for key in sorted(source.options):
        namespace = f".{key.split('/', 1)[0].lower()}"
        if namespace.endswith((".kubernetes.io", ".k8s.io")):
            text = "kubernetes.io and k8s.io namespaces are reserved"
            problems.append(invalid(f"{path}.options[{key}]", key, text))
    return problems


def _persistent_azure_file_problems(source: AzureFilePersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = _missing(source, path, _AZURE_FILE)
    if source.secret_namespace == "":
        problems.append(required(f"{path}.secretNamespace"))
    return problems


def _azure_disk_problems(source: AzureDiskVolumeSource, path: str) -> list[FieldProblem]:
    problems = _missing(source, path, (("disk_name", "diskName"), ("disk_uri", "diskURI")))
    if source.caching_mode is not None and source.caching_mode not in _CACHING_MODES:
        problems.append(unsupported(f"{path}.cachingMode", source.caching_mode, _CACHING_MODES))
    if source.kind is None:
        return problems
    if source.kind not in _DISK_KINDS:
        problems.append(unsupported(f"{path}.kind", source.kind, _DISK_KINDS))
    start, form = ("/subscriptions/", _MANAGED_DISK) if source.kind == "Managed" else ("https://", _BLOB_DISK)
    if not source.disk_uri.startswith(start):
        problems.append(unsupported(f"{path}.diskURI", source.disk_uri, (form,)))
    return problems


def _secret_needs(*fields: tuple[str, str]) -> SourceRule:
    """A rule that the secret of a source, if it names one, has these fields."""

    def rule(source: Any, path: str) -> list[FieldProblem]:
        return [] if source.secret_ref is None else _missing(source.secret_ref, f"{path}.secretRef", fields)

    return rule


def _both(first: SourceRule, second: SourceRule) -> SourceRule:
    def rule(source: Any, path: str) -> list[FieldProblem]:
        return first(source, path) + second(source, path)

    return rule


def _storageos_name_problems(
    source: StorageOSVolumeSource | StorageOSPersistentVolumeSource, path: str
) -> list[FieldProblem]:
    name, namespace = source.volume_name, source.volume_namespace
    problems = complaints(f"{path}.volumeName", name, dns_label(name)) if name else [required(f"{path}.volumeName")]
    if namespace:
        problems += complaints(f"{path}.volumeNamespace", namespace, dns_label(namespace))
    return problems


def _csi_problems(source: CSIVolumeSource, path: str) -> list[FieldProblem]:
    problems = driver_name_problems(source.driver, f"{path}.driver")
    secret = source.node_publish_secret_ref
    if secret is None:
        return problems
    if not secret.name:
        return [*problems, required(f"{path}.nodePublishSecretRef.name")]
    return problems + complaints(f"{path}.name", secret.name, dns_subdomain(secret.name))


def _persistent_csi_problems(source: CSIPersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = driver_name_problems(source.driver, f"{path}.driver")
    problems += _missing(source, path, (("volume_handle", "volumeHandle"),))
    for served, secret in (
        ("controllerPublishSecretRef", source.controller_publish_secret_ref),
        ("controllerExpandSecretRef", source.controller_expand_secret_ref),
        ("nodePublishSecretRef", source.node_publish_secret_ref),
        ("nodeExpandSecretRef", source.node_expand_secret_ref),
    ):
        if secret is not None:
            problems += _secret_problems(secret, f"{path}.{served}")
    return problems


def _secret_problems(secret: SecretReference, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for served, value, rule in (("name", secret.name, dns_subdomain), ("namespace", secret.namespace, dns_label)):
        at = f"{path}.{served}"
        problems += complaints(at, value, rule(value)) if value else [required(at)]
    return problems


_GLUSTERFS = (("endpoints", "endpoints"), ("path", "path"))
_AZURE_FILE = (("secret_name", "secretName"), ("share_name", "shareName"))
_VOLUME_ID = ("volume_id", "volumeID")
_NAME, _NAMESPACE = ("name", "name"), ("namespace", "namespace")

# The sources whose rules are the same for both sorts of volume.
_SHARED: Mapping[str, SourceRule] = {
    "host_path": _host_path_problems,
    "gce_persistent_disk": _disk("pd_name", "pdName"),
    "aws_elastic_block_store": _disk(*_VOLUME_ID),
    "flocker": _flocker_problems,
    "nfs": _nfs_problems,
    "rbd": _needs(("monitors", "monitors"), ("image", "image")),
    "quobyte": _quobyte_problems,
    "cephfs": _needs(("monitors", "monitors")),
    "fc": _fibre_channel_problems,
    "flex_volume": _flex_problems,
    "vsphere_volume": _needs(("volume_path", "volumePath")),
    "photon_persistent_disk": _needs(("pd_id", "pdID")),
    "portworx_volume": _needs(_VOLUME_ID),
    "azure_disk": _azure_disk_problems,
    "scale_io": _needs(("gateway", "gateway"), ("system", "system"), ("volume_name", "volumeName")),
}
IN_PODS: Mapping[str, SourceRule] = {
    **_SHARED,
    "iscsi": _iscsi_problems,
    "glusterfs": _needs(*_GLUSTERFS),
    "cinder": _both(_needs(_VOLUME_ID), _secret_needs(_NAME)),
    "azure_file": _needs(*_AZURE_FILE),
    "storageos": _both(_storageos_name_problems, _secret_needs(_NAME)),
    "csi": _csi_problems,
}
IN_PERSISTENT_VOLUMES: Mapping[str, SourceRule] = {
    **_SHARED,
    "iscsi": _persistent_iscsi_problems,
    "glusterfs": _glusterfs_problems,
    "cinder": _both(_needs(_VOLUME_ID), _secret_needs(_NAME, _NAMESPACE)),
    "azure_file": _persistent_azure_file_problems,
    "storageos": _both(_storageos_name_problems, _secret_needs(_NAME, _NAMESPACE)),
    "csi": _persistent_csi_problems,
    "local": _local_problems,
}
# Sources whose own problems are not reported under the name that they are served under.
PLACES: Mapping[str, str] = {"gce_persistent_disk": "persistentDisk", "cephfs": "cephfs"}
