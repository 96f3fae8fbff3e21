"""Bugs to plant in the actors, most of which Kubernetes once had; each says what the planted code does wrong.

A plant replaces one decision of one actor. Which check must speak up stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers import disruption
from harness.actors.controllers.attach_detach import attachments, controller, operations
from harness.actors.controllers.job import controller as job_controller
from harness.actors.controllers.job import new_pods
from harness.actors.controllers.persistentvolume import candidates, volumes
from harness.actors.controllers.persistentvolume import claims as binder
from harness.actors.controllers.persistentvolume.written import BOUND, bound_claim, volume_in_phase
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.controllers.statefulset import algorithm, pod_control, status
from harness.actors.scheduler import filters, preemption
from harness.actors.scheduler import volume_binding as late_binder
from harness.api import eviction
from harness.objects import volume_binding, volume_matching
from harness.objects.volume_binding import claim_reference

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def promotes_as_soon_as_all_above_the_partition_are_updated(patch: Patch) -> None:
    def completed(stateful_set: Any, told: Any) -> Any:
        rolling = stateful_set.spec.update_strategy.rolling_update
        wanted = (stateful_set.spec.replicas or 0) - ((rolling.partition or 0) if rolling is not None else 0)
        if stateful_set.spec.update_strategy.type == "RollingUpdate" and told.updated_replicas >= wanted:
            return replace(told, current_replicas=told.updated_replicas, current_revision=told.update_revision)
        return told

    patch.setattr(status, "completed", completed)


def replaces_only_pods_that_failed(patch: Patch) -> None:
    patch.setattr(algorithm, "has_ended", lambda pod: pod.status.phase == "Failed")


def writes_the_claim_before_the_volume(patch: Patch) -> None:
    async def bind(self: Any, volume: Any, claim: Any, client: Any) -> None:
        named = bound_claim(claim, volume)
        if named is not claim:
            claim = await client.update(named)

        def pointing(stored: Any) -> Any:
            return replace(stored, spec=replace(stored.spec, claim_ref=claim_reference(claim)))

        volume = await client.modify(volume, pointing)
        bound = volume_in_phase(volume, BOUND)
        if bound is not volume:
            volume = await client.update_status(bound)
        await self._set_phase(claim, BOUND, client, volume)

    patch.setattr(binder.ClaimSync, "_bind", bind)


def knows_a_claim_by_its_name_alone(patch: Patch) -> None:
    def is_claimed_by(volume: Any, claim: Any) -> bool:
        reference, metadata = volume.spec.claim_ref, claim.metadata
        return reference is not None and (reference.namespace, reference.name) == (metadata.namespace, metadata.name)

    for module in (binder, late_binder, volume_binding, volume_matching):
        patch.setattr(module, "is_claimed_by", is_claimed_by)


def binds_volumes_that_are_taken(patch: Patch) -> None:
    def best(self: Any, claim: Any, *, delay_binding: bool) -> Any:
        found = sorted(self._volumes.objects.items())
        suitable = [one for _, one in found if one.spec.storage_class_name == claim.spec.storage_class_name]
        return suitable[0] if suitable and not delay_binding else None

    patch.setattr(candidates.Candidates, "best", best)


def matches_before_the_references_of_others_are_indexed(patch: Patch) -> None:
    honest = candidates.Candidates._take_in

    def take_in(self: Any, change: Any) -> None:
        reference = change.object.spec.claim_ref
        if reference is None or not reference.uid:
            honest(self, change)

    patch.setattr(candidates.Candidates, "_take_in", take_in)


def asks_nothing_of_volumes_that_are_asked_for_by_name(patch: Patch) -> None:
    patch.setattr(binder, "unmet_demand", lambda _volume, _claim: None)


def binds_volumes_of_any_size(patch: Patch) -> None:
    for module in (volume_matching, candidates):
        patch.setattr(module, "request", lambda _claim: 0)


def takes_the_largest_volume(patch: Patch) -> None:
    def best_free(self: Any, claim: Any, modes: Any) -> Any:
        ranking = self._free.get(candidates._sort(claim, modes))
        ranks = [] if ranking is None else list(ranking.at_least(candidates.request(claim), claim.spec.selector))
        return self._volumes.objects["", ranks[-1][1]] if ranks else None

    patch.setattr(candidates.Candidates, "_best_free", best_free)


def binds_late_claims_at_once(patch: Patch) -> None:
    patch.setattr(binder.ClaimSync, "_waits_for_consumer", lambda _self, _claim: False)


def releases_volumes_before_it_knows_their_claims(patch: Patch) -> None:
    class Unaware:
        def get(self, _namespace: str, _name: str) -> None:
            return None

    made = volumes.VolumeSync.__init__

    def init(self: Any, *args: Any) -> None:
        made(self, *args)
        self._claims = Unaware()

    patch.setattr(volumes.VolumeSync, "__init__", init)


def lets_claims_go_that_are_used(patch: Patch) -> None:
    patch.setattr(PersistentVolumeClaimProtection, "_is_used", lambda _self, _claim: False)


def puts_pods_where_their_volumes_are_not(patch: Patch) -> None:
    patch.setattr(late_binder, "reaches", lambda _volume, _labels: True)


def takes_ready_for_available(patch: Patch) -> None:
    honest = status.health
    patch.setattr(status, "health", lambda pod, _seconds, clock: honest(pod, 0, clock))


def removes_the_lowest_first(patch: Patch) -> None:
    honest = algorithm.Algorithm._partition

    def partition(self: Any, one: Any, pods: Any) -> None:
        honest(self, one, pods)
        one.condemned.reverse()

    patch.setattr(algorithm.Algorithm, "_partition", partition)


def rolls_parallel_sets_past_unhealthy_pods(patch: Patch) -> None:
    honest = algorithm.Algorithm._roll

    async def roll(self: Any, one: Any, told: Any) -> Any:
        rolling = one.stateful_set.spec.update_strategy.rolling_update
        partition = (rolling.partition or 0) if rolling is not None else 0
        for pod in one.slots[partition:] if not one.ordered else ():
            if pod is None:
                continue
            health = self._health(one, pod)
            if not health.terminating and health.revision != one.update.metadata.name:
                await self._pods.delete(one, pod)
        return await honest(self, one, told)

    patch.setattr(algorithm.Algorithm, "_roll", roll)


def makes_every_pod_at_the_newest_revision(patch: Patch) -> None:
    honest = algorithm.Algorithm._new_pod

    def new_pod(self: Any, one: Any, ordinal: int) -> Any:
        current, one.current = one.current, one.update
        try:
            return honest(self, one, ordinal)
        finally:
            one.current = current

    patch.setattr(algorithm.Algorithm, "_new_pod", new_pod)


def forgets_the_hostname(patch: Patch) -> None:
    honest = algorithm.new_pod

    def new_pod(*args: Any) -> Any:
        pod = honest(*args)
        return replace(pod, spec=replace(pod.spec, hostname=""))

    patch.setattr(algorithm, "new_pod", new_pod)


def deletes_claims_with_their_pods(patch: Patch) -> None:
    honest = pod_control.PodControl.delete

    async def delete(self: Any, one: Any, pod: Any) -> None:
        await honest(self, one, pod)
        for claim in self.claims_of(one, pod):
            await one.client.delete(claim)

    patch.setattr(pod_control.PodControl, "delete", delete)


def deletes_pods_by_force(patch: Patch) -> None:
    async def delete(_self: Any, one: Any, pod: Any) -> None:
        await one.client.delete(pod, grace_seconds=0)

    patch.setattr(pod_control.PodControl, "delete", delete)


def attaches_without_asking_who_has_it(patch: Patch) -> None:
    patch.setattr(attachments.Attachments, "nodes_of", lambda _self, _name: [])


def detaches_without_asking_what_is_mounted(patch: Patch) -> None:
    class Nothing(dict[str, tuple[str, ...]]):
        def get(self, _node: str, _default: Any = None) -> tuple[str, ...]:
            return ()

    async def is_mounted(_self: Any, _place: Any, _client: Any) -> bool:
        return False

    made = controller.AttachDetachController.__init__

    def init(self: Any, process: Any) -> None:
        made(self, process)
        self._in_use = Nothing()

    patch.setattr(controller.AttachDetachController, "__init__", init)
    patch.setattr(operations.Operations, "_is_mounted", is_mounted)


def takes_volumes_from_nodes_that_are_silent_for_a_moment(patch: Patch) -> None:
    patch.setattr(controller, "_FORCED_AFTER_MS", 30_000)


def waits_for_lost_nodes_for_ever(patch: Patch) -> None:
    patch.setattr(controller, "_FORCED_AFTER_MS", 10**12)


def finds_that_nothing_is_missing_anywhere(patch: Patch) -> None:
    patch.setattr(filters, "_shortage", lambda _attempt, _view: None)


def preempts_pods_of_its_own_priority(patch: Patch) -> None:
    patch.setattr(preemption, "priority", lambda pod: (pod.spec.priority or 0) - bool(pod.spec.node_name))


def lets_no_pod_stay_that_could(patch: Patch) -> None:
    patch.setattr(preemption, "_spared", lambda _trial, placements: list(placements))


def counts_pods_that_are_on_their_way_out(patch: Patch) -> None:
    patch.setattr(disruption.DisruptionController, "_leaves", lambda _self, _pod, _disrupted: False)


def forgets_what_an_eviction_costs(patch: Patch) -> None:
    patch.setattr(eviction, "_without_one", lambda budget, _pod, _stamp: budget)


def writes_its_count_though_the_budget_has_moved_on(patch: Patch) -> None:
    """Kubernetes once did, issue 82149: an eviction granted during a count was forgotten."""

    def careless(obj: Any, **fields: Any) -> Any:
        new = replace(obj, **fields)
        return replace(new, metadata=replace(new.metadata, resource_version=""))

    patch.setattr(disruption, "replace", careless)


def makes_a_pod_for_every_completion_at_once(patch: Patch) -> None:
    def wanted(census: Any) -> int:
        spec = census.job.spec
        return max(0, (spec.completions or spec.parallelism or 0) - census.succeeded)

    patch.setattr(job_controller, "_wanted", wanted)


def makes_pods_for_indexes_that_are_done(patch: Patch) -> None:
    patch.setattr(new_pods.indexes, "lowest_free", lambda taken, count, completions: list(range(completions))[:count])


PLANTS: tuple[tuple[Plant, str], ...] = (
    (binds_volumes_that_are_taken, "volume-serves-one-claim"),
    (writes_the_claim_before_the_volume, "claim-and-volume-agree"),
    (binds_volumes_of_any_size, "bound-volume-suits-its-claim"),
    (knows_a_claim_by_its_name_alone, "volume-keeps-its-claim"),
    (releases_volumes_before_it_knows_their_claims, "used-volume-is-not-deleted"),
    (lets_claims_go_that_are_used, "used-storage-is-protected"),
    (binds_late_claims_at_once, "late-binding-waits-for-its-pod"),
    (puts_pods_where_their_volumes_are_not, "pod-runs-where-its-volumes-are"),
    (takes_the_largest_volume, "smallest-volume-is-taken"),
    (deletes_pods_by_force, "one-pod-runs-per-ordinal"),
    (takes_ready_for_available, "pod-waits-for-lower-ordinals"),
    (removes_the_lowest_first, "scale-down-goes-from-the-top"),
    (rolls_parallel_sets_past_unhealthy_pods, "rollout-replaces-one-pod-at-a-time"),
    (makes_every_pod_at_the_newest_revision, "partition-keeps-the-old-revision"),
    (promotes_as_soon_as_all_above_the_partition_are_updated, "partition-keeps-the-old-revision"),
    (forgets_the_hostname, "names-follow-from-the-ordinal"),
    (deletes_claims_with_their_pods, "ordinal-keeps-its-claim"),
    (replaces_only_pods_that_failed, "ordinals-are-filled"),
    (promotes_as_soon_as_all_above_the_partition_are_updated, "status-counts-what-there-is"),
)

# Of claims and volumes alone, in worlds where each may point at the other beforehand.
BINDING_PLANTS: tuple[tuple[Plant, str], ...] = (
    (matches_before_the_references_of_others_are_indexed, "volume-serves-one-claim"),
    (binds_volumes_that_are_taken, "volume-serves-one-claim"),
    (writes_the_claim_before_the_volume, "claim-and-volume-agree"),
    (knows_a_claim_by_its_name_alone, "volume-keeps-its-claim"),
    (releases_volumes_before_it_knows_their_claims, "used-volume-is-not-deleted"),
    (asks_nothing_of_volumes_that_are_asked_for_by_name, "bound-volume-suits-its-claim"),
    (binds_late_claims_at_once, "late-binding-waits-for-its-pod"),
    (takes_the_largest_volume, "smallest-volume-is-taken"),
)

# Of disks that move between nodes.
DISK_PLANTS: tuple[tuple[Plant, str], ...] = (
    (attaches_without_asking_who_has_it, "volume-is-attached-to-one-node"),
    (detaches_without_asking_what_is_mounted, "volume-is-detached-after-its-unmount"),
    (takes_volumes_from_nodes_that_are_silent_for_a_moment, "volume-is-detached-after-its-unmount"),
    (waits_for_lost_nodes_for_ever, "volume-reaches-its-pod"),
)

# Of pods that crowd nodes, some more important than others.
PREEMPTION_PLANTS: tuple[tuple[Plant, str], ...] = (
    (finds_that_nothing_is_missing_anywhere, "node-is-not-overcommitted"),
    (preempts_pods_of_its_own_priority, "preemption-takes-no-more-than-it-needs"),
    (lets_no_pod_stay_that_could, "preemption-takes-no-more-than-it-needs"),
)

# Of pods that are evicted under a budget.
DISRUPTION_PLANTS: tuple[tuple[Plant, str], ...] = (
    (counts_pods_that_are_on_their_way_out, "budget-is-not-overspent"),
    (forgets_what_an_eviction_costs, "budget-is-not-overspent"),
    (writes_its_count_though_the_budget_has_moved_on, "budget-is-not-overspent"),
)

# Of jobs whose pods come and go.
JOB_PLANTS: tuple[tuple[Plant, str], ...] = (
    (makes_a_pod_for_every_completion_at_once, "job-makes-no-pod-too-many"),
    (makes_pods_for_indexes_that_are_done, "job-makes-no-pod-too-many"),
)
