"""What the API server warns of in a pod, or in the template of one: old names, fields that hide each other, odd values.

Owns the texts and their order. Source: pkg/api/pod/warnings.go, pkg/api/node/util.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.api.problems import quoted
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaimSpec
from harness.objects.meta import ObjectMeta
from harness.objects.node_labels import RENAMED_NODE_LABELS
from harness.objects.pod import Container, ContainerPort, EphemeralContainer, PodSpec

_PLUGINS = (
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
_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_OF_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR_OF_CONTAINER = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_NULL_SELECTOR = "a null labelSelector results in matching no pod"
_BYTES = ("memory", "ephemeral-storage")

AnyContainer = Container | EphemeralContainer


def renamed(label: str) -> str:
    """What is said of a node label that has another name by now; "" of any other."""
    current, version = RENAMED_NODE_LABELS.get(label, ("", ""))
    return f"deprecated since {version}; use {quoted(current)} instead" if current else ""


def of_expressions(path: str, keys: Iterable[str]) -> Iterator[str]:
    """Of the keys of node selector expressions."""
    for position, key in enumerate(keys):
        if text := renamed(key):
            yield f"{path}.matchExpressions[{position}].key: {key} is {text}"


def of_plugins(spec: object, path: str, plugins: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Of volumes whose plugin is gone."""
    for field, name, text in plugins:
        if getattr(spec, field) is not None:
            yield f"{path}.{name}: {text}"


