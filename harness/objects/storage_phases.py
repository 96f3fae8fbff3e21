"""The phases of claims and volumes, as the API spells them.

Owns the words only. Who moves what into which phase, and when, is the business of the persistent-volume controller.
Mirrors k8s.io/api core/v1/types.go (PersistentVolumePhase, PersistentVolumeClaimPhase).
"""

from __future__ import annotations

# Of both.
PENDING = "Pending"
BOUND = "Bound"
# Of claims.
LOST = "Lost"
# Of volumes.
AVAILABLE = "Available"
RELEASED = "Released"
FAILED = "Failed"
