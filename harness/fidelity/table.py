"""The verdict on every field: what the simulator acts on, what it only stores, and what it refuses.

Owns the rows and their notes. A row speaks of a type of harness/objects, so a field of a PodSpec has one verdict for
all templates; a dotted field overrules for one place what the type's own row says. What is stored or refused is so
with all that is in it. `tests/fidelity` holds the rows against the types and against what is read in play.
"""

from __future__ import annotations

from typing import NamedTuple

ACTED = "acted on"
STORED = "stored"
REFUSED = "refused"


class Row(NamedTuple):
    """A verdict on fields of one type, named as the API does and split by spaces; the note is for who asks why."""

    owner: str
    verdict: str
    fields: str
    note: str = ""


_PROCESS = "what a container does is told by the scenario's images"
_PROBED = "what a probe finds is told by the scenario's images"
_SECURED = "PodSecurity admission judges it; containers run all the same"
_HOSTNAME = "no container asks for its own hostname"
_FILES = "no files are made in a container"
_OF_PLUGIN = "only which source a volume has counts"
_LEGACY = "a field of former versions, never set"
_TRAFFIC = "nothing is sent to a service: no traffic is balanced, and none comes from outside"
_BALANCER = "no cloud makes load balancers"
_HANDED_OUT = "handed out and kept apart; nobody calls there"
_DEVICES = "devices are not allocated"
_TEMPLATE = "controllers name and own what they make themselves, here and on a cluster"
_UNCLONED = "nothing is cloned: a claim with a source waits"
_CALLED = "drivers are not called with it"

_METADATA = (
    Row("Object", ACTED, "metadata"),
    Row(
        "ObjectMeta",
        ACTED,
        "name generateName namespace uid resourceVersion generation creationTimestamp deletionTimestamp "
        "deletionGracePeriodSeconds labels annotations ownerReferences finalizers",
    ),
    Row("OwnerReference", ACTED, "apiVersion kind name uid controller blockOwnerDeletion"),
    Row("LabelSelector", ACTED, "matchLabels matchExpressions"),
    Row("LabelSelectorRequirement", ACTED, "key operator values"),
    Row("Condition", ACTED, "type status observedGeneration lastTransitionTime reason message"),
    Row("ObjectReference", ACTED, "kind namespace name uid apiVersion resourceVersion fieldPath"),
)

