"""A chainsaw Test, read as a scenario.

Owns chainsaw's operations, its bindings as far as they are plain values, and its assertion trees as far as they are
plain objects: what stands in parentheses is an expression, and stays behind. What only runs where a test fails, or when
it is over (catch, cleanup), and what only looks (describe, events, get, podLogs) is left out without a word.
Source: chainsaw's pkg/apis/v1alpha1 and website/docs/reference.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.importing.draft import Draft, Imported
from harness.importing.operations import delete, in_namespace, objects_of, run, shown, sound
from harness.importing.written import Written, read
from harness.objects import resources
from harness.scenario.durations import parse_duration
from harness.scenario.model import Annotate, Label, Mark, Plain, Target, Wait

TEST_FILES = ("chainsaw-test.yaml", "chainsaw-test.yml")
GROUP = "chainsaw.kyverno.io"
_EXPRESSION = re.compile(r"\(.*\)(->\w+)?", re.DOTALL)
_EXPRESSION_KEY = re.compile(r"~\w*\.?\(.*\).*|\(.*\).*|~.*", re.DOTALL)
_VARIABLE = re.compile(r"\(\$(\w+)\)")
_LOOKING = frozenset({"describe", "events", "get", "podLogs"})
_BESIDE = frozenset({"description", "continueOnError", "compiler", "bindings", "outputs", "timeout"})
_ELSEWHERE = ("cluster", "clusters")
_JSON_PATH = re.compile(r"\{?((?:\.\w+)+)\}?")

Bindings = Mapping[str, Any]


def names_of_tests(path: Path) -> list[str]:
    """The names of the Tests in a file, in order; empty for one without a name. Raises ScenarioError."""
    return [one.word("metadata", "name") for one in read(path) if _is(one, "Test")]


def import_test(path: Path, index: int = 0) -> Imported:
    """The scenario of a Test in a file, of several the one of that index. Raises ScenarioError."""
    test = [one for one in read(path) if _is(one, "Test")][index]
    spec = test.get("spec") or test
    draft = Draft("chainsaw", path.as_posix(), _plain_word(spec, "namespace"))
    name = test.word("metadata", "name") or path.parent.name
    draft.description = spec.word("description").strip() or f"What the chainsaw test {name} asserts."
    skip = spec.get("skip")
    if skip is not None and skip.is_true:
        draft.marks.append(Mark(name="skip", reason="the chainsaw test is skipped"))
    reader = _Reader(path.parent, draft)
    bindings = reader.bound(spec, {"namespace": draft.namespace})
    reader.leave_unknown(spec)
    _namespace(spec, draft)
    for step in spec.items("steps"):
        reader.step(step, bindings, spec)
    return draft.finish()


def _is(one: Written, kind: str) -> bool:
    return one.word("apiVersion").partition("/")[0] == GROUP and one.word("kind") == kind


def _plain_word(part: Written, key: str) -> str:
    word = part.word(key)
    return "" if _EXPRESSION.fullmatch(word) else word


def _namespace(spec: Written, draft: Draft) -> None:
    """Give the test's namespace the labels and annotations that its template has."""
    namespace = resources.find("namespace")
    assert namespace is not None
    target = Target(resource=namespace, name=draft.namespace)
    for key, verb in (("labels", Label), ("annotations", Annotate)):
        found = spec.get("namespaceTemplate", "metadata", key)
        if found is not None:
            plain = {name: value.text for name, value in found.entries() if not _EXPRESSION.fullmatch(value.text)}
            draft.do(verb(target=target, set=dict(plain)))


