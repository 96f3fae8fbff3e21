"""Filters about claims that are already decided: who else uses them, and in which zone their volumes are.

Mirrors plugins/volumerestrictions and plugins/volumezone. Knows nothing of choosing volumes.
"""

from __future__ import annotations

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.nodes import NodeView

VOLUME_RESTRICTIONS = "VolumeRestrictions"
VOLUME_ZONE = "VolumeZone"
SINGLE_POD = "ReadWriteOncePod"

ZONE_LABELS = (
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
)
_CURRENT_LABEL = {ZONE_LABELS[0]: ZONE_LABELS[2], ZONE_LABELS[1]: ZONE_LABELS[3]}
_SEPARATOR = "__"

_IN_USE = Rejection(
    VOLUME_RESTRICTIONS,
    (
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use "
        "by another pod",
    ),
    False,
)
_WRONG_ZONE = Rejection(VOLUME_ZONE, ("node(s) had no available volume zone",), True)


def volume_restrictions(attempt: Attempt) -> Prepared:
    """A claim for a single pod must not be in use anywhere."""
    taken = False
    namespace = attempt.pod.metadata.namespace
    for use in attempt.demand.claims:
        if use.generated:
            continue
        claim = attempt.storage.claim(namespace, use.claim)
        if claim is None:
            return Rejection(VOLUME_RESTRICTIONS, (f'persistentvolumeclaim "{use.claim}" not found',), True)
        if SINGLE_POD in claim.spec.access_modes and attempt.nodes.claim_users.get((namespace, use.claim)):
            taken = True
    return (lambda _view: _IN_USE) if taken else None


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
        labels = volume.metadata.labels
        zones += [(key, tuple(labels[key].split(_SEPARATOR))) for key in ZONE_LABELS if key in labels]
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
