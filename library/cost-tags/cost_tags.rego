# METADATA
# title: Every AI resource names its cost centre
# description: >-
#   What AI resources cost is charged to a cost centre, so each of them names one: by a tag on AWS, by a label or an
#   annotation on Kubernetes. Where `data.cost_centres` lists the cost centres there are, it must be one of them. A change
#   that takes the cost centre away is told apart from a resource that never had one.
# custom:
#   provost:
#     id: COST-001
#     input: request
#     classes:
#       - endpoint
#       - training-job
#       - processing-job
#       - notebook
#       - workspace
#       - pipeline
#       - model
#       - feature-store
#       - monitor
#       - bucket
#       - volume
#       - instance
#       - cluster
#       - workload
#       - image
#       - configuration
#     severity: high
#     remediation: add the tag CostCenter
package cost.tags

resource := input.resource

deny contains finding("has no cost centre") if {
	can_be_tagged
	not resource.dimensions.cost_center
	not resource.before.dimensions.cost_center
}

deny contains finding(sprintf("loses its cost centre %v", [resource.before.dimensions.cost_center])) if {
	can_be_tagged
	not resource.dimensions.cost_center
}

deny contains {"msg": message, "remediation": "name a cost centre that exists"} if {
	named := resource.dimensions.cost_center
	count(cost_centres) > 0
	not sprintf("%v", [named]) in cost_centres
	message := sprintf("names the cost centre %v, which does not exist; %s", [named, existing])
}

finding(message) := {"msg": message, "remediation": remediation}

remediation := "add the label cost-center" if {
	resource.provider == "kubernetes"
} else := "add the tag CostCenter"

# AWS has no tags for these.
can_be_tagged if not resource.type in {"aws_launch_configuration", "AWS::AutoScaling::LaunchConfiguration"}

# A list of cost centres, or an object with one as each key. YAML reads 4200 as a number, and tags are texts.
cost_centres contains sprintf("%v", [centre]) if {
	is_array(data.cost_centres)
	some centre in data.cost_centres
}

cost_centres contains sprintf("%v", [centre]) if {
	is_object(data.cost_centres)
	some centre, _ in data.cost_centres
}

existing := sprintf("there are %s", [concat(", ", cost_centres)]) if {
	count(cost_centres) <= 8
} else := sprintf("there are %d", [count(cost_centres)])
