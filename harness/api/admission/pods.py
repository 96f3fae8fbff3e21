"""What is added to a new pod: its service account, its priority, and tolerations for a node that goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.config import ServiceAccount
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node
from harness.objects.node_labels import REGION, ZONE
from harness.objects.pod import Pod, Toleration
from harness.objects.policy import PriorityClass
from harness.objects.taints import NO_EXECUTE, NOT_READY, UNREACHABLE

if TYPE_CHECKING:
    from harness.api.server import Server

_TOLERATION_SECONDS = 300
_DEFAULT_TOLERATIONS = tuple(
    Toleration(key=key, operator="Exists", effect=NO_EXECUTE, toleration_seconds=_TOLERATION_SECONDS)
    for key in (NOT_READY, UNREACHABLE)
)
_SYSTEM_PRIORITIES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_TOPOLOGY_LABELS = (ZONE, REGION)


def service_account(pod: Pod, server: Server) -> Pod:
    """ServiceAccount: every pod has one, it must exist, and its secrets pull the images. No token volume is added."""
    spec, metadata = pod.spec, pod.metadata
    name = spec.service_account_name or spec.service_account or "default"
    account = server.find(ServiceAccount, metadata.namespace, name)
    if account is None and name != "default":
        resource = kinds.BY_TYPE[Pod].resource
        text = f'error looking up service account {metadata.namespace}/{name}: serviceaccount "{name}" not found'
        raise ApiError.forbidden(resource, metadata.name or metadata.generate_name, text)
    secrets = spec.image_pull_secrets or (account.image_pull_secrets if account is not None else ())
    if spec.service_account_name == name and spec.service_account == name and spec.image_pull_secrets == secrets:
        return pod
    spec = replace(spec, service_account_name=name, service_account=name, image_pull_secrets=secrets)
    return replace(pod, spec=spec)


def priority(pod: Pod, server: Server) -> Pod:
    """Priority: the number and the preemption policy of the named class, or of the default one."""
    spec = pod.spec
    name, value, policy = spec.priority_class_name, 0, "PreemptLowerPriority"
    if name in _SYSTEM_PRIORITIES:
        value = _SYSTEM_PRIORITIES[name]
    elif name or (name := _default_class(server)):
        found = server.find(PriorityClass, "", name)
        if found is None:
            resource = kinds.BY_TYPE[Pod].resource
            text = f"no PriorityClass with name {name} was found"
            raise ApiError.forbidden(resource, pod.metadata.name or pod.metadata.generate_name, text)
        value, policy = found.value, found.preemption_policy or policy
    for what, given, computed in (
        ("integer value of priority", spec.priority, value),
        ("string value of PreemptionPolicy", spec.preemption_policy, policy),
    ):
        if given is not None and given != computed:
            text = (
                f"the {what} ({given}) must not be provided in pod spec; "
                f"priority admission controller computed {computed} from the given PriorityClass name"
            )
            resource = kinds.BY_TYPE[Pod].resource
            raise ApiError.forbidden(resource, pod.metadata.name or pod.metadata.generate_name, text)
    return replace(pod, spec=replace(spec, priority_class_name=name, priority=value, preemption_policy=policy))


def _default_class(server: Server) -> str:
    """The name of the global default class; the lowest value wins where there are several."""
    classes = server.store.collection(kinds.BY_TYPE[PriorityClass].key).objects
    if not classes:
        return ""
    defaults = sorted((found.value, name) for (_, name), found in classes.items() if found.global_default)
    return defaults[0][1] if defaults else ""


def one_default_class(new: PriorityClass, stored: PriorityClass | None, server: Server) -> None:
    """Priority: refuse (Forbidden) a second class for pods that name none."""
    default = _default_class(server) if new.global_default else ""
    if default and (stored is None or default != new.metadata.name):
        text = f"PriorityClass {default} is already marked as default. Only one default can exist"
        raise ApiError.forbidden(kinds.BY_TYPE[PriorityClass].resource, new.metadata.name, text)


def default_toleration_seconds(pod: Pod, _server: Server) -> Pod:
    """DefaultTolerationSeconds: five minutes on a node that is not ready or unreachable, unless said otherwise."""
    given = pod.spec.tolerations
    missing = tuple(wanted for wanted in _DEFAULT_TOLERATIONS if not any(_covers(one, wanted) for one in given))
    return replace(pod, spec=replace(pod.spec, tolerations=(*given, *missing))) if missing else pod


def _covers(given: Toleration, wanted: Toleration) -> bool:
    return given.key in (wanted.key, "") and given.effect in (wanted.effect, "")


def topology_labelled(metadata: ObjectMeta, node: str, server: Server) -> ObjectMeta:
    """PodTopologyLabels: a pod takes over the zone and region of the node it is bound to."""
    found = server.find(Node, "", node)
    if found is None:
        return metadata
    labels = {key: found.metadata.labels[key] for key in _TOPOLOGY_LABELS if key in found.metadata.labels}
    return replace(metadata, labels={**metadata.labels, **labels}) if labels else metadata
