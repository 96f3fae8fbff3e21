"""What the registry hands out to a new service: its address and its address family."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from harness.objects.service import Service

if TYPE_CHECKING:
    from harness.api.server import Server

S = TypeVar("S", bound=Service)


def with_addresses(service: S, server: Server) -> S:
    """The service with a cluster address, unless it is headless or only a name (pkg/registry/core/service)."""
    spec = service.spec
    if spec.type == "ExternalName":
        return service
    address = spec.cluster_ip or server.next_address()
    spec = replace(
        spec,
        cluster_ip=address,
        cluster_ips=spec.cluster_ips or (address,),
        ip_families=spec.ip_families or ("IPv4",),
        ip_family_policy=spec.ip_family_policy or "SingleStack",
    )
    return replace(service, spec=spec)
