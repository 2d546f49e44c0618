# METADATA
# title: Nobody holds more GPUs than their quota
# description: >-
#   A team and a person may hold so many accelerators and no more. What counts is the change as a whole: what its resources
#   hold once it is made, over all replicas, so that three jobs of 4 do not each pass a quota of 8. A change that asks for
#   nothing more than is held already passes, whatever the quota. Quotas stand in `data.gpu_quotas`; without any, a team
#   may hold 4, and so may a person who names no team.
# custom:
#   provost:
#     id: GPU-001
#     input: request
#     severity: high
#     remediation: ask for fewer, or have the quota raised
package gpu.quota

resource := input.resource

# Where the organisation says nothing.
usual_quota := 4

# More than its holder may have all by itself.
deny contains message if {
	some account, holder, limit
	quotas[account] = [holder, limit]
	too_many(resource, account, holder, limit)
	message := sprintf("asks for %s; %s may hold %v", [asked, shown(account, holder), limit])
}

# More than that only together with what else the holder has once the change is made.
deny contains message if {
	some account, holder, limit
	quotas[account] = [holder, limit]
	held(resource, account, holder) > held_before(resource, account, holder)
	not too_many(resource, account, holder, limit)
	sum_of_all := sum_held(account, holder, limit)
	sum_of_all > limit
	message := sprintf(
		"asks for %s; %s may hold %v and would hold %s%v with %s",
		[asked, shown(account, holder), limit, at_least, sum_of_all, others(account, holder, limit)],
	)
}

# A quota that is no number compares with nothing, and would let everything pass.
deny contains message if {
	some account, holder, limit
	quotas[account] = [holder, limit]
	not is_number(limit)
	held(resource, account, holder) > 0
	message := sprintf("cannot be judged: the quota of %s is %v, which is no number", [shown(account, holder), limit])
}

# Whose quota the resource counts against, and what it is.
quotas[account] := [holder, limit] if {
	some account in ["team", "person", "nobody"]
	holder := holder_of(account, resource.dimensions)
	limit := quota(account, holder)
}

holder_of("team", dimensions) := dimensions.team

holder_of("person", dimensions) := dimensions.owner

holder_of("person", dimensions) := input.subject.id if {
	not dimensions.owner
	input.subject.id != null
}

holder_of("nobody", dimensions) := "nobody" if {
	not dimensions.team
	not dimensions.owner
	input.subject.id == null
}

quota("team", name) := limit if {
	limit := data.gpu_quotas.teams[name]
} else := limit if {
	limit := data.gpu_quotas.default.team
} else := usual_quota

# Who is in a team is held to the team's quota, unless people are given one as well.
quota("person", name) := limit if {
	limit := data.gpu_quotas.people[name]
} else := limit if {
	limit := data.gpu_quotas.default.person
} else := usual_quota if {
	not resource.dimensions.team
}

quota("nobody", _) := limit if {
	limit := data.gpu_quotas.default.nobody
} else := usual_quota

too_many(candidate, account, holder, limit) if {
	held(candidate, account, holder) > limit
	held(candidate, account, holder) > held_before(candidate, account, holder)
}

# Who holds how much once the change is made, by address: what is known of it, if that is too much already, and else all. This and what
# is made of it looks at the change as a whole, and so it is found once for all resources of a change.
holdings(account, holder, limit) := known if {
	known := known_holdings(account, holder, limit)
	sum_of(known) > limit
} else := array.concat(known_holdings(account, holder, limit), [[other.address, number] |
	some other in unsettled
	number := counted(held(other, account, holder), held_before(other, account, holder), limit)
	number > 0
])

known_holdings(account, holder, limit) := [[address, number] |
	some [_, address, after, before] in object.get(settled, [account, holder], set())
	number := counted(after, before, limit)
	number > 0
]

# What is known for certain, by account and holder, in the order of the change.
settled[account][holder] contains [index, other.address, after, before] if {
	some index, other in input.change.resources
	is_settled(other)
	some account in ["team", "person", "nobody"]
	holder := holder_of(account, other.dimensions)
	after := held(other, account, holder)
	after > 0
	before := held_before(other, account, holder)
}

unsettled := [other | some other in input.change.resources; not is_settled(other)]

is_settled(other) if {
	unknown := object.get(other, "unknown", [])
	every field in ["accelerators", "dimensions", "before"] {
		not field in unknown
	}
}

sum_of(entries) := sum([number | some [_, number] in entries])

sum_held(account, holder, limit) := sum_of(holdings(account, holder, limit))

# Whether what is not known may come on top.
at_least := "at least " if {
	count(unsettled) > 0
} else := ""

number_that_hold(account, holder, limit) := count(holdings(account, holder, limit))

# As many as are told, and one more: the resource that is judged may be among them.
first_that_hold(account, holder, limit) := array.slice(holdings(account, holder, limit), 0, 5)

# A resource that is denied for itself does not spoil the change for the others as well.
counted(after, before, limit) := before if {
	after > limit
	after > before
} else := after

# What it holds on somebody's account once the change is made, and before.
held(candidate, account, holder) := sum([accelerator.count |
	some accelerator in candidate.accelerators
	holder_of(account, candidate.dimensions) == holder
])

held_before(candidate, account, holder) := sum([accelerator.count |
	some accelerator in candidate.before.accelerators
	holder_of(account, candidate.before.dimensions) == holder
])

asked := sprintf("%s (%s)%s", [amount, concat(", ", names), since]) if {
	names := {accelerator.resource | some accelerator in resource.accelerators}
}

amount := sprintf("1 %s", [unit]) if {
	total == 1
} else := sprintf("%v %ss", [total, unit])

total := sum([accelerator.count | some accelerator in resource.accelerators])

unit := "GPU" if {
	every accelerator in resource.accelerators { accelerator.kind == "gpu" }
} else := "accelerator"

since := sprintf(", up from %v", [before]) if {
	before := sum([accelerator.count | some accelerator in resource.before.accelerators])
	before > 0
} else := ""

shown("team", name) := sprintf("team %v", [name])

shown("person", name) := sprintf("owner %v", [name]) if {
	resource.dimensions.owner
} else := name

shown("nobody", _) := "what names no team and no owner"

# Who holds the rest.
others(account, holder, limit) := concat(", ", array.concat(named, rest)) if {
	list := [entry |
		some entry in first_that_hold(account, holder, limit)
		entry[0] != resource.address
	]
	named := [sprintf("%s (%v)", entry) | some entry in array.slice(list, 0, 4)]
	more := (number_that_hold(account, holder, limit) - holds_itself(account, holder, limit)) - 4
	rest := [sprintf("%d more", [more]) | more > 0]
}

holds_itself(account, holder, limit) := 1 if {
	counted(held(resource, account, holder), held_before(resource, account, holder), limit) > 0
} else := 0
