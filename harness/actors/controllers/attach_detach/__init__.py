"""The attach/detach controller: has volumes attached where pods need them, and detached when none does."""

from harness.actors.controllers.attach_detach.controller import AttachDetachController

__all__ = ["AttachDetachController"]
