"""Labels of nodes that several parts of the cluster know, and those that have been renamed.

Owns what each is called, and what it was called before. Mirrors k8s.io/api core/v1/well_known_labels.go,
pkg/api/node/util.go and component-helpers' node/topology/helpers.go (GetZoneKey).
"""

from __future__ import annotations

from collections.abc import Mapping

HOSTNAME = "kubernetes.io/hostname"
REGION = "topology.kubernetes.io/region"
ZONE = "topology.kubernetes.io/zone"
BETA_REGION = "failure-domain.beta.kubernetes.io/region"
BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"

# The old name -> (the name of today, the version that deprecated the old one)
RENAMED_NODE_LABELS: Mapping[str, tuple[str, str]] = {
    "beta.kubernetes.io/arch": ("kubernetes.io/arch", "v1.14"),
    "beta.kubernetes.io/os": ("kubernetes.io/os", "v1.14"),
    BETA_REGION: (REGION, "v1.17"),
    BETA_ZONE: (ZONE, "v1.17"),
    "beta.kubernetes.io/instance-type": ("node.kubernetes.io/instance-type", "v1.17"),
}
CURRENT_NODE_LABELS: Mapping[str, str] = {old: new for old, (new, _) in RENAMED_NODE_LABELS.items()}


def region_and_zone(labels: Mapping[str, str]) -> tuple[str, str]:
    """Where a node with these labels stands, by the names of today or else the old ones; "" where they say nothing."""
    return labels.get(REGION) or labels.get(BETA_REGION, ""), labels.get(ZONE) or labels.get(BETA_ZONE, "")
