"""kuttl tests become scenarios that play: what is carried over, in which order, and what is left out."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import ScenarioError, UsageError
from harness.importing.draft import Imported
from harness.importing.finding import find_tests, import_test
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.model import Scenario
from harness.scenario.reading import parse_scenario

WEB = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: "web:1"}]}
    """
QUEUE = "apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: jobs}\nspec: {size: 3}\n"
QUEUES = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: queues.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Queue, plural: queues}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}
"""
READY = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nstatus: {readyReplicas: %d}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder named `web`, seen from the one above it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web").mkdir()
    return Path("web")


def write(folder: Path, **files: str) -> None:
    """`_00_install` is 00-install.yaml."""
    for name, text in files.items():
        (folder / f"{name.strip('_').replace('_', '-')}.yaml").write_text(dedent(text))


def imported(path: Path) -> Imported:
    (test,) = find_tests([path])
    return import_test(test)


def scenario(path: Path) -> Scenario:
    return parse_scenario(imported(path).text)


def verbs(path: Path) -> list[str]:
    return [step.verb for step in scenario(path).steps]


def left(path: Path) -> list[str]:
    return list(map(str, imported(path).left))


def played(path: Path) -> Outcome:
    return play(scenario(path))


def test_objects_are_applied_and_asserts_asked_in_the_order_of_their_numbers(folder: Path) -> None:
    write(folder, _00_install=WEB, _00_assert=READY % 2, _10_scale=WEB.replace("replicas: 2", "replicas: 3"))
    write(folder, _10_assert=READY % 3, _2_note="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n")
    assert verbs(folder) == ["apply", "expect", "apply", "patch", "expect"]
    assert left(folder) == []
    assert not played(folder).failed


def test_an_assert_that_does_not_hold_fails_the_scenario(folder: Path) -> None:
    write(folder, _00_install=WEB, _00_assert=READY % 5)
    assert played(folder).failed


def test_an_object_that_the_server_refuses_fails_the_scenario(folder: Path) -> None:
    write(folder, _00_install=WEB.replace("app: web}}\n        spec", "app: other}}\n        spec"))
    assert played(folder).failed


def test_a_later_file_may_hold_only_what_changes(folder: Path) -> None:
    partial = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n"
    write(folder, _00_install=WEB, _01_scale=partial, _01_assert=READY % 4)
    assert "type: merge" in imported(folder).text
    assert not played(folder).failed


def test_an_object_that_was_deleted_is_created_anew(folder: Path) -> None:
    gone = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestStep
        delete: [{apiVersion: apps/v1, kind: Deployment, name: web}]
        """
    write(folder, _00_install=WEB, _01_remove=gone, _02_again=WEB, _02_assert=READY % 2)
    assert verbs(folder) == ["apply", "delete", "apply", "expect"]
    assert not played(folder).failed


def test_a_deletion_without_name_and_labels_is_of_all(folder: Path) -> None:
    gone = "apiVersion: kuttl.dev/v1beta1\nkind: TestStep\ndelete: [{apiVersion: apps/v1, kind: Deployment}]\n"
    write(folder, _00_install=WEB, _01_gone=gone, _01_errors=READY % 2)
    assert verbs(folder) == ["apply", "kubectl", "wait", "expect"]
    assert left(folder) == []
    assert not played(folder).failed


