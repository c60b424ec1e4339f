"""JSON Schema (draft 2020-12) of whole events: envelope and data."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts.base import Contract, Envelope
from shared.contracts.export.prose import fields_of, summary_of

Schema = dict[str, Any]

DIALECT = GenerateJsonSchema.schema_dialect


class _Documented(GenerateJsonSchema):
    """Takes descriptions from our docstrings, and leaves out titles that repeat a field's name."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        produced = super().model_schema(schema)
        produced["description"] = summary_of(schema["cls"])
        for name, text in fields_of(schema["cls"]).items():
            produced["properties"][name]["description"] = text
        return produced

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  (the base's signature)
        return False


def stem(contract: type[Contract]) -> str:
    """The name of an event version in files and references, such as `MessageReceived.v1`."""
    return f"{contract.TYPE}.v{contract.VERSION}"


def event_schema(contract: type[Contract]) -> Schema:
    """The schema of one event version as it goes on the wire.

    Unknown fields are allowed, as consumers ignore them.
    """
    envelope: Any = Envelope[contract]  # type: ignore[valid-type]
    schema = envelope.model_json_schema(schema_generator=_Documented)
    schema["description"] = summary_of(Envelope)
    schema["properties"]["type"] = {"const": contract.TYPE}
    schema["properties"]["version"] = {"const": contract.VERSION}
    name = stem(contract)
    return {"$schema": DIALECT, "$id": f"urn:croupier:{name}", **schema, "title": name}
