# What is granted, what is needed and what is left over, as sets.
package bench.sets

granted := {permission | some permission in data.granted}

needed := {permission | some permission in input.needed}

forbidden := data_forbidden | input_forbidden

data_forbidden contains permission if some permission in data.forbidden

input_forbidden contains permission if some permission in input.forbidden

missing := needed - granted

excess := granted - needed

clash := (needed & forbidden) | (granted & forbidden)

services := {service | some permission in needed; service := split(permission, ":")[0]}

per_service := {service: count({permission |
	some permission in needed
	startswith(permission, concat("", [service, ":"]))
}) |
	some service in services
}

report := {
	"missing": missing,
	"excess": count(excess),
	"clash": clash,
	"per_service": per_service,
	"all": count(union({granted, needed, forbidden})),
	"core": count(intersection({granted, needed, {permission | some permission in data.core}})),
	"same": granted == granted | clash,
}
