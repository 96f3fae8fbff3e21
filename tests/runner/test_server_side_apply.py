"""`apply` with `serverSide`: who is asked to give way, and what becomes of what kubectl applied on the client.

Source: kubectl pkg/cmd/apply/apply.go, client-go util/csaupgrade.
"""

from __future__ import annotations

from typing import Any

from playing import last, played

from harness.objects.applying import LAST_APPLIED
from harness.objects.config import ConfigMap
from harness.objects.wire import to_wire


def final(*steps: str) -> dict[str, Any]:
    """The one config map there is at the end."""
    (found,) = [obj for obj in played(*steps).objects if isinstance(obj, ConfigMap)]
    return to_wire(found)


def config(data: str, labels: str = "{}") -> str:
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, labels: {labels}}}, data: {data}}}"


BY_CLIENT = f"apply: {config('{x: old, b: old}', '{tier: web}')}"
SERVER = "serverSide: true"
ADVICE = "\nPlease review the fields above--they currently have other managers. Here\n"


def test_an_apply_on_the_client_is_taken_over_by_one_on_the_server() -> None:
    found = final(BY_CLIENT, f"apply: {config('{x: new}')}\n{SERVER}")
    assert found["data"] == {"x": "new"}
    assert "labels" not in found["metadata"]


def test_the_last_applied_annotation_is_kept_and_follows() -> None:
    found = final(BY_CLIENT, f"apply: {config('{x: new}')}\n{SERVER}")
    assert found["metadata"]["annotations"][LAST_APPLIED] == (
        '{"apiVersion":"v1","data":{"x":"new"},"kind":"ConfigMap","metadata":{"labels":{},"name":"a",'
        '"namespace":"default"}}\n'
    )


def test_what_another_manager_took_meanwhile_is_a_conflict() -> None:
    patched = "patch: configmap/a\nwith: {data: {x: other}}"
    done = last(BY_CLIENT, patched, f"apply: {config('{x: new}')}\n{SERVER}")
    assert done.message == ""
    assert done.rejected is not None
    assert done.rejected.startswith(
        f'error: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.x{ADVICE}'
    )


def test_a_manager_of_another_name_takes_nothing_from_the_client() -> None:
    done = last(BY_CLIENT, f"apply: {config('{x: new}')}\n{SERVER}\nfieldManager: team")
    assert done.rejected is not None
    assert '"kubectl-client-side-apply" using v1: .data.x' in done.rejected


def test_force_takes_it_and_the_client_is_migrated() -> None:
    forced = f"apply: {config('{x: new}')}\n{SERVER}\nfieldManager: team\nforceConflicts: true"
    found = final(BY_CLIENT, forced)
    assert found["data"] == {"x": "new"}


def test_each_command_writes_under_its_own_name() -> None:
    created = f"create: {config('{x: old, b: old, z: old}')}"
    steps = [
        "label: configmap/a\nset: {l: old}",
        "annotate: configmap/a\nset: {note: old}",
        "patch: configmap/a\nwith: {data: {b: patched}}",
    ]
    manifest = (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {l: new}, annotations: {note: new}}, "
        "data: {x: new, b: new}}"
    )
    done = last(created, *steps, f"apply: {manifest}\n{SERVER}")
    assert done.rejected is not None
    assert done.rejected.split(ADVICE)[0] == (
        'error: Apply failed with 4 conflicts: conflicts with "kubectl-annotate" using v1:\n'
        "- .metadata.annotations.note\n"
        'conflicts with "kubectl-create" using v1:\n- .data.x\n'
        'conflicts with "kubectl-label" using v1:\n- .metadata.labels.l\n'
        'conflicts with "kubectl-patch" using v1:\n- .data.b'
    )
