"""Which command lines a step can say."""

from __future__ import annotations

import pytest

from harness.importing.commands import done_by
from harness.scenario.model import Scenario, Step
from harness.scenario.writing import to_yaml


def said(line: str) -> str:
    done = done_by(line)
    assert done is not None, line
    step = Step(action=done.action, namespace=done.namespace or None)
    return to_yaml(Scenario(steps=(step,))).removeprefix("steps:\n- ").replace("\n  ", "; ").strip()


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("sleep 30", "wait: 30s"),
        ("sleep 2m", "wait: 2m"),
        ("kubectl delete pod web-0", "delete: pod/web-0"),
        ("kubectl delete pods/web-0 pods/web-1 --wait=false", "delete:; - pod/web-0; - pod/web-1"),
        ("kubectl delete pod web-0 --grace-period 0 --force", "delete: pod/web-0; gracePeriod: 0"),
        ("kubectl delete pods -l app=web -n shop", "delete: pod; selector: app=web; namespace: shop"),
        ("kubectl delete sts web --cascade=orphan", "delete: statefulset.apps/web; cascade: orphan"),
        ("kubectl -n shop scale --replicas=3 sts/web", "scale: statefulset.apps/web; replicas: 3; namespace: shop"),
        ("kubectl scale deployment web --replicas 0", "scale: deployment.apps/web; replicas: 0"),
        ("kubectl rollout restart deploy/web", "rollout: restart; of: deployment.apps/web"),
        ("kubectl rollout undo sts web --to-revision=2", "rollout: undo; of: statefulset.apps/web; toRevision: 2"),
        ("kubectl label pod web-0 tier=front old- --overwrite", "label: pod/web-0; set:; tier: front; old: null"),
        ("kubectl annotate sts/web a=b", "annotate: statefulset.apps/web; set:; a: b"),
        ("kubectl set image sts/web web=web:2", "setImage: statefulset.apps/web; images:; web: web:2"),
        ("kubectl cordon node-1", "cordon: node-1"),
        ("kubectl uncordon node/node-1", "uncordon: node-1"),
        ("kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data --force", "drain: node-1"),
    ],
)
def test_a_command_line_is_a_step(line: str, step: str) -> None:
    assert said(line).replace("; ;", ";").replace(";   ", "; ").replace(";  ", "; ") == step


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sleep",
        "sleep soon",
        "echo hello",
        "kubectl get pods",
        "kubectl get pods | grep web",
        "kubectl scale sts/web --replicas=$N",
        "kubectl scale sts/web --replicas=3 --current-replicas=2",
        "kubectl scale sts/a sts/b --replicas=3",
        "kubectl delete pods --all",
        "kubectl delete -f web.yaml",
        "kubectl delete kafka/web",
        "kubectl rollout status sts/web",
        "kubectl set env sts/web A=b",
        "kubectl label pods --all tier=front",
        "kubectl drain node-1 --dry-run=client",
        "kubectl scale 'sts/web --replicas=3",
        "sleep 1 && kubectl delete pod web-0",
    ],
)
def test_any_other_command_line_is_none(line: str) -> None:
    assert done_by(line) is None
