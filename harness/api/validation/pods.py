"""What the API server demands of a pod and of the template of one.

Owns the walk over a pod's spec, in the API server's order. Mirrors pkg/apis/core/validation (ValidatePodSpec). Which
changes of a pod are allowed stands in `pod_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, forbidden, invalid, required
from harness.api.validation.containers import container_list_problems, image_spacing_problems
from harness.api.validation.fields import complaints, one_of
from harness.api.validation.metadata import annotation_problems, label_problems, metadata_problems
from harness.api.validation.names import between, dns_label, dns_search_domain, dns_subdomain, qualified_name
from harness.api.validation.resources import amounts_problems, resource_problems
from harness.api.validation.scheduling import affinity_problems, spread_problems, toleration_problems
from harness.api.validation.volumes import check_volumes
from harness.objects.deletion_cost import COST, deletion_cost
from harness.objects.pod import Pod, PodDNSConfig, PodSpec, PodTemplateSpec
from harness.objects.volume import Volume

MAX_INT32 = 2**31 - 1

_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")


def new_pod_problems(pod: Pod) -> list[FieldProblem]:
    """Of a pod that is created, what only later may have is wrong too (ValidatePodCreate)."""
    spec, problems = pod.spec, pod_problems(pod)
    if spec.ephemeral_containers:
        problems.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.node_name and spec.scheduling_gates:
        text = "cannot be set until all schedulingGates have been cleared"
        problems.append(forbidden("spec.nodeName", text))
    return problems


def pod_problems(pod: Pod) -> list[FieldProblem]:
    problems = metadata_problems(pod.metadata, True, dns_subdomain, "metadata")
    problems += cost_problems(pod.metadata.annotations, "metadata.annotations")
    problems += pod_spec_problems(pod.spec, "spec", is_pod=True, pod_name=pod.metadata.name)
    return problems + _only_pod_problems(pod.spec)


def cost_problems(annotations: Mapping[str, str], path: str) -> list[FieldProblem]:
    """Whether what it costs to delete a pod is a number (ValidatePodSpecificAnnotations)."""
    if deletion_cost(annotations) is not None:
        return []
    return [invalid(f"{path}[{COST}]", annotations[COST], "must be a 32bit integer")]


def _only_pod_problems(spec: PodSpec) -> list[FieldProblem]:
    """What is demanded of a pod, but not of a template that one is made from."""
    problems: list[FieldProblem] = []
    if not spec.service_account_name:
        problems += _token_problems(spec)
    problems += image_spacing_problems(spec.containers, "spec.containers")
    return problems + image_spacing_problems(spec.init_containers, "spec.initContainers")


def _token_problems(spec: PodSpec) -> list[FieldProblem]:
    text = "must not be specified when serviceAccountName is not set"
    return [
        forbidden(f"spec.volumes[{index}].projected.sources[{position}].serviceAccountToken", text)
        for index, volume in enumerate(spec.volumes)
        if volume.projected is not None
        for position, source in enumerate(volume.projected.sources)
        if source.service_account_token is not None
    ]


def template_problems(
    template: PodTemplateSpec, path: str, provided: Mapping[str, Volume] | None = None
) -> list[FieldProblem]:
    """`provided`: volumes that the owner will put in the place of those of the same name."""
    problems = label_problems(template.metadata.labels, f"{path}.labels")
    problems += annotation_problems(template.metadata.annotations, f"{path}.annotations")
    problems += cost_problems(template.metadata.annotations, f"{path}.annotations")
    problems += pod_spec_problems(template.spec, f"{path}.spec", is_pod=False, provided=provided)
    if template.spec.ephemeral_containers:
        text = "ephemeral containers not allowed in pod template"
        problems.append(forbidden(f"{path}.spec.ephemeralContainers", text))
    return problems


def pod_spec_problems(
    spec: PodSpec, path: str, *, is_pod: bool, pod_name: str = "", provided: Mapping[str, Volume] | None = None
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.termination_grace_period_seconds is None:
        problems.append(required(f"{path}.terminationGracePeriodSeconds"))
    volumes = spec.volumes
    if provided:
        volumes = (*provided.values(), *(volume for volume in volumes if volume.name not in provided))
    checked = check_volumes(volumes, f"{path}.volumes", is_pod=is_pod, pod_name=pod_name)
    problems += checked.problems
    problems += container_list_problems(spec, checked.usable, path)
    if spec.resources is not None:
        problems += resource_problems(spec.resources, f"{path}.resources")
    if spec.host_network:
        problems += _host_network_problems(spec, path, is_pod)
    if spec.restart_policy not in _RESTART_POLICIES:
        problems += one_of(spec.restart_policy, _RESTART_POLICIES, f"{path}.restartPolicy")
    if spec.dns_policy not in _DNS_POLICIES:
        problems += one_of(spec.dns_policy, _DNS_POLICIES, f"{path}.dnsPolicy")
    if spec.node_selector:
        problems += label_problems(spec.node_selector, f"{path}.nodeSelector")
    if spec.affinity is not None:
        problems += affinity_problems(spec.affinity, f"{path}.affinity")
    problems += _dns_problems(spec.dns_config, spec.dns_policy, f"{path}.dnsConfig")
    problems += _gate_problems(spec, path)
    if spec.topology_spread_constraints:
        problems += spread_problems(spec.topology_spread_constraints, f"{path}.topologySpreadConstraints")
    problems += _named_problems(spec, path)
    problems += _deadline_problems(spec, path)
    for name, host in (("hostname", spec.hostname), ("subdomain", spec.subdomain)):
        if host:
            problems += complaints(f"{path}.{name}", host, dns_label(host))
    if spec.tolerations:
        problems += toleration_problems(spec.tolerations, f"{path}.tolerations")
    return problems + _late_problems(spec, path)


def _host_network_problems(spec: PodSpec, path: str, is_pod: bool) -> list[FieldProblem]:
    text = "must match `containerPort` when `hostNetwork` is true"
    return [
        invalid(f"{path}.containers[{index}].ports[{position}].hostPort", port.host_port, text)
        for index, container in enumerate(spec.containers)
        for position, port in enumerate(container.ports)
        if (is_pod or port.host_port) and port.host_port != port.container_port
    ]


def _dns_problems(config: PodDNSConfig | None, policy: str, path: str) -> list[FieldProblem]:
    if config is None:
        return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")] if policy == "None" else []
    if policy == "None" and not config.nameservers:
        return [required(f"{path}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")]
    problems: list[FieldProblem] = []
    if len(config.nameservers) > 3:
        problems.append(invalid(f"{path}.nameservers", config.nameservers, "must not have more than 3 nameservers"))
    if len(config.searches) > 32:
        problems.append(invalid(f"{path}.searches", config.searches, "must not have more than 32 search paths"))
    for index, search in enumerate(config.searches):
        if search != ".":
            domain = search.removesuffix(".")
            problems += complaints(f"{path}.searches[{index}]", domain, dns_search_domain(domain))
    problems += [
        required(f"{path}.options[{index}]", "must not be empty")
        for index, option in enumerate(config.options)
        if not option.name
    ]
    return problems


def _gate_problems(spec: PodSpec, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, gate in enumerate(spec.readiness_gates):
        at = f"{path}.readinessGates[{index}].conditionType"
        problems += complaints(at, gate.condition_type, qualified_name(gate.condition_type))
    for index, scheduling_gate in enumerate(spec.scheduling_gates):
        at = f"{path}.schedulingGates[{index}]"
        problems += complaints(at, scheduling_gate.name, qualified_name(scheduling_gate.name))
    return problems


def _named_problems(spec: PodSpec, path: str) -> list[FieldProblem]:
    """The names of other objects."""
    problems: list[FieldProblem] = []
    for name, value in (("serviceAccountName", spec.service_account_name), ("nodeName", spec.node_name)):
        if value and dns_subdomain(value):
            problems += complaints(f"{path}.{name}", value, dns_subdomain(value))
    return problems


def _deadline_problems(spec: PodSpec, path: str) -> list[FieldProblem]:
    seconds = spec.active_deadline_seconds
    if seconds is None or 1 <= seconds <= MAX_INT32:
        return []
    return [invalid(f"{path}.activeDeadlineSeconds", seconds, between(1, MAX_INT32))]


def _late_problems(spec: PodSpec, path: str) -> list[FieldProblem]:
    """What is looked at last, and is rarely set."""
    problems: list[FieldProblem] = []
    for index, alias in enumerate(spec.host_aliases):
        for position, host in enumerate(alias.hostnames):
            at = f"{path}.hostAliases[{index}].hostnames[{position}]"
            problems += complaints(at, host, dns_subdomain(host))
    for name, value in (("priorityClassName", spec.priority_class_name), ("runtimeClassName", spec.runtime_class_name)):
        if value:
            problems += complaints(f"{path}.{name}", value, dns_subdomain(value))
    if spec.preemption_policy is not None and spec.preemption_policy not in _PREEMPTION_POLICIES:
        problems += one_of(spec.preemption_policy, _PREEMPTION_POLICIES, f"{path}.preemptionPolicy")
    if spec.overhead:
        problems += amounts_problems(spec.overhead, f"{path}.overhead")
    return problems
