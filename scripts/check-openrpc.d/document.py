"""What is wrong with an OpenRPC document, in words: its structure, its schemas, its references and its examples."""

import json
import pathlib
import re

import jsonschema

import patterns

HERE = pathlib.Path(__file__).resolve().parent
STRUCTURE = json.loads((HERE / "openrpc-1.4.schema.json").read_text())
FORMATS = jsonschema.FormatChecker()
FORMATS.checks("regex", raises=re.error)(lambda value: not isinstance(value, str) or bool(patterns.compiled(value)))
# The meta-schema that the library brings is of an early draft-07, before writeOnly.
KEYWORDS = set(jsonschema.Draft7Validator.META_SCHEMA["properties"]) | {"writeOnly"}
# Draft-07 ignores whatever stands beside a reference, so only annotations may.
BESIDE_REFERENCE = {"$ref", "title", "description", "$comment"}


def pattern(validator, expected, value, schema):
    if isinstance(value, str) and not patterns.compiled(expected).search(value):
        yield jsonschema.ValidationError(f"{value!r} does not match {expected!r}")


Validator = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": pattern})


def problems(document):
    """Every problem as one line, place first. The later checks follow references, so they wait until those are right."""
    found = violations(STRUCTURE, document, "") or reference_problems(document)
    if not found:
        for check in (schema_problems, method_problems, example_problems, unused_components):
            found += check(document)
    return found


def violations(schema, value, place):
    """What of the value breaks the schema."""
    errors = Validator(schema, format_checker=FORMATS).iter_errors(value)
    return [f"{place}{pointer(error.absolute_path)}: {shortened(error.message)}" for error in errors]


def pointer(path):
    return "".join(f"/{part}" for part in path)


def shortened(text):
    return text if len(text) <= 300 else text[:300] + "…"


def resolve(document, reference):
    """What a reference inside the document points at; KeyError if it points at nothing or out of the document."""
    if not reference.startswith("#/"):
        raise KeyError(reference)
    value = document
    for part in reference[2:].split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        value = value[int(part)] if isinstance(value, list) and part.isdigit() else value[part]
    return value


def followed(document, value):
    """The value itself, or what it refers to."""
    return resolve(document, value["$ref"]) if "$ref" in value else value


def reference_problems(document):
    found = []

    def visit(value, place):
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                try:
                    resolve(document, reference)
                except (KeyError, IndexError, TypeError):
                    found.append(f"{place}: {reference} points at nothing")
            for name, inner in value.items():
                visit(inner, f"{place}/{name}")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                visit(inner, f"{place}/{index}")

    visit(document, "")
    return found


def unused_components(document):
    used = set(re.findall(r'"\$ref": "(#/components/[^"]+)"', json.dumps(document)))
    named = [(kind, name) for kind, all in document.get("components", {}).items() for name in all]
    return [f"/components/{kind}/{name}: nothing refers to it" for kind, name in named if f"#/components/{kind}/{name}" not in used]


def schemas(document):
    """Every schema of the document with its place: of components, params, results, events and the details of errors."""
    components = document.get("components", {})
    for name, schema in components.get("schemas", {}).items():
        yield f"/components/schemas/{name}", schema
    for name, descriptor in components.get("contentDescriptors", {}).items():
        yield f"/components/contentDescriptors/{name}/schema", descriptor["schema"]
    for event in document.get("x-events", []):
        yield f"x-events: {event['name']}", event["data"]
    for method in document["methods"]:
        for descriptor in method["params"]:
            if "schema" in descriptor:
                yield f"{method['name']}: params: {descriptor['name']}", descriptor["schema"]
        if "schema" in method.get("result", {}):
            yield f"{method['name']}: result", method["result"]["schema"]
        for error in method.get("errors", []):
            for kind in error.get("data", []):
                if "details" in kind:
                    yield f"{method['name']}: errors: {kind['code']}: details", kind["details"]


