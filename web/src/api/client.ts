/** Calls the server; every failure becomes an `ApiError` with the code and request id that the server gave. */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type TraceRow = Schemas["TraceRow"];
export type EventRow = Schemas["EventRow"];
export type ColumnsTrace = Schemas["ColumnsTrace"];
export type EventAnswer = Schemas["EventAnswer"];
export type Account = Schemas["SignedInAnswer"];

export const client = createClient<paths>({ baseUrl: "/" });

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** Returns the data of an answer; throws ApiError for an error, also when the server cannot be reached. */
export async function read<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("The server cannot be reached.", 0, "unreachable", null);
  }
  if (answer.response.ok) return answer.data as T;
  const { code, message } = describe(answer.error);
  throw new ApiError(message, answer.response.status, code, answer.response.headers.get("x-request-id"));
}

function describe(error: unknown): { code: string; message: string } {
  if (typeof error === "object" && error !== null && "error" in error) {
    const inner = error.error as { code?: unknown; message?: unknown };
    return { code: String(inner.code ?? "unknown"), message: String(inner.message ?? "") };
  }
  return { code: "unknown", message: "The server gave an answer that this page does not understand." };
}
