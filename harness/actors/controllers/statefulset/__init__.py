"""The StatefulSet controller: ordered identities, their claims, their revisions."""

from harness.actors.controllers.statefulset.controller import StatefulSetController

__all__ = ["StatefulSetController"]
