"""One probe of one container: when it runs, what counts, and what it finds out.

Owns ticks, thresholds and the texts of failures. What follows from a result is the pod worker's to decide. A probe
whose answer cannot change does not tick until someone says that it can. Source: pkg/kubelet/prober/worker.go.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.actors.world.behaviour import LIVENESS, READINESS, STARTUP, ImageBehaviour, ProbeKind, passes
from harness.kernel.loop import Entry, Loop
from harness.objects.pod import Container, Probe

# What is taken for granted of a container that has just been seen.
_INITIAL: dict[ProbeKind, bool | None] = {READINESS: False, LIVENESS: True, STARTUP: None}
_TITLES: dict[ProbeKind, str] = {READINESS: "Readiness", LIVENESS: "Liveness", STARTUP: "Startup"}


def probe_of(container: Container, kind: ProbeKind) -> Probe | None:
    """The container's probe of that kind."""
    return {
        READINESS: container.readiness_probe,
        LIVENESS: container.liveness_probe,
        STARTUP: container.startup_probe,
    }[kind]


def failure(container: Container, kind: ProbeKind, probe: Probe, pod_ip: str) -> str:
    """The text of the event about one failed attempt. What a command prints is unknown here, and so empty."""
    output = ""
    if probe.http_get is not None:
        output = "HTTP probe failed with statuscode: 503"
    elif probe.tcp_socket is not None:
        port = _port(container, probe.tcp_socket.port)
        output = f"dial tcp {probe.tcp_socket.host or pod_ip}:{port}: connect: connection refused"
    elif probe.grpc is not None:
        output = 'service unhealthy (responded with "NOT_SERVING")'
    return f"{_TITLES[kind]} probe failed: {output}"


def _port(container: Container, port: int | str) -> int | str:
    """The number of a port that may be given by name."""
    return next((named.container_port for named in container.ports if named.name == port), port)


class Prober:
    """Runs one probe against the container's present run.

    `behaviour` answers how the image behaves now, `failed` is told of every failed attempt, `settled` of every result
    that changed, with the new one.
    """

    __slots__ = (
        "_anchor_ms",
        "_answer",
        "_behaviour",
        "_entry",
        "_failed",
        "_kind",
        "_loop",
        "_probe",
        "_settled",
        "_started_ms",
        "_streak",
        "result",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        kind: ProbeKind,
        probe: Probe,
        behaviour: Callable[[], ImageBehaviour],
        failed: Callable[[], None],
        settled: Callable[[bool], None],
    ) -> None:
        self._loop = loop
        self._kind = kind
        self._probe = probe
        self._behaviour = behaviour
        self._failed = failed
        self._settled = settled
        self._anchor_ms = loop.now_ms
        self._started_ms: int | None = None
        self._entry: Entry | None = None
        self._answer: bool | None = None
        self._streak = 0
        self.result = _INITIAL[kind]

    def anchor(self) -> None:
        """Count the ticks from now on, whenever the container starts, and starts again."""
        self._anchor_ms = self._loop.now_ms

    def watch(self, started_ms: int, *, at_once: bool) -> None:
        """Begin with a run that started then, at the next tick, or by moving the ticks so that one is due `at_once`."""
        self.release()
        if at_once:
            self.anchor()
        self._started_ms = started_ms
        self.result = _INITIAL[self._kind]
        self._answer, self._streak = None, 0
        self._plan(self._loop.now_ms)

    def release(self) -> None:
        """Have nothing to probe, until the next run."""
        self._started_ms = None
        if self._entry is not None:
            self._loop.cancel(self._entry)
            self._entry = None

    def lose(self, seen_ms: int) -> None:
        """The run has ended, as is seen at that time. Who had found it ready finds that it is not, at the next tick."""
        self.release()
        if self._kind == READINESS and self.result:
            self._entry = self._loop.at(self._next_tick_ms(seen_ms + 1), self._miss)

    def reconsider(self) -> None:
        """Take up ticking again, since the answer may have changed."""
        if self._started_ms is not None and self._entry is None:
            self._plan(self._loop.now_ms + 1)

    def _plan(self, earliest_ms: int) -> None:
        """Schedule the first tick at or after that moment at which the container is old enough."""
        assert self._started_ms is not None
        earliest_ms = max(earliest_ms, self._started_ms + self._probe.initial_delay_seconds * 1000)
        self._entry = self._loop.at(self._next_tick_ms(earliest_ms), self._tick)

    def _next_tick_ms(self, earliest_ms: int) -> int:
        period_ms = max(1, self._probe.period_seconds) * 1000
        return self._anchor_ms + max(0, -((self._anchor_ms - earliest_ms) // period_ms)) * period_ms

    def _miss(self) -> None:
        self._entry = None
        self.result = False
        self._settled(False)

    def _tick(self) -> None:
        self._entry = None
        if self._started_ms is None:
            return
        answer = passes(self._behaviour(), self._kind, self._loop.now_ms - self._started_ms)
        if not answer:
            self._failed()
        self._streak = self._streak + 1 if answer == self._answer else 1
        self._answer = answer
        threshold = self._probe.success_threshold if answer else self._probe.failure_threshold
        if self._streak >= threshold and self._conclude(answer):
            return
        self._plan(self._loop.now_ms + 1)

    def _conclude(self, answer: bool) -> bool:
        """Take the answer for the result. Returns whether nothing is left to find out."""
        changed = answer != self.result
        self.result = answer
        done = self._kind == STARTUP or (self._kind == LIVENESS and not answer)
        if done:
            self._started_ms = None
        if changed:
            self._settled(answer)
        return done or answer
