"""What one pass over a Deployment knows and works on.

Owns the pass's own copy of the Deployment: what the pass changed of it, on the version the pass began with. A second
write in one pass is therefore a conflict, and comes again with the next pass, as in the real controller.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from harness.api.client import Client
from harness.objects.apps import Deployment, ReplicaSet


class Pass(msgspec.Struct):
    """`replica_sets` are those the Deployment managed when the pass began."""

    client: Client
    deployment: Deployment
    replica_sets: list[ReplicaSet]

    @property
    def replicas(self) -> int:
        return self.deployment.spec.replicas or 0

    def set_status(self, **fields: Any) -> None:
        """Change the pass's copy; nothing is written yet."""
        self.deployment = replace(self.deployment, status=replace(self.deployment.status, **fields))

    def annotate(self, key: str, value: str) -> None:
        """Change the pass's copy; nothing is written yet."""
        metadata = self.deployment.metadata
        metadata = replace(metadata, annotations={**metadata.annotations, key: value})
        self.deployment = replace(self.deployment, metadata=metadata)

    async def write_status(self) -> None:
        """Write the status and the annotations of the pass's copy. Raises `ApiError`."""
        await self.client.update_status(self.deployment)


class Family(msgspec.Struct):
    """The replica sets of a Deployment: the one with its present template, if there is one, and the others."""

    new: ReplicaSet | None
    old: list[ReplicaSet]

    @property
    def all(self) -> list[ReplicaSet]:
        return [*self.old, self.new] if self.new is not None else list(self.old)
