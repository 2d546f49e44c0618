package models.cards_test

import data.models.cards

request(type, dimensions) := {"resource": {"provider": "aws", "type": type, "dimensions": dimensions}}

endpoint(dimensions) := request("aws_sagemaker_endpoint", dimensions)

messages(findings) := {finding.msg | some finding in findings}

test_outside_of_production if {
	count(cards.deny) == 0 with input as endpoint({})
	count(cards.deny) == 0 with input as endpoint({"environment": "staging"})
}

test_no_model_card if {
	findings := cards.deny with input as endpoint({"environment": "Prod"})
	findings == {{
		"msg": "is in production and names no model card",
		"remediation": "name its model card in the tag ModelCard",
	}}
}

test_kubernetes_has_annotations if {
	service := {"resource": {
		"provider": "kubernetes",
		"type": "InferenceService",
		"dimensions": {"environment": "production"},
	}}
	findings := cards.deny with input as service
	findings == {{
		"msg": "is in production and names no model card",
		"remediation": "name its model card in the annotation model-card",
	}}
}

test_any_model_card_where_no_registry_is_named if {
	count(cards.deny) == 0 with input as endpoint({"environment": "production", "model_card": "wiki"})
}

test_registries[registry] if {
	some registry in ["s3://cards", "s3://cards/"]
	named := {"environment": "production", "model_card": "s3://cards/fraud/3"}
	count(cards.deny) == 0 with input as endpoint(named) with data.model_cards.registries as [registry]
	every card in ["wiki", "s3://cards-of-mine/fraud"] {
		findings := cards.deny with input as endpoint({"environment": "production", "model_card": card})
			with data.model_cards.registries as [registry]
		messages(findings) == {sprintf("names the model card %s; model cards are kept in %s", [card, registry])}
	}
}

test_a_model_card_needs_none if {
	count(cards.deny) == 0 with input as request("aws_sagemaker_model_card", {"environment": "production"})
}