class _Reader:
    """Reads the steps of one test into a draft. Files are relative to `folder`."""

    def __init__(self, folder: Path, draft: Draft) -> None:
        self._folder = folder
        self._draft = draft

    def leave_unknown(self, part: Written) -> None:
        """Remark on what a scenario has only one of."""
        for key in _ELSEWHERE:
            if part.get(key) is not None:
                self._draft.leave(part.key(key), f"{key}: a scenario has one cluster")
        if part.get("scenarios") is not None:
            self._draft.leave(part.key("scenarios"), "scenarios: the test is imported once, without their bindings")

    def bound(self, part: Written, bindings: Bindings) -> Bindings:
        """The bindings with those of a part whose values are plain."""
        own = {}
        for one in part.items("bindings"):
            value = one.get("value")
            data = self._resolved(value.data, bindings) if value is not None else None
            if not _has_expressions(data):
                own[one.word("name")] = data
        return {**bindings, **own}

    def step(self, step: Written, bindings: Bindings, spec: Written) -> None:
        """A step: what it tries, then what it does in any case."""
        used = step.get("use", "template")
        draft = self._draft
        draft.heading(step.word("name") or step.word("description") or "a step")
        self.leave_unknown(step)
        bindings = self.bound(step, bindings)
        body = step
        if used is not None:
            found = [one for one in objects_of(used.text, self._folder, used.at, draft) if _is(one, "StepTemplate")]
            if not found:
                return
            body = found[0].get("spec") or found[0]
            arguments = step.get("use", "with")
            bindings = self.bound(body, bindings)
            bindings = self.bound(arguments, bindings) if arguments is not None else bindings
        timeouts = {**_timeouts(spec), **_timeouts(step)}
        for operation in (*body.items("try"), *body.items("finally")):
            self._operation(operation, bindings, timeouts)

    def _operation(self, operation: Written, bindings: Bindings, timeouts: dict[str, str]) -> None:
        for verb, part in operation.entries():
            if verb in _BESIDE or verb in _LOOKING:
                continue
            do = _OPERATIONS.get(verb)
            if do is None:
                self._draft.leave(operation.key(verb), f"the operation {verb}")
                continue
            waiting = part.word("timeout") or timeouts.get("assert" if verb == "wait" else verb, "")
            do(self, part, self.bound(part, bindings))
            if verb in ("assert", "error", "wait", "delete"):
                self._draft.wait_at_most(parse_duration(waiting) or 0)

    # Operations

    def apply(self, part: Written, bindings: Bindings) -> None:
        self._write(part, bindings, lambda documents, rejected: self._draft.upsert(documents, rejected=rejected))

    def create(self, part: Written, bindings: Bindings) -> None:
        self._write(part, bindings, lambda documents, rejected: self._draft.create(documents, rejected=rejected))

    def update(self, part: Written, bindings: Bindings) -> None:
        self._write(part, bindings, lambda documents, rejected: self._draft.replace(documents, rejected=rejected))

    def patch(self, part: Written, bindings: Bindings) -> None:
        def write(documents: list[Plain], rejected: bool | None) -> None:
            for document in documents:
                self._draft.merge(document, subresource=part.word("subresource"), rejected=rejected)

        self._write(part, bindings, write)

    def check(self, part: Written, bindings: Bindings, *, absent: bool = False) -> None:
        for one in self._objects(part, bindings):
            document = self._tree(one, bindings)
            if absent and document != one.data and _has_expressions(self._resolved(one.data, bindings)):
                # Without its expressions an object would be refuted that may well be there.
                continue
            self._draft.ask(document, one.at, absent=absent)

    def error(self, part: Written, bindings: Bindings) -> None:
        self.check(part, bindings, absent=True)

    def delete(self, part: Written, bindings: Bindings) -> None:
        reference = part.get("ref")
        cascade = part.word("deletionPropagationPolicy")
        if reference is not None:
            name = self._resolved(reference.word("name"), bindings)
            if _has_expressions(name):
                self._draft.leave(reference.at, f"the name {name} is an expression")
                return
            delete(reference, self._draft, cascade=cascade, name=name)
            return
        for one in self._objects(part, bindings):
            delete(one, self._draft, cascade=cascade, name=one.word("metadata", "name"))

    def wait(self, part: Written, _bindings: Bindings) -> None:
        document = _waited_for(part)
        if document is None:
            self._draft.leave(part.at, "the wait, of which no question asks the same")
            return
        self._draft.ask(document, part.at, absent=part.get("for", "deletion") is not None)

    def sleep(self, part: Written, _bindings: Bindings) -> None:
        paused = parse_duration(part.word("duration"))
        if paused is None:
            self._draft.leave(part.at, "the sleep has no duration")
        else:
            self._draft.do(Wait(duration_ms=paused))

    def script(self, part: Written, _bindings: Bindings) -> None:
        self._run(part, part.word("content"))

    def command(self, part: Written, _bindings: Bindings) -> None:
        words = [part.word("entrypoint"), *(in_namespace(str(one.data), self._draft) for one in part.items("args"))]
        self._run(part, shlex.join(words))

    # Parts of operations

    def _run(self, part: Written, line: str) -> None:
        if part.get("check") is not None:
            self._draft.leave(part.at, f"the command {shown(line)}, and what is checked of it")
            return

        def read_file(path: str) -> None:
            self._draft.upsert(sound(objects_of(path, self._folder, part.at, self._draft), self._draft))

        run(line, part.at, self._draft, read_file)

    def _objects(self, part: Written, bindings: Bindings) -> list[Written]:
        """The objects of an operation: those of its file, or the one it brings."""
        resource, file = part.get("resource"), part.get("file")
        if resource is not None:
            return resource.objects()
        if file is None:
            self._draft.leave(part.at, "the operation has neither a file nor a resource")
            return []
        path = self._resolved(file.text, bindings)
        if _has_expressions(path):
            self._draft.leave(file.at, f"the file {path} is an expression")
            return []
        return objects_of(str(path), self._folder, file.at, self._draft)

    def _write(self, part: Written, bindings: Bindings, write: Callable[[list[Plain], bool | None], None]) -> None:
        """Send the objects of an operation, those that hold no expression."""
        documents = []
        for one in self._objects(part, bindings):
            resolved = self._resolved(one.data, bindings)
            if _has_expressions(resolved):
                self._draft.leave(one.at, "the object holds expressions")
            elif sound([one], self._draft):
                documents.append(resolved)
        if documents:
            write(documents, self._rejected(part))

    def _rejected(self, part: Written) -> bool | None:
        """Whether the server must refuse, by what is expected of the operation; None where that cannot be told."""
        expected = part.items("expect")
        if not expected:
            return False
        check = expected[0].get("check")
        said = check.data if check is not None else None
        refused = {"($error != null)": True, "($error == null)": False}
        if len(expected) == 1 and isinstance(said, dict) and len(said) == 1:
            ((key, value),) = said.items()
            if key in refused and isinstance(value, bool):
                return refused[key] is value
        self._draft.leave(part.key("expect"), "expect: expressions about the answer")
        return None

    def _tree(self, one: Written, bindings: Bindings) -> Plain:
        """An assertion tree without its expressions, each of which is remarked on."""
        found: Plain = self._pruned(one, bindings)
        return found

    def _pruned(self, part: Written, bindings: Bindings) -> Any:
        entries = list(part.entries())
        if entries:
            kept = {}
            for key, value in entries:
                if _EXPRESSION_KEY.fullmatch(key):
                    self._draft.leave(part.key(key), f"the expression {shown(key)}")
                    continue
                pruned = self._pruned(value, bindings)
                if pruned is not _NOTHING:
                    kept[key] = pruned
            return kept
        items = part.items()
        if items:
            pruned_items = [self._pruned(item, bindings) for item in items]
            return [item for item in pruned_items if item is not _NOTHING]
        resolved = self._resolved(part.data, bindings)
        if _has_expressions(resolved):
            self._draft.leave(part.at, f"the expression {shown(str(resolved))}")
            return _NOTHING
        return resolved

    def _resolved(self, data: Any, bindings: Bindings) -> Any:
        """The data with every text that is a known binding and nothing else replaced by its value."""
        if isinstance(data, dict):
            return {key: self._resolved(value, bindings) for key, value in data.items()}
        if isinstance(data, list):
            return [self._resolved(value, bindings) for value in data]
        variable = _VARIABLE.fullmatch(data) if isinstance(data, str) else None
        return bindings[variable[1]] if variable is not None and variable[1] in bindings else data


