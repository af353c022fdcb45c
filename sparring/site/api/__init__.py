"""The JSON interface, with its description in OpenAPI."""
