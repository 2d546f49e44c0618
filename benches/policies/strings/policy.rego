# Names taken apart and put together: image references and resource names of a cloud.
package bench.strings

reference(image) := {"registry": registry, "repository": repository, "tag": tag(named)} if {
	path := split(image, "/")
	registry := path[0]
	last := path[count(path) - 1]
	named := split(last, ":")
	repository := concat("/", array.concat(array.slice(path, 1, count(path) - 1), [named[0]]))
}

tag(named) := named[1]

tag(named) := "latest" if count(named) == 1

findings contains message if {
	some image in input.images
	parts := reference(image)
	not parts.registry in data.registries
	message := sprintf("image %q comes from registry %s, which is not trusted", [image, parts.registry])
}

findings contains message if {
	some image in input.images
	parts := reference(image)
	parts.tag in {"latest", "dev", "main"}
	message := sprintf("image %s:%s moves", [upper(parts.repository), parts.tag])
}

findings contains message if {
	some name in input.names
	fields := split(lower(trim_space(name)), ":")
	fields[2] == "s3"
	bucket := fields[5]
	not startswith(bucket, concat("-", [input.organisation, input.environment]))
	message := sprintf("bucket %s is not named after %s", [replace(bucket, "_", "-"), input.organisation])
}

findings contains message if {
	some name in input.names
	contains(name, "::")
	endswith(name, "*")
	message := concat(" ", ["resource", trim_suffix(name, "*"), "is open at its end"])
}
