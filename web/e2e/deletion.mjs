// A trace is deleted on its page, an end user's events on theirs, and both are gone; a viewer is not even asked.
// Usage: node deletion.mjs <base url> <email> <password> <api key> <project id> <light|dark>
import { accessible } from "./accessible.mjs";
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password, apiKey, projectId, theme] = process.argv.slice(2);
const { browser, page, errors } = await openPage({ theme });
const button = (name) => page.getByRole("button", { name });
const state = (subject) => page.getByRole("row").filter({ hasText: subject });
const doomed = `doomed-${theme}`;
const carol = `carol ${theme}`;

try {
  await send([event("d1", doomed, "dave"), event("c1", `carols-${theme}`, carol)]);
  await signIn(page, base, email, password);
  await deleteTrace();
  await deleteEndUser();
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

function event(id, traceId, userId) {
  const body = { level: "info", message: `said by ${userId}` };
  return { eventId: `${id}-${theme}`, traceId, userId, type: "log", body };
}

async function send(events) {
  const answer = await fetch(`${base}/api/v1/events/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  must(answer.status === 202, "the events are accepted");
}

/** Opens a page once what it shows is there. */
async function open(path) {
  for (let attempt = 0; attempt < 50; attempt++) {
    await page.goto(`${base}/p/${projectId}/${path}`);
    const shown = button(/^Delete this/);
    const missing = page.getByRole("alert");
    await shown.or(missing).first().waitFor();
    if (await shown.isVisible()) break;
    errors.splice(0);
    await page.waitForTimeout(200);
  }
}

async function deleteTrace() {
  await open(`traces/${doomed}`);
  await button("Delete this trace").click();
  await page.getByRole("dialog").getByText(doomed).waitFor();
  await accessible(page, "the question about a trace");
  await look(page, `delete-trace-${theme}`);
  await button("Keep").click();
  await button("Delete this trace").click();
  await button("Delete for good").click();
  await state(doomed).waitFor();
  await state(doomed).getByText("in no list any more").waitFor({ timeout: 30_000 });
  await accessible(page, "the deletions");
  await look(page, `settings-deletions-${theme}`);
  await page.getByRole("link", { name: "Traces", exact: true }).click();
  await page.waitForURL(/\/traces/);
  await state(doomed).waitFor({ state: "detached" });
  await page.getByRole("row").nth(1).waitFor();
  await look(page, `after-delete-${theme}`);
  must(!(await page.content()).includes(doomed), "the trace is in the list no more");
}

async function deleteEndUser() {
  await open(`end-users/${encodeURIComponent(carol)}`);
  await button("Delete this end user's events").click();
  await look(page, `delete-end-user-${theme}`);
  await button("Delete for good").click();
  await state(carol).getByText("in no list any more").waitFor({ timeout: 30_000 });
  await page.getByRole("link", { name: "End users", exact: true }).click();
  await page.waitForURL(/end-users/);
  await page.waitForTimeout(500);
  must(!(await page.content()).includes(carol), "the end user is in the list no more");
}