_PODS = (
    Row("PodTemplateSpec", ACTED, "metadata spec"),
    Row(
        "PodTemplateSpec",
        ACTED,
        "metadata.name metadata.generateName metadata.namespace metadata.uid metadata.resourceVersion "
        "metadata.generation metadata.creationTimestamp metadata.deletionTimestamp "
        "metadata.deletionGracePeriodSeconds metadata.ownerReferences",
        _TEMPLATE,
    ),
    Row("Pod", ACTED, "spec status"),
    Row(
        "PodSpec",
        ACTED,
        "volumes initContainers containers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds "
        "nodeSelector serviceAccountName serviceAccount nodeName hostNetwork hostname subdomain affinity schedulerName "
        "tolerations priorityClassName priority preemptionPolicy readinessGates overhead topologySpreadConstraints "
        "schedulingGates resources",
    ),
    Row("PodSpec", REFUSED, "ephemeralContainers", "a new pod may have none; nobody debugs a running one"),
    Row("PodSpec", STORED, "imagePullSecrets", "images are pulled without secrets"),
    Row("PodSpec", ACTED, "dnsPolicy dnsConfig hostAliases", "by these a name is resolved that an expect asks about"),
    Row("PodDNSConfig", ACTED, "searches"),
    Row("PodDNSConfig", ACTED, "options", "of these ndots"),
    Row("PodDNSConfig", STORED, "nameservers", "only what the cluster's own DNS knows is told"),
    Row("PodDNSConfigOption", ACTED, "name value"),
    Row("HostAlias", ACTED, "ip hostnames"),
    Row("PodSpec", STORED, "hostnameOverride setHostnameAsFQDN", _HOSTNAME),
    Row("PodSpec", ACTED, "securityContext"),
    Row("PodSpec", STORED, "hostPID hostIPC hostUsers os", _SECURED),
    Row("PodSecurityContext", ACTED, "runAsUser runAsNonRoot"),
    Row(
        "PodSecurityContext",
        STORED,
        "seLinuxOptions windowsOptions runAsGroup supplementalGroups supplementalGroupsPolicy fsGroup sysctls "
        "fsGroupChangePolicy seccompProfile appArmorProfile seLinuxChangePolicy",
        _SECURED,
    ),
    Row("PodSpec", ACTED, "automountServiceAccountToken"),
    Row("PodSpec", STORED, "shareProcessNamespace enableServiceLinks", _PROCESS),
    Row("PodSpec", STORED, "runtimeClassName", "no RuntimeClass is looked up, and none adds an overhead"),
    Row("PodSpec", STORED, "resourceClaims", _DEVICES),
    Row("PodSpec", STORED, "schedulingGroup", "pods are scheduled one by one"),
    Row(
        "Container",
        ACTED,
        "name image ports envFrom env resources restartPolicy restartPolicyRules volumeMounts volumeDevices "
        "livenessProbe readinessProbe startupProbe lifecycle imagePullPolicy securityContext",
    ),
    Row(
        "Container",
        STORED,
        "command args workingDir terminationMessagePath terminationMessagePolicy stdin stdinOnce tty",
        _PROCESS,
    ),
    Row("SecurityContext", ACTED, "runAsUser runAsNonRoot"),
    Row(
        "SecurityContext",
        STORED,
        "capabilities privileged seLinuxOptions windowsOptions runAsGroup readOnlyRootFilesystem "
        "allowPrivilegeEscalation procMount seccompProfile appArmorProfile",
        _SECURED,
    ),
    Row("Container", STORED, "resizePolicy", "resources of a running pod are not changed in place"),
    Row("ContainerPort", ACTED, "name hostPort containerPort protocol hostIP"),
    Row("ContainerRestartRule", ACTED, "action exitCodes"),
    Row("ContainerRestartRuleOnExitCodes", ACTED, "operator values"),
    Row("EnvFromSource", ACTED, "configMapRef secretRef"),
    Row("EnvFromSource", STORED, "prefix", _PROCESS),
    Row("ConfigMapEnvSource", ACTED, "name optional"),
    Row("SecretEnvSource", ACTED, "name optional"),
    Row("EnvVar", ACTED, "valueFrom"),
    Row("EnvVar", STORED, "name value", _PROCESS),
    Row("EnvVarSource", ACTED, "configMapKeyRef secretKeyRef"),
    Row("EnvVarSource", STORED, "fieldRef resourceFieldRef fileKeyRef", _PROCESS),
    Row("ConfigMapKeySelector", ACTED, "name key optional"),
    Row("SecretKeySelector", ACTED, "name key optional"),
    Row("ResourceRequirements", ACTED, "limits requests"),
    Row("ResourceRequirements", STORED, "claims", _DEVICES),
    Row("VolumeMount", ACTED, "name readOnly mountPath"),
    Row("VolumeMount", STORED, "recursiveReadOnly subPath subPathExpr mountPropagation", _FILES),
    Row("VolumeDevice", ACTED, "name"),
    Row("VolumeDevice", STORED, "devicePath", _FILES),
    Row(
        "Probe",
        ACTED,
        "httpGet tcpSocket grpc initialDelaySeconds periodSeconds successThreshold failureThreshold "
        "terminationGracePeriodSeconds",
    ),
    Row("Probe", STORED, "exec", _PROBED),
    Row("Probe", STORED, "timeoutSeconds", "a probe is answered at once"),
    Row("HTTPGetAction", STORED, "path port host scheme httpHeaders", _PROBED),
    Row("TCPSocketAction", ACTED, "port host"),
    Row("GRPCAction", STORED, "port service", _PROBED),
    Row("Lifecycle", ACTED, "postStart preStop", "how long a hook takes, and whether it fails, is told by the images"),
    Row("Lifecycle", STORED, "stopSignal", "how a container stops is told by the scenario's images"),
    Row("LifecycleHandler", ACTED, "sleep exec httpGet"),
    Row("LifecycleHandler", STORED, "tcpSocket", "it is not run, here and on a cluster"),
    Row("LifecycleHandler", ACTED, "exec.command"),
    Row("LifecycleHandler", ACTED, "httpGet.path httpGet.port httpGet.host httpGet.scheme", "as a failure tells them"),
    Row("SleepAction", ACTED, "seconds"),
    Row("Affinity", ACTED, "nodeAffinity podAffinity podAntiAffinity"),
    Row(
        "NodeAffinity",
        ACTED,
        "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
    ),
    Row("NodeSelector", ACTED, "nodeSelectorTerms"),
    Row("NodeSelectorTerm", ACTED, "matchExpressions matchFields"),
    Row("NodeSelectorRequirement", ACTED, "key operator values"),
    Row("PreferredSchedulingTerm", ACTED, "weight preference"),
    Row(
        "PodAffinity",
        ACTED,
        "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
    ),
    Row(
        "PodAntiAffinity",
        ACTED,
        "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
    ),
    Row(
        "PodAffinityTerm",
        ACTED,
        "labelSelector namespaces topologyKey namespaceSelector matchLabelKeys mismatchLabelKeys",
    ),
    Row("WeightedPodAffinityTerm", ACTED, "weight podAffinityTerm"),
    Row("Toleration", ACTED, "key operator value effect tolerationSeconds"),
    Row(
        "TopologySpreadConstraint",
        ACTED,
        "maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy nodeTaintsPolicy "
        "matchLabelKeys",
    ),
    Row("PodReadinessGate", ACTED, "conditionType"),
    Row("PodSchedulingGate", ACTED, "name"),
    Row(
        "PodStatus",
        ACTED,
        "observedGeneration phase conditions message reason nominatedNodeName hostIP hostIPs podIP podIPs startTime "
        "initContainerStatuses containerStatuses qosClass allocatedResources resources",
    ),
    Row("PodStatus", STORED, "ephemeralContainerStatuses", "nobody debugs a running pod"),
    Row("PodStatus", STORED, "resize", "resources of a running pod are not changed in place"),
    Row(
        "PodStatus",
        STORED,
        "resourceClaimStatuses extendedResourceClaimStatus nodeAllocatableResourceClaimStatuses",
        _DEVICES,
    ),
    Row("PodCondition", ACTED, "type observedGeneration status lastTransitionTime reason message"),
    Row("PodCondition", STORED, "lastProbeTime", _LEGACY),
    Row("HostIP", ACTED, "ip"),
    Row("PodIP", ACTED, "ip"),
    Row(
        "ContainerStatus",
        ACTED,
        "name state lastState ready restartCount image imageID containerID started allocatedResources resources "
        "volumeMounts",
    ),
    Row("ContainerStatus", STORED, "user stopSignal", _PROCESS),
    Row("ContainerStatus", STORED, "allocatedResourcesStatus", _DEVICES),
    Row("ContainerState", ACTED, "waiting running terminated"),
    Row("ContainerStateWaiting", ACTED, "reason message"),
    Row("ContainerStateRunning", ACTED, "startedAt"),
    Row("ContainerStateTerminated", ACTED, "exitCode reason message startedAt finishedAt containerID"),
    Row("ContainerStateTerminated", STORED, "signal", _LEGACY),
    Row("VolumeMountStatus", ACTED, "name mountPath readOnly recursiveReadOnly"),
    Row("VolumeMountStatus", STORED, "volumeStatus", "images are not mounted as volumes"),
)

