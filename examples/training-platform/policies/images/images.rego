# METADATA
# title: Pods run images of our own registry, by digest
# description: >-
#   A tag can be moved to another image after the review. A digest cannot.
# custom:
#   provost:
#     id: IMAGE-001
#     input: request
#     providers: [kubernetes]
#     severity: high
#     remediation: push the image to registry.example.com and name it by its digest, image@sha256:...
package platform.images

deny contains sprintf("runs %s, which is not named by a digest", [image]) if {
	some image in input.resource.images
	not contains(image, "@sha256:")
}

deny contains sprintf("runs %s; images come from %s", [image, concat(", ", data.image_registries)]) if {
	some image in input.resource.images
	not from_our_registry(image)
}

from_our_registry(image) if {
	some registry in data.image_registries
	startswith(image, sprintf("%s/", [registry]))
}
