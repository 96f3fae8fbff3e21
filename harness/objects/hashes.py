"""Hashes of a pod template: those of ControllerRevisions and of ReplicaSets, and the names that follow from them.

Owns the bytes and the hash. The template must be as the API server stores it, defaults filled in: every field takes
part in the hash. Mirrors kubernetes' pkg/controller/history, pkg/controller/statefulset/stateful_set_utils.go and
pkg/controller/controller_utils.go (ComputeHash).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from harness.objects import go_dump, go_text
from harness.objects.pod import PodTemplateSpec
from harness.objects.wire import to_wire

_FNV_OFFSET = 0x811C9DC5
_FNV_PRIME = 0x01000193

# Without vowels, and without digits and letters that look alike, so that no hash spells a word.
_SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

_LONGEST_PREFIX_BYTES = 223


def revision_data(template: PodTemplateSpec) -> dict[str, Any]:
    """What a StatefulSet's ControllerRevision holds: a strategic merge patch that replaces the pod template."""
    return {"spec": {"template": {**to_wire(template), "$patch": "replace"}}}


def canonical_bytes(data: dict[str, Any]) -> bytes:
    """The stored bytes of a revision's data; two revisions are equal if these are."""
    return go_text.json_bytes(data)


def revision_hash(data: dict[str, Any], collision_count: int = 0) -> str:
    """The hash in a revision's name and label; a count of collisions is always part of it, even when zero."""
    return _safe_hash(canonical_bytes(data) + str(collision_count).encode())


def revision_name(set_name: str, revision_hash: str) -> str:
    """`web-6578754d74`; a name too long for a hash to follow is cut."""
    return f"{set_name.encode()[:_LONGEST_PREFIX_BYTES].decode(errors='ignore')}-{revision_hash}"


def template_hash(template: PodTemplateSpec, collision_count: int | None = None) -> str:
    """The pod-template-hash of a Deployment's template; a count of collisions is part of it once there is one."""
    content = go_dump.template(template).encode()
    if collision_count is not None:
        content += collision_count.to_bytes(4, "little") + bytes(4)
    return safe_encode(str(fnv_1a(content)))


@lru_cache(maxsize=256)
def _safe_hash(content: bytes) -> str:
    return safe_encode(str(fnv_1(content)))


def fnv_1(content: bytes) -> int:
    """32-bit FNV-1 (multiplies before it mixes in a byte, unlike FNV-1a)."""
    state = _FNV_OFFSET
    for byte in content:
        state = (state * _FNV_PRIME & 0xFFFFFFFF) ^ byte
    return state


def fnv_1a(content: bytes) -> int:
    """32-bit FNV-1a (mixes in a byte before it multiplies)."""
    state = _FNV_OFFSET
    for byte in content:
        state = (state ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return state


def safe_encode(text: str) -> str:
    """`text` in the alphabet of generated names. Mirrors apimachinery's pkg/util/rand SafeEncodeString."""
    return "".join(_SAFE_ALPHABET[ord(character) % len(_SAFE_ALPHABET)] for character in text)
