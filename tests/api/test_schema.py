"""The API's own description: valid, whole, without warnings, and true of what its examples show."""

import io
import json

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern

from inbox.api.examples import EXAMPLES
from inbox.api.schema import ALWAYS, SchemaView
from inbox.api.urls import urlpatterns

METHODS = ("get", "post", "put", "delete", "patch")


@pytest.fixture
def schema(client_class, db):
    return client_class().get("/api/v1/schema/").json()


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_spectacular_finds_nothing_to_warn_of():
    told = io.StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=told)

    assert yaml.safe_load(told.getvalue())["openapi"] == "3.1.0"


def test_anybody_reads_it_as_json_and_as_yaml(client_class, db, refusal):
    client = client_class()
    as_json, as_yaml = client.get("/api/v1/schema/"), client.get("/api/v1/schema/?format=yaml")

    assert (as_json.status_code, as_json["Content-Type"]) == (200, "application/json")
    assert (as_yaml.status_code, as_yaml["Content-Type"]) == (200, "application/yaml")
    assert yaml.safe_load(as_yaml.content) == as_json.json()
    assert refusal(client.get("/api/v1/schema/?format=xml"), 422)["field"] == "format"


def test_it_says_nothing_of_other_hosts_or_of_the_company(schema):
    text = json.dumps(schema).replace("https://spec.openapis.org", "")

    assert "http://" not in text
    assert "https://" not in text


def test_every_address_and_method_is_described(schema):
    served = set()
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback.view_class
        path = "/api/v1/" + str(pattern.pattern).replace("<int:", "{").replace(">", "}")
        if view is not SchemaView:
            served |= {(path, method) for method in METHODS if hasattr(view, method)}

    assert {(path, method) for path, method, _ in operations(schema)} == served
    assert len(served) == 24


def test_every_operation_says_who_may_and_how_it_refuses(schema):
    for path, method, operation in operations(schema):
        assert operation["security"] == [{"token": []}, {"cookieAuth": []}], path
        assert set(ALWAYS) <= set(operation["responses"]), path
        assert ("404" in operation["responses"]) == ("{" in path)
        assert ("Needs the scope" in operation["description"]) == (path != "/api/v1/me/")
        if method == "post" and path.endswith(("replies/", "notes/")):
            header = next(p for p in operation["parameters"] if p["in"] == "header")
            assert (header["name"], header["required"]) == ("Idempotency-Key", True)


def test_every_operation_has_examples_and_they_are_true(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert sorted(names) == sorted(EXAMPLES)

    checked = 0
    for _path, _method, operation in operations(schema):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for answer in operation["responses"].values() if "content" in answer]
        for body in bodies:
            said = body["content"]["application/json"]
            whole = said["schema"] | {"components": schema["components"]}
            jsonschema.validate(said["example"], whole, cls=jsonschema.Draft202012Validator)
            checked += 1
    for answer in schema["components"]["responses"].values():
        said = answer["content"]["application/json"]
        jsonschema.validate(said["example"], said["schema"] | {"components": schema["components"]})
        checked += 1
    assert checked == 9 + 25 + 11


def test_bodies_are_closed_to_unknown_names(schema):
    bodies = {name: body for name, body in schema["components"]["schemas"].items() if name.endswith("Body")}

    assert len(bodies) == 10
    assert {name for name, body in bodies.items() if body.get("additionalProperties") is not False} == {"ErrorBody"}
