// Accessibility by axe, on the page as it stands.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { must } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Ends the program unless axe finds nothing. */
export async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const shown = violations.map(({ id, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`);
    return `${id}: ${places.join(" | ")}`;
  });
  must(violations.length === 0, `axe finds nothing on ${where}:\n${shown.join("\n")}`);
}
