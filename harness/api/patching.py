"""Manifests and patches as the server reads them: plain JSON data in, a typed object or the server's refusal out.

Owns strict decoding, the ways to patch, and apply. Nothing here decides whether the result may be stored.
Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers (create.go, patch.go).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from harness.api import admission, field_managers
from harness.api.custom.version import CustomVersion
from harness.api.kinds import Kind
from harness.api.problems import ApiError, invalid, quoted
from harness.api.server import Server
from harness.api.warnings import warnings
from harness.kernel.trace import Cause
from harness.objects import go_text
from harness.objects.meta import CustomObject, Object
from harness.objects.patches import PatchError, json_patch, merge_patch
from harness.objects.strategic import strategic_merge
from harness.objects.wire import DecodeError, from_wire, to_wire, unknown_fields

Document = dict[str, Any]
O = TypeVar("O", bound=Object)  # noqa: E741

STRATEGIC = "strategic"
MERGE = "merge"
JSON = "json"


def read(document: Document, kind: Kind) -> Object:
    """A manifest as an object of its kind, refusing (BadRequest) what the kind does not have or cannot hold."""
    api_version = document.get("apiVersion", "")
    if api_version in ("", kind.resource.api_version) or kind.type is CustomObject:
        return _read(document, kind, kind.resource.version, kind.type)
    from harness.api.conversion import version_of

    version = version_of(api_version, kind)
    if version is None:
        return _read(document, kind, kind.resource.version, kind.type)
    _read(document, kind, api_version.rpartition("/")[2], version.type)
    return from_wire(version.convert(document), kind.type)


def converted(document: Document, kind: Kind) -> Document:
    """The document in the version of the kind that is stored."""
    from harness.api import conversion

    return conversion.converted(document, kind)


def _read(document: Document, kind: Kind, version: str, cls: type[Object]) -> Object:
    name = kind.resource.kind
    wrapper = f"{name} in version {quoted(version)} cannot be handled as a {name}"
    try:
        obj = from_wire(document, cls)
    except DecodeError as problem:
        raise ApiError.bad_request(f"{wrapper}: {problem}") from None
    unknown = unknown_fields(document, cls)
    if kind.custom is not None and isinstance(obj, CustomObject):
        obj, dropped = kind.custom.read(obj)
        unknown += dropped
    if unknown:
        listed = ", ".join(f"unknown field {quoted(path)}" for path in unknown)
        raise ApiError.bad_request(f"{wrapper}: strict decoding error: {listed}")
    return obj


def patch(
    server: Server,
    kind: Kind,
    namespace: str,
    name: str,
    type_: str,
    body: Any,
    *,
    subresource: str = "",
    cause: Cause | None = None,
) -> tuple[Object, list[str]]:
    """Patch a stored object. Returns what is stored afterwards, and the warnings a client gets to see.

    Raises `ApiError`: NotFound, Invalid for a patch that does not apply, UnsupportedMediaType for a strategic patch of
    a custom kind, and whatever an update is refused for.
    """
    if kind.type is CustomObject:
        kind = server.custom.preferred(kind)
    stored = server.get(kind, namespace, name)
    _check_subresource(kind, subresource)
    if type_ == STRATEGIC and kind.type is CustomObject:
        raise ApiError(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )
    if subresource == "scale":
        return _patch_scale(server, kind, stored, type_, body, cause)
    new, unknown = _patched(stored, kind.type, type_, body, kind.custom)
    if new.metadata.uid != stored.metadata.uid:
        problem = invalid("metadata.uid", new.metadata.uid, "field is immutable")
        raise ApiError.invalid(kind.resource, name, (problem,))
    if subresource == "status":
        return server.update_status(new, cause), unknown
    written = server.update(new, cause)
    return written, [*unknown, *warnings(written, stored), *admission.warnings(written, stored, server)]


# Subresources that take no patch.
_POSTED = frozenset({("pods", "binding"), ("pods", "eviction"), ("serviceaccounts", "token")})


def _check_subresource(kind: Kind, subresource: str) -> None:
    """Refuse a subresource that the kind does not have, or that cannot be patched."""
    if (kind.key, subresource) in _POSTED:
        text = "the server does not allow this method on the requested resource"
        raise ApiError(405, "MethodNotAllowed", text)
    known = {"": True, "scale": kind.scalable, "status": kind.status}
    if not known.get(subresource, False):
        raise ApiError(404, "NotFound", "the server could not find the requested resource")


def _patch_scale(
    server: Server, kind: Kind, stored: Object, type_: str, body: Any, cause: Cause | None
) -> tuple[Object, list[str]]:
    from harness.api.scale import scale_of, wanted_replicas
    from harness.objects.autoscaling import Scale

    scale, unknown = _patched(scale_of(stored, kind), Scale, type_, body)
    replicas = wanted_replicas(scale, stored, kind.resource)
    metadata = stored.metadata
    return server.scale(kind, metadata.namespace, metadata.name, replicas, cause), unknown


def _patched(
    stored: O, cls: type[O], type_: str, body: Any, version: CustomVersion | None = None
) -> tuple[O, list[str]]:
    """The object with the patch in it, and which of its fields there are not. `version` is that of a custom kind."""
    before = to_wire(stored)
    if version is not None:
        before["apiVersion"] = version.resource.api_version
    try:
        after = _APPLY[type_](before, body, cls)
    except PatchError:
        raise ApiError.unprocessable("the server rejected our request due to an error in our request") from None
    _check_identity(after, stored)
    try:
        new = from_wire(after, cls)
    except DecodeError as problem:
        raise _misfit(type_, body, problem) from None
    dropped = unknown_fields(after, cls)
    if version is not None and isinstance(new, CustomObject):
        read, pruned = version.read(new)
        new, dropped = cast(O, read), dropped + pruned
    return new, [f"unknown field {quoted(path)}" for path in dropped]


def apply(
    server: Server,
    kind: Kind,
    namespace: str,
    name: str,
    document: Document,
    manager: str,
    *,
    force: bool = False,
    cause: Cause | None = None,
) -> tuple[Object, list[str]]:
    """Server-side apply: create what is not there, else merge by the owners of fields. Returns as `patch` does.

    Raises `ApiError`: Conflict for fields of other managers, BadRequest, and whatever a write is refused for.
    """
    if kind.type is not CustomObject and document.get("apiVersion") != kind.resource.api_version:
        document = converted(document, kind)
    stored = server.store.collection(kind.key).objects.get((namespace, name))
    live = {} if stored is None else to_wire(stored)
    owners = {} if stored is None else server.field_managers.of(stored)
    applied = field_managers.merged(owners, live, document, kind, manager, force=force)
    after = applied.document
    if stored is not None:
        _check_identity(after, stored)
    try:
        new = from_wire(after, kind.type)
    except DecodeError as problem:
        resource = kind.resource
        named = f"{resource.api_version}, Kind={resource.kind}"
        text = f"failed to convert new typed object ({namespace}/{name}; {named}) to object: {problem}"
        raise ApiError(500, "", text) from None
    if stored is None:
        uid = new.metadata.uid
        if uid:
            text = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            raise ApiError.conflict(kind.resource, name, text)
        written: Object = server.create(new, cause)
    else:
        written = server.update(new, cause)
    server.field_managers.become(written, applied.owners)
    return written, [*warnings(written, stored), *admission.warnings(written, stored, server)]


def _check_identity(after: Document, stored: Object) -> None:
    """Refuse (BadRequest) a patch that makes the object another one."""
    metadata = after.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    name, namespace = given.get("name", ""), given.get("namespace", "")
    if name != stored.metadata.name:
        raise ApiError.bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({stored.metadata.name})"
        )
    if namespace != stored.metadata.namespace:
        raise ApiError.bad_request(
            f"the namespace of the object ({namespace}) does not match the namespace on the request "
            f"({stored.metadata.namespace})"
        )


def _misfit(type_: str, body: Any, problem: DecodeError) -> ApiError:
    """The refusal of a patch that puts a value where its type does not fit."""
    if type_ != STRATEGIC:
        return ApiError.bad_request(str(problem))
    shown = invalid("patch", go_text.printed(body), f"unrecognized type: {problem.expected}")
    return ApiError.unprocessable(str(shown))


_APPLY: dict[str, Callable[[Document, Any, type[Object]], Document]] = {
    STRATEGIC: strategic_merge,
    MERGE: lambda before, body, _cls: merge_patch(before, body),
    JSON: lambda before, body, _cls: json_patch(before, body),
}
