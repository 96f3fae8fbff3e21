"""Manifests and patches as the server reads them: plain JSON data in, a typed object or the server's refusal out.

Owns strict decoding and the four ways to patch. Nothing here decides whether the result may be stored.
Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers (create.go, patch.go).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.api import admission, other_versions
from harness.api.kinds import Kind
from harness.api.problems import ApiError, invalid, quoted
from harness.api.server import Server
from harness.api.warnings import warnings
from harness.kernel.trace import Cause
from harness.objects import go_text
from harness.objects.meta import CustomObject, Object
from harness.objects.patches import PatchError, json_patch, merge_patch
from harness.objects.shape import json_type
from harness.objects.strategic import strategic_merge
from harness.objects.wire import DecodeError, from_wire, to_wire, unknown_fields

Document = dict[str, Any]

STRATEGIC = "strategic"
MERGE = "merge"
JSON = "json"


def read(document: Document, kind: Kind) -> Object:
    """A manifest as an object of its kind, refusing (BadRequest) what the kind does not have or cannot hold."""
    version = str(document.get("apiVersion", kind.resource.version)).rpartition("/")[2]
    wrapper = f"{kind.resource.kind} in version {quoted(version)} cannot be handled as a {kind.resource.kind}"
    own_type = other_versions.own_type(document) or kind.type
    try:
        if own_type is not kind.type:
            from_wire(document, own_type)
        obj = from_wire(other_versions.converted(document), kind.type)
    except DecodeError as problem:
        raise ApiError.bad_request(f"{wrapper}: {problem}") from None
    unknown = unknown_fields(document, own_type)
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
    if subresource not in ("", "scale", "status") or (subresource == "status" and not kind.status):
        raise ApiError(404, "NotFound", "the server could not find the requested resource")
    if type_ == STRATEGIC and kind.type is CustomObject:
        raise ApiError(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )
    before = to_wire(stored)
    if kind.custom is not None:
        before["apiVersion"] = kind.resource.api_version
    try:
        after = _APPLY[type_](before, body, kind)
    except PatchError:
        raise ApiError.unprocessable("the server rejected our request due to an error in our request") from None
    _check_identity(after, stored)
    if subresource == "scale":
        return server.scale(kind, namespace, name, _replicas(after), cause), []
    try:
        new = from_wire(after, kind.type)
    except DecodeError as problem:
        raise _misfit(type_, body, problem) from None
    dropped = unknown_fields(after, kind.type)
    if kind.custom is not None and isinstance(new, CustomObject):
        new, pruned = kind.custom.read(new)
        dropped += pruned
    unknown = [f"unknown field {quoted(path)}" for path in dropped]
    if subresource == "status":
        return server.update_status(new, cause), unknown
    written = server.update(new, cause)
    return written, [*unknown, *warnings(written, stored), *admission.warnings(written, stored, server)]


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


def _replicas(after: Document) -> int:
    """What a patch of the scale subresource asks for."""
    spec = after.get("spec")
    replicas = spec.get("replicas", 0) if isinstance(spec, dict) else 0
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        found = json_type(replicas)
        text = f"json: cannot unmarshal {found} into Go struct field ScaleSpec.spec.replicas of type int32"
        raise ApiError.bad_request(text)
    return replicas


def _misfit(type_: str, body: Any, problem: DecodeError) -> ApiError:
    """The refusal of a patch that puts a value where its type does not fit."""
    if type_ != STRATEGIC:
        return ApiError.bad_request(str(problem))
    shown = invalid("patch", go_text.printed(body), f"unrecognized type: {problem.expected}")
    return ApiError.unprocessable(str(shown))


_APPLY: dict[str, Callable[[Document, Any, Kind], Document]] = {
    STRATEGIC: lambda before, body, kind: strategic_merge(before, body, kind.type),
    MERGE: lambda before, body, _kind: merge_patch(before, body),
    JSON: lambda before, body, _kind: json_patch(before, body),
}
