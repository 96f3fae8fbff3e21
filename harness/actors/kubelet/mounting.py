"""Waiting for the volumes of one pod: looks, says what failed, and knows when to look again.

Owns the retries and their events; what is missing is `volumes`' to say. Source: pkg/kubelet/volumemanager.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.actors.kubelet import volumes
from harness.actors.kubelet.volumes import FIRST_RETRY_MS, LAST_RETRY_MS, TIMEOUT_MS, Unmounted
from harness.control.controller import Process
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Secret
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

_RETRY_AFTER_TIMEOUT_MS = 10_000


class Mounting:
    """The volumes of one pod, until all are mounted. `warn` records a FailedMount event."""

    __slots__ = ("_gives_up_ms", "_process", "_tries", "_warn", "claims", "done")

    def __init__(self, process: Process, warn: Callable[[str], None]) -> None:
        self.done = False
        self.claims: tuple[str, ...] = ()
        """The names of the claims it waits for: when one of them changes, it is worth looking again."""
        self._process = process
        self._warn = warn
        # Volume -> (when it is tried next, how long it waits after that).
        self._tries: dict[str, tuple[int, int]] = {}
        self._gives_up_ms = 0

    def look(self, pod: Pod) -> int | None:
        """Mount what can be mounted. Returns the milliseconds until the next look; None when all is mounted."""
        missing = self.missing(pod)
        self.claims = tuple(one.claim for one in missing if one.claim)
        if not missing:
            self.done = True
            return None
        now_ms = self._process.loop.now_ms
        if not self._gives_up_ms:
            self._gives_up_ms = now_ms + TIMEOUT_MS
        again_ms = self._gives_up_ms
        for one in missing:
            if one.understood:
                again_ms = min(again_ms, self._try(one, now_ms))
        if now_ms >= self._gives_up_ms:
            self._warn(volumes.gave_up(missing))
            self._gives_up_ms = now_ms + _RETRY_AFTER_TIMEOUT_MS + TIMEOUT_MS
            again_ms = now_ms + _RETRY_AFTER_TIMEOUT_MS
        return again_ms - now_ms

    def missing(self, pod: Pod) -> list[Unmounted]:
        """The volumes that cannot be mounted now."""
        if not pod.spec.volumes:
            return []
        claims = self._process.informers.of(PersistentVolumeClaim)
        found = self._process.informers.of(PersistentVolume)
        namespace = pod.metadata.namespace
        return volumes.unmounted(
            pod, lambda name: claims.get(namespace, name), lambda name: found.get("", name), self.finder(namespace)
        )

    def finder(self, namespace: str) -> volumes.FindConfig:
        """How config maps and secrets of the namespace are found."""
        informers = self._process.informers

        def find(kind: str, name: str) -> ConfigMap | Secret | None:
            if kind == "configmap":
                return informers.of(ConfigMap).get(namespace, name)
            return informers.of(Secret).get(namespace, name)

        return find

    def _try(self, one: Unmounted, now_ms: int) -> int:
        """One more attempt, if it is due. Returns when the next one is."""
        next_ms, delay_ms = self._tries.get(one.volume, (now_ms, FIRST_RETRY_MS))
        if now_ms >= next_ms:
            self._warn(volumes.set_up_failed(one))
            next_ms = now_ms + delay_ms
            self._tries[one.volume] = (next_ms, min(delay_ms * 2, LAST_RETRY_MS))
        return next_ms
