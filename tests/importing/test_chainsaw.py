"""chainsaw Tests become scenarios that play: operations, assertion trees, bindings, and what is left out."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.importing.draft import Imported
from harness.importing.finding import find_tests, import_test
from harness.runner import play
from harness.scenario.model import Scenario
from harness.scenario.reading import parse_scenario

HEAD = "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: web}\nspec:\n"
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
SETTINGS = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: info}}"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("web.yaml").write_text(WEB)


def of(spec: str) -> Imported:
    """The scenario of a test with this spec."""
    Path("chainsaw-test.yaml").write_text(HEAD + indent(dedent(spec), "  "))
    (test,) = find_tests([Path("chainsaw-test.yaml")])
    return import_test(test)


def tried(*operations: str) -> Imported:
    """The scenario of a test with one step."""
    return of("steps:\n- try:\n" + "".join(f"  - {operation}\n" for operation in operations))


def read(imported: Imported) -> Scenario:
    return parse_scenario(imported.text)


def verbs(imported: Imported) -> list[str]:
    return [step.verb for step in read(imported).steps]


def why(imported: Imported) -> list[str]:
    return [f"{left.at.line}:{left.at.column} {left.why}" for left in imported.left]


def holds(imported: Imported) -> bool:
    return not play(read(imported)).failed


def test_files_are_applied_and_asserted() -> None:
    Path("ready.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nstatus: {replicas: 2}\n"
    )
    imported = tried("apply: {file: web.yaml}", "assert: {file: ready.yaml}")
    assert verbs(imported) == ["apply", "expect"]
    assert imported.left == ()
    assert holds(imported)


def test_a_pattern_stands_for_its_files() -> None:
    Path("all").mkdir()
    Path("all/a.yaml").write_text(SETTINGS)
    Path("all/b.yaml").write_text(SETTINGS.replace("settings", "other"))
    assert len(read(tried("apply: {file: all/*.yaml}")).steps[0].action.manifests) == 2  # type: ignore[union-attr]


def test_every_operation_that_a_step_can_say_is_carried_over() -> None:
    named = "apiVersion: apps/v1, kind: Deployment, name: web"
    imported = tried(
        "apply: {file: web.yaml}",
        f"create: {{resource: {SETTINGS}}}",
        "patch: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {more: yes-please}}}",
        f"wait: {{{named}, for: {{condition: {{name: Available, value: 'true'}}}}}}",
        f"wait: {{{named}, for: {{jsonPath: {{path: '{{.status.readyReplicas}}', value: 2}}}}}}",
        "sleep: {duration: 5s}",
        "script: {content: kubectl scale deploy/web --replicas=1}",
        "command: {entrypoint: kubectl, args: [rollout, restart, deploy/web]}",
        f"delete: {{ref: {{{named}}}, deletionPropagationPolicy: Foreground}}",
        f"wait: {{{named}, for: {{deletion: {{}}}}}}",
        "wait: {apiVersion: v1, kind: Pod, selector: app=web, for: {deletion: {}}}",
        "error: {resource: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}}",
        "describe: {apiVersion: v1, kind: Pod}",
        "events: {}",
    )
    expected = ["apply", "create", "patch", "expect", "wait", "kubectl", "kubectl", "delete", "expect"]
    assert (verbs(imported), why(imported)) == (expected, [])
    assert "cascade: foreground" in imported.text
    assert holds(imported)


def test_a_second_apply_merges_as_chainsaw_does() -> None:
    scaled = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}"
    imported = tried("apply: {file: web.yaml}", f"apply: {{resource: {scaled}}}", f"assert: {{resource: {scaled}}}")
    assert verbs(imported) == ["apply", "patch", "expect"]
    assert holds(imported)


def test_an_update_replaces_the_whole_object() -> None:
    other = SETTINGS.replace("level: info", "colour: blue")
    kept = f"error: {{resource: {SETTINGS}}}"
    imported = tried(f"create: {{resource: {SETTINGS}}}", f"update: {{resource: {other}}}", kept)
    assert (verbs(imported), why(imported)) == (["create", "replace", "wait", "expect"], [])
    assert holds(imported)


def test_an_update_of_what_is_not_there_fails_as_it_does_there() -> None:
    assert not holds(tried(f"update: {{resource: {SETTINGS}}}"))


def test_a_command_that_fails_fails_the_scenario() -> None:
    imported = tried("apply: {file: web.yaml}", "script: {content: kubectl wait --for=delete deploy/web --timeout=30s}")
    assert verbs(imported) == ["apply", "kubectl"]
    assert not holds(imported)


def test_words_of_a_command_stay_apart() -> None:
    args = """[patch, deploy, web, -p, '{"spec": {"paused": true}}', -n, $NAMESPACE]"""
    imported = tried("apply: {file: web.yaml}", f"command: {{entrypoint: kubectl, args: {args}}}")
    assert (verbs(imported), why(imported)) == (["apply", "kubectl"], [])
    assert holds(imported)


def test_an_operation_that_must_fail_must_be_rejected() -> None:
    refused = f"create: {{resource: {SETTINGS}, expect: [{{check: {{($error != null): true}}}}]}}"
    imported = tried(f"create: {{resource: {SETTINGS}}}", refused)
    assert [step.rejected for step in read(imported).steps] == [False, True]
    assert holds(imported)


def test_other_expectations_leave_open_what_the_server_says() -> None:
    imported = tried(f"create: {{resource: {SETTINGS}, expect: [{{check: {{(length(a)): 1}}}}]}}")
    assert [step.rejected for step in read(imported).steps] == [None]
    assert why(imported) == ["7:110 expect: expressions about the answer"]


def test_expressions_of_an_assertion_tree_are_left_out_and_the_rest_is_asked() -> None:
    imported = of(
        """\
        steps:
        - try:
          - apply: {file: web.yaml}
          - assert:
              resource:
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  (replicas > `1`): true
                  template:
                    spec:
                      ~.(containers): {image: "web:1"}
                status:
                  readyReplicas: (to_number('2'))
                  replicas: 2
        """
    )
    assert why(imported) == [
        "14:13 the expression (replicas > `1`)",
        "17:17 the expression ~.(containers)",
        "19:28 the expression (to_number('2'))",
    ]
    assert read(imported).steps[1].action.questions[0].fields["status"] == {"replicas": 2}  # type: ignore[union-attr]
    assert holds(imported)


def test_an_error_with_expressions_is_left_out_whole() -> None:
    wrong = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, (spec.replicas > `5`): true}"
    imported = tried("apply: {file: web.yaml}", f"error: {{resource: {wrong}}}")
    assert verbs(imported) == ["apply"]
    assert len(imported.left) == 1


def test_bindings_with_plain_values_are_put_in_their_places() -> None:
    imported = of(
        """\
        bindings: [{name: app, value: settings}, {name: twice, value: "(join('', [$app, $app]))"}]
        steps:
        - bindings: [{name: level, value: debug}]
          try:
          - apply: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: ($app)}, data: {a: ($level)}}}
          - assert: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: debug}}}
          - apply: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: ($twice)}}}
          - delete: {ref: {apiVersion: v1, kind: ConfigMap, name: ($app)}}
        """
    )
    assert verbs(imported) == ["apply", "expect", "delete"]
    assert why(imported) == ["11:25 the object holds expressions"]
    assert holds(imported)


def test_finally_is_done_at_the_end_of_its_step_and_catch_never() -> None:
    imported = of(
        f"""\
        steps:
        - try: [{{create: {{resource: {SETTINGS}}}}}]
          catch: [{{script: {{content: kubectl get all}}}}]
          finally: [{{sleep: {{duration: 2s}}}}]
        """
    )
    assert (verbs(imported), imported.left) == (["create", "wait"], ())


def test_timeouts_let_steps_take_as_long() -> None:
    imported = of(
        f"""\
        timeouts: {{assert: 15m, delete: 20m}}
        steps:
        - timeouts: {{assert: 30m}}
          try:
          - create: {{resource: {SETTINGS}}}
          - assert: {{resource: {SETTINGS}}}
          - delete: {{ref: {{apiVersion: v1, kind: ConfigMap, name: settings}}}}
        """
    )
    assert [step.limit_ms for step in read(imported).steps] == [1_800_000, 600_000, 1_200_000]


def test_a_step_template_is_read_with_its_bindings() -> None:
    Path("template.yaml").write_text(
        "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: StepTemplate\nmetadata: {name: t}\nspec:\n"
        "  try:\n  - create: {resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: ($app)}}}\n"
    )
    imported = of("steps:\n- use: {template: template.yaml, with: {bindings: [{name: app, value: web}]}}\n")
    assert "name: web" in imported.text


def test_a_namespace_of_its_own_is_made_first() -> None:
    imported = of(
        f"""\
        namespace: shop
        namespaceTemplate: {{metadata: {{labels: {{tier: front}}}}}}
        steps:
        - try: [{{create: {{resource: {SETTINGS}}}}}, {{assert: {{resource: {SETTINGS}}}}}]
        """
    )
    assert verbs(imported) == ["create", "label", "create", "expect"]
    assert read(imported).steps[3].namespace == "shop"
    assert holds(imported)


def test_a_skipped_test_is_skipped() -> None:
    imported = of(f"skip: true\nsteps:\n- try: [{{create: {{resource: {SETTINGS}}}}}]\n")
    assert [mark.name for mark in read(imported).marks] == ["skip"]


def test_what_cannot_be_carried_over_is_told_with_its_place() -> None:
    imported = of(
        f"""\
        cluster: other
        scenarios: [{{bindings: []}}]
        steps:
        - name: first
          try:
          - create: {{resource: {SETTINGS}}}
          - proxy: {{apiVersion: v1, kind: Service}}
          - script: {{content: "echo hello | cat"}}
          - script: {{content: echo hello, check: {{($stdout): hello}}}}
          - wait: {{apiVersion: v1, kind: Pod, selector: app=web, for: {{condition: {{name: Ready}}}}}}
          - apply: {{file: missing.yaml}}
        """
    )
    assert why(imported) == [
        "5:3 cluster: a scenario has one cluster",
        "6:3 scenarios: the test is imported once, without their bindings",
        "11:7 the operation proxy",
        "12:15 the command echo hello | cat",
        "13:15 the command echo hello, and what is checked of it",
        "14:13 the wait, of which no question asks the same",
        "15:21 missing.yaml stands for no file",
    ]
    assert "# first\n" in imported.text


def test_each_test_of_a_file_is_a_scenario() -> None:
    spec = f"  steps: [{{try: [{{create: {{resource: {SETTINGS}}}}}]}}]\n"
    Path("chainsaw-test.yaml").write_text(f"{HEAD}{spec}---\n{HEAD.replace('web', 'other')}{spec}")
    found = find_tests([Path()])
    assert [test.name for test in found] == ["web", "other"]
    assert "the chainsaw test other asserts" in import_test(found[1]).text


def test_a_label_that_is_an_expression_is_no_label() -> None:
    pods = "{apiVersion: v1, kind: Pod, metadata: {labels: {app: {(length(@) > `2`): true}}}}"
    imported = tried("apply: {file: web.yaml}", f"assert: {{resource: {pods}}}")
    assert verbs(imported) == ["apply"]
    assert len(imported.left) == 2
