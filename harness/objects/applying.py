"""What `kubectl apply` works out on the client: the annotation it leaves behind, and the patch it sends.

Owns the three-way comparison of last-applied, manifest and live object; sends nothing and knows no server. Mirrors
kubectl's pkg/util/apply.go and pkg/cmd/apply/patcher.go.
"""

from __future__ import annotations

from typing import Any

from harness.objects import go_text
from harness.objects.patches import merge_patch
from harness.objects.strategic import merge_of_patches
from harness.objects.strategic_difference import changes, deletions
from harness.objects.value import Value

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

Document = dict[str, Any]


def last_applied(document: Document) -> str:
    """The value of the last-applied annotation for a manifest: compact JSON and a newline."""
    metadata = dict(document.get("metadata") or {})
    metadata["annotations"] = {key: item for key, item in _annotations(metadata).items() if key != LAST_APPLIED}
    return f"{go_text.json_bytes({**document, 'metadata': metadata}).decode()}\n"


def annotated(document: Document) -> Document:
    """The manifest as kubectl sends it: with its own last-applied annotation."""
    metadata = dict(document.get("metadata") or {})
    metadata["annotations"] = {**_annotations(metadata), LAST_APPLIED: last_applied(document)}
    return {**document, "metadata": metadata}


def _annotations(metadata: Document) -> Document:
    """The annotations of a manifest; one without a value is an empty text."""
    return {key: item or "" for key, item in (metadata.get("annotations") or {}).items()}


def three_way(before: Document | None, manifest: Document, live: Document, cls: type[Value] | None) -> Document:
    """The patch kubectl sends: strategic for a type it knows, a JSON merge patch for None; `{}` if nothing changes.

    `before` is the manifest of the last apply (the annotation, read), None if there was none. `manifest` is what is
    compared and sent, so it should be `annotated`. Deletes only what `before` has and `manifest` has not; leaves alone
    what others set. Raises PatchError.
    """
    before = before or {}
    if cls is None:
        return _json_three_way(before, manifest, live)
    return merge_of_patches(deletions(before, manifest, cls), changes(live, manifest, cls), cls)


def _json_three_way(before: Document, manifest: Document, live: Document) -> Document:
    return _united(_only_removals(before, manifest), _only_changes(live, manifest))


def _only_removals(old: Document, new: Document) -> Document:
    patch: Document = {}
    for key, item in old.items():
        if new.get(key) is None:
            if item is not None or key not in new:
                patch[key] = None
        elif isinstance(item, dict) and isinstance(new[key], dict):
            below = _only_removals(item, new[key])
            if below:
                patch[key] = below
    return patch


def _only_changes(old: Document, new: Document) -> Document:
    patch: Document = {}
    for key, item in new.items():
        if item is None:
            continue
        before = old.get(key)
        if isinstance(item, dict) and isinstance(before, dict):
            below = _only_changes(before, item)
            if below:
                patch[key] = below
        elif go_text.json_bytes(before) != go_text.json_bytes(item):
            patch[key] = merge_patch(None, item)
    return patch


def _united(first: Document, second: Document) -> Document:
    """One merge patch that does what both do; nulls stay."""
    united = dict(first)
    for key, item in second.items():
        below = united.get(key)
        united[key] = _united(below, item) if isinstance(below, dict) and isinstance(item, dict) else item
    return united
