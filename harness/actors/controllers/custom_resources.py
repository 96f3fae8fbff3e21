"""The controllers of definitions: whose names are free, what is served, and how a definition goes with its objects.

Owns the conditions of a definition's status. On a cluster they run inside the API server. Emits no events.
Source: apiextensions-apiserver's pkg/controller/status/naming_controller.go, establish/establishing_controller.go,
apiapproval/apiapproval_controller.go and finalizer/crd_finalizer.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.custom.registry import DEFINITIONS
from harness.api.problems import ApiError, quoted
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process, Retry
from harness.kernel.loop import sleep
from harness.objects import conditions
from harness.objects.custom_definition import (
    CLEANUP,
    ESTABLISHED,
    NAMES_ACCEPTED,
    TERMINATING,
    CustomResourceDefinition,
    CustomResourceDefinitionNames,
)
from harness.objects.meta import Condition

_POLL_MS = 5_000
_PATIENCE_MS = 60_000


class _DefinitionController(Controller[str]):
    """Keys are names of definitions."""

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self._clock = process.loop.clock
        self._definitions = process.informers.of_resource(DEFINITIONS)
        self._definitions.subscribe(self._changed)
        for _, name in sorted(self._definitions.objects):
            self.queue.add(name)

    def _changed(self, change: Change) -> None:
        self.queue.add(change.object.metadata.name, change.sequence)

    def _with(self, definition: CustomResourceDefinition, *new: Condition) -> CustomResourceDefinition:
        """The definition with these conditions in its status."""
        found = definition.status.conditions
        for condition in new:
            found = conditions.with_condition(found, condition, self._clock.stamp())
        return replace(definition, status=replace(definition.status, conditions=found))


class NamingController(_DefinitionController):
    """Accepts the names of a definition that no other of its group has."""

    name = "crd-naming-condition-controller"

    def _changed(self, change: Change) -> None:
        super()._changed(change)
        names = change.previous.status.accepted_names if change.previous is not None else None
        if change.type == DELETED or (names is not None and names != change.object.status.accepted_names):
            # Whoever waits for one of the names may have it now.
            for other in self._others(change.object):
                self.queue.add(other.metadata.name, change.sequence)

    def _others(self, definition: CustomResourceDefinition) -> Iterator[CustomResourceDefinition]:
        for (_, name), other in sorted(self._definitions.objects.items()):
            if name != definition.metadata.name and other.spec.group == definition.spec.group:
                yield other

    async def reconcile(self, key: str, client: Client) -> int | None:
        definition: CustomResourceDefinition | None = self._definitions.get("", key)
        if definition is None or definition.spec.names == definition.status.accepted_names:
            return None
        accepted, naming = self._judged(definition)
        known = conditions.find(definition.status.conditions, NAMES_ACCEPTED)
        if accepted == definition.status.accepted_names and known is not None and _alike(known, naming):
            return None
        new = replace(definition, status=replace(definition.status, accepted_names=accepted))
        await _write(self._with(new, naming, _establishing(definition, naming)), client)
        return None

    def _judged(self, definition: CustomResourceDefinition) -> tuple[CustomResourceDefinitionNames, Condition]:
        """The names that the definition may have, and the condition that says so."""
        wanted, accepted = definition.spec.names, definition.status.accepted_names
        taken = [other.status.accepted_names for other in self._others(definition)]
        resources = {name for names in taken for name in (names.plural, names.singular, *names.short_names)}
        kinds = {name for names in taken for name in (names.kind, names.list_kind)}
        reason = message = ""
        new = accepted
        for field, why, used in (
            ("plural", "PluralConflict", resources),
            ("singular", "SingularConflict", resources),
            ("short_names", "ShortNamesConflict", resources),
            ("kind", "KindConflict", kinds),
            ("list_kind", "ListKindConflict", kinds),
        ):
            value, known = getattr(wanted, field), getattr(accepted, field)
            names, had = (value, known) if isinstance(value, tuple) else ((value,), (known,))
            wrong = [f"{quoted(name)} is already in use" for name in names if name not in had and name in used]
            if wrong:
                reason, message = why, wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
            else:
                new = replace(new, **{field: value})
        new = replace(new, categories=wanted.categories)
        if reason:
            return new, Condition(type=NAMES_ACCEPTED, status="False", reason=reason, message=message)
        return new, Condition(type=NAMES_ACCEPTED, status="True", reason="NoConflicts", message="no conflicts found")


def _establishing(definition: CustomResourceDefinition, naming: Condition) -> Condition:
    known = conditions.find(definition.status.conditions, ESTABLISHED)
    if naming.status == "True" and (known is None or known.status != "True"):
        return Condition(
            type=ESTABLISHED,
            status="False",
            reason="Installing",
            message="the initial names have been accepted",
        )
    return known or Condition(
        type=ESTABLISHED, status="False", reason="NotAccepted", message="not all names are accepted"
    )


def _alike(one: Condition, other: Condition) -> bool:
    return (one.status, one.reason, one.message) == (other.status, other.reason, other.message)


class EstablishingController(_DefinitionController):
    """Has a definition served once its names are accepted."""

    name = "crd-establishing-controller"

    async def reconcile(self, key: str, client: Client) -> int | None:
        definition: CustomResourceDefinition | None = self._definitions.get("", key)
        if definition is None or not conditions.is_true(definition.status.conditions, NAMES_ACCEPTED):
            return None
        if conditions.is_true(definition.status.conditions, ESTABLISHED):
            return None
        established = Condition(
            type=ESTABLISHED,
            status="True",
            reason="InitialNamesAccepted",
            message="the initial names have been accepted",
        )
        await _write(self._with(definition, established), client)
        return None


class DefinitionFinalizer(_DefinitionController):
    """Deletes the objects of a definition that is on its way out, and then lets it go."""

    name = "crd-finalizer"

    def _changed(self, change: Change) -> None:
        metadata, before = change.object.metadata, change.previous
        if metadata.deletion_timestamp is None:
            return
        if before is None or before.metadata.deletion_timestamp is None:
            super()._changed(change)

    async def reconcile(self, key: str, client: Client) -> int | None:
        definition: CustomResourceDefinition | None = self._definitions.get("", key)
        if definition is None or CLEANUP not in definition.metadata.finalizers:
            return None
        progress = Condition(
            type=TERMINATING,
            status="True",
            reason="InstanceDeletionInProgress",
            message="CustomResource deletion is in progress",
        )
        if not await _write(self._with(definition, progress), client):
            return None
        gone = Condition(
            type=TERMINATING,
            status="False",
            reason="NeverEstablished",
            message="resource was never established",
        )
        if conditions.is_true(definition.status.conditions, ESTABLISHED):
            gone = await self._emptied(key, client)
        current: CustomResourceDefinition | None = self._definitions.get("", key)
        if current is None:
            return None
        current = self._with(current, gone)
        if gone.status == "True":
            await _write(current, client)
            raise Retry
        kept = tuple(finalizer for finalizer in current.metadata.finalizers if finalizer != CLEANUP)
        await _write(replace(current, metadata=replace(current.metadata, finalizers=kept)), client)
        return None

    async def _emptied(self, key: str, client: Client) -> Condition:
        """Delete all objects of the kind and wait, a minute at most, until they are gone."""
        objects = self.process.informers.of_resource(key).objects
        for namespace in sorted({namespace for namespace, _ in objects}):
            kind = self.process.server.kind_of(next(obj for (place, _), obj in objects.items() if place == namespace))
            await client.delete_collection(kind, namespace)
        waited_ms = 0
        while objects and waited_ms < _PATIENCE_MS:
            await sleep(_POLL_MS)
            waited_ms += _POLL_MS
        if objects:
            text = "could not confirm zero CustomResources remaining: context deadline exceeded"
            return Condition(type=TERMINATING, status="True", reason="InstanceDeletionCheck", message=text)
        return Condition(
            type=TERMINATING,
            status="False",
            reason="InstanceDeletionCompleted",
            message="removed all instances",
        )


async def _write(definition: CustomResourceDefinition, client: Client) -> bool:
    """Write the status; False where somebody was faster, who will wake the key again."""
    try:
        await client.update_status(definition)
    except ApiError as problem:
        if problem.reason not in ("NotFound", "Conflict"):
            raise
        return False
    return True
