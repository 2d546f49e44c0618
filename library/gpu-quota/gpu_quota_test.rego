package gpu.quota_test

import data.gpu.quota

gpus(count) := [{"kind": "gpu", "model": "A100", "resource": "p4d.24xlarge", "count": count}]

nothing := {"dimensions": {}, "accelerators": []}

# A resource that comes to be.
new(address, dimensions, count) := {
	"address": address,
	"dimensions": dimensions,
	"accelerators": gpus(count),
	"before": null,
}

# A resource of which there are so many before and so many after the change.
changed(address, dimensions, before, after) := object.union(new(address, dimensions, after), {"before": {
	"dimensions": dimensions,
	"accelerators": gpus(before),
}})

# The request about the first of some resources that change together.
request(resources) := requested_by(null, resources)

requested_by(person, resources) := {
	"subject": {"id": person},
	"resource": resources[0],
	"change": {"resources": resources},
}

nlp := {"team": "nlp"}

quotas := {"teams": {"nlp": 8}, "people": {"alice": 2}}

test_a_quota_that_nobody_set if {
	count(quota.deny) == 0 with input as request([new("a", nlp, 4)])
	quota.deny == {"asks for 8 GPUs (p4d.24xlarge); team nlp may hold 4"} with input as request([new("a", nlp, 8)])
}

test_the_usual_quota_can_be_set if {
	quota.deny == {"asks for 8 GPUs (p4d.24xlarge); team nlp may hold 6"} with input as request([new("a", nlp, 8)])
		with data.gpu_quotas as {"default": {"team": 6}}
}

test_one_is_no_plural if {
	quota.deny == {"asks for 1 GPU (p4d.24xlarge); team nlp may hold 0"} with input as request([new("a", nlp, 1)])
		with data.gpu_quotas.teams as {"nlp": 0}
}

test_a_team_and_its_quota if {
	count(quota.deny) == 0 with input as request([new("a", nlp, 8)]) with data.gpu_quotas as quotas
	quota.deny == {"asks for 9 GPUs (p4d.24xlarge); team nlp may hold 8"} with input as request([new("a", nlp, 9)])
		with data.gpu_quotas as quotas
}

test_the_whole_change_counts if {
	resources := [new("a", nlp, 4), new("b", nlp, 4), new("c", nlp, 4), new("d", {"team": "vision"}, 100)]
	message := "asks for 4 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold 12 with b (4), c (4)"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}

test_a_long_list_of_others_is_cut if {
	resources := [new(sprintf("r%d", [number]), nlp, 2) | some number in numbers.range(0, 6)]
	message := "asks for 2 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold 14 with r1 (2), r2 (2), r3 (2), r4 (2), 2 more"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}

test_one_that_is_denied_for_itself_leaves_the_others_alone if {
	count(quota.deny) == 0 with input as request([new("a", nlp, 4), new("b", nlp, 16)]) with data.gpu_quotas as quotas
}

test_what_is_held_already_counts if {
	resources := [new("a", nlp, 4), changed("b", nlp, 8, 8)]
	message := "asks for 4 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold 12 with b (8)"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}

test_what_goes_away_makes_room if {
	gone := object.union(changed("b", nlp, 8, 0), {"accelerators": []})
	count(quota.deny) == 0 with input as request([new("a", nlp, 8), gone]) with data.gpu_quotas as quotas
}

test_who_asks_for_nothing_more_passes if {
	count(quota.deny) == 0 with input as request([changed("a", nlp, 16, 16)]) with data.gpu_quotas as quotas
	count(quota.deny) == 0 with input as request([changed("a", nlp, 24, 16)]) with data.gpu_quotas as quotas
}

test_growing if {
	quota.deny == {"asks for 12 GPUs (p4d.24xlarge), up from 8; team nlp may hold 8"} with data.gpu_quotas as quotas
		with input as request([changed("a", nlp, 8, 12)])
}

test_another_team_takes_it_over if {
	moved := object.union(changed("a", nlp, 8, 8), {"before": {"dimensions": {"team": "vision"}}})
	count(quota.deny) == 0 with input as request([moved]) with data.gpu_quotas as quotas
	quota.deny == {"asks for 8 GPUs (p4d.24xlarge), up from 8; team nlp may hold 4"} with input as request([moved])
}

test_a_person_in_a_team_is_held_to_the_team if {
	count(quota.deny) == 0 with input as request([new("a", {"team": "nlp", "owner": "bob"}, 8)])
		with data.gpu_quotas as quotas
}

test_a_person_with_a_quota if {
	resource := new("a", {"team": "nlp", "owner": "alice"}, 4)
	quota.deny == {"asks for 4 GPUs (p4d.24xlarge); owner alice may hold 2"} with input as request([resource])
		with data.gpu_quotas as quotas
}

test_people_in_general if {
	resource := new("a", {"team": "nlp", "owner": "bob"}, 4)
	quota.deny == {"asks for 4 GPUs (p4d.24xlarge); owner bob may hold 3"} with input as request([resource])
		with data.gpu_quotas as {"teams": {"nlp": 8}, "default": {"person": 3}}
}

test_whoever_asks_is_the_person if {
	quota.deny == {"asks for 8 GPUs (p4d.24xlarge); carol may hold 4"} with input as requested_by("carol", [new("a", {}, 8)])
}

test_nobody if {
	message := "asks for 8 GPUs (p4d.24xlarge); what names no team and no owner may hold 4"
	quota.deny == {message} with input as request([new("a", {}, 8)])
	count(quota.deny) == 0 with input as request([new("a", {}, 8)]) with data.gpu_quotas.default.nobody as 8
}

test_other_accelerators if {
	chips := [
		{"kind": "gpu", "model": "A100", "resource": "nvidia.com/gpu", "count": 4},
		{"kind": "neuron", "model": "Trainium", "resource": "aws.amazon.com/neuron", "count": 4},
	]
	resource := object.union(new("a", nlp, 0), {"accelerators": chips})
	message := "asks for 8 accelerators (aws.amazon.com/neuron, nvidia.com/gpu); team nlp may hold 4"
	quota.deny == {message} with input as request([resource])
}

test_nothing_asked_for if {
	bucket := object.union(new("a", nlp, 0), {"accelerators": []})
	count(quota.deny) == 0 with input as request([bucket, new("b", nlp, 100)])
}

test_a_quota_that_is_no_number if {
	quota.deny == {"cannot be judged: the quota of team nlp is lots, which is no number"}
		with input as request([new("a", nlp, 1)])
		with data.gpu_quotas.teams.nlp as "lots"
}

# What `input.change.resources` tells of a resource whose team or GPUs nobody knows yet.
unknown(address, field) := object.union(new(address, nlp, 100), {"unknown": [field]})

test_what_is_known_is_too_much_already if {
	resources := [new("a", nlp, 4), new("b", nlp, 5), unknown("c", "accelerators")]
	message := "asks for 4 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold at least 9 with b (5)"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}

test_what_is_not_known_counts_where_the_rest_leaves_room if {
	resources := [new("a", nlp, 4), object.union(new("b", nlp, 5), {"unknown": ["dimensions"]})]
	message := "asks for 4 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold at least 9 with b (5)"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}

test_other_unknown_fields_do_not_matter if {
	resources := [new("a", nlp, 4), object.union(new("b", nlp, 5), {"unknown": ["region"]})]
	message := "asks for 4 GPUs (p4d.24xlarge); team nlp may hold 8 and would hold 9 with b (5)"
	quota.deny == {message} with input as request(resources) with data.gpu_quotas as quotas
}
