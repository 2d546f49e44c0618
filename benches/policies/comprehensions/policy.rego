# An inventory seen from several sides: each answer is one comprehension over two thousand resources.
package bench.comprehensions

resources := data.resources

expensive := [resource.id | some resource in resources; resource.cents_per_hour > 400]

regions := {resource.region | some resource in resources}

owner_of := {resource.id: resource.tags.owner | some resource in resources; resource.tags.owner}

untagged := {resource.id | some resource in resources; not resource.tags.cost_centre}

per_region := {region: amount |
	some region in regions
	amount := sum([resource.cents_per_hour | some resource in resources; resource.region == region])
}

report := {
	"expensive": count(expensive),
	"owners": count(owner_of),
	"untagged": count(untagged & {id | some id in expensive}),
	"per_region": per_region,
	"in_scope": [resource.id |
		some resource in resources
		resource.region in input.regions
		resource.class == input.class
		resource.accelerators > 4
	],
}
