"""The scheduler: gives every pod that has no node one, and says why when it cannot."""

from harness.actors.scheduler.scheduler import Scheduler

__all__ = ["Scheduler"]
