"""Time zones by their names, from the tzdata package: what a machine has of its own is never asked.

Owns which names there are. Mirrors Go's time.LoadLocation over the zones that Kubernetes' programs bring along.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_BAD_NAME = "time: invalid location name"


class UnknownZone(ValueError):
    """There is no zone of that name; `str()` is what Go says."""


@cache
def zone(name: str) -> tzinfo:
    """The zone of this name; "" is UTC. Raises UnknownZone."""
    if name in ("", "UTC"):
        return UTC
    parts = name.split("/")
    if ".." in parts or name[0] in "/\\":
        raise UnknownZone(_BAD_NAME)
    file = files("tzdata").joinpath("zoneinfo", *parts)
    unknown = UnknownZone(f"unknown time zone {name}")
    if not file.is_file():
        raise unknown
    with file.open("rb") as data:
        try:
            return ZoneInfo.from_file(data, key=name)
        except ValueError:
            raise unknown from None
