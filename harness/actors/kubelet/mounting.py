"""Waiting for the volumes of one pod: wants them, mounts them, says what failed, and knows when to look again.

Owns the order in time and the retries; what keeps a volume back is said by `populating` and `mount_steps`. A pod whose
volumes all could be told waits without a word of its own, however long it takes. Source: pkg/kubelet/volumemanager
(volume_manager.go WaitForAttachAndMount, reconciler, populator), pkg/util/goroutinemap/exponentialbackoff.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from harness.actors.kubelet import mount_steps
from harness.actors.kubelet.lookups import Lookups
from harness.actors.kubelet.mount_steps import FAILED_MOUNT, MAPPED, Site
from harness.actors.kubelet.node import next_status_pass_ms
from harness.actors.kubelet.node_volumes import NodeVolumes
from harness.actors.kubelet.populating import Desired, desired, gave_up, used_volumes
from harness.control.events import NORMAL, WARNING
from harness.control.resting import Rest
from harness.kernel.loop import Loop
from harness.objects.pod import Pod
from harness.objects.volume import Volume

# The volume manager looks this often what pods want and what can be mounted; a pod looks this often what came of it.
_ROUND_MS = 100
_POLL_MS = 300
# One round to find that a volume is not wanted any more, one to unmount it.
_UNMOUNT_MS = 2 * _ROUND_MS
# A pass over the pod waits that long for its volumes; one that failed is followed by another after this.
_WAIT_MS = 123_000
_NEXT_PASS_MS = 10_000

_ATTACH = "attach"
_MOUNT = "mount"


class _Stage(Enum):
    """What is next in a pass over the pod: to want its volumes, to try once more, or to say what could not be told."""

    WANT = "want"
    WANT_AGAIN = "want again"
    TELL = "tell"


def unmounted_ms(ended_ms: int, look_after: Callable[[int], int]) -> int:
    """When a pod that ended then sees that its volumes are unmounted: it looks when the node is looked at, and so on.

    Source: pkg/kubelet/kubelet.go (SyncTerminatedPod), volumemanager/volume_manager.go (WaitForUnmount).
    """
    look_ms = look_after(ended_ms)
    late_ms = max(0, ended_ms + _UNMOUNT_MS - look_ms)
    return look_ms + -(-late_ms // _POLL_MS) * _POLL_MS


class Mounting:
    """The volumes of one pod, until all are mounted.

    `look_after` is when the node is looked at for the first time after some moment, which a pass over the pod waits
    for; `say` records an event about the pod: type, reason, message.
    """

    __slots__ = (
        "_attached",
        "_begun_ms",
        "_desired",
        "_due_ms",
        "_look_after",
        "_lookups",
        "_loop",
        "_mounted",
        "_mounted_ms",
        "_problems",
        "_rests",
        "_say",
        "_stage",
        "_volumes",
    )

    def __init__(
        self,
        loop: Loop,
        lookups: Lookups,
        volumes: NodeVolumes,
        look_after: Callable[[int], int],
        say: Callable[[str, str, str], None],
    ) -> None:
        self._loop = loop
        self._lookups = lookups
        self._volumes = volumes
        self._look_after = look_after
        self._say = say
        self._stage = _Stage.WANT
        self._due_ms = 0
        # When the pod began to wait for its volumes in this pass, and when the last of them was mounted.
        self._begun_ms = 0
        self._mounted_ms: int | None = None
        self._problems: list[str] = []
        # By the name of the volume in the pod.
        self._desired: dict[str, Desired] = {}
        self._attached: dict[str, None] = {}
        self._mounted: dict[str, None] = {}
        self._rests: dict[tuple[str, str], Rest] = {}

    def look(self, pod: Pod) -> int | None:
        """Mount what can be mounted. Returns the milliseconds until the next look; None when all is seen to be mounted.

        Nearly every pod has a volume with its account's token, which is not in its spec here, but is waited for.
        """
        now_ms = self._loop.now_ms
        used = used_volumes(pod)
        if not used and pod.spec.automount_service_account_token is False:
            return None
        if now_ms >= self._due_ms:
            self._proceed(pod, used, now_ms)
        again_ms = self._due_ms
        for name, one in self._desired.items():
            if name not in self._mounted:
                again_ms = min(again_ms, self._prepare(pod, name, one, now_ms))
        if all(volume.name in self._mounted for volume in used):
            seen_ms = self._seen_ms(now_ms)
            if now_ms == seen_ms:
                return None
            again_ms = seen_ms
        return again_ms - now_ms

    def _seen_ms(self, now_ms: int) -> int:
        """When the pod sees that all is mounted: it looks as its pass begins, and every so often until it gives up."""
        if self._mounted_ms is not None and self._mounted_ms < self._begun_ms:
            return self._begun_ms
        seen_ms = self._begun_ms + max(1, -((self._begun_ms - now_ms) // _POLL_MS)) * _POLL_MS
        return seen_ms if seen_ms - self._begun_ms <= _WAIT_MS else self._due_ms

    # What is wanted

    def _proceed(self, pod: Pod, used: Sequence[Volume], now_ms: int) -> None:
        """Go one stage on in the pass over the pod, and plan the next."""
        if self._stage is _Stage.TELL:
            message = gave_up(used, self._desired, self._attached, self._mounted, self._problems)
            self._say(WARNING, FAILED_MOUNT, message)
            self._plan(_Stage.WANT, self._next_pass_ms(now_ms))
            return
        if self._stage is _Stage.WANT:
            self._begun_ms = now_ms
        self._problems = self._want(pod, used)
        if not self._problems:
            self._plan(_Stage.WANT, self._next_pass_ms(now_ms + _WAIT_MS))
        elif self._stage is _Stage.WANT:
            self._plan(_Stage.WANT_AGAIN, now_ms + _ROUND_MS)
        else:
            self._plan(_Stage.TELL, now_ms + _POLL_MS - _ROUND_MS)

    def _next_pass_ms(self, failed_ms: int) -> int:
        return self._look_after(failed_ms + _NEXT_PASS_MS - 1)

    def _plan(self, stage: _Stage, due_ms: int) -> None:
        self._stage, self._due_ms = stage, due_ms

    def _want(self, pod: Pod, used: Sequence[Volume]) -> list[str]:
        """Want every volume of which can be told what it is. Returns what is wrong with the others."""
        problems: list[str] = []
        for volume in used:
            one = desired(pod, volume, self._lookups)
            if isinstance(one, str):
                problems.append(one)
                continue
            self._desired[volume.name] = one
            if one.attachable:
                self._volumes.want(pod.metadata.uid, one.shared_name)
        return problems

    # What is mounted

    def _prepare(self, pod: Pod, name: str, one: Desired, now_ms: int) -> int:
        """Mount or map the volume if that is due and possible. Returns when it is worth trying again."""
        if one.attachable and name not in self._attached:
            waits_until_ms = self._see_attached(name, one, now_ms)
            if waits_until_ms is not None:
                return waits_until_ms
        rest = self._rest(_MOUNT, name)
        if now_ms < rest.until_ms:
            return rest.until_ms
        if not mount_steps.can_map(one):
            return self._due_ms
        uid = pod.metadata.uid
        taken = bool(one.shared_name) and self._volumes.is_mounted_elsewhere(uid, one.shared_name)
        site = Site(pod.metadata.namespace, self._lookups, taken)
        failure = mount_steps.failure(one, site)
        if failure is not None:
            self._say(WARNING, failure.reason, failure.message)
            if failure.backs_off:
                rest.fail(now_ms)
            else:
                rest.until_ms = now_ms + _ROUND_MS
            return rest.until_ms
        self._mount(name, one, site, uid)
        return self._due_ms

    def _mount(self, name: str, one: Desired, site: Site, uid: str) -> None:
        made = mount_steps.made_path(one, site)
        if made is not None:
            self._lookups.place(*made)
        for message in mount_steps.mapped(one, uid):
            self._say(NORMAL, MAPPED, message)
        if one.shared_name:
            self._volumes.mount(uid, one.shared_name)
        self._mounted[name] = None
        self._mounted_ms = self._loop.now_ms

    def _see_attached(self, name: str, one: Desired, now_ms: int) -> int | None:
        """Look whether the volume is attached, once the node has told that it is in use. None if it is."""
        if not self._volumes.is_reported(one.shared_name):
            # Nothing comes of the rounds before the node's status is written next, or is being written now.
            written_ms = next_status_pass_ms(now_ms - _ROUND_MS)
            return now_ms + max(1, (written_ms - now_ms) // _ROUND_MS + 1) * _ROUND_MS
        rest = self._rest(_ATTACH, name)
        if now_ms < rest.until_ms:
            return rest.until_ms
        if not self._lookups.is_attached(one.shared_name):
            rest.fail(now_ms)
            return rest.until_ms
        self._attached[name] = None
        return None

    def _rest(self, what: str, name: str) -> Rest:
        return self._rests.setdefault((what, name), Rest())
