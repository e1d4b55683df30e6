"""That each kind of mistake in an OpenRPC document is found: a right document, broken in one place at a time."""

import copy
import unittest

from document import problems

TOKEN = {"name": "token", "schema": {"type": "string", "minLength": 1, "pattern": "^[\\p{L}\\p{N}-]*$"}}
PRODUCT = {
    "type": "object",
    "properties": {"id": {"type": "string", "format": "uuid"}, "qty": {"type": "integer", "minimum": 1, "default": 1}},
    "required": ["id"],
    "additionalProperties": False,
}
ID = "01890000-0000-7000-8000-000000000001"
RIGHT = {
    "openrpc": "1.4.1",
    "info": {"title": "Shop", "version": "1.0.0"},
    "methods": [
        {"name": "rpc.discover", "params": [], "result": {"name": "document", "schema": {}}},
        {
            "name": "products.get",
            "tags": [{"name": "products"}],
            "paramStructure": "by-name",
            "params": [
                {"name": "id", "required": True, "schema": {"type": "string", "format": "uuid"}},
                {"$ref": "#/components/contentDescriptors/token"},
            ],
            "result": {"name": "Product", "schema": {"$ref": "#/components/schemas/Product"}},
            "errors": [{"code": 404, "message": "no-such", "data": [{"code": "no-such", "details": {"type": "null"}}]}],
            "links": [{"name": "again", "method": "products.get"}],
            "examples": [
                {
                    "name": "one",
                    "params": [{"name": "id", "value": ID}, {"name": "token", "value": "tö-5٣"}],
                    "result": {"name": "one", "value": {"id": ID, "qty": 2}},
                }
            ],
            "x-role": "staff",
        },
    ],
    "components": {"contentDescriptors": {"token": TOKEN}, "schemas": {"Product": PRODUCT}},
}


def at(document, path):
    for part in path:
        document = document[part]
    return document


GET = ("methods", 1)
EXAMPLE = (*GET, "examples", 0)
SCHEMA = ("components", "schemas", "Product")

# Where the document is broken, the member, its new value (None takes it away), and a part of what is said.
BROKEN = [
    ((), "openrpc", "1.3.2", "1.3.2"),
    ((), "info", None, "'info' is a required property"),
    ((), "colour", "red", "'colour' does not match any of the regexes"),
    (("info",), "version", 1, "1 is not of type 'string'"),
    (GET, "name", "rpc.discover", "rpc.discover is there 2 times"),
    (GET, "params", None, "'params' is a required property"),
    (GET, "paramStructure", "by-colour", "by-colour"),
    (GET, "tags", [{}], "'name' is a required property"),
    (GET, "examples", None, "has no example"),
    (GET, "links", [{"method": "products.set"}], "products.set, which does not exist"),
    (GET, "errors", [{"code": 404, "message": "a"}, {"code": 404, "message": "b"}], "404 is there 2 times"),
    (GET, "errors", [{"code": "404", "message": "a"}], "'404' is not of type 'integer'"),
    ((*GET, "errors", 0, "data", 0), "details", {"type": "void"}, "'void' is not"),
    ((*GET, "params", 0), "required", False, None),
    ((*GET, "params", 0), "schema", None, "'schema' is a required property"),
    ((*GET, "params", 0), "name", "token", "token is there 2 times"),
    ((*GET, "params", 0, "schema"), "type", "text", "'text' is not"),
    ((*GET, "params", 1), "$ref", "#/components/contentDescriptors/key", "points at nothing"),
    ((*GET, "params", 1), "name", "token", "'name' was unexpected"),
    ((*GET, "result", "schema"), "$ref", "other.json#/Product", "points at nothing"),
    ((*GET, "result", "schema"), "minLength", 1, "minLength is ignored beside $ref"),
    ((*GET, "result"), "schema", {"type": "object"}, "Product: nothing refers to it"),
    (GET, "params", [TOKEN, {**TOKEN, "name": "id", "required": True}], "id is required and stands behind"),
    (SCHEMA, "minProps", 1, "minProps is no keyword"),
    (SCHEMA, "required", ["id", "name"], "name is required, but no property"),
    ((*SCHEMA, "properties", "qty"), "default", 0, "0 is less than the minimum"),
    ((*SCHEMA, "properties", "qty"), "minimum", "1", "'1' is not of type 'number'"),
    ((*SCHEMA, "properties", "id"), "pattern", "[", "is not a 'regex'"),
    (EXAMPLE, "name", None, "'name' is a required property"),
    (EXAMPLE, "result", None, "has no result"),
    (EXAMPLE, "params", [], "id is required"),
    ((*EXAMPLE, "params", 0), "value", 7, "7 is not of type 'string'"),
    ((*EXAMPLE, "params", 0), "value", "7", "'7' is not a 'uuid'"),
    ((*EXAMPLE, "params", 1), "name", "key", "key is no param"),
    ((*EXAMPLE, "params", 1), "name", "id", "id is there 2 times"),
    ((*EXAMPLE, "params", 1), "value", "", "params/token: '' "),
    ((*EXAMPLE, "params", 1), "value", "t_", "'t_' does not match"),
    ((*EXAMPLE, "result", "value"), "id", None, "'id' is a required property"),
    ((*EXAMPLE, "result", "value"), "cost", "1.00", "'cost' was unexpected"),
]


class DocumentTest(unittest.TestCase):
    def test_right_document_has_no_problem(self):
        self.assertEqual(problems(RIGHT), [])

    def test_each_mistake_is_found(self):
        for path, member, value, words in BROKEN:
            with self.subTest(path=path, member=member, value=value):
                document = copy.deepcopy(RIGHT)
                if value is None:
                    del at(document, path)[member]
                else:
                    at(document, path)[member] = value
                found = problems(document)
                if words is None:
                    self.assertEqual(found, [])
                else:
                    self.assertTrue(any(words in problem for problem in found), found)


if __name__ == "__main__":
    unittest.main()
