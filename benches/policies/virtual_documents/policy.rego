# A decision at the end of a long chain: each document is derived from the one before, and the last asks for all of them.
package bench.virtual_documents

import data.bench.organisation

default decision := {"allowed": false}

decision := {"allowed": true, "level": level.name, "reasons": reasons} if {
	count(reasons) == count(organisation.gates)
}

level := organisation.levels[clearance]

clearance := max({rank | some role in roles; rank := organisation.ranks[role]})

roles contains role if {
	some team in teams
	some role in organisation.team_roles[team]
}

roles contains role if some role in organisation.direct_roles[input.subject]

teams contains team if some team in organisation.chain[unit]

unit := organisation.unit_of[input.subject]

reasons contains name if {
	some name, gate in organisation.gates
	gate_holds(name, gate)
}

gate_holds("clearance", gate) if clearance >= gate.minimum

gate_holds("region", gate) if input.region in gate.regions

gate_holds("budget", gate) if organisation.budgets[unit].left >= gate.minimum * weight

gate_holds("training", gate) if {
	every course in gate.courses {
		course in organisation.completed[input.subject]
	}
}

weight := organisation.weights[level.name]
