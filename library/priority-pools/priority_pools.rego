# METADATA
# title: Critical pods name who pays and fit their pool
# description: >-
#   Pods of a critical priority class push others off their nodes, so they carry a cost centre, and there are only as many as
#   their pool holds. `data.priority_pools` names the classes and the size of their pools, which holds for the change as a
#   whole; a class with `critical` in its name counts as critical without being named there.
# custom:
#   provost:
#     id: K8S-002
#     input: request
#     providers: [kubernetes]
#     severity: high
#     remediation: use fewer pods, a smaller share of the pool, or a lower priority class
package workload.priority

resource := input.resource

deny contains {"msg": message, "remediation": "add the annotation cost-center to the pod's own metadata"} if {
	some pod in resource.pods
	is_critical(pod.priority_class)
	not pod.dimensions.cost_center
	message := sprintf("its %s of priority class %s carry no cost centre", [shown(pod), pod.priority_class])
}

deny contains message if {
	some class, pool in data.priority_pools
	some what, size in pool
	mine := held(resource, class, what)
	mine > 0
	total := sum([held(other, class, what) | some other in input.change.resources])
	taken := running(class, what)
	total + taken > size
	message := sprintf(
		"asks for %v %s of priority class %s, whose pool has %v%s%s",
		[mine, what, class, size, in_use(taken), in_all(mine, total)],
	)
}

in_all(mine, total) := sprintf("; the change asks for %v in all", [total]) if {
	total > mine
} else := ""

in_use(taken) := sprintf(", of which %v are taken", [taken]) if {
	taken > 0
} else := ""

# What pods that exist hold already. A workload's own pods are among them, so only a new pod is held against the rest.
running(class, what) := sum([amount |
	some namespace, name
	pod := data.inventory.namespace[namespace].v1.Pod[name]
	pod.spec.priorityClassName == class
	not finished(pod)
	not is_asked_about(namespace, name)
	amount := amount_of(pod, what)
]) if {
	resource.type == "Pod"
} else := 0

finished(pod) if pod.status.phase in {"Succeeded", "Failed"}

is_asked_about(namespace, name) if {
	resource.namespace == namespace
	resource.name == name
}

amount_of(_, "pods") := 1

amount_of(pod, "accelerators") := sum([units.parse(sprintf("%v", [amount])) |
	some container in pod.spec.containers
	some name, amount in container.resources.limits
	endswith(name, "/gpu")
])

is_critical(class) if data.priority_pools[class]

is_critical(class) if contains(lower(class), "critical")

held(candidate, class, "pods") := sum([pod.count |
	some pod in candidate.pods
	pod.priority_class == class
])

held(candidate, class, "accelerators") := sum([(pod.count * accelerator.count) |
	some pod in candidate.pods
	pod.priority_class == class
	some accelerator in pod.accelerators
])

shown(pod) := sprintf("%s pods", [pod.role]) if {
	pod.role != null
} else := "pods"
