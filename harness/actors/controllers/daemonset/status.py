"""The status of a DaemonSet, counted in nodes: the oldest pod of a node stands for it.

Source: pkg/controller/daemon/daemon_controller.go (updateDaemonSetStatus, storeDaemonSetStatus).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.daemonset.placement import View, by_age
from harness.objects.apps import DaemonSetStatus
from harness.objects.conditions import is_ready


def counted(view: View) -> DaemonSetStatus:
    """The status with its counters taken anew, and the generation they are of."""
    desired = current = misscheduled = ready = available = updated = 0
    for node, fit in view.fits.items():
        pods = view.pods.get(node, ())
        if not fit.should_run:
            misscheduled += bool(pods)
            continue
        desired += 1
        if pods:
            oldest = by_age(pods)[0]
            current += 1
            ready += is_ready(oldest)
            available += view.is_available(oldest)
            updated += view.is_updated(oldest)
    return replace(
        view.daemon_set.status,
        observed_generation=view.daemon_set.metadata.generation,
        desired_number_scheduled=desired,
        current_number_scheduled=current,
        number_misscheduled=misscheduled,
        number_ready=ready,
        updated_number_scheduled=updated,
        number_available=available,
        number_unavailable=desired - available,
    )
