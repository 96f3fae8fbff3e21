"""kubectl as a step sees it: what it asks the server, and the words it prints.

Owns the client's side of every command: looking up, the three-way apply, and how answers and refusals read. Each
request takes a moment of cluster time. Source: staging/src/k8s.io/kubectl.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from harness.api import admission, field_managers, kinds, patching
from harness.api.client import REQUEST_MS
from harness.api.kinds import Kind
from harness.api.problems import ApiError, quoted
from harness.api.server import Server
from harness.api.warnings import warnings
from harness.kernel.loop import sleep
from harness.kernel.trace import Cause
from harness.objects import go_text, resources
from harness.objects.applying import LAST_APPLIED, annotated, three_way, without_nulls
from harness.objects.meta import CustomObject, Object
from harness.objects.patches import PatchError
from harness.objects.resources import Resource
from harness.objects.wire import DecodeError, read_metadata, to_wire
from harness.scenario.model import Manifest

R = TypeVar("R")
Document = dict[str, Any]

_VERSIONS = frozenset(resource.api_version for resource in resources.RESOURCES)
_MISSING_ANNOTATION = (
    "Warning: resource {resource}/{name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation "
    "which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by "
    "either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)


class Problem(NamedTuple):
    """One thing that went wrong: as it is printed alone, and as one of several (kubectl's cmdutil.CheckErr)."""

    alone: str
    among_others: str

    @classmethod
    def of_client(cls, text: str) -> Problem:
        """What kubectl found by itself."""
        return cls(f"error: {text}", text)


class Placed(NamedTuple):
    """An object of a manifest, and where it belongs. `source` is what the manifest is called."""

    kind: Kind
    namespace: str
    name: str
    document: Document
    source: str


# What a command calls itself as a manager of fields, by its verb; any other goes by the name of the program.
_MANAGERS = {
    "annotate": "kubectl-annotate",
    "apply": "kubectl-client-side-apply",
    "autoscale": "kubectl-autoscale",
    "create": "kubectl-create",
    "expose": "kubectl-expose",
    "label": "kubectl-label",
    "patch": "kubectl-patch",
    "replace": "kubectl-replace",
    "rollout": "kubectl-rollout",
    "run": "kubectl-run",
    "set": "kubectl-set",
    "setImage": "kubectl-set",
    "taint": "kubectl-taint",
}
_CONFLICT_ADVICE = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


class Kubectl:
    """One command: what it printed so far, and whether it failed. `verb` is the step's."""

    def __init__(self, server: Server, verb: str = "") -> None:
        self.server = server
        self.printed: list[str] = []
        self.complained: list[str] = []
        self.cause = Cause("kubectl", "")
        self._problems: list[Problem] = []
        # What was wrong with the files before anything was sent: one error to kubectl, however many it is made of.
        self._unreadable: list[Problem] = []
        self.act_as(verb)

    def act_as(self, command: str) -> None:
        """Go by the name that a command has as a manager of fields."""
        self.call_itself(_MANAGERS.get(command, ""))

    def call_itself(self, manager: str) -> None:
        """Go by another name as a manager of fields."""
        self.cause = replace(self.cause, alias=manager)

    # Speaking

    def say(self, resource: Resource, name: str, what: str) -> None:
        """Print a line of result: `statefulset.apps/web scaled`."""
        self.printed.append(f"{resource.group_kind}/{name} {what}")

    def warn(self, text: str) -> None:
        """Print on stderr without failing."""
        self.complained.append(text)

    @property
    def failed(self) -> bool:
        return bool(self._problems or self._unreadable)

    @property
    def stderr(self) -> str:
        """All it complained of: warnings as they came, and at the end what went wrong."""
        if self._problems and len(self._unreadable) > 1:
            texts = list(dict.fromkeys(problem.among_others for problem in self._unreadable))
            unreadable = [Problem.of_client(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")]
        else:
            unreadable = self._unreadable
        problems = [*unreadable, *self._problems]
        if len(problems) == 1:
            return "\n".join([*self.complained, problems[0].alone])
        return "\n".join([*self.complained, *(problem.among_others for problem in problems)])

    def pass_on(self, warned: Iterable[str]) -> None:
        """Print what the server warned of, each text once a command (client-go rest/warnings.go)."""
        for warning in warned:
            text = f"Warning: {warning}"
            if text not in self.complained:
                self.warn(text)

    def fail(self, text: str) -> None:
        """Print on stderr, and fail."""
        self._problems.append(Problem(text, text.removeprefix("error: ")))

    def refuse(self, problem: ApiError) -> None:
        """Print a refusal of the server as kubectl does, and fail."""
        self._problems.append(_refusal(problem))

    # Asking

    async def ask(self, request: Callable[[], R]) -> R:
        """Make one request: it takes a moment, then happens. Raises `ApiError`."""
        await sleep(REQUEST_MS)
        return request()

    async def get(self, kind: Kind, namespace: str, name: str) -> Object:
        self._check_is_served(kind)
        return await self.ask(lambda: self.server.get(kind, namespace, name))

    def _check_is_served(self, kind: Kind) -> None:
        """Raises `ClientError` for a kind that no definition brings (any more)."""
        if kind.type is CustomObject and self.server.custom.preferred(kind).custom is None:
            raise ClientError(f"the server doesn't have a resource type {quoted(kind.resource.plural)}")

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

    async def delete(
        self, kind: Kind, namespace: str, name: str, propagation: str, grace_seconds: int | None
    ) -> Object:
        """Delete an object; what it is then. An empty `propagation` is the kind's own."""
        self._check_is_served(kind)
        return await self.ask(
            lambda: self.server.delete(
                kind, namespace, name, self.cause, propagation=propagation or None, grace_seconds=grace_seconds
            )
        )

    # Manifests

    def placed(self, manifests: Iterable[Manifest], namespace: str | None) -> Iterator[Placed]:
        """The objects of manifests, each with where it belongs; what is wrong with the others is said.

        Which kinds there are is looked up once, before anything of these manifests is sent.
        """
        custom = self.server.custom.served()
        for manifest in manifests:
            faults = list(manifest.faults)
            unknown_lists: set[str] = set()
            for index, document in enumerate(manifest.documents):
                while faults and faults[0].after <= index:
                    self._unreadable.append(Problem.of_client(faults.pop(0).text))
                within = manifest.lists[index] if manifest.lists else ""
                if within in unknown_lists:
                    continue
                try:
                    if within and not _is_known_list(within, custom):
                        unknown_lists.add(within)
                        version, _, kind_name = within.partition(" ")
                        raise _Unplaced(_no_mapping("", "", manifest.source, version, kind_name))
                    yield self._placed(document, namespace, manifest.source, bool(within), custom)
                except _Unplaced as problem:
                    self._unreadable.append(Problem.of_client(str(problem)))
            self._unreadable += [Problem.of_client(fault.text) for fault in faults]

    def check_any(self, manifests: Iterable[Manifest], doing: str) -> None:
        """Fail if the manifests hold nothing at all, not even something wrong."""
        if not any(manifest.documents or manifest.faults for manifest in manifests):
            self.refuse(ClientError(f"no objects passed to {doing}"))

    def _placed(
        self, document: Document, namespace: str | None, source: str, listed: bool, custom: CustomKinds
    ) -> Placed:
        """Raises _Unplaced."""
        api_version, kind_name = str(document["apiVersion"]), str(document["kind"])
        if not kind_name:
            text = f"Object 'Kind' is missing in '{go_text.json_bytes(document).decode()}'"
            raise _Unplaced(f"unable to decode {quoted(source)}: {text}")
        try:
            read_metadata(document)
        except DecodeError as problem:
            raise _Unplaced(f"unable to decode {quoted(source)}: {problem}") from None
        metadata = document.get("metadata") or {}
        name, given = str(metadata.get("name") or ""), str(metadata.get("namespace") or "")
        kind = _kind_of(api_version, kind_name, custom)
        if kind is None:
            if listed:
                text = f"no matches for kind {quoted(kind_name)} in version {quoted(api_version)}"
                raise _Unplaced(f"unable to recognize {text}")
            raise _Unplaced(_no_mapping(name, given, source, api_version, kind_name))
        if not kind.resource.namespaced:
            return Placed(kind, "", name, document, source)
        if namespace is not None and given and given != namespace:
            raise _Unplaced(
                f"the namespace from the provided object {quoted(given)} does not match the namespace "
                f"{quoted(namespace)}. You must pass '--namespace={given}' to perform this operation."
            )
        place = given or namespace or "default"
        # kubectl writes the namespace into whatever it sends.
        return Placed(kind, place, name, {**document, "metadata": {**metadata, "namespace": place}}, source)

    async def create(self, placed: Placed) -> Object:
        """Send a manifest as a new object. Raises `ApiError`."""
        with _while(f"creating {quoted(placed.source)}"):
            created = await self.ask(lambda: self._created(placed))
        if placed.kind.custom is not None and placed.kind.custom.deprecation:
            self.pass_on([placed.kind.custom.deprecation])
        self.pass_on((*warnings(created), *admission.warnings(created, None, self.server)))
        return created

    def _created(self, placed: Placed) -> Object:
        # kubectl clears the version of what it sends as new (cli-runtime pkg/resource/helper.go).
        metadata = {key: item for key, item in placed.document["metadata"].items() if key != "resourceVersion"}
        if placed.namespace:
            metadata["namespace"] = placed.namespace
        sent = patching.read({**placed.document, "metadata": metadata}, placed.kind)
        created = self.server.create(sent, self.cause)
        self.server.field_managers.note(created, sent=sent)
        return created

    async def exists(self, placed: Placed) -> bool:
        """Whether there is an object of that name."""
        objects = self.server.store.collection(placed.kind.key).objects
        return await self.ask(lambda: (placed.namespace, placed.name) in objects)

    async def replace(self, placed: Placed) -> Object:
        """Send a manifest in the place of what is there, whatever its version. Raises `ApiError`."""
        kind, namespace = placed.kind, placed.namespace
        metadata = placed.document.get("metadata") or {}
        if not metadata.get("resourceVersion") and await self.exists(placed):
            live = self.server.get(kind, namespace, placed.name)
            metadata = {**metadata, "resourceVersion": live.metadata.resource_version}
        with _while(f"replacing {quoted(placed.source)}"):
            previous, replaced = await self.ask(
                lambda: self._replaced(placed._replace(document={**placed.document, "metadata": metadata}))
            )
        self.pass_on((*warnings(replaced, previous), *admission.warnings(replaced, previous, self.server)))
        return replaced

    def _replaced(self, placed: Placed) -> tuple[Object | None, Object]:
        sent = patching.read(placed.document, placed.kind)
        stored = self.server.store.collection(placed.kind.key).objects.get((placed.namespace, placed.name))
        return stored, self.server.put(sent, self.cause)

    async def apply_server_side(self, placed: Placed, manager: str, force: bool) -> None:
        """Have the server merge a manifest. Raises `ApiError`; a conflict comes with kubectl's advice."""
        try:
            applied = await self._applied(placed, manager, placed.document, force)
        except ApiError as problem:
            if problem.reason != "Conflict":
                raise
            self.fail(f"error: {problem.message}{_CONFLICT_ADVICE}")
            return
        await self._migrate(applied, placed, manager, force)
        self._warn_if_deleting(applied)
        self.say(placed.kind.resource, placed.name, "serverside-applied")

    async def _applied(self, placed: Placed, manager: str, document: Document, force: bool) -> Object:
        kind, namespace, name = placed.kind, placed.namespace, placed.name
        cause = replace(self.cause, alias=manager)
        applied, warned = await self.ask(
            lambda: patching.apply(self.server, kind, namespace, name, document, manager, force=force, cause=cause)
        )
        self.pass_on(warned)
        return applied

    async def _migrate(self, applied: Object, placed: Placed, manager: str, force: bool) -> None:
        """Hand over what the client's apply owned, and apply once more, so that what was dropped goes."""
        managers, annotation = self.server.field_managers, applied.metadata.annotations.get(LAST_APPLIED)
        if annotation is None:
            return
        if manager == field_managers.KUBECTL and not field_managers.keeps_annotation(managers.of(applied)):
            metadata = {"name": placed.name, "annotations": {LAST_APPLIED: annotation}}
            if placed.namespace:
                metadata["namespace"] = placed.namespace
            kept = {key: placed.document[key] for key in ("apiVersion", "kind")}
            await self._applied(placed, field_managers.LAST_APPLIED_KEEPER, {**kept, "metadata": metadata}, False)
        if await self.ask(lambda: managers.migrate(applied, manager)):
            await self._applied(placed, manager, placed.document, force)

    def _warn_if_deleting(self, obj: Object) -> None:
        if obj.metadata.deletion_timestamp is not None:
            self.warn(f"Warning: Detected changes to resource {obj.metadata.name} which is currently being deleted.")

    async def apply(self, placed: Placed) -> str | None:
        """Create, or bring what is there to the manifest; the word kubectl prints, None once it failed by itself.

        Raises `ApiError`.
        """
        kind, namespace, name = placed.kind, placed.namespace, placed.name
        if not name:
            raise _nameless(placed)
        sent = annotated(placed.document)
        await sleep(REQUEST_MS)
        live = self.server.store.collection(kind.key).objects.get((namespace, name))
        if live is None:
            await self.create(placed._replace(document=without_nulls(sent)))
            return "created"
        before = live.metadata.annotations.get(LAST_APPLIED)
        if before is None:
            self.warn(_MISSING_ANNOTATION.format(resource=kind.resource.plural, name=name))
        type_ = None if kind.type is CustomObject else kind.type
        was = json.loads(before) if before else None
        if placed.document["apiVersion"] != kind.resource.api_version and type_ is not None:
            was, sent = was and patching.converted(was, kind), patching.converted(sent, kind)
        current = to_wire(live)
        if kind.custom is not None:
            current["apiVersion"] = kind.resource.api_version
        try:
            body = three_way(was, sent, current, type_)
        except PatchError as problem:
            self._fail_to_compare(placed, before or "", sent, live, problem)
            return None
        if not body:
            self._warn_if_deleting(live)
            return "unchanged"
        with _while(_applying(go_text.json_bytes(body).decode(), placed)):
            patching.read(placed.document, kind)
            changed, warned = await self.ask(
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
        self._warn_if_deleting(changed)
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


class _Unplaced(Exception):
    """What kubectl says of an object that it does not even send."""


class ClientError(ApiError):
    """What kubectl refuses by itself while it works on an object."""

    def __init__(self, text: str) -> None:
        super().__init__(0, "", text)


CustomKinds: TypeAlias = Mapping[tuple[str, str], Kind]
"""(apiVersion, kind) -> what a definition made of it."""


def _kind_of(api_version: str, kind_name: str, custom: CustomKinds) -> Kind | None:
    if resources.of_kind(api_version, kind_name) is not None:
        return kinds.of_manifest(api_version, kind_name)
    return custom.get((api_version, kind_name))


def _is_known_list(within: str, custom: CustomKinds) -> bool:
    """Whether kubectl takes an apiVersion and kind for a list of something (client-go restmapper/discovery.go)."""
    api_version, _, kind_name = within.partition(" ")
    if kind_name == "List":
        return api_version in _VERSIONS or any(version == api_version for version, _ in custom)
    return _kind_of(api_version, kind_name.removesuffix("List"), custom) is not None


def _no_mapping(name: str, namespace: str, source: str, api_version: str, kind_name: str) -> str:
    return (
        f"resource mapping not found for name: {quoted(name)} namespace: {quoted(namespace)} from {quoted(source)}: "
        f"no matches for kind {quoted(kind_name)} in version {quoted(api_version)}\nensure CRDs are installed first"
    )


def _nameless(placed: Placed) -> ClientError:
    """Why an object without a name is not applied."""
    generated = (placed.document.get("metadata") or {}).get("generateName")
    if generated:
        return ClientError(f"from {generated}: cannot use generate name with apply")
    return ClientError(
        f"error when retrieving current configuration of:\n{_described(placed)}\n"
        f"from server for: {quoted(placed.source)}: resource name may not be empty"
    )


def _described(placed: Placed) -> str:
    """An object as kubectl describes it in errors (cli-runtime's Info.String)."""
    resource = placed.kind.resource
    version = f"{resource.group}/{resource.version}"
    return (
        f"Resource: {quoted(f'{version}, Resource={resource.plural}')}, "
        f"GroupVersionKind: {quoted(f'{version}, Kind={resource.kind}')}\n"
        f"Name: {quoted(placed.name)}, Namespace: {quoted(placed.namespace)}"
    )


def _applying(patch: str, placed: Placed) -> str:
    """What kubectl says it was doing when an apply's patch is refused (kubectl's pkg/cmd/apply/apply.go)."""
    return (
        f"applying patch:\n{patch}\nto:\n{_described(placed)}\n"
        f"for: {quoted(placed.source)}: error when patching {quoted(placed.source)}"
    )


def _refusal(problem: ApiError) -> Problem:
    if isinstance(problem, ClientError):
        return Problem.of_client(problem.message)
    reason = f" ({problem.reason})" if problem.reason else ""
    text = f"Error from server{reason}: {problem.message}"
    return Problem(_invalid(problem) if problem.reason == "Invalid" else text, text)


def _invalid(problem: ApiError) -> str:
    """An object that breaks the rules of its kind, told from what is wrong with it."""
    details = problem.details
    causes = list(dict.fromkeys(str(cause) for cause in details.causes))
    if not causes or not details.kind:
        return f"The request is invalid: {problem.message}"
    about = f"The {details.kind} {quoted(details.name)} is invalid: "
    return about + causes[0] if len(causes) == 1 else about + "".join(f"\n* {cause}" for cause in causes)
