"""What every kind of the API is called: group, version, plural, short names, scope.

Owns names only, so that the language can read a target (`sts/web`) without knowing how a kind behaves. A kind that is
not in the table is a custom one, and is known from the manifests that bring it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from harness.objects.value import Value


class Resource(Value, frozen=True):
    """One kind as discovery describes it (`kubectl api-resources`)."""

    kind: str
    group: str
    version: str
    plural: str
    singular: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """As an API error names it: `statefulsets.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def group_kind(self) -> str:
        """As kubectl names it before a slash: `statefulset.apps`, `pod`."""
        return f"{self.singular}.{self.group}" if self.group else self.singular


def _plural(singular: str) -> str:
    if singular.endswith(("s", "ch", "x")):
        return f"{singular}es"
    if singular.endswith("y"):
        return f"{singular[:-1]}ies"
    return f"{singular}s"


# (group/version, kinds of a namespace, kinds of the cluster); "Kind=short,short" where there are short names
_DISCOVERY = (
    (
        "v1",
        "Pod=po Service=svc ConfigMap=cm Secret ServiceAccount=sa PersistentVolumeClaim=pvc Event=ev Endpoints=ep "
        "ReplicationController=rc ResourceQuota=quota LimitRange=limits PodTemplate",
        "Node=no Namespace=ns PersistentVolume=pv",
    ),
    ("apps/v1", "StatefulSet=sts Deployment=deploy ReplicaSet=rs DaemonSet=ds ControllerRevision", ""),
    ("batch/v1", "Job CronJob=cj", ""),
    ("autoscaling/v2", "HorizontalPodAutoscaler=hpa", ""),
    ("policy/v1", "PodDisruptionBudget=pdb", ""),
    ("discovery.k8s.io/v1", "EndpointSlice", ""),
    ("networking.k8s.io/v1", "Ingress=ing NetworkPolicy=netpol", "IngressClass IPAddress=ip ServiceCIDR"),
    (
        "storage.k8s.io/v1",
        "CSIStorageCapacity",
        "StorageClass=sc VolumeAttachment CSIDriver CSINode VolumeAttributesClass=vac",
    ),
    ("scheduling.k8s.io/v1", "", "PriorityClass=pc"),
    ("coordination.k8s.io/v1", "Lease", ""),
    ("rbac.authorization.k8s.io/v1", "Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    ("node.k8s.io/v1", "", "RuntimeClass"),
    ("resource.k8s.io/v1", "ResourceClaim ResourceClaimTemplate", "DeviceClass ResourceSlice"),
    ("apiextensions.k8s.io/v1", "", "CustomResourceDefinition=crd,crds"),
    ("apiregistration.k8s.io/v1", "", "APIService"),
    (
        "admissionregistration.k8s.io/v1",
        "",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy "
        "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    ),
    ("certificates.k8s.io/v1", "", "CertificateSigningRequest=csr"),
    ("flowcontrol.apiserver.k8s.io/v1", "", "FlowSchema PriorityLevelConfiguration"),
)
_IRREGULAR_PLURALS = {"endpoints": "endpoints", "csistoragecapacity": "csistoragecapacities"}


def _build() -> tuple[Resource, ...]:
    found = []
    for group_version, spaced, clustered in _DISCOVERY:
        group, _, version = group_version.rpartition("/")
        for words, namespaced in ((spaced, True), (clustered, False)):
            for word in words.split():
                kind, _, short = word.partition("=")
                singular = kind.lower()
                found.append(
                    Resource(
                        kind=kind,
                        group=group,
                        version=version,
                        plural=_IRREGULAR_PLURALS.get(singular, _plural(singular)),
                        singular=singular,
                        short_names=tuple(short.split(",")) if short else (),
                        namespaced=namespaced,
                    )
                )
    return tuple(found)


RESOURCES: tuple[Resource, ...] = _build()
# Versions that are served beside the one a kind is stored in: (group/version, kind) -> that one.
_OTHER_VERSIONS = {("autoscaling/v1", "HorizontalPodAutoscaler"): "autoscaling/v2"}


@cache
def _by_word() -> dict[str, Resource]:
    table: dict[str, Resource] = {}
    for resource in RESOURCES:
        for word in (resource.singular, resource.plural, *resource.short_names):
            table.setdefault(word, resource)
            if resource.group:
                table.setdefault(f"{word}.{resource.group}", resource)
                table.setdefault(f"{word}.{resource.version}.{resource.group}", resource)
    return table


@cache
def _by_kind() -> dict[tuple[str, str], Resource]:
    return {(resource.group, resource.kind): resource for resource in RESOURCES}


def find(word: str) -> Resource | None:
    """The built-in kind that `word` names, written as kubectl users do: `sts`, `statefulsets`, `statefulset.apps`."""
    return _by_word().get(word.lower())


def of_kind(api_version: str, kind: str) -> Resource | None:
    """The built-in kind of a manifest's apiVersion and kind; None for a version or kind that is not built in."""
    api_version = _OTHER_VERSIONS.get((api_version, kind), api_version)
    group, _, version = api_version.rpartition("/")
    resource = _by_kind().get((group, kind))
    return resource if resource is not None and resource.version == version else None


def may_be_served(api_version: str, kind: str) -> bool:
    """Whether a cluster could have the kind: it is built in, or somebody else's."""
    group = api_version.rpartition("/")[0]
    # A group without a dot is none that anybody else may have: it was built in once.
    return of_kind(api_version, kind) is not None or (group not in _groups() and "." in group)


@cache
def _groups() -> frozenset[str]:
    return frozenset(resource.group for resource in RESOURCES)


def custom(api_version: str, kind: str, *, namespaced: bool = True) -> Resource:
    """The resource of a custom kind, with the names a CustomResourceDefinition would usually give it."""
    group, _, version = api_version.rpartition("/")
    singular = kind.lower()
    return Resource(
        kind=kind, group=group, version=version, plural=_plural(singular), singular=singular, namespaced=namespaced
    )


def nearest(word: str, also: Iterable[str] = ()) -> str | None:
    """The known word that `word` was most likely meant to be."""
    close = get_close_matches(word.lower(), sorted({*_by_word(), *also}), n=1, cutoff=0.6)
    return close[0] if close else None
