"""What the API server answers when it refuses: a problem of one field, and the error that carries them.

Owns the wording that all kinds share, and how a refused value is shown. Knows nothing of when a request is refused.
Mirrors k8s.io/apimachinery: pkg/util/validation/field/errors.go and pkg/api/errors/errors.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeAlias

import msgspec

from harness.objects.go_text import quoted as quoted
from harness.objects.resources import Resource
from harness.objects.value import Value

# What stands in front of the value, by the reason of a cause.
_HEADINGS = {
    "FieldValueNotFound": "Not found",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
    "InternalError": "Internal error",
}


class Verbatim(str):
    """A value that is already written as the error is to show it."""

    __slots__ = ()


Shown: TypeAlias = str | int | float | bool | Mapping[str, Any] | Sequence[Any] | Value | None
"""What a problem can show: a text, a number, a map, a list, or a value of the API in its wire form."""


def go_json(value: Any, indent: int | None = None) -> str:
    """Plain data as Go's encoding/json writes it: no spaces, `<`, `>` and `&` escaped; keys in the order given."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, ensure_ascii=False, separators=separators, indent=indent)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _shown(value: Shown) -> str:
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return go_json(dict(sorted(value.items())))
    return go_json(msgspec.to_builtins(value))


class FieldProblem(Value, frozen=True):
    """One thing wrong with one field: `reason` as a cause of the reply names it, `body` as people read it."""

    field: str
    reason: str
    body: str

    def __str__(self) -> str:
        return f"{self.field}: {self.body}"


def _problem(reason: str, field: str, shown: str, detail: str) -> FieldProblem:
    parts = (_HEADINGS[reason], shown, detail)
    return FieldProblem(field=field, reason=reason, body=": ".join(part for part in parts if part))


def required(field: str, detail: str = "") -> FieldProblem:
    return _problem("FieldValueRequired", field, "", detail)


def invalid(field: str, value: Shown, detail: str) -> FieldProblem:
    return _problem("FieldValueInvalid", field, _shown(value), detail)


def unsupported(field: str, value: Shown, supported: Iterable[str]) -> FieldProblem:
    """`supported` is listed in the order given; the API server sorts it for most fields, not for all."""
    listed = ", ".join(quoted(one) for one in supported)
    return _problem("FieldValueNotSupported", field, _shown(value), f"supported values: {listed}" if listed else "")


def duplicate(field: str, value: Shown, detail: str = "") -> FieldProblem:
    return _problem("FieldValueDuplicate", field, _shown(value), detail)


def not_found(field: str, value: Shown) -> FieldProblem:
    """The field names something that is not there."""
    return _problem("FieldValueNotFound", field, _shown(value), "")


def forbidden(field: str, detail: str) -> FieldProblem:
    """The field may not be set, or not be changed, here."""
    return _problem("FieldValueForbidden", field, "", detail)


def too_long(field: str, limit_bytes: int) -> FieldProblem:
    return _problem("FieldValueTooLong", field, "", f"may not be more than {limit_bytes} bytes")


def too_many(field: str, count: int, limit: int) -> FieldProblem:
    items = "item" if limit == 1 else "items"
    return _problem("FieldValueTooMany", field, str(count), f"must have at most {limit} {items}")


class Details(Value, frozen=True):
    """What the error is about: `kind` is the plural of the resource, or, of an invalid object, its kind."""

    name: str = ""
    group: str = ""
    kind: str = ""
    causes: tuple[FieldProblem, ...] = ()
    retry_after_seconds: int = 0


CONFLICT_TEXT = "the object has been modified; please apply your changes to the latest version and try again"


