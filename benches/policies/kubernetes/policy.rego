# A hundred rules of a cluster: what the API server is asked to admit, by kind.
package bench.kubernetes

reviewed := input.request.object

containers contains container if some container in reviewed.spec.containers

containers contains container if some container in reviewed.spec.initContainers

from_trusted_registry(image) if {
	some registry in data.registries
	startswith(image, registry)
}

names_a_secret(name) if regex.match(`(?i)(password|secret|token|api_?key)$`, name)

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.securityContext.privileged
	message := sprintf("container %v is privileged", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.securityContext.runAsNonRoot
	not reviewed.spec.securityContext.runAsNonRoot
	message := sprintf("container %v may run as root", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.securityContext.runAsUser == 0
	message := sprintf("container %v runs as user 0", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.securityContext.readOnlyRootFilesystem
	message := sprintf("container %v may write to its root file system", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.securityContext.allowPrivilegeEscalation
	message := sprintf("container %v may gain privileges", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some capability in container.securityContext.capabilities.add
	not capability in data.allowed_capabilities
	message := sprintf("container %v adds capability %v", [container.name, capability])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not "ALL" in object.get(container, ["securityContext", "capabilities", "drop"], [])
	message := sprintf("container %v keeps capabilities that it does not need", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.securityContext.procMount != "Default"
	message := sprintf("container %v changes how /proc is mounted", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.securityContext.seccompProfile
	not reviewed.spec.securityContext.seccompProfile
	message := sprintf("container %v has no seccomp profile", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.securityContext.seccompProfile.type == "Unconfined"
	message := sprintf("container %v is not confined by seccomp", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.resources.limits.memory
	message := sprintf("container %v has no memory limit", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.resources.limits.cpu
	message := sprintf("container %v has no processor limit", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.resources.requests.memory
	message := sprintf("container %v requests no memory", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.resources.requests.cpu
	message := sprintf("container %v requests no processor", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.resources.limits["nvidia.com/gpu"]
	container.resources.limits["nvidia.com/gpu"] != container.resources.requests["nvidia.com/gpu"]
	message := sprintf("container %v requests other accelerators than its limit", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	to_number(object.get(container, ["resources", "limits", "nvidia.com/gpu"], "0")) > data.accelerators_max
	message := sprintf("container %v asks for more accelerators than a pod may have", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	endswith(container.image, ":latest")
	message := sprintf("container %v uses an image that moves", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not contains(container.image, ":")
	message := sprintf("container %v names no version of its image", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not from_trusted_registry(container.image)
	message := sprintf("container %v uses image %v from a registry that is not trusted", [container.name, container.image])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.imagePullPolicy == "Never"
	message := sprintf("container %v never pulls its image", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.livenessProbe
	message := sprintf("container %v has no liveness probe", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	not container.readinessProbe
	message := sprintf("container %v has no readiness probe", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some port in container.ports
	port.hostPort
	message := sprintf("container %v takes port %v of its node", [container.name, port.hostPort])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some port in container.ports
	port.containerPort < 1024
	message := sprintf("container %v listens on the privileged port %v", [container.name, port.containerPort])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some variable in container.env
	names_a_secret(variable.name)
	variable.value
	message := sprintf("container %v has the secret %v in its environment", [container.name, variable.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some source in container.envFrom
	source.secretRef
	message := sprintf("container %v takes a whole secret into its environment", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some mount in container.volumeMounts
	mount.mountPath == "/var/run/docker.sock"
	message := sprintf("container %v mounts the socket of the container runtime", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	some mount in container.volumeMounts
	mount.subPathExpr
	message := sprintf("container %v computes the path that it mounts", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.terminationMessagePolicy == "File"
	not container.terminationMessagePath
	message := sprintf("container %v says nowhere why it ended", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some container in containers
	container.stdin
	container.tty
	message := sprintf("container %v is interactive", [container.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.hostNetwork
	message := "the pod uses the network of its node"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.hostPID
	message := "the pod sees the processes of its node"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.hostIPC
	message := "the pod shares memory with its node"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some volume in reviewed.spec.volumes
	volume.hostPath
	message := sprintf("volume %v is a path of the node", [volume.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some volume in reviewed.spec.volumes
	volume.emptyDir
	not volume.emptyDir.sizeLimit
	message := sprintf("volume %v has no size limit", [volume.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some volume in reviewed.spec.volumes
	volume.gitRepo
	message := sprintf("volume %v is a git repository", [volume.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some volume in reviewed.spec.volumes
	some kind, _ in volume
	kind != "name"
	not kind in data.allowed_volumes
	message := sprintf("volume %v is of kind %v", [volume.name, kind])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some sysctl in reviewed.spec.securityContext.sysctls
	not sysctl.name in data.safe_sysctls
	message := sprintf("kernel parameter %v is not safe", [sysctl.name])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	not reviewed.spec.automountServiceAccountToken == false
	message := "the pod gets a token that it may not need"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	object.get(reviewed.spec, ["serviceAccountName"], "default") == "default"
	message := "the pod runs as the default service account"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some label in data.required_labels
	not reviewed.metadata.labels[label]
	message := sprintf("label %v is missing", [label])
}

deny contains message if {
	input.request.kind.kind == "Pod"
	startswith(reviewed.spec.priorityClassName, "system-")
	input.request.namespace != "kube-system"
	message := "only the system uses its priority classes"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.terminationGracePeriodSeconds > 600
	message := "the pod takes more than ten minutes to end"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some toleration in reviewed.spec.tolerations
	toleration.operator == "Exists"
	not toleration.key
	message := "the pod tolerates every taint"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.nodeName
	message := "the pod chooses its node past the scheduler"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.dnsPolicy == "Default"
	message := "the pod resolves names as its node does"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	reviewed.spec.shareProcessNamespace
	message := "the containers of the pod see the processes of one another"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	count(containers) > data.containers_max
	message := "the pod has too many containers"
}

deny contains message if {
	input.request.kind.kind == "Pod"
	some alias in reviewed.spec.hostAliases
	alias.ip == "127.0.0.1"
	message := "the pod redirects names to itself"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.replicas < 2
	reviewed.metadata.labels.tier == "production"
	message := "production needs two replicas"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.replicas > data.replicas_max
	message := "too many replicas"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.strategy.type == "Recreate"
	message := "every update stops the service"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	not reviewed.spec.revisionHistoryLimit
	message := "old revisions are kept without a limit"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.paused
	message := "the deployment is paused"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.progressDeadlineSeconds > 3600
	message := "a rollout that hangs is noticed after more than an hour"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	some name, value in reviewed.spec.selector.matchLabels
	reviewed.spec.template.metadata.labels[name] != value
	message := sprintf("the selector wants another %v than the pods have", [name])
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	not reviewed.spec.template.spec.affinity
	reviewed.metadata.labels.tier == "production"
	message := "replicas may all stand on one node"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	not reviewed.spec.template.spec.topologySpreadConstraints
	reviewed.spec.replicas > 10
	message := "many replicas need to be spread"
}

deny contains message if {
	input.request.kind.kind == "Deployment"
	reviewed.spec.minReadySeconds > 900
	message := "replicas wait too long before they count"
}

deny contains message if {
	input.request.kind.kind == "StatefulSet"
	not reviewed.spec.serviceName
	message := "a stateful set needs a service"
}

deny contains message if {
	input.request.kind.kind == "StatefulSet"
	reviewed.spec.podManagementPolicy == "Parallel"
	message := "replicas must start in order"
}

deny contains message if {
	input.request.kind.kind == "StatefulSet"
	some claim in reviewed.spec.volumeClaimTemplates
	not claim.spec.storageClassName
	message := sprintf("claim %v names no storage class", [claim.metadata.name])
}

deny contains message if {
	input.request.kind.kind == "StatefulSet"
	reviewed.spec.replicas % 2 == 0
	message := "an even number of members has no majority"
}

deny contains message if {
	input.request.kind.kind == "DaemonSet"
	reviewed.spec.updateStrategy.type == "OnDelete"
	message := "nodes keep old versions until somebody deletes them"
}

deny contains message if {
	input.request.kind.kind == "DaemonSet"
	not reviewed.spec.template.spec.priorityClassName
	message := "what runs on every node needs a priority"
}

deny contains message if {
	input.request.kind.kind == "Job"
	reviewed.spec.backoffLimit > 6
	message := "the job tries too often"
}

deny contains message if {
	input.request.kind.kind == "Job"
	not reviewed.spec.ttlSecondsAfterFinished
	message := "the finished job stays for ever"
}

deny contains message if {
	input.request.kind.kind == "Job"
	not reviewed.spec.activeDeadlineSeconds
	message := "the job has no deadline"
}

deny contains message if {
	input.request.kind.kind == "CronJob"
	reviewed.spec.concurrencyPolicy == "Allow"
	message := "runs of the job may overlap"
}

deny contains message if {
	input.request.kind.kind == "CronJob"
	startswith(reviewed.spec.schedule, "* ")
	message := "the job runs every minute"
}

deny contains message if {
	input.request.kind.kind == "CronJob"
	not reviewed.spec.startingDeadlineSeconds
	message := "runs that are missed start whenever they can"
}

deny contains message if {
	input.request.kind.kind == "Service"
	reviewed.spec.type == "LoadBalancer"
	not reviewed.metadata.annotations["service.beta.kubernetes.io/internal"]
	message := "the load balancer is open to the world"
}

deny contains message if {
	input.request.kind.kind == "Service"
	reviewed.spec.type == "NodePort"
	message := "the service takes a port on every node"
}

deny contains message if {
	input.request.kind.kind == "Service"
	reviewed.spec.externalIPs
	message := "the service claims addresses of others"
}

deny contains message if {
	input.request.kind.kind == "Service"
	reviewed.spec.type == "ExternalName"
	message := "the service is a name outside of the cluster"
}

deny contains message if {
	input.request.kind.kind == "Service"
	not reviewed.spec.selector
	message := "the service selects nothing"
}

deny contains message if {
	input.request.kind.kind == "Service"
	some range in reviewed.spec.loadBalancerSourceRanges
	range == "0.0.0.0/0"
	message := "the load balancer takes requests from everywhere"
}

deny contains message if {
	input.request.kind.kind == "Ingress"
	not reviewed.spec.tls
	message := "the ingress has no certificate"
}

deny contains message if {
	input.request.kind.kind == "Ingress"
	some entry in reviewed.spec.rules
	startswith(entry.host, "*")
	message := sprintf("host %v is a pattern", [entry.host])
}

deny contains message if {
	input.request.kind.kind == "Ingress"
	some entry in reviewed.spec.rules
	not entry.host
	message := "the ingress takes every host"
}

deny contains message if {
	input.request.kind.kind == "Ingress"
	not reviewed.spec.ingressClassName
	message := "the ingress names no class"
}

deny contains message if {
	input.request.kind.kind == "Role"
	some grant in reviewed.rules
	"*" in grant.verbs
	message := "the role may do everything"
}

deny contains message if {
	input.request.kind.kind == "Role"
	some grant in reviewed.rules
	"secrets" in grant.resources
	some verb in grant.verbs
	verb in {"get", "list", "watch", "*"}
	message := sprintf("the role may %v secrets", [verb])
}

deny contains message if {
	input.request.kind.kind == "Role"
	some grant in reviewed.rules
	"*" in grant.resources
	message := "the role covers every kind"
}

deny contains message if {
	input.request.kind.kind == "Role"
	some grant in reviewed.rules
	some verb in grant.verbs
	verb in {"escalate", "bind", "impersonate"}
	message := sprintf("the role may %v", [verb])
}

deny contains message if {
	input.request.kind.kind == "ClusterRole"
	some grant in reviewed.rules
	"*" in grant.verbs
	message := "the role may do everything"
}

deny contains message if {
	input.request.kind.kind == "ClusterRole"
	some grant in reviewed.rules
	"secrets" in grant.resources
	some verb in grant.verbs
	verb in {"get", "list", "watch", "*"}
	message := sprintf("the role may %v secrets", [verb])
}

deny contains message if {
	input.request.kind.kind == "ClusterRole"
	some grant in reviewed.rules
	"*" in grant.resources
	message := "the role covers every kind"
}

deny contains message if {
	input.request.kind.kind == "ClusterRole"
	some grant in reviewed.rules
	some verb in grant.verbs
	verb in {"escalate", "bind", "impersonate"}
	message := sprintf("the role may %v", [verb])
}

deny contains message if {
	input.request.kind.kind == "RoleBinding"
	reviewed.roleRef.name == "cluster-admin"
	message := "nobody is bound to cluster-admin"
}

deny contains message if {
	input.request.kind.kind == "RoleBinding"
	some subject in reviewed.subjects
	subject.name in {"system:anonymous", "system:unauthenticated"}
	message := sprintf("%v is bound to a role", [subject.name])
}

deny contains message if {
	input.request.kind.kind == "ClusterRoleBinding"
	reviewed.roleRef.name == "cluster-admin"
	message := "nobody is bound to cluster-admin"
}

deny contains message if {
	input.request.kind.kind == "ClusterRoleBinding"
	some subject in reviewed.subjects
	subject.name in {"system:anonymous", "system:unauthenticated"}
	message := sprintf("%v is bound to a role", [subject.name])
}

deny contains message if {
	input.request.kind.kind == "Namespace"
	some label in data.required_labels
	not reviewed.metadata.labels[label]
	message := sprintf("the namespace has no label %v", [label])
}

deny contains message if {
	input.request.kind.kind == "Namespace"
	not reviewed.metadata.labels["pod-security.kubernetes.io/enforce"]
	message := "the namespace enforces no pod security"
}

deny contains message if {
	input.request.kind.kind == "ConfigMap"
	some name, _ in reviewed.data
	names_a_secret(name)
	message := sprintf("%v belongs into a secret", [name])
}

deny contains message if {
	input.request.kind.kind == "PersistentVolumeClaim"
	some mode in reviewed.spec.accessModes
	mode == "ReadWriteMany"
	message := "the claim may be written from several nodes"
}

deny contains message if {
	input.request.kind.kind == "PersistentVolumeClaim"
	not reviewed.spec.storageClassName
	message := "the claim names no storage class"
}

deny contains message if {
	input.request.kind.kind == "HorizontalPodAutoscaler"
	reviewed.spec.maxReplicas > data.replicas_max
	message := "the autoscaler goes beyond what is allowed"
}

deny contains message if {
	input.request.kind.kind == "NetworkPolicy"
	some entry in reviewed.spec.ingress
	not entry.from
	message := "the network policy lets everybody in"
}
