"""The persistent-volume controller: binds claims to volumes, provisions in-tree volumes, reclaims released ones."""

from harness.actors.controllers.persistentvolume.controller import PersistentVolumeController

__all__ = ["PersistentVolumeController"]
