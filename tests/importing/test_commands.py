"""Which command lines a step can say."""

from __future__ import annotations

import pytest

from harness.importing.commands import Unsaid, lines_of, said_by
from harness.objects import resources
from harness.scenario.model import DEFAULT_NAMESPACE, Kubectl, Wait


def said(line: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    action = said_by(line, resources.find, namespace)
    return f"kubectl: {action.line}" if isinstance(action, Kubectl) else f"wait: {action.duration_ms}"


@pytest.mark.parametrize(("line", "milliseconds"), [("sleep 30", 30_000), ("sleep 2m", 120_000)])
def test_a_sleep_is_a_wait(line: str, milliseconds: int) -> None:
    assert said_by(line, resources.find, DEFAULT_NAMESPACE) == Wait(duration_ms=milliseconds)


@pytest.mark.parametrize(
    "line",
    [
        "delete pod web-0",
        "delete pods/web-0 pods/web-1 --wait=false",
        "delete pods -l app=web -n shop",
        "delete pods --all",
        "-n shop scale --replicas=3 sts/web",
        "scale sts/web --replicas=3 --current-replicas=2",
        "rollout undo sts web --to-revision=2",
        "rollout status sts/web --timeout=90s",
        "label pod web-0 tier=front old- --overwrite",
        "set env sts/web A=b",
        "drain node-1 --ignore-daemonsets --delete-emptydir-data --force",
        "wait --for=condition=Ready pod/web-0 --timeout=1m",
        "wait --for=jsonpath='{.status.readyReplicas}'=2 sts/web",
        'patch sts web --type=merge -p \'{"spec": {"replicas": 3}}\'',
        'get pods -l "app=web" -o name',
    ],
)
def test_a_line_of_kubectl_is_kept_as_it_is(line: str) -> None:
    assert said(f"kubectl {line}") == f"kubectl: {line}"


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("kubectl delete pod web-0", "kubectl: -n shop delete pod web-0"),
        ("kubectl delete pod web-0 --namespace other", "kubectl: delete pod web-0 --namespace other"),
        ("kubectl cordon node-1", "kubectl: cordon node-1"),
    ],
)
def test_a_line_without_a_namespace_is_about_the_tests_own(line: str, step: str) -> None:
    assert said(line, "shop") == step


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", ""),
        ("sleep", ""),
        ("sleep soon", ""),
        ("echo hello", ""),
        ("kubectl get pods | grep web", ""),
        ("kubectl scale sts/web --replicas=$N", ""),
        ('kubectl scale sts/web "--replicas=$N"', ""),
        ("sleep 1 && kubectl delete pod web-0", ""),
        ("kubectl delete -f web.yaml", "it reads the file web.yaml"),
        ("kubectl delete kafka/web", "no manifest of the test brings the kind kafka"),
        ("kubectl logs web-0", 'found "logs", a command of kubectl that is not played: no container really runs'),
        ("kubectl scale 'sts/web --replicas=3", "expected one command line: no closing quotation"),
    ],
)
def test_any_other_command_line_is_none_and_kubectls_are_told_why(line: str, why: str) -> None:
    with pytest.raises(Unsaid) as unsaid:
        said(line)
    assert str(unsaid.value) == why


def test_a_script_is_its_lines_without_comments_and_settings() -> None:
    script = "#!/bin/bash\nset -euo pipefail\n\n# First.\nkubectl scale sts web \\\n  --replicas=1\n  sleep 5\n"
    assert lines_of(script) == ["kubectl scale sts web    --replicas=1", "sleep 5"]
