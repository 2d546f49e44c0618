# METADATA
# title: Resources stand only in the regions that their environment allows
# description: >-
#   Data and models of an environment, production above all, stay where the organisation has promised to keep them.
#   `data.allowed_regions` names the regions for each environment; an environment that is not named there may stand anywhere. The
#   region of a Kubernetes object is that of its cluster, from `data.cluster_regions`, or those that its pods choose their
#   nodes by.
# custom:
#   provost:
#     id: RES-001
#     input: request
#     severity: critical
#     remediation: move it to an allowed region, or correct the tag that names its environment
package residency.regions

resource := input.resource

deny contains message(resource.region) if {
	resource.region != null
	not resource.region in allowed
}

deny contains message(region) if {
	region := data.cluster_regions[resource.cluster]
	not region in allowed
}

deny contains message(region) if {
	some pod in resource.pods
	some region in pod.regions
	not region in allowed
}

allowed := data.allowed_regions[environment]

environment := "production" if {
	lower(resource.dimensions.environment) in {"production", "prod", "prd"}
} else := lower(resource.dimensions.environment)

message(region) := sprintf("stands in %s; resources of environment %s may stand in %s", [
	region,
	environment,
	concat(", ", allowed),
])
