"""Which nodes still speak: a node that is silent for too long is unknown, and so are its pods.

Owns the look at all nodes every five seconds. Such a look is left out as long as it would find nothing: leases that are
held, nodes as they were. Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (monitorNodeHealth,
tryUpdateNodeHealth, handleDisruption), pkg/controller/util/node (MarkPodsNotReady).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.node_lifecycle import zones
from harness.actors.controllers.node_lifecycle.eviction_queue import (
    NOT_READY_TAINT,
    SAID_BY,
    UNREACHABLE_TAINT,
    EvictionQueue,
)
from harness.actors.controllers.node_lifecycle.tainting import swap
from harness.actors.controllers.node_lifecycle.zones import FULL_DISRUPTION, INITIAL, Zone, zone_of
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control import flags
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING, Recorder
from harness.control.polling import Poll, look_after, look_from
from harness.kernel.loop import together
from harness.objects import node_conditions, taints
from harness.objects.conditions import find, is_ready, with_condition
from harness.objects.node import Node, NodeCondition
from harness.objects.node_conditions import READY, UNKNOWN
from harness.objects.pod import Pod
from harness.objects.pods import node_names

_POLL_MS = 5_000
_GRACE_MS = 50_000
_STARTUP_GRACE_MS = 60_000


class _Seen(msgspec.Struct):
    """What was last seen of a node: its Ready condition, and since when nothing newer came."""

    ready: NodeCondition | None
    heard_ms: int


class NodeHealth:
    """The monitor of all nodes."""

    def __init__(self, process: Process, actor: str, recorder: Recorder, evictions: EvictionQueue) -> None:
        self._process = process
        self._actor = actor
        self._recorder = recorder
        self._evictions = evictions
        self._loop = process.loop
        self._leases = process.server.leases
        self._grace_ms = flags.duration_ms(process.flags, "node-monitor-grace-period", _GRACE_MS)
        self._nodes = process.informers.of(Node)
        self._pods_on = process.informers.of(Pod).index(node_names)
        self._known = {node.metadata.name: node for node in self._nodes.objects.values()}
        self._seen: dict[str, _Seen] = {}
        self._states: dict[Zone, str] = {}
        self._poll = Poll(process.loop, _POLL_MS, self._look)
        self._nodes.subscribe(lambda _change: self._poll.wake())
        self._leases.watchers.append(lambda _node: self._poll.wake())
        self._poll.plan(0)

    # When to look

    async def _look(self) -> None:
        now_ms = self._loop.now_ms
        nodes = sorted(self._nodes.objects.values(), key=lambda node: node.metadata.name)
        await self._greet(nodes)
        found: list[Node] = []
        await together([self._examine(node, now_ms, found) for node in nodes])
        await self._judge_zones(found, now_ms)
        due = [due_ms for node in found if (due_ms := self._due_ms(node)) is not None]
        if due:
            self._poll.plan(max(min(due), look_after(now_ms, _POLL_MS)))

    def _due_ms(self, node: Node) -> int | None:
        """When the silence of a node will have lasted too long; None if it speaks, or if that is said already."""
        ready = find(node.status.conditions, READY)
        if self._leases.is_held(node.metadata.name) or (ready is not None and ready.status == UNKNOWN):
            return None
        return look_from(self._seen[node.metadata.name].heard_ms + self._patience_ms(ready), _POLL_MS)

    # Nodes that come and go

    async def _greet(self, nodes: Iterable[Node]) -> None:
        """Say which nodes are new, and which are gone."""
        there = {node.metadata.name: node for node in nodes}
        for name, node in there.items():
            if name not in self._known:
                self._known[name] = node
                self._tell(node, "RegisteredNode", f"Registered Node {name} in Controller")
                await self._reach(node)
        for name, node in list(self._known.items()):
            if name not in there:
                del self._known[name]
                self._seen.pop(name, None)
                self._evictions.leave(name)
                self._tell(node, "RemovingNode", f"Removing Node {name} from Controller")

    def _tell(self, node: Node, reason: str, message: str) -> None:
        name = node.metadata.name
        client = self._client(name)
        self._recorder.event(node, NORMAL, reason, f"Node {name} event: {message}", cause=client.cause)

    # One node

    async def _examine(self, node: Node, now_ms: int, found: list[Node]) -> None:
        """Judge one node, act on it, and leave it in `found` as it is then."""
        client = self._client(node.metadata.name)
        observed = find(node.status.conditions, READY)
        heard_ms = self._heard_ms(node, observed, now_ms)
        try:
            if now_ms >= heard_ms + self._patience_ms(observed):
                node = await self._declare_unknown(client, node)
            current = find(node.status.conditions, READY)
            if current is not None:
                await self._follow(client, node, current)
        except ApiError:
            # Mostly the node is gone; if not, the next look finds it as it is now.
            self._poll.wake()
            return
        found.append(node)
        was_ready = observed is not None and observed.status == "True"
        if was_ready and current is not None and current.status != "True":
            name = node.metadata.name
            message = f"Node {name} status is now: NodeNotReady"
            self._recorder.event(node, NORMAL, "NodeNotReady", message, cause=client.cause)
            await self._mark_pods(client, name)

    def _heard_ms(self, node: Node, ready: NodeCondition | None, now_ms: int) -> int:
        """When the last sign of life of the node was seen, in cluster time."""
        name = node.metadata.name
        seen = self._seen.get(name)
        if seen is None:
            created = node.metadata.creation_timestamp
            heard_ms = self._loop.clock.at(created) if ready is None and created else now_ms
            seen = self._seen[name] = _Seen(ready, heard_ms)
        elif _heartbeat(seen.ready) != _heartbeat(ready):
            seen.heard_ms = now_ms
        seen.ready = ready
        renewed_ms = self._leases.renewed_ms(name)
        if renewed_ms is not None:
            seen.heard_ms = max(seen.heard_ms, look_from(renewed_ms, _POLL_MS))
        return seen.heard_ms

    def _patience_ms(self, ready: NodeCondition | None) -> int:
        return self._grace_ms if ready is not None else _STARTUP_GRACE_MS

    async def _declare_unknown(self, client: Client, node: Node) -> Node:
        """Write what is not known any more; nothing, if the node is Unknown already."""
        stamp = self._loop.clock.stamp()
        conditions = node_conditions.silent(node, stamp)
        if find(conditions, READY) == find(node.status.conditions, READY):
            return node
        return await client.modify(
            node,
            lambda stored: replace(
                stored, status=replace(stored.status, conditions=node_conditions.silent(stored, stamp))
            ),
            status=True,
        )

    async def _follow(self, client: Client, node: Node, ready: NodeCondition) -> None:
        """Have the pods driven off a node that is not ready, and left alone on one that is."""
        said = SAID_BY.get(ready.status)
        if said is None:
            await self._reach(node)
            return
        wanted, opposite = said
        present = node.spec.taints
        if taints.has(present, opposite.key, opposite.effect):
            await swap(client, node, add=[wanted], remove=[opposite])
        elif not taints.has(present, wanted.key, wanted.effect):
            self._evictions.wait(node)

    async def _reach(self, node: Node) -> None:
        """Let the pods of the node stay."""
        client = self._client(node.metadata.name)
        self._evictions.leave(node.metadata.name)
        for taint in (UNREACHABLE_TAINT, NOT_READY_TAINT):
            await swap(client, node, remove=[taint])

    async def _mark_pods(self, client: Client, node: str) -> None:
        """Say of every pod on the node that it is not ready, and leave everything else of it as it was."""
        stamp = self._loop.clock.stamp()

        def marked(stored: Pod) -> Pod:
            ready = find(stored.status.conditions, READY)
            if ready is None:
                return stored
            unready = replace(ready, status="False", observed_generation=stored.metadata.generation)
            conditions = with_condition(stored.status.conditions, unready, stamp)
            return replace(stored, status=replace(stored.status, conditions=conditions))

        for pod in list(self._pods_on.of(node)):
            if not is_ready(pod):
                continue
            try:
                pod = await client.modify(pod, marked, status=True)
            except ApiError:
                # It was deleted in the meantime.
                continue
            self._recorder.event(pod, WARNING, "NodeNotReady", "Node is not ready", cause=client.cause)

    # All nodes of a zone

    async def _judge_zones(self, nodes: Iterable[Node], now_ms: int) -> None:
        """Empty nodes slower where many fail at once, and not at all where all do: then the fault is elsewhere."""
        nodes = list(nodes)
        ready = Counter(zone_of(node) for node in nodes if zones.is_counted(node) and node_conditions.is_ready(node))
        sizes = Counter(zone_of(node) for node in nodes if zones.is_counted(node))
        states = {zone: zones.state(ready[zone], size - ready[zone]) for zone, size in sizes.items()}
        before = {zone: self._states.get(zone, INITIAL) for zone in states}
        self._states = states
        all_are = all(state == FULL_DISRUPTION for state in states.values())
        all_were = all(state == FULL_DISRUPTION for state in before.values())
        if all_are and all_were:
            return
        if all_are:
            for node in nodes:
                await self._reach(node)
            for zone in states:
                self._evictions.limit(zone, None)
            return
        if all_were:
            for seen in self._seen.values():
                seen.heard_ms = now_ms
        for zone, state in states.items():
            if all_were or state != before[zone]:
                self._evictions.limit(zone, zones.interval_ms(state, sizes[zone]))

    def _client(self, node: str) -> Client:
        return self._process.client(self._actor, node)


def _heartbeat(ready: NodeCondition | None) -> str | None:
    return ready.last_heartbeat_time if ready is not None else None
