"""Manifests are read as kubectl reads them, from inside the project only, and each object has what it needs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ScenarioError, ScenarioErrors
from harness.scenario.model import Apply, Create, Delete, Manifest, Patch, Scenario
from harness.scenario.reading import parse_scenario, read_scenario

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder of scenarios, which is also where the test stands."""
    root = tmp_path / "project"
    (root / "scenarios").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    monkeypatch.chdir(root)
    return root


def applied(scenario: Scenario) -> tuple[Manifest, ...]:
    action = scenario.steps[0].action
    assert isinstance(action, Apply | Create | Delete)
    return action.manifests


def read(project: Path, scenario: str, **manifests: str | bytes) -> Scenario:
    for name, content in manifests.items():
        data = content.encode() if isinstance(content, str) else content
        (project / "scenarios" / name.replace("_", ".")).write_bytes(data)
    (project / "scenarios" / "s.yaml").write_text(scenario)
    return read_scenario("scenarios/s.yaml")


def complaint(project: Path, scenario: str, **manifests: str | bytes) -> str:
    with pytest.raises(ScenarioErrors) as raised:
        read(project, scenario, **manifests)
    return str(raised.value)


def fields_of(text: str) -> dict[str, object]:
    """What an inline manifest says under `data`."""
    scenario = parse_scenario(
        f"steps:\n- apply:\n    apiVersion: v1\n    kind: X\n    metadata: {{name: a}}\n    data: {text}\n"
    )
    data = applied(scenario)[0].documents[0]["data"]
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", True),
        ("Off", False),
        ("y", True),
        ("no", False),
        ("0777", 511),
        ("0o777", 511),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("08", 8),
        ("1e3", 1000),
        ("1.5", 1.5),
        ("1.0", 1),
        ("-5", -5),
        ("~", None),
        ("2026-01-01", "2026-01-01"),
        ("1:30", "1:30"),
        ("100m", "100m"),
        ('"on"', "on"),
        ("!!str on", "on"),
        ("'0777'", "0777"),
        ("18446744073709551615", 18446744073709551615.0),
        ("1" * 400, "1" * 400),
        ("1e999", "1e999"),
    ],
)
def test_a_manifest_inside_a_scenario_is_read_as_kubectl_reads_it(written: str, meant: object) -> None:
    found = fields_of(f"{{k: {written}}}")["k"]
    assert (found, type(found)) == (meant, type(meant))


def test_keys_of_a_manifest_become_texts() -> None:
    assert fields_of("{on: a, 0777: b, 5: c, x: d}") == {"true": "a", "511": "b", "5": "c", "x": "d"}


def test_keys_that_read_the_same_are_duplicates() -> None:
    with pytest.raises(ScenarioErrors, match=r'scenario.yaml:6:20: .*"on" says the same .* "true"'):
        fields_of("{yes: a, on: b}")


def test_numbers_that_json_lacks_are_refused() -> None:
    with pytest.raises(ScenarioErrors, match=r"6:15: found \.inf"):
        fields_of("{k: .inf}")


def test_anchors_and_merge_keys_work_in_manifests() -> None:
    assert fields_of("{a: &a {x: 1, y: 2}, b: *a, c: {<<: *a, x: 3}}") == {
        "a": {"x": 1, "true": 2},
        "b": {"x": 1, "true": 2},
        "c": {"x": 3, "true": 2},
    }


def test_a_patch_follows_yaml_1_2_but_merges_and_has_whole_numbers() -> None:
    body = "{a: on, b: 0777, c: 2.0, d: &d {y: n}, e: {<<: *d, f: .inf2}}"
    step = parse_scenario(f"steps:\n- patch: sts/a\n  with: {body}\n").steps[0]
    wanted = {"a": "on", "b": 777, "c": 2, "d": {"y": "n"}, "e": {"y": "n", "f": ".inf2"}}
    assert step.written["with"] == wanted
    assert isinstance(step.action, Patch)
    assert step.action.body == wanted


def test_documents_of_a_file_come_in_order_and_empty_ones_are_skipped(project: Path) -> None:
    text = f"# first\n---\n{POD}---\n---\nnull\n---\n{POD.replace('name: a', 'name: b')}"
    (manifest,) = applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=text))
    assert manifest.source == "m.yaml"
    assert [document["metadata"]["name"] for document in manifest.documents] == ["a", "b"]
    assert [str(place) for place in manifest.places] == ["scenarios/m.yaml:3:1", "scenarios/m.yaml:10:1"]


def test_a_list_is_taken_apart(project: Path) -> None:
    items = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}} for name in ("a", "b")]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    (manifest,) = applied(read(project, "steps:\n- apply: m.json\n", m_json=text))
    assert manifest.documents == tuple(items)


