"""Emptying nodes: what `drain` does once it is known which nodes, and in which manner.

Owns which pods of a node leave, how long each is asked to, and what is printed. Source: kubectl's pkg/drain (drain.go,
filters.go) and pkg/cmd/drain/drain.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.api import kinds
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import REQUEST_MS
from harness.api.problems import ApiError, quoted
from harness.kernel.loop import sleep, together
from harness.objects import resources
from harness.objects.meta import controller_of
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.pods import has_ended
from harness.objects.selector import Selector
from harness.runner.evicting import request_eviction
from harness.runner.scheduling import set_unschedulable
from harness.runner.verb import Stage

_RETRY_MS = 5_000
_POLL_MS = 1_000
_NEVER_MS = 2**62
_MIRROR = "kubernetes.io/config.mirror"


class Manner(NamedTuple):
    """How nodes are emptied: what the options of `drain` say.

    A `timeout_ms` of 0 has no end; `timeout_text` is how it is told. `skip_seconds` is for how long a pod must have
    been on its way out not to be waited for; 0 waits for all.
    """

    force: bool = True
    ignore_daemon_sets: bool = True
    delete_local_data: bool = True
    timeout_ms: int = 60_000
    timeout_text: str = "1m0s"
    grace_seconds: int | None = None
    pods: Selector = Selector()
    evict: bool = True
    skip_seconds: int = 0


class _Choice(NamedTuple):
    """Whether a pod leaves the node; what is said of it, and what keeps the node from being emptied at all."""

    leaves: bool
    warning: str = ""
    obstacle: str = ""


_STAYS = _Choice(False)
_LEAVES = _Choice(True)


async def drain(nodes: Sequence[str], manner: Manner, stage: Stage) -> None:
    """Cordon the nodes, then empty one after the other."""
    kubectl = stage.kubectl
    for node in nodes:
        await set_unschedulable(stage, node, True)
    if kubectl.failed:
        return
    errors: list[str] = []
    pending: list[str] = []
    for node in nodes:
        found = await _emptied(node, manner, stage)
        if not found:
            kubectl.say(kinds.BY_TYPE[Node].resource, node, "drained")
            continue
        said = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
        kubectl.warn(f"error: unable to drain node {quoted(node)} due to error: {said}, continuing command...")
        errors += found
        pending.append(node)
    if pending:
        kubectl.warn("There are pending nodes to be drained:\n" + "\n".join(f" {node}" for node in pending))
        kubectl.fail("\n".join(errors))


async def _emptied(node: str, manner: Manner, stage: Stage) -> list[str]:
    """Empty a node; what kept it from being so."""
    kubectl, clock = stage.kubectl, stage.cluster.clock
    chosen = await _chosen(node, manner, stage)
    obstacles = _said((pod, choice.obstacle) for pod, choice in chosen)
    if obstacles:
        return [f"cannot delete {obstacle}" for obstacle in obstacles]
    warnings = _said((pod, choice.warning) for pod, choice in chosen)
    if warnings:
        kubectl.warn(f"Warning: {'; '.join(warnings)}")
    leaving = [pod for pod, choice in chosen if choice.leaves]
    errors: list[str] = []
    deadline_ms = clock.now_ms + manner.timeout_ms if manner.timeout_ms else _NEVER_MS
    if manner.evict:
        await together(_leave(pod, manner, stage, deadline_ms, errors) for pod in leaving)
    else:
        await _deleted(leaving, manner, stage, deadline_ms, errors)
    if errors:
        said = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
        left = [pod.metadata.name for pod, choice in await _chosen(node, manner, stage) if choice.leaves]
        if left:
            kubectl.warn(f"There are pending pods in node {quoted(node)} when an error occurred: {said}")
            for name in left:
                kubectl.warn(f"pod/{name}")
    return errors


async def _chosen(node: str, manner: Manner, stage: Stage) -> list[tuple[Pod, _Choice]]:
    """The pods of the node, by namespace and name, and what becomes of each."""
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Pod]
    pods = await kubectl.ask(lambda: kubectl.server.list(kind))
    return [
        (pod, await _choice(pod, manner, stage))
        for pod in pods
        if pod.spec.node_name == node and manner.pods.matches(pod.metadata.labels)
    ]


async def _choice(pod: Pod, manner: Manner, stage: Stage) -> _Choice:
    """What the command's filters make of a pod: the first that keeps it decides, else the last has its say."""
    if _is_long_gone(pod, manner, stage):
        return _STAYS
    owner = controller_of(pod)
    ended = has_ended(pod)
    if owner is not None and owner.kind == "DaemonSet" and not ended:
        resource = resources.of_kind("apps/v1", "DaemonSet")
        assert resource is not None
        try:
            await stage.kubectl.get(kinds.of_resource(resource), pod.metadata.namespace, owner.name)
        except ApiError as problem:
            # Its owner is gone, so that nobody would bring it back: it may leave like any other.
            if not manner.force:
                return _Choice(False, obstacle=problem.message)
        else:
            if manner.ignore_daemon_sets:
                return _Choice(False, "ignoring DaemonSet-managed Pods")
            return _Choice(False, obstacle="DaemonSet-managed Pods (use --ignore-daemonsets to ignore)")
    if _MIRROR in pod.metadata.annotations:
        return _STAYS
    if not ended and not manner.delete_local_data and any(volume.empty_dir is not None for volume in pod.spec.volumes):
        return _Choice(False, obstacle="Pods with local storage (use --delete-emptydir-data to override)")
    if owner is not None or ended:
        return _LEAVES
    if manner.force:
        return _Choice(True, "deleting Pods that declare no controller")
    return _Choice(False, obstacle="Pods that declare no controller (use --force to override)")


