"""The volumes a pod can name, and what each is made of.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from msgspec import field

from harness.objects.claim import PersistentVolumeClaimTemplate
from harness.objects.meta import LabelSelector, LocalObjectReference, ObjectReference, SecretReference
from harness.objects.value import Quantity, Value


class AWSElasticBlockStoreVolumeSource(Value, frozen=True):
    volume_id: str = field(default="", name="volumeID")
    fs_type: str = ""
    partition: int = 0
    read_only: bool = False


class AzureDiskVolumeSource(Value, frozen=True):
    disk_name: str = ""
    disk_uri: str = field(default="", name="diskURI")
    caching_mode: str | None = None
    fs_type: str | None = None
    read_only: bool | None = None
    kind: str | None = None


class AzureFileVolumeSource(Value, frozen=True):
    secret_name: str = ""
    share_name: str = ""
    read_only: bool = False


class CSIVolumeSource(Value, frozen=True):
    driver: str = ""
    read_only: bool | None = None
    fs_type: str | None = None
    volume_attributes: dict[str, str] = {}
    node_publish_secret_ref: LocalObjectReference | None = None


class CephFSVolumeSource(Value, frozen=True):
    monitors: tuple[str, ...] = ()
    path: str = ""
    user: str = ""
    secret_file: str = ""
    secret_ref: LocalObjectReference | None = None
    read_only: bool = False


class CinderVolumeSource(Value, frozen=True):
    volume_id: str = field(default="", name="volumeID")
    fs_type: str = ""
    read_only: bool = False
    secret_ref: LocalObjectReference | None = None


class KeyToPath(Value, frozen=True):
    key: str = ""
    path: str = ""
    mode: int | None = None


class ConfigMapVolumeSource(Value, frozen=True):
    name: str = ""
    items: tuple[KeyToPath, ...] = ()
    default_mode: int | None = None
    optional: bool | None = None


class ObjectFieldSelector(Value, frozen=True):
    api_version: str = ""
    field_path: str = ""


class ResourceFieldSelector(Value, frozen=True):
    container_name: str = ""
    resource: str = ""
    divisor: Quantity = ""


class DownwardAPIVolumeFile(Value, frozen=True):
    path: str = ""
    field_ref: ObjectFieldSelector | None = None
    resource_field_ref: ResourceFieldSelector | None = None
    mode: int | None = None


class DownwardAPIVolumeSource(Value, frozen=True):
    items: tuple[DownwardAPIVolumeFile, ...] = ()
    default_mode: int | None = None


class EmptyDirVolumeSource(Value, frozen=True):
    medium: str = ""
    size_limit: Quantity | None = None


class EphemeralVolumeSource(Value, frozen=True):
    volume_claim_template: PersistentVolumeClaimTemplate | None = None


class FCVolumeSource(Value, frozen=True):
    target_ww_ns: tuple[str, ...] = field(default=(), name="targetWWNs")
    lun: int | None = None
    fs_type: str = ""
    read_only: bool = False
    wwids: tuple[str, ...] = ()


class FlexVolumeSource(Value, frozen=True):
    driver: str = ""
    fs_type: str = ""
    secret_ref: LocalObjectReference | None = None
    read_only: bool = False
    options: dict[str, str] = {}


class FlockerVolumeSource(Value, frozen=True):
    dataset_name: str = ""
    dataset_uuid: str = field(default="", name="datasetUUID")


class GCEPersistentDiskVolumeSource(Value, frozen=True):
    pd_name: str = ""
    fs_type: str = ""
    partition: int = 0
    read_only: bool = False


class GitRepoVolumeSource(Value, frozen=True):
    repository: str = ""
    revision: str = ""
    directory: str = ""


class GlusterfsVolumeSource(Value, frozen=True):
    endpoints: str = ""
    path: str = ""
    read_only: bool = False


class HostPathVolumeSource(Value, frozen=True):
    path: str = ""
    type: str | None = None


class ISCSIVolumeSource(Value, frozen=True):
    target_portal: str = ""
    iqn: str = ""
    lun: int = field(default_factory=int)
    iscsi_interface: str = ""
    fs_type: str = ""
    read_only: bool = False
    portals: tuple[str, ...] = ()
    chap_auth_discovery: bool = False
    chap_auth_session: bool = False
    secret_ref: LocalObjectReference | None = None
    initiator_name: str | None = None


class ImageVolumeSource(Value, frozen=True):
    reference: str = ""
    pull_policy: str = ""


class NFSVolumeSource(Value, frozen=True):
    server: str = ""
    path: str = ""
    read_only: bool = False


class PersistentVolumeClaimVolumeSource(Value, frozen=True):
    claim_name: str = ""
    read_only: bool = False


class PhotonPersistentDiskVolumeSource(Value, frozen=True):
    pd_id: str = field(default="", name="pdID")
    fs_type: str = ""


class PortworxVolumeSource(Value, frozen=True):
    volume_id: str = field(default="", name="volumeID")
    fs_type: str = ""
    read_only: bool = False


class ClusterTrustBundleProjection(Value, frozen=True):
    name: str | None = None
    signer_name: str | None = None
    label_selector: LabelSelector | None = None
    optional: bool | None = None
    path: str = ""


class ConfigMapProjection(Value, frozen=True):
    name: str = ""
    items: tuple[KeyToPath, ...] = ()
    optional: bool | None = None


class DownwardAPIProjection(Value, frozen=True):
    items: tuple[DownwardAPIVolumeFile, ...] = ()


class PodCertificateProjection(Value, frozen=True):
    signer_name: str = ""
    key_type: str = ""
    max_expiration_seconds: int | None = None
    credential_bundle_path: str = ""
    key_path: str = ""
    certificate_chain_path: str = ""
    user_annotations: dict[str, str] = {}


class SecretProjection(Value, frozen=True):
    name: str = ""
    items: tuple[KeyToPath, ...] = ()
    optional: bool | None = None


class ServiceAccountTokenProjection(Value, frozen=True):
    audience: str = ""
    expiration_seconds: int | None = None
    path: str = ""


class VolumeProjection(Value, frozen=True):
    secret: SecretProjection | None = None
    downward_api: DownwardAPIProjection | None = field(default=None, name="downwardAPI")
    config_map: ConfigMapProjection | None = None
    service_account_token: ServiceAccountTokenProjection | None = None
    cluster_trust_bundle: ClusterTrustBundleProjection | None = None
    pod_certificate: PodCertificateProjection | None = None


class ProjectedVolumeSource(Value, frozen=True):
    sources: tuple[VolumeProjection, ...] = ()
    default_mode: int | None = None


class QuobyteVolumeSource(Value, frozen=True):
    registry: str = ""
    volume: str = ""
    read_only: bool = False
    user: str = ""
    group: str = ""
    tenant: str = ""


class RBDVolumeSource(Value, frozen=True):
    monitors: tuple[str, ...] = ()
    image: str = ""
    fs_type: str = ""
    pool: str = ""
    user: str = ""
    keyring: str = ""
    secret_ref: LocalObjectReference | None = None
    read_only: bool = False


class ScaleIOVolumeSource(Value, frozen=True):
    gateway: str = ""
    system: str = ""
    secret_ref: LocalObjectReference | None = None
    ssl_enabled: bool = False
    protection_domain: str = ""
    storage_pool: str = ""
    storage_mode: str = ""
    volume_name: str = ""
    fs_type: str = ""
    read_only: bool = False


class SecretVolumeSource(Value, frozen=True):
    secret_name: str = ""
    items: tuple[KeyToPath, ...] = ()
    default_mode: int | None = None
    optional: bool | None = None


class StorageOSVolumeSource(Value, frozen=True):
    volume_name: str = ""
    volume_namespace: str = ""
    fs_type: str = ""
    read_only: bool = False
    secret_ref: LocalObjectReference | None = None


class VsphereVirtualDiskVolumeSource(Value, frozen=True):
    volume_path: str = ""
    fs_type: str = ""
    storage_policy_name: str = ""
    storage_policy_id: str = field(default="", name="storagePolicyID")


class Volume(Value, frozen=True):
    name: str = ""
    host_path: HostPathVolumeSource | None = None
    empty_dir: EmptyDirVolumeSource | None = None
    gce_persistent_disk: GCEPersistentDiskVolumeSource | None = None
    aws_elastic_block_store: AWSElasticBlockStoreVolumeSource | None = None
    git_repo: GitRepoVolumeSource | None = None
    secret: SecretVolumeSource | None = None
    nfs: NFSVolumeSource | None = None
    iscsi: ISCSIVolumeSource | None = None
    glusterfs: GlusterfsVolumeSource | None = None
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None = None
    rbd: RBDVolumeSource | None = None
    flex_volume: FlexVolumeSource | None = None
    cinder: CinderVolumeSource | None = None
    cephfs: CephFSVolumeSource | None = None
    flocker: FlockerVolumeSource | None = None
    downward_api: DownwardAPIVolumeSource | None = field(default=None, name="downwardAPI")
    fc: FCVolumeSource | None = None
    azure_file: AzureFileVolumeSource | None = None
    config_map: ConfigMapVolumeSource | None = None
    vsphere_volume: VsphereVirtualDiskVolumeSource | None = None
    quobyte: QuobyteVolumeSource | None = None
    azure_disk: AzureDiskVolumeSource | None = None
    photon_persistent_disk: PhotonPersistentDiskVolumeSource | None = None
    projected: ProjectedVolumeSource | None = None
    portworx_volume: PortworxVolumeSource | None = None
    scale_io: ScaleIOVolumeSource | None = field(default=None, name="scaleIO")
    storageos: StorageOSVolumeSource | None = None
    csi: CSIVolumeSource | None = None
    ephemeral: EphemeralVolumeSource | None = None
    image: ImageVolumeSource | None = None


class GlusterfsPersistentVolumeSource(Value, frozen=True):
    endpoints: str = ""
    path: str = ""
    read_only: bool = False
    endpoints_namespace: str | None = None


class RBDPersistentVolumeSource(Value, frozen=True):
    monitors: tuple[str, ...] = ()
    image: str = ""
    fs_type: str = ""
    pool: str = ""
    user: str = ""
    keyring: str = ""
    secret_ref: SecretReference | None = None
    read_only: bool = False


class ISCSIPersistentVolumeSource(Value, frozen=True):
    target_portal: str = ""
    iqn: str = ""
    lun: int = field(default_factory=int)
    iscsi_interface: str = ""
    fs_type: str = ""
    read_only: bool = False
    portals: tuple[str, ...] = ()
    chap_auth_discovery: bool = False
    chap_auth_session: bool = False
    secret_ref: SecretReference | None = None
    initiator_name: str | None = None


class CinderPersistentVolumeSource(Value, frozen=True):
    volume_id: str = field(default="", name="volumeID")
    fs_type: str = ""
    read_only: bool = False
    secret_ref: SecretReference | None = None


class CephFSPersistentVolumeSource(Value, frozen=True):
    monitors: tuple[str, ...] = ()
    path: str = ""
    user: str = ""
    secret_file: str = ""
    secret_ref: SecretReference | None = None
    read_only: bool = False


class FlexPersistentVolumeSource(Value, frozen=True):
    driver: str = ""
    fs_type: str = ""
    secret_ref: SecretReference | None = None
    read_only: bool = False
    options: dict[str, str] = {}


class AzureFilePersistentVolumeSource(Value, frozen=True):
    secret_name: str = ""
    share_name: str = ""
    read_only: bool = False
    secret_namespace: str | None = None


class ScaleIOPersistentVolumeSource(Value, frozen=True):
    gateway: str = ""
    system: str = ""
    secret_ref: SecretReference | None = None
    ssl_enabled: bool = False
    protection_domain: str = ""
    storage_pool: str = ""
    storage_mode: str = ""
    volume_name: str = ""
    fs_type: str = ""
    read_only: bool = False


class LocalVolumeSource(Value, frozen=True):
    path: str = ""
    fs_type: str | None = None


class StorageOSPersistentVolumeSource(Value, frozen=True):
    volume_name: str = ""
    volume_namespace: str = ""
    fs_type: str = ""
    read_only: bool = False
    secret_ref: ObjectReference | None = None


class CSIPersistentVolumeSource(Value, frozen=True):
    driver: str = ""
    volume_handle: str = ""
    read_only: bool = False
    fs_type: str = ""
    volume_attributes: dict[str, str] = {}
    controller_publish_secret_ref: SecretReference | None = None
    node_stage_secret_ref: SecretReference | None = None
    node_publish_secret_ref: SecretReference | None = None
    controller_expand_secret_ref: SecretReference | None = None
    node_expand_secret_ref: SecretReference | None = None
