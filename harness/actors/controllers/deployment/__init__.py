"""The controller of Deployments."""

from harness.actors.controllers.deployment.controller import DeploymentController

__all__ = ["DeploymentController"]
