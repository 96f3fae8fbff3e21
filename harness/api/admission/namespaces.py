"""NamespaceLifecycle: nothing is created in a namespace that is missing or on its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.api.problems import ApiError, FieldProblem
from harness.objects import resources
from harness.objects.config import Namespace
from harness.objects.meta import Object, ObjectMeta

if TYPE_CHECKING:
    from harness.api.kinds import Kind
    from harness.api.server import Server

NAMESPACE_TERMINATING = "NamespaceTerminating"
_IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


def admit_namespace(kind: Kind, metadata: ObjectMeta, server: Server) -> None:
    """Refuse an object whose namespace is missing (NotFound) or terminating (Forbidden)."""
    namespace = server.find(Namespace, "", metadata.namespace)
    resource = resources.find("namespaces")
    assert resource is not None
    if namespace is None:
        raise ApiError.not_found(resource, metadata.namespace)
    if namespace.status.phase == "Terminating":
        text = f"unable to create new content in namespace {metadata.namespace} because it is being terminated"
        cause = FieldProblem(
            field="metadata.namespace",
            reason=NAMESPACE_TERMINATING,
            body=f"namespace {metadata.namespace} is being terminated",
        )
        raise ApiError.forbidden(kind.resource, metadata.name or metadata.generate_name, text, (cause,))


def admit_delete(obj: Object) -> None:
    """Refuse to delete the namespaces a cluster cannot be without."""
    if obj.kind == "Namespace" and obj.metadata.name in _IMMORTAL:
        resource = resources.find("namespaces")
        assert resource is not None
        raise ApiError.forbidden(resource, obj.metadata.name, "this namespace may not be deleted")
