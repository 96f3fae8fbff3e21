"""The EndpointSlice controller: which pods stand behind a service, and whether they take traffic."""

from harness.actors.controllers.endpointslice.controller import EndpointSliceController

__all__ = ["EndpointSliceController"]
