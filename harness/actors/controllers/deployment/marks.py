"""The annotations of a replica set: copied from its Deployment, its revision, and the sizes it was made for.

Pure. Mirrors pkg/controller/deployment/util/deployment_util.go (SetNewReplicaSetAnnotations, SetReplicasAnnotations).
"""

from __future__ import annotations

from harness.actors.controllers.deployment import limits
from harness.objects.apps import Deployment
from harness.objects.rollouts import (
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    OWN_ANNOTATIONS,
    REVISION,
    REVISION_HISTORY,
    number,
)

_LONGEST_HISTORY = 2000


def of_new(deployment: Deployment, present: dict[str, str], revision: int) -> dict[str, str]:
    """The annotations of the new replica set, which has the greatest revision. A lower one becomes its history."""
    copied = {key: value for key, value in deployment.metadata.annotations.items() if key not in OWN_ANNOTATIONS}
    updated = {**present, **copied}
    before = present.get(REVISION)
    known = 0 if before is None else number(before)
    if known is None or known >= revision:
        return updated
    updated[REVISION] = str(revision)
    if before is not None:
        updated[REVISION_HISTORY] = _history(present.get(REVISION_HISTORY, ""), before)
    return updated


def _history(past: str, revision: str) -> str:
    """The list of past revisions with one more; the oldest fall out of a list that is too long."""
    if not past:
        return revision
    numbers = [*past.split(","), revision]
    while len(numbers) > 1 and len(",".join(numbers)) > _LONGEST_HISTORY:
        del numbers[0]
    return ",".join(numbers)


def sizes(deployment: Deployment) -> dict[str, str]:
    """The annotations that say for which size of the Deployment a replica set was scaled."""
    replicas = deployment.spec.replicas or 0
    return {DESIRED_REPLICAS: str(replicas), MAX_REPLICAS: str(replicas + limits.max_surge(deployment))}