def test_json_is_read_with_tabs_escapes_and_several_objects(project: Path) -> None:
    one = '{\n\t"apiVersion": "v1", "kind": "Pod",\n\t"metadata": {"name": "a", "x": "\\ud83d\\ude00 \\/"}}'
    (manifest,) = applied(read(project, "steps:\n- apply: m.json\n", m_json=f"{one}\n{one}"))
    assert [document["metadata"]["x"] for document in manifest.documents] == ["😀 /", "😀 /"]
    assert [place.line for place in manifest.places] == [1, 4]


def test_an_inline_manifest_is_called_stdin() -> None:
    scenario = parse_scenario(f"steps:\n- apply:\n  - {POD.replace(chr(10), chr(10) + '    ')}")
    assert applied(scenario)[0].source == "STDIN"


def test_create_takes_a_generated_name_and_apply_does_not() -> None:
    manifest = "{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}"
    assert applied(parse_scenario(f"steps:\n- create: {manifest}\n"))
    with pytest.raises(ScenarioErrors, match=r':2:48: metadata of the Pod has no "name"'):
        parse_scenario(f"steps:\n- apply: {manifest}\n")


def test_delete_reads_a_path_as_a_manifest(project: Path) -> None:
    (manifest,) = applied(read(project, "steps:\n- delete: m.yaml\n", m_yaml=POD))
    assert manifest.source == "m.yaml"


def test_the_kind_of_a_custom_resource_is_known_from_its_definition() -> None:
    scenario = parse_scenario(
        "steps:\n"
        "- apply:\n"
        "    apiVersion: apiextensions.k8s.io/v1\n"
        "    kind: CustomResourceDefinition\n"
        "    metadata: {name: widgets.example.com}\n"
        "    spec: {group: example.com, scope: Cluster, names: {kind: Widget, plural: widgets, shortNames: [wd]},\n"
        "      versions: [{name: v1}]}\n"
        "- delete: [wd/a, widget/a, widgets.example.com/a]\n"
    )
    delete = scenario.steps[1].action
    assert isinstance(delete, Delete)
    assert {(target.resource.kind, target.namespace) for target in delete.targets} == {("Widget", "")}


def test_the_kind_of_a_custom_object_is_known_from_the_object() -> None:
    scenario = parse_scenario(
        "steps:\n- delete: gadget/a\n- apply: {apiVersion: example.com/v1, kind: Gadget, metadata: {name: a}}\n"
    )
    assert scenario.steps[0].verb == "delete"


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ("{metadata: {name: a}, kind: Pod}", 's.yaml:2:10: the object has no "apiVersion"'),
        ("{apiVersion: v1, metadata: {name: a}}", 's.yaml:2:10: the object has no "kind"'),
        ("{apiVersion: v1, kind: Pod}", "s.yaml:2:10: the Pod has no metadata"),
        ("{apiVersion: v1, kind: Pod, metadata: []}", "s.yaml:2:48: the Pod has a list as metadata"),
        ("{apiVersion: v1, kind: Pod, metadata: {}}", 's.yaml:2:48: metadata of the Pod has no "name"'),
        ("{apiVersion: v1, kind: Pod, metadata: {name: 5}}", "s.yaml:2:55: found the number 5 as name"),
        ("{kind: List, items: [{apiVersion: v1, metadata: {name: a}}]}", 's.yaml:2:31: the object has no "kind"'),
        ("{kind: List, items: {a: b}}", "s.yaml:2:30: found a mapping as items of the List, expected a list"),
        ("{kind: List, items: [null]}", "s.yaml:2:31: found nothing, expected an object"),
        ("{kind: List, items: []}", "s.yaml:2:10: the List holds no object"),
    ],
)
def test_a_mistake_in_an_object_of_the_scenario_is_named_with_its_place(
    project: Path, manifest: str, expected: str
) -> None:
    assert complaint(project, f"steps:\n- apply: {manifest}\n").startswith(f"scenarios/{expected}")


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ("[" * 100_000, "scenarios/m.yaml:1:65: nested deeper than 64"),
        ("{" * 100_000, "scenarios/m.yaml:1:65: nested deeper than 64"),
        (b"\xef\xbb\xbfkind: \xff\n", "scenarios/m.yaml:1:7: found byte 0xff at offset 9, expected UTF-8"),
    ],
)
def test_a_file_that_is_not_taken_on_is_named_with_its_place(
    project: Path, manifest: str | bytes, expected: str
) -> None:
    assert complaint(project, "steps:\n- apply: m.yaml\n", m_yaml=manifest).startswith(expected)


