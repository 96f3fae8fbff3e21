"""The worlds that are measured, built as values rather than read from files."""

from __future__ import annotations

from harness.objects import resources
from harness.scenario.model import Apply, ClusterSettings, Manifest, Scenario, SetImage, Step, Target, numbered_nodes

CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "110"}
_CONTAINER = {"name": "c", "image": "app:v1", "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}


def parallel_set(replicas: int, nodes: int) -> Scenario:
    """A Parallel StatefulSet whose pods each have a claim, provisioned by the in-tree host-path provisioner."""
    documents = (
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "fast"},
            "provisioner": "kubernetes.io/host-path",
        },
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "web"},
            "spec": {
                "serviceName": "web",
                "replicas": replicas,
                "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{**_CONTAINER, "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]},
                },
                "volumeClaimTemplates": [
                    {
                        "metadata": {"name": "data"},
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "storageClassName": "fast",
                            "resources": {"requests": {"storage": "1Gi"}},
                        },
                    }
                ],
            },
        },
    )
    return Scenario(
        path="parallel.yaml",
        cluster=ClusterSettings(
            nodes=numbered_nodes(nodes, CAPACITY),
            capacity=CAPACITY,
            flags={"enable-hostpath-provisioner": True},
        ),
        steps=(Step(action=Apply(manifests=(Manifest(documents=documents),))),),
    )


def deployment(replicas: int, limit_ms: int) -> tuple[Step, Step]:
    """The steps that make a Deployment and then give it another image."""
    document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [_CONTAINER]},
            },
        },
    }
    deployments = resources.find("deployments")
    assert deployments is not None
    target = Target(resource=deployments, name="web", namespace="default", written="deploy/web")
    return (
        Step(action=Apply(manifests=(Manifest(documents=(document,)),)), limit_ms=limit_ms),
        Step(action=SetImage(target=target, images={"c": "app:v2"}), limit_ms=limit_ms),
    )
