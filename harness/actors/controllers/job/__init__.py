"""The controller of Jobs, and the one that lets go of pods which no job counts any more."""

from harness.actors.controllers.job.controller import JobController

__all__ = ["JobController"]
