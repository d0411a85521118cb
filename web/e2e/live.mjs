// Traces come into the list by themselves while they are stored, over one stream; paused, the list stands still.
// Usage: node live.mjs <base url> <email> <password> <api key>
import { must, openPage, signIn } from "./browser.mjs";

const [base, email, password, apiKey] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
const row = (name) => page.getByRole("row", { name: new RegExp(name) });
let lists = 0;
let streams = 0;
page.on("request", (request) => {
  const { pathname } = new URL(request.url());
  if (pathname === "/api/v1/traces") lists += 1;
  if (pathname === "/api/v1/live") streams += 1;
});

try {
  await signIn(page, base, email, password);
  await page.getByRole("table", { name: "Traces" }).getByRole("cell").first().waitFor();
  await page.waitForTimeout(2_500);
  errors.length = 0;
  const before = lists;
  await send("live-1", "comes_by_itself");
  await row("comes_by_itself").waitFor({ timeout: 10_000 });
  must(streams >= 1, "a stream is open");
  must(lists - before <= 1, `the list was not asked again and again: ${lists - before}`);
  await page.getByRole("button", { name: "live" }).click();
  await page.waitForURL(/live=off/);
  await page.getByRole("button", { name: "paused" }).waitFor();
  await send("live-2", "comes_later");
  await page.waitForTimeout(4_000);
  must((await row("comes_later").count()) === 0, "a paused list stands still");
  await page.getByRole("button", { name: "paused" }).click();
  await row("comes_later").waitFor({ timeout: 10_000 });
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

async function send(traceId, name) {
  const body = JSON.stringify({ eventId: traceId, traceId, type: "span", body: { name, durationMs: 12 } });
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${apiKey}` };
  const answer = await fetch(`${base}/api/v1/events`, { method: "POST", headers, body });
  must(answer.status === 202, `the event was accepted, not ${answer.status}`);
}