_MOUNTED = "mounts without a word, whatever is behind it"

_POD_VOLUMES = (
    Row(
        "Volume",
        ACTED,
        "name hostPath emptyDir secret configMap persistentVolumeClaim projected csi ephemeral downwardAPI",
    ),
    Row(
        "Volume",
        ACTED,
        "glusterfs cephfs flocker quobyte photonPersistentDisk scaleIO storageos rbd",
        "no kubelet has the plugin any more: the pod waits for ever",
    ),
    Row(
        "Volume",
        ACTED,
        "gcePersistentDisk awsElasticBlockStore azureDisk cinder portworxVolume iscsi",
        "the scheduler counts it; it mounts without a word",
    ),
    Row("Volume", STORED, "nfs fc flexVolume image gitRepo azureFile vsphereVolume", _MOUNTED),
    Row("HostPathVolumeSource", ACTED, "path type"),
    Row("EmptyDirVolumeSource", STORED, "medium sizeLimit", "nothing is ever written to a volume"),
    Row("SecretVolumeSource", ACTED, "secretName items optional"),
    Row("SecretVolumeSource", STORED, "defaultMode", _FILES),
    Row("ConfigMapVolumeSource", ACTED, "name items optional"),
    Row("ConfigMapVolumeSource", STORED, "defaultMode", _FILES),
    Row("KeyToPath", ACTED, "key"),
    Row("KeyToPath", STORED, "path mode", _FILES),
    Row("PersistentVolumeClaimVolumeSource", ACTED, "claimName"),
    Row("PersistentVolumeClaimVolumeSource", STORED, "readOnly", "a claim is mounted and attached as it is"),
    Row("ProjectedVolumeSource", ACTED, "sources"),
    Row("ProjectedVolumeSource", STORED, "defaultMode", _FILES),
    Row("VolumeProjection", ACTED, "secret configMap"),
    Row("VolumeProjection", STORED, "downwardAPI", _FILES),
    Row("VolumeProjection", STORED, "serviceAccountToken clusterTrustBundle podCertificate", "nothing is issued"),
    Row("SecretProjection", ACTED, "name items optional"),
    Row("ConfigMapProjection", ACTED, "name items optional"),
    Row("DownwardAPIVolumeSource", STORED, "items defaultMode", _FILES),
    Row("CSIVolumeSource", ACTED, "driver"),
    Row("CSIVolumeSource", STORED, "readOnly fsType volumeAttributes nodePublishSecretRef", _CALLED),
    Row("EphemeralVolumeSource", ACTED, "volumeClaimTemplate"),
    Row("PersistentVolumeClaimTemplate", ACTED, "metadata spec"),
    Row(
        "PersistentVolumeClaimTemplate",
        REFUSED,
        "metadata.name metadata.generateName metadata.namespace metadata.uid metadata.resourceVersion "
        "metadata.generation metadata.creationTimestamp metadata.deletionTimestamp "
        "metadata.deletionGracePeriodSeconds metadata.ownerReferences metadata.finalizers",
        "only labels and annotations may be given",
    ),
    Row("RBDVolumeSource", ACTED, "monitors image pool readOnly"),
    Row("RBDVolumeSource", STORED, "fsType user keyring secretRef", _OF_PLUGIN),
    Row("ISCSIVolumeSource", ACTED, "iqn readOnly"),
    Row(
        "ISCSIVolumeSource",
        STORED,
        "targetPortal lun iscsiInterface fsType portals chapAuthDiscovery chapAuthSession secretRef initiatorName",
        _OF_PLUGIN,
    ),
    Row("GlusterfsVolumeSource", STORED, "endpoints path readOnly", _OF_PLUGIN),
    Row("CephFSVolumeSource", STORED, "monitors path user secretFile secretRef readOnly", _OF_PLUGIN),
    Row("QuobyteVolumeSource", STORED, "registry volume readOnly user group tenant", _OF_PLUGIN),
    Row("FlockerVolumeSource", STORED, "datasetName datasetUUID", _OF_PLUGIN),
    Row("PhotonPersistentDiskVolumeSource", STORED, "pdID fsType", _OF_PLUGIN),
    Row(
        "ScaleIOVolumeSource",
        STORED,
        "gateway system secretRef sslEnabled protectionDomain storagePool storageMode volumeName fsType readOnly",
        _OF_PLUGIN,
    ),
    Row("StorageOSVolumeSource", STORED, "volumeName volumeNamespace fsType readOnly secretRef", _OF_PLUGIN),
    Row("GCEPersistentDiskVolumeSource", ACTED, "pdName readOnly"),
    Row("GCEPersistentDiskVolumeSource", STORED, "fsType partition", _OF_PLUGIN),
    Row("AWSElasticBlockStoreVolumeSource", ACTED, "volumeID"),
    Row("AWSElasticBlockStoreVolumeSource", STORED, "fsType partition readOnly", _OF_PLUGIN),
    Row("AzureDiskVolumeSource", ACTED, "diskURI"),
    Row("AzureDiskVolumeSource", STORED, "diskName cachingMode fsType readOnly kind", _OF_PLUGIN),
    Row("CinderVolumeSource", ACTED, "volumeID"),
    Row("CinderVolumeSource", STORED, "fsType readOnly secretRef", _OF_PLUGIN),
    Row("VsphereVirtualDiskVolumeSource", ACTED, "volumePath"),
    Row("VsphereVirtualDiskVolumeSource", STORED, "fsType storagePolicyName storagePolicyID", _OF_PLUGIN),
    Row("PortworxVolumeSource", ACTED, "volumeID"),
    Row("PortworxVolumeSource", STORED, "fsType readOnly", _OF_PLUGIN),
)

