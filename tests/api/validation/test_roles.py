"""What is refused in roles and in who has them, and which of their changes."""

from __future__ import annotations

import pytest

from harness.objects.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from .building import built, metadata, refused, refused_change

READ = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def role(*rules, name="reader"):
    return built(Role, {"metadata": metadata(name), "rules": list(rules)})


def binding(cls=RoleBinding, kind="Role", name="reader", subjects=({"kind": "User", "name": "ann"},)):
    reference = {"kind": kind, "name": name}
    namespaced = cls is RoleBinding
    return built(cls, {"metadata": metadata("b", namespaced), "roleRef": reference, "subjects": list(subjects)})


def test_roles_and_bindings_are_accepted():
    assert refused(role(READ, name="system:reader")) == []
    assert refused(binding()) == []
    assert refused(binding(ClusterRoleBinding, "ClusterRole")) == []


def test_a_name_only_has_to_fit_into_a_path():
    assert refused(role(name="a/b")) == ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"apiGroups": [""], "resources": ["pods"]}, "verbs: Required value: verbs must contain at least one value"),
        (
            {"verbs": ["get"], "resources": ["pods"]},
            "apiGroups: Required value: resource rules must supply at least one api group",
        ),
        (
            {"verbs": ["get"], "apiGroups": [""]},
            "resources: Required value: resource rules must supply at least one resource",
        ),
        (
            {"verbs": ["get"], "nonResourceURLs": ["/healthz"]},
            'nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
        ),
    ],
)
def test_a_rule_must_say_what_may_be_done_to_what(rule, problem):
    assert refused(role(rule)) == [f"rules[0].{problem}"]


def test_a_cluster_role_may_speak_of_urls():
    rule = {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}
    assert refused(built(ClusterRole, {"metadata": metadata("r", False), "rules": [rule]})) == []


def test_a_binding_of_the_cluster_binds_a_role_of_the_cluster():
    assert refused(binding(ClusterRoleBinding)) == [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'
    ]


def test_a_service_account_has_a_namespace():
    account = {"kind": "ServiceAccount", "name": "robot"}
    assert refused(binding(ClusterRoleBinding, "ClusterRole", subjects=[account])) == [
        "subjects[0].namespace: Required value"
    ]


def test_a_subject_is_of_a_kind_that_there_is():
    assert refused(binding(subjects=[{"kind": "Robot", "name": "r"}])) == [
        'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'
    ]


def test_a_binding_keeps_its_role():
    shown = '{"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"writer"}'
    assert refused_change(binding(name="writer"), binding()) == [
        f"roleRef: Invalid value: {shown}: cannot change roleRef"
    ]
