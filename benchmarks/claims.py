"""Claims and volumes by the thousand, as objects: what the binder and the scheduler are measured on.

Owns the worlds and how one is played: created through the server as a client would, then left alone until it is quiet.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from msgspec.structs import replace

from harness.cluster import Cluster, ClusterSpec
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements
from harness.objects.meta import LabelSelector, LabelSelectorRequirement, Object, ObjectMeta
from harness.objects.node import Node, NodeStatus
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Container, Pod, PodSpec
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, StorageClass, VolumeNodeAffinity
from harness.objects.volume import (
    HostPathVolumeSource,
    LocalVolumeSource,
    PersistentVolumeClaimVolumeSource,
    Volume,
)
from harness.outcome import SETTLED
from harness.runner.settling import Quiet
from harness.scenario.model import DEFAULT_START_MS

# Two resyncs find nothing to do.
QUIET_MS = 31_000
LIMIT_MS = 3_600_000

OFFERED = (
    ("ReadWriteOnce",),
    ("ReadWriteOnce", "ReadOnlyMany"),
    ("ReadWriteMany",),
    ("ReadOnlyMany", "ReadWriteMany"),
    ("ReadWriteOncePod",),
)
CLASSES = ("", "fast", "slow")
ZONE = "topology.kubernetes.io/zone"
ZONES = ("a", "b", "c", "d")


def volume(number: int, of: int) -> PersistentVolume:
    """One of `of` volumes, no two of which have the same size."""
    return PersistentVolume(
        metadata=ObjectMeta(
            name=f"volume-{number:05}", labels={"disk": ("ssd", "hdd")[number // 2 % 2], "serial": f"s{number}"}
        ),
        spec=PersistentVolumeSpec(
            capacity={"storage": f"{_size(number, of)}Mi"},
            access_modes=OFFERED[number % len(OFFERED)],
            storage_class_name=CLASSES[number % len(CLASSES)],
            persistent_volume_reclaim_policy="Retain",
            host_path=HostPathVolumeSource(path=f"/tmp/{number}"),
        ),
    )


def claim(number: int, of: int) -> PersistentVolumeClaim:
    """A claim for just what the volume of that number offers."""
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name=f"claim-{number:05}", namespace="default"),
        spec=PersistentVolumeClaimSpec(
            access_modes=OFFERED[number % len(OFFERED)],
            resources=VolumeResourceRequirements(requests={"storage": f"{_size(number, of)}Mi"}),
            storage_class_name=CLASSES[number % len(CLASSES)],
        ),
    )


def _size(number: int, of: int) -> int:
    """From 1 to `of`, each once, in no order: 7,919 is a prime that divides none of the counts played here."""
    return number * 7_919 % of + 1


Batches = Sequence[Sequence[Object]]


def volumes_first(count: int) -> Batches:
    """Mixed sizes, access modes and classes; for each claim there is the volume of its number, and all can be bound."""
    return [volume(number, count) for number in range(count)], [claim(number, count) for number in range(count)]


def claims_first(count: int) -> Batches:
    """Every resync finds all claims waiting, until there are volumes."""
    volumes, claims = volumes_first(count)
    return claims, volumes


def alike(count: int, **asked: object) -> Batches:
    """All volumes of one sort and all claims too, with what these ask for besides."""
    volumes = [volume(number, count) for number in range(count)]
    claims = [claim(number, count) for number in range(count)]
    return (
        [replace(one, spec=replace(one.spec, access_modes=OFFERED[0], storage_class_name="")) for one in volumes],
        [
            replace(one, spec=replace(one.spec, access_modes=OFFERED[0], storage_class_name="", **asked))
            for one in claims
        ],
    )


def picky(operator: str, *values: str) -> LabelSelector:
    requirement = LabelSelectorRequirement(key="disk", operator=operator, values=values)
    return LabelSelector(match_expressions=(requirement,))


NEEDLES: dict[str, Callable[[int], Batches]] = {
    "a label that half of them have": lambda count: alike(count, selector=picky("In", "hdd")),
    "a label that half of them must not have": lambda count: alike(count, selector=picky("NotIn", "ssd")),
    "a label that none of them has": lambda count: alike(count, selector=picky("In", "tape")),
    "no label that all of them have": lambda count: alike(count, selector=picky("DoesNotExist")),
    "blocks where there are none": lambda count: alike(count, volume_mode="Block"),
    "an attributes class that none of them has": lambda count: alike(count, volume_attributes_class_name="gold"),
}


def late(count: int) -> Batches:
    """Volumes in four zones, claims that wait for a pod and pick by label, and a pod for each."""
    volumes, claims = alike(count, selector=picky("NotIn", "ssd"))
    storage_class = StorageClass(
        metadata=ObjectMeta(name="local"),
        provisioner="kubernetes.io/no-provisioner",
        volume_binding_mode="WaitForFirstConsumer",
    )
    return (
        [storage_class, *(_in_zone(one, number) for number, one in enumerate(volumes))],
        [replace(one, spec=replace(one.spec, storage_class_name="local")) for one in claims],
        [_pod(one) for one in claims],
    )


def _in_zone(one: Object, number: int) -> PersistentVolume:
    assert isinstance(one, PersistentVolume)
    zone = NodeSelectorRequirement(key=ZONE, operator="In", values=(ZONES[number % len(ZONES)],))
    term = NodeSelectorTerm(match_expressions=(zone,))
    affinity = VolumeNodeAffinity(required=NodeSelector(node_selector_terms=(term,)))
    local = LocalVolumeSource(path=f"/mnt/{number}")
    spec = replace(one.spec, storage_class_name="local", node_affinity=affinity, host_path=None, local=local)
    return replace(one, spec=spec)


def _pod(one: Object) -> Pod:
    source = PersistentVolumeClaimVolumeSource(claim_name=one.metadata.name)
    return Pod(
        metadata=ObjectMeta(name=f"pod-{one.metadata.name}", namespace="default"),
        spec=PodSpec(
            containers=(Container(name="app", image="app:v1"),),
            volumes=(Volume(name="data", persistent_volume_claim=source),),
        ),
    )


def nodes(count: int) -> list[Node]:
    amounts = {"cpu": "640", "memory": "2560Gi", "pods": "11000"}
    return [
        Node(
            metadata=ObjectMeta(
                name=f"node-{number}",
                labels={"kubernetes.io/hostname": f"node-{number}", ZONE: ZONES[number % len(ZONES)]},
            ),
            status=NodeStatus(capacity=amounts, allocatable=amounts),
        )
        for number in range(count)
    ]


class Played(NamedTuple):
    """`seconds` are of this process alone, whatever else the machine does; `shared` counts volumes of two claims."""

    seconds: float
    bound: int
    shared: int
    transitions: int


def played(batches: Batches, on: Sequence[Node] = ()) -> Played:
    """Create each batch, and let everything settle after it."""
    gc.collect()
    began = time.process_time()
    cluster = Cluster(ClusterSpec(start_ms=DEFAULT_START_MS, nodes=on, images={}, flags={}))
    quiet = Quiet(cluster, QUIET_MS)
    for batch in batches:
        for one in batch:
            cluster.server.create(one)
        assert quiet.settle(cluster.clock.now_ms + LIMIT_MS) == SETTLED
    seconds = time.process_time() - began
    claims = cluster.server.store.collection("persistentvolumeclaims").objects.values()
    taken = [one.spec.volume_name for one in claims if one.status.phase == "Bound"]
    return Played(seconds, len(taken), len(taken) - len(set(taken)), len(cluster.trace.records))


class Measured(NamedTuple):
    """The best and the middle of several plays, in seconds, and what came of the last."""

    best: float
    middle: float
    last: Played

    def __str__(self) -> str:
        return (
            f"{self.best:.2f} s (median {self.middle:.2f} s), {self.last.bound:,} bound, load {os.getloadavg()[0]:.1f}"
        )


def measured(make: Callable[[int], Batches], count: int, rounds: int, on: Sequence[Node] = ()) -> Measured:
    plays = [played(make(count), on) for _ in range(rounds)]
    seconds = [one.seconds for one in plays]
    return Measured(min(seconds), median(seconds), plays[-1])