_WORKLOADS = (
    Row("StatefulSet", ACTED, "spec status"),
    Row(
        "StatefulSetSpec",
        ACTED,
        "replicas selector template volumeClaimTemplates serviceName podManagementPolicy updateStrategy "
        "revisionHistoryLimit minReadySeconds persistentVolumeClaimRetentionPolicy ordinals",
    ),
    Row("StatefulSetSpec", REFUSED, "template.spec.activeDeadlineSeconds", "no pod of a set may end by itself"),
    Row("VolumeClaimTemplate", ACTED, "metadata spec"),
    Row("VolumeClaimTemplate", ACTED, "kind apiVersion", "every template is a claim's, here and on a cluster"),
    Row(
        "VolumeClaimTemplate",
        ACTED,
        "metadata.generateName metadata.uid metadata.resourceVersion metadata.generation metadata.creationTimestamp "
        "metadata.deletionTimestamp metadata.deletionGracePeriodSeconds metadata.namespace status",
        _TEMPLATE,
    ),
    Row("StatefulSetUpdateStrategy", ACTED, "type rollingUpdate"),
    Row("RollingUpdateStatefulSetStrategy", ACTED, "partition"),
    Row("RollingUpdateStatefulSetStrategy", ACTED, "maxUnavailable", "taken out, as in v1.36 with its default gates"),
    Row("StatefulSetPersistentVolumeClaimRetentionPolicy", ACTED, "whenDeleted whenScaled"),
    Row("StatefulSetOrdinals", ACTED, "start"),
    Row(
        "StatefulSetStatus",
        ACTED,
        "observedGeneration replicas readyReplicas currentReplicas updatedReplicas currentRevision updateRevision "
        "collisionCount availableReplicas",
    ),
    Row("StatefulSetStatus", STORED, "conditions", "the controller sets none, here and on a cluster"),
    Row("ControllerRevision", ACTED, "data revision"),
    Row("Deployment", ACTED, "spec status"),
    Row(
        "DeploymentSpec",
        ACTED,
        "replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds",
    ),
    Row("DeploymentSpec", REFUSED, "template.spec.activeDeadlineSeconds", "no pod of a ReplicaSet may end by itself"),
    Row("DeploymentStrategy", ACTED, "type rollingUpdate"),
    Row("RollingUpdateDeployment", ACTED, "maxUnavailable maxSurge"),
    Row(
        "DeploymentStatus",
        ACTED,
        "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas "
        "terminatingReplicas conditions collisionCount",
    ),
    Row("DeploymentCondition", ACTED, "type status lastUpdateTime lastTransitionTime reason message"),
    Row("ReplicaSet", ACTED, "spec status"),
    Row("ReplicaSetSpec", ACTED, "replicas minReadySeconds selector template"),
    Row("ReplicaSetSpec", REFUSED, "template.spec.activeDeadlineSeconds", "no pod of a ReplicaSet may end by itself"),
    Row(
        "ReplicaSetStatus",
        ACTED,
        "replicas fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas observedGeneration "
        "conditions",
    ),
    Row("ReplicaSetCondition", ACTED, "type status lastTransitionTime reason message"),
    Row("ReplicationController", ACTED, "spec status"),
    Row("ReplicationControllerSpec", ACTED, "replicas minReadySeconds selector template"),
    Row(
        "ReplicationControllerSpec",
        REFUSED,
        "template.spec.activeDeadlineSeconds",
        "no pod of a ReplicationController may end by itself",
    ),
    Row(
        "ReplicationControllerStatus",
        ACTED,
        "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration conditions",
    ),
    Row("ReplicationControllerCondition", ACTED, "type status lastTransitionTime reason message"),
    Row("DaemonSet", ACTED, "spec status"),
    Row("DaemonSetSpec", ACTED, "selector template updateStrategy minReadySeconds revisionHistoryLimit"),
    Row("DaemonSetSpec", REFUSED, "template.spec.activeDeadlineSeconds", "no pod of a DaemonSet may end by itself"),
    Row("DaemonSetUpdateStrategy", ACTED, "type rollingUpdate"),
    Row("RollingUpdateDaemonSet", ACTED, "maxUnavailable maxSurge"),
    Row(
        "DaemonSetStatus",
        ACTED,
        "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration "
        "updatedNumberScheduled numberAvailable numberUnavailable collisionCount",
    ),
    Row("DaemonSetStatus", STORED, "conditions", "the controller sets none, here and on a cluster"),
    Row("Job", ACTED, "spec status"),
    Row(
        "JobSpec",
        ACTED,
        "parallelism completions activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit "
        "backoffLimitPerIndex maxFailedIndexes selector manualSelector template ttlSecondsAfterFinished "
        "completionMode suspend podReplacementPolicy managedBy",
    ),
    Row("PodFailurePolicy", ACTED, "rules"),
    Row("PodFailurePolicyRule", ACTED, "action onExitCodes onPodConditions"),
    Row("PodFailurePolicyOnExitCodesRequirement", ACTED, "containerName operator values"),
    Row("PodFailurePolicyOnPodConditionsPattern", ACTED, "type status"),
    Row("SuccessPolicy", ACTED, "rules"),
    Row("SuccessPolicyRule", ACTED, "succeededIndexes succeededCount"),
    Row(
        "JobStatus",
        ACTED,
        "conditions startTime completionTime active succeeded failed terminating completedIndexes failedIndexes "
        "uncountedTerminatedPods ready",
    ),
    Row("JobCondition", ACTED, "type status lastProbeTime lastTransitionTime reason message"),
    Row("UncountedTerminatedPods", ACTED, "succeeded failed"),
    Row("CronJob", ACTED, "spec status"),
    Row(
        "CronJobSpec",
        ACTED,
        "schedule timeZone startingDeadlineSeconds concurrencyPolicy suspend jobTemplate successfulJobsHistoryLimit "
        "failedJobsHistoryLimit",
    ),
    Row("JobTemplateSpec", ACTED, "metadata spec"),
    Row(
        "JobTemplateSpec",
        ACTED,
        "metadata.name metadata.generateName metadata.namespace metadata.uid metadata.resourceVersion "
        "metadata.generation metadata.creationTimestamp metadata.deletionTimestamp "
        "metadata.deletionGracePeriodSeconds metadata.ownerReferences metadata.finalizers",
        _TEMPLATE,
    ),
    Row("CronJobStatus", ACTED, "active lastScheduleTime lastSuccessfulTime"),
)

