"""A scenario while it is put together from a test of another tool, and what of the test it cannot say.

Owns the order of steps, questions and remarks, and the text of the file. What a test asserts is made questions of at
the end, when it is known which custom kinds its manifests bring.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from msgspec.structs import replace

from harness.errors import ScenarioError, ScenarioErrors
from harness.importing.asking import Ask, question
from harness.importing.written import without
from harness.objects import resources
from harness.objects.resources import Resource
from harness.scenario.model import (
    DEFAULT_NAMESPACE,
    Action,
    Apply,
    Create,
    Delete,
    EventSeen,
    Expect,
    Kubectl,
    Location,
    Manifest,
    Mark,
    Never,
    Patch,
    Plain,
    Question,
    Replace,
    Scenario,
    Step,
    Target,
    Wait,
)
from harness.scenario.targets import words_of_custom_kinds
from harness.scenario.writing import to_yaml

_DEFINITION = "CustomResourceDefinition"


class Left(NamedTuple):
    """Something that could not be carried over."""

    at: Location
    why: str

    @property
    def complaint(self) -> ScenarioError:
        """As it is told."""
        return ScenarioError(
            f"not carried over: {self.why}", file=self.at.file, line=self.at.line, column=self.at.column
        )

    def __str__(self) -> str:
        return str(self.complaint)


class _Need(NamedTuple):
    """Where the first object of a custom kind stands."""

    api_version: str
    kind: str
    at: Location


class Imported(NamedTuple):
    """A scenario as text, and what it leaves out, in the order of the test."""

    text: str
    left: tuple[Left, ...]


class Draft:
    """One test of a tool. `path` is where it was found, `namespace` where its objects go that name none."""

    def __init__(self, tool: str, path: str, namespace: str = "") -> None:
        self.path = path
        self.title = f"the {tool} test {path}"
        self.description = ""
        self.marks: list[Mark] = []
        self.namespace = namespace or DEFAULT_NAMESPACE
        self._entries: list[Step | Ask | Left | _Need | str] = []
        self._needed: dict[tuple[str, str], None] = {}
        self._there: dict[tuple[str, str, str], None] = {}
        if self.namespace != DEFAULT_NAMESPACE:
            document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
            self.do(Create(manifests=(Manifest(documents=(document,)),)))

    # What the test says

    def heading(self, text: str) -> None:
        """Name what comes next."""
        self._entries.append(" ".join(text.split()))

    def leave(self, at: Location, why: str) -> None:
        """Remark on something that cannot be carried over."""
        self._entries.append(Left(at, why))

    def do(self, action: Action, *, namespace: str = "", rejected: bool | None = None) -> None:
        """Add a step."""
        where = namespace if namespace != DEFAULT_NAMESPACE else ""
        self._entries.append(Step(action=action, namespace=where or None, rejected=rejected))

    def ask(self, document: Plain, at: Location, *, absent: bool = False) -> None:
        """Add to what must hold once everything has come to rest."""
        self._entries.append(Ask(document, self.namespace_of(document), at, absent))

    def wait_at_most(self, milliseconds: int) -> None:
        """Let the last step take so long, if that is longer than it may take anyway."""
        for index in range(len(self._entries) - 1, -1, -1):
            entry = self._entries[index]
            if isinstance(entry, Step):
                if not isinstance(entry.action, Wait) and entry.limit_ms < milliseconds:
                    self._entries[index] = replace(entry, limit_ms=milliseconds)
                return

    def upsert(self, documents: list[Plain], *, rejected: bool | None = False) -> None:
        """Create objects, and merge into those that are there, as both tools do."""
        new: list[Plain] = []
        for document in documents:
            key = self._key(document)
            if key in self._there:
                self._make(new, rejected)
                new = []
                self.merge(document, rejected=rejected)
            else:
                new.append(document)
                self._there[key] = None
        self._make(new, rejected)

    def create(self, documents: list[Plain], *, rejected: bool | None = False) -> None:
        """Create objects that must not be there."""
        self._there.update(dict.fromkeys(map(self._key, documents)))
        placed = tuple(map(self._placed, documents))
        self.do(Create(manifests=tuple(Manifest(documents=(one,)) for one in placed)), rejected=rejected)

    def replace(self, documents: list[Plain], *, rejected: bool | None = False) -> None:
        """Replace objects that must be there."""
        manifests = tuple(Manifest(documents=(self._placed(document),)) for document in documents)
        self.do(Replace(manifests=manifests), rejected=rejected)

    def merge(self, document: Plain, *, subresource: str = "", rejected: bool | None = False) -> None:
        """Merge fields into an object that must be there."""
        target = self.target(document["apiVersion"], document["kind"], document["metadata"]["name"])
        metadata = without(document["metadata"], "name", "namespace")
        body = without(document, "apiVersion", "kind", "metadata") | ({"metadata": metadata} if metadata else {})
        patch = Patch(target=target, type="merge", body=body, subresource=subresource)
        self.do(patch, namespace=self.namespace_of(document), rejected=rejected)

    def delete(self, action: Delete, namespace: str) -> None:
        """Delete objects; those that are not there are no mistake."""
        for target in action.targets:
            key = (target.resource.group_resource, namespace if target.resource.namespaced else "", target.name)
            self._there.pop(key, None)
        self.do(action, namespace=namespace)

    def command(self, action: Kubectl, *, rejected: bool | None = None) -> None:
        """Add a command line. What it deletes is made anew when it comes again."""
        if action.command == "delete":
            chosen = action.selection
            kinds = {resource.group_resource for resource in chosen.resources}
            named = {(target.resource.group_resource, target.name) for target in chosen.targets}
            self._there = {key: None for key in self._there if key[0] not in kinds and (key[0], key[2]) not in named}
        self.do(action, rejected=rejected)

    def need(self, api_version: str, kind: str, at: Location) -> None:
        """Take note of an object whose kind must be there; the first of each kind counts."""
        if resources.of_kind(api_version, kind) is None and (api_version, kind) not in self._needed:
            self._needed[api_version, kind] = None
            self._entries.append(_Need(api_version, kind, at))

    def find(self, word: str) -> Resource | None:
        """The kind that a word names, be it one that the test brings."""
        return resources.find(word) or words_of_custom_kinds(self._documents()).get(word.lower())

    def target(self, api_version: str, kind: str, name: str) -> Target:
        resource = resources.of_kind(api_version, kind) or resources.custom(api_version, kind)
        return Target(resource=resource, name=name)

    def namespace_of(self, document: Plain) -> str:
        metadata = document.get("metadata")
        given = metadata.get("namespace") if isinstance(metadata, dict) else None
        return given if isinstance(given, str) and given else self.namespace

    def _make(self, documents: list[Plain], rejected: bool | None) -> None:
        # Both tools send one object after the other; kubectl looks up all kinds before it sends any.
        definitions = [document for document in documents if document["kind"] == _DEFINITION]
        others = [document for document in documents if document["kind"] != _DEFINITION]
        for batch in filter(None, (definitions, others)):
            manifests = tuple(Manifest(documents=(self._placed(document),)) for document in batch)
            self.do(Apply(manifests=manifests), rejected=rejected)

    def _key(self, document: Plain) -> tuple[str, str, str]:
        target = self.target(document["apiVersion"], document["kind"], document["metadata"].get("name", ""))
        namespace = self.namespace_of(document) if target.resource.namespaced else ""
        return target.resource.group_resource, namespace, target.name

    def _placed(self, document: Plain) -> Plain:
        """The object in the test's namespace, if that is not the usual one and it names none."""
        resource = resources.of_kind(document["apiVersion"], document["kind"])
        if self.namespace == DEFAULT_NAMESPACE or (resource is not None and not resource.namespaced):
            return document
        placed = copy.deepcopy(document)
        placed["metadata"].setdefault("namespace", self.namespace)
        return placed

    # The scenario

    def finish(self) -> Imported:
        """The scenario. Raises ScenarioErrors if nothing of the test can be carried over."""
        applied = self._documents()
        custom = words_of_custom_kinds(applied)
        defined = set(filter(None, map(_defined, applied)))
        entries: list[Step | Question | Left | str] = []
        asked: dict[int, str] = {}
        for entry in self._entries:
            if isinstance(entry, _Need):
                group = entry.api_version.rpartition("/")[0]
                if (group, entry.kind) not in defined:
                    entries.append(Left(entry.at, _undefined(entry)))
                continue
            if not isinstance(entry, Ask):
                entries.append(entry)
                continue
            found = question(entry, custom)
            if isinstance(found, str):
                entries.append(Left(entry.at, found))
            else:
                asked[len(entries)] = entry.namespace
                entries.append(found)
        return self._written(entries, asked)

    def _documents(self) -> list[Plain]:
        """The objects that steps so far bring."""
        return [
            document
            for entry in self._entries
            if isinstance(entry, Step) and isinstance(entry.action, Apply | Create)
            for manifest in entry.action.manifests
            for document in manifest.documents
        ]

    def _written(self, entries: list[Step | Question | Left | str], asked: dict[int, str]) -> Imported:
        steps: list[Step] = []
        remarks: dict[int, list[str]] = {}
        left: list[Left] = []
        for index, entry in enumerate(entries):
            if isinstance(entry, Left):
                left.append(entry)
                remarks.setdefault(len(steps), []).append(str(entry))
            elif isinstance(entry, str):
                remarks.setdefault(len(steps), []).append(entry)
            elif isinstance(entry, Step):
                steps.append(entry)
            else:
                _add_question(steps, entry, asked[index], fresh=len(steps) in remarks)
        if not steps:
            raise ScenarioErrors([*(one.complaint for one in left), _nothing(self.path)])
        scenario = Scenario(description=self.description, marks=tuple(self.marks), steps=tuple(steps))
        return Imported(_with_remarks(to_yaml(scenario), self.title, remarks), tuple(left))


