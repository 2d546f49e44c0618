package workload.priority_test

import data.workload.priority

pods(class, count, dimensions) := {"pods": [{
	"role": null,
	"count": count,
	"priority_class": class,
	"dimensions": dimensions,
	"accelerators": [{"count": 2}],
}]}

paid := {"cost_center": "42"}

request(resources) := {"resource": resources[0], "change": {"resources": resources}}

test_other_priority_classes if {
	count(priority.deny) == 0 with input as request([pods("batch", 100, {})])
	count(priority.deny) == 0 with input as request([pods(null, 100, {})])
}

test_no_cost_centre if {
	findings := priority.deny with input as request([pods("system-cluster-critical", 1, {})])
	findings == {{
		"msg": "its pods of priority class system-cluster-critical carry no cost centre",
		"remediation": "add the annotation cost-center to the pod's own metadata",
	}}
	count(priority.deny) == 0 with input as request([pods("system-cluster-critical", 1, paid)])
}

test_no_cost_centre_in_a_group if {
	workers := {"pods": [object.union(pods("critical", 1, {}).pods[0], {"role": "worker"})]}
	findings := priority.deny with input as request([workers])
	{finding.msg | some finding in findings} == {"its worker pods of priority class critical carry no cost centre"}
}

test_a_class_with_a_pool_is_critical if {
	findings := priority.deny with input as request([pods("gold", 1, {})]) with data.priority_pools.gold as {"pods": 10}
	count(findings) == 1
}

test_pools[what] if {
	some what, pool in {"pods": {"pods": 10}, "accelerators": {"accelerators": 20}}
	fits := [pods("gold", 6, paid), pods("gold", 4, paid), pods("silver", 100, paid)]
	count(priority.deny) == 0 with input as request(fits) with data.priority_pools.gold as pool
	count(priority.deny) == 1 with input as request([pods("gold", 6, paid), pods("gold", 5, paid)])
		with data.priority_pools.gold as pool
}

test_the_pool_is_named if {
	pools := {"gold": {"pods": 10, "accelerators": 40}}
	alone := "asks for 11 pods of priority class gold, whose pool has 10"
	priority.deny == {alone} with input as request([pods("gold", 11, paid)]) with data.priority_pools as pools
	together := "asks for 6 pods of priority class gold, whose pool has 10; the change asks for 11 in all"
	priority.deny == {together} with input as request([pods("gold", 6, paid), pods("gold", 5, paid)])
		with data.priority_pools as pools
}

running(name, phase) := {name: {
	"spec": {"priorityClassName": "gold", "containers": [{"resources": {"limits": {"nvidia.com/gpu": "4"}}}]},
	"status": {"phase": phase},
}}

test_what_runs_takes_room if {
	pod := object.union(pods("gold", 1, paid), {"type": "Pod", "namespace": "ml", "name": "new"})
	existing := {"namespace": {"ml": {"v1": {"Pod": object.union(running("a", "Running"), running("b", "Succeeded"))}}}}
	taken := priority.deny with input as request([pod])
		with data.priority_pools.gold as {"accelerators": 5}
		with data.inventory as existing
	taken == {"asks for 2 accelerators of priority class gold, whose pool has 5, of which 4 are taken"}
	count(priority.deny) == 0 with input as request([pod])
		with data.priority_pools.gold as {"accelerators": 6, "pods": 2}
		with data.inventory as existing
	count(priority.deny) == 0 with input as request([object.union(pod, {"name": "a"})])
		with data.priority_pools.gold as {"pods": 1}
		with data.inventory as existing
}
