"""What a scenario's author hears of a mistake: the place, what was found, what was expected."""

from __future__ import annotations

import pytest

from harness.errors import ScenarioError, ScenarioErrors
from harness.scenario.reading import parse_scenario

FILE = "scenarios/wrong.yaml"


def complaints(text: str) -> list[str]:
    with pytest.raises(ScenarioErrors) as raised:
        parse_scenario(text, FILE)
    return str(raised.value).splitlines()


def the_complaint(text: str) -> str:
    found = complaints(text)
    assert len(found) == 1, found
    return found[0]


BOMB = "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}' if level else 'x'] * 10)}]\n" for level in range(8))

# What is wrong, the text, where it is complained about, words that must be there.
MISTAKES = [
    ("an empty file", "", "1:1", ["empty", "steps"]),
    ("a file of comments", "# nothing yet\n", "1:1", ["empty"]),
    ("no steps key", "description: nothing happens\n", "1:1", ['has no "steps"']),
    ("no steps", "steps: []\n", "1:8", ["no steps"]),
    ("steps without a value", "steps:\n", "1:7", ["no steps"]),
    ("a list", "- wait: 1s\n", "1:1", ["found a list", "a mapping with steps"]),
    ("a text", "hello\n", "1:1", ['the text "hello"']),
    ("a manifest", "apiVersion: v1\nkind: Pod\n", "1:1", ["Kubernetes manifest", "a Pod", '"manifests"']),
    ("two documents", "steps: [{wait: 1s}]\n---\nsteps: [{wait: 1s}]\n", "3:1", ["second document"]),
    ("an unknown verb", "steps:\n- scael: sts/web\n", "2:3", ['"scael"', 'did you mean "scale"?']),
    ("a verb like no other", "steps:\n- zzz: 1\n", "2:3", ['"zzz"', "apply", "kubectl"]),
    ("an empty step", "steps:\n- {}\n", "2:3", ["empty step"]),
    ("a step that is a word", "steps:\n- drain\n", "2:3", ['the text "drain"', "a mapping with one verb"]),
    ("a step without a verb", "steps:\n- settle: false\n", "2:3", ['"settle"', "expected a verb"]),
    (
        "two verbs",
        "steps:\n- delete: pod/a\n  cordon: node-1\n",
        "3:3",
        ['"delete" and "cordon"', "make each a step"],
    ),
    ("an unknown key", "steps:\n- wait: 1s\nclutser: {}\n", "3:1", ['"clutser"', 'did you mean "cluster"?']),
    (
        "an unknown key of a step",
        "steps:\n- scale: sts/web\n  replicas: 1\n  replcas: 1\n",
        "4:3",
        ['"replcas"', 'the step "scale"', 'did you mean "replicas"?'],
    ),
    (
        "a common key where it means nothing",
        "steps:\n- wait: 5s\n  settle: false\n",
        "3:3",
        ['"settle" beside "wait"'],
    ),
    ("a missing key", "steps:\n- scale: sts/web\n", "2:3", ['the step "scale" has no "replicas"']),
    ("a text for a number", "steps:\n- scale: sts/web\n  replicas: five\n", "3:13", ['"five"', "a whole number"]),
    ("a quoted number", 'steps:\n- scale: sts/web\n  replicas: "5"\n', "3:13", ['the text "5"', "a whole number"]),
    ("a float for a number", "steps:\n- scale: sts/web\n  replicas: 1e3\n", "3:13", ["1e3", "did you mean 1000?"]),
    ("a truth for a number", "steps:\n- scale: sts/web\n  replicas: true\n", "3:13", ["found true"]),
    ("a number for a truth", "steps:\n- cordon: n\n  settle: 0\n", "3:11", ["the number 0", "true or false"]),
    ("on for a truth", "steps:\n- cordon: n\n  settle: on\n", "3:11", ['the text "on"', "true or false"]),
    ("no for a truth", "steps:\n- cordon: n\n  settle: no\n", "3:11", ['the text "no"', "true or false"]),
    ("a number for a text", "description: 5\nsteps: [{wait: 1s}]\n", "1:14", ["the number 5", '"5"']),
    ("a duration without a unit", "steps:\n- wait: 30\n", "2:9", ["the number 30", 'did you mean "30s"?']),
    ("a duration of another unit", "steps:\n- wait: 3 days\n", "2:9", ['"3 days"', "1m30s"]),
    ("a duration finer than the clock", "steps:\n- wait: 0.5ms\n", "2:9", ["a duration"]),
    ("an instant that is none", "cluster: {start: today}\nsteps: [{wait: 1s}]\n", "1:18", ["2026-01-01T00:00:00Z"]),
    (
        "an instant of no calendar",
        'cluster: {start: "2026-02-30T00:00:00Z"}\nsteps: [{wait: 1s}]\n',
        "1:18",
        ["instant"],
    ),
    ("a negative number of nodes", "cluster: {nodes: -1}\nsteps: [{wait: 1s}]\n", "1:18", ["at least 0"]),
    ("a node without a name", "cluster: {nodes: [{}]}\nsteps: [{wait: 1s}]\n", "1:19", ['a node has no "name"']),
    ("a taint without effect", "cluster: {nodes: [{name: a, taints: [k=v]}]}\nsteps: [{wait: 1s}]\n", "1:38", ["k=v"]),
    ("an effect that is none", "steps:\n- taint: a\n  set: [k:NoSchedul]\n", "3:9", ['mean "NoSchedule"?']),
    (
        "an unknown image behaviour",
        "steps:\n- images: {app: {redy: never}}\n",
        "2:18",
        ['"redy"', 'did you mean "ready"?'],
    ),
    ("after without exit", "steps:\n- images: {app: {after: 1s}}\n", "2:18", ['"after" without "exit"']),
    ("an unknown kind", "steps:\n- delete: stss/web\n", "2:11", ['"stss"', 'did you mean "sts"?']),
    ("a kind like no other", "steps:\n- delete: qqqqqqq/web\n", "2:11", ['"qqqqqqq"', "custom kind"]),
    ("a target without a name", "steps:\n- delete: pod/\n", "2:11", ['"pod/"', "a target such as"]),
    ("a target without a kind", "steps:\n- delete: web\n", "2:11", ['"web"', "a target such as"]),
    ("two names where one can stand", "steps:\n- evict: pod web-0 web-1\n", "2:10", ["a target such as"]),
    ("a target with two slashes", "steps:\n- delete: pod/a/b\n", "2:11", ["one slash"]),
    ("a pod to cordon", "steps:\n- cordon: pod/a\n", "2:11", ['"pod/a"', "node-1"]),
    ("a set to evict", "steps:\n- evict: sts/a\n", "2:10", ['"sts/a"', "pod/web-0"]),
    ("a set that fails", "steps:\n- fail: sts/a\n", "2:9", ['"sts/a"', "provisioner/"]),
    ("an exit code of a node", "steps:\n- fail: node/a\n  exit: 1\n", "2:3", ["for a node", "a pod only"]),
    ("a cascade that is none", "steps:\n- delete: sts/a\n  cascade: orphn\n", "3:12", ['mean "orphan"?']),
    ("a target beside a selector", "steps:\n- delete: pod/a\n  selector: app=x\n", "2:11", ["a kind such as pods"]),
    ("a partition of a deployment", "steps:\n- patch: deploy/a\n  partition: 1\n", "2:3", ["a StatefulSet only"]),
    ("a json patch that is a mapping", "steps:\n- patch: sts/a\n  type: json\n  with: {}\n", "4:9", ["a list of op"]),
    ("a patch that is a list", "steps:\n- patch: sts/a\n  with: []\n", "3:9", ["found a list", "a mapping"]),
    ("a revision to restart", "steps:\n- rollout: restart\n  of: sts/a\n  toRevision: 1\n", "2:3", ["undo only"]),
    ("a rollout of no kind", "steps:\n- rollout: undoo\n  of: sts/a\n", "2:12", ['did you mean "undo"?']),
    ("a load that is no amount", "steps:\n- load: sts/a\n  cpu: much\n", "3:8", ["a quantity such as 250m"]),
    ("a share of a metric", "steps:\n- load: sts/a\n  metrics: {rps: 80%}\n", "3:18", ["a quantity such as 50"]),
    ("the use of a service", "steps:\n- load: svc/a\n  cpu: 80%\n", "2:3", ["a workload or a pod"]),
    ("a name for a deployment", "steps:\n- expect: [{dns: a, resolves: [deploy/a]}]\n", "2:32", ["pod/… or service/…"]),
    (
        "traffic from a service",
        "steps:\n- expect: [{from: svc/a, to: pod/b, port: 1}]\n",
        "2:19",
        ["pod/…, or an address"],
    ),
    ("traffic to a name", "steps:\n- expect: [{from: pod/a, to: b.com, port: 1}]\n", "2:30", ["or an address"]),
    ("a URL without http", "steps:\n- expect: [{url: a.com, serves: null}]\n", "2:18", ["a URL such as http://"]),
    ("a load of nothing", "steps:\n- load: sts/a\n", "2:3", ["cpu, memory or metrics"]),
    ("an open quote in a command", "steps:\n- kubectl: get 'pods\n", "2:12", ["no closing quotation"]),
    ("kubectl said twice", "steps:\n- kubectl: kubectl get pods\n", "2:12", ["without kubectl"]),
    ("an object without kind", "steps:\n- expect: [{metadata: {name: a}}]\n", "2:12", ["without kind", "absent"]),
    ("an object without name", "steps:\n- expect: [{kind: Pod, metadata: {}}]\n", "2:34", ["metadata.name"]),
    ("a kind in small letters", "steps:\n- expect: [{kind: pod, metadata: {name: a}}]\n", "2:19", ['mean "Pod"?']),
    (
        "another version of a kind",
        "steps:\n- expect: [{apiVersion: apps/v9, kind: Pod, metadata: {name: a}}]\n",
        "2:25",
        ['"apps/v9"', "expected v1"],
    ),
    ("a count of nothing", "steps:\n- expect: [{count: pods}]\n", "2:12", ["is, atLeast or atMost"]),
    ("a count with two bounds", "steps:\n- expect: [{count: pods, is: 1, atMost: 2}]\n", "2:12", ['"is" beside']),
    ("an order of no happening", "steps:\n- expect: [{order: [pod/a]}]\n", "2:21", ["pod/web-2 deleted"]),
    ("an event of nothing", "steps:\n- expect: [{event: {ever: true}}]\n", "2:20", ["nothing to look for"]),
    ("a mark with another reason", "marks: [{slow: x}]\nsteps: [{wait: 1s}]\n", "1:9", ["{skip: reason}"]),
    ("a kind no golden file shows", "golden: {kinds: [Pood]}\nsteps: [{wait: 1s}]\n", "1:18", ['mean "pod"?']),
    ("a duplicate key", "steps: [{wait: 1s}]\nmarks: []\nsteps: []\n", "3:1", ['"steps"', "line 1, column 1"]),
    ("a duplicate key of a step", "steps:\n- wait: 1s\n  wait: 1s\n", "3:3", ['"wait"', "line 2, column 3"]),
    ("a tab before a step", "steps:\n\t- wait: 1s\n", "2:1", ["a tab", "spaces"]),
    ("a tab before a key", "steps:\n- wait: 1s\n\tfor: 1s\n", "3:1", ["a tab", "spaces"]),
    ("a list that never ends", "steps: [\n", "2:1", ["not valid YAML"]),
    ("a control character", "steps: [{wait: 1s}]\nx: \x01\n", "2:4", ["U+0001"]),
    ("a tag", "steps:\n- wait: !!python/name:os.system 1s\n", "2:9", ["!!python/name:os.system"]),
    (
        "a tag that lies",
        "steps:\n- patch: sts/a\n  with: {a: !!int x}\n",
        "3:13",
        ["!!int"],
    ),
    ("a list as a key", "? [a]\n: b\n", "1:3", ["found a list as a key"]),
    ("an alias of nothing", "steps: *a\n", "1:8", ["*a", "&a"]),
    ("an alias inside itself", "steps: &a [*a]\n", "1:12", ["inside its own anchor"]),
    ("an alias bomb", BOMB, "5:45", ["alias bomb", "100,000"]),
    ("100,000 nested brackets", "[" * 100_000, "1:65", ["nested deeper than 64"]),
    (
        "aliases nested too deep",
        "".join(f"a{level}: &a{level} [{f'*a{level - 1}' if level else 'x'}]\n" for level in range(2_000)),
        "63:12",
        ["nested deeper than 64", "*a61"],
    ),
    ("a text of 2 MB", "#" * 2_000_000, "1:1", ["2,000,000", "1,000,000"]),
]


@pytest.mark.parametrize(
    ("text", "place", "words"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_is_named_with_its_place(text: str, place: str, words: list[str]) -> None:
    complaint = the_complaint(text)
    assert complaint.startswith(f"{FILE}:{place}: ")
    assert [word for word in words if word not in complaint] == []


def test_every_mistake_of_a_file_is_told_from_the_top() -> None:
    found = complaints(
        "cluster: {quiet: long, nodes: many}\n"
        "steps:\n- scale: sts/web\n  replicas: x\n- wait: 30\n"
        "- expect: [{absent: foo/x}, {absent: pod/x}, {count: podz, is: 1}]\n"
    )
    assert [complaint.split(": ")[0] for complaint in found] == [
        f"{FILE}:{place}" for place in ("1:18", "1:31", "4:13", "5:9", "6:21", "6:54")
    ]


def test_errors_as_one_stand_at_the_first_place() -> None:
    with pytest.raises(ScenarioError) as raised:
        parse_scenario("steps:\n- wait: 30\n- wait: 40\n", FILE)
    assert (raised.value.file, raised.value.line, raised.value.column) == (FILE, 2, 9)
    assert [(one.line, one.column) for one in raised.value.complaints] == [(2, 9), (3, 9)]
