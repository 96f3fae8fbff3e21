"""What a scenario file means: defaults, settings, steps, questions, and which files are scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ScenarioErrors, UsageError
from harness.scenario.model import (
    Count,
    Delete,
    EventSeen,
    Expect,
    Fail,
    ImageBehaviour,
    Images,
    Mark,
    PartialObject,
    Scale,
    SetImage,
    TaintSetting,
    Wait,
)
from harness.scenario.reading import find_scenarios, parse_scenario, read_scenario

ONE_STEP = "steps: [{wait: 1s}]\n"


def test_everything_but_the_steps_has_a_default() -> None:
    scenario = parse_scenario(ONE_STEP)
    cluster = scenario.cluster
    assert [node.name for node in cluster.nodes] == ["node-1", "node-2", "node-3"]
    assert cluster.nodes[0].capacity == {"cpu": "8", "memory": "32Gi", "pods": "110"}
    assert (cluster.start_ms, cluster.quiet_ms) == (1_767_225_600_000, 60_000)
    (step,) = scenario.steps
    assert (step.settle, step.limit_ms, step.rejected, step.namespace) == (True, 600_000, None, None)


def test_a_nodes_capacity_is_the_clusters_with_its_own_on_top() -> None:
    text = "cluster: {capacity: {cpu: 2}, nodes: [{name: a, capacity: {memory: 1Gi, gpu: 1}}, {name: b}]}\n" + ONE_STEP
    first, second = parse_scenario(text).cluster.nodes
    assert first.capacity == {"cpu": "2", "memory": "1Gi", "pods": "110", "gpu": "1"}
    assert second.capacity == {"cpu": "2", "memory": "32Gi", "pods": "110"}


def test_settings_of_the_cluster_are_typed() -> None:
    cluster = parse_scenario(
        'cluster:\n  start: "2026-03-01T12:00:00.250+01:00"\n  quiet: 1m30s\n'
        "  nodes: [{name: a, labels: {zone: 1}, taints: ['k=v:NoSchedule', 'k:NoExecute']}]\n"
        "  images: {app: {pull: not found, ready: never, live: 2s, exit: 3, after: 500ms, stop: never, log: [a, b]}}\n"
        "  provisioners: [example.com/nfs]\n"
        "  flags: {pvclaimbinder-sync-period: 15s, enable-hostpath-provisioner: true}\n" + ONE_STEP
    ).cluster
    assert cluster.start_ms == 1_772_362_800_250
    assert cluster.quiet_ms == 90_000
    assert cluster.nodes[0].labels == {"zone": "1"}
    assert cluster.nodes[0].taints == (
        TaintSetting(key="k", value="v", effect="NoSchedule"),
        TaintSetting(key="k", effect="NoExecute"),
    )
    assert cluster.images["app"] == ImageBehaviour(
        pull="not found", ready="never", live=2_000, exit=3, after_ms=500, stop="never", log=("a", "b")
    )
    assert cluster.flags == {"pvclaimbinder-sync-period": "15s", "enable-hostpath-provisioner": True}


@pytest.mark.parametrize(("written", "replicas"), [("0777", 777), ("0o777", 511), ("0x1F", 31), ("-1", -1), ("+4", 4)])
def test_numbers_of_a_scenario_follow_yaml_1_2(written: str, replicas: int) -> None:
    action = parse_scenario(f"steps:\n- scale: sts/web\n  replicas: {written}\n").steps[0].action
    assert isinstance(action, Scale) and action.replicas == replicas


def test_words_of_a_scenario_follow_yaml_1_2() -> None:
    scenario = parse_scenario("steps:\n- label: pod/on\n  set: {on: no, y: yes, gone: null, n: 1e3}\n")
    assert scenario.steps[0].written["set"] == {"on": "no", "y": "yes", "gone": None, "n": 1000.0}


def test_a_step_knows_what_was_written_and_where() -> None:
    scenario = parse_scenario(
        "steps:\n- wait: 1s\n- scale: sts/web\n  replicas: 2\n  for: 25s\n  rejected: true\n", "x/a.yaml"
    )
    step = scenario.steps[1]
    assert step.written == {"scale": "sts/web", "replicas": 2, "for": "25s", "rejected": True}
    assert str(step.at) == "x/a.yaml:3:3"
    assert (step.limit_ms, step.rejected) == (25_000, True)


def test_the_namespace_of_a_step_is_that_of_its_targets() -> None:
    first, second = parse_scenario("steps:\n- delete: [pod/a, pv/b]\n  namespace: team\n- delete: pod/a\n").steps
    assert isinstance(first.action, Delete) and isinstance(second.action, Delete)
    assert [target.namespace for target in first.action.targets] == ["team", ""]
    assert second.action.targets[0].namespace == "default"
    assert (first.namespace, second.namespace) == ("team", None)


@pytest.mark.parametrize("word", ["sts", "statefulset", "statefulsets", "statefulset.apps", "StatefulSet", "sts.apps"])
def test_a_target_is_written_as_kubectl_users_write_it(word: str) -> None:
    action = parse_scenario(f"steps:\n- scale: {word}/web\n  replicas: 1\n").steps[0].action
    assert isinstance(action, Scale)
    assert (action.target.resource.kind, action.target.name, action.target.written) == (
        "StatefulSet",
        "web",
        f"{word}/web",
    )


def test_images_is_a_verb_alone_and_a_key_beside_set_image() -> None:
    first, second = parse_scenario("steps:\n- images: {a: {}}\n- images: {c: a:v2}\n  setImage: sts/web\n").steps
    assert first.action == Images(behaviours={"a": ImageBehaviour()})
    assert isinstance(second.action, SetImage) and second.action.images == {"c": "a:v2"}


def test_a_provisioner_can_fail() -> None:
    action = parse_scenario("steps:\n- fail: provisioner/example.com/nfs\n").steps[0].action
    assert isinstance(action, Fail)
    assert (action.target.resource.kind, action.target.name) == ("Provisioner", "example.com/nfs")


def test_a_kind_with_a_selector_is_deleted_by_labels() -> None:
    action = parse_scenario("steps:\n- delete: pods\n  selector: app in (a, b)\n  gracePeriod: 0\n").steps[0].action
    assert isinstance(action, Delete) and action.resource is not None
    assert (action.resource.kind, action.selector, action.grace_period_seconds) == ("Pod", "app in (a, b)", 0)


def test_each_form_of_a_question_is_told_apart() -> None:
    action = (
        parse_scenario(
            "steps:\n- expect:\n"
            "  - {kind: StatefulSet, metadata: {name: web}, spec: {on: 0777}}\n"
            "  - {absent: pvc/x}\n"
            "  - {event: {object: sts/web, reason: FailedCreate, ever: true}}\n"
            "  - {order: [pod/web-2 deleted, pod/web-1 ready]}\n"
            "  - {count: pods, selector: {app: web}, where: ready, atLeast: 1, atMost: 3}\n"
            "  - {dns: web-0.nginx, resolves: [pod/web-0]}\n"
            "  - {from: pod/a, to: pod/b, port: 6379, allowed: false}\n"
            '  - {url: "http://demo.example.com/", serves: service/x}\n'
            "  - {never: {always: {absent: pod/web-0}}}\n"
        )
        .steps[0]
        .action
    )
    assert isinstance(action, Expect)
    assert [type(question).__name__ for question in action.questions] == [
        "PartialObject", "Absent", "EventSeen", "Order", "Count", "Dns", "Reachable", "Url", "Never",
    ]  # fmt: skip
    partial, _, event, _, count, *_ = action.questions
    assert isinstance(partial, PartialObject) and partial.fields["spec"] == {"true": 511}
    assert isinstance(event, EventSeen) and event.ever
    assert isinstance(count, Count) and (count.selector, count.at_least, count.at_most) == ("app=web", 1, 3)


def test_marks_may_have_a_reason() -> None:
    marks = parse_scenario("marks: [slow, {skip: not yet}]\n" + ONE_STEP).marks
    assert marks == (Mark(name="slow"), Mark(name="skip", reason="not yet"))


@pytest.mark.parametrize(
    ("written", "duration_ms"),
    [
        ("30s", 30_000),
        ("1m30s", 90_000),
        ("500ms", 500),
        ("2h", 7_200_000),
        ("1.5s", 1_500),
        ("0", 0),
        ("1h0m1s", 3_601_000),
    ],
)
def test_a_duration_is_written_with_units(written: str, duration_ms: int) -> None:
    assert parse_scenario(f"steps:\n- wait: {written}\n").steps[0].action == Wait(duration_ms=duration_ms)


def test_a_file_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.yaml does not exist"):
        read_scenario(tmp_path / "nothing.yaml")
    with pytest.raises(UsageError, match=r"nothing\.yaml does not exist"):
        find_scenarios([tmp_path / "nothing.yaml"])


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(ScenarioErrors, match=r"large\.yaml:1:1: the file has 50,000,000 bytes, .*1,000,000"):
        read_scenario(path)


@pytest.mark.parametrize(
    ("data", "place", "byte"),
    [(b"steps:\n- wait: \xff\n", "2:9", "0xff at offset 15"), (b"\xff\xfes\x00", "1:1", "0xff at offset 0")],
)
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, data: bytes, place: str, byte: str) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(data)
    with pytest.raises(ScenarioErrors) as raised:
        read_scenario(path)
    assert f"latin.yaml:{place}: found byte {byte}, expected UTF-8" in str(raised.value)


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioErrors, match="found a folder"):
        read_scenario(tmp_path)


def test_a_path_is_spelled_as_the_user_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "topic").mkdir()
    (tmp_path / "topic" / "a.yaml").write_bytes(b"\xef\xbb\xbf" + ONE_STEP.encode())
    monkeypatch.chdir(tmp_path)
    assert read_scenario("topic/a.yaml").path == "topic/a.yaml"


def test_a_folder_without_a_scenario_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "m.yaml").touch()
    with pytest.raises(UsageError, match=r"holds no scenario"):
        find_scenarios([tmp_path])


def test_folders_give_their_scenarios_sorted_and_without_manifests(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/z.yml", "a/manifests/m.yaml", ".venv/v.yaml", "a/notes.txt", "c.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = find_scenarios([tmp_path / "c.yaml", tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a/z.yml", "b.yaml", "c.yaml"]
