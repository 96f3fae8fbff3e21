"""The quota controller: counts what the objects of a namespace use up, and writes it into the status of its quotas.

Owns the full count: when a quota is new or its limits change, when something that it counts is gone or over, and every
five minutes. Admission books what is created; only here is anything given back. Says no Events.
Source: pkg/controller/resourcequota/resource_quota_controller.go, resource_quota_monitor.go.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import ADDED, DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.flags import duration_ms
from harness.control.informer import Index
from harness.kernel.loop import Entry
from harness.objects.amounts import Amounts, only, same
from harness.objects.meta import Object
from harness.objects.quota import ResourceQuota, ResourceQuotaStatus
from harness.objects.quota_usage import in_scope, may_release, sum_of, tracked, tracked_by, usage

_RESYNC_MS = 300_000


class ResourceQuotaController(Controller[Key]):
    """Keys are quotas. Kinds that no quota counts are not watched."""

    name = "resourcequota-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self._loop = process.loop
        self._resync_ms = duration_ms(process.flags, "resource-quota-sync-period", _RESYNC_MS)
        self._quotas = process.informers.of(ResourceQuota)
        self._quotas_of = self._quotas.index(_namespace)
        self._objects_of: dict[str, Index[Any]] = {}
        self._resync: Entry | None = None
        self._quotas.subscribe(self._quota_changed)

    # What asks for a count

    def _quota_changed(self, change: Change) -> None:
        quota: ResourceQuota = change.object
        if change.type == DELETED:
            return
        for name in quota.spec.hard:
            self._monitor(tracked_by(name))
        if change.type == ADDED or not same(change.previous.spec.hard, quota.spec.hard):
            self.queue.add((quota.metadata.namespace, quota.metadata.name), change.sequence)
        self._plan_resync()

    def _monitor(self, resource: str) -> None:
        """Follow a kind from now on."""
        if not resource or resource in self._objects_of:
            return
        informer = self.process.informers.of_resource(resource)
        self._objects_of[resource] = informer.index(_namespace)

        def changed(change: Change) -> None:
            self._object_changed(resource, change)

        informer.subscribe(changed)

    def _object_changed(self, resource: str, change: Change) -> None:
        quotas = self._quotas_of.of(change.object.metadata.namespace)
        if not quotas or change.type == ADDED:
            return
        if change.type != DELETED and not may_release(resource, change.previous, change.object, self._elapsed_ms):
            return
        for quota in quotas:
            if tracked(quota.status.hard, resource):
                self.queue.add((quota.metadata.namespace, quota.metadata.name), change.sequence)

    def _plan_resync(self) -> None:
        """Come again at the next multiple of the period, for as long as there are quotas."""
        if self._resync is None:
            due_ms = (self._loop.now_ms // self._resync_ms + 1) * self._resync_ms
            self._resync = self._loop.at(due_ms, self._count_all)

    def _count_all(self) -> None:
        self._resync = None
        for key in sorted(self._quotas.objects):
            self.queue.add(key)
        if self._quotas.objects:
            self._plan_resync()

    # The count

    async def reconcile(self, key: Key, client: Client) -> int | None:
        quota = self._quotas.get(*key)
        if quota is None:
            return None
        hard, status = quota.spec.hard, quota.status
        used = only(status.used | self._counted(quota), hard)
        written = bool(status.hard) and bool(status.used)
        if not written or not same(hard, status.hard) or not same(used, status.used):
            await client.update_status(replace(quota, status=ResourceQuotaStatus(hard=only(hard, hard), used=used)))
        return None

    def _counted(self, quota: ResourceQuota) -> Amounts:
        """What is used of everything that the quota limits."""
        hard = quota.spec.hard
        counted: Amounts = {}
        for resource in sorted({tracked_by(name) for name in hard} - {""}):
            used = sum_of(
                usage(resource, obj, self._elapsed_ms)
                for obj in self._objects_of[resource].of(quota.metadata.namespace)
                if in_scope(quota, resource, obj)
            )
            counted |= {name: used.get(name, "0") for name in tracked(hard, resource)}
        return counted

    def _elapsed_ms(self, stamp: str) -> int:
        return self._loop.now_ms - self._loop.clock.at(stamp)


def _namespace(obj: Object) -> tuple[str, ...]:
    return (obj.metadata.namespace,)