NOT_VALIDATED = "if you choose to ignore these errors, turn validation off with --validate=false"
NO_YAML = "error parsing m.yaml: error converting YAML to JSON: yaml:"
MISTAKES_IN_FILES = {
    "no apiVersion": (
        "metadata: {name: a}\nkind: Pod\n",
        f'error validating "m.yaml": error validating data: apiVersion not set; {NOT_VALIDATED}',
    ),
    "neither apiVersion nor kind": (
        "metadata: {name: a}\n",
        f'error validating "m.yaml": error validating data: [apiVersion not set, kind not set]; {NOT_VALIDATED}',
    ),
    "no object": (
        "- 1\n",
        f'error validating "m.yaml": error validating data: invalid object to validate; {NOT_VALIDATED}',
    ),
    "a list that does not end": ("a: 1\nx: [\n", f"{NO_YAML} line 2: did not find expected node content"),
    "a tab": ("a: 1\n\tb: 1\n", f"{NO_YAML} line 2: found a tab character that violates indentation"),
    "a tab before a key": ("a:\n\tb: 1\n", f"{NO_YAML} line 2: found character that cannot start any token"),
    "a line too far to the right": (
        "a: 1\n  b: 2\n",
        f"{NO_YAML} line 2: mapping values are not allowed in this context",
    ),
    "a line too far to the left": ("a:\n    b: 1\n  c: 2\n", f"{NO_YAML} line 2: did not find expected key"),
    "a key without a colon": ("a: 1\nb\nc: 2\n", f"{NO_YAML} line 3: could not find expected ':'"),
    "a template in place of a value": (
        "a: {{x}}\n",
        f'{NO_YAML} invalid map key: map[interface {{}}]interface {{}}{{"x":interface {{}}(nil)}}',
    ),
    "a template at the beginning": (
        "{{- if x }}\na: 1\n",
        "error parsing m.yaml: json: offset 2: invalid character '{' looking for beginning of object key string",
    ),
    "a list as a key": ("? [a, 1]\n: b\n", f'{NO_YAML} invalid map key: []interface {{}}{{"a", 1}}'),
    "an unknown anchor": ("a: *b\n", f"{NO_YAML} unknown anchor 'b' referenced"),
    "a separator with words behind": ("a: 1\n---b: 1\n", "error parsing m.yaml: invalid Yaml document separator: b: 1"),
    "a control character": ("a: \x01\n", f"{NO_YAML} control characters are not allowed"),
    "JSON without a comma": (
        '{"a": 1\n "b": 2}',
        "error parsing m.yaml: json: offset 10: invalid character '\"' after object key:value pair",
    ),
    "JSON that does not end": ('{"a": 1', "error parsing m.yaml: unexpected EOF"),
}


@pytest.mark.parametrize(("manifest", "expected"), MISTAKES_IN_FILES.values(), ids=MISTAKES_IN_FILES)
def test_what_kubectl_cannot_read_of_a_file_is_part_of_the_manifest(
    project: Path, manifest: str, expected: str
) -> None:
    (found,) = applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=manifest))
    assert [fault.text for fault in found.faults] == [expected]


def test_lines_are_counted_from_the_last_separator_and_what_comes_before_is_kept(project: Path) -> None:
    (found,) = applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=f"{POD}---\na: 1\n\tb: 1\n---\n{POD}"))
    assert len(found.documents) == 1
    (fault,) = found.faults
    assert (fault.after, str(fault.at)) == (1, "scenarios/m.yaml:5:1")
    assert "line 2" in fault.text


def test_of_two_equal_keys_in_a_file_the_last_counts(project: Path) -> None:
    (found,) = applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=f"{POD}kind: Service\n"))
    assert found.documents[0]["kind"] == "Service"


def test_a_typed_list_says_what_its_items_are(project: Path) -> None:
    text = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n"
    (found,) = applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=text))
    assert [(one["apiVersion"], one["kind"]) for one in found.documents] == [("v1", "Pod")]
    assert found.lists == ("v1 PodList",)


def test_a_folder_stands_for_its_manifests_by_name(project: Path) -> None:
    folder = project / "scenarios" / "manifests"
    (folder / "b").mkdir(parents=True)
    for name in ("c.yml", "a.json", "b/d.yaml", "notes.txt"):
        (folder / name).write_text("x" if name == "notes.txt" else POD)
    assert [one.source for one in applied(read(project, "steps:\n- apply: manifests\n"))] == [
        "manifests/a.json",
        "manifests/c.yml",
    ]
    below = applied(read(project, "steps:\n- apply: manifests\n  recursive: true\n"))
    assert [one.source for one in below] == ["manifests/a.json", "manifests/b/d.yaml", "manifests/c.yml"]


