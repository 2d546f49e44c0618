# An inventory grouped by who owns it: objects whose entries rules contribute one by one.
package bench.partial_objects

owners contains owner if {
	some resource in input.resources
	owner := resource.tags.owner
}

by_owner[owner] := ids if {
	some owner in owners
	ids := {resource.id | some resource in input.resources; resource.tags.owner == owner}
}

region_of[resource.id] := resource.region if some resource in input.resources

accelerators[resource.id] := resource.accelerators if {
	some resource in input.resources
	resource.accelerators > 0
}

held[owner] := amount if {
	some owner, ids in by_owner
	amount := sum([number | some id in ids; number := object.get(accelerators, id, 0)])
}

over[owner] := {"holds": amount, "may": limit} if {
	some owner, amount in held
	limit := data.limits[owner]
	amount > limit
}

nested[region] := counts if {
	some region in {resource.region | some resource in input.resources}
	counts := {class: count(ids) |
		some class in {resource.class | some resource in input.resources}
		ids := {resource.id | some resource in input.resources; resource.region == region; resource.class == class}
	}
}

abroad contains id if {
	some id, region in region_of
	not startswith(region, "eu-")
}

report := {"over": over, "abroad": count(abroad), "held": held, "nested": nested}
