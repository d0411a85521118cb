// Takes the pictures of docs/screens from a running server with the demo's events; not a test.
// Usage: node screens.mjs <base url> <email> <password> <folder>
import { openPage, signIn } from "./browser.mjs";

const [base, email, password, folder] = process.argv.slice(2);
const SIZES = [
  [1280, 800],
  [1920, 1080],
];
const cell = (page) => page.getByRole("cell").first();
const PAGES = [
  ["dashboard", "dashboard", (page) => page.getByRole("rowheader").first()],
  ["traces", "traces", cell],
  ["events", "traces?of=events&q=type%3Atool_call", cell],
  ["sessions", "sessions", cell],
  ["session", "sessions/{session}", (page) => page.getByRole("article").nth(1)],
  ["end-users", "end-users?sort=-total_cost_usd", cell],
  ["search", "search?text=wheelchair", (page) => page.locator("mark").first()],
];
// What is looked at in one size: the settings, and how a page looks while, or when, there is nothing to show.
const heading = (page) => page.getByRole("heading", { level: 2 }).first();
const SMALL_PAGES = [
  ["settings-keys", "settings/keys", heading],
  ["settings-members", "settings/members", (page) => page.getByText("(you)")],
  ["settings-redaction", "settings/redaction", (page) => page.getByLabel("Try it on a text")],
  ["settings-deletions", "settings/deletions", heading],
  ["settings-audit", "settings/audit", cell],
  ["state-missing", "traces/no-such-trace", (page) => page.getByRole("alert")],
];

for (const theme of ["light", "dark"]) {
  for (const [width, height] of SIZES) {
    const { browser, page } = await openPage({ width, height, theme });
    try {
      await signIn(page, base, email, password);
      const project = /\/p\/([^/]+)\//.exec(page.url())[1];
      const session = await page.evaluate(longestSession, project);
      for (const [name, path, there] of PAGES) {
        await page.goto(`${base}/p/${project}/${path.replace("{session}", session)}`);
        await there(page).waitFor();
        await page.waitForFunction(() => !document.querySelector("[aria-busy=true], .opacity-50"));
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png` });
      }
      if (width === 1280) await small(page, project, theme);
    } finally {
      await browser.close();
    }
  }
}

async function small(page, project, theme) {
  await page.evaluate(administer, [project, theme]);
  const shoot = (name) => page.screenshot({ path: `${folder}/${name}-${theme}.png` });
  for (const [name, path, there] of SMALL_PAGES) {
    await page.goto(`${base}/p/${project}/${path}`);
    await there(page).waitFor();
    await page.waitForTimeout(300);
    await shoot(name);
  }
  const empty = await page.evaluate(async (name) => {
    const body = JSON.stringify({ name });
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/v1/projects", { method: "POST", headers, body });
    return (await answer.json()).project_id;
  }, `nothing yet, ${theme}`);
  await page.goto(`${base}/p/${empty}/traces`);
  await page
    .getByText(/pip install|watchllm/)
    .first()
    .waitFor();
  await shoot("state-empty");
  let go;
  const held = new Promise((done) => {
    go = done;
  });
  await page.route("**/api/v1/traces?*", async (route) => {
    await held;
    await route.abort();
  });
  await page.goto(`${base}/p/${project}/traces`);
  await page.waitForTimeout(500);
  await shoot("state-loading");
  go();
  await page.getByRole("alert").waitFor();
  await shoot("state-unreachable");
  await page.unroute("**/api/v1/traces?*");
}

/** Runs in the page: returns the session with the most traces of the newest ones. */
async function longestSession(project) {
  const answer = await fetch(`/api/v1/sessions?project_id=${project}&limit=200`);
  const { data } = await answer.json();
  return data.sort((one, other) => other.trace_count - one.trace_count)[0].session_id;
}

/** Runs in the page: does in the project what its administrators do, so that there is something to see. */
async function administer([project, theme]) {
  const call = async (method, path, body) => {
    const headers = { "content-type": "application/json" };
    await fetch(`/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  };
  const at = `projects/${project}`;
  await call("POST", `${at}/api-keys`, { name: `worker ${theme}`, scopes: ["ingest"], expires_in_days: 90 });
  await call("POST", `${at}/invites`, { email: `carol.${theme}@example.com`, role: "MEMBER" });
  const patterns = [{ name: "ticket", pattern: "TICKET-[0-9]+" }];
  await call("PUT", `${at}/redaction`, { detectors: ["secrets", "email"], patterns });
  const { data } = await (await fetch(`/api/v1/traces?project_id=${project}&limit=2`)).json();
  await call("DELETE", `traces/${data[1].trace_id}?project_id=${project}`);
}
