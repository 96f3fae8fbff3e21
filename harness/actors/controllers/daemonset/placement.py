"""Which daemon pods are too many, and which nodes lack one: the decisions of a pass, node by node.

Pure, but for the order of nodes: that of their names, where a real controller takes them as they come.
Source: pkg/controller/daemon/daemon_controller.go (podsShouldBeOnNode) and update.go (rollingUpdate).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from harness.actors.controllers.daemonset import limits
from harness.actors.controllers.daemonset.eligibility import GENERATION_ANNOTATION, GENERATION_LABEL, HASH_LABEL, Fit
from harness.control.controller import Retry
from harness.kernel.clock import Clock
from harness.objects.apps import DaemonSet
from harness.objects.conditions import find, is_ready
from harness.objects.pod import Pod
from harness.objects.pods import FAILED, SUCCEEDED


class View(msgspec.Struct, frozen=True):
    """What a pass sees: nodes by name with how they fit, and the pods of each node that has any."""

    daemon_set: DaemonSet
    hash: str
    fits: Mapping[str, Fit]
    pods: Mapping[str, Sequence[Pod]]
    clock: Clock

    def is_available(self, pod: Pod) -> bool:
        """Whether the pod has been ready for `minReadySeconds`."""
        if not is_ready(pod):
            return False
        seconds = self.daemon_set.spec.min_ready_seconds
        if not seconds:
            return True
        condition = find(pod.status.conditions, "Ready")
        since = condition.last_transition_time if condition is not None else None
        return since is not None and self.clock.at(since) + seconds * 1000 <= self.clock.now_ms

    def is_updated(self, pod: Pod) -> bool:
        """Whether the pod is of the present template, by its count of changes or by its hash."""
        labels = pod.metadata.labels
        generation = self.daemon_set.metadata.annotations.get(GENERATION_ANNOTATION)
        by_count = generation is not None and labels.get(GENERATION_LABEL) == generation
        return by_count or (bool(self.hash) and labels.get(HASH_LABEL) == self.hash)

    @property
    def desired(self) -> int:
        return sum(fit.should_run for fit in self.fits.values())


class Placement(msgspec.Struct):
    """What is to be done: nodes that get a pod, pods that go, and those of them that have ended of themselves."""

    create: list[str] = []
    delete: list[Pod] = []
    ended: list[tuple[str, Pod]] = []

    def __bool__(self) -> bool:
        return bool(self.create or self.delete or self.ended)


def by_age(pods: Iterable[Pod]) -> list[Pod]:
    """Those on a node first, then the oldest, then by name."""
    return sorted(
        pods, key=lambda pod: (not pod.spec.node_name, pod.metadata.creation_timestamp or "", pod.metadata.name)
    )


def manage(view: View, may_replace: Callable[[str], bool]) -> Placement:
    """One pod on each node that should have one. `may_replace` is asked of every node with a failed pod."""
    todo = Placement()
    for node, fit in view.fits.items():
        pods = view.pods.get(node, ())
        if fit.should_run and not pods:
            todo.create.append(node)
        elif fit.may_stay:
            _tidy(view, node, pods, todo, may_replace)
        else:
            todo.delete += [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    for node, pods in view.pods.items():
        if node not in view.fits:
            todo.delete += [pod for pod in pods if not pod.spec.node_name and pod.metadata.deletion_timestamp is None]
    return todo


def _tidy(view: View, node: str, pods: Sequence[Pod], todo: Placement, may_replace: Callable[[str], bool]) -> None:
    """A node whose pods may stay: away with what has ended, and with what there is too much of."""
    running = []
    for pod in pods:
        if pod.metadata.deletion_timestamp is not None:
            continue
        if pod.status.phase == SUCCEEDED or (pod.status.phase == FAILED and may_replace(node)):
            todo.ended.append((node, pod))
        elif pod.status.phase != FAILED:
            running.append(pod)
    if len(running) < 2:
        return
    running = by_age(running)
    if not limits.allows_surge(view.daemon_set):
        todo.delete += running[1:]
        return
    new = [pod for pod in running if pod.metadata.labels.get(HASH_LABEL) == view.hash]
    old = [pod for pod in running if pod.metadata.labels.get(HASH_LABEL) != view.hash]
    todo.delete += [*new[1:], *old[1:]]
    if new and old and (not is_ready(old[0]) or view.is_available(new[0])):
        todo.delete.append(old[0])


def roll(view: View) -> Placement:
    """The next part of a rolling update, as far as the limits let it go."""
    desired = view.desired
    wanted = [node for node, fit in view.fits.items() if fit.should_run and node not in view.pods]
    pods = {node: view.pods.get(node, ()) for node in sorted({*view.pods, *wanted})}
    surge, unavailable = limits.surge(view.daemon_set, desired), limits.unavailable(view.daemon_set, desired)
    if surge:
        return _roll_with_surge(view, pods, surge)
    return _roll_in_place(view, pods, unavailable)


def _roll_in_place(view: View, pods: Mapping[str, Sequence[Pod]], most: int) -> Placement:
    """Old pods that are not available go at once, available ones while few enough are missing."""
    gone, broken, candidates = 0, [], []
    for on_node in pods.values():
        found = _pair(view, on_node)
        if found is None or (found[0] is None) == (found[1] is None):
            gone += 1
            continue
        new, old = found
        if new is not None:
            gone += not view.is_available(new)
        elif old is not None and not view.is_available(old):
            broken.append(old)
            gone += 1
        elif old is not None:
            candidates.append(old)
    return Placement(delete=[*broken, *candidates[: max(0, most - gone)]])


def _roll_with_surge(view: View, pods: Mapping[str, Sequence[Pod]], most: int) -> Placement:
    """New pods start beside old ones, which go once the new ones are available.

    An old pod that does not belong on its node any more goes at once if it is not available; otherwise it stays for
    as long as there are no more available pods than nodes that want one. Raises `Retry` while an old pod is on a node
    that is gone.
    """
    surging, available, todo = 0, 0, Placement()
    candidates: list[str] = []
    misplaced: list[Pod] = []
    for node, on_node in pods.items():
        found = _pair(view, on_node)
        if found is None:
            surging += 1
            continue
        new, old = found
        standing = old if old is not None else new
        serves = standing is not None and view.is_available(standing)
        available += serves
        if old is None:
            continue
        if new is not None:
            if view.is_available(new):
                todo.delete.append(old)
            else:
                surging += 1
        elif node not in view.fits:
            raise Retry(f"couldn't get node for nodeName {node}")
        elif view.fits[node].should_run:
            (candidates if serves else todo.create).append(node)
        else:
            (misplaced if serves else todo.delete).append(old)
    todo.delete += misplaced[: max(0, available - view.desired)]
    todo.create += candidates[: max(0, most - surging)]
    return todo


def _pair(view: View, pods: Sequence[Pod]) -> tuple[Pod | None, Pod | None] | None:
    """The new and the old pod of a node, terminating ones left aside; None where there are two of either."""
    staying = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    new = [pod for pod in staying if view.is_updated(pod)]
    old = [pod for pod in staying if not view.is_updated(pod)]
    if len(new) > 1 or len(old) > 1:
        return None
    return (new[0] if new else None), (old[0] if old else None)
