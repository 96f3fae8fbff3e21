"""What the API's Go source calls its types and fields, where a user can see it: in errors, and in names made of hashes.

Owns names only. A field is named by the struct that has it and by its wire name. What is not listed is a plain
`string`, an `int32`, or a struct of the same name as ours in package v1, and a field is the wire name with a capital.
"""

from __future__ import annotations

# Structs that embed others, whose names Go then shows in the path: the embedded ones, each with the fields it brings.
# With "-", every field but those listed.
_LOCAL_REFERENCE = (("LocalObjectReference", "name"),)
_DEVICE = (("DeviceConfiguration", "opaque"),)
EMBEDDED: dict[str, tuple[tuple[str, str], ...]] = {
    "PersistentVolumeSpec": (
        (
            "PersistentVolumeSource",
            "- capacity accessModes claimRef persistentVolumeReclaimPolicy storageClassName mountOptions volumeMode "
            "nodeAffinity volumeAttributesClassName",
        ),
    ),
    "Volume": (("VolumeSource", "- name"),),
    "EphemeralContainer": (("EphemeralContainerCommon", "- targetContainerName"),),
    "Probe": (("ProbeHandler", "exec httpGet tcpSocket grpc"),),
    "ConfigMapEnvSource": _LOCAL_REFERENCE,
    "SecretEnvSource": _LOCAL_REFERENCE,
    "ConfigMapKeySelector": _LOCAL_REFERENCE,
    "SecretKeySelector": _LOCAL_REFERENCE,
    "ConfigMapProjection": _LOCAL_REFERENCE,
    "SecretProjection": _LOCAL_REFERENCE,
    "ConfigMapVolumeSource": _LOCAL_REFERENCE,
    "DeviceAllocationConfiguration": _DEVICE,
    "DeviceClaimConfiguration": _DEVICE,
    "DeviceClassConfiguration": _DEVICE,
    "IngressRule": (("IngressRuleValue", "http"),),
    "NamedRuleWithOperations": (
        ("RuleWithOperations", "operations"),
        ("RuleWithOperations.Rule", "apiGroups apiVersions resources scope"),
    ),
    "RuleWithOperations": (("Rule", "apiGroups apiVersions resources scope"),),
}

# Integers of 64 bits: field, where every struct agrees, or struct and field.
_INT64_FIELDS = (
    "activeDeadlineSeconds capacity deletionGracePeriodSeconds expirationSeconds fsGroup generation gid "
    "observedGeneration revision runAsGroup runAsUser seconds sizeBytes supplementalGroups "
    "terminationGracePeriodSeconds tolerationSeconds uid CronJobSpec.startingDeadlineSeconds DeviceAttribute.int "
    "DeviceAttribute.ints DeviceSubRequest.count ExactDeviceRequest.count ResourcePool.resourceSliceCount"
)
INT64_FIELDS = frozenset(
    [
        *_INT64_FIELDS.split(),
        *(f"JSONSchemaProps.{end}{what}" for end in ("max", "min") for what in ("Length", "Items", "Properties")),
    ]
)
_INT32_FIELDS = frozenset({"CertificateSigningRequestSpec.expirationSeconds"})

