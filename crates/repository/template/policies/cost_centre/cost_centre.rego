# METADATA
# title: Every AI resource names a cost centre that exists
# description: What AI resources cost is charged to a cost centre, so each of them names one of data/cost_centres.yaml.
# custom:
#   provost:
#     id: OWN-001
#     input: request
#     classes: [endpoint, training-job, processing-job, notebook, bucket, instance, workload]
#     severity: high
#     remediation: Add the tag CostCenter (on Kubernetes the label cost-center) with one of your team's cost centres.
package cost_centre

deny contains msg if {
	not input.resource.dimensions.cost_center
	msg := "has no cost centre"
}

deny contains {"msg": msg, "seen": seen, "allowed": allowed} if {
	seen := input.resource.dimensions.cost_center
	allowed := [centre | some centre, _ in data.cost_centres]
	not data.cost_centres[seen]
	msg := sprintf("names the cost centre %s, which does not exist", [seen])
}
