"""How programs of each style go about their work, whatever it is: how many things at once, and what follows a failure.

Data only. Programs of all styles are built on sig-storage-lib-external-provisioner; what they differ in is its version
and its settings (nfs-subdir-external-provisioner: v6, local-path-provisioner: v11, external-provisioner: v13).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS, Style
from harness.control.workqueue import USUAL_BACKOFF, Backoff

CSI_BACKOFF: Final = Backoff(1_000, 300_000)
_LIBRARY_BACKOFF = Backoff(15_000, 1_000_000)
_PATIENT_BACKOFF = Backoff(10_000, 10_000)


class Manner(NamedTuple):
    """`retries` is how often a failed piece of work is done again, None for without end.

    `names_class` tells whether a failure names the class, `moves_on` whether a claim whose chosen node is gone goes
    back to the scheduler. A volume that cannot be stored is tried `stores` times in all, None for without end.
    """

    workers: int
    backoff: Backoff
    retries: int | None
    names_class: bool
    moves_on: bool
    stores: int | None
    store_backoff: Backoff


MANNERS: Mapping[Style, Manner] = {
    NFS: Manner(4, _LIBRARY_BACKOFF, 15, True, False, 5, _PATIENT_BACKOFF),
    LOCAL_PATH: Manner(4, _LIBRARY_BACKOFF, 15, True, True, 5, _PATIENT_BACKOFF),
    CSI: Manner(100, CSI_BACKOFF, None, False, False, None, USUAL_BACKOFF),
}
RESYNC_MS: Final = 900_000
"""How often a program looks at all claims and volumes again."""
