# METADATA
# title: Containers get default requests and limits
# description: >-
#   A pod that is made without requests or limits gets those of its size class, and a device that is requested gets the limit that
#   Kubernetes wants for it. Nothing that somebody wrote is changed, and pods that exist are left alone, so that tools that
#   compare a cluster with a repository see no difference in what they applied. The label `provost.dev/size` names the class;
#   without it a pod is small. `data.container_defaults` says otherwise.
# custom:
#   provost:
#     id: K8S-003
#     input: request
#     providers: [kubernetes]
#     kinds: [Pod]
#     severity: low
package workload.defaults

patch contains {"op": "add", "path": sprintf("/spec/%s/%d/resources", [list, index]), "value": completed} if {
	some list in ["containers", "initContainers"]
	some index, container in input.object.spec[list]
	given := object.get(container, "resources", {})
	completed := object.union(given, with_defaults(given))
	completed != given
}

with_defaults(given) := {"requests": object.union(added_requests(given), requests(given))} if {
	count(added_limits(given)) == 0
	count(added_requests(given)) > 0
} else := {"limits": object.union(added_limits(given), limits(given))} if {
	count(added_limits(given)) > 0
	count(added_requests(given)) == 0
} else := {
	"requests": object.union(added_requests(given), requests(given)),
	"limits": object.union(added_limits(given), limits(given)),
} if {
	count(added_limits(given)) > 0
} else := {}

# A limit without a request counts as both, as it does in Kubernetes.
added_requests(given) := {name: amount |
	some name, amount in size.requests
	not requests(given)[name]
	not limits(given)[name]
}

added_limits(given) := object.union(
	{name: larger(amount, object.get(requests(given), name, amount)) |
		some name, amount in size.limits
		not limits(given)[name]
	},
	# Nobody can take more of a device than was requested.
	{name: amount |
		some name, amount in requests(given)
		is_device(name)
		not limits(given)[name]
	},
)

requests(given) := object.get(given, "requests", {})

limits(given) := object.get(given, "limits", {})

# A limit below the request would be refused.
larger(a, b) := b if {
	units.parse(sprintf("%v", [b])) > units.parse(sprintf("%v", [a]))
} else := a

size := sizes[object.get(input.object.metadata, ["labels", label], "small")]

label := name if {
	name := data.container_defaults.label
} else := "provost.dev/size"

sizes := classes if {
	classes := data.container_defaults.sizes
} else := {
	"small": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
	"medium": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"cpu": "4", "memory": "8Gi"}},
	"large": {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "16", "memory": "32Gi"}},
}

# Extended resources: whole devices.
is_device(name) if {
	contains(name, "/")
	not contains(name, "kubernetes.io/")
}
