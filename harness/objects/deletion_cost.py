"""What it costs to delete a pod, by its annotation: who has to go comes first where that is cheap.

Pure. Mirrors pkg/apis/core/helper/helpers.go (GetDeletionCostFromPodAnnotations).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

COST = "controller.kubernetes.io/pod-deletion-cost"

# No sign but a minus, and no zeros in front.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_LARGEST = 2**31


def deletion_cost(annotations: Mapping[str, str]) -> int | None:
    """The cost, 0 where nothing is said; None for what is no number of 32 bits."""
    text = annotations.get(COST)
    if text is None:
        return 0
    if _NUMBER.fullmatch(text) is None:
        return None
    cost = int(text)
    return cost if -_LARGEST <= cost < _LARGEST else None
