package cost.tags_test

import data.cost.tags

# A resource as the catalog sees it, as far as this policy reads it.
request(type, before, after) := {"resource": {
	"provider": "aws",
	"type": type,
	"dimensions": after,
	"before": before,
}}

messages(findings) := {finding.msg | some finding in findings}

test_a_cost_centre_is_enough if {
	count(tags.deny) == 0 with input as request("aws_s3_bucket", null, {"cost_center": "42"})
}

test_none if {
	findings := tags.deny with input as request("aws_s3_bucket", null, {"team": "nlp"})
	findings == {{"msg": "has no cost centre", "remediation": "add the tag CostCenter"}}
}

test_none_before_and_after if {
	findings := tags.deny with input as request("aws_s3_bucket", {"dimensions": {}}, {})
	messages(findings) == {"has no cost centre"}
}

test_removed if {
	findings := tags.deny with input as request("aws_s3_bucket", {"dimensions": {"cost_center": "42"}}, {})
	messages(findings) == {"loses its cost centre 42"}
}

test_added if {
	count(tags.deny) == 0 with input as request("aws_s3_bucket", {"dimensions": {}}, {"cost_center": "42"})
}

test_kubernetes_has_labels if {
	deployment := {"resource": {"provider": "kubernetes", "type": "Deployment", "dimensions": {}, "before": null}}
	findings := tags.deny with input as deployment
	findings == {{"msg": "has no cost centre", "remediation": "add the label cost-center"}}
}

test_what_cannot_be_tagged if {
	count(tags.deny) == 0 with input as request("aws_launch_configuration", null, {})
}

test_listed_cost_centres[name] if {
	some name, centres in {"list": ["42", 4300], "object": {"42": "research", "4300": "search"}}
	every named in ["42", "4300"] {
		count(tags.deny) == 0 with input as request("aws_s3_bucket", null, {"cost_center": named})
			with data.cost_centres as centres
	}
	findings := tags.deny with input as request("aws_s3_bucket", null, {"cost_center": "99"})
		with data.cost_centres as centres
	messages(findings) == {"names the cost centre 99, which does not exist; there are 42, 4300"}
}

test_long_lists_are_counted if {
	findings := tags.deny with input as request("aws_s3_bucket", null, {"cost_center": "99"})
		with data.cost_centres as numbers.range(1, 20)
	messages(findings) == {"names the cost centre 99, which does not exist; there are 20"}
}
