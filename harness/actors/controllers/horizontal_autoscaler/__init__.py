"""The horizontal pod autoscaler: scales what it targets by what its metrics say, every 15 seconds."""

from harness.actors.controllers.horizontal_autoscaler.controller import HorizontalAutoscaler

__all__ = ["HorizontalAutoscaler"]
