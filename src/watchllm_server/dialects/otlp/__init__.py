"""OpenTelemetry: decoding of OTLP, and one mapper for each emitter's way to name things."""

from watchllm_server.dialects.otlp.formats import OtlpTracesJson, OtlpTracesProtobuf

__all__ = ["OtlpTracesJson", "OtlpTracesProtobuf"]
