# METADATA
# title: Containers carry requests and limits
# description: >-
#   A container without requests is placed where it does not fit, and one without limits takes what its neighbours were
#   promised. Each container of a pod therefore says how much cpu and memory it requests and how much it may take at most;
#   a limit without a request counts as both, as it does in Kubernetes. Devices have a limit, and the request equals it.
#   `data.container_resources` says otherwise.
# custom:
#   provost:
#     id: K8S-001
#     input: request
#     providers: [kubernetes]
#     severity: medium
#     remediation: add them under the container's resources
package workload.resources

deny contains sprintf("%s has no %s", [shown(pod, container), concat(", ", gaps)]) if {
	some pod in input.resource.pods
	some container in pod.containers
	container.type != "ephemeral"
	gaps := array.concat(missing_requests(container), missing_limits(container))
	count(gaps) > 0
}

deny contains sprintf("%s requests %s %v and has no limit for it", [shown(pod, container), name, amount]) if {
	some pod in input.resource.pods
	some container in pod.containers
	some name, amount in container.requests
	is_device(name)
	not container.limits[name]
}

deny contains {"msg": message, "remediation": "make the request and the limit equal"} if {
	some pod in input.resource.pods
	some container in pod.containers
	some name, amount in container.requests
	is_device(name)
	limit := container.limits[name]
	sprintf("%v", [amount]) != sprintf("%v", [limit])
	message := sprintf("%s requests %s %v and is limited to %v", [shown(pod, container), name, amount, limit])
}

missing_requests(container) := [sprintf("%s request", [name]) |
	some name in needed("requests")
	not container.requests[name]
	not container.limits[name]
]

missing_limits(container) := [sprintf("%s limit", [name]) |
	some name in needed("limits")
	not container.limits[name]
]

needed(kind) := names if {
	names := data.container_resources[kind]
} else := ["cpu", "memory"]

# Extended resources: whole devices, of which nobody can take more than was requested.
is_device(name) if {
	contains(name, "/")
	not contains(name, "kubernetes.io/")
}

shown(pod, container) := sprintf("container %v of %v", [container.name, pod.role]) if {
	pod.role != null
} else := sprintf("container %v", [container.name])
