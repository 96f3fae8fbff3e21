"""`drain`: as `kubectl drain --ignore-daemonsets --delete-emptydir-data --force --timeout=60s`.

Owns which pods of a node leave, and how long each is asked to. Source: kubectl's pkg/drain (drain.go, filters.go) and
pkg/cmd/drain/drain.go.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from harness.runner.evicting import request_eviction
from harness.runner.scheduling import set_unschedulable
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Drain

_TIMEOUT_MS = 60_000
_TIMED_OUT = "global timeout reached: 1m0s"
_RETRY_MS = 5_000
_POLL_MS = 1_000
_MIRROR = "kubernetes.io/config.mirror"
_OF_DAEMON_SET = "ignoring DaemonSet-managed Pods"
_UNMANAGED = "deleting Pods that declare no controller"


class _Choice(NamedTuple):
    """Whether a pod leaves the node, and what is said of it; "" is nothing."""

    leaves: bool
    warning: str = ""


async def play(action: Drain, stage: Stage) -> None:
    kubectl, node = stage.kubectl, action.node
    await set_unschedulable(stage, node, True)
    if kubectl.failed:
        return
    chosen = await _chosen(node, stage)
    warned = _warning(chosen)
    if warned:
        kubectl.warn(f"Warning: {warned}")
    leaving = [pod for pod, choice in chosen if choice.leaves]
    errors: list[str] = []
    deadline_ms = stage.cluster.clock.now_ms + _TIMEOUT_MS
    await together(_leave(pod, stage, deadline_ms, errors) for pod in leaving)
    if not errors:
        kubectl.say(kinds.BY_TYPE[Node].resource, node, "drained")
        return
    said = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    pending = [pod.metadata.name for pod, choice in await _chosen(node, stage) if choice.leaves]
    if pending:
        kubectl.warn(f"There are pending pods in node {quoted(node)} when an error occurred: {said}")
        for name in pending:
            kubectl.warn(f"pod/{name}")
    kubectl.warn(f"error: unable to drain node {quoted(node)} due to error: {said}, continuing command...")
    kubectl.warn(f"There are pending nodes to be drained:\n {node}")
    kubectl.fail("\n".join(errors))


async def _chosen(node: str, stage: Stage) -> list[tuple[Pod, _Choice]]:
    """The pods of the node, by namespace and name, and what becomes of each."""
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Pod]
    pods = await kubectl.ask(lambda: kubectl.server.list(kind))
    return [(pod, await _choice(pod, stage)) for pod in pods if pod.spec.node_name == node]


async def _choice(pod: Pod, stage: Stage) -> _Choice:
    """What the command's filters make of a pod: the last of them that has a say decides what is said."""
    owner = controller_of(pod)
    of_daemon_set = owner is not None and owner.kind == "DaemonSet" and not has_ended(pod)
    if owner is not None and of_daemon_set:
        resource = resources.of_kind("apps/v1", "DaemonSet")
        assert resource is not None
        try:
            await stage.kubectl.get(kinds.of_resource(resource), pod.metadata.namespace, owner.name)
            return _Choice(False, _OF_DAEMON_SET)
        except ApiError:
            # Its owner is gone, so that nobody would bring it back: it leaves like any other.
            pass
    if _MIRROR in pod.metadata.annotations:
        return _Choice(False)
    return _Choice(True, _UNMANAGED if owner is None and not has_ended(pod) else "")


def _warning(chosen: Iterable[tuple[Pod, _Choice]]) -> str:
    """One line: each thing that is said, and of which pods."""
    said: dict[str, list[str]] = {}
    for pod, choice in chosen:
        if choice.warning:
            said.setdefault(choice.warning, []).append(f"{pod.metadata.namespace}/{pod.metadata.name}")
    return "; ".join(f"{warning}: {', '.join(said[warning])}" for warning in sorted(said))


async def _leave(pod: Pod, stage: Stage, deadline_ms: int, errors: list[str]) -> None:
    """Evict one pod, for as long as it takes, and wait for it to be gone; what went wrong is added to `errors`."""
    kubectl, clock = stage.kubectl, stage.cluster.clock
    namespace, name = pod.metadata.namespace, pod.metadata.name
    failed = f"error when evicting pods/{quoted(name)} -n {quoted(namespace)}"
    known: Pod | None = pod
    while True:
        kubectl.printed.append(f"evicting pod {namespace}/{name}")
        if clock.now_ms >= deadline_ms:
            errors.append(f"{failed}: {_TIMED_OUT}")
            return
        try:
            await request_eviction(kubectl, namespace, name)
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
    if not await _gone(pod, stage, deadline_ms):
        errors.append(
            f"error when waiting for pod {quoted(name)} in namespace {quoted(namespace)} to terminate: {_TIMED_OUT}"
        )
        return
    kubectl.say(kinds.BY_TYPE[Pod].resource, name, "evicted")


async def _gone(pod: Pod, stage: Stage, deadline_ms: int) -> bool:
    """Look every second whether that very pod is gone; whether it is before the time is up."""
    kubectl, metadata = stage.kubectl, pod.metadata
    while True:
        found = await kubectl.ask(lambda: kubectl.server.find(Pod, metadata.namespace, metadata.name))
        if found is None or found.metadata.uid != metadata.uid:
            return True
        if stage.cluster.clock.now_ms >= deadline_ms:
            return False
        await sleep(_POLL_MS - REQUEST_MS)


VERB = Verb(
    Drain,
    "Cordon a node and evict its pods, for up to a minute, as `kubectl drain --force`.",
    "- drain: node-1",
    lambda action: f"drain node/{action.node}",
    play,
)
