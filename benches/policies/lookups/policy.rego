# Keys looked up in large tables: a hundred people of a directory of fifty thousand.
package bench.lookups

known contains id if {
	some id in input.ids
	data.people[id]
}

managers[id] := name if {
	some id in known
	person := data.people[id]
	name := data.people[person.manager].name
}

quotas[id] := quota if {
	some id in known
	person := data.people[id]
	quota := data.quotas[person.team][person.level]
}

blocked contains id if {
	some id in input.ids
	data.blocked[id]
}

report := {
	"unknown": {id | some id in input.ids} - known,
	"managers": managers,
	"accelerators": sum([quota | some quota in quotas]),
	"blocked": blocked,
}
