package workload.defaults_test

import data.workload.defaults

pod(labels, containers) := {"object": {"metadata": {"labels": labels}, "spec": {"containers": containers}}}

small := {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}

resources(containers) := [operation.value |
	some operation in defaults.patch with input as pod({}, containers)
]

test_nothing_said if {
	operations := defaults.patch with input as pod({}, [{"name": "main"}])
	operations == {{"op": "add", "path": "/spec/containers/0/resources", "value": small}}
}

test_init_containers if {
	operations := defaults.patch with input as {"object": {"metadata": {}, "spec": {"initContainers": [{}], "containers": []}}}
	{operation.path | some operation in operations} == {"/spec/initContainers/0/resources"}
}

test_what_is_said_stays if {
	given := {"requests": {"cpu": "100m"}, "limits": {"memory": "2Gi"}}
	resources([{"resources": given}]) == [{"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "2Gi"}}]
}

test_twice_is_once if {
	count(resources([{"resources": small}])) == 0
}

test_a_limit_is_not_below_the_request if {
	given := {"requests": {"cpu": "8", "memory": "512Mi"}}
	completed := resources([{"resources": given}])
	completed[0].limits == {"cpu": "8", "memory": "1Gi"}
}

test_devices if {
	given := {"requests": {"nvidia.com/gpu": 2, "cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
	completed := resources([{"resources": given}])
	completed[0].limits == {"nvidia.com/gpu": 2, "cpu": "1", "memory": "1Gi"}
	completed[0].requests == given.requests
}

test_size_classes if {
	operations := defaults.patch with input as pod({"provost.dev/size": "large"}, [{}])
	{operation.value.requests.memory | some operation in operations} == {"16Gi"}
}

test_an_unknown_size_gets_nothing if {
	count(defaults.patch) == 0 with input as pod({"provost.dev/size": "enormous"}, [{}])
}

test_sizes_of_ones_own if {
	sizes := {"small": {"requests": {"cpu": "1m"}, "limits": {}}}
	operations := defaults.patch with input as pod({}, [{}])
		with data.container_defaults as {"sizes": sizes}
	{operation.value | some operation in operations} == {{"requests": {"cpu": "1m"}}}
}
