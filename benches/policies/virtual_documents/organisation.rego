# Documents that are derived from base data, one from another.
package bench.organisation

unit_of[person] := record.unit if some person, record in data.people

parent_of[unit] := record.parent if {
	some unit, record in data.units
	record.parent
}

chain[unit] := {ancestor | some ancestor in ancestors[unit]} if some unit, _ in data.units

ancestors[unit] := [unit, first, second, third] if {
	some unit, _ in data.units
	first := parent_of[unit]
	second := parent_of[first]
	third := parent_of[second]
}

ancestors[unit] := [unit, first, second] if {
	some unit, _ in data.units
	first := parent_of[unit]
	second := parent_of[first]
	not parent_of[second]
}

ancestors[unit] := [unit, first] if {
	some unit, _ in data.units
	first := parent_of[unit]
	not parent_of[first]
}

ancestors[unit] := [unit] if {
	some unit, _ in data.units
	not parent_of[unit]
}

team_roles[unit] := record.roles if some unit, record in data.units

direct_roles[person] := {role | some role in record.roles} if some person, record in data.people

completed[person] := {course | some course in record.courses} if some person, record in data.people

ranks[role] := rank if some rank, role in data.roles

levels[rank] := {"name": role, "rank": rank} if some role, rank in ranks

weights[role] := rank + 1 if some role, rank in ranks

budgets[unit] := {"left": record.budget - record.spent} if some unit, record in data.units

gates := data.gates