_STORAGE = (
    Row("PersistentVolumeClaim", ACTED, "spec status"),
    Row(
        "PersistentVolumeClaimSpec",
        ACTED,
        "accessModes selector resources volumeName storageClassName volumeMode dataSource dataSourceRef",
    ),
    Row("PersistentVolumeClaimSpec", ACTED, "volumeAttributesClassName", "until the claim is bound; then it stays"),
    Row("VolumeResourceRequirements", ACTED, "requests"),
    Row("VolumeResourceRequirements", STORED, "limits", "what is made is as large as what is requested"),
    Row("TypedLocalObjectReference", ACTED, "apiGroup kind", _UNCLONED),
    Row("TypedLocalObjectReference", STORED, "name", _UNCLONED),
    Row("TypedObjectReference", ACTED, "apiGroup kind", _UNCLONED),
    Row("TypedObjectReference", STORED, "name namespace", _UNCLONED),
    Row(
        "PersistentVolumeClaimStatus",
        ACTED,
        "phase accessModes capacity conditions allocatedResources allocatedResourceStatuses "
        "currentVolumeAttributesClassName",
    ),
    Row("PersistentVolumeClaimStatus", STORED, "modifyVolumeStatus", "a bound claim keeps its attributes class"),
    Row("PersistentVolumeClaimCondition", ACTED, "type status lastTransitionTime message"),
    Row("PersistentVolumeClaimCondition", STORED, "lastProbeTime reason", _LEGACY),
    Row("PersistentVolume", ACTED, "spec status"),
    Row(
        "PersistentVolumeSpec",
        ACTED,
        "capacity accessModes claimRef persistentVolumeReclaimPolicy storageClassName mountOptions volumeMode "
        "nodeAffinity volumeAttributesClassName hostPath nfs local csi",
    ),
    Row(
        "PersistentVolumeSpec",
        ACTED,
        "gcePersistentDisk awsElasticBlockStore azureDisk azureFile cinder vsphereVolume portworxVolume",
        "attached and mounted by the CSI driver that took over",
    ),
    Row(
        "PersistentVolumeSpec",
        ACTED,
        "glusterfs cephfs flocker quobyte photonPersistentDisk scaleIO storageos rbd",
        "no kubelet has the plugin any more: the pod waits for ever",
    ),
    Row("PersistentVolumeSpec", ACTED, "iscsi fc", "attached by the controller; mounts without a word"),
    Row("PersistentVolumeSpec", STORED, "flexVolume", _MOUNTED),
    Row("VolumeNodeAffinity", ACTED, "required"),
    Row("NFSVolumeSource", ACTED, "server path", "for a volume that is recycled"),
    Row("NFSVolumeSource", STORED, "readOnly", _MOUNTED),
    Row("LocalVolumeSource", ACTED, "path"),
    Row("LocalVolumeSource", STORED, "fsType", "what file system is on a disk is not modelled"),
    Row("CSIPersistentVolumeSource", ACTED, "driver volumeHandle"),
    Row(
        "CSIPersistentVolumeSource",
        STORED,
        "readOnly fsType volumeAttributes controllerPublishSecretRef nodeStageSecretRef nodePublishSecretRef "
        "controllerExpandSecretRef nodeExpandSecretRef",
        _CALLED,
    ),
    Row("AzureFilePersistentVolumeSource", ACTED, "shareName"),
    Row("AzureFilePersistentVolumeSource", STORED, "readOnly secretName secretNamespace", _OF_PLUGIN),
    Row("CinderPersistentVolumeSource", ACTED, "volumeID"),
    Row("CinderPersistentVolumeSource", STORED, "fsType readOnly secretRef", _OF_PLUGIN),
    Row("ISCSIPersistentVolumeSource", ACTED, "targetPortal iqn lun"),
    Row(
        "ISCSIPersistentVolumeSource",
        STORED,
        "iscsiInterface fsType readOnly portals chapAuthDiscovery chapAuthSession secretRef initiatorName",
        _OF_PLUGIN,
    ),
    Row("FCVolumeSource", ACTED, "targetWWNs lun wwids"),
    Row("FCVolumeSource", STORED, "fsType readOnly", _OF_PLUGIN),
    Row("RBDPersistentVolumeSource", STORED, "monitors image fsType pool user keyring secretRef readOnly", _OF_PLUGIN),
    Row("GlusterfsPersistentVolumeSource", STORED, "endpoints path readOnly endpointsNamespace", _OF_PLUGIN),
    Row("CephFSPersistentVolumeSource", STORED, "monitors path user secretFile secretRef readOnly", _OF_PLUGIN),
    Row(
        "ScaleIOPersistentVolumeSource",
        STORED,
        "gateway system secretRef sslEnabled protectionDomain storagePool storageMode volumeName fsType readOnly",
        _OF_PLUGIN,
    ),
    Row("StorageOSPersistentVolumeSource", STORED, "volumeName volumeNamespace fsType readOnly secretRef", _OF_PLUGIN),
    Row("PersistentVolumeStatus", ACTED, "phase message lastPhaseTransitionTime"),
    Row("PersistentVolumeStatus", STORED, "reason", _LEGACY),
    Row(
        "StorageClass",
        ACTED,
        "provisioner reclaimPolicy mountOptions allowVolumeExpansion volumeBindingMode allowedTopologies",
    ),
    Row("StorageClass", ACTED, "parameters", "those that the provisioner's style knows"),
    Row("TopologySelectorTerm", ACTED, "matchLabelExpressions"),
    Row("TopologySelectorLabelRequirement", ACTED, "key values"),
    Row("CSIDriver", ACTED, "spec"),
    Row("CSIDriverSpec", ACTED, "attachRequired volumeLifecycleModes storageCapacity"),
    Row(
        "CSIDriverSpec",
        STORED,
        "podInfoOnMount fsGroupPolicy tokenRequests requiresRepublish seLinuxMount serviceAccountTokenInSecrets",
        _CALLED,
    ),
    Row("CSIDriverSpec", STORED, "nodeAllocatableUpdatePeriodSeconds", "what a driver reports never changes by itself"),
    Row("CSIDriverSpec", STORED, "preventPodSchedulingIfMissing", "a node without the driver is not passed over"),
    Row("CSINode", ACTED, "spec"),
    Row("CSINodeSpec", ACTED, "drivers"),
    Row("CSINodeDriver", ACTED, "name topologyKeys allocatable"),
    Row("CSINodeDriver", STORED, "nodeID", _CALLED),
    Row("VolumeNodeResources", ACTED, "count"),
    Row("CSIStorageCapacity", ACTED, "nodeTopology storageClassName capacity maximumVolumeSize"),
    Row("VolumeAttachment", ACTED, "spec status"),
    Row("VolumeAttachmentSpec", ACTED, "attacher source nodeName"),
    Row("VolumeAttachmentSource", ACTED, "persistentVolumeName"),
    Row("VolumeAttachmentSource", STORED, "inlineVolumeSpec", "volumes that a pod names in line are not attached"),
    Row("VolumeAttachmentStatus", ACTED, "attached attachError detachError"),
    Row("VolumeAttachmentStatus", STORED, "attachmentMetadata", _CALLED),
    Row("VolumeError", ACTED, "time message errorCode"),
    Row("VolumeAttributesClass", ACTED, "driverName"),
    Row("VolumeAttributesClass", STORED, "parameters", _CALLED),
)

