"""Which custom kinds there are: a function of the definitions that are stored.

Owns the way from a definition to a kind the server's verbs can work with. Nothing is remembered that the store does not
say; what was worked out for a definition is kept as long as its spec is the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from harness.api.kinds import Kind, of_object
from harness.api.problems import ApiError
from harness.objects.meta import CustomObject

if TYPE_CHECKING:
    from harness.api.store import Store
    from harness.objects.custom_definition import CustomResourceDefinition, CustomResourceDefinitionSpec

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class CustomKinds:
    """The custom kinds of one server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: dict[str, tuple[CustomResourceDefinitionSpec, dict[str, Kind]]] = {}

    def definition(self, name: str) -> CustomResourceDefinition | None:
        """The definition of that name (`widgets.example.com`)."""
        found = self._store.collection(DEFINITIONS).objects.get(("", name))
        return cast("CustomResourceDefinition | None", found)

    def served(self) -> Mapping[tuple[str, str], Kind]:
        """(apiVersion, kind) of everything that can be asked for now, with what it is."""
        definitions = self._store.collection(DEFINITIONS).objects
        return {
            (kind.resource.api_version, kind.resource.kind): kind
            for key in sorted(definitions)
            if _is_served(definitions[key])
            for kind in self._versions(definitions[key]).values()
        }

    def of_object(self, obj: CustomObject) -> Kind:
        """The kind of an object, in the version it is written in; a bare one if no definition knows it."""
        bare = of_object(obj)
        definition = self.definition(bare.key)
        if definition is None:
            return bare
        return self._versions(definition).get(obj.group_version.rpartition("/")[2], bare)

    def preferred(self, kind: Kind) -> Kind:
        """The kind in the version that clients prefer, if it is served at all; else the kind itself."""
        if kind.custom is not None:
            return kind
        definition = self.definition(kind.key)
        if definition is None or not _is_served(definition):
            return kind
        served = [self._versions(definition)[version.name] for version in definition.spec.versions if version.served]
        return max(served, key=lambda each: _priority(each.resource.version), default=kind)

    def admit(self, kind: Kind, name: str) -> None:
        """Nothing new is made of a kind that is on its way out; `ApiError` Forbidden."""
        definition = self.definition(kind.key)
        if definition is not None and definition.metadata.deletion_timestamp is not None:
            text = "create not allowed while custom resource definition is terminating"
            raise ApiError.forbidden(kind.resource, name, text)

    @staticmethod
    def going(definition: Any, now: str) -> Any:
        """A definition whose deletion was asked for: its objects go first."""
        from harness.api.custom.making import terminating

        return terminating(definition, now)

    def _versions(self, definition: CustomResourceDefinition) -> dict[str, Kind]:
        name, spec = definition.metadata.name, definition.spec
        made = self._made.get(name)
        if made is None or made[0] is not spec:
            from harness.api.custom.making import kinds_of

            made = self._made[name] = (spec, kinds_of(definition))
        return made[1]


def _is_served(definition: CustomResourceDefinition) -> bool:
    return any(
        condition.type == "Established" and condition.status == "True" for condition in definition.status.conditions
    )


_STABILITY = {"alpha": 1, "beta": 2, "": 3}


def _priority(version: str) -> tuple[int, int, int]:
    """Which version comes first: stable before beta before alpha, the higher number first (apimachinery's version)."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (0, 0, 0)
    major, stability, minor = match.groups(default="")
    return (_STABILITY[stability], int(major), int(minor or 0))
