"""When an image is pulled, if the container does not say.

Owns the reading of an image reference as far as its tag goes. Mirrors github.com/distribution/reference and
pkg/util/parsers/parsers.go.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_DOMAIN = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


@lru_cache(maxsize=4096)
def pull_policy(image: str) -> str:
    """`Always` for the tag `latest`, said or implied; `IfNotPresent` for any other, and for what is no reference."""
    return "Always" if _tag(image) == "latest" else "IfNotPresent"


def _tag(image: str) -> str:
    if _IDENTIFIER.fullmatch(image):
        return ""
    found = _REFERENCE.fullmatch(_without_domain(image))
    if found is None:
        return ""
    if found["tag"] is None and found["digest"] is None:
        return "latest"
    return found["tag"] or ""


def _without_domain(image: str) -> str:
    first, slash, rest = image.partition("/")
    names_a_host = "." in first or ":" in first or first == "localhost" or first.lower() != first
    if slash and names_a_host and _DOMAIN.fullmatch(first):
        return rest
    return image