def schema_problems(document):
    found = []
    for place, schema in schemas(document):
        found += violations(jsonschema.Draft7Validator.META_SCHEMA, schema, place)
        found += keyword_problems(document, schema, place)
    return found


def keyword_problems(document, schema, place):
    """What draft-07 lets pass in silence: keywords it does not know, constraints it ignores, names that do not exist."""
    if not isinstance(schema, dict):
        return []
    found = [f"{place}: {name} is no keyword of draft-07" for name in schema if name not in KEYWORDS and not name.startswith("x-")]
    if "$ref" in schema:
        found += [f"{place}: {name} is ignored beside $ref" for name in schema if name not in BESIDE_REFERENCE]
    if schema.get("additionalProperties") is False:
        unknown = [name for name in schema.get("required", []) if name not in schema.get("properties", {})]
        found += [f"{place}: {name} is required, but no property" for name in unknown]
    if "default" in schema:
        found += violations(standalone(document, schema), schema["default"], f"{place}/default")
    for name, inner in inner_schemas(schema):
        found += keyword_problems(document, inner, f"{place}/{name}")
    return found


def inner_schemas(schema):
    for name, inner in schema.items():
        if name in ("properties", "patternProperties", "definitions"):
            yield from ((f"{name}/{key}", value) for key, value in inner.items())
        elif name in ("allOf", "anyOf", "oneOf") or (name == "items" and isinstance(inner, list)):
            yield from ((f"{name}/{index}", value) for index, value in enumerate(inner))
        elif name in ("items", "additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"):
            yield name, inner


def standalone(document, schema):
    """The schema as a whole document, in which references to components resolve."""
    return {"allOf": [schema], "components": document.get("components", {})}


def method_problems(document):
    found = repeated(document["methods"], "name", "/methods")
    names = {method["name"] for method in document["methods"] if "name" in method}
    for method in document["methods"]:
        place = method["name"]
        params = [followed(document, descriptor) for descriptor in method["params"]]
        found += repeated(params, "name", f"{place}: params")
        found += repeated(method.get("errors", []), "code", f"{place}: errors")
        found += repeated(method.get("examples", []), "name", f"{place}: examples")
        optional_first = [later for before, later in zip(params, params[1:]) if later.get("required") and not before.get("required")]
        found += [f"{place}: {param['name']} is required and stands behind an optional param" for param in optional_first]
        links = [followed(document, link) for link in method.get("links", [])]
        found += [f"{place}: a link to {link['method']}, which does not exist" for link in links if link.get("method", place) not in names]
    return found


def repeated(objects, member, place):
    values = [value[member] for value in objects if member in value]
    return [f"{place}: {value} is there {values.count(value)} times" for value in dict.fromkeys(values) if values.count(value) > 1]


def example_problems(document):
    """The document's own method is the one without an example, since that would be the document over again."""
    found = []
    for method in document["methods"]:
        examples = method.get("examples", [])
        if not examples and method["name"] != "rpc.discover":
            found.append(f"{method['name']}: has no example")
        for example in examples:
            example = followed(document, example)
            place = f"{method['name']}: example {example['name']}: "
            found += params_problems(document, method, example, place)
            found += result_problems(document, method, example, place)
    return found


def params_problems(document, method, example, place):
    known = {param["name"]: param for param in (followed(document, param) for param in method["params"])}
    given = [followed(document, param) for param in example["params"]]
    found = repeated(given, "name", f"{place}params")
    present = {param["name"] for param in given}
    found += [f"{place}{name} is required" for name, param in known.items() if param.get("required") and name not in present]
    for param in given:
        if param["name"] in known:
            schema = standalone(document, known[param["name"]]["schema"])
            found += violations(schema, param["value"], f"{place}params/{param['name']}")
        else:
            found.append(f"{place}{param['name']} is no param of the method")
    return found


def result_problems(document, method, example, place):
    if "result" not in example:
        return [f"{place}has no result"]
    schema = standalone(document, followed(document, method["result"])["schema"])
    return violations(schema, followed(document, example["result"])["value"], f"{place}result")
