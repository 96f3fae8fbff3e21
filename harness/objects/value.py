"""What every object is made of: immutable values that read and write the API's own field names.

Owns the two scalar spellings of the API (Quantity, Time) and the base class. Knows nothing of kinds.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

QUANTITY = "quantity"

# A resource amount in Kubernetes' notation ("500m", "1Gi"). Marked, so that a reader can bring it to canonical form.
Quantity: TypeAlias = Annotated[str, msgspec.Meta(extra={QUANTITY: True})]

# An instant as the API writes it, "2026-01-01T00:00:00Z" (or with microseconds, where the API has them).
Time: TypeAlias = str


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """An immutable value. A change is a new value made with `msgspec.structs.replace`; nothing is ever copied.

    Mappings inside a value are plain dicts for speed; whoever writes to one breaks every older version that shares it.
    """
