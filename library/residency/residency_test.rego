package residency.regions_test

import data.residency.regions

allowed := {"production": ["eu-central-1", "eu-west-1"], "staging": ["eu-west-1", "us-east-1"]}

aws(region, dimensions) := {"resource": {"region": region, "cluster": null, "dimensions": dimensions, "pods": []}}

kubernetes(cluster, regions) := {"resource": {
	"region": null,
	"cluster": cluster,
	"dimensions": {"environment": "production"},
	"pods": [{"regions": regions}],
}}

test_an_allowed_region if {
	count(regions.deny) == 0 with input as aws("eu-west-1", {"environment": "production"}) with data.allowed_regions as allowed
}

test_another_region if {
	message := "stands in us-east-1; resources of environment production may stand in eu-central-1, eu-west-1"
	every name in ["production", "Production", "prod", "PRD"] {
		regions.deny == {message} with input as aws("us-east-1", {"environment": name}) with data.allowed_regions as allowed
	}
}

test_other_environments_have_their_own_regions if {
	count(regions.deny) == 0 with input as aws("us-east-1", {"environment": "Staging"}) with data.allowed_regions as allowed
	message := "stands in eu-central-1; resources of environment staging may stand in eu-west-1, us-east-1"
	regions.deny == {message} with input as aws("eu-central-1", {"environment": "Staging"})
		with data.allowed_regions as allowed
}

test_environments_that_may_stand_anywhere if {
	count(regions.deny) == 0 with input as aws("us-east-1", {"environment": "dev"}) with data.allowed_regions as allowed
	count(regions.deny) == 0 with input as aws("us-east-1", {}) with data.allowed_regions as allowed
}

test_nothing_is_promised if {
	count(regions.deny) == 0 with input as aws("us-east-1", {"environment": "production"})
}

test_what_stands_in_no_region if {
	count(regions.deny) == 0 with input as aws(null, {"environment": "production"}) with data.allowed_regions as allowed
}

test_the_region_of_a_cluster if {
	clusters := {"training": "eu-west-1", "burst": "us-east-1"}
	count(regions.deny) == 0 with input as kubernetes("training", []) with data.allowed_regions as allowed
		with data.cluster_regions as clusters
	message := "stands in us-east-1; resources of environment production may stand in eu-central-1, eu-west-1"
	regions.deny == {message} with input as kubernetes("burst", []) with data.allowed_regions as allowed
		with data.cluster_regions as clusters
}

test_the_region_that_pods_choose if {
	message := "stands in us-east-1; resources of environment production may stand in eu-central-1, eu-west-1"
	regions.deny == {message} with input as kubernetes(null, ["eu-west-1", "us-east-1"]) with data.allowed_regions as allowed
}
