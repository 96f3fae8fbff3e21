"""ResourceQuota: what a request would use must be left in each quota it falls under, and is booked before it is stored.

The last plugin of all. A quota counts by what its status says: one whose status nobody has written yet binds nobody,
and what is booked for a request that then fails stays booked until the controller counts again. Source:
staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects import quantity
from harness.objects.amounts import Amounts, added, grown, only, told, without_zeros
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.quota import ResourceQuota
from harness.objects.quota_usage import (
    CLAIMS,
    NOT_COUNTED,
    SERVICES,
    changes_scope,
    in_scope,
    tracked,
    unspecified,
    usage,
)

if TYPE_CHECKING:
    from harness.api.server import Server
    from harness.kernel.trace import Cause

# Objects whose usage a change can raise.
_GROWING = frozenset({CLAIMS, SERVICES})


def charge(obj: Object, stored: Object | None, server: Server, cause: Cause | None) -> None:
    """Book what the request uses; refuse it (Forbidden), and book nothing, where a quota has not that much left."""
    quota_kind = kinds.BY_TYPE[ResourceQuota]
    namespace = obj.metadata.namespace
    if not namespace or not server.store.collection(quota_kind.key).objects:
        return
    resource = kinds.of_object(obj).key
    if resource in NOT_COUNTED:
        return
    if stored is not None and resource not in _GROWING and not changes_scope(stored, obj):
        return
    concerned: list[ResourceQuota] = []
    for quota in server.list(quota_kind, namespace):
        names = tracked(quota.status.hard, resource)
        if names and in_scope(quota, resource, obj):
            _demand(quota, names, obj)
            concerned.append(quota)
    if not concerned:
        return
    clock = server.clock

    def elapsed(stamp: str) -> int:
        return clock.now_ms - clock.at(stamp)

    used = usage(resource, obj, elapsed)
    more = used if stored is None else grown(used, usage(resource, stored, elapsed))
    booked = [
        (quota, requested)
        for quota in concerned
        if (requested := _requested(quota, used if stored is None or not in_scope(quota, resource, stored) else more))
    ]
    for quota, requested in booked:
        _fit(quota, requested, obj)
    for quota, requested in booked:
        status = replace(quota.status, used=added(quota.status.used, requested))
        server.update_status(replace(quota, status=status), cause)


def _requested(quota: ResourceQuota, used: Amounts) -> Amounts:
    """The part of a usage that the quota counts."""
    return only(without_zeros(used), quota.status.hard)


def _demand(quota: ResourceQuota, names: list[str], obj: Object) -> None:
    """Refuse what leaves out an amount that the quota counts, and whatever a quota not counted yet is about."""
    missing = unspecified(names, obj) if isinstance(obj, Pod) else {}
    if missing:
        listed = "; ".join(f"{name} for: {','.join(containers)}" for name, containers in missing.items())
        raise _forbidden(obj, f"failed quota: {quota.metadata.name}: must specify {listed}")
    if any(name not in quota.status.used for name in names):
        raise _forbidden(obj, f"status unknown for quota: {quota.metadata.name}, resources: {','.join(names)}")


def _fit(quota: ResourceQuota, requested: Amounts, obj: Object) -> None:
    hard, used = quota.status.hard, quota.status.used
    after = added(used, requested)
    exceeded = [name for name in requested if quantity.parse(after[name]) > quantity.parse(hard[name])]
    if exceeded:
        text = (
            f"exceeded quota: {quota.metadata.name}, requested: {told(only(requested, exceeded))}, "
            f"used: {told(only(used, exceeded))}, limited: {told(only(hard, exceeded))}"
        )
        raise _forbidden(obj, text)


def _forbidden(obj: Object, text: str) -> ApiError:
    return ApiError.forbidden(kinds.of_object(obj).resource, obj.metadata.name, text)
