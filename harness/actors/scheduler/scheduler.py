"""The scheduler: takes pods from its queue one at a time, finds each a node, and binds it there.

Owns the loop, what is assumed between choice and binding, and what is written when there is no node. Which node is
good, which pod is next and which event helps whom are decided in the files beside this one.
Mirrors pkg/scheduler/schedule_one.go and eventhandlers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.scheduler import filters, hints, messages, preemption, scores, volume_hints
from harness.actors.scheduler.attempt import Attempt, Check, FilterFailed, Rejection
from harness.actors.scheduler.binding import Binder
from harness.actors.scheduler.demand import demand_of
from harness.actors.scheduler.evicting import Evictor
from harness.actors.scheduler.journal import Journal, Listener
from harness.actors.scheduler.nodes import Nodes, NodeView
from harness.actors.scheduler.nominations import Nominations
from harness.actors.scheduler.queue import GATED, UNSCHEDULABLE, Queue, QueuedPod
from harness.actors.scheduler.search import search
from harness.actors.scheduler.siblings import Siblings
from harness.actors.scheduler.storage import Storage, VolumePlan
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import ADDED, DELETED, Change
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING
from harness.control.informer import Handler
from harness.kernel.loop import sleep
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.conditions import with_condition
from harness.objects.config import Namespace
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition
from harness.objects.pods import has_ended, priority
from harness.objects.policy import PodDisruptionBudget

NAME = "default-scheduler"

# One attempt. It also bounds how often a burst of events can make the same pod be tried again.
_CYCLE_MS = 1


class Choice(NamedTuple):
    """A node for a pod, and what must be written for its claims before it is bound."""

    view: NodeView
    plan: VolumePlan | None


class Failure(NamedTuple):
    """No node: what to say, and the plugins whose minds would have to change; none of them after an error.

    `nomination` is the node the pod is nominated for from now on, "" for none; None leaves it as it is. `room` is how
    room is to be made for it there.
    """

    message: str
    rejectors: tuple[str, ...]
    reason: str = "Unschedulable"
    nomination: str | None = ""
    room: preemption.Candidate | None = None


class Scheduler:
    """The actor. Everything it does starts with an informer's change or with the end of a back-off."""

    def __init__(self, process: Process, listener: Listener | None = None) -> None:
        """`listener` is told of every attempt."""
        self._process = process
        self._journal = Journal(listener) if listener is not None else None
        self._recorder = process.recorders.series_recorder(NAME)
        self._nominations = Nominations()
        self._evictor = Evictor(process, self._nominations, self._recorder, self._give_up)
        self._queue = Queue(process.loop, self._wake, self._evictor.is_busy)
        self._pods = process.informers.of(Pod)
        self._budgets = process.informers.of(PodDisruptionBudget)
        self._nodes = Nodes()
        self._storage = Storage(process.informers)
        self._binder = Binder(process, self._nodes, self._storage)
        self._siblings = Siblings(process.informers)
        self._namespaces: dict[str, dict[str, str]] = {}
        self._assumed: dict[str, str] = {}
        self._search_from = 0
        self._running = False
        self._follow()

    def _follow(self) -> None:
        informers = self._process.informers
        storage = {
            type_: partial(self._storage_changed, happenings) for type_, happenings in volume_hints.HAPPENINGS.items()
        }
        handlers: dict[type[Object], Handler] = {
            Namespace: self._namespace_changed,
            Node: self._node_changed,
            **storage,
            PersistentVolumeClaim: self._claim_changed,
            Pod: self._pod_changed,
        }
        for type_, handler in handlers.items():
            informer = informers.of(type_)
            informer.subscribe(handler)
            for found in informer.objects.values():
                handler(Change(ADDED, found, None, 0))

    # What happens elsewhere

    def _namespace_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        known = self._namespaces.get(metadata.name)
        if change.type == DELETED:
            self._namespaces.pop(metadata.name, None)
        elif known != metadata.labels:
            self._namespaces[metadata.name] = metadata.labels
            if known is not None:
                self._nodes.crowds.forget()

    def _node_changed(self, change: Change) -> None:
        node: Node = change.object
        if change.type == DELETED:
            self._nodes.lose(node.metadata.name)
            self._help(hints.NODE_DELETED, change)
            return
        self._nodes.see(node)
        if change.type == ADDED:
            self._help(hints.NODE_ADDED, change)
        else:
            for happening in hints.node_happenings(change.previous, node):
                self._help(happening, change)

    def _storage_changed(self, happenings: Callable[[Change], Iterable[str]], change: Change) -> None:
        for happening in happenings(change):
            self._help(happening, change)

    def _claim_changed(self, change: Change) -> None:
        if change.type == DELETED:
            return
        metadata = change.object.metadata
        for queued in self._queue.using_claim(metadata.namespace, metadata.name):
            if volume_hints.helped_by_claim(queued, change):
                self._queue.release(queued, change.sequence)

    def _help(self, happening: str, change: Change, up_to: int | None = None) -> None:
        """Put every parked pod back in line that this may help, only up to some priority if one is given."""
        for plugin, hint in hints.HINTS[happening]:
            for queued in self._queue.rejected_by(plugin):
                if up_to is not None and priority(queued.pod) > up_to:
                    continue
                if hint(queued, change, self._namespaces):
                    self._queue.release(queued, change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        if change.type == DELETED or has_ended(pod):
            self._pod_gone(change)
        elif pod.spec.node_name:
            self._placed_pod_changed(change)
        elif pod.spec.scheduler_name in ("", NAME):
            self._waiting_pod_changed(change)

    def _pod_gone(self, change: Change) -> None:
        """To the scheduler a pod is gone once it has ended, even while its object is still there."""
        pod: Pod = change.object
        uid = pod.metadata.uid
        self._queue.remove(uid)
        self._nominations.forget(uid)
        if uid in self._assumed:
            self._forget(pod, change.sequence)
        elif pod.status.nominated_node_name and not pod.spec.node_name:
            # Whoever is no more important had to respect it as if it had been on its node.
            self._help(hints.POD_GONE, change, up_to=priority(pod))
        elif uid in self._nodes.placements:
            self._nodes.displace(uid)
            self._help(hints.POD_GONE, change)

    def _placed_pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        uid = pod.metadata.uid
        known = self._nodes.placements.get(uid)
        if known is None or uid in self._assumed:
            queued = self._queue.find(uid)
            demand = queued.demand if queued is not None else demand_of(pod)
            self._assumed.pop(uid, None)
            self._queue.remove(uid)
            self._nominations.forget(uid)
            self._nodes.place(pod, pod.spec.node_name, demand)
            self._help(hints.POD_PLACED, change)
            return
        before, after = known.pod.metadata, pod.metadata
        relabelled = before.labels != after.labels
        resized = known.pod.spec is not pod.spec and known.pod.spec != pod.spec
        if relabelled or resized or before.deletion_timestamp != after.deletion_timestamp:
            demand = demand_of(pod) if resized else known.demand
            self._nodes.place(pod, pod.spec.node_name, demand)
            if relabelled:
                self._help(hints.POD_LABELS, change)

    def _waiting_pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        queued = self._queue.find(pod.metadata.uid)
        if queued is None:
            self._queue.add(pod, change.sequence)
            if pod.status.nominated_node_name:
                self._nominations.nominate(pod, pod.status.nominated_node_name, demand_of(pod))
            return
        before = queued.pod
        freed = queued.place == GATED and not pod.spec.scheduling_gates
        helped = queued.place == UNSCHEDULABLE and hints.helped_by_own_change(queued, pod)
        queued.renew(pod)
        if freed or helped:
            self._queue.release(queued, change.sequence)
        if pod.metadata.uid in self._assumed:
            if pod.metadata.deletion_timestamp is not None:
                self._forget(pod, change.sequence)
        elif self._nominations or pod.status.nominated_node_name:
            self._nomination_changed(before, queued, change)

    def _nomination_changed(self, before: Pod, queued: QueuedPod, change: Change) -> None:
        pod = queued.pod
        self._nominations.renew(before, pod, queued.demand)
        if before.status.nominated_node_name not in ("", pod.status.nominated_node_name):
            left = Change(DELETED, before, before, change.sequence)
            self._help(hints.POD_GONE, left, up_to=priority(before))

    def _forget(self, pod: Pod, sequence: int) -> None:
        """Free what an assumed pod holds. If it is only being deleted, its binding goes on until it fails."""
        node = self._assumed.pop(pod.metadata.uid)
        self._nodes.displace(pod.metadata.uid)
        placed = replace(pod, spec=replace(pod.spec, node_name=node))
        self._help(hints.POD_GONE, Change(DELETED, placed, placed, sequence))

    # The loop

    def _wake(self) -> None:
        if not self._running:
            self._running = True
            self._process.loop.spawn(self._run())

    async def _run(self) -> None:
        while True:
            await sleep(_CYCLE_MS)
            queued = self._queue.pop()
            if queued is None:
                break
            await self._try(queued)
        self._running = False

    async def _try(self, queued: QueuedPod) -> None:
        """One attempt for one pod: the choice is made at this moment; binding goes on beside later attempts."""
        pod = queued.pod
        metadata = pod.metadata
        client = self._process.client(NAME, f"{metadata.namespace}/{metadata.name}", queued.woken_by)
        if metadata.deletion_timestamp is not None:
            self._queue.remove(metadata.uid)
            note = messages.deleting(metadata.namespace, metadata.name)
            self._recorder.event(pod, WARNING, "FailedScheduling", "Scheduling", note, cause=client.cause)
            return
        decision = self._decide(queued)
        if isinstance(decision, Failure):
            victims = self._evictor.begin(pod, decision.room) if decision.room is not None else ()
            self._set_aside(queued, decision)
            await self._report(pod, decision, client)
            if decision.room is not None and victims:
                self._process.loop.spawn(self._evictor.make_room(pod, decision.room.node, victims, client))
            return
        self._nodes.place(pod, decision.view.name, queued.demand)
        self._assumed[metadata.uid] = decision.view.name
        self._nominations.forget(metadata.uid)
        self._process.loop.spawn(self._bind(queued, pod, decision, client))

    def _decide(self, queued: QueuedPod) -> Choice | Failure:
        nodes = self._nodes
        if not nodes.listed():
            return Failure(messages.NO_NODES, ())
        attempt = Attempt(
            queued.pod,
            queued.demand,
            nodes,
            self._storage,
            self._namespaces,
            self._siblings.selector,
            self._nominations,
        )
        checks = filters.prepare(attempt)
        if isinstance(checks, Rejection):
            text = messages.stopped_early(attempt.node_count, checks.reasons)
            if self._journal is not None:
                self._journal.stopped(self._process.loop.now_ms, attempt, checks, text)
            return Failure(text, (checks.plugin,), nomination=None)
        try:
            feasible, rejections, self._search_from = search(attempt, checks, self._search_from)
        except FilterFailed as error:
            return Failure(str(error), (), "SchedulerError")
        if not feasible:
            return self._without_node(attempt, checks, rejections)
        best = feasible
        if len(feasible) > 1:
            best = scores.best_first(feasible, scores.totals(attempt, feasible))
        view = self._process.chance.choose("node", best)
        if self._journal is not None:
            self._journal.chosen(self._process.loop.now_ms, attempt, rejections, feasible, view.name)
        return Choice(view, attempt.plans.get(view.name))

    def _without_node(self, attempt: Attempt, checks: Sequence[Check], rejections: Mapping[str, Rejection]) -> Failure:
        """What becomes of a pod that no node is for: room may be made for it."""
        reasons = [reason for rejection in rejections.values() for reason in rejection.reasons]
        rejectors = dict.fromkeys(rejection.plugin for rejection in rejections.values())
        if attempt.allowed is not None:
            rejectors[filters.NODE_AFFINITY] = None
        found = preemption.candidates(
            attempt,
            checks,
            rejections,
            list(self._budgets.objects.values()),
            self._latest,
            self._process.server.clock.stamp(),
        )
        if isinstance(found, preemption.Refusal):
            text = messages.unfit(attempt.node_count, reasons, found.text)
            failure = Failure(text, tuple(rejectors), nomination="" if found.final else None)
        else:
            room = self._process.chance.choose("node to make room on", found)
            text = messages.unfit(attempt.node_count, reasons)
            failure = Failure(text, tuple(rejectors), nomination=room.node, room=room)
        if self._journal is not None:
            self._journal.failed(self._process.loop.now_ms, attempt, rejections, text, failure.room)
        return failure

    def _latest(self, pod: Pod) -> Pod:
        return self._pods.get(pod.metadata.namespace, pod.metadata.name) or pod

    def _give_up(self, pod: Pod) -> None:
        """Room for the pod could not be made; it is tried anew, and may find other room."""
        queued = self._queue.find(pod.metadata.uid)
        if queued is not None:
            self._queue.activate(queued)

    # After the choice

    async def _bind(self, queued: QueuedPod, pod: Pod, choice: Choice, client: Client) -> None:
        node = choice.view.name
        problem = await self._binder.bind(pod, node, choice.plan, client)
        if problem is None:
            note = messages.scheduled(pod.metadata.namespace, pod.metadata.name, node)
            self._recorder.event(pod, NORMAL, "Scheduled", "Binding", note, cause=client.cause)
            return
        self._take_back(pod)
        failure = Failure(problem, (), "SchedulerError")
        self._set_aside(queued, failure)
        await self._report(pod, failure, client)

    def _take_back(self, pod: Pod) -> None:
        """The pod is not on its way to a node after all; what it held there is free for others."""
        if pod.metadata.uid in self._assumed:
            self._forget(pod, 0)

    def _set_aside(self, queued: QueuedPod, failure: Failure) -> None:
        if self._queue.find(queued.pod.metadata.uid) is not queued:
            return
        if failure.rejectors:
            self._queue.park(queued, failure.rejectors)
        else:
            self._queue.retry(queued)
        if failure.nomination is not None and (self._nominations or failure.nomination):
            self._nominations.nominate(queued.pod, failure.nomination, queued.demand)

    async def _report(self, pod: Pod, failure: Failure, client: Client) -> None:
        """Say that the pod has no node: an event about the pod as it was tried, then its condition if that is news.

        Whether the nomination is news is asked of the pod as it was tried as well (`updatePod` of schedule_one.go), so
        a node that was named in the course of the failed attempt itself stays named until the next failure.
        """
        self._recorder.event(pod, WARNING, "FailedScheduling", "Scheduling", failure.message, cause=client.cause)
        condition = PodCondition(
            type="PodScheduled",
            status="False",
            reason=failure.reason,
            message=failure.message,
            observed_generation=pod.metadata.generation,
        )
        renominated = failure.nomination not in (None, pod.status.nominated_node_name)

        def unscheduled(stored: Pod) -> Pod:
            status = stored.status
            conditions = with_condition(status.conditions, condition, self._process.server.clock.stamp())
            nominated = (failure.nomination or "") if renominated else status.nominated_node_name
            if conditions is status.conditions and nominated == status.nominated_node_name:
                return stored
            return replace(stored, status=replace(status, conditions=conditions, nominated_node_name=nominated))

        known = self._pods.get(pod.metadata.namespace, pod.metadata.name)
        if known is not None and unscheduled(known) is not known:
            # A pod that is gone by now needs no condition.
            try:
                await client.modify(pod, unscheduled, status=True)
            except ApiError:
                return
