"""The DaemonSet controller: one pod on every node that the pod would fit, and how these pods are replaced."""

from harness.actors.controllers.daemonset.controller import DaemonSetController

__all__ = ["DaemonSetController"]
