"""The controller of CronJobs."""

from harness.actors.controllers.cronjob.controller import CronJobController

__all__ = ["CronJobController"]
