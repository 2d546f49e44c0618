package cost_centre_test

import data.cost_centre

resource(dimensions) := {"resource": {"dimensions": dimensions}}

test_cost_centre_that_exists if {
	count(cost_centre.deny) == 0 with input as resource({"cost_center": "4200"})
		with data.cost_centres as {"4200": "research"}
}

test_no_cost_centre if {
	cost_centre.deny == {"has no cost centre"} with input as resource({})
		with data.cost_centres as {"4200": "research"}
}

test_cost_centre_that_does_not_exist if {
	findings := cost_centre.deny with input as resource({"cost_center": "9999"})
		with data.cost_centres as {"4200": "research"}
	some finding in findings
	finding.seen == "9999"
	finding.allowed == ["4200"]
}
