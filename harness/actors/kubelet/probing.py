"""The probes of one pod's containers, and what they make of each: started or not, ready or not.

Owns which probe runs when: the startup probe alone until it passed, then the other two. Source: pkg/kubelet/prober
(prober_manager.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from harness.actors.kubelet.containers import Record
from harness.actors.kubelet.probes import Prober, probe_of
from harness.actors.world import World
from harness.actors.world.behaviour import LIVENESS, READINESS, STARTUP, ProbeKind
from harness.kernel.loop import Loop

_KINDS: tuple[ProbeKind, ...] = (STARTUP, LIVENESS, READINESS)


class Probing:
    """Probers by container. `failed` is told of every failed attempt, `settled` of every changed result."""

    __slots__ = ("_failed", "_loop", "_probers", "_seen", "_settled", "_world")

    def __init__(
        self,
        loop: Loop,
        world: World,
        records: Iterable[Record],
        failed: Callable[[Record, ProbeKind], None],
        settled: Callable[[Record, ProbeKind, bool], None],
    ) -> None:
        self._loop = loop
        self._world = world
        self._failed = failed
        self._settled = settled
        self._probers: dict[str, dict[ProbeKind, Prober]] = {}
        self._seen: dict[str, str] = {}
        for record in records:
            if not record.init:
                self._add(record)

    def _add(self, record: Record) -> None:
        container = record.container
        probers: dict[ProbeKind, Prober] = {}
        for kind in _KINDS:
            probe = probe_of(container, kind)
            if probe is not None:
                probers[kind] = Prober(
                    self._loop,
                    kind,
                    probe,
                    lambda: self._world.behaviour(record.container.image),
                    partial(self._failed, record, kind),
                    partial(self._result, record, kind),
                )
        if probers:
            self._probers[record.name] = probers

    def begin(self) -> None:
        """The pod's containers will be started now: count the ticks of all probes from here."""
        for probers in self._probers.values():
            for prober in probers.values():
                prober.anchor()

    def observe(self, record: Record) -> None:
        """Take in that a run of the container was seen; one seen before changes nothing."""
        run = record.run
        if run is None or run.finished_ms is not None or self._seen.get(record.name) == run.container_id:
            return
        self._seen[record.name] = run.container_id
        startup = self._probers.get(record.name, {}).get(STARTUP)
        if startup is None:
            self._begin(record)
        else:
            startup.watch(run.started_ms, at_once=False)

    def release(self, record: Record, *, kinds: tuple[ProbeKind, ...] = _KINDS) -> None:
        """Stop probing the container's run."""
        for kind, prober in self._probers.get(record.name, {}).items():
            if kind in kinds:
                prober.release()

    def lose(self, record: Record, seen_ms: int) -> None:
        """Take in that the container's run has ended, which is seen at that time."""
        for prober in self._probers.get(record.name, {}).values():
            prober.lose(seen_ms)

    def reconsider(self, record: Record) -> None:
        """Take in that the container may answer differently from now on."""
        for prober in self._probers.get(record.name, {}).values():
            prober.reconsider()

    def _begin(self, record: Record) -> None:
        """The container has started: probe it from now on. What has no readiness probe is ready, and what has one is
        asked at once."""
        record.started = True
        probers = self._probers.get(record.name, {})
        record.ready = not record.init and READINESS not in probers
        run = record.run
        assert run is not None
        if LIVENESS in probers:
            probers[LIVENESS].watch(run.started_ms, at_once=False)
        if READINESS in probers:
            probers[READINESS].watch(run.started_ms, at_once=True)

    def _result(self, record: Record, kind: ProbeKind, passed: bool) -> None:
        if kind == READINESS:
            record.ready = passed
        # Who is told plans a report, which comes before the first answer of what is probed from now on.
        self._settled(record, kind, passed)
        if kind == STARTUP and passed:
            self._begin(record)
