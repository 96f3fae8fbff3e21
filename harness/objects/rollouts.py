"""What a Deployment writes on its replica sets, and what others read there: revisions, sizes, the hash of a template.

Owns the names and the reading of them. Mirrors pkg/controller/deployment/util/deployment_util.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from harness.objects.applying import LAST_APPLIED
from harness.objects.apps import ReplicaSet
from harness.objects.pod import PodTemplateSpec

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
ROLLBACK_TO = "deprecated.deployment.rollback.to"

OWN_ANNOTATIONS = frozenset({LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, ROLLBACK_TO})
"""Annotations that a Deployment and its replica sets never hand to each other."""

_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def number(text: str | None) -> int | None:
    """An annotation as a whole number; None where there is none."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def revision(replica_set: ReplicaSet) -> int:
    """The revision of a replica set; 0 for one that has none."""
    return number(replica_set.metadata.annotations.get(REVISION)) or 0


def newest_revision(found: Iterable[ReplicaSet]) -> int:
    return max((revision(each) for each in found), default=0)


def same_template(one: PodTemplateSpec, other: PodTemplateSpec) -> bool:
    """Whether two templates are equal, the label with their hash left aside."""
    return one.spec == other.spec and without_hash(one) == without_hash(other)


def without_hash(template: PodTemplateSpec) -> PodTemplateSpec:
    """The template without the label that its replica set put there."""
    labels = template.metadata.labels
    if HASH_LABEL not in labels:
        return template
    kept = {key: value for key, value in labels.items() if key != HASH_LABEL}
    return replace(template, metadata=replace(template.metadata, labels=kept))