def test_a_step_deletes_then_runs_commands_then_applies(folder: Path) -> None:
    step = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestStep
        apply: [files/note.yaml]
        commands: [{command: kubectl scale deploy/web --replicas=1 -n $NAMESPACE}, {script: sleep 5}]
        delete: [{apiVersion: v1, kind: Pod, labels: {app: web}}]
        assert: [files/asserted.yaml]
        error: [files/refuted.yaml]
        """
    (folder / "files").mkdir()
    write(folder / "files", note="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n", asserted=READY % 1)
    write(folder / "files", refuted="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
    write(folder, _00_install=WEB, _01_step=step)
    assert verbs(folder) == ["apply", "delete", "kubectl", "wait", "apply", "expect"]
    assert left(folder) == []
    assert not played(folder).failed


def test_what_must_not_be_there_is_asked_of_how_things_are_at_rest(folder: Path) -> None:
    """The Deployment had two ready pods on the way to three, which is no error."""
    write(folder, _00_install=WEB.replace("replicas: 2", "replicas: 3"), _00_errors=READY % 2)
    assert verbs(folder) == ["apply", "wait", "expect"]
    assert not played(folder).failed
    write(folder, _00_errors=READY % 3)
    assert played(folder).failed


def test_an_error_that_names_an_object_and_nothing_else_asks_for_its_absence(folder: Path) -> None:
    write(folder, _00_install=WEB, _00_errors="apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n")
    assert "absent: secret/web" in imported(folder).text
    assert not played(folder).failed


def test_objects_without_a_name_are_counted(folder: Path) -> None:
    asserted = "apiVersion: v1\nkind: Pod\nmetadata: {labels: {app: web}}\nstatus: {phase: Running}\n"
    refuted = "apiVersion: v1\nkind: Pod\nmetadata: {labels: {app: other}}\n"
    write(folder, _00_install=WEB, _00_assert=asserted, _00_errors=refuted)
    text = imported(folder).text
    assert "- count: pod\n    selector: app=web\n    where: running\n    atLeast: 1\n" in text
    assert "- count: pod\n    selector: app=other\n    is: 0\n" in text
    assert not played(folder).failed


def test_an_object_without_a_name_and_with_other_fields_is_left_out(folder: Path) -> None:
    write(folder, _00_install=WEB, _00_assert="apiVersion: v1\nkind: Pod\nspec: {nodeName: node-1}\n")
    assert left(folder) == [
        "web/00-assert.yaml:1:1: not carried over: "
        "the Pod has no name, and no question asks for any Pod with these fields"
    ]


def test_an_event_is_asked_about_by_its_object_and_reason(folder: Path) -> None:
    event = "apiVersion: v1\nkind: Event\nreason: ScalingReplicaSet\ninvolvedObject: {kind: Deployment, name: web}\n"
    write(folder, _00_install=WEB, _00_assert=event)
    assert left(folder) == []
    assert not played(folder).failed


def test_a_kind_that_nobody_would_make_is_left_out(folder: Path) -> None:
    write(folder, _00_install=WEB, _00_assert="apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: jobs}\n")
    assert left(folder) == [
        "web/00-assert.yaml:1:1: not carried over: no manifest of the test brings the kind Queue (example.com/v1), "
        "and nobody here makes one"
    ]


def test_a_custom_kind_that_a_manifest_brings_can_be_asked_about(folder: Path) -> None:
    write(folder, _00_install=f"{QUEUE}---\n{QUEUES}", _00_assert=QUEUE)
    assert verbs(folder) == ["apply", "apply", "expect"]
    assert left(folder) == []
    assert not played(folder).failed


def test_a_custom_kind_without_a_definition_is_told_once(folder: Path) -> None:
    write(folder, _00_install=QUEUE, _01_more=QUEUE.replace("jobs", "more"), _01_assert=QUEUE)
    assert left(folder) == [
        "web/00-install.yaml:1:1: not carried over: the definition of the kind Queue (example.com/v1), which no "
        "manifest of the test brings: without it the server has no such kind, so "
        "apply its CustomResourceDefinition first"
    ]


def test_commands_know_the_kinds_that_the_test_brings(folder: Path) -> None:
    gone = "apiVersion: kuttl.dev/v1beta1\nkind: TestStep\ncommands: [{script: kubectl delete queue jobs}]\n"
    write(folder, _00_install=f"{QUEUE}---\n{QUEUES}", _01_gone=gone, _01_errors=QUEUE)
    assert verbs(folder) == ["apply", "apply", "kubectl", "wait", "expect"]
    assert not played(folder).failed


def test_what_a_command_deleted_is_made_anew(folder: Path) -> None:
    gone = "apiVersion: kuttl.dev/v1beta1\nkind: TestStep\ncommands: [{command: kubectl delete deploy --all}]\n"
    write(folder, _00_install=WEB, _01_gone=gone, _02_again=WEB, _02_assert=READY % 2)
    assert verbs(folder) == ["apply", "kubectl", "apply", "expect"]
    assert not played(folder).failed


def test_the_lines_of_a_script_are_steps_if_all_can_be_said(folder: Path) -> None:
    step = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestStep
        commands:
        - script: |
            set -e
            # Down, and up again.
            kubectl scale deploy/web --replicas=0
            kubectl scale deploy/web --replicas=1
        - script: |
            kubectl scale deploy/web --replicas=0
            echo done | tee log
        """
    write(folder, _00_install=WEB, _01_step=step, _01_assert=READY % 1)
    assert verbs(folder) == ["apply", "kubectl", "kubectl", "expect"]
    assert left(folder) == ["web/01-step.yaml:9:3: not carried over: the command echo done | tee log"]
    assert not played(folder).failed


def test_a_command_whose_failure_is_ignored_may_be_rejected(folder: Path) -> None:
    step = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestStep
        commands: [{command: kubectl delete deploy other, ignoreFailure: true}]
        """
    write(folder, _00_install=WEB, _01_step=step)
    assert [step.rejected for step in scenario(folder).steps] == [False, None]
    assert not played(folder).failed


def test_a_check_by_kubectl_is_a_step(folder: Path) -> None:
    check = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestAssert
        commands: [{command: kubectl wait --for=condition=Available deploy/web --timeout=1m}]
        """
    write(folder, _00_install=WEB, _00_assert=check)
    assert verbs(folder) == ["apply", "kubectl"]
    assert not played(folder).failed


