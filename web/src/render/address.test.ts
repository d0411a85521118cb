import { describe, expect, it } from "vitest";
import { readAddress } from "./address";

describe("an address in a text", () => {
  it.each([
    ["https://example.com/a?b=c", "web"],
    ["HTTP://example.com", "web"],
    ["data:image/png;base64,iVBORw0KGgo=", "embedded"],
    ["data:image/svg+xml;base64,PHN2Zz4=", "none"],
    ["data:text/html,<script>1</script>", "none"],
    ["javascript:alert(1)", "none"],
    [" java\nscript:alert(1)", "none"],
    ["vbscript:x", "none"],
    ["//elsewhere.example", "none"],
    ["/api/v1/auth/logout", "none"],
    ["file:///etc/passwd", "none"],
    ["blob:https://example.com/1", "none"],
    ["", "none"],
  ])("%s is %s", (address, kind) => expect(readAddress(address).kind).toBe(kind));
});