def test_a_pattern_stands_for_what_fits_it(project: Path) -> None:
    (project / "scenarios" / "m").mkdir()
    for name in ("b.yaml", "a.yaml", "c.txt"):
        (project / "scenarios" / "m" / name).write_text(POD)
    assert [one.source for one in applied(read(project, 'steps:\n- delete: "m/*.yaml"\n'))] == ["m/a.yaml", "m/b.yaml"]


def test_a_folder_for_kustomize_is_refused(project: Path) -> None:
    (project / "scenarios" / "m").mkdir()
    (project / "scenarios" / "m" / "kustomization.yaml").write_text("resources: []\n")
    found = complaint(project, "steps:\n- apply: m\n")
    assert "kustomize" in found and "kubectl kustomize" in found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("gone.yaml", '"gone.yaml" does not exist'),
        ("../../outside.yaml", '"../../outside.yaml" lies outside project/'),
        ("link.yaml", '"link.yaml" lies outside project/'),
        ("folder-link/outside.yaml", "lies outside project/"),
        ("loop.yaml", '"loop.yaml"'),
        ('"a\\0b"', "cannot be read"),
        ("empty", '"empty" is a folder without a manifest'),
        ("..", '"../link.yaml" lies outside project/'),
        ("pipe.yaml", '"pipe.yaml" is no ordinary file'),
        ('"m/*.yaml"', '"m/*.yaml" is a pattern that no file fits'),
        ('"../../*.yaml"', "lies outside project/"),
        ("https://example.com/a.yaml", '"https://example.com/a.yaml" is a URL, and URLs are not followed'),
    ],
)
def test_a_path_that_may_not_be_read_is_refused(project: Path, written: str, expected: str) -> None:
    (project.parent / "outside.yaml").write_text(POD)
    (project / "scenarios" / "link.yaml").symlink_to(project.parent / "outside.yaml")
    (project / "scenarios" / "folder-link").symlink_to(project.parent)
    (project / "scenarios" / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(project / "scenarios" / "pipe.yaml")
    (project / "scenarios" / "empty").mkdir()
    (project / "link.yaml").symlink_to(project.parent / "outside.yaml")
    found = complaint(project, f"steps:\n- apply: {written}\n")
    assert expected in found
    assert found.startswith("scenarios/s.yaml:2:10: ")
    assert ("--allow-outside" in found) == ("outside" in expected)


def test_a_file_that_may_not_be_opened_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def forbidden(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if path.name == "m.yaml" and mode == "rb":
            raise PermissionError(13, "Permission denied")
        return opened(path, mode, *rest, **named)

    monkeypatch.setattr(Path, "open", forbidden)
    found = complaint(project, "steps:\n- delete: m.yaml\n", m_yaml=POD)
    assert found == 'scenarios/s.yaml:2:11: "m.yaml" cannot be read: Permission denied'


def test_an_absolute_path_is_refused(project: Path) -> None:
    (project.parent / "outside.yaml").write_text(POD)
    assert "lies outside" in complaint(project, f"steps:\n- apply: {project.parent / 'outside.yaml'}\n")


def test_a_path_outside_is_read_where_that_is_allowed(project: Path) -> None:
    (project.parent / "outside.yaml").write_text(POD)
    (project / "scenarios" / "s.yaml").write_text("steps:\n- apply: ../../outside.yaml\n")
    (manifest,) = applied(read_scenario("scenarios/s.yaml", allow_outside=True))
    assert manifest.source == "../../outside.yaml"


def test_a_path_may_reach_all_of_the_project(project: Path) -> None:
    (project / "deploy.yaml").write_text(POD)
    assert applied(read(project, "steps:\n- apply: ../deploy.yaml\n"))[0].source == "../deploy.yaml"


def test_without_a_project_the_scenarios_own_folder_is_the_fence(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "deploy.yaml").write_text(POD)
    (tmp_path / "scenarios" / "s.yaml").write_text("steps:\n- apply: ../deploy.yaml\n")
    with pytest.raises(ScenarioError, match="lies outside scenarios/"):
        read_scenario(tmp_path / "scenarios" / "s.yaml")


def test_a_manifest_larger_than_four_megabytes_is_not_read(project: Path) -> None:
    found = complaint(project, "steps:\n- apply: m.yaml\n", m_yaml="#" * 4_000_001)
    assert found.startswith("scenarios/m.yaml:1:1: ") and "4,000,001" in found and "4,000,000" in found


def test_a_large_manifest_without_aliases_is_no_bomb(project: Path) -> None:
    values = ",".join(["1"] * 150_000)
    assert applied(read(project, "steps:\n- apply: m.yaml\n", m_yaml=f"{POD}data: [{values}]\n"))