_ASKED = "by this an expect about the network is answered; nothing is sent"

_NETWORK = (
    Row("Ingress", ACTED, "spec", _ASKED),
    Row("Ingress", STORED, "status", "no controller of ingresses writes it"),
    Row("IngressSpec", ACTED, "ingressClassName defaultBackend tls rules"),
    Row("IngressTLS", ACTED, "hosts"),
    Row("IngressTLS", STORED, "secretName", "no certificate is looked into"),
    Row("IngressRule", ACTED, "host http"),
    Row("HTTPIngressRuleValue", ACTED, "paths"),
    Row("HTTPIngressPath", ACTED, "path pathType backend"),
    Row("IngressBackend", ACTED, "service resource"),
    Row("IngressBackend", ACTED, "resource.kind resource.name"),
    Row("IngressBackend", STORED, "resource.apiGroup", "a backend is told by its kind and name"),
    Row("IngressServiceBackend", ACTED, "name port"),
    Row("ServiceBackendPort", ACTED, "name number"),
    Row("IngressClass", STORED, "spec", "whoever its controller is, the ingresses of a class are taken to be served"),
    Row("NetworkPolicy", ACTED, "spec", _ASKED),
    Row("NetworkPolicySpec", ACTED, "podSelector ingress egress policyTypes"),
    Row("NetworkPolicyIngressRule", ACTED, "ports from"),
    Row("NetworkPolicyEgressRule", ACTED, "ports to"),
    Row("NetworkPolicyPort", ACTED, "protocol port endPort"),
    Row("NetworkPolicyPeer", ACTED, "podSelector namespaceSelector ipBlock"),
    Row("IPBlock", ACTED, "cidr except"),
)

