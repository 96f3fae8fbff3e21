"""One version of a kind that a definition brings: what its schema and subresources mean for an object.

Owns the order in which an object is completed, pruned and judged. Mirrors apiextensions-apiserver's
pkg/registry/customresource and pkg/apiserver/customresource_handler.go.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from harness.api.custom import lists, structural
from harness.api.custom.values import NOTHING, value_problems
from harness.api.problems import FieldProblem, invalid
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.objects.custom_definition import CustomResourceSubresourceScale, JSONSchemaProps
from harness.objects.meta import CustomObject
from harness.objects.resources import Resource

_INT32 = 2**31 - 1
_NO_SCHEMA = JSONSchemaProps()


class CustomVersion(msgspec.Struct, frozen=True):
    """What a definition says of one version.

    `storage` is the apiVersion that objects are kept under, `deprecation` what is said to who uses this one, "" if
    nothing is.
    """

    resource: Resource
    storage: str
    schema: JSONSchemaProps | None
    preserves: bool
    has_status: bool
    scale: CustomResourceSubresourceScale | None
    deprecation: str = ""

    def read(self, obj: CustomObject) -> tuple[CustomObject, list[str]]:
        """The object as this version takes it, and the paths of the fields that it has no place for."""
        schema = self.schema or _NO_SCHEMA
        content = structural.completed(obj.content, schema)
        unknown: list[str] = []
        if not self.preserves:
            content, unknown = structural.pruned(content, schema)
        return replace(obj, content=content, resource=self.resource), unknown

    def stored(self, obj: CustomObject) -> CustomObject:
        """The object as it is kept: under the one version that is for that."""
        return obj if obj.group_version == self.storage else replace(obj, group_version=self.storage)

    def without_status(self, obj: CustomObject) -> CustomObject:
        """A new object, whose status nobody may set."""
        if not self.has_status or "status" not in obj.content:
            return obj
        return replace(obj, content={key: item for key, item in obj.content.items() if key != "status"})

    def problems(self, obj: Any) -> list[FieldProblem]:
        """What is wrong with a new object."""
        namespaced = self.resource.namespaced
        found = metadata_problems(obj.metadata, namespaced, dns_subdomain, "metadata", any_finalizer=True)
        if self.schema is not None:
            found += value_problems(_whole(obj), self.schema, "")
        found += self._scale_problems(obj.content)
        if self.schema is not None:
            found += lists.embedded_problems(obj.content, self.schema)
            found += lists.duplicates(obj.content, self.schema)
        return found

    def update_problems(self, new: Any, old: Any) -> list[FieldProblem]:
        """What is wrong with a change. What it leaves as it was is not looked at again."""
        found = metadata_update_problems(new.metadata, old.metadata, any_finalizer=True)
        if self.schema is not None:
            found += value_problems(_whole(new), self.schema, "", _whole(old))
        found += self._scale_problems(new.content)
        if self.schema is not None:
            found += lists.embedded_problems(new.content, self.schema)
            if not lists.duplicates(old.content, self.schema):
                found += lists.duplicates(new.content, self.schema)
        return found

    def status_problems(self, new: Any, old: Any) -> list[FieldProblem]:
        """What is wrong with a change of the status."""
        found = metadata_update_problems(new.metadata, old.metadata, any_finalizer=True)
        below = self.schema.properties.get("status") if self.schema is not None else None
        if below is not None and "status" in new.content:
            # The schema of the status stands alone, so that paths begin anew in the texts.
            known = old.content.get("status", NOTHING)
            found += [_in_status(problem) for problem in value_problems(new.content["status"], below, "", known)]
        if self.schema is not None and not lists.duplicates(old.content, self.schema):
            found += lists.duplicates(new.content, self.schema)
        return found

    def replicas_set(self, obj: CustomObject, replicas: int) -> CustomObject:
        """The object scaled. Only for a version that has the scale subresource."""
        assert self.scale is not None
        path = self.scale.spec_replicas_path.removeprefix(".").split(".")
        return replace(obj, content=_with(obj.content, path, replicas))

    def scaled(self, obj: CustomObject) -> tuple[int, int, str]:
        """How many replicas the object wants and has, and their selector. Only for a version with that subresource."""
        assert self.scale is not None
        paths = (self.scale.spec_replicas_path, self.scale.status_replicas_path, self.scale.label_selector_path or "")
        wanted, there, selector = (_at(obj.content, path.removeprefix(".").split(".")) for path in paths)
        return wanted or 0, there or 0, selector or ""

    def _scale_problems(self, content: dict[str, Any]) -> list[FieldProblem]:
        if self.scale is None:
            return []
        found = []
        for path in (self.scale.spec_replicas_path, self.scale.status_replicas_path):
            replicas = _at(content, path.removeprefix(".").split("."))
            if replicas is None:
                continue
            if isinstance(replicas, bool) or not isinstance(replicas, int):
                text = f"{path} accessor error: {replicas} is of the type {_go_type(replicas)}, expected int64"
                found.append(invalid(path, 0, text))
            elif replicas < 0:
                found.append(invalid(path, replicas, "should be a non-negative integer"))
            elif replicas > _INT32:
                found.append(invalid(path, replicas, f"should be less than or equal to {_INT32}"))
        return found


def _whole(obj: CustomObject) -> dict[str, Any]:
    """What a schema is held against: it may speak of the object's name."""
    metadata = {key: value for key in ("name", "generateName") if (value := _names(obj)[key])}
    return {"apiVersion": obj.group_version, "kind": obj.kind_name, "metadata": metadata, **obj.content}


def _names(obj: CustomObject) -> dict[str, str]:
    return {"name": obj.metadata.name, "generateName": obj.metadata.generate_name}


def _in_status(problem: FieldProblem) -> FieldProblem:
    field = "status" if problem.field == "<nil>" else f"status.{problem.field}"
    return replace(problem, field=field)


def _at(content: Any, path: list[str]) -> Any:
    for key in path:
        if not isinstance(content, dict):
            return None
        content = content.get(key)
    return content


def _with(content: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    key, *rest = path
    below = content.get(key)
    return {**content, key: _with(below if isinstance(below, dict) else {}, rest, value) if rest else value}


def _go_type(data: Any) -> str:
    match data:
        case bool():
            return "bool"
        case str():
            return "string"
        case float():
            return "float64"
        case list():
            return "[]interface {}"
        case _:
            return "map[string]interface {}"
