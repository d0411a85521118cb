// Fails when the API client is not what openapi.json gives.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "watchllm-client-"));
const fresh = join(folder, "schema.d.ts");
try {
  execFileSync("node_modules/.bin/openapi-typescript", ["openapi.json", "-o", fresh], { stdio: "pipe" });
  if (readFileSync(fresh, "utf8") !== readFileSync("src/api/schema.d.ts", "utf8")) {
    console.error("src/api/schema.d.ts is stale: run `npm run generate`");
    process.exit(1);
  }
} finally {
  rmSync(folder, { recursive: true });
}