# Strings with a type of their own: (struct, field) -> type, or (field) -> type where every struct agrees.
STRING_TYPES: dict[str, str] = {
    "accessModes": "v1.PersistentVolumeAccessMode",
    "dnsPolicy": "v1.DNSPolicy",
    "imagePullPolicy": "v1.PullPolicy",
    "internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
    "externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
    "ipFamilies": "v1.IPFamily",
    "ipFamilyPolicy": "v1.IPFamilyPolicy",
    "mountPropagation": "v1.MountPropagationMode",
    "persistentVolumeReclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "podManagementPolicy": "v1.PodManagementPolicyType",
    "preemptionPolicy": "v1.PreemptionPolicy",
    "procMount": "v1.ProcMountType",
    "protocol": "v1.Protocol",
    "reclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "recursiveReadOnly": "v1.RecursiveReadOnlyMode",
    "scheme": "v1.URIScheme",
    "sessionAffinity": "v1.ServiceAffinity",
    "terminationMessagePolicy": "v1.TerminationMessagePolicy",
    "uid": "types.UID",
    "volumeBindingMode": "v1.VolumeBindingMode",
    "volumeMode": "v1.PersistentVolumeMode",
    "whenDeleted": "v1.PersistentVolumeClaimRetentionPolicyType",
    "whenScaled": "v1.PersistentVolumeClaimRetentionPolicyType",
    "whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
    "APIServiceCondition.status": "v1.ConditionStatus",
    "APIServiceCondition.type": "v1.APIServiceConditionType",
    "APIServiceSpec.caBundle": "[]uint8",
    "AppArmorProfile.type": "v1.AppArmorProfileType",
    "AzureDiskVolumeSource.cachingMode": "v1.AzureDataDiskCachingMode",
    "AzureDiskVolumeSource.kind": "v1.AzureDataDiskKind",
    "Capabilities.add": "v1.Capability",
    "Capabilities.drop": "v1.Capability",
    "CertificateSigningRequestCondition.status": "v1.ConditionStatus",
    "CertificateSigningRequestCondition.type": "v1.RequestConditionType",
    "CertificateSigningRequestSpec.request": "[]uint8",
    "CertificateSigningRequestSpec.uid": "string",
    "CertificateSigningRequestSpec.usages": "v1.KeyUsage",
    "CertificateSigningRequestStatus.certificate": "[]uint8",
    "Container.restartPolicy": "v1.ContainerRestartPolicy",
    "ContainerResizePolicy.resourceName": "v1.ResourceName",
    "ContainerResizePolicy.restartPolicy": "v1.ResourceResizeRestartPolicy",
    "ContainerResourceMetricSource.name": "v1.ResourceName",
    "ContainerResourceMetricStatus.name": "v1.ResourceName",
    "ContainerRestartRule.action": "v1.ContainerRestartRuleAction",
    "ContainerRestartRuleOnExitCodes.operator": "v1.ContainerRestartRuleOnExitCodesOperator",
    "CronJobSpec.concurrencyPolicy": "v1.ConcurrencyPolicy",
    "DaemonSetCondition.status": "v1.ConditionStatus",
    "DaemonSetCondition.type": "v1.DaemonSetConditionType",
    "DaemonSetUpdateStrategy.type": "v1.DaemonSetUpdateStrategyType",
    "DeploymentCondition.status": "v1.ConditionStatus",
    "DeploymentCondition.type": "v1.DeploymentConditionType",
    "DeploymentStrategy.type": "v1.DeploymentStrategyType",
    "DeviceAllocationConfiguration.source": "v1.AllocationConfigSource",
    "DeviceConstraint.distinctAttribute": "v1.FullyQualifiedName",
    "DeviceConstraint.matchAttribute": "v1.FullyQualifiedName",
    "DeviceRequestAllocationResult.shareID": "types.UID",
    "DeviceSubRequest.allocationMode": "v1.DeviceAllocationMode",
    "DeviceTaint.effect": "v1.DeviceTaintEffect",
    "DeviceToleration.effect": "v1.DeviceTaintEffect",
    "DeviceToleration.operator": "v1.DeviceTolerationOperator",
    "EmptyDirVolumeSource.medium": "v1.StorageMedium",
    "EphemeralContainer.restartPolicy": "v1.ContainerRestartPolicy",
    "ExactDeviceRequest.allocationMode": "v1.DeviceAllocationMode",
    "FlowDistinguisherMethod.type": "v1.FlowDistinguisherMethodType",
    "FlowSchemaCondition.status": "v1.ConditionStatus",
    "FlowSchemaCondition.type": "v1.FlowSchemaConditionType",
    "FlowSubject.kind": "v1.SubjectKind",
    "HPAScalingPolicy.type": "v2.HPAScalingPolicyType",
    "HPAScalingRules.selectPolicy": "v2.ScalingPolicySelect",
    "HTTPIngressPath.pathType": "v1.PathType",
    "HorizontalPodAutoscalerCondition.status": "v1.ConditionStatus",
    "HorizontalPodAutoscalerCondition.type": "v2.HorizontalPodAutoscalerConditionType",
    "HostPathVolumeSource.type": "v1.HostPathType",
    "ImageVolumeSource.pullPolicy": "v1.PullPolicy",
    "JobCondition.status": "v1.ConditionStatus",
    "JobCondition.type": "v1.JobConditionType",
    "JobSpec.completionMode": "v1.CompletionMode",
    "JobSpec.podReplacementPolicy": "v1.PodReplacementPolicy",
    "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
    "LeaseSpec.strategy": "v1.CoordinatedLeaseStrategy",
    "Lifecycle.stopSignal": "v1.Signal",
    "LimitResponse.type": "v1.LimitResponseType",
    "MatchResources.matchPolicy": "v1.MatchPolicyType",
    "MetricSpec.type": "v2.MetricSourceType",
    "MetricStatus.type": "v2.MetricSourceType",
    "MetricTarget.type": "v2.MetricTargetType",
    "MutatingAdmissionPolicySpec.failurePolicy": "v1.FailurePolicyType",
    "MutatingAdmissionPolicySpec.reinvocationPolicy": "v1.ReinvocationPolicyType",
    "MutatingWebhook.failurePolicy": "v1.FailurePolicyType",
    "MutatingWebhook.matchPolicy": "v1.MatchPolicyType",
    "MutatingWebhook.reinvocationPolicy": "v1.ReinvocationPolicyType",
    "MutatingWebhook.sideEffects": "v1.SideEffectClass",
    "Mutation.patchType": "v1.PatchType",
    "NamedRuleWithOperations.operations": "v1.OperationType",
    "NamedRuleWithOperations.scope": "v1.ScopeType",
    "NamespaceSpec.finalizers": "v1.FinalizerName",
    "NetworkPolicySpec.policyTypes": "v1.PolicyType",
    "NodeAllocatableResourceMapping.capacityKey": "v1.QualifiedName",
    "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
    "ParamRef.parameterNotFoundAction": "v1.ParameterNotFoundActionType",
    "PodFailurePolicyOnExitCodesRequirement.operator": "v1.PodFailurePolicyOnExitCodesOperator",
    "PodFailurePolicyOnPodConditionsPattern.status": "v1.ConditionStatus",
    "PodFailurePolicyOnPodConditionsPattern.type": "v1.PodConditionType",
    "PodFailurePolicyRule.action": "v1.PodFailurePolicyAction",
    "PodOS.name": "v1.OSName",
    "PodReadinessGate.conditionType": "v1.PodConditionType",
    "PodSecurityContext.fsGroupChangePolicy": "v1.PodFSGroupChangePolicy",
    "PodSecurityContext.seLinuxChangePolicy": "v1.PodSELinuxChangePolicy",
    "PodSecurityContext.supplementalGroupsPolicy": "v1.SupplementalGroupsPolicy",
    "PodSpec.restartPolicy": "v1.RestartPolicy",
    "PriorityLevelConfigurationCondition.status": "v1.ConditionStatus",
    "PriorityLevelConfigurationCondition.type": "v1.PriorityLevelConfigurationConditionType",
    "PriorityLevelConfigurationSpec.type": "v1.PriorityLevelEnablement",
    "ReplicaSetCondition.status": "v1.ConditionStatus",
    "ReplicaSetCondition.type": "v1.ReplicaSetConditionType",
    "ReplicationControllerCondition.status": "v1.ConditionStatus",
    "ReplicationControllerCondition.type": "v1.ReplicationControllerConditionType",
    "ResourceMetricSource.name": "v1.ResourceName",
    "ResourceMetricStatus.name": "v1.ResourceName",
    "RuleWithOperations.operations": "v1.OperationType",
    "RuleWithOperations.scope": "v1.ScopeType",
    "SeccompProfile.type": "v1.SeccompProfileType",
    "Secret.type": "v1.SecretType",
    "ServiceSpec.type": "v1.ServiceType",
    "StatefulSetUpdateStrategy.type": "v1.StatefulSetUpdateStrategyType",
    "Taint.effect": "v1.TaintEffect",
    "Toleration.effect": "v1.TaintEffect",
    "Toleration.operator": "v1.TolerationOperator",
    "TopologySpreadConstraint.nodeAffinityPolicy": "v1.NodeInclusionPolicy",
    "TopologySpreadConstraint.nodeTaintsPolicy": "v1.NodeInclusionPolicy",
    "UncountedTerminatedPods.failed": "types.UID",
    "UncountedTerminatedPods.succeeded": "types.UID",
    "ValidatingAdmissionPolicyBindingSpec.validationActions": "v1.ValidationAction",
    "ValidatingAdmissionPolicySpec.failurePolicy": "v1.FailurePolicyType",
    "ValidatingWebhook.failurePolicy": "v1.FailurePolicyType",
    "ValidatingWebhook.matchPolicy": "v1.MatchPolicyType",
    "ValidatingWebhook.sideEffects": "v1.SideEffectClass",
    "Validation.reason": "v1.StatusReason",
    "WebhookClientConfig.caBundle": "[]uint8",
}

