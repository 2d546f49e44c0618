//! The OpenAPI document, made from what the code goes by: the shape of a request, the classes, and the schema of a decision.

use catalog::request_schema::{Field, RESOURCE_FIELDS, Shape};
use catalog::{Action, Class, Source};
use serde_json::{Map, Value, json};

/// What a decision looks like; the tests of crate `report` hold its output to it.
const DECISION: &str = include_str!("../../../docs/schema/decision.schema.json");

/// The document, OpenAPI 3.1.
pub fn openapi() -> Value {
    let mut schemas = Map::new();
    let mut definitions = Map::new();
    schemas.insert("Decision".to_owned(), decision(&mut definitions));
    schemas.extend(definitions);
    schemas.insert("Resource".to_owned(), resource());
    schemas.insert("Request".to_owned(), request());
    schemas.insert("Refusal".to_owned(), refusal());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provost",
            "summary": "Policy as code for AI resources",
            "description": "Asks whether something may be done to AI resources. The routes of OPA's REST API (`/v1/data` and the \
                            others) stand beside this one; OPA's documentation describes them.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/decide": {"post": decide()},
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "responses": {"200": {"description": "The document.", "content": {"application/json": {"schema": {"type": "object"}}}}},
                },
            },
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of a configured issuer, or one that was handed out."},
                "certificate": {"type": "mutualTLS", "description": "A client certificate of a configured authority."},
            },
        },
        "security": [{}, {"token": []}, {"certificate": []}],
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn decide() -> Value {
    let refused = |description: &str| json!({"description": description, "content": {"application/json": {"schema": reference("Refusal")}}});
    let request = json!({"schema": reference("Request"), "examples": examples()});
    json!({
        "operationId": "decide",
        "summary": "Decide a request",
        "description": "All of one body is one change: quotas count its resources together. Who asks is what the server verified. A \
                        denial is an answer with status 200; look at `verdict`.",
        "requestBody": {
            "required": true,
            "description": "May be compressed with gzip.",
            "content": {"application/json": request, "application/yaml": {"schema": reference("Request")}},
        },
        "responses": {
            "200": {
                "description": "The decision.",
                "headers": {
                    "x-decision-id": {"description": "Its name in the record, where there is one.", "schema": {"type": "string"}},
                },
                "content": {"application/json": {"schema": reference("Decision")}},
            },
            "400": refused("The body is no request."),
            "401": refused("The credential is missing or wrong."),
            "403": refused("The caller may not ask for decisions."),
            "413": refused("The body is too long, or asks for too much."),
            "415": refused("The body is compressed in a way that is not known."),
            "422": refused("No document is one that the catalog knows."),
            "500": refused("The decision could not be made, or not be recorded."),
            "503": refused("There is too much to do; ask again later."),
        },
    })
}

fn examples() -> Value {
    json!({
        "training": {
            "summary": "May this job start?",
            "value": {
                "action": "create",
                "resource": {
                    "class": "training-job",
                    "name": "bert",
                    "tags": {"CostCenter": "42", "team": "nlp"},
                    "accelerators": [{"kind": "gpu", "model": "A100", "count": 8}],
                },
            },
        },
        "manifest": {
            "summary": "May these manifests be applied?",
            "value": {
                "source": "kubernetes",
                "documents": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "trainer"}, "spec": {"containers": []}}],
            },
        },
    })
}

fn request() -> Value {
    let names = |all: Vec<&str>| json!({"type": "string", "enum": all});
    let mut action = names(Action::ALL.map(Action::as_str).to_vec());
    describe(&mut action, "What is to be done to the resource; `create` when nothing is said.");
    let mut source = names(Source::ALL.map(Source::as_str).to_vec());
    describe(&mut source, "What described it. Of documents it is what they must be; the catalog tells it otherwise.");
    let object = json!({"description": "The raw description, whole; policies see it as `input.object`."});
    let one = json!({
        "type": "object",
        "description": "One resource, and what is to be done to it.",
        "properties": {"resource": reference("Resource"), "action": action, "source": source, "object": object},
        "required": ["resource"],
        "additionalProperties": false,
    });
    let several = json!({
        "type": "object",
        "description": "Several resources of one change.",
        "properties": {"resources": {"type": "array", "items": one}},
        "required": ["resources"],
        "additionalProperties": false,
    });
    let document = json!({
        "type": "object",
        "description": "A Terraform plan, a CloudFormation template, a Kubernetes manifest, or any document that policies are about.",
        "properties": {"document": {"description": "The document as its tool writes it."}, "source": source},
        "required": ["document"],
        "additionalProperties": false,
    });
    let documents = json!({
        "type": "object",
        "description": "Several documents; all manifests among them are one change.",
        "properties": {"documents": {"type": "array", "items": {}}, "source": source},
        "required": ["documents"],
        "additionalProperties": false,
    });
    json!({"description": "What is asked.", "oneOf": [one, several, document, documents]})
}

fn resource() -> Value {
    let mut schema = shape(&Shape::Record(RESOURCE_FIELDS));
    describe(
        &mut schema,
        "An AI resource. What is left out is not nothing: tags and accelerators that are not told are unknown, and a policy that needs \
         them cannot allow. `{\"$unknown\": \"why\"}` says so of any value.",
    );
    let classes: Vec<Value> =
        Class::all().iter().map(|class| json!({"const": class.as_str(), "description": class.meaning()})).collect();
    if let Some(class) = schema.pointer_mut("/properties/class") {
        *class = json!({"description": "What it is for.", "oneOf": classes});
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("required".to_owned(), json!(["class", "name"]));
    }
    schema
}

/// A shape of the resource model. Anything may be null, which is the same as leaving it out.
fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Leaf => json!({"type": ["string", "number", "boolean", "null", "object"]}),
        Shape::Any => json!({}),
        Shape::List(item) => json!({"type": ["array", "null", "object"], "items": self::shape(item)}),
        Shape::Record(fields) => {
            let property = |field: &Field| {
                let mut schema = self::shape(&field.shape);
                describe(&mut schema, field.meaning);
                (field.name.to_owned(), schema)
            };
            let properties: Map<String, Value> = fields.iter().map(property).collect();
            json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
        }
    }
}

fn describe(schema: &mut Value, description: &str) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(description));
    }
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "description": "Why a request was not answered as it was meant.",
        "properties": {
            "code": {"type": "string", "description": "A word that does not change between versions."},
            "message": {"type": "string", "description": "What happened."},
            "help": {"type": "string", "description": "What to do about it."},
        },
        "required": ["code", "message"],
    })
}

/// The schema of a decision; its parts go to `definitions` and are referred to there.
fn decision(definitions: &mut Map<String, Value>) -> Value {
    let text = DECISION.replace("#/$defs/", "#/components/schemas/");
    // The file is a part of the program, and tests read it.
    let mut schema: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        if let Some(Value::Object(parts)) = schema.remove("$defs") {
            definitions.extend(parts);
        }
    }
    schema
}
