"""kubectl as a step sees it: what it asks the server, and the words it prints.

Owns the client's side of every command: looking up, the three-way apply, and how answers and refusals read. Each
request takes a moment of cluster time. Source: staging/src/k8s.io/kubectl.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from harness.api import admission, kinds, patching
from harness.api.client import REQUEST_MS
from harness.api.kinds import Kind
from harness.api.problems import ApiError, quoted
from harness.api.server import Server
from harness.api.warnings import warnings
from harness.kernel.loop import sleep
from harness.kernel.trace import Cause
from harness.objects import go_text, resources
from harness.objects.applying import LAST_APPLIED, annotated, three_way
from harness.objects.meta import CustomObject, Object
from harness.objects.patches import PatchError
from harness.objects.resources import Resource
from harness.objects.wire import DecodeError, read_metadata, to_wire
from harness.scenario.model import Manifest

R = TypeVar("R")
Document = dict[str, Any]

_NO_MATCH = "resource mapping not found"
_UNREADABLE = "unable to decode"
_MISSING_ANNOTATION = (
    "Warning: resource {resource}/{name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation "
    "which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by "
    "either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)


class Placed(NamedTuple):
    """An object of a manifest, and where it belongs. `source` is what the manifest is called."""

    kind: Kind
    namespace: str
    name: str
    document: Document
    source: str


class Kubectl:
    """One command: what it printed so far, and whether it failed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.printed: list[str] = []
        self.complained: list[str] = []
        self.failures = 0
        self.cause = Cause("kubectl", "")

    # Speaking

    def say(self, resource: Resource, name: str, what: str) -> None:
        """Print a line of result: `statefulset.apps/web scaled`."""
        self.printed.append(f"{resource.group_kind}/{name} {what}")

    def warn(self, text: str) -> None:
        """Print on stderr without failing."""
        self.complained.append(text)

    @property
    def failed(self) -> bool:
        return self.failures > 0

    @property
    def stderr(self) -> str:
        """All it complained of. Of several failures, those that kubectl found by itself are listed without a prefix."""
        if self.failures < 2:
            return "\n".join(self.complained)
        own = (f"error: {_NO_MATCH}", f"error: {_UNREADABLE}")
        return "\n".join(text.removeprefix("error: ") if text.startswith(own) else text for text in self.complained)

    def pass_on(self, warned: Iterable[str]) -> None:
        """Print what the server warned of, each text once a command (client-go rest/warnings.go)."""
        for warning in warned:
            text = f"Warning: {warning}"
            if text not in self.complained:
                self.warn(text)

    def fail(self, text: str) -> None:
        """Print on stderr, and fail."""
        self.complained.append(text)
        self.failures += 1

    def refuse(self, problem: ApiError) -> None:
        """Print a refusal of the server as kubectl does, and fail."""
        self.fail(_refusal(problem))

    # Asking

    async def ask(self, request: Callable[[], R]) -> R:
        """Make one request: it takes a moment, then happens. Raises `ApiError`."""
        await sleep(REQUEST_MS)
        return request()

    async def get(self, kind: Kind, namespace: str, name: str) -> Object:
        return await self.ask(lambda: self.server.get(kind, namespace, name))

    async def patch(self, kind: Kind, namespace: str, name: str, type_: str, body: Any, subresource: str = "") -> bool:
        """Patch an object; whether that changed anything. Warnings are printed."""
        before = await self.get(kind, namespace, name)
        after, warned = await self.ask(
            lambda: patching.patch(
                self.server, kind, namespace, name, type_, body, subresource=subresource, cause=self.cause
            )
        )
        self.pass_on(warned)
        return after.metadata.resource_version != before.metadata.resource_version

    async def delete(self, kind: Kind, namespace: str, name: str, propagation: str, grace_seconds: int | None) -> None:
        await self.ask(
            lambda: self.server.delete(
                kind, namespace, name, self.cause, propagation=propagation, grace_seconds=grace_seconds
            )
        )

    # Manifests

    def placed(self, manifests: Iterable[Manifest], namespace: str | None) -> Iterator[Placed]:
        """The objects of manifests, each with where it belongs; what is wrong with the others is said."""
        for manifest in manifests:
            for document in manifest.documents:
                found = self._placed(document, namespace, manifest.source)
                if found is not None:
                    yield found

    def _placed(self, document: Document, namespace: str | None, source: str) -> Placed | None:
        api_version, kind_name = str(document.get("apiVersion", "")), str(document.get("kind", ""))
        metadata = document.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        name = str(metadata.get("name") or metadata.get("generateName") or "")
        try:
            read_metadata(document)
        except DecodeError as problem:
            self.fail(f"error: {_UNREADABLE} {quoted(source)}: {problem}")
            return None
        if not resources.may_be_served(api_version, kind_name):
            self.fail(
                f"error: {_NO_MATCH} for name: {quoted(name)} "
                f"namespace: {quoted(str(metadata.get('namespace', '')))} from {quoted(source)}: "
                f"no matches for kind {quoted(kind_name)} in version {quoted(api_version)}\n"
                "ensure CRDs are installed first"
            )
            return None
        kind = kinds.of_manifest(api_version, kind_name)
        given = str(metadata.get("namespace") or "")
        if not kind.resource.namespaced:
            return Placed(kind, "", name, document, source)
        if namespace is not None and given and given != namespace:
            self.fail(
                f"error: the namespace from the provided object {quoted(given)} does not match the namespace "
                f"{quoted(namespace)}. You must pass '--namespace={given}' to perform this operation."
            )
            return None
        return Placed(kind, given or namespace or "default", name, document, source)

    async def create(self, placed: Placed) -> Object:
        """Send a manifest as a new object. Raises `ApiError`."""
        with _while(f"creating {quoted(placed.source)}"):
            created = await self.ask(
                lambda: self.server.create(
                    _in_namespace(patching.read(placed.document, placed.kind), placed.namespace), self.cause
                )
            )
        self.pass_on((*warnings(created), *admission.warnings(created, None, self.server)))
        return created

    async def apply(self, placed: Placed) -> str | None:
        """Create, or bring what is there to the manifest; the word kubectl prints, None once it failed by itself.

        Raises `ApiError`.
        """
        kind, namespace, name = placed.kind, placed.namespace, placed.name
        sent = annotated(placed.document)
        await sleep(REQUEST_MS)
        live = self.server.store.collection(kind.key).objects.get((namespace, name))
        if live is None:
            await self.create(placed._replace(document=sent))
            return "created"
        before = live.metadata.annotations.get(LAST_APPLIED)
        if before is None:
            self.warn(_MISSING_ANNOTATION.format(resource=kind.resource.plural, name=name))
        type_ = None if kind.type is CustomObject else kind.type
        try:
            body = three_way(json.loads(before) if before else None, sent, to_wire(live), type_)
        except PatchError as problem:
            self._fail_to_compare(placed, before or "", sent, live, problem)
            return None
        if not body:
            return "unchanged"
        with _while(_applying(go_text.json_bytes(body).decode(), placed)):
            patching.read(placed.document, kind)
            _, warned = await self.ask(
                lambda: patching.patch(
                    self.server,
                    kind,
                    namespace,
                    name,
                    patching.STRATEGIC if type_ is not None else patching.MERGE,
                    body,
                    cause=self.cause,
                )
            )
        self.pass_on(warned)
        return "configured"

    def _fail_to_compare(self, placed: Placed, before: str, sent: Document, live: Object, problem: PatchError) -> None:
        """Say that no patch can be made, as kubectl does: both ways to make one are tried before it gives up."""
        for schema in ("openapi v3 spec", "openapi spec"):
            self.warn(f"warning: error calculating patch from {schema}: {problem}")
        texts = [before, *(go_text.json_bytes(document).decode() for document in (sent, to_wire(live)))]
        original, modified, current = texts
        self.fail(
            f"error: error when {_applying('', placed)}: creating patch with:\noriginal:\n{original}\n"
            f"modified:\n{modified}\ncurrent:\n{current}\nfor: {problem}"
        )