# Our own names for what is one Go struct.
STRUCTS = {
    "APIServiceReference": "ServiceReference",
    "HorizontalPodAutoscalerSpecV1": "HorizontalPodAutoscalerSpec",
    "HorizontalPodAutoscalerStatusV1": "HorizontalPodAutoscalerStatus",
    "HorizontalPodAutoscalerV1": "HorizontalPodAutoscaler",
    "DeviceResourceClaim": "ResourceClaim",
    "EndpointsPort": "EndpointPort",
    "FlowSubject": "Subject",
    "VolumeClaimTemplate": "PersistentVolumeClaim",
}

# Go's name of a field where it is not the wire name with a capital: by struct and field, else by field.
_FIELDS: dict[str, str] = {
    "apiGroup": "APIGroup",
    "apiVersion": "APIVersion",
    "awsElasticBlockStore": "AWSElasticBlockStore",
    "cephfs": "CephFS",
    "chapAuthDiscovery": "DiscoveryCHAPAuth",
    "chapAuthSession": "SessionCHAPAuth",
    "csi": "CSI",
    "diskURI": "DataDiskURI",
    "dnsConfig": "DNSConfig",
    "dnsPolicy": "DNSPolicy",
    "fc": "FC",
    "fsGroup": "FSGroup",
    "fsGroupChangePolicy": "FSGroupChangePolicy",
    "fsType": "FSType",
    "gcePersistentDisk": "GCEPersistentDisk",
    "gmsaCredentialSpec": "GMSACredentialSpec",
    "gmsaCredentialSpecName": "GMSACredentialSpecName",
    "grpc": "GRPC",
    "httpGet": "HTTPGet",
    "httpHeaders": "HTTPHeaders",
    "ip": "IP",
    "iqn": "IQN",
    "iscsi": "ISCSI",
    "iscsiInterface": "ISCSIInterface",
    "metadata": "ObjectMeta",
    "nfs": "NFS",
    "os": "OS",
    "pdName": "PDName",
    "rbd": "RBD",
    "seLinuxChangePolicy": "SELinuxChangePolicy",
    "seLinuxOptions": "SELinuxOptions",
    "serviceAccount": "DeprecatedServiceAccount",
    "sslEnabled": "SSLEnabled",
    "storageos": "StorageOS",
    "tcpSocket": "TCPSocket",
    "tty": "TTY",
    "uid": "UID",
    "wwids": "WWIDs",
    "GlusterfsPersistentVolumeSource.endpoints": "EndpointsName",
    "GlusterfsVolumeSource.endpoints": "EndpointsName",
    "RBDPersistentVolumeSource.image": "RBDImage",
    "RBDPersistentVolumeSource.monitors": "CephMonitors",
    "RBDPersistentVolumeSource.pool": "RBDPool",
    "RBDPersistentVolumeSource.user": "RadosUser",
    "RBDVolumeSource.image": "RBDImage",
    "RBDVolumeSource.monitors": "CephMonitors",
    "RBDVolumeSource.pool": "RBDPool",
    "RBDVolumeSource.user": "RadosUser",
}
# Files whose structs are of another package than v1.
_PACKAGES = {"harness.objects.autoscaling": "v2"}

