"""External provisioners: the programs beside a cluster that make, attach, grow and remove the volumes of a storage."""

from harness.actors.provisioner.driver import driver_object, node_object
from harness.actors.provisioner.start import start

__all__ = ["driver_object", "node_object", "start"]