def test_a_long_timeout_lets_the_step_take_as_long(folder: Path) -> None:
    settings = "apiVersion: kuttl.dev/v1beta1\nkind: TestAssert\ntimeout: 900\n---\n"
    write(folder, _00_install=WEB, _00_assert=settings + READY % 2)
    assert [step.limit_ms for step in scenario(folder).steps] == [900_000, 600_000]


def test_what_cannot_be_carried_over_is_told_with_its_place_and_stands_in_the_scenario(folder: Path) -> None:
    step = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestStep
        kubeconfig: other
        commands:
        - script: |
            kubectl get pods | grep web
        """
    check = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestAssert
        collectors: [{type: pod, pod: web}]
        commands: [{command: ./check.sh}]
        assertAll: [{celExpr: "true"}]
        """
    write(folder, _00_install=WEB, _01_step=step, _01_assert=check)
    assert left(folder) == [
        "web/01-step.yaml:3:1: not carried over: kubeconfig: a scenario has one cluster",
        "web/01-step.yaml:5:3: not carried over: the command kubectl get pods | grep web",
        "web/01-assert.yaml:4:12: not carried over: the command ./check.sh",
        "web/01-assert.yaml:5:1: not carried over: assertAll: expressions",
    ]
    comments = [line.removeprefix("# ") for line in imported(folder).text.splitlines() if "not carried over" in line]
    assert comments == left(folder)


def test_a_url_is_not_followed(folder: Path) -> None:
    step = "apiVersion: kuttl.dev/v1beta1\nkind: TestStep\napply: [https://example.com/a.yaml]\n"
    write(folder, _00_install=WEB, _01_step=step)
    assert left(folder) == [
        "web/01-step.yaml:3:9: not carried over: https://example.com/a.yaml is a URL, and URLs are not followed: "
        "save the file beside the test"
    ]


def test_templates_are_left_out(folder: Path) -> None:
    write(folder, _00_install=WEB)
    (folder / "01-more.yaml.j2").write_text("{{ more }}")
    (folder / "README.md").write_text("hello")
    assert left(folder) == ["web/01-more.yaml.j2:1:1: not carried over: the file is no plain YAML: render it first"]


def test_a_folder_with_a_number_belongs_to_its_step(folder: Path) -> None:
    (folder / "00-all").mkdir()
    write(folder / "00-all", install=WEB, assert_ready=READY % 2)
    assert verbs(folder) == ["apply", "expect"]


def test_a_suite_names_the_namespace_and_what_is_there_before(folder: Path) -> None:
    suite = """\
        apiVersion: kuttl.dev/v1beta1
        kind: TestSuite
        testDirs: [tests]
        manifestDirs: [before]
        namespace: shop
        timeout: 1200
        """
    (folder / "tests/one").mkdir(parents=True)
    (folder / "before").mkdir()
    write(folder, kuttl_test=suite)
    write(folder / "before", note="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n")
    write(folder / "tests/one", _00_install=WEB, _00_assert=READY % 2)
    (folder / "tests/one/00-errors.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: other}\n")
    (found,) = find_tests([folder])
    assert found.name == "one"
    read = parse_scenario(import_test(found).text)
    assert [step.verb for step in read.steps] == ["create", "apply", "apply", "expect"]
    assert read.steps[2].limit_ms == 1_200_000
    assert "namespace: shop" in import_test(found).text
    assert not play(read).failed


def test_a_folder_of_tests_stands_for_each(folder: Path) -> None:
    for name in ("b", "a", "deeper/a"):
        (folder / name).mkdir(parents=True)
        write(folder / name, _00_install=WEB)
    assert [test.name for test in find_tests([folder])] == ["a", "b", "deeper/a"]


def test_a_path_without_a_test_is_a_complaint(folder: Path) -> None:
    with pytest.raises(UsageError, match="web holds no test"):
        find_tests([folder])
    with pytest.raises(UsageError, match="other does not exist"):
        find_tests([Path("other")])


def test_a_test_of_which_nothing_can_be_carried_over_is_a_complaint(folder: Path) -> None:
    write(folder, _00_step="apiVersion: kuttl.dev/v1beta1\nkind: TestStep\ncommands: [{script: make}]\n")
    with pytest.raises(ScenarioError) as raised:
        imported(folder)
    assert str(raised.value).splitlines() == [
        "web/00-step.yaml:3:12: not carried over: the command make",
        "web:1:1: nothing of the test can be carried over",
    ]


def test_what_is_no_yaml_is_a_complaint_with_its_place(folder: Path) -> None:
    write(folder, _00_install="a: [\n")
    with pytest.raises(ScenarioError, match=r"web/00-install.yaml:2:1: not valid YAML"):
        imported(folder)
