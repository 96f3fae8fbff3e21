"""What `harness lint` says of manifests, and what it keeps to itself."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from harness.cli import main
from harness.fidelity.ledger import fields
from harness.fidelity.lint import Report, brought_by, lint
from harness.fidelity.table import REFUSED
from harness.objects.schemas import TYPES

MANIFESTS = os.environ.get("HARNESS_MANIFESTS", "")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: web:1
"""


def linted(text: str) -> Report:
    return lint(dedent(text), "web.yaml")


def remarked(text: str) -> list[str]:
    return [f"{remark.line}:{remark.column} {remark.path}" for remark in linted(text).remarks]


def refused(text: str) -> list[str]:
    return list(map(str, linted(text).refusals))


def test_a_manifest_of_which_all_is_acted_on_has_no_remarks() -> None:
    assert linted(POD) == Report(1, (), ())


def test_a_field_that_is_only_stored_is_told_with_its_place() -> None:
    text = (
        POD
        + "    volumeMounts: [{name: data, mountPath: /data, subPath: web}]\n  volumes: [{name: data, emptyDir: {}}]\n"
    )
    assert remarked(text) == ["8:51 spec.containers[0].volumeMounts[0].subPath"]


def test_what_is_in_a_stored_field_is_not_told_again() -> None:
    assert remarked(POD + "  securityContext: {seLinuxOptions: {level: s0, role: r}}\n") == [
        "8:21 spec.securityContext.seLinuxOptions"
    ]


@pytest.mark.parametrize(
    "usual",
    [
        "dnsPolicy: ClusterFirst",
        "securityContext: {}",
        "hostPID: false",
        "imagePullSecrets: []",
        "runtimeClassName: null",
        "enableServiceLinks: true",
    ],
)
def test_a_field_that_says_what_it_would_be_anyway_is_passed_over(usual: str) -> None:
    assert remarked(f"{POD}  {usual}\n") == []


def test_a_field_that_differs_from_its_default_is_told() -> None:
    assert remarked(f"{POD}  enableServiceLinks: false\n") == ["8:3 spec.enableServiceLinks"]


def test_a_name_that_tells_an_item_from_others_is_passed_over() -> None:
    reference = "{name: TOKEN, valueFrom: {secretKeyRef: {name: login, key: token}}}"
    assert remarked(POD + f"    env: [{{name: LEVEL, value: info}}, {reference}]\n") == [
        "8:25 spec.containers[0].env[0].value"
    ]


def test_a_status_is_passed_over_since_nobody_may_bring_one() -> None:
    assert remarked(POD + "status: {resize: Proposed}\n") == []


def test_fields_that_were_merged_in_are_told_where_they_were_written() -> None:
    text = """\
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - &web {name: web, image: "web:1", command: [serve]}
          - <<: *web
            name: side
        """
    assert remarked(text) == ["6:38 spec.containers[0].command", "6:38 spec.containers[1].command"]


def test_of_a_kind_that_nobody_attends_to_the_object_is_told() -> None:
    text = "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: web}\nspec: {holderIdentity: a}\n"
    (remark,) = linted(text).remarks
    assert (remark.line, remark.path, remark.row.note) == (
        2,
        "Lease/web",
        "nobody attends to objects of this kind",
    )


