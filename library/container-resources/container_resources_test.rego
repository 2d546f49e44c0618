package workload.resources_test

import data.workload.resources

pod(role, container) := {"resource": {"pods": [{"role": role, "containers": [container]}]}}

container(type, requests, limits) := {"name": "main", "type": type, "requests": requests, "limits": limits}

complete := {"cpu": "1", "memory": "1Gi"}

test_complete if {
	count(resources.deny) == 0 with input as pod(null, container("container", complete, complete))
}

test_a_limit_is_a_request if {
	count(resources.deny) == 0 with input as pod(null, container("container", {}, complete))
}

test_nothing[type] if {
	some type in ["container", "init", "sidecar"]
	message := "container main has no cpu request, memory request, cpu limit, memory limit"
	resources.deny == {message} with input as pod(null, container(type, {}, {}))
}

test_some if {
	message := "container main of worker has no memory request, cpu limit, memory limit"
	resources.deny == {message} with input as pod("worker", container("container", {"cpu": "1"}, {}))
}

test_containers_for_debugging_reserve_nothing if {
	count(resources.deny) == 0 with input as pod(null, container("ephemeral", {}, {}))
}

test_what_is_needed_can_be_set if {
	count(resources.deny) == 0 with input as pod(null, container("container", complete, {"memory": "1Gi"}))
		with data.container_resources as {"limits": ["memory"]}
	resources.deny == {"container main has no ephemeral-storage limit"}
		with input as pod(null, container("container", complete, complete))
		with data.container_resources as {"limits": ["ephemeral-storage"]}
}

test_devices if {
	gpus := object.union(complete, {"nvidia.com/gpu": 2})
	count(resources.deny) == 0 with input as pod(null, container("container", gpus, gpus))
	count(resources.deny) == 0 with input as pod(null, container("container", complete, gpus))
	count(resources.deny) == 0 with input as pod(null, container("container", gpus, object.union(gpus, {"nvidia.com/gpu": "2"})))
	resources.deny == {"container main requests nvidia.com/gpu 2 and has no limit for it"}
		with input as pod(null, container("container", gpus, complete))
	findings := resources.deny with input as pod(null, container("container", gpus, object.union(gpus, {"nvidia.com/gpu": 4})))
	findings == {{
		"msg": "container main requests nvidia.com/gpu 2 and is limited to 4",
		"remediation": "make the request and the limit equal",
	}}
}

test_what_is_no_device if {
	requests := object.union(complete, {"attachable-volumes.kubernetes.io/ebs": 2})
	count(resources.deny) == 0 with input as pod(null, container("container", requests, complete))
}
