"""What the API server warns of in pods and in templates of pods.

Owns the texts and their order. What claims inside a pod are warned of is told by the caller's function. Mirrors
pkg/api/pod/warnings.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from harness.objects import quantity
from harness.objects.go_text import quoted
from harness.objects.meta import ObjectMeta
from harness.objects.node_labels import RENAMED_NODE_LABELS
from harness.objects.pod import Affinity, Container, ContainerPort, EphemeralContainer, PodAffinityTerm, PodSpec
from harness.objects.volume import ProjectedVolumeSource, Volume

AnyContainer = Container | EphemeralContainer

_ANNOTATIONS = (
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        'non-functional in v1.16+; use the "priorityClassName" field instead',
    ),
    ("security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'),
    ("security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'),
)
_POD_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_CONTAINER_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_TEXT = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APPARMOR_TEXT = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_NO_SELECTOR = "a null labelSelector results in matching no pod"
_IN_BYTES = ("memory", "ephemeral-storage")


def renamed(label: str) -> str:
    """What is said of a node label that has another name by now; "" of any other."""
    current, version = RENAMED_NODE_LABELS.get(label, ("", ""))
    return f"deprecated since {version}; use {quoted(current)} instead" if current else ""


def of_expressions(path: str, keys: Iterable[str]) -> Iterator[str]:
    """Of the keys of a selector of nodes."""
    for position, key in enumerate(keys):
        if text := renamed(key):
            yield f"{path}.matchExpressions[{position}].key: {key} is {text}"


def of_fractions(path: str, amounts: Mapping[str, str], resources: Iterable[str]) -> Iterator[str]:
    """Of amounts in fractions of a byte."""
    for resource in resources:
        amount = amounts.get(resource, "0")
        if quantity.parse(amount) % 1000:
            yield f"{path}[{resource}]: fractional byte value {quoted(amount)} is invalid, must be an integer"


def before_volumes(spec: PodSpec, metadata: ObjectMeta, prefix: str) -> Iterator[str]:
    """What is said before the volumes are looked at. `prefix` is the path of a template with a dot, or empty."""
    at = f"{prefix}spec"
    for key in sorted(spec.node_selector):
        if text := renamed(key):
            yield f"{at}.nodeSelector[{key}]: {text}"
    if spec.affinity is not None:
        yield from _of_node_affinity(spec.affinity, f"{at}.affinity.nodeAffinity")
    for index, constraint in enumerate(spec.topology_spread_constraints):
        path = f"{at}.topologySpreadConstraints[{index}]"
        if text := renamed(constraint.topology_key):
            yield f"{path}.topologyKey: {constraint.topology_key} is {text}"
        if constraint.label_selector is None:
            yield f"{path}.labelSelector: {_NO_SELECTOR}"
    for key, text in _ANNOTATIONS:
        if key in metadata.annotations:
            yield f"{prefix}metadata.annotations[{key}]: {text}"


def after_volumes(spec: PodSpec, metadata: ObjectMeta, prefix: str) -> Iterator[str]:
    """What is said once the volumes have been looked at one by one."""
    at = f"{prefix}spec"
    for volume in spec.volumes:
        yield from _of_overlaps(volume)
    aliases = [(f"{at}.hostAliases[{index}].ip", alias.ip) for index, alias in enumerate(spec.host_aliases)]
    yield from _of_repeated(aliases, "duplicate ip")
    secrets = [
        (f"{at}.imagePullSecrets[{index}].name", secret.name) for index, secret in enumerate(spec.image_pull_secrets)
    ]
    yield from _of_repeated(secrets, "duplicate name")
    yield from (f'{path}: invalid empty name ""' for path, name in secrets if not name)
    yield from of_fractions(f"{at}.overhead", spec.overhead, _IN_BYTES)
    profile = spec.security_context.seccomp_profile if spec.security_context is not None else None
    if profile is None and _POD_SECCOMP in metadata.annotations:
        yield f"{prefix}metadata.annotations[{_POD_SECCOMP}]: {_SECCOMP_TEXT}"
    for path, container in _containers(spec, at):
        yield from _of_container(container, spec, metadata, prefix, path)
    yield from _of_ports(spec, at)
    grace = spec.termination_grace_period_seconds
    if grace is not None and grace < 0:
        text = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{at}.terminationGracePeriodSeconds: {text}"
    if spec.affinity is not None:
        yield from _of_pod_affinity(spec.affinity, f"{at}.affinity")


def _containers(spec: PodSpec, at: str) -> Iterator[tuple[str, AnyContainer]]:
    groups: tuple[tuple[str, Iterable[AnyContainer]], ...] = (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    )
    for name, containers in groups:
        for index, container in enumerate(containers):
            yield f"{at}.{name}[{index}]", container


def _of_node_affinity(affinity: Affinity, path: str) -> Iterator[str]:
    nodes = affinity.node_affinity
    if nodes is None:
        return
    required = nodes.required_during_scheduling_ignored_during_execution
    for index, term in enumerate(required.node_selector_terms if required is not None else ()):
        at = f"{path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{index}]"
        yield from of_expressions(at, (expression.key for expression in term.match_expressions))
    for index, wish in enumerate(nodes.preferred_during_scheduling_ignored_during_execution):
        at = f"{path}.preferredDuringSchedulingIgnoredDuringExecution[{index}].preference"
        yield from of_expressions(at, (expression.key for expression in wish.preference.match_expressions))


def _of_pod_affinity(affinity: Affinity, path: str) -> Iterator[str]:
    for name, rules in (("podAffinity", affinity.pod_affinity), ("podAntiAffinity", affinity.pod_anti_affinity)):
        if rules is None:
            continue
        at = f"{path}.{name}.requiredDuringSchedulingIgnoredDuringExecution"
        yield from _of_terms(rules.required_during_scheduling_ignored_during_execution, at, "")
        at = f"{path}.{name}.preferredDuringSchedulingIgnoredDuringExecution"
        weighted = rules.preferred_during_scheduling_ignored_during_execution
        yield from _of_terms((term.pod_affinity_term for term in weighted), at, ".podAffinityTerm")


def _of_terms(terms: Iterable[PodAffinityTerm], path: str, below: str) -> Iterator[str]:
    for index, term in enumerate(terms):
        if term.label_selector is None:
            yield f"{path}[{index}]{below}.labelSelector: {_NO_SELECTOR}"


def _of_repeated(named: list[tuple[str, str]], text: str) -> Iterator[str]:
    seen: set[str] = set()
    for path, value in named:
        if value in seen:
            yield f"{path}: {text} {quoted(value)}"
        seen.add(value)


def _of_container(
    container: AnyContainer, spec: PodSpec, metadata: ObjectMeta, prefix: str, path: str
) -> Iterator[str]:
    context = container.security_context
    key = f"{_CONTAINER_SECCOMP}{container.name}"
    if (context is None or context.seccomp_profile is None) and key in metadata.annotations:
        yield f"{prefix}metadata.annotations[{key}]: {_SECCOMP_TEXT}"
    key = f"{_APPARMOR}{container.name}"
    if prefix and key in metadata.annotations and not _has_apparmor(container, spec):
        yield f"{prefix}metadata.annotations[{key}]: {_APPARMOR_TEXT}"
    limits, requests = container.resources.limits, container.resources.requests
    for resource in _IN_BYTES:
        yield from of_fractions(f"{path}.resources.limits", limits, (resource,))
        yield from of_fractions(f"{path}.resources.requests", requests, (resource,))
    seen: set[str] = set()
    for index, variable in enumerate(container.env):
        own = f"$({variable.name})"
        hides = variable.value_from is not None or variable.value == own or own not in variable.value
        if variable.name in seen and hides:
            name = quoted(variable.name)
            text = f"hides previous definition of {name}, which may be dropped when using apply"
            yield f"{path}.env[{index}]: {text}"
        seen.add(variable.name)


def _has_apparmor(container: AnyContainer, spec: PodSpec) -> bool:
    contexts = (spec.security_context, container.security_context)
    return any(context is not None and context.app_armor_profile is not None for context in contexts)


def _of_ports(spec: PodSpec, at: str) -> Iterator[str]:
    known: dict[tuple[int, str], list[tuple[str, ContainerPort]]] = {}
    for path, container in _containers(spec, at):
        for index, port in enumerate(container.ports):
            here = f"{path}.ports[{index}]"
            if port.host_ip and not port.host_port:
                shown = (
                    f"{{Name:{port.name} HostPort:{port.host_port} ContainerPort:{port.container_port} "
                    f"Protocol:{port.protocol} HostIP:{port.host_ip}}}"
                )
                yield f"{here}: hostIP set without hostPort: {shown}"
            others = known.setdefault((port.container_port, port.protocol), [])
            for there, other in others:
                if text := _clash(port, other):
                    yield f"{here}: {text} port definition with {there}"
            others.append((here, port))


def _clash(port: ContainerPort, other: ContainerPort) -> str:
    """How two definitions of one port and protocol go together; "" if they do."""
    if (port.host_ip, port.host_port) == (other.host_ip, other.host_port):
        return "duplicate"
    if not port.host_port or not other.host_port:
        return "overlapping"
    ambiguous = port.host_port == other.host_port and bool(port.host_ip) != bool(other.host_ip)
    return "dangerously ambiguous" if ambiguous else ""


# Files of one volume that stand in each other's way


def _of_overlaps(volume: Volume) -> Iterator[str]:
    named = f"volume {quoted(volume.name)}"
    config, secret, downward = volume.config_map, volume.secret, volume.downward_api
    if config is not None:
        paths = [item.path for item in config.items]
        yield from _overlaps(paths, f"{named} (ConfigMap {quoted(config.name)})")
    if secret is not None:
        paths = [item.path for item in secret.items]
        yield from _overlaps(paths, f"{named} (Secret {quoted(secret.secret_name)})")
    if downward is not None:
        yield from _overlaps([item.path for item in downward.items], f"{named} (DownwardAPI)")
    if volume.projected is not None:
        yield from _of_projections(volume.projected, named)


def _of_projections(source: ProjectedVolumeSource, named: str) -> Iterator[str]:
    everything: set[str] = set()
    paths: list[str] = []
    text = ""
    for part in source.sources:
        config, secret, downward = part.config_map, part.secret, part.downward_api
        token, bundle = part.service_account_token, part.cluster_trust_bundle
        if part == type(part)():
            yield f"{named} (Projected) has no sources provided"
            continue
        # A source that says nothing of paths leaves those of the one before it to be compared again.
        if config is not None and config.items:
            paths, text = [item.path for item in config.items], f"Projected ConfigMap {quoted(config.name)}"
        elif secret is not None and secret.items:
            paths, text = [item.path for item in secret.items], f"Projected Secret {quoted(secret.name)}"
        elif downward is not None and downward.items:
            paths, text = [item.path for item in downward.items], "Projected DownwardAPI"
        elif token is not None:
            paths, text = [token.path], "Projected ServiceAccountToken"
        elif bundle is not None:
            named_by = bundle.name if bundle.name is not None else bundle.signer_name
            paths, text = [bundle.path], f"Projected ClusterTrustBundle {quoted(named_by or '')}"
        if paths:
            own = dict.fromkeys(paths)
            yield from _overlaps(paths, f"{named} ({text})")
            yield from _overlaps(sorted([*own, *everything]), f"{named} ({text})")
            everything.update(own)


def _overlaps(paths: Iterable[str], text: str) -> Iterator[str]:
    seen: list[str] = []
    for path in (each.rstrip("/") for each in paths):
        other = next((each for each in seen if _overlap(each, path)), None)
        if other is not None:
            yield f"{text}: overlapping paths: {quoted(path)} with {quoted(other)}"
        if path not in seen:
            seen.append(path)


def _overlap(one: str, other: str) -> bool:
    if not one or not other:
        return False
    return one == other or f"{one}/".startswith(other) or f"{other}/".startswith(one)
