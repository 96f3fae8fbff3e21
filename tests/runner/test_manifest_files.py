"""What a command prints when some of its files, or some of what is in them, cannot be read or sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcome import StepOutcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"
GONE = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: old}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def done(project: Path, step: str, **files: str) -> StepOutcome:
    for name, text in files.items():
        (project / f"{name}.yaml").write_text(text, encoding="utf-8")
    return play(parse_scenario(f"cluster: {{nodes: 0, quiet: 1s}}\nsteps:\n- {step}\n", str(project / "s.yaml"))).steps[
        0
    ]


def test_objects_before_and_in_other_files_are_applied_and_problems_come_last(project: Path) -> None:
    step = done(project, "apply: [a.yaml, b.yaml]", a=MAP % "one" + "---\n" + GONE + "---\na: [\n", b=MAP % "two")
    assert step.message.splitlines() == ["configmap/one created", "configmap/two created"]
    assert (step.rejected or "").splitlines() == [
        'resource mapping not found for name: "old" namespace: "" from "a.yaml": '
        'no matches for kind "Ingress" in version "extensions/v1beta1"',
        "ensure CRDs are installed first",
        "error parsing a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content",
    ]


def test_beside_what_the_server_refuses_all_that_could_not_be_read_is_one_error(project: Path) -> None:
    text = GONE + "---\n" + GONE.replace("old", "older") + "---\n" + MAP % "Wrong_Name"
    lines = (done(project, "apply: a.yaml", a=text).rejected or "").splitlines()
    assert lines[0].startswith('[resource mapping not found for name: "old"')
    assert lines[-1].startswith('Error from server (Invalid): error when creating "a.yaml": ConfigMap "Wrong_Name" is')


def test_a_file_that_is_nothing_but_comments_has_no_objects_to_apply(project: Path) -> None:
    assert done(project, "apply: a.yaml", a="# nothing\n---\n").rejected == "error: no objects passed to apply"
    assert done(project, "create: a.yaml").rejected == "error: no objects passed to create"
    step = done(project, "delete: a.yaml")
    assert (step.rejected, step.message) == (None, "No resources found")


def test_an_object_without_a_name_cannot_be_applied(project: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"
    assert done(project, "apply: a.yaml", a=text).rejected == (
        "error: error when retrieving current configuration of:\n"
        'Resource: "/v1, Resource=configmaps", GroupVersionKind: "/v1, Kind=ConfigMap"\n'
        'Name: "", Namespace: "default"\nfrom server for: "a.yaml": resource name may not be empty'
    )
    generated = text.replace("{}", "{generateName: a-}")
    assert done(project, "apply: a.yaml", a=generated).rejected == "error: from a-: cannot use generate name with apply"


def test_metadata_of_the_wrong_type_are_found_out_by_kubectl(project: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 5}\n"
    assert done(project, "apply: a.yaml", a=text).rejected == (
        'error: unable to decode "a.yaml": json: cannot unmarshal number into Go struct field '
        "ObjectMeta.metadata.name of type string"
    )


def test_an_unknown_kind_in_a_list_is_not_recognized(project: Path) -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- " + GONE.replace("\n", "\n  ").rstrip() + "\n"
    assert done(project, "apply: a.yaml", a=text).rejected == (
        'error: unable to recognize no matches for kind "Ingress" in version "extensions/v1beta1"'
    )


def test_an_autoscaler_of_the_first_version_is_kept_as_one_of_the_second(project: Path) -> None:
    text = (
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {maxReplicas: 3, targetCPUUtilizationPercentage: 50,\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
    )
    (project / "a.yaml").write_text(text, encoding="utf-8")
    written = (
        "cluster: {nodes: 0, quiet: 1s}\nsteps:\n- apply: a.yaml\n- apply: a.yaml\n- expect:\n"
        "  - {kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {metrics: [{resource: {target: "
        "{averageUtilization: 50}}}]}}\n"
    )
    outcome = play(parse_scenario(written, str(project / "s.yaml")))
    assert [step.message for step in outcome.steps[:2]] == [
        "horizontalpodautoscaler.autoscaling/web created",
        "horizontalpodautoscaler.autoscaling/web unchanged",
    ]
    assert not outcome.failed
