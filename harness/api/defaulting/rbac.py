"""What the API server fills into role bindings. Mirrors pkg/apis/rbac/v1/defaults.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import each, filled
from harness.objects.meta import Object
from harness.objects.rbac import ClusterRoleBinding, RoleBinding, Subject

_GROUP = "rbac.authorization.k8s.io"
_IN_GROUP = (("api_group", "", _GROUP),)


def _default_binding(binding: Any) -> Any:
    role = filled(binding.role_ref, _IN_GROUP)
    subjects = each(binding.subjects, _default_subject)
    if role is binding.role_ref and subjects is binding.subjects:
        return binding
    return replace(binding, role_ref=role, subjects=subjects)


def _default_subject(subject: Subject) -> Subject:
    return filled(subject, _IN_GROUP) if subject.kind in ("User", "Group") else subject


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    ClusterRoleBinding: _default_binding,
    RoleBinding: _default_binding,
}
