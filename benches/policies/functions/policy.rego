# Rules of a firewall: functions of several bodies, `every`, and functions that call functions.
package bench.functions

default allow := false

allow if {
	count(input.rules) > 0
	every rule in input.rules {
		well_formed(rule)
		permitted(rule)
	}
}

violations contains {"rule": rule.name, "reason": reason} if {
	some rule in input.rules
	reason := problem(rule)
}

well_formed(rule) if {
	rule.from_port <= rule.to_port
	rule.from_port >= 0
	rule.to_port <= 65535
}

permitted(rule) if {
	rule.direction == "out"
	not sensitive(rule)
}

permitted(rule) if {
	rule.direction == "in"
	not is_open(rule)
}

permitted(rule) if {
	is_open(rule)
	every port in numbers.range(rule.from_port, rule.to_port) {
		port in data.public_ports
	}
}

is_open(rule) if rule.source == "0.0.0.0/0"

is_open(rule) if rule.source == "::/0"

sensitive(rule) if {
	some port in data.sensitive_ports
	covers(rule, port)
}

covers(rule, port) if {
	rule.from_port <= port
	port <= rule.to_port
}

problem(rule) := "is open to the world" if {
	is_open(rule)
	not permitted(rule)
} else := "reaches a sensitive port" if {
	sensitive(rule)
} else := "is malformed" if {
	not well_formed(rule)
}

report := {"allow": allow, "violations": violations}