class ApiError(Exception):
    """A request the API server refused. `code` is the HTTP status, `reason` the API's word for it."""

    def __init__(self, code: int, reason: str, message: str, details: Details | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or Details()

    def __repr__(self) -> str:
        return f"ApiError({self.code}, {self.reason!r}, {self.message!r})"

    def has_cause(self, reason: str) -> bool:
        """Whether a cause of this reason stands behind the refusal."""
        return any(cause.reason == reason for cause in self.details.causes)

    @classmethod
    def not_found(cls, resource: Resource, name: str) -> Self:
        message = f"{resource.group_resource} {quoted(name)} not found"
        return cls(404, "NotFound", message, _about(resource, name))

    @classmethod
    def already_exists(
        cls, resource: Resource, name: str, being_deleted: bool = False, generated: bool = False
    ) -> Self:
        """`being_deleted`: what exists is terminating. `generated`: the server made the name up, and it was taken."""
        message = f"{resource.group_resource} {quoted(name)} already exists"
        if generated:
            message += ", the server was not able to generate a unique name for the object"
        if being_deleted:
            message = f"object is being deleted: {message}"
        return cls(409, "AlreadyExists", message, _about(resource, name, retry_after_seconds=1 if generated else 0))

    @classmethod
    def conflict(cls, resource: Resource, name: str, text: str = CONFLICT_TEXT, subresource: str = "") -> Self:
        target = f"{resource.group_resource}/{subresource}" if subresource else resource.group_resource
        message = f"Operation cannot be fulfilled on {target} {quoted(name)}: {text}"
        return cls(409, "Conflict", message, _about(resource, name))

    @classmethod
    def precondition(cls, resource: Resource, name: str, wanted_uid: str, stored_uid: str) -> Self:
        """The object is not the one the request is about; this conflict names the kind, not the resource."""
        message = (
            f"Operation cannot be fulfilled on {resource.kind} {quoted(name)}: the UID in the precondition "
            f"({wanted_uid}) does not match the UID in record ({stored_uid}). "
            "The object might have been deleted and then recreated"
        )
        return cls(409, "Conflict", message, Details(name=name, group=resource.group, kind=resource.kind))

    @classmethod
    def invalid(cls, resource: Resource, name: str, problems: Sequence[FieldProblem]) -> Self:
        """The object breaks rules of its kind. Equal problems are said once, but stay separate causes."""
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        said = tuple(dict.fromkeys(str(problem) for problem in problems))
        message = f"{kind} {quoted(name)} is invalid"
        if said:
            message += f": {said[0]}" if len(said) == 1 else f": [{', '.join(said)}]"
        details = Details(name=name, group=resource.group, kind=resource.kind, causes=tuple(problems))
        return cls(422, "Invalid", message, details)

    @classmethod
    def forbidden(cls, resource: Resource, name: str, text: str, causes: tuple[FieldProblem, ...] = ()) -> Self:
        """An admission plugin refuses. `causes` are for programs; people see the text."""
        message = f"{resource.group_resource} {quoted(name)} is forbidden: {text}"
        return cls(403, "Forbidden", message, _about(resource, name, causes=causes))

    @classmethod
    def too_many_requests(cls, text: str, reason: str, cause: str, retry_after_seconds: int = 0) -> Self:
        """Not now. `reason` and `cause` are for programs; 0 seconds is no advice when to come again."""
        causes = (FieldProblem(field="", reason=reason, body=cause),)
        return cls(429, "TooManyRequests", text, Details(causes=causes, retry_after_seconds=retry_after_seconds))

    @classmethod
    def bad_request(cls, text: str) -> Self:
        return cls(400, "BadRequest", text)

    @classmethod
    def unprocessable(cls, text: str, details: Details | None = None) -> Self:
        """A patch that cannot be applied."""
        return cls(422, "Invalid", text, details)


def _about(
    resource: Resource, name: str, retry_after_seconds: int = 0, causes: tuple[FieldProblem, ...] = ()
) -> Details:
    return Details(
        name=name,
        group=resource.group,
        kind=resource.plural,
        causes=causes,
        retry_after_seconds=retry_after_seconds,
    )
