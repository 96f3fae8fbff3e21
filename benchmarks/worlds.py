"""The worlds that are measured, built as values rather than read from files."""

from __future__ import annotations

from harness.scenario.model import Apply, ClusterSettings, Manifest, Scenario, Step, numbered_nodes

CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "110"}


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
                    "spec": {
                        "containers": [
                            {
                                "name": "c",
                                "image": "app:v1",
                                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                            }
                        ]
                    },
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
