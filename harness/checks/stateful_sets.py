"""What the API says about a set and its pods: ordinals, health, revisions, re-derived from the objects alone.

Owns readings that several witnesses share. Asks no controller, and no code that a controller runs on.
"""

from __future__ import annotations

import re

from harness.checks.scene import Past
from harness.kernel.clock import parse
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet

CONTROLLER = "statefulset-controller"
REVISION_LABEL = "controller-revision-hash"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
FINISHED = ("Succeeded", "Failed")

_MEMBER = re.compile(r"(.*)-([0-9]+)", re.DOTALL | re.ASCII)


def ordinal(pod: Pod) -> int:
    """The number at the end of the pod's name; -1 if there is none."""
    found = _MEMBER.fullmatch(pod.metadata.name)
    return int(found[2]) if found is not None else -1


def parent(name: str) -> str:
    """What stands before the number at the end of a pod's or a claim's name."""
    found = _MEMBER.fullmatch(name)
    return found[1] if found is not None else ""


def set_of(pod: Pod, past: Past) -> StatefulSet | None:
    """The set that manages the pod, if it is there."""
    owner = controller_of(pod)
    if owner is None or owner.kind != StatefulSet.kind:
        return None
    found = past.get(StatefulSet, pod.metadata.namespace, owner.name)
    return found if found is not None and found.metadata.uid == owner.uid else None


def first_ordinal(stateful_set: StatefulSet) -> int:
    return stateful_set.spec.ordinals.start if stateful_set.spec.ordinals is not None else 0


def ordinals(stateful_set: StatefulSet) -> range:
    """The ordinals that the set asks for."""
    start = first_ordinal(stateful_set)
    return range(start, start + (stateful_set.spec.replicas or 0))


def first_updated_ordinal(stateful_set: StatefulSet) -> int:
    """The lowest ordinal that a rolling update reaches."""
    rolling = stateful_set.spec.update_strategy.rolling_update
    return first_ordinal(stateful_set) + ((rolling.partition or 0) if rolling is not None else 0)


def is_ordered(stateful_set: StatefulSet) -> bool:
    return stateful_set.spec.pod_management_policy != "Parallel"


def pod_at(stateful_set: StatefulSet, number: int, past: Past) -> Pod | None:
    """The set's own pod of an ordinal."""
    pod = past.get(Pod, stateful_set.metadata.namespace, f"{stateful_set.metadata.name}-{number}")
    owner = controller_of(pod) if pod is not None else None
    return pod if owner is not None and owner.uid == stateful_set.metadata.uid else None


def members(stateful_set: StatefulSet, past: Past) -> list[Pod]:
    """All pods of the set whose name has an ordinal, lowest first; also those it no longer asks for."""
    name = stateful_set.metadata.name
    pods = [pod for pod in past.pods_of(stateful_set.metadata.uid) if parent(pod.metadata.name) == name]
    return sorted(pods, key=ordinal)


def condemned(stateful_set: StatefulSet, past: Past) -> list[Pod]:
    """The pods whose ordinals the set does not ask for, lowest first."""
    wanted = ordinals(stateful_set)
    return [pod for pod in members(stateful_set, past) if ordinal(pod) not in wanted]


def is_terminating(pod: Pod) -> bool:
    return pod.metadata.deletion_timestamp is not None


def is_ready(pod: Pod) -> bool:
    """Running, and Ready."""
    return pod.status.phase == "Running" and any(
        condition.type == "Ready" and condition.status == "True" for condition in pod.status.conditions
    )


def is_available(pod: Pod, stateful_set: StatefulSet, epoch_ms: int) -> bool:
    """Running and Ready for as long as the set asks for, to the second."""
    if not is_ready(pod):
        return False
    wait_ms = stateful_set.spec.min_ready_seconds * 1000
    if not wait_ms:
        return True
    since = next(condition.last_transition_time for condition in pod.status.conditions if condition.type == "Ready")
    return since is not None and parse(since) + wait_ms <= epoch_ms


def is_healthy(pod: Pod | None, stateful_set: StatefulSet, epoch_ms: int) -> bool:
    """There, staying, and available."""
    return pod is not None and not is_terminating(pod) and is_available(pod, stateful_set, epoch_ms)


def ailment(pod: Pod | None, stateful_set: StatefulSet, epoch_ms: int) -> str:
    """Why the pod is not healthy, in a word; "" if it is."""
    if pod is None:
        return "missing"
    if is_terminating(pod):
        return "terminating"
    if not is_ready(pod):
        return "not ready"
    return "" if is_available(pod, stateful_set, epoch_ms) else "not available yet"


def revision_of(pod: Pod) -> str:
    return pod.metadata.labels.get(REVISION_LABEL, "")


def newest_revision(stateful_set: StatefulSet, past: Past) -> str:
    """The name of the set's revision with the highest number, which is that of its template; "" if it has none."""
    newest: tuple[int, str, str] = (0, "", "")
    for revision in past.every(ControllerRevision):
        owner = controller_of(revision)
        if owner is not None and owner.uid == stateful_set.metadata.uid:
            metadata = revision.metadata
            newest = max(newest, (revision.revision, metadata.creation_timestamp or "", metadata.name))
    return newest[2]


def claim_names(stateful_set: StatefulSet, number: int) -> dict[str, str]:
    """The claims of an ordinal, by the name of their template."""
    return {
        template.metadata.name: f"{template.metadata.name}-{stateful_set.metadata.name}-{number}"
        for template in stateful_set.spec.volume_claim_templates
    }


def promotion_is_due(stateful_set: StatefulSet, revision: str, past: Past) -> bool:
    """Whether every pod there is, and that is exactly as many as the set asks for, is ready at this revision."""
    pods = members(stateful_set, past)
    return (
        stateful_set.spec.update_strategy.type == "RollingUpdate"
        and len(pods) == (stateful_set.spec.replicas or 0)
        and all(is_ready(pod) and not is_terminating(pod) and revision_of(pod) == revision for pod in pods)
    )
