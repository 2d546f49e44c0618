package platform.images_test

import data.platform.images

registries := ["registry.example.com"]

running(image) := {"resource": {"images": [image]}}

test_by_digest_from_our_registry if {
	image := "registry.example.com/nlp/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	count(images.deny) == 0 with input as running(image) with data.image_registries as registries
}

test_by_tag if {
	message := "runs registry.example.com/nlp/train:latest, which is not named by a digest"
	images.deny == {message} with input as running("registry.example.com/nlp/train:latest")
		with data.image_registries as registries
}

test_from_elsewhere if {
	image := "docker.io/nlp/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	images.deny == {sprintf("runs %s; images come from registry.example.com", [image])} with input as running(image)
		with data.image_registries as registries
}
