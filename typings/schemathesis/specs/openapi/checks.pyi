from typing import Any

content_type_conformance: Any
response_headers_conformance: Any
response_schema_conformance: Any
status_code_conformance: Any
