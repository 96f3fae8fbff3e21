"""A command line is read as kubectl reads it, or refused with a complaint that says what was found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioErrors
from harness.scenario.kubectl_line import command_line
from harness.scenario.kubectl_line.commands import ALIASES, COMMANDS, UNPLAYED
from harness.scenario.model import Delete, Kubectl, Manifest, Scale
from harness.scenario.reading import parse_scenario


def targets(line: str) -> list[str]:
    """What a line is about, each as group_kind/name in its namespace."""
    return [
        f"{target.resource.group_kind}/{target.name}{'@' + target.namespace if target.namespace else ''}"
        for target in command_line(line).selection.targets
    ]


# Targets

SAME_SET = [
    "scale sts web --replicas=1",
    "scale sts/web --replicas=1",
    "scale statefulset web --replicas 1",
    "scale statefulsets.apps/web --replicas=1",
    "scale sts.apps web --replicas=1",
    "scale statefulsets.v1.apps web --replicas=1",
    "scale --replicas=1 sts web",
    "-n default scale sts web --replicas=1",
    "scale StatefulSet/web --replicas=1",
]


@pytest.mark.parametrize("line", SAME_SET)
def test_a_target_may_be_named_in_many_ways(line: str) -> None:
    assert targets(line) == ["statefulset.apps/web@default"]


def test_several_names_follow_one_kind() -> None:
    assert targets("delete pod web-0 web-1") == ["pod/web-0@default", "pod/web-1@default"]


def test_kinds_and_names_with_slashes_may_be_mixed() -> None:
    assert targets("delete pod/a sts/b node/c") == ["pod/a@default", "statefulset.apps/b@default", "node/c"]


def test_a_namespace_holds_for_what_lives_in_one() -> None:
    assert targets("-n team delete pod/a node/c") == ["pod/a@team", "node/c"]


def test_kinds_stand_with_commas_between_them() -> None:
    found = command_line("get pods,svc,deploy.apps -l app=web").selection
    assert [resource.plural for resource in found.resources] == ["pods", "services", "deployments"]
    assert found.labels == "app=web"


def test_all_is_a_category_of_kinds() -> None:
    kinds = [resource.plural for resource in command_line("get all").selection.resources]
    assert kinds[:3] == ["pods", "replicationcontrollers", "services"]
    assert kinds[-1] == "jobs"


def test_a_word_that_names_no_kind_is_left_to_the_server() -> None:
    assert command_line("get foos").selection.unknown == "foos"
    assert command_line("delete foo/bar").selection.unknown == "foo"


@pytest.mark.parametrize("written", ["sts web", "sts/web", "statefulsets.v1.apps/web", "StatefulSet web"])
def test_a_target_of_any_verb_may_be_written_as_on_the_command_line(written: str) -> None:
    action = parse_scenario(f"steps: [{{scale: {written}, replicas: 1}}]").steps[0].action
    assert isinstance(action, Scale)
    assert (action.target.resource.kind, action.target.name) == ("StatefulSet", "web")


@pytest.mark.parametrize("written", ["pod web-0 web-1", "pod/web-0 pod/web-1", "[pod web-0, pod/web-1]"])
def test_several_targets_may_be_deleted_as_on_the_command_line(written: str) -> None:
    action = parse_scenario(f"steps: [{{delete: {written}}}]").steps[0].action
    assert isinstance(action, Delete)
    assert [target.name for target in action.targets] == ["web-0", "web-1"]


# Options

OPTIONS: list[tuple[str, str, Any]] = [
    ("get pods -owide", "output", "wide"),
    ("get pods -o=wide", "output", "wide"),
    ("get pods --output wide", "output", "wide"),
    ("get pods -Aowide", "output", "wide"),
    ("get pods -L app -L tier,zone", "label-columns", ("app", "tier", "zone")),
    ("delete pod a --cascade", "cascade", "background"),
    ("delete pod a --cascade=orphan", "cascade", "orphan"),
    ("delete pod a --wait=false", "wait", False),
    ("delete pod a --grace-period -1", "grace-period", -1),
    ("delete pod a --timeout 1m30s", "timeout", 90_000),
    ("wait pod/a --for=delete --timeout=-1s", "timeout", -1),
    ("wait pod/a --for delete --for condition=Ready", "for", ("delete", "condition=Ready")),
    ("label pod a tier=front old-", "set", {"tier": "front", "old": None}),
    ("set image deploy/a '*=b:1' c=d", "set", {"*": "b:1", "c": "d"}),
    ("set resources deploy a --limits cpu=0.2,memory=1Gi", "limits", {"cpu": "200m", "memory": "1Gi"}),
    ('patch pod a -p \'{"spec": {"x": 1}}\'', "body", {"spec": {"x": 1}}),
    ("patch pod a --type=json -p '[{op: remove, path: /a}]'", "body", [{"op": "remove", "path": "/a"}]),
]


@pytest.mark.parametrize(("line", "option", "value"), OPTIONS, ids=[case[0] for case in OPTIONS])
def test_an_option_has_its_value_however_it_is_written(line: str, option: str, value: object) -> None:
    assert command_line(line).options[option] == value


def test_other_names_of_a_subcommand_mean_the_same() -> None:
    assert command_line("create deploy web --image=web").command == "create deployment"
    assert command_line("create svc clusterip web --tcp=80").command == "create service clusterip"


def test_what_is_made_from_options_is_an_object() -> None:
    made = command_line("create deployment web --image=example.com/web:1 --port=80 -- serve --fast").selection.manifests
    spec = made[0].documents[0]["spec"]["template"]["spec"]
    assert spec["containers"] == [
        {"name": "web", "image": "example.com/web:1", "command": ["serve", "--fast"], "ports": [{"containerPort": 80}]}
    ]


# What is wrong

WRONG = [
    ("", ["no command"]),
    ("scal sts web --replicas=1", ['"scal"', 'did you mean "scale"?']),
    ("kubectl get pods", ["without kubectl"]),
    ("describe pod a", ['"describe"', "not played"]),
    ("rollout restrt deploy/a", ['"restrt" after "rollout"', 'did you mean "restart"?']),
    ("create deploymnt a", ['"deploymnt"', 'did you mean "deployment"?']),
    ("scale sts web", ['"--replicas"', "kubectl scale"]),
    ("scale sts web --replica=5", ['"--replica"', 'did you mean "--replicas"?']),
    ("scale sts web --replicas=five", ['"five"', "a whole number"]),
    ("scale sts web --replicas=-1", ["at least 0"]),
    ("scale sts web --replicas", ["a value after it"]),
    ("scale sts --replicas=1", ['the kind "sts" alone']),
    ("scale sts/a/b --replicas=1", ["one slash"]),
    ("scale sts/a b --replicas=1", ["TYPE/NAME everywhere"]),
    ("scale sts,deploy a --replicas=1", ["one kind"]),
    ("get pods --context=other", ['"--context"', "one cluster"]),
    ("get pods -w", ['"-w"', "not played"]),
    ("get pods -o yml", ['"yml"', "yaml"]),
    ("get pods -o jsonpath={.items[", ["unclosed action"]),
    ("get pods -l 'app in'", ["labels as -l takes them"]),
    ("get pods --field-selector phase", ["status.phase=Running"]),
    ("get pod a -A", ["--all-namespaces"]),
    ("get pod a -l app=b", ["a name beside a selector"]),
    ("delete pods --all -l a=b", ["--all beside --selector"]),
    ("delete pod a --now --grace-period=3", ["--now beside --grace-period"]),
    ("delete pod a --force --grace-period=3", ["--force"]),
    ("delete pod a --cascade=orphaned", ['"orphaned"', 'did you mean "orphan"?']),
    ("delete pod a --timeout=30", ["a duration", 'did you mean "30s"?']),
    ("delete -f a.yaml pod", ["-f beside a resource"]),
    ("delete pod a --dry-run", ["--dry-run", "not played"]),
    ("apply", ['"--filename"']),
    ("apply -k .", ['"-k"', "kustomizations"]),
    ("apply -f a.yaml --prune", ['"--prune"']),
    ("label pod a", ["no label"]),
    ("label pod a b=c d=e f", ["every resource before"]),
    ("label pod a b=c b-", ["to be set and to be removed"]),
    ("label pod a b=c/d", ["as the value of a label"]),
    ("label pod a b/c/d=e", ["as the key of a label"]),
    ("taint node a", ["no taint"]),
    ("taint node a b=c:NoScheduling", ['did you mean "NoSchedule"?']),
    ("taint node a b=c", ["key=value:Effect"]),
    ("taint pod a b=c:NoSchedule", ["node and a name"]),
    ("cordon", ["no node"]),
    ("cordon pod/a", ["a node such as"]),
    ("patch pod a", ["--patch and --patch-file"]),
    ("patch pod a -p '{'", ["neither JSON nor YAML"]),
    ("patch pod a -p '[]'", ["a mapping of the fields"]),
    ("patch pod a --type=json -p '{}'", ["a list of operations"]),
    ("set image deploy/a", ["no image"]),
    ("set resources deploy/a", ["--limits"]),
    ("set resources deploy/a --limits=cpu", ["cpu=200m"]),
    ("wait pod/a", ['"--for"']),
    ("wait pod/a --for=Ready", ["condition="]),
    ("wait pod/a --for=jsonpath=.a=", ["a value after the equal sign"]),
    ("autoscale deploy a", ['"--max"']),
    ("autoscale deploy a --max=1 --min=2", ["below --min"]),
    ("expose sts web --port=80", ["cannot be exposed"]),
    ("run web", ['"--image"']),
    ("run --image=web", ["exactly one NAME"]),
    ("run a --image=web -it", ["not played"]),
    ("create configmap a --from-literal=b", ["key=value"]),
    ("create secret tls a", ["generic"]),
    ("create deployment a --image=my.app:1", ["random name"]),
    ("get 'pods", ["no closing quotation"]),
]


@pytest.mark.parametrize(("line", "words"), WRONG, ids=[case[0] for case in WRONG])
def test_a_line_that_is_wrong_says_what_was_found(line: str, words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        command_line(line)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_complaint_names_file_line_and_column() -> None:
    with pytest.raises(ScenarioErrors, match=r'^shop\.yaml:2:12: found the option "--replica"'):
        parse_scenario("steps:\n- kubectl: scale sts web --replica=5\n", "shop.yaml")


def test_a_file_of_a_line_is_read_beside_the_scenario(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    (tmp_path / "p.json").write_text('{"data": {"a": "b"}}')
    scenario = parse_scenario(
        "steps:\n- kubectl: apply -f a.yaml\n- kubectl: patch cm a --patch-file=p.json\n",
        (tmp_path / "s.yaml").as_posix(),
    )
    first, second = (step.action for step in scenario.steps)
    assert isinstance(first, Kubectl)
    assert isinstance(first.selection.manifests[0], Manifest)
    assert first.selection.manifests[0].documents[0]["metadata"] == {"name": "a"}
    assert isinstance(second, Kubectl)
    assert second.options["body"] == {"data": {"a": "b"}}


@pytest.mark.parametrize("path", ["nope.yaml", "-", "https://example.com/a.yaml", "/etc/passwd"])
def test_a_file_that_may_not_be_read_is_named_with_its_place(path: str) -> None:
    with pytest.raises(ScenarioErrors, match=r"^shop\.yaml:2:12: "):
        parse_scenario(f"steps:\n- kubectl: apply -f {path}\n", "shop.yaml")


def test_a_kind_that_a_manifest_of_a_line_brings_can_be_named(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text("{apiVersion: example.com/v1, kind: Gadget, metadata: {name: a}}")
    text = "steps:\n- kubectl: apply -f a.yaml\n- kubectl: get gadgets\n"
    scenario = parse_scenario(text, (tmp_path / "s.yaml").as_posix())
    action = scenario.steps[1].action
    assert isinstance(action, Kubectl)
    assert [resource.kind for resource in action.selection.resources] == ["Gadget"]


_OPTIONS = [option for command in COMMANDS.values() for option in command.options]
_WORDS = st.sampled_from(
    [
        *(word for name in (*COMMANDS, *ALIASES, *UNPLAYED) for word in name.split()),
        *(f"--{option.name}" for option in _OPTIONS),
        *(f"-{option.short}" for option in _OPTIONS if option.short),
        *(
            "pods",
            "sts/web",
            "node-1",
            "web",
            "web-0",
            "all",
            "pod,svc",
            "a=b",
            "a-",
            "k=v:NoSchedule",
            "5",
            "-1",
            "30s",
        ),
        *("--", "-", "=", "-l=", "'", "''", "--for=condition=Ready", "{.a[*].b}", "{range", "{spec: {a: 1}}"),
    ]
) | st.text(max_size=6)
_FIRST = st.sampled_from([*COMMANDS, *UNPLAYED]) | _WORDS


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(_FIRST, st.lists(_WORDS, max_size=6))
def test_any_line_is_read_or_refused(first: str, words: list[str]) -> None:
    line = " ".join([first, *words])
    try:
        action = command_line(line)
    except ValueError as error:
        assert str(error).strip()
        return
    assert action.command in COMMANDS
    assert command_line(line) == action