def test_an_older_version_of_a_kind_is_attended_to_as_well() -> None:
    text = """\
        apiVersion: autoscaling/v1
        kind: HorizontalPodAutoscaler
        metadata: {name: web}
        spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}}
        """
    assert linted(text) == Report(1, (), ())


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
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, maximum: 3}}}
"""
_ROOMS = "rooms: {type: array, items: {type: string, x-kubernetes-validations: [{rule: 'true'}]}}"
RULED = QUEUES.replace("maximum: 3}", f"maximum: 3}}, {_ROOMS}")
QUEUE = "apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: jobs}\nspec: {size: 3}\n"


def of_queue(text: str, definition: str) -> Report:
    return lint(text, "web.yaml", brought=brought_by(definition, "queues.yaml"))


def test_of_a_custom_kind_the_object_is_told_and_whether_its_schema_is_checked() -> None:
    notes = [
        (remark.path, remark.row.note)
        for report in (linted(QUEUE), of_queue(QUEUE, QUEUES), of_queue(QUEUE, RULED))
        for remark in report.remarks
    ]
    assert notes == [
        (
            "Queue/jobs",
            "its definition is not among the files, so its schema is not checked; no operator of it runs here",
        ),
        ("Queue/jobs", "its schema is checked; no operator of it runs here"),
        ("Queue/jobs", "its schema is checked, but for its rules in CEL; no operator of it runs here"),
    ]


def test_a_definition_is_told_that_its_rules_are_not_evaluated() -> None:
    assert linted(QUEUES) == Report(1, (), ())
    (remark,) = linted(RULED).remarks
    assert (remark.line, remark.path, remark.row.note) == (
        16,
        "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.rooms.items.x-kubernetes-validations",
        "rules in CEL are not evaluated: what they would refuse is accepted",
    )


def test_an_object_of_a_custom_kind_is_held_against_its_definition() -> None:
    refusals = [
        str(refusal)
        for text in (
            QUEUE.replace("size: 3", "size: 4"),
            QUEUE.replace("size: 3", "length: 3"),
            QUEUE.replace("example.com/v1", "example.com/v2"),
        )
        for refusal in of_queue(text, QUEUES).refusals
    ]
    assert refusals == [
        'web.yaml:4:8: The Queue "jobs" is invalid: spec.size: Invalid value: 4: spec.size in body should be less than '
        "or equal to 3",
        'web.yaml:4:8: Queue in version "v1" cannot be handled as a Queue: strict decoding error: unknown field '
        '"spec.length"',
        'web.yaml:1:1: no matches for kind "Queue" in version "example.com/v2"',
    ]


def test_a_definition_that_is_refused_brings_nothing() -> None:
    assert brought_by(QUEUES.replace("type: integer", "type: whole"), "queues.yaml") == {}


def test_a_field_that_the_kind_does_not_have_is_an_error_where_it_stands() -> None:
    assert refused(POD + "    imagePullPolcy: Always\n") == [
        'web.yaml:8:5: Pod in version "v1" cannot be handled as a Pod: '
        'strict decoding error: unknown field "spec.containers[0].imagePullPolcy"'
    ]


def test_a_value_of_the_wrong_type_is_an_error_where_it_stands() -> None:
    (text,) = refused(POD + '    ports: [{containerPort: "80"}]\n')
    assert text.startswith("web.yaml:8:14: ")
    assert "cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort" in text


def test_what_validation_refuses_is_an_error_where_it_stands() -> None:
    assert refused(POD + "  restartPolicy: Sometimes\n") == [
        'web.yaml:8:3: The Pod "web" is invalid: spec.restartPolicy: Unsupported value: "Sometimes": '
        'supported values: "Always", "OnFailure", "Never"'
    ]


def test_a_field_that_is_missing_is_an_error_at_what_should_have_it() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - name: http\n"
    assert refused(text)[0].startswith('web.yaml:6:5: The Service "web" is invalid: spec.ports[0].port: ')


def test_a_key_with_dots_is_found() -> None:
    text = POD.replace("{name: web}", '{name: web, labels: {example.com/tier: "not a label"}}')
    assert [problem.partition(": ")[0] for problem in refused(text)] == ["web.yaml:3:23"]


def test_a_version_that_no_cluster_serves_is_an_error_and_no_remark() -> None:
    report = linted("apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: web}\n")
    assert report.remarks == ()
    assert [str(refusal) for refusal in report.refusals] == [
        'web.yaml:1:1: no matches for kind "Deployment" in version "apps/v1beta1"'
    ]


def test_an_object_without_a_name_is_an_error() -> None:
    assert "no" in refused("apiVersion: v1\nkind: Pod\nmetadata: {}\n")[0]


def test_the_items_of_a_list_are_objects() -> None:
    items = "\n".join(f"  {line}" for line in POD.splitlines())
    assert linted(f"apiVersion: v1\nkind: List\nitems:\n- {items[2:]}\n").objects == 1


def test_what_a_client_reads_is_passed_over() -> None:
    text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\n"
    assert linted(text) == Report(0, (), ())


# What is said to be refused, as it would stand in the spec of a pod or a template.
_REFUSED = {
    "ephemeralContainers": {"ephemeralContainers": [{"name": "debugger", "image": "debug:1"}]},
    "activeDeadlineSeconds": {"activeDeadlineSeconds": 5},
}
_TEMPLATED: dict[str, dict[str, object]] = {
    "CronJob": {},
    "Job": {},
    "ReplicationController": {"selector": {"app": "web"}},
    "StatefulSet": {"selector": {"matchLabels": {"app": "web"}}, "serviceName": "web"},
}
_METADATA = {
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "deletionTimestamp": "2026-01-01T00:00:00Z",
    "deletionGracePeriodSeconds": 5,
    "finalizers": ["example.com/kept"],
    "generation": 1,
    "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "1"}],
}


def test_what_is_said_to_be_refused_is_refused() -> None:
    said = {
        (kind, version, field.path)
        for version, kind in TYPES
        for field in fields(version, kind)
        if field.row is not None and field.row.verdict == REFUSED
    }
    for kind, version, path in sorted(said):
        refusals = lint(json.dumps(_refused_object(kind, version, path)), "web.json").refusals
        name = path.rpartition(".")[2]
        assert any(f"{name}: Forbidden" in str(one).replace("uID", "uid") for one in refusals), (kind, path, refusals)


def _refused_object(kind: str, version: str, path: str) -> dict[str, object]:
    """An object of the kind that has the field."""
    if kind == "CustomResourceDefinition":
        return _refused_definition(path)
    spec: dict[str, object] = {"containers": [{"name": "web", "image": "web:1"}]}
    name = path.rpartition(".")[2]
    if "volumeClaimTemplate.metadata" in path:
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        template = {"metadata": {name: _METADATA.get(name, "web")}, "spec": claim}
        spec["volumes"] = [{"name": "data", "ephemeral": {"volumeClaimTemplate": template}}]
    else:
        spec |= _REFUSED[name]
    if kind in ("Job", "CronJob"):
        spec["restartPolicy"] = "Never"
    whole: dict[str, object] = spec
    if kind != "Pod":
        labelled = {"template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}}
        whole = {**labelled, **_TEMPLATED.get(kind, {"selector": {"matchLabels": {"app": "web"}}})}
    if kind == "CronJob":
        whole = {"schedule": "@daily", "jobTemplate": {"spec": whole}}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, "spec": whole}


_OF_OPEN_API: dict[str, object] = {
    "$ref": "other",
    "additionalItems": True,
    "definitions": {"other": {"type": "string"}},
    "dependencies": {"size": ["name"]},
    "id": "schema",
    "patternProperties": {"^a": {"type": "string"}},
    "uniqueItems": True,
}


def _refused_definition(path: str) -> dict[str, object]:
    name = path.rpartition(".")[2]
    schema = {"type": "object", "properties": {"spec": {"type": "string", name: _OF_OPEN_API[name]}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Queue", "plural": "queues"},
        "versions": [version],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "queues.example.com"},
        "spec": spec,
    }


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fields_for_one_reason_are_told_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(
        POD + "    command: [serve]\n    args: [now]\n    tty: true\n  shareProcessNamespace: true\n"
    )
    assert main(["lint", "web.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "web.yaml:8:5: spec.containers[0].command: stored, not acted on: what a container does is told by the "
        "scenario's images (also containers.args, containers.tty, spec.shareProcessNamespace)",
        "1 object, 4 remarks",
    ]


def test_strict_makes_remarks_an_exit_status(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(POD + "    command: [serve]\n")
    assert main(["lint", "web.yaml"]) == 0
    assert main(["lint", "--strict", "web.yaml"]) == 1
    Path("web.yaml").write_text(POD)
    assert main(["lint", "--strict", "web.yaml"]) == 0


def test_refusals_are_complaints_on_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(POD + "  restartPolicy: Sometimes\n")
    assert main(["lint", "--strict", "web.yaml"]) == 2
    told = capsys.readouterr()
    assert told.out == "1 object, 0 remarks\n"
    assert told.err.startswith('web.yaml:8:3: The Pod "web" is invalid: ')


def test_jsonl_has_every_field(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(POD + "    command: [serve]\n    args: [now]\n")
    assert main(["lint", "--output", "jsonl", "web.yaml"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["path"] for row in rows] == ["spec.containers[0].command", "spec.containers[0].args"]
    assert rows[0] == {
        "file": "web.yaml",
        "line": 8,
        "column": 5,
        "object": "Pod/web",
        "path": "spec.containers[0].command",
        "verdict": "stored",
        "note": "what a container does is told by the scenario's images",
    }


def test_a_folder_stands_for_every_object_below_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("base/.hidden").mkdir(parents=True)
    Path("base/web.yaml").write_text(POD)
    Path("base/side.json").write_text('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}')
    Path("base/values.yaml").write_text("replicas: 3\n")
    Path("base/.hidden/old.yaml").write_text("[")
    assert main(["lint", "base"]) == 0
    assert capsys.readouterr().out == "2 objects, 0 remarks\n"


def test_a_definition_in_any_file_counts_for_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("jobs.yaml").write_text(QUEUE.replace("size: 3", "size: 4"))
    Path("queues.yaml").write_text(QUEUES)
    assert main(["lint", "jobs.yaml", "queues.yaml"]) == 2
    assert capsys.readouterr().err.startswith('jobs.yaml:4:8: The Queue "jobs" is invalid: spec.size: ')
    assert main(["lint", "jobs.yaml"]) == 0


def test_of_the_projects_own_manifests_only_what_is_meant_to_be_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    main(["lint", *(folder.as_posix() for folder in sorted(Path("scenarios").glob("*/manifests")))])
    told = capsys.readouterr().err.splitlines()
    # A scenario is about this file: a chart that was not rendered to its end.
    assert [line.partition(":")[0] for line in told] == ["scenarios/api/manifests/delivery-dashboards.yaml"]


@pytest.mark.skipif(not MANIFESTS, reason="HARNESS_MANIFESTS names no folder of manifests")
def test_what_a_server_refuses_of_public_manifests_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    replies = json.loads((Path(MANIFESTS) / "replies.json").read_text(encoding="utf-8"))
    wrong = []
    for name, reply in replies.items():
        status = main(["lint", (Path(MANIFESTS) / name).as_posix()])
        # What a cluster lacks, such as a namespace, is not judged; nor are kinds whose definitions stand elsewhere.
        lacking = "NotFound" in reply["stderr"] or "no matches for kind" in reply["stderr"]
        if status != (2 if reply["rc"] else 0) and not lacking:
            wrong.append((name, status, reply["stderr"]))
    capsys.readouterr()
    assert wrong == []


def test_of_a_key_that_is_there_twice_the_last_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(POD + "  restartPolicy: Sometimes\n  restartPolicy: Never\n")
    assert main(["lint", "web.yaml"]) == 0
    assert capsys.readouterr().err == (
        'web.yaml:9:3: the key "restartPolicy" is there twice, first at line 8, column 3; only the last counts, as for '
        "kubectl\n"
    )


def test_a_named_file_must_hold_objects(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("values.yaml").write_text("replicas: 3\n")
    assert main(["lint", "values.yaml"]) == 2
    assert capsys.readouterr().err.startswith('values.yaml:1:1: the object has no "apiVersion"')


def test_manifests_come_from_stdin(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((POD + "    tty: true\n").encode())))
    assert main(["lint", "-"]) == 0
    assert capsys.readouterr().out.startswith("<stdin>:8:5: spec.containers[0].tty: stored, not acted on: ")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "web.yaml does not exist"),
        (b"\xff", "web.yaml:1:1: found byte 0xff at offset 0, expected UTF-8 text: save the file as UTF-8"),
        (b"a: [", "web.yaml:2:1: not valid YAML: "),
    ],
)
def test_what_cannot_be_read_is_a_complaint(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, complaint: str
) -> None:
    if content is not None:
        Path("web.yaml").write_bytes(content)
    assert main(["lint", "web.yaml"]) == 2
    assert capsys.readouterr().err.startswith(complaint)


def test_the_same_manifests_give_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("web.yaml").write_text(POD + "    command: [serve]\n  dnsPolicy: None\n  hostIPC: true\n")
    told = []
    for _ in range(2):
        main(["lint", "web.yaml"])
        told.append(capsys.readouterr())
    assert told[0] == told[1]
