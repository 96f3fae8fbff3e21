"""Whether an image's name can be one, in the words of the library that reads it.

Pure; knows no node and no registry. Source: github.com/distribution/reference (normalize.go, regexp.go),
pkg/kubelet/images/image_manager.go (applyDefaultImageTag).
"""

from __future__ import annotations

import re
from functools import lru_cache

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"{_DOMAIN}/(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)(?::{_TAG})?(?:@{_DIGEST})?")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_MOST_OF_A_NAME = 255
_HUB = "docker.io"


@lru_cache(maxsize=1024)
def name_problem(image: str) -> str:
    """What is wrong with the name of an image; empty if nothing is."""
    why = _parse_problem(image)
    return f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}' if why else ""


def _parse_problem(image: str) -> str:
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    domain, rest = _split(image)
    repository = rest.partition(":")[0]
    if repository != repository.lower():
        return f"invalid reference format: repository name ({repository}) must be lowercase"
    found = _REFERENCE.fullmatch(f"{domain}/{rest}")
    if found is None:
        return "invalid reference format"
    if len(found["path"]) > _MOST_OF_A_NAME:
        return f"repository name must not be more than {_MOST_OF_A_NAME} characters"
    return ""


def _split(image: str) -> tuple[str, str]:
    """The registry and the rest of the name; what goes without saying is said."""
    first, slash, rest = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        domain, rest = _HUB, image
    else:
        domain = _HUB if first == "index.docker.io" else first
    return domain, f"library/{rest}" if domain == _HUB and "/" not in rest else rest
