# METADATA
# title: A model in production names its model card
# description: >-
#   Whoever meets a model in production finds out what it was made for, from what and by whom: the model, and the endpoint
#   that serves it, name their model card. Where `data.model_cards.registries` says where model cards are kept, the card is
#   one from there.
# custom:
#   provost:
#     id: MODEL-001
#     input: request
#     classes: [model, endpoint]
#     severity: high
#     remediation: name its model card in the tag ModelCard
package models.cards

resource := input.resource

deny contains {"msg": "is in production and names no model card", "remediation": remediation} if {
	in_production
	not resource.dimensions.model_card
}

deny contains {"msg": message, "remediation": "register the model card there, and name that one"} if {
	in_production
	registries := data.model_cards.registries
	card := resource.dimensions.model_card
	not registered(card, registries)
	message := sprintf("names the model card %s; model cards are kept in %s", [card, concat(", ", registries)])
}

in_production if {
	lower(resource.dimensions.environment) in {"production", "prod", "prd"}
	not resource.type in no_models
}

# What belongs to models and is none.
no_models := {
	"aws_sagemaker_model_card",
	"aws_sagemaker_hub",
	"AWS::SageMaker::ModelCard",
	"AWS::SageMaker::Hub",
}

registered(card, registries) if {
	some registry in registries
	startswith(card, sprintf("%s/", [trim_suffix(registry, "/")]))
}

remediation := "name its model card in the annotation model-card" if {
	resource.provider == "kubernetes"
} else := "name its model card in the tag ModelCard"
