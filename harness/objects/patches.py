"""The two patches of the web on plain JSON data: JSON merge patch (RFC 7396) and JSON patch (RFC 6902).

Both return new data and leave their arguments alone; what a patch does not touch is shared. Knows nothing of kinds.
JSON patch follows the evanphx/json-patch library where the API server's behaviour differs from the RFC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


class PatchError(ValueError):
    """A patch that cannot be applied; `str()` says why, in the words of the library the API server uses."""


def merge_patch(target: Any, patch: Any) -> Any:
    """`target` with the patch's keys set, and those it has as null removed; lists are replaced as a whole."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, item in patch.items():
        if item is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), item)
    return merged


def json_patch(target: Any, operations: Any) -> Any:
    """`target` after all operations, in order. Raises PatchError if any fails; then none has happened."""
    if not isinstance(operations, list):
        raise PatchError("a JSON patch is a list of operations")
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError(f"a JSON patch operation is an object, not {operation!r}")
        run = _OPERATIONS.get(operation.get("op", "unknown"))
        if run is None:
            raise PatchError(f"Unexpected kind: {operation.get('op', 'unknown')}")
        target = run(target, operation)
    return target


# --- the six operations ---------------------------------------------------------------------------------------------


def _add(target: Any, operation: dict[str, Any]) -> Any:
    return _put(target, _pointer(operation, "path"), operation.get("value"))


def _remove(target: Any, operation: dict[str, Any]) -> Any:
    return _without(target, _pointer(operation, "path"))


def _replace(target: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation, "path")
    _get(target, path)
    return _change(target, path, lambda _holder, _key: operation.get("value"))


def _move(target: Any, operation: dict[str, Any]) -> Any:
    source = _pointer(operation, "from")
    return _put(_without(target, source), _pointer(operation, "path"), _get(target, source))


def _copy(target: Any, operation: dict[str, Any]) -> Any:
    return _put(target, _pointer(operation, "path"), _get(target, _pointer(operation, "from")))


def _test(target: Any, operation: dict[str, Any]) -> Any:
    expected = operation.get("value")
    try:
        found = _get(target, _pointer(operation, "path"))
    except PatchError:
        found = None
    if not _equal(found, expected):
        raise PatchError(f"Testing value {operation.get('path')} failed")
    return target


_OPERATIONS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


# --- pointers -------------------------------------------------------------------------------------------------------


def _pointer(operation: dict[str, Any], member: str) -> list[str]:
    text = operation.get(member)
    if not isinstance(text, str):
        raise PatchError(f"operation without a {member!r}: missing value")
    if text and not text.startswith("/"):
        _missing(str(operation.get("op")), text)
    return [token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]]


def _missing(doing: str, path: str) -> NoReturn:
    raise PatchError(f"{doing} operation does not apply: doc is missing path: {path}: missing value")


def _get(target: Any, path: list[str]) -> Any:
    for depth, token in enumerate(path):
        if isinstance(target, dict) and token in target:
            target = target[token]
        elif isinstance(target, list):
            target = target[_index(token, len(target))]
        else:
            _missing("get", _written(path[: depth + 1]))
    return target


def _put(target: Any, path: list[str], item: Any) -> Any:
    def put(holder: Any, key: str) -> Any:
        if isinstance(holder, list):
            index = len(holder) if key == "-" else _index(key, len(holder) + 1)
            return [*holder[:index], item, *holder[index:]]
        return {**holder, key: item}

    return _change_holder(target, path, put) if path else item


def _without(target: Any, path: list[str]) -> Any:
    def remove(holder: Any, key: str) -> Any:
        if isinstance(holder, list):
            index = _index(key, len(holder))
            return [*holder[:index], *holder[index + 1 :]]
        if key not in holder:
            raise PatchError(f"Unable to remove nonexistent key: {key}: missing value")
        return {name: item for name, item in holder.items() if name != key}

    if not path:
        raise PatchError("the whole document cannot be removed")
    return _change_holder(target, path, remove)


def _change(target: Any, path: list[str], change: Callable[[Any, str], Any]) -> Any:
    """`target` with the existing item at `path` changed."""
    if not path:
        return change(None, "")

    def swap(holder: Any, key: str) -> Any:
        if isinstance(holder, list):
            index = _index(key, len(holder))
            return [*holder[:index], change(holder, key), *holder[index + 1 :]]
        return {**holder, key: change(holder, key)}

    return _change_holder(target, path, swap)


def _change_holder(target: Any, path: list[str], change: Callable[[Any, str], Any]) -> Any:
    """`target` with the container of the last token changed; only what lies on the path is new."""
    if len(path) == 1:
        if not isinstance(target, (dict, list)):
            _missing("add", _written(path))
        return change(target, path[0])
    if isinstance(target, list):
        index = _index(path[0], len(target))
        return [*target[:index], _change_holder(target[index], path[1:], change), *target[index + 1 :]]
    if not isinstance(target, dict) or path[0] not in target:
        _missing("add", _written(path))
    return {**target, path[0]: _change_holder(target[path[0]], path[1:], change)}


def _index(token: str, length: int) -> int:
    """The position a token names; negative ones count from the end, as the API server lets them."""
    digits = token.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise PatchError(f'strconv.Atoi: parsing "{token}": invalid syntax')
    index = int(token)
    if not -length <= index < length:
        raise PatchError(f"Unable to access invalid index: {index}: invalid index referenced")
    return index % length


def _written(path: list[str]) -> str:
    return "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in path)


def _equal(one: Any, other: Any) -> bool:
    """Equality of JSON data, in which true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
