"""How a step's manifests are told in a line: by the file, or by what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.scenario.model import STDIN, Manifest

_MOST_NAMED = 4


def told_manifests(manifests: Sequence[Manifest]) -> str:
    """`nfs-volumes.yaml service/web statefulset/web`: files by their path, inline objects by their names."""
    words: list[str] = []
    inline: list[str] = []
    for manifest in manifests:
        if manifest.source != STDIN:
            words.append(manifest.source)
            continue
        for document in manifest.documents:
            metadata = document.get("metadata") or {}
            inline.append(
                f"{str(document.get('kind', '')).lower()}/{metadata.get('name') or metadata.get('generateName')}"
            )
    if len(inline) > _MOST_NAMED:
        inline = [*inline[: _MOST_NAMED - 1], f"and {len(inline) - _MOST_NAMED + 1} more"]
    return " ".join([*words, *inline])
