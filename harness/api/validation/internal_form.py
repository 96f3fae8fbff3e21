"""How the API server shows a whole value in an error: as Go prints its internal type, not as the API serves it.

Owns the names and the order of the internal fields where they differ from the served ones, and the difference between
two such values. Internal types print every field under its Go name; the types of the metadata library print as served.
Mirrors pkg/apis/core/types.go, pkg/apis/apps/types.go and k8s.io/apimachinery pkg/util/diff/diff.go.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any

import msgspec

from harness.api.problems import Verbatim, go_json
from harness.objects import go_names, meta
from harness.objects.pod import PodSecurityContext, PodSpec
from harness.objects.storage import PersistentVolumeSpec
from harness.objects.value import Value
from harness.objects.volume import Volume

_POD_SPEC = (
    "volumes init_containers containers ephemeral_containers restart_policy termination_grace_period_seconds "
    "active_deadline_seconds dns_policy node_selector service_account_name automount_service_account_token node_name "
    "security_context image_pull_secrets hostname subdomain set_hostname_as_fqdn affinity scheduler_name tolerations "
    "host_aliases priority_class_name priority preemption_policy dns_config readiness_gates runtime_class_name "
    "overhead enable_service_links topology_spread_constraints os scheduling_gates resource_claims resources "
    "hostname_override scheduling_group"
)
_POD_SECURITY = (
    "se_linux_options windows_options run_as_user run_as_group run_as_non_root supplemental_groups "
    "supplemental_groups_policy fs_group fs_group_change_policy sysctls seccomp_profile app_armor_profile "
    "se_linux_change_policy"
)
_VOLUME = (
    "name host_path empty_dir gce_persistent_disk aws_elastic_block_store git_repo secret nfs iscsi glusterfs "
    "persistent_volume_claim rbd quobyte flex_volume cinder cephfs flocker downward_api fc azure_file config_map "
    "vsphere_volume azure_disk photon_persistent_disk projected portworx_volume scale_io storageos csi ephemeral image"
)
_PERSISTENT_SOURCES = (
    "gce_persistent_disk aws_elastic_block_store host_path glusterfs nfs rbd quobyte iscsi flex_volume cinder "
    "cephfs fc flocker azure_file vsphere_volume azure_disk photon_persistent_disk portworx_volume scale_io local "
    "storageos csi"
)
PERSISTENT_SOURCES = tuple(_PERSISTENT_SOURCES.split())
_PERSISTENT_REST = (
    "access_modes claim_ref persistent_volume_reclaim_policy storage_class_name mount_options volume_mode "
    "node_affinity volume_attributes_class_name"
)
_ORDER: dict[type, tuple[str, ...]] = {
    PodSpec: tuple(_POD_SPEC.split()),
    PodSecurityContext: tuple(_POD_SECURITY.split()),
    Volume: tuple(_VOLUME.split()),
    PersistentVolumeSpec: ("capacity", *PERSISTENT_SOURCES, *_PERSISTENT_REST.split()),
}

# These fields of a pod are served beside the security context, but are internally part of it, and print first.
_IN_SECURITY_CONTEXT = (
    ("HostNetwork", "host_network"),
    ("HostPID", "host_pid"),
    ("HostIPC", "host_ipc"),
    ("ShareProcessNamespace", "share_process_namespace"),
    ("HostUsers", "host_users"),
)
_REFERENCES = (
    meta.LocalObjectReference,
    meta.ObjectReference,
    meta.SecretReference,
    meta.TypedLocalObjectReference,
    meta.TypedObjectReference,
)


def shown(value: Value) -> Verbatim:
    """The internal form on one line, as an error shows a refused value."""
    return Verbatim(go_json(internal_form(value)))


def difference(old: Value, new: Value) -> str:
    """What changes from the old to the new internal form: hunks with three lines around each change."""
    return _difference(internal_form(old), internal_form(new))


def source_difference(old: PersistentVolumeSpec, new: PersistentVolumeSpec) -> str:
    """The difference of what a volume is made of, which internally is a type of its own."""
    return _difference(_sources(old), _sources(new))


def _sources(spec: PersistentVolumeSpec) -> Any:
    plan = _plan(PersistentVolumeSpec)
    return {name: internal_form(getattr(spec, field)) for name, field in plan if field in PERSISTENT_SOURCES}


def _difference(old: Any, new: Any) -> str:
    before, after = ([f"{line}\n" for line in go_json(form, indent=1).split("\n")] for form in (old, new))
    hunks = list(difflib.unified_diff(before, after, n=3))
    return "".join(hunks[2:])


def internal_form(value: Any) -> Any:
    """Plain data under Go's field names, in Go's order; empty lists and maps are null."""
    if isinstance(value, tuple):
        return [internal_form(item) for item in value] or None
    if isinstance(value, dict):
        return {key: internal_form(value[key]) for key in sorted(value)} or None
    if not isinstance(value, Value):
        return value
    if type(value).__module__ == meta.__name__ and not isinstance(value, _REFERENCES):
        return _sorted_maps(msgspec.to_builtins(value))
    if isinstance(value, PodSpec):
        return _pod_spec(value)
    form: dict[str, Any] = {}
    for name, field in _plan(type(value)):
        part = internal_form(getattr(value, field))
        # Metadata are embedded in Go, so their fields stand beside the others.
        form |= part if field == "metadata" else {name: part}
    return form


def _pod_spec(spec: PodSpec) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for name, field in _plan(PodSpec):
        form[name] = internal_form(getattr(spec, field))
        if field == "security_context":
            beside = {inner: getattr(spec, outer) for inner, outer in _IN_SECURITY_CONTEXT}
            if spec.security_context is not None or any(beside.values()):
                form[name] = beside | internal_form(spec.security_context or PodSecurityContext())
    return form


@cache
def _plan(cls: type[Value]) -> tuple[tuple[str, str], ...]:
    """(Go name, field), in the order of the internal type."""
    served = {info.name: info.encode_name for info in msgspec.structs.fields(cls)}
    return tuple((go_names.field_name(cls.__name__, served[field]), field) for field in _ORDER.get(cls, tuple(served)))


def _sorted_maps(data: Any) -> Any:
    """Served data with the keys of its free maps sorted; the fields of a type keep their order."""
    if isinstance(data, list | tuple):
        return [_sorted_maps(item) for item in data]
    if not isinstance(data, dict):
        return data
    free = ("labels", "annotations", "matchLabels")
    return {
        key: dict(sorted(part.items())) if key in free and isinstance(part, dict) else _sorted_maps(part)
        for key, part in data.items()
    }