def of_bytes(path: str, amounts: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """Of amounts in fractions of a byte."""
    for name in names:
        amount = amounts.get(name, "0")
        if quantity.parse(amount) % 1000:
            yield f"{path}[{name}]: fractional byte value {quoted(amount)} is invalid, must be an integer"


def of_claim_spec(spec: PersistentVolumeClaimSpec, path: str) -> Iterator[str]:
    yield from of_bytes(f"{path}.resources.requests", spec.resources.requests, ("storage",))
    yield from of_bytes(f"{path}.resources.limits", spec.resources.limits, ("storage",))


def of_pod(spec: PodSpec, metadata: ObjectMeta, prefix: str = "") -> Iterator[str]:
    """Of a pod; `prefix` ("spec.template.") leads to a template."""
    path, annotations = f"{prefix}spec", metadata.annotations
    yield from _of_labels(spec, path)
    for key, text in _ANNOTATIONS.items():
        if key in annotations:
            yield f"{prefix}metadata.annotations[{key}]: {text}"
    for index, volume in enumerate(spec.volumes):
        at = f"{path}.volumes[{index}]"
        yield from of_plugins(volume, at, _PLUGINS)
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
            template = volume.ephemeral.volume_claim_template
            yield from of_claim_spec(template.spec, f"{at}.ephemeral.volumeClaimTemplate.spec")
    yield from _repeated(f"{path}.hostAliases", "ip", [alias.ip for alias in spec.host_aliases])
    secrets = [secret.name for secret in spec.image_pull_secrets]
    yield from _repeated(f"{path}.imagePullSecrets", "name", secrets)
    for index, name in enumerate(secrets):
        if not name:
            yield f'{path}.imagePullSecrets[{index}].name: invalid empty name ""'
    yield from of_bytes(f"{path}.overhead", spec.overhead, _BYTES)
    security = spec.security_context
    if _SECCOMP_OF_POD in annotations and (security is None or security.seccomp_profile is None):
        yield f"{prefix}metadata.annotations[{_SECCOMP_OF_POD}]: {_SECCOMP}"
    for container, at in _containers(spec, path):
        yield from _of_profiles(container, spec, annotations, prefix)
        yield from of_bytes(f"{at}.resources.limits", _resources(container).limits, _BYTES)
        yield from of_bytes(f"{at}.resources.requests", _resources(container).requests, _BYTES)
        yield from _of_environment(container, at)
    yield from _of_ports(spec, path)
    if spec.termination_grace_period_seconds is not None and spec.termination_grace_period_seconds < 0:
        text = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{path}.terminationGracePeriodSeconds: {text}"
    yield from _of_pod_affinity(spec, path)


def _containers(spec: PodSpec, path: str) -> Iterator[tuple[AnyContainer, str]]:
    fields: tuple[tuple[str, tuple[AnyContainer, ...]], ...] = (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    )
    for field, containers in fields:
        for index, container in enumerate(containers):
            yield container, f"{path}.{field}[{index}]"


def _resources(container: AnyContainer) -> Any:
    return container.resources


def _of_labels(spec: PodSpec, path: str) -> Iterator[str]:
    for label in sorted(spec.node_selector):
        if text := renamed(label):
            yield f"{path}.nodeSelector[{label}]: {text}"
    affinity = spec.affinity.node_affinity if spec.affinity is not None else None
    if affinity is not None:
        at = f"{path}.affinity.nodeAffinity"
        required = affinity.required_during_scheduling_ignored_during_execution
        for index, term in enumerate(required.node_selector_terms if required is not None else ()):
            where = f"{at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{index}]"
            yield from of_expressions(where, (expression.key for expression in term.match_expressions))
        for index, preferred in enumerate(affinity.preferred_during_scheduling_ignored_during_execution):
            where = f"{at}.preferredDuringSchedulingIgnoredDuringExecution[{index}].preference"
            keys = (expression.key for expression in preferred.preference.match_expressions)
            yield from of_expressions(where, keys)
    for index, constraint in enumerate(spec.topology_spread_constraints):
        at = f"{path}.topologySpreadConstraints[{index}]"
        if text := renamed(constraint.topology_key):
            yield f"{at}.topologyKey: {constraint.topology_key} is {text}"
        if constraint.label_selector is None:
            yield f"{at}.labelSelector: {_NULL_SELECTOR}"


def _repeated(path: str, field: str, values: list[str]) -> Iterator[str]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield f"{path}[{index}].{field}: duplicate {field} {quoted(value)}"


def _of_profiles(container: AnyContainer, spec: PodSpec, annotations: Mapping[str, str], prefix: str) -> Iterator[str]:
    own, pods = container.security_context, spec.security_context
    key = f"{_SECCOMP_OF_CONTAINER}{container.name}"
    if key in annotations and (own is None or own.seccomp_profile is None):
        yield f"{prefix}metadata.annotations[{key}]: {_SECCOMP}"
    key = f"{_APPARMOR_OF_CONTAINER}{container.name}"
    has_profile = any(each is not None and each.app_armor_profile is not None for each in (own, pods))
    if key in annotations and not has_profile:
        yield f"{prefix}metadata.annotations[{key}]: {_APPARMOR}"


def _of_environment(container: AnyContainer, path: str) -> Iterator[str]:
    """A variable set twice, unless the second is made of the first."""
    seen: set[str] = set()
    for index, variable in enumerate(container.env):
        reference = f"$({variable.name})"
        builds_on = variable.value_from is None and variable.value != reference and reference in variable.value
        if variable.name in seen and not builds_on:
            text = f"hides previous definition of {quoted(variable.name)}, which may be dropped when using apply"
            yield f"{path}.env[{index}]: {text}"
        seen.add(variable.name)


def _of_ports(spec: PodSpec, path: str) -> Iterator[str]:
    known: dict[tuple[int, str], list[tuple[str, ContainerPort]]] = {}
    for container, at in _containers(spec, path):
        for index, port in enumerate(container.ports):
            where = f"{at}.ports[{index}]"
            others = known.setdefault((port.container_port, port.protocol), [])
            for other_at, other in others:
                if how := _clash(port, other):
                    yield f"{where}: {how} port definition with {other_at}"
            others.append((where, port))


def _clash(port: ContainerPort, other: ContainerPort) -> str:
    if (port.host_ip, port.host_port) == (other.host_ip, other.host_port):
        return "duplicate"
    if not port.host_port or not other.host_port:
        return "overlapping"
    if port.host_port == other.host_port and bool(port.host_ip) != bool(other.host_ip):
        return "dangerously ambiguous"
    return ""


def _of_pod_affinity(spec: PodSpec, path: str) -> Iterator[str]:
    if spec.affinity is None:
        return
    for name, affinity in (
        ("podAffinity", spec.affinity.pod_affinity),
        ("podAntiAffinity", spec.affinity.pod_anti_affinity),
    ):
        if affinity is None:
            continue
        at = f"{path}.affinity.{name}"
        for index, term in enumerate(affinity.required_during_scheduling_ignored_during_execution):
            if term.label_selector is None:
                yield f"{at}.requiredDuringSchedulingIgnoredDuringExecution[{index}].labelSelector: {_NULL_SELECTOR}"
        for index, weighted in enumerate(affinity.preferred_during_scheduling_ignored_during_execution):
            if weighted.pod_affinity_term.label_selector is None:
                where = f"{at}.preferredDuringSchedulingIgnoredDuringExecution[{index}].podAffinityTerm"
                yield f"{where}.labelSelector: {_NULL_SELECTOR}"
