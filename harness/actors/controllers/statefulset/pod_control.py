"""Writing one pod of a set and its claims: created, deleted, put right, each with what is said about it.

Owns the writes and the Events of pods and claims. When they are due is the algorithm's to say.
Source: pkg/controller/statefulset/stateful_pod_control.go.
"""

from __future__ import annotations

from harness.actors.controllers.statefulset import retention
from harness.actors.controllers.statefulset.identity import (
    claim_name,
    identity_matches,
    new_claim,
    ordinal_of,
    repaired,
    storage_matches,
)
from harness.actors.controllers.statefulset.passes import Pass, Refused
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING, Recorder
from harness.kernel.loop import sleep
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod

_UPDATE_TRIES = 4
_UPDATE_RETRY_MS = 10


class PodControl:
    """The hands of the controller, as far as pods and claims go. Raises `ApiError` and `Refused`."""

    def __init__(self, process: Process, recorder: Recorder) -> None:
        self._pods = process.informers.of(Pod)
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._recorder = recorder

    async def create(self, one: Pass, pod: Pod) -> None:
        stateful_set = one.stateful_set
        text = f"Create Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
        try:
            await self.create_claims(one, pod)
        except Refused as problem:
            self._say(one, WARNING, "FailedCreate", f"{text} failed error: {problem}")
            raise
        refused: ApiError | None = None
        try:
            await one.client.create(pod)
        except ApiError as problem:
            if problem.reason == "AlreadyExists":
                raise
            refused = problem
        # The claims get their owners even where the pod was refused.
        await self.own_claims(one, pod, say=True)
        if refused is not None:
            self._say(one, WARNING, "FailedCreate", f"{text} failed error: {refused.message}")
            raise refused
        self._say(one, NORMAL, "SuccessfulCreate", f"{text} successful")

    async def delete(self, one: Pass, pod: Pod) -> None:
        text = f"Delete Pod {pod.metadata.name} in StatefulSet {one.stateful_set.metadata.name}"
        try:
            await one.client.delete(pod)
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._say(one, WARNING, "FailedDelete", f"{text} failed error: {problem.message}")
                raise
        self._say(one, NORMAL, "SuccessfulDelete", f"{text} successful")

    async def create_claims(self, one: Pass, pod: Pod) -> None:
        """Create the pod's claims that do not exist. All are tried; `Refused` names every one that failed."""
        stateful_set = one.stateful_set
        failures: list[str] = []
        for template in stateful_set.spec.volume_claim_templates:
            claim = new_claim(template, stateful_set, ordinal_of(pod))
            name = claim.metadata.name
            stored = self._claims.get(claim.metadata.namespace, name)
            if stored is not None:
                if stored.metadata.deletion_timestamp is not None:
                    failures.append(f"pvc {name} is being deleted")
                continue
            about = f"in StatefulSet {stateful_set.metadata.name}"
            try:
                await one.client.create(claim)
            except ApiError as problem:
                failures.append(f"failed to create PVC {name}: {problem.message}")
                if problem.reason != "AlreadyExists":
                    text = f"Create Claim {name} for Pod {pod.metadata.name} {about} failed error: {problem.message}"
                    self._say(one, WARNING, "FailedCreate", text)
            else:
                self._say(
                    one, NORMAL, "SuccessfulCreate", f"Create Claim {name} Pod {pod.metadata.name} {about} success"
                )
        if failures:
            raise Refused(failures[0] if len(failures) == 1 else f"[{', '.join(failures)}]")

    def claims_of(self, one: Pass, pod: Pod) -> list[PersistentVolumeClaim]:
        """The pod's claims that exist, in the order of their templates."""
        stateful_set, namespace, ordinal = one.stateful_set, pod.metadata.namespace, ordinal_of(pod)
        found = []
        for template in stateful_set.spec.volume_claim_templates:
            claim = self._claims.objects.get((namespace, claim_name(template, stateful_set, ordinal)))
            if claim is not None:
                found.append(claim)
        return found

    def claims_are_owned(self, one: Pass, pod: Pod) -> bool:
        """Whether the owners of the pod's claims are what the retention policy wants."""
        if not one.stateful_set.spec.volume_claim_templates:
            return True
        return all(retention.owner_matches(one.stateful_set, pod, claim) for claim in self.claims_of(one, pod))

    async def own_claims(self, one: Pass, pod: Pod, *, say: bool = False) -> None:
        """Bring the owners of the pod's claims to the retention policy. `say` records a failure as the pod's."""
        stateful_set = one.stateful_set
        for claim in self.claims_of(one, pod):
            name = claim.metadata.name
            if retention.has_unexpected_controller(stateful_set, pod, claim):
                text = (
                    f"PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a manging controller, "
                    "the retention policy is ignored for this claim"
                )
                self._say(one, WARNING, "ConflictingController", text)
            if retention.owner_matches(stateful_set, pod, claim):
                continue
            try:
                await one.client.update(retention.with_owners(stateful_set, pod, claim))
            except ApiError as problem:
                text = f"could not update claim {name} for delete policy ownerRefs: {problem.message}"
                if say:
                    about = f"Update Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
                    self._say(one, WARNING, "FailedUpdate", f"{about} failed error: {text}")
                raise Refused(text) from problem

    async def repair(self, one: Pass, pod: Pod) -> None:
        """Put right the identity and storage of a healthy pod, and the owners of its claims."""
        if self.is_in_order(one, pod):
            return
        stateful_set = one.stateful_set
        text = f"Update Pod {repaired(stateful_set, pod).metadata.name} in StatefulSet {stateful_set.metadata.name}"
        for attempt in range(_UPDATE_TRIES):
            try:
                await self._repair_once(one, pod, text)
            except (ApiError, Refused) as problem:
                if not _is_conflict(problem) or attempt + 1 == _UPDATE_TRIES:
                    if isinstance(problem, ApiError):
                        self._say(one, WARNING, "FailedUpdate", f"{text} failed error: {problem.message}")
                    raise
                await sleep(_UPDATE_RETRY_MS * 5**attempt)
                pod = self._pods.get(pod.metadata.namespace, pod.metadata.name) or pod
                continue
            break
        self._say(one, NORMAL, "SuccessfulUpdate", f"{text} successful")

    async def _repair_once(self, one: Pass, pod: Pod, text: str) -> None:
        """Raises `ApiError` where the pod cannot be written, `Refused` for its claims, of which it has told."""
        stateful_set = one.stateful_set
        if not storage_matches(stateful_set, pod):
            try:
                await self.create_claims(one, pod)
            except Refused as problem:
                self._say(one, WARNING, "FailedUpdate", f"{text} failed error: {problem}")
                raise
        if not self.claims_are_owned(one, pod):
            await self.own_claims(one, pod, say=True)
        await one.client.update(repaired(stateful_set, pod))

    def has_conflict(self, one: Pass, pod: Pod) -> bool:
        """Whether somebody else manages a claim of the pod."""
        return any(retention.has_unexpected_controller(one.stateful_set, pod, c) for c in self.claims_of(one, pod))

    def has_all_claims(self, one: Pass, pod: Pod) -> bool:
        """Whether every claim of the pod exists and stays."""
        claims = self.claims_of(one, pod)
        return len(claims) == len(one.stateful_set.spec.volume_claim_templates) and all(
            claim.metadata.deletion_timestamp is None for claim in claims
        )

    def is_in_order(self, one: Pass, pod: Pod) -> bool:
        """Whether the pod has its identity and its storage, and its claims have the owners they should."""
        stateful_set = one.stateful_set
        return (
            identity_matches(stateful_set, pod)
            and storage_matches(stateful_set, pod)
            and self.claims_are_owned(one, pod)
        )

    def _say(self, one: Pass, type_: str, reason: str, message: str) -> None:
        self._recorder.event(one.stateful_set, type_, reason, message, cause=one.client.cause)


def _is_conflict(problem: ApiError | Refused) -> bool:
    """Whether the object had been written by somebody else in between, its claims' included."""
    cause = problem.__cause__ if isinstance(problem, Refused) else problem
    return isinstance(cause, ApiError) and cause.reason == "Conflict"
