"""Which claims a pod uses."""

from __future__ import annotations

from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys
from harness.objects.wire import from_wire


def test_claims_are_named_once_in_the_order_of_volumes() -> None:
    volumes = [
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "again", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "tmp", "emptyDir": {}},
    ]
    pod = from_wire({"metadata": {"name": "p", "namespace": "shop"}, "spec": {"volumes": volumes}}, Pod)
    assert claim_keys(pod) == (("shop", "p-scratch"), ("shop", "data"))
