# An inventory grouped by who owns it: objects whose entries rules contribute one by one.
package bench.partial_objects

by_owner[owner] contains resource.id if {
	some resource in input.resources
	owner := resource.tags.owner
}

region_of[resource.id] := resource.region if some resource in input.resources

accelerators[resource.id] := resource.accelerators if {
	some resource in input.resources
	resource.accelerators > 0
}

held[owner] := amount if {
	some owner, ids in by_owner
	amount := sum([number | some id in ids; number := accelerators[id]])
}

over[owner] := {"holds": amount, "may": limit} if {
	some owner, amount in held
	limit := data.limits[owner]
	amount > limit
}

nested[resource.region][resource.class] contains resource.id if some resource in input.resources

abroad contains id if {
	some id, region in region_of
	not startswith(region, "eu-")
}

report := {"over": over, "abroad": count(abroad), "held": held, "nested": nested}
