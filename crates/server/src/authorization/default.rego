# METADATA
# title: Who may ask this server for what
# description: |
#   Denies by default. Health is for everybody; this machine may do everything until grants say who may; everybody else may do what a
#   grant in provost.yaml says. `server.authorization.policies` puts another package system.authz in place of this one.
package system.authz

default allow := {"allowed": false, "reason": "no grant under `server.access` lets this caller do that"}

allow := true if permitted

permitted if input.class == "health"

# Who opens an address for diagnostics says that whoever reaches it may read them.
permitted if {
	input.listener == "diagnostic"
	input.class == "metrics"
}

# As with OPA, a server on a loopback address or a socket of one's own needs no credentials, until somebody writes down who may what.
permitted if {
	input.local
	not data.access
}

permitted if {
	some grant in data.access
	covers_caller(grant)
	input.class in grant.may
	covers_path(grant)
}

covers_caller(grant) if grant.anyone

covers_caller(grant) if {
	grant.local
	input.local
}

covers_caller(grant) if {
	input.subject.verified_by != "none"
	trusts(grant)
	names(grant)
}

# A grant that says how the caller must have been verified holds for no other way.
trusts(grant) if not grant.verified_by

trusts(grant) if input.subject.verified_by in grant.verified_by

names(grant) if {
	some pattern in grant.subjects
	glob.match(pattern, ["/"], input.subject.id)
}

names(grant) if {
	some pattern in grant.groups
	some group in input.subject.groups
	glob.match(pattern, ["/"], group)
}

covers_path(grant) if not grant.paths

covers_path(grant) if {
	some pattern in grant.paths
	some covering in {pattern, trim_suffix(pattern, "/**")}
	glob.match(covering, ["/"], path)
}

# A `/` within a segment is no border between two.
path := concat("", [text | some segment in input.path; text := concat("", ["/", replace(segment, "/", "%2F")])])
