"""Labels of nodes that have been renamed: what each was called, and what it is called now.

Mirrors k8s.io/api core/v1/well_known_labels.go and pkg/api/node/util.go.
"""

from __future__ import annotations

from collections.abc import Mapping

# The old name -> (the name of today, the version that deprecated the old one)
RENAMED_NODE_LABELS: Mapping[str, tuple[str, str]] = {
    "beta.kubernetes.io/arch": ("kubernetes.io/arch", "v1.14"),
    "beta.kubernetes.io/os": ("kubernetes.io/os", "v1.14"),
    "failure-domain.beta.kubernetes.io/region": ("topology.kubernetes.io/region", "v1.17"),
    "failure-domain.beta.kubernetes.io/zone": ("topology.kubernetes.io/zone", "v1.17"),
    "beta.kubernetes.io/instance-type": ("node.kubernetes.io/instance-type", "v1.17"),
}
CURRENT_NODE_LABELS: Mapping[str, str] = {old: new for old, (new, _) in RENAMED_NODE_LABELS.items()}
