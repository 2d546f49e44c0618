# Who may do what: people hold roles, roles carry permissions on kinds of resource, and administrators may do anything.
package bench.rbac

default allow := false

allow if is_administrator

allow if {
	some permission in permissions
	permission.action == input.action
	permission.kind == input.kind
}

is_administrator if "administrator" in data.roles_of[input.user]

permissions contains permission if {
	some role in data.roles_of[input.user]
	some permission in data.permissions_of[role]
}