_AUTOSCALING = (
    Row("HorizontalPodAutoscaler", ACTED, "spec status", "what it is told is what the scenario's `load` steps say"),
    Row("HorizontalPodAutoscalerSpec", ACTED, "scaleTargetRef minReplicas maxReplicas metrics behavior"),
    Row("CrossVersionObjectReference", ACTED, "kind name apiVersion"),
    Row("MetricSpec", ACTED, "type object pods resource containerResource external"),
    Row("ObjectMetricSource", ACTED, "describedObject target metric"),
    Row("PodsMetricSource", ACTED, "metric target"),
    Row("ResourceMetricSource", ACTED, "name target"),
    Row("ContainerResourceMetricSource", ACTED, "name target container"),
    Row("ExternalMetricSource", ACTED, "metric target"),
    Row("MetricIdentifier", ACTED, "name"),
    Row("MetricIdentifier", STORED, "selector", "what `load` says of a metric has no labels: it fits any selector"),
    Row("MetricTarget", ACTED, "type value averageValue averageUtilization"),
    Row("HorizontalPodAutoscalerBehavior", ACTED, "scaleUp scaleDown"),
    Row("HPAScalingRules", ACTED, "stabilizationWindowSeconds selectPolicy policies tolerance"),
    Row("HPAScalingPolicy", ACTED, "type value periodSeconds"),
    Row(
        "HorizontalPodAutoscalerStatus",
        ACTED,
        "lastScaleTime currentReplicas desiredReplicas currentMetrics conditions",
    ),
    Row("HorizontalPodAutoscalerStatus", STORED, "observedGeneration", "never set, here and on a cluster"),
    Row("MetricStatus", ACTED, "type object pods resource containerResource external"),
    Row("ObjectMetricStatus", ACTED, "metric current describedObject"),
    Row("PodsMetricStatus", ACTED, "metric current"),
    Row("ResourceMetricStatus", ACTED, "name current"),
    Row("ContainerResourceMetricStatus", ACTED, "name current container"),
    Row("ExternalMetricStatus", ACTED, "metric current"),
    Row("MetricValueStatus", ACTED, "value averageValue averageUtilization"),
    Row("HorizontalPodAutoscalerCondition", ACTED, "type status lastTransitionTime reason message"),
)

_UNRULED = "rules in CEL are not evaluated: what they would refuse is accepted"
_FOR_PEOPLE = "a text for people, here and on a cluster"

_CUSTOM = (
    Row("CustomResourceDefinition", ACTED, "spec status"),
    Row("CustomResourceDefinitionSpec", ACTED, "group names scope versions"),
    Row("CustomResourceDefinitionSpec", ACTED, "preserveUnknownFields", "that it is set is refused, as in v1"),
    Row("CustomResourceDefinitionSpec", STORED, "conversion", "no webhook is called: versions differ in name only"),
    Row("CustomResourceDefinitionNames", ACTED, "plural singular shortNames kind listKind"),
    Row("CustomResourceDefinitionNames", STORED, "categories", "of the categories, commands know `all` alone"),
    Row(
        "CustomResourceDefinitionVersion",
        ACTED,
        "name served storage deprecated deprecationWarning schema subresources",
    ),
    Row("CustomResourceDefinitionVersion", STORED, "additionalPrinterColumns", "a table has name and age"),
    Row("CustomResourceDefinitionVersion", STORED, "selectableFields", "custom objects are not selected by fields"),
    Row("CustomResourceValidation", ACTED, "openAPIV3Schema"),
    Row("CustomResourceSubresources", ACTED, "status scale"),
    Row("CustomResourceSubresourceScale", ACTED, "specReplicasPath statusReplicasPath labelSelectorPath"),
    Row(
        "JSONSchemaProps",
        ACTED,
        "type format default maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
        "minItems multipleOf enum maxProperties minProperties required items allOf oneOf anyOf not properties "
        "additionalProperties nullable x-kubernetes-preserve-unknown-fields x-kubernetes-embedded-resource "
        "x-kubernetes-int-or-string",
    ),
    Row(
        "JSONSchemaProps",
        ACTED,
        "x-kubernetes-list-type x-kubernetes-list-map-keys",
        "what may not stand twice is refused; an apply on the server's side takes every list as one value",
    ),
    Row(
        "JSONSchemaProps",
        STORED,
        "x-kubernetes-map-type",
        "an apply on the server's side takes every map apart",
    ),
    Row("JSONSchemaProps", STORED, "x-kubernetes-validations", _UNRULED),
    Row("JSONSchemaProps", ACTED, "$schema description title externalDocs example", _FOR_PEOPLE),
    Row("ExternalDocumentation", ACTED, "description url", _FOR_PEOPLE),
    Row(
        "JSONSchemaProps",
        REFUSED,
        "id $ref uniqueItems patternProperties dependencies additionalItems definitions",
        "of OpenAPI, but not of a structural schema",
    ),
    Row("CustomResourceDefinitionStatus", ACTED, "conditions acceptedNames storedVersions"),
    Row("CustomResourceDefinitionStatus", STORED, "observedGeneration", "not kept track of"),
)

