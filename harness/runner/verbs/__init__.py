"""The verbs that are played, one file each."""

from __future__ import annotations

from typing import Any

from harness.runner.verb import Verb
from harness.runner.verbs import (
    annotate,
    apply,
    cordon,
    create,
    delete,
    drain,
    evict,
    fail,
    images,
    kubectl,
    label,
    load,
    patch,
    paths,
    recover,
    replace,
    rollout,
    scale,
    set_image,
    taint,
    uncordon,
)

VERBS: dict[type[Any], Verb] = {
    module.VERB.action: module.VERB
    for module in (
        annotate,
        apply,
        cordon,
        create,
        delete,
        drain,
        evict,
        fail,
        images,
        kubectl,
        label,
        load,
        patch,
        paths,
        recover,
        replace,
        rollout,
        scale,
        set_image,
        taint,
        uncordon,
    )
}
"""By the type of the action. `wait` and `expect` are the session's own: they ask nothing of the server."""
