"""Managing owners: finding what an owner manages, taking it in, and letting it go.

Pure rules that every controller of dependents shares. Mirrors pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from harness.objects.meta import Object, controller_of, owned_by

O = TypeVar("O", bound=Object)  # noqa: E741


def owner_values(obj: Object) -> tuple[Any, ...]:
    """The uid of the managing owner, or `orphans` of the namespace: for an index."""
    owner = controller_of(obj)
    return (owner.uid,) if owner is not None else (orphans(obj.metadata.namespace),)


def orphans(namespace: str) -> tuple[str, str]:
    """The value under which an index by `owner_values` has what nobody manages."""
    return ("orphan", namespace)


def adopted(obj: O, owner: Object) -> O:
    """The object with `owner` as its managing owner."""
    references = (*obj.metadata.owner_references, owned_by(owner))
    return replace(obj, metadata=replace(obj.metadata, owner_references=references))


def released(obj: O, uid: str) -> O:
    """The object without the owner of this uid."""
    references = tuple(reference for reference in obj.metadata.owner_references if reference.uid != uid)
    return replace(obj, metadata=replace(obj.metadata, owner_references=references))
