"""What is added to new Ingresses: a class where there is a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from harness.api import kinds
from harness.objects import resources

if TYPE_CHECKING:
    from harness.api.server import Server

_ANNOTATION = "kubernetes.io/ingress.class"
_IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def default_ingress_class(ingress: Any, server: Server) -> Any:
    """DefaultIngressClass: an Ingress without a class gets the newest default one, of equally new ones the first."""
    if ingress.spec.ingress_class_name is not None or _ANNOTATION in ingress.metadata.annotations:
        return ingress
    resource = resources.of_kind("networking.k8s.io/v1", "IngressClass")
    assert resource is not None
    classes = server.list(kinds.of_resource(resource))
    marked = [each for each in classes if each.metadata.annotations.get(_IS_DEFAULT) == "true"]
    newest = max(marked, key=lambda each: each.metadata.creation_timestamp or "", default=None)
    if newest is None:
        return ingress
    return replace(ingress, spec=replace(ingress.spec, ingress_class_name=newest.metadata.name))