# Fields the API has and the simulator does not keep: accepted, and forgotten.
UNKEPT_FIELDS = frozenset({("ObjectMeta", "managedFields"), ("ObjectMeta", "selfLink")})


def struct_type(module: str, struct: str) -> str:
    """The Go type of one of our structs, and of the file it stands in."""
    return f"{_PACKAGES.get(module, 'v1')}.{STRUCTS.get(struct, struct)}"


def integer_type(struct: str, field: str) -> str:
    own = f"{struct}.{field}"
    return "int64" if own in INT64_FIELDS or (field in INT64_FIELDS and own not in _INT32_FIELDS) else "int32"


def string_type(struct: str, field: str) -> str:
    return STRING_TYPES.get(f"{struct}.{field}") or STRING_TYPES.get(field, "string")


def embedded_in(struct: str, field: str) -> str:
    """The name of the embedded struct that brings `field` to `struct`; "" for a field of its own."""
    for name, fields in EMBEDDED.get(struct, ()):
        if (field in fields.split()) != fields.startswith("-"):
            return name
    return ""


def field_name(struct: str, field: str) -> str:
    """Go's name of a field by its wire name."""
    own = f"{STRUCTS.get(struct, struct)}.{field}"
    return _FIELDS.get(own) or _FIELDS.get(field) or field[:1].upper() + field[1:]
