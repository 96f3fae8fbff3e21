"""The controller of Deployments: what wakes one, and the order of a pass.

Owns triggers and the frame of a pass; sizes are decided in `rollout` and `proportions`, the status in `status`.
Source: pkg/controller/deployment/deployment_controller.go and sync.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.deployment import proportions, replica_sets, status
from harness.actors.controllers.deployment.limits import RECREATE, is_rolling
from harness.actors.controllers.deployment.passes import Family, Pass
from harness.actors.controllers.deployment.rollout import Rollout
from harness.actors.controllers.deployment.scaling import Scaler
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, GiveUp, Process
from harness.control.ownership import Ownership, owner_values
from harness.objects.apps import Deployment, DeploymentStatus, ReplicaSet
from harness.objects.conditions import find
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.pods import has_ended
from harness.objects.rollouts import DESIRED_REPLICAS, number, revision

_MOST_FAILURES = 15
_UNLIMITED = 2**31 - 1


class DeploymentController(Controller[Key]):
    """Keys are (namespace, name) of Deployments."""

    name = "deployment-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self._clock = process.loop.clock
        self._deployments = process.informers.of(Deployment)
        self._replica_sets = process.informers.of(ReplicaSet)
        self._members = Ownership(process, Deployment, ReplicaSet, lambda owner: owner.spec.selector)
        self._pods_of = process.informers.of(Pod).index(owner_values)
        self._scaler = Scaler(process, self.recorder)
        self._rollout = Rollout(self._scaler)
        self._deployments.subscribe(self._deployment_changed)
        self._replica_sets.subscribe(self._replica_set_changed)
        process.informers.of(Pod).subscribe(self._pod_changed)

    # What wakes a Deployment

    def _deployment_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _replica_set_changed(self, change: Change) -> None:
        for key in self._members.woken(change):
            self.queue.add(key, change.sequence)

    def _pod_changed(self, change: Change) -> None:
        """Only the last pod's end is waited for, and only where everything is made anew."""
        if change.type != DELETED:
            return
        reference = controller_of(change.object)
        namespace = change.object.metadata.namespace
        owner = self._replica_sets.get(namespace, reference.name) if reference is not None else None
        deployment = self._members.owner_of(owner) if owner is not None else None
        if deployment is None or deployment.spec.strategy.type != RECREATE:
            return
        found = self._members.managed(deployment.metadata.uid)
        if not any(self._pods_of.of(each.metadata.uid) for each in found):
            self.queue.add((namespace, deployment.metadata.name), change.sequence)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        try:
            return await self._sync(key, client)
        except ApiError as problem:
            if problem.has_cause(NAMESPACE_TERMINATING):
                return None
            if self.queue.failures(key) >= _MOST_FAILURES:
                self.queue.forget(key)
                raise GiveUp from problem
            raise

    async def _sync(self, key: Key, client: Client) -> int | None:
        deployment = self._deployments.objects.get(key)
        if deployment is None:
            return None
        one = Pass(client, deployment, await self._members.claim(deployment, client))
        if deployment.metadata.deletion_timestamp is not None:
            await self._write(one, self._counted(one, await self._scaler.families(one, create=False)))
            return None
        await self._tell_paused(one)
        if deployment.spec.paused or await self._is_resized(one):
            await self._resize(one)
            return None
        if deployment.spec.strategy.type == RECREATE:
            return await self._recreate(one)
        return await self._roll(one)

    async def _tell_paused(self, one: Pass) -> None:
        """Say in a condition that the rollout was paused, or goes on."""
        progressing = find(one.deployment.status.conditions, status.PROGRESSING)
        if not status.has_deadline(one.deployment):
            return
        told = progressing.reason if progressing is not None else ""
        paused = one.deployment.spec.paused
        if told == status.TIMED_OUT or paused == (told == status.PAUSED):
            return
        reason, text = (status.PAUSED, "paused") if paused else (status.RESUMED, "resumed")
        new = status.condition(status.PROGRESSING, "Unknown", reason, f"Deployment is {text}", self._clock.stamp())
        one.set_status(conditions=status.with_condition(one.deployment.status.conditions, new))
        await one.write_status()

    async def _is_resized(self, one: Pass) -> bool:
        """Whether a replica set with pods was scaled for another size of the Deployment."""
        family = await self._scaler.families(one, create=False)
        return any(
            desired is not None and desired != one.replicas
            for each in replica_sets.active(family.all)
            for desired in (number(each.metadata.annotations.get(DESIRED_REPLICAS)),)
        )

    async def _resize(self, one: Pass) -> None:
        """Bring the replica sets to another size of the Deployment, without going on with any rollout."""
        family = await self._scaler.families(one, create=False)
        await self._share(one, family)
        if one.deployment.spec.paused:
            await self._clean_up(one, family)
        await self._write(one, self._counted(one, family))

    async def _share(self, one: Pass, family: Family) -> None:
        family.old.sort(key=replica_sets.by_age, reverse=True)
        active = replica_sets.active(family.all)
        if len(active) < 2:
            only = next(iter([*active, *([family.new] if family.new is not None else ()), *family.old]), None)
            if only is not None:
                await self._scaler.resize(one, only, one.replicas)
        elif self._is_saturated(one, family.new):
            await self._rollout.empty(one, family)
        elif is_rolling(one.deployment):
            for each, size in proportions.shared(one.deployment, active):
                await self._scaler.scale(one, each, size)

    @staticmethod
    def _is_saturated(one: Pass, new: ReplicaSet | None) -> bool:
        """Whether the new replica set is all there is to be (IsSaturated)."""
        return (
            new is not None
            and number(new.metadata.annotations.get(DESIRED_REPLICAS)) == one.replicas
            and replica_sets.size(new) == one.replicas == new.status.available_replicas
        )

    async def _roll(self, one: Pass) -> int | None:
        family = await self._scaler.families(one, create=True)
        new = family.new
        assert new is not None
        if not await self._rollout.grow(one, family, new) and not await self._rollout.shrink(one, family, new):
            await self._clean_up_complete(one, family)
        return await self._report(one, family)

    async def _recreate(self, one: Pass) -> int | None:
        family = await self._scaler.families(one, create=False)
        if await self._rollout.empty(one, family) or self._old_pods_live(one, family):
            return await self._report(one, family)
        if family.new is None:
            family = await self._scaler.families(one, create=True)
        assert family.new is not None
        await self._scaler.resize(one, family.new, one.replicas)
        await self._clean_up_complete(one, family)
        return await self._report(one, family)

    def _old_pods_live(self, one: Pass, family: Family) -> bool:
        """Whether any pod of an old template is left that has not ended, one on its way out included."""
        if replica_sets.total(family.old, lambda found: found.replicas) > 0:
            return True
        return any(
            not has_ended(pod) and self._members.selects(one.deployment, pod)
            for each in family.old
            for pod in self._pods_of.of(each.metadata.uid)
        )

    # What is written at the end of a pass

    async def _clean_up_complete(self, one: Pass, family: Family) -> None:
        if status.is_complete(one.deployment, one.deployment.status):
            await self._clean_up(one, family)

    async def _clean_up(self, one: Pass, family: Family) -> None:
        """Delete empty old replica sets beyond the history limit, the lowest revisions first."""
        limit = one.deployment.spec.revision_history_limit
        if limit is None or limit == _UNLIMITED:
            return
        kept = [each for each in family.old if each.metadata.deletion_timestamp is None]
        kept.sort(key=lambda each: (revision(each), replica_sets.by_age(each)))
        for each in kept[: max(0, len(kept) - limit)]:
            idle = not each.status.replicas and not replica_sets.size(each)
            if idle and each.metadata.generation <= each.status.observed_generation:
                try:
                    await one.client.delete(each)
                except ApiError as problem:
                    if problem.reason != "NotFound":
                        raise

    def _counted(self, one: Pass, family: Family) -> DeploymentStatus:
        return status.calculated(one.deployment, family, self._clock)

    async def _report(self, one: Pass, family: Family) -> int | None:
        """Write what came of a rollout's step; where nothing did, when to look for its deadline."""
        new = status.rolled(one.deployment, family, self._clock)
        if not await self._write(one, new):
            return status.recheck_in_ms(one.deployment, new, self._clock)
        return None

    @staticmethod
    async def _write(one: Pass, new: DeploymentStatus) -> bool:
        """Write the status; whether it was news."""
        if new == one.deployment.status:
            return False
        one.deployment = replace(one.deployment, status=new)
        await one.write_status()
        return True