_NOTHING = object()
_OPERATIONS: dict[str, Callable[[_Reader, Written, Bindings], None]] = {
    "apply": _Reader.apply,
    "assert": _Reader.check,
    "command": _Reader.command,
    "create": _Reader.create,
    "delete": _Reader.delete,
    "error": _Reader.error,
    "patch": _Reader.patch,
    "script": _Reader.script,
    "sleep": _Reader.sleep,
    "update": _Reader.update,
    "wait": _Reader.wait,
}


def _timeouts(part: Written) -> dict[str, str]:
    found = part.get("timeouts")
    return {key: value.text for key, value in found.entries()} if found is not None else {}


def _has_expressions(data: Any) -> bool:
    if isinstance(data, dict):
        return any(_EXPRESSION_KEY.fullmatch(key) or _has_expressions(value) for key, value in data.items())
    if isinstance(data, list):
        return any(map(_has_expressions, data))
    return isinstance(data, str) and _EXPRESSION.fullmatch(data) is not None


def _waited_for(part: Written) -> Plain | None:
    """The object that a wait is over with; for a deletion, the one that must be gone. None if no object says it."""
    name, selector = part.word("name"), part.word("selector")
    document: Plain = {"apiVersion": part.word("apiVersion"), "kind": part.word("kind")}
    metadata: Plain = {"namespace": part.word("namespace")} if part.word("namespace") else {}
    deleted, condition, path = (part.get("for", key) for key in ("deletion", "condition", "jsonPath"))
    if not name and deleted is not None and selector and not set("!()") & set(selector):
        labels = dict(pair.split("=", 1) for pair in selector.replace("==", "=").split(",") if "=" in pair)
        return {**document, "metadata": {**metadata, "labels": labels}}
    if not name or _EXPRESSION.fullmatch(name):
        return None
    document["metadata"] = {**metadata, "name": name}
    if deleted is not None:
        return document
    if condition is not None:
        status = (condition.word("value") or "True").capitalize()
        return {**document, "status": {"conditions": [{"type": condition.word("name"), "status": status}]}}
    value = path.get("value") if path is not None else None
    steps = _JSON_PATH.fullmatch(path.word("path")) if path is not None else None
    if value is None or steps is None:
        return None
    found: Any = value.data
    for step in reversed(steps[1].strip(".").split(".")):
        found = {step: found}
    return {**document, **found} if isinstance(found, dict) else None