def _defined(document: Plain) -> tuple[Any, Any] | None:
    """(group, kind) that a definition brings; None for any other object."""
    spec = document.get("spec")
    if document["kind"] != _DEFINITION or not isinstance(spec, dict) or not isinstance(spec.get("names"), dict):
        return None
    return spec.get("group"), spec["names"].get("kind")


def _undefined(need: _Need) -> str:
    return (
        f"the definition of the kind {need.kind} ({need.api_version}), which no manifest of the test brings: "
        "without it the server has no such kind, so apply its CustomResourceDefinition first"
    )


def _nothing(path: str) -> ScenarioError:
    return ScenarioError("nothing of the test can be carried over", file=path)


def _add_question(steps: list[Step], asked: Question, namespace: str, *, fresh: bool) -> None:
    """Ask it together with what is asked before it; `fresh` where a remark stands between."""
    where = namespace if namespace != DEFAULT_NAMESPACE else None
    if isinstance(asked, Never) and not isinstance(asked.question, EventSeen):
        # Only how things are at rest is asked, not how they came to be.
        steps.append(Step(action=Wait(duration_ms=0)))
        fresh = True
    last = steps[-1] if steps and not fresh else None
    if last is not None and isinstance(last.action, Expect) and last.namespace == where:
        steps[-1] = replace(last, action=Expect(questions=(*last.action.questions, asked)))
    else:
        steps.append(Step(action=Expect(questions=(asked,)), namespace=where))


def _with_remarks(text: str, title: str, remarks: dict[int, list[str]]) -> str:
    """The file with a comment before each step that has one, and those of no step at its end."""
    lines = [f"# Imported from {title}."]
    steps: int | None = None
    for line in text.splitlines():
        if steps is not None and line.startswith("- "):
            lines += _comments(remarks.pop(steps, []))
            steps += 1
        lines.append(line)
        if line == "steps:":
            steps = 0
    for left in remarks.values():
        lines += _comments(left)
    return "\n".join(lines) + "\n"


def _comments(remarks: list[str]) -> list[str]:
    return [f"# {remark}" for remark in remarks]