@contextmanager
def _while(doing: str) -> Iterator[None]:
    """Let a refusal say what kubectl was doing (kubectl's cmdutil.AddSourceToErr)."""
    try:
        yield
    except ApiError as problem:
        raise ApiError(
            problem.code, problem.reason, f"error when {doing}: {problem.message}", problem.details
        ) from None


def _applying(patch: str, placed: Placed) -> str:
    """What kubectl says it was doing when an apply's patch is refused (kubectl's pkg/cmd/apply/apply.go)."""
    resource, source = placed.kind.resource, placed.source
    version = f"{resource.group}/{resource.version}"
    return (
        f"applying patch:\n{patch}\nto:\n"
        f"Resource: {quoted(f'{version}, Resource={resource.plural}')}, "
        f"GroupVersionKind: {quoted(f'{version}, Kind={resource.kind}')}\n"
        f"Name: {quoted(placed.name)}, Namespace: {quoted(placed.namespace)}\n"
        f"for: {quoted(source)}: error when patching {quoted(source)}"
    )


def _in_namespace(obj: Object, namespace: str) -> Object:
    """The object in the namespace the command is about."""
    if obj.metadata.namespace or not namespace:
        return obj
    return replace(obj, metadata=replace(obj.metadata, namespace=namespace))


def _refusal(problem: ApiError) -> str:
    if problem.reason == "Invalid":
        details = problem.details
        causes = list(dict.fromkeys(str(cause) for cause in details.causes))
        if not causes or not details.kind:
            return f"The request is invalid: {problem.message}"
        about = f"The {details.kind} {quoted(details.name)} is invalid: "
        if len(causes) == 1:
            return about + causes[0]
        return about + "".join(f"\n* {cause}" for cause in causes)
    reason = f" ({problem.reason})" if problem.reason else ""
    return f"Error from server{reason}: {problem.message}"
