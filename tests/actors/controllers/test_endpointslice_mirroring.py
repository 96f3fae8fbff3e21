"""Slices of Endpoints that were made by hand, when somebody else touches them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.endpointslice_mirroring import EndpointSliceMirroringController
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.endpoints import Endpoints
from harness.objects.meta import ObjectMeta
from harness.objects.service import EndpointSlice, Service
from harness.objects.wire import from_wire


class World:
    """A service without a selector, and its Endpoints."""

    def __init__(self) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        EndpointSliceMirroringController(Process.start(self.loop, self.server, Chance(), {}))
        metadata = {"name": "db", "namespace": "default"}
        self.server.create(from_wire({"metadata": metadata, "spec": {"ports": [{"port": 5432}]}}, Service))
        subset = {"addresses": [{"ip": "192.0.2.7"}], "ports": [{"port": 5432}]}
        self.server.create(from_wire({"metadata": metadata, "subsets": [subset]}, Endpoints))
        self.run(2_000)

    def run(self, milliseconds: int) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    @property
    def slice(self) -> EndpointSlice:
        found: list[Any] = self.server.list(kinds.BY_TYPE[EndpointSlice], "default")
        (one,) = found
        assert isinstance(one, EndpointSlice)
        return one


def test_a_mirrored_slice_changed_by_hand_is_put_right_a_second_later() -> None:
    world = World()
    assert [endpoint.addresses for endpoint in world.slice.endpoints] == [("192.0.2.7",)]
    world.server.update(replace(world.slice, endpoints=()))
    world.run(990)
    assert world.slice.endpoints == ()
    world.run(20)
    assert [endpoint.addresses for endpoint in world.slice.endpoints] == [("192.0.2.7",)]
