"""OpenTelemetry: decoding of OTLP, and one mapper for each emitter's way to name things."""

from watchllm_server.dialects.otlp.formats import OtlpTracesJson, OtlpTracesProtobuf
from watchllm_server.dialects.otlp.log_formats import OtlpLogsJson, OtlpLogsProtobuf

__all__ = ["OtlpLogsJson", "OtlpLogsProtobuf", "OtlpTracesJson", "OtlpTracesProtobuf"]