_REST = (
    Row("ConfigMap", ACTED, "immutable data binaryData"),
    Row("Secret", ACTED, "immutable data stringData"),
    Row("Secret", ACTED, "type", "it cannot be changed, and some need their keys"),
    Row("Namespace", ACTED, "spec status"),
    Row("NamespaceSpec", ACTED, "finalizers"),
    Row("NamespaceStatus", ACTED, "phase conditions"),
    Row("NamespaceCondition", ACTED, "type status lastTransitionTime reason message"),
    Row("ServiceAccount", STORED, "imagePullSecrets", "pods take them over; images are pulled without secrets"),
    Row("ServiceAccount", STORED, "secrets automountServiceAccountToken", "no token is mounted"),
    Row("Service", ACTED, "spec status"),
    Row(
        "ServiceSpec",
        ACTED,
        "ports selector clusterIP clusterIPs type publishNotReadyAddresses ipFamilies ipFamilyPolicy",
    ),
    Row("ServiceSpec", ACTED, "externalName", "an alias, for a name that an expect asks about"),
    Row("ServiceSpec", ACTED, "trafficDistribution", "slices get their hints; no traffic follows them"),
    Row("ServiceSpec", ACTED, "allocateLoadBalancerNodePorts healthCheckNodePort", _HANDED_OUT),
    Row(
        "ServiceSpec",
        STORED,
        "externalIPs sessionAffinity sessionAffinityConfig externalTrafficPolicy internalTrafficPolicy",
        _TRAFFIC,
    ),
    Row("ServiceSpec", STORED, "loadBalancerIP loadBalancerSourceRanges loadBalancerClass", _BALANCER),
    Row("ServicePort", ACTED, "name protocol appProtocol port targetPort"),
    Row("ServicePort", ACTED, "nodePort", _HANDED_OUT),
    Row("ServiceStatus", STORED, "loadBalancer conditions", _BALANCER),
    Row("Endpoints", ACTED, "subsets"),
    Row("EndpointSubset", ACTED, "addresses notReadyAddresses ports"),
    Row("EndpointAddress", ACTED, "ip hostname nodeName targetRef"),
    Row("EndpointsPort", ACTED, "name port protocol appProtocol"),
    Row("EndpointSlice", ACTED, "addressType endpoints ports"),
    Row("Endpoint", ACTED, "addresses conditions hostname targetRef nodeName zone"),
    Row("Endpoint", STORED, "deprecatedTopology", _LEGACY),
    Row("Endpoint", ACTED, "hints", "written as the service's trafficDistribution asks; no traffic follows them"),
    Row("EndpointHints", ACTED, "forZones forNodes"),
    Row("ForZone", ACTED, "name"),
    Row("ForNode", ACTED, "name"),
    Row("EndpointConditions", ACTED, "ready serving terminating"),
    Row("EndpointPort", ACTED, "name protocol port appProtocol"),
    Row("Node", ACTED, "spec status"),
    Row("NodeSpec", ACTED, "unschedulable taints"),
    Row("NodeSpec", STORED, "podCIDR podCIDRs", "the addresses of pods are not taken from it"),
    Row("NodeSpec", STORED, "providerID", "machines of clouds are not modelled"),
    Row("NodeSpec", STORED, "configSource externalID", _LEGACY),
    Row("Taint", ACTED, "key value effect timeAdded"),
    Row(
        "NodeStatus",
        ACTED,
        "capacity allocatable conditions addresses volumesInUse volumesAttached images",
    ),
    Row("NodeStatus", STORED, "phase config", _LEGACY),
    Row("NodeStatus", STORED, "nodeInfo daemonEndpoints runtimeHandlers features declaredFeatures", "not reported"),
    Row("ContainerImage", ACTED, "names sizeBytes"),
    Row("NodeCondition", ACTED, "type status lastHeartbeatTime lastTransitionTime reason message"),
    Row("NodeAddress", ACTED, "type address"),
    Row("AttachedVolume", ACTED, "name"),
    Row("AttachedVolume", STORED, "devicePath", "empty for volumes of CSI drivers"),
    Row(
        "Event",
        ACTED,
        "involvedObject reason message source firstTimestamp lastTimestamp count type eventTime series action "
        "related reportingComponent reportingInstance",
    ),
    Row("EventSeries", ACTED, "count lastObservedTime"),
    Row("EventSource", ACTED, "component host"),
    Row("PodDisruptionBudget", ACTED, "spec status"),
    Row("PodDisruptionBudgetSpec", ACTED, "minAvailable selector maxUnavailable unhealthyPodEvictionPolicy"),
    Row(
        "PodDisruptionBudgetStatus",
        ACTED,
        "observedGeneration disruptedPods disruptionsAllowed currentHealthy desiredHealthy expectedPods conditions",
    ),
    Row("PriorityClass", ACTED, "value globalDefault preemptionPolicy"),
    Row("PriorityClass", ACTED, "description", "a text for people, here and on a cluster"),
    Row("LimitRange", ACTED, "spec"),
    Row("LimitRangeSpec", ACTED, "limits"),
    Row("LimitRangeItem", ACTED, "type max min default defaultRequest maxLimitRequestRatio"),
    Row("ResourceQuota", ACTED, "spec status"),
    Row("ResourceQuotaSpec", ACTED, "hard scopes scopeSelector"),
    Row("ScopeSelector", ACTED, "matchExpressions"),
    Row("ScopedResourceSelectorRequirement", ACTED, "scopeName operator values"),
    Row("ResourceQuotaStatus", ACTED, "hard used"),
)

ROWS: tuple[Row, ...] = (
    *_METADATA,
    *_PODS,
    *_POD_VOLUMES,
    *_WORKLOADS,
    *_AUTOSCALING,
    *_STORAGE,
    *_NETWORK,
    *_REST,
    *_CUSTOM,
)
"""Every row, in the order in which a reader meets them."""

UNATTENDED = Row("", STORED, "", "nobody attends to objects of this kind")
"""What is said of all that an object has beside its metadata, if its kind is not in `harness.outcome.ATTENDED`."""
