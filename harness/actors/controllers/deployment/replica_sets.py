"""Replica sets as a Deployment sees them: which one is new, how they are ordered, and what they add up to.

Pure. Mirrors pkg/controller/deployment/util/deployment_util.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.deployment import limits
from harness.actors.controllers.deployment.passes import Family
from harness.objects import hashes
from harness.objects.apps import Deployment, ReplicaSet, ReplicaSetSpec
from harness.objects.meta import LabelSelector, ObjectMeta, owned_by
from harness.objects.pod import PodTemplateSpec
from harness.objects.rollouts import HASH_LABEL, same_template

_LONGEST_NAME = 253


def family(deployment: Deployment, found: list[ReplicaSet]) -> Family:
    """The replica sets sorted into new and old; of several with the same template the oldest is the new one."""
    template = deployment.spec.template
    new = next((each for each in sorted(found, key=by_age) if same_template(each.spec.template, template)), None)
    return Family(new, [each for each in found if new is None or each.metadata.uid != new.metadata.uid])


def by_age(replica_set: ReplicaSet) -> tuple[str, str]:
    """A sort key, the oldest first."""
    return replica_set.metadata.creation_timestamp or "", replica_set.metadata.name


def by_size(found: list[ReplicaSet], *, newer_first: bool) -> list[ReplicaSet]:
    """The largest first; of equal ones the newer, or the older."""
    aged = sorted(found, key=by_age, reverse=newer_first)
    return sorted(aged, key=lambda each: -size(each))


def size(replica_set: ReplicaSet) -> int:
    return replica_set.spec.replicas or 0


def active(found: Iterable[ReplicaSet]) -> list[ReplicaSet]:
    """Those that are to have pods."""
    return [each for each in found if size(each) > 0]


def total_size(found: Iterable[ReplicaSet]) -> int:
    """How many pods they are to have together."""
    return sum(map(size, found))


def total(found: Iterable[ReplicaSet], count: Callable[[Any], int]) -> int:
    """A count of their statuses, added up."""
    return sum(count(each.status) for each in found)


def terminating(found: Iterable[ReplicaSet]) -> int | None:
    """How many of their pods are on their way out; None if one that was looked at does not say."""
    counted = 0
    for each in found:
        status = each.status
        if status.terminating_replicas is not None:
            counted += status.terminating_replicas
        elif status.observed_generation:
            return None
    return counted


def new_size(deployment: Deployment, found: Iterable[ReplicaSet], present: int) -> int:
    """How large the new replica set may become from its present size, the others being as large as they are."""
    replicas = deployment.spec.replicas or 0
    if not limits.is_rolling(deployment):
        return replicas
    room = replicas + limits.max_surge(deployment) - total_size(found)
    return present if room <= 0 else present + min(room, replicas - present)


def new_replica_set(deployment: Deployment, hash_: str, replicas: int, annotations: dict[str, str]) -> ReplicaSet:
    """The replica set of a Deployment's present template."""
    spec, metadata = deployment.spec, deployment.metadata
    labelled = replace(spec.template.metadata, labels={**spec.template.metadata.labels, HASH_LABEL: hash_})
    template: PodTemplateSpec = replace(spec.template, metadata=labelled)
    selector = spec.selector or LabelSelector()
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"{metadata.name[: _LONGEST_NAME - len(hash_) - 1]}-{hash_}",
            namespace=metadata.namespace,
            labels=labelled.labels,
            annotations=annotations,
            owner_references=(owned_by(deployment),),
        ),
        spec=ReplicaSetSpec(
            replicas=replicas,
            min_ready_seconds=spec.min_ready_seconds,
            selector=replace(selector, match_labels={**selector.match_labels, HASH_LABEL: hash_}),
            template=template,
        ),
    )


def hash_of(deployment: Deployment) -> str:
    return hashes.template_hash(deployment.spec.template, deployment.status.collision_count)
