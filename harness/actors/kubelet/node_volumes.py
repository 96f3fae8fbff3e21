"""The volumes of one node: which pods want which, who has them mounted, and what the node's status says of it.

Owns the account only; what makes a volume wanted or mounted is the business of those who mount. Source:
pkg/kubelet/volumemanager/cache, volume_manager.go (GetVolumesInUse, MarkVolumesAsReportedInUse).
"""

from __future__ import annotations

from collections.abc import Callable


class NodeVolumes:
    """Volumes by the name that is theirs on the whole node.

    `changed` is called when others are in use than before, `mounted` with the uid of a pod that has mounted one.
    """

    __slots__ = ("_attachable", "_changed", "_mounted", "_reported", "_told")

    def __init__(self, changed: Callable[[], None], mounted: Callable[[str], None]) -> None:
        self._changed = changed
        self._told = mounted
        # Pod's uid -> the volumes it wants or has that must be attached; and those it has mounted.
        self._attachable: dict[str, dict[str, None]] = {}
        self._mounted: dict[str, dict[str, None]] = {}
        self._reported: tuple[str, ...] = ()

    @property
    def in_use(self) -> tuple[str, ...]:
        """The attachable volumes that pods of the node want or have, sorted."""
        return tuple(sorted({name for names in self._attachable.values() for name in names}))

    def want(self, uid: str, name: str) -> None:
        """A pod wants a volume that must be attached first."""
        self._attachable.setdefault(uid, {})[name] = None
        self._changed()

    def mount(self, uid: str, name: str) -> None:
        """A pod has a volume mounted."""
        self._mounted.setdefault(uid, {})[name] = None
        self._told(uid)

    def has_mounted(self, uid: str, name: str) -> bool:
        """Whether the pod has the volume mounted."""
        return name in self._mounted.get(uid, ())

    def release(self, uid: str) -> None:
        """Everything of the pod is unmounted, and it wants nothing any more."""
        self._mounted.pop(uid, None)
        if self._attachable.pop(uid, None) is not None:
            # Whoever wants one of them next waits for another report, even if the status still names it.
            in_use = self.in_use
            self._reported = tuple(name for name in self._reported if name in in_use)
            self._changed()

    def is_mounted_elsewhere(self, uid: str, name: str) -> bool:
        """Whether another pod of the node has the volume mounted."""
        return any(name in names for other, names in self._mounted.items() if other != uid)

    def report(self, names: tuple[str, ...]) -> None:
        """The node's status says that these are in use."""
        self._reported = names

    def is_reported(self, name: str) -> bool:
        return name in self._reported
