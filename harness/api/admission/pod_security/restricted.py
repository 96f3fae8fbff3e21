"""What the level `restricted` asks of a pod besides `baseline`: the habits of a hardened one.

Each check returns what it finds, or None. Source: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
"""

from __future__ import annotations

from harness.api.admission.pod_security.baseline import SECCOMP_PROFILES, seccomp_profile
from harness.api.admission.pod_security.subject import (
    Subject,
    Violation,
    containers,
    plural,
    quoted_list,
    setters,
)
from harness.objects.volume import Volume

_ALLOWED_SOURCES = (
    "config_map",
    "csi",
    "downward_api",
    "empty_dir",
    "ephemeral",
    "image",
    "persistent_volume_claim",
    "projected",
    "secret",
)
# Field -> the name a refusal has for it, in the order in which they are looked at.
_RESTRICTED_SOURCES = {
    "host_path": "hostPath",
    "gce_persistent_disk": "gcePersistentDisk",
    "aws_elastic_block_store": "awsElasticBlockStore",
    "git_repo": "gitRepo",
    "nfs": "nfs",
    "iscsi": "iscsi",
    "glusterfs": "glusterfs",
    "rbd": "rbd",
    "flex_volume": "flexVolume",
    "cinder": "cinder",
    "cephfs": "cephfs",
    "flocker": "flocker",
    "fc": "fc",
    "azure_file": "azureFile",
    "vsphere_volume": "vsphereVolume",
    "quobyte": "quobyte",
    "azure_disk": "azureDisk",
    "photon_persistent_disk": "photonPersistentDisk",
    "portworx_volume": "portworxVolume",
    "scale_io": "scaleIO",
    "storageos": "storageos",
}


def privilege_escalation(pod: Subject) -> Violation | None:
    bad = [
        one.name
        for one in pod.containers
        if one.security_context is None or one.security_context.allow_privilege_escalation is not False
    ]
    if not bad:
        return None
    return Violation(
        "allowPrivilegeEscalation != false",
        f"{containers(bad)} must set securityContext.allowPrivilegeEscalation=false",
    )


def capabilities(pod: Subject) -> Violation | None:
    keeping: list[str] = []
    adding: list[str] = []
    forbidden: dict[str, None] = {}
    for one in pod.containers:
        given = one.security_context.capabilities if one.security_context else None
        if given is None or "ALL" not in given.drop:
            keeping.append(one.name)
        found = [name for name in given.add if name != "NET_BIND_SERVICE"] if given is not None else []
        if found:
            adding.append(one.name)
            forbidden |= dict.fromkeys(found)
    said = []
    if keeping:
        said.append(f'{containers(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        listed = quoted_list(sorted(forbidden))
        said.append(f"{containers(adding)} must not include {listed} in securityContext.capabilities.add")
    return Violation("unrestricted capabilities", "; ".join(said)) if said else None


def volumes(pod: Subject) -> Violation | None:
    bad = [volume for volume in pod.spec.volumes if all(getattr(volume, source) is None for source in _ALLOWED_SOURCES)]
    if not bad:
        return None
    types = sorted({_source(volume) for volume in bad})
    uses = "uses" if len(bad) == 1 else "use"
    return Violation(
        "restricted volume types",
        f"{plural('volume', len(bad))} {quoted_list(volume.name for volume in bad)} {uses} "
        f"{plural('restricted volume type', len(types))} {quoted_list(types)}",
    )


def _source(volume: Volume) -> str:
    return next(
        (name for field, name in _RESTRICTED_SOURCES.items() if getattr(volume, field, None) is not None), "unknown"
    )


def run_as_non_root(pod: Subject) -> Violation | None:
    context = pod.spec.security_context
    of_the_pod = context.run_as_non_root if context is not None else None
    bad = pod.names(lambda one: one.run_as_non_root is False)
    reason = "runAsNonRoot != true"
    who = setters(of_the_pod is False, bad)
    if who:
        return Violation(reason, f"{who} must not set securityContext.runAsNonRoot=false")
    silent = [
        one.name
        for one in pod.containers
        if of_the_pod is not True and (one.security_context is None or one.security_context.run_as_non_root is None)
    ]
    if not silent:
        return None
    return Violation(reason, f"pod or {containers(silent)} must set securityContext.runAsNonRoot=true")


def run_as_user(pod: Subject) -> Violation | None:
    context = pod.spec.security_context
    who = setters(context is not None and context.run_as_user == 0, pod.names(lambda one: one.run_as_user == 0))
    return Violation("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def seccomp(pod: Subject) -> Violation | None:
    wrong = seccomp_profile(pod)
    context = pod.spec.security_context
    if wrong is not None or (context is not None and context.seccomp_profile is not None):
        return wrong
    silent = [
        one.name
        for one in pod.containers
        if one.security_context is None or one.security_context.seccomp_profile is None
    ]
    if not silent:
        return None
    choice = " or ".join(f'"{profile}"' for profile in SECCOMP_PROFILES)
    return Violation(
        "seccompProfile", f"pod or {containers(silent)} must set securityContext.seccompProfile.type to {choice}"
    )
