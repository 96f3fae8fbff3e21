"""Revisions of a workload's template: what one holds, which are equal, their order, which may go.

Owns the rules that the controllers of StatefulSets and DaemonSets share; choosing and writing is theirs.
Source: pkg/controller/history/controller_history.go and pkg/controller/statefulset/stateful_set_control.go
(getStatefulSetRevisions, truncateHistory).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from harness.objects import hashes
from harness.objects.apps import DaemonSet
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import PodTemplateSpec
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.wire import from_wire

HASH_LABEL = "controller.kubernetes.io/hash"


class Candidate(msgspec.Struct, frozen=True):
    """What a template would be stored as: its data and the very bytes that are compared and hashed."""

    data: dict[str, Any]
    content: bytes


class Memory:
    """Remembers what immutable values come to: the bytes of a template, the template of a revision."""

    def __init__(self) -> None:
        self._candidates: dict[str, tuple[PodTemplateSpec, Candidate]] = {}
        self._contents: dict[str, bytes] = {}
        self._templates: dict[str, PodTemplateSpec] = {}

    def candidate(self, workload: StatefulSet | DaemonSet) -> Candidate:
        """The workload's template as a revision would hold it."""
        template = workload.spec.template
        known = self._candidates.get(workload.metadata.uid)
        if known is not None and known[0] is template:
            return known[1]
        data = hashes.revision_data(template)
        candidate = Candidate(data, hashes.canonical_bytes(data))
        self._candidates[workload.metadata.uid] = (template, candidate)
        return candidate

    def content(self, revision: ControllerRevision) -> bytes:
        """The bytes of a revision's data, which never change."""
        uid = revision.metadata.uid
        found = self._contents.get(uid)
        if found is None:
            found = self._contents[uid] = hashes.canonical_bytes(revision.data)
        return found

    def template(self, revision: ControllerRevision) -> PodTemplateSpec:
        """The pod template a revision holds."""
        uid = revision.metadata.uid
        found = self._templates.get(uid)
        if found is None:
            stored = {key: value for key, value in revision.data["spec"]["template"].items() if key != "$patch"}
            found = self._templates[uid] = from_wire(stored, PodTemplateSpec)
        return found


def in_order(revisions: Iterable[ControllerRevision]) -> list[ControllerRevision]:
    """By revision number, then age, then name: the last one is the newest."""
    return sorted(
        revisions,
        key=lambda found: (found.revision, found.metadata.creation_timestamp or "", found.metadata.name),
    )


def next_number(revisions: list[ControllerRevision]) -> int:
    return revisions[-1].revision + 1 if revisions else 1


def new_revision(
    stateful_set: StatefulSet, candidate: Candidate, number: int, collision_count: int, label_hash: str = ""
) -> ControllerRevision:
    """The revision object for a template. After a collision only the name gets a new hash."""
    hash_ = hashes.revision_hash(candidate.data, collision_count)
    return ControllerRevision(
        metadata=ObjectMeta(
            name=hashes.revision_name(stateful_set.metadata.name, hash_),
            namespace=stateful_set.metadata.namespace,
            labels={**stateful_set.spec.template.metadata.labels, HASH_LABEL: label_hash or hash_},
            annotations=stateful_set.metadata.annotations,
            owner_references=(owned_by(stateful_set),),
        ),
        data=candidate.data,
        revision=number,
    )


def renumbered(revision: ControllerRevision, number: int) -> ControllerRevision:
    return replace(revision, revision=number)


def superfluous(
    revisions: list[ControllerRevision], live: Collection[str], limit: int | None
) -> list[ControllerRevision]:
    """The revisions beyond the history limit that nothing uses, oldest first. A negative limit keeps all."""
    if limit is None or limit < 0:
        return []
    history = [revision for revision in revisions if revision.metadata.name not in live]
    return history[: max(0, len(history) - limit)]
