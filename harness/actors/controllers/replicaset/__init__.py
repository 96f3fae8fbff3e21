"""Controllers of equal pods: those of ReplicaSets and of ReplicationControllers."""

from harness.actors.controllers.replicaset.controller import ReplicaSetController
from harness.actors.controllers.replicaset.flavours import REPLICA_SETS, REPLICATION_CONTROLLERS

__all__ = ["REPLICATION_CONTROLLERS", "REPLICA_SETS", "ReplicaSetController"]
