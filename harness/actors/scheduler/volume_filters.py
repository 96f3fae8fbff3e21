"""Filters about claims and disks that are already decided: who else uses them, and in which zone volumes are.

Mirrors plugins/volumerestrictions and plugins/volumezone. Knows nothing of choosing volumes.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.disks import Disk, clash
from harness.actors.scheduler.nodes import NodeView
from harness.objects.csi_migration import ZONE_SEPARATOR
from harness.objects.node_labels import BETA_REGION, BETA_ZONE, REGION, ZONE
from harness.objects.storage import PersistentVolume
from harness.objects.volume_matching import READ_WRITE_ONCE_POD

VOLUME_RESTRICTIONS = "VolumeRestrictions"
VOLUME_ZONE = "VolumeZone"

ZONE_LABELS = (BETA_ZONE, BETA_REGION, ZONE, REGION)
_CURRENT_LABEL = {BETA_ZONE: ZONE, BETA_REGION: REGION}

_IN_USE = Rejection(
    VOLUME_RESTRICTIONS,
    (
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use "
        "by another pod",
    ),
    False,
)
_NO_DISK = Rejection(VOLUME_RESTRICTIONS, ("node(s) had no available disk",), False)
_WRONG_ZONE = Rejection(VOLUME_ZONE, ("node(s) had no available volume zone",), True)


class _SharingCheck:
    """Whether somebody uses a claim for a single pod anywhere, or on the node a disk that cannot be shared."""

    def __init__(self, namespace: str, claims: Sequence[str], users: int, disks: tuple[Disk, ...]) -> None:
        """`claims` are the pod's claims for a single pod, and `users` how often placed pods use them."""
        self._namespace = namespace
        self._claims = claims
        self._users = users
        self._disks = disks

    def __call__(self, view: NodeView) -> Rejection | None:
        disks = self._disks
        if disks and any(clash(disks, placement.demand.disks) for placement in view.placements.values()):
            return _NO_DISK
        return _IN_USE if self._users else None

    def shift(self, placement: Placement, _view: NodeView, by: int) -> None:
        """Count a pod in, or leave it out."""
        if placement.pod.metadata.namespace == self._namespace:
            named = [use.claim for use in placement.demand.claims if not use.generated]
            self._users += by * sum(claim in self._claims for claim in named)


def volume_restrictions(attempt: Attempt) -> Prepared:
    """A disk that cannot be shared must not be in use on the node; a claim for a single pod, not anywhere."""
    alone = []
    namespace = attempt.pod.metadata.namespace
    for use in attempt.demand.claims:
        if use.generated:
            continue
        claim = attempt.storage.claim(namespace, use.claim)
        if claim is None:
            return Rejection(VOLUME_RESTRICTIONS, (f'persistentvolumeclaim "{use.claim}" not found',), True)
        if READ_WRITE_ONCE_POD in claim.spec.access_modes:
            alone.append(use.claim)
    disks = attempt.demand.disks
    if not disks and not alone:
        return None
    users = sum(attempt.nodes.claim_users.get((namespace, claim), 0) for claim in alone)
    return _SharingCheck(namespace, alone, users, disks)


def volume_zone(attempt: Attempt) -> Prepared:
    """Bound volumes with zone labels go with nodes of that zone; nodes that know no zone at all are not asked."""
    zones: list[tuple[str, tuple[str, ...]]] = []
    for use in attempt.demand.claims:
        claim = attempt.storage.claim(attempt.pod.metadata.namespace, use.claim)
        if use.generated or claim is None or not claim.spec.volume_name:
            continue
        volume = attempt.storage.volume(claim.spec.volume_name)
        if volume is None:
            return Rejection(VOLUME_ZONE, (f'persistentvolume "{claim.spec.volume_name}" not found',), True)
        zones += _zones(volume)
    if not zones:
        return None

    def check(view: NodeView) -> Rejection | None:
        labels = view.labels
        if not any(key in labels for key in ZONE_LABELS):
            return None
        for key, values in zones:
            found = labels.get(key, labels.get(_CURRENT_LABEL.get(key, key)))
            if found not in values:
                return _WRONG_ZONE
        return None

    return check


def _zones(volume: PersistentVolume) -> list[tuple[str, tuple[str, ...]]]:
    """The labels that tie the volume to places, each with the places; a label with an empty place says nothing."""
    labels = volume.metadata.labels
    found = [(key, tuple(labels[key].split(ZONE_SEPARATOR))) for key in ZONE_LABELS if key in labels]
    return [(key, places) for key, places in found if all(places)]
