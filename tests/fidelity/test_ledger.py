"""The table of verdicts is complete, and says of no field more than is true.

Owns the exceptions: fields that act without a reader, and readers that do nothing with a field. Every scenario of the
project is played once, and whoever reads a field of an object is noted.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from fidelity.witness import Evidence, evidence
from harness.fidelity.ledger import Field, fields, idle_rows, root
from harness.fidelity.table import ACTED, REFUSED, ROWS, STORED
from harness.objects.schemas import TYPES

ROOT = Path(__file__).parents[2]
TABLE = "harness/fidelity/table.py"
WORLDS = "tests/fidelity/worlds"
PLAYED = ("scenarios", "tests/conformance/scenarios", WORLDS)
# Files of those folders that are manifests of the others.
NOT_SCENARIOS = frozenset({"nfs-volumes.yaml", "stateful-demo.yaml"})

# (type, attribute) -> why nobody has to read or fill in a field that is acted on.
WITHOUT_A_READER = {
    ("ConfigMap", "immutable"): "validation refuses changes",
    ("ExternalDocumentation", "description"): "for people",
    ("ExternalDocumentation", "url"): "for people",
    ("JSONSchemaProps", "description"): "for people",
    ("JSONSchemaProps", "example"): "for people",
    ("JSONSchemaProps", "external_docs"): "for people",
    ("JSONSchemaProps", "schema"): "for people",
    ("JSONSchemaProps", "title"): "for people",
    ("JobSpec", "manual_selector"): "it says whether the server chooses a selector as the job is stored",
    ("PodSchedulingGate", "name"): "any gate holds a pod",
    ("PriorityClass", "description"): "for people",
    ("RollingUpdateStatefulSetStrategy", "max_unavailable"): "defaulting takes it out",
    ("Secret", "immutable"): "validation refuses changes",
    ("Secret", "string_data"): "defaulting makes data of it",
    ("Secret", "type"): "validation refuses changes, and asks for its keys",
    ("Taint", "time_added"): "the node controller fills it in, in a spec",
    ("TypedObjectReference", "api_group"): "defaulting makes a dataSource of it",
    ("TypedObjectReference", "kind"): "defaulting makes a dataSource of it",
    ("Volume", "downward_api"): "mounts at once",
    ("Volume", "empty_dir"): "mounts at once",
    ("VolumeClaimTemplate", "api_version"): "nobody asks what a template says it is",
    ("VolumeClaimTemplate", "kind"): "nobody asks what a template says it is",
    ("VolumeClaimTemplate", "status"): "no claim is made with one",
}
# (type, attribute) -> why a field that is only stored or refused is read all the same.
READ_FOR_NOTHING = {
    ("CustomResourceDefinitionNames", "categories"): "taken over into the accepted names",
    ("MetricIdentifier", "selector"): "a reason names it",
    ("PersistentVolumeClaimStatus", "modify_volume_status"): "it would protect a class",
    ("PodSpec", "ephemeral_containers"): "volumes that they would mount",
    ("PodSpec", "image_pull_secrets"): "taken over from the service account",
    ("ServiceAccount", "image_pull_secrets"): "handed on to pods",
    ("ServiceSpec", "external_ips"): "with them a traffic policy may stay",
    ("ServiceSpec", "external_traffic_policy"): "it says whether a port for health checks is handed out",
    ("Volume", "azure_file"): "asked for together with those that count",
    ("Volume", "vsphere_volume"): "asked for together with those that count",
}


@cache
def ledger() -> tuple[tuple[str, Field], ...]:
    """Every field of every kind, with the kind."""
    return tuple((kind, field) for api_version, kind in TYPES for field in fields(api_version, kind))


def judged(*verdicts: str) -> dict[tuple[str, str], str]:
    """(type, attribute) -> where one such field stands, of all that have one of the verdicts."""
    found: dict[tuple[str, str], str] = {}
    for kind, field in ledger():
        if field.row is not None and field.row.verdict in verdicts and field.attribute != "metadata":
            found.setdefault((field.owner.__name__, field.attribute), f"{kind} {field.path}")
    return found


@pytest.fixture(scope="module")
def seen() -> Evidence:
    paths = [path for folder in PLAYED for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return evidence(
        path for path in paths if path.name not in NOT_SCENARIOS and "manifests" not in path.relative_to(ROOT).parts
    )


def test_every_field_of_every_kind_has_a_verdict() -> None:
    missing = {(field.owner.__name__, field.path.rpartition(".")[2]): kind for kind, field in ledger() if not field.row}
    told = [f"{owner}.{name} (of {kind})" for (owner, name), kind in missing.items()]
    assert not told, f"fields without a verdict; give each a row in {TABLE}: {', '.join(told)}"


def test_every_row_judges_a_field() -> None:
    idle = ", ".join(f"{owner}.{field}" for owner, field in idle_rows())
    assert not idle, f"rows of {TABLE} that no field is judged by; take them out or name the field as it is: {idle}"


def test_what_is_acted_on_is_read_or_filled_in_by_somebody(seen: Evidence) -> None:
    unseen = [
        f"{'.'.join(key)} ({where})"
        for key, where in judged(ACTED).items()
        if key not in seen.read and key not in seen.filled and key not in WITHOUT_A_READER
    ]
    assert not unseen, (
        f"said to be acted on, but in no scenario read or filled in by an actor or the server: {', '.join(unseen)}. "
        f"Show it with a scenario (in {WORLDS}, if in no other), call it stored in {TABLE}, or say in "
        f"WITHOUT_A_READER why nobody has to read it"
    )


def test_what_is_only_stored_is_read_by_nobody_with_a_will(seen: Evidence) -> None:
    acted = judged(ACTED)
    used = [
        f"{'.'.join(key)} ({where}), read by {seen.read[key]}"
        for key, where in judged(STORED, REFUSED).items()
        if key not in acted and key in seen.read and key not in READ_FOR_NOTHING
    ]
    assert not used, (
        f"said to be only stored, but read: {', '.join(used)}. If it is acted on now, say so in {TABLE} (and run "
        f"python docs/write_pages.py); if the reader does nothing with it, say why in READ_FOR_NOTHING"
    )


def test_what_is_only_stored_is_filled_in_by_nobody(seen: Evidence) -> None:
    acted = judged(ACTED)
    stored = [key for key in judged(STORED) if key not in acted]
    filled = [".".join(key) for key in stored if key in seen.filled]
    assert not filled, f"said to be only stored, but an actor fills it in; call it acted on in {TABLE}: {filled}"


def test_exceptions_are_needed(seen: Evidence) -> None:
    acted = judged(ACTED)
    needless = [".".join(key) for key in WITHOUT_A_READER if key not in acted or key in seen.read]
    needless += [".".join(key) for key in READ_FOR_NOTHING if key in acted or key not in seen.read]
    assert not needless, f"exceptions in this file that nothing needs any more: {', '.join(needless)}"


def test_a_field_of_a_pod_is_judged_alike_in_every_template() -> None:
    verdicts = {
        (kind, field.row.verdict)
        for kind, field in ledger()
        if field.row is not None and field.path.endswith("containers[].command") and kind != "EphemeralContainer"
    }
    assert {verdict for _, verdict in verdicts} == {STORED}
    assert {kind for kind, _ in verdicts} >= {"Pod", "StatefulSet", "Deployment", "DaemonSet", "ReplicationController"}


def test_a_dotted_row_overrules_the_type_where_it_stands() -> None:
    verdicts = {
        kind: field.row.verdict for kind, field in ledger() if field.path.endswith("activeDeadlineSeconds") if field.row
    }
    assert verdicts["Pod"] == ACTED
    assert verdicts["StatefulSet"] == verdicts["Deployment"] == REFUSED


def test_of_a_kind_that_nobody_attends_to_only_the_metadata_act() -> None:
    place = root("certificates.k8s.io/v1", "CertificateSigningRequest")
    assert place is not None
    rows = {name: row.verdict for name in place.plan.fields if (row := place.row(name)) is not None}
    assert rows == {"metadata": ACTED, "spec": STORED, "status": STORED}


def test_who_reads_that_a_field_is_not_acted_on_is_told_why() -> None:
    assert [row for row in ROWS if row.verdict != ACTED and not row.note] == []