def _is_long_gone(pod: Pod, manner: Manner, stage: Stage) -> bool:
    """Whether the pod has been on its way out for so long that nobody waits for it."""
    since, clock = pod.metadata.deletion_timestamp, stage.cluster.clock
    return bool(manner.skip_seconds and since) and clock.now_ms - clock.at(since or "") > manner.skip_seconds * 1000


def _said(chosen: Iterable[tuple[Pod, str]]) -> list[str]:
    """Each thing that is said, and of which pods, in order."""
    said: dict[str, list[str]] = {}
    for pod, text in chosen:
        if text:
            said.setdefault(text, []).append(f"{pod.metadata.namespace}/{pod.metadata.name}")
    return [f"{text}: {', '.join(said[text])}" for text in sorted(said)]


async def _leave(pod: Pod, manner: Manner, stage: Stage, deadline_ms: int, errors: list[str]) -> None:
    """Evict one pod, for as long as it takes, and wait for it to be gone; what went wrong is added to `errors`."""
    kubectl, clock = stage.kubectl, stage.cluster.clock
    namespace, name = pod.metadata.namespace, pod.metadata.name
    failed = f"error when evicting pods/{quoted(name)} -n {quoted(namespace)}"
    known: Pod | None = pod
    while True:
        kubectl.printed.append(f"evicting pod {namespace}/{name}")
        if clock.now_ms >= deadline_ms:
            errors.append(f"{failed}: {_timed_out(manner)}")
            return
        try:
            await request_eviction(kubectl, namespace, name, manner.grace_seconds)
            break
        except ApiError as problem:
            if problem.reason == "NotFound":
                return
            orphaned = any(cause.reason == NAMESPACE_TERMINATING for cause in problem.details.causes)
            if orphaned and known is not None and known.metadata.deletion_timestamp is not None:
                # Nothing can be asked for in its namespace any more, and it is on its way already.
                break
            if problem.reason != "TooManyRequests" and not orphaned:
                errors.append(f"{failed}: {problem.message}")
                return
            trouble = failed
            if orphaned:
                trouble = f"error when evicting pod {quoted(name)} from terminating namespace {quoted(namespace)}"
            kubectl.warn(f"{trouble} (will retry after 5s): {problem.message}")
        await sleep(_RETRY_MS)
        if orphaned:
            known = kubectl.server.find(Pod, namespace, name)
    if await _gone(pod, manner, stage, deadline_ms):
        kubectl.say(kinds.BY_TYPE[Pod].resource, name, "evicted")
        return
    waiting = f"error when waiting for pod {quoted(name)} in namespace {quoted(namespace)} to terminate"
    errors.append(f"{waiting}: {_timed_out(manner)}")


def _timed_out(manner: Manner) -> str:
    return f"global timeout reached: {manner.timeout_text}"


async def _deleted(pods: Sequence[Pod], manner: Manner, stage: Stage, deadline_ms: int, errors: list[str]) -> None:
    """Delete the pods without asking any budget, and wait for all of them to be gone."""
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Pod]
    for pod in pods:
        try:
            await kubectl.delete(kind, pod.metadata.namespace, pod.metadata.name, "", manner.grace_seconds)
        except ApiError as problem:
            if problem.reason != "NotFound":
                errors.append(problem.message)
                return
    for pod in pods:
        if not await _gone(pod, manner, stage, deadline_ms):
            errors.append(_timed_out(manner))
            return
        kubectl.say(kind.resource, pod.metadata.name, "deleted")


async def _gone(pod: Pod, manner: Manner, stage: Stage, deadline_ms: int) -> bool:
    """Look every second whether that very pod is gone; whether it is before the time is up."""
    kubectl, metadata = stage.kubectl, pod.metadata
    while True:
        found = await kubectl.ask(lambda: kubectl.server.find(Pod, metadata.namespace, metadata.name))
        if found is None or found.metadata.uid != metadata.uid or _is_long_gone(found, manner, stage):
            return True
        if stage.cluster.clock.now_ms >= deadline_ms:
            return False
        await sleep(_POLL_MS - REQUEST_MS)
