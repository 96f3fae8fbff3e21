"""The filter about how many volumes a node can hold: each CSI driver may name a limit for each node.

Owns the counting: a volume counts once, however many pods use it. Mirrors plugins/nodevolumelimits (csi.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.actors.scheduler.attempt import Attempt, FilterFailed, Prepared, Rejection
from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.demand import Demand
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.storage import Storage
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import CsiVolume, counted_volume, serving_driver
from harness.objects.pod import Pod
from harness.objects.pod_claims import ownership_problem

NODE_VOLUME_LIMITS = "NodeVolumeLimits"

_FULL = Rejection(NODE_VOLUME_LIMITS, ("node(s) exceed max volume count",), False)


def node_volume_limits(attempt: Attempt) -> Prepared:
    """What the pods of the node use, what is attached there, and what the pod adds must stay within each limit."""
    storage, drivers = attempt.storage, attempt.storage.drivers
    if not drivers.limit_nodes:
        return None
    wanted = dict.fromkeys(_volumes(storage, attempt.pod, attempt.demand))
    if not wanted:
        return None
    wanted_drivers = dict.fromkeys(volume.driver for volume in wanted)

    def check(view: NodeView) -> Rejection | None:
        limits = drivers.limits(view.name)
        concerned = [limits[driver] for driver in wanted_drivers if driver in limits]
        if not limits or (not view.generated_claims and _fits_in_any_case(storage, view, len(wanted), concerned)):
            return None
        used = dict.fromkeys(
            volume for placement in view.placements.values() for volume in _placed_volumes(storage, placement)
        )
        added = [volume for volume in wanted if volume not in used]
        # An attachment that is left over from a pod that is gone counts, even that of a volume the pod wants itself.
        held = used | dict.fromkeys(drivers.attached(view.name))
        return None if _within(limits, held, added) else _FULL

    return check


def _fits_in_any_case(storage: Storage, view: NodeView, wanted: int, limits: list[int]) -> bool:
    """Whether the limits would hold even if all that might be a volume were one, and of each driver."""
    return not limits or view.disk_uses + storage.drivers.attachments(view.name) + wanted <= min(limits)


def _within(limits: dict[str, int], held: Iterable[CsiVolume], added: Iterable[CsiVolume]) -> bool:
    counts: dict[str, int] = {}
    for volume in held:
        counts[volume.driver] = counts.get(volume.driver, 0) + 1
    concerned = dict.fromkeys(volume.driver for volume in added)
    for volume in added:
        counts[volume.driver] = counts.get(volume.driver, 0) + 1
    return all(counts[driver] <= limits[driver] for driver in concerned if driver in limits)


def _placed_volumes(storage: Storage, placement: Placement) -> Iterator[CsiVolume]:
    """As `_volumes`. Raises `FilterFailed` if a claim that should have been made for the pod was not."""
    pod, demand = placement.pod, placement.demand
    for use in demand.claims:
        claim = storage.written_claim(pod.metadata.namespace, use.claim) if use.generated else None
        problem = ownership_problem(pod, claim) if claim is not None else ""
        if problem:
            raise FilterFailed(NODE_VOLUME_LIMITS, problem)
    yield from _volumes(storage, pod, demand)


def _volumes(storage: Storage, pod: Pod, demand: Demand) -> Iterator[CsiVolume]:
    """The volumes of drivers that the pod uses.

    A claim that is not there counts for nothing: of a pod that is to be placed, another filter says it first.
    """
    yield from demand.driver_disks
    for use in demand.claims:
        claim = storage.written_claim(pod.metadata.namespace, use.claim)
        volume = _volume_of(storage, claim) if claim is not None else None
        if volume is not None:
            yield volume


def _volume_of(storage: Storage, claim: PersistentVolumeClaim) -> CsiVolume | None:
    """The claim's volume, or the one that will be made for it, which no driver has a name for yet."""
    name = claim.spec.volume_name
    volume = storage.written_volume(name) if name else None
    if volume is not None:
        return counted_volume(volume)
    found = storage.storage_class(claim)
    if found is None:
        return None
    return CsiVolume(serving_driver(found.provisioner), f"claim {claim.metadata.namespace}/{claim.metadata.name}")
