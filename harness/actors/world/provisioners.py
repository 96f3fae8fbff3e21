"""The programs that make volumes outside of Kubernetes: what each is like, whether it runs, and what troubles it.

Owns the ground truth about external provisioners and their storage. Knows no claim and no volume: who must react
subscribes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

NFS: Final = "nfs"
LOCAL_PATH: Final = "local-path"
CSI: Final = "csi"
Style: TypeAlias = Literal["nfs", "local-path", "csi"]


class ProvisionerBehaviour(msgspec.Struct, frozen=True, kw_only=True):
    """One provisioner. `server` and `path` say where its volumes lie; the rest is for CSI drivers.

    `topology` are the node labels that say from where a volume can be reached; `attach` whether volumes must be
    attached to nodes, and `limit` how many a node can hold; `resize` whether a resizer runs beside it. The times are
    how long its storage takes for each.
    """

    name: str
    style: Style
    server: str = ""
    path: str = ""
    topology: tuple[str, ...] = ()
    attach: bool = True
    limit: int | None = None
    resize: bool = True
    create_time_ms: int = 500
    delete_time_ms: int = 500
    attach_time_ms: int = 500


Handler: TypeAlias = Callable[[bool], None]
"""Called with whether the provisioner runs from now on."""


class Provisioners:
    """All external provisioners of a cluster, by name."""

    def __init__(self, behaviours: Iterable[ProvisionerBehaviour] = ()) -> None:
        self._behaviours = {behaviour.name: behaviour for behaviour in behaviours}
        self._stopped: dict[str, None] = {}
        self._problems: dict[str, str] = {}
        self._handlers: dict[str, list[Handler]] = {}

    def __iter__(self) -> Iterator[ProvisionerBehaviour]:
        return iter(self._behaviours.values())

    def __contains__(self, name: object) -> bool:
        return name in self._behaviours

    def runs(self, name: str) -> bool:
        """Whether the program runs, well or not."""
        return name not in self._stopped

    def problem(self, name: str) -> str:
        """What its storage answers to every request at present; empty if it does as it is asked."""
        return self._problems.get(name, "")

    def fail(self, name: str, problem: str = "") -> None:
        """From now on it does not run; with a problem it runs, and its storage answers every request with that."""
        if problem:
            self._problems[name] = problem
        elif name not in self._stopped:
            self._stopped[name] = None
            self._tell(name, runs=False)

    def recover(self, name: str) -> None:
        """From now on it runs, and its storage does as it is asked."""
        self._problems.pop(name, None)
        if name in self._stopped:
            del self._stopped[name]
            self._tell(name, runs=True)

    def on_change(self, name: str, handler: Handler) -> None:
        self._handlers.setdefault(name, []).append(handler)

    def _tell(self, name: str, *, runs: bool) -> None:
        for handler in self._handlers.get(name, ()):
            handler(runs)
