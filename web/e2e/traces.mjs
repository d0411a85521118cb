// A person looks for a trace and reads it: sign in, list, filter, sort, open, keys, find, collapse, inspect, link.
// Usage: node traces.mjs <base url> <email> <password> <trace id>; the trace has an agent, model calls and a failed tool.
import { look, must, openPage } from "./browser.mjs";

const [base, email, password, traceId] = process.argv.slice(2);
const theme = process.env.THEME ?? "light";
const { browser, page, errors } = await openPage({
  width: Number(process.env.WIDTH ?? 1280),
  height: 800,
  theme,
});
try {
  await signIn();
  await list();
  await tree();
  await inspector();
  await address();
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

async function signIn() {
  await page.goto(`${base}/traces`);
  await page.getByLabel("E-mail").waitFor();
  await look(page, "login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("table", { name: "Traces" }).waitFor();
  errors.length = 0;
}

async function list() {
  const rows = page.getByRole("row").filter({ has: page.getByRole("cell") });
  await rows.first().waitFor();
  must((await rows.count()) > 3, "the list has rows");
  await look(page, `list-${theme}`);
  await page.keyboard.press("/");
  await page.keyboard.type("status:error");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=status%3Aerror/);
  await page.waitForFunction(() => !document.querySelector('[role=cell] [aria-label="ok"]'));
  must((await rows.count()) > 0, "some traces failed");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByRole("button", { name: "Duration", exact: true }).click();
  await page.waitForURL(/sort=-duration_ms/);
  await page.getByLabel("Filter", { exact: true }).fill(traceId);
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => document.querySelectorAll("[role=row] [role=cell]:first-child").length === 1,
  );
  await page.getByLabel("Filter", { exact: true }).blur();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/traces/${traceId}`));
}

async function tree() {
  const items = page.getByRole("treeitem");
  await items.first().waitFor();
  const all = await items.count();
  must(all > 4, `the tree has its events, not ${all}`);
  must((await items.first().getAttribute("aria-selected")) === "true", "the first event is chosen");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelectorAll("[role=treeitem]").length === 1);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((count) => document.querySelectorAll("[role=treeitem]").length === count, all);
  await page.keyboard.press("e");
  await page.waitForURL(/event=/);
  const chosen = page.locator("[role=treeitem][aria-selected=true]");
  must((await chosen.getByLabel("error").count()) > 0, "the key e goes to an error");
  const type = page.getByRole("button", { name: /^tool/ });
  await type.click();
  await page.waitForFunction((count) => document.querySelectorAll("[role=treeitem]").length < count, all);
  await type.click();
}

async function inspector() {
  await page
    .getByRole("treeitem")
    .filter({ has: page.getByLabel("model") })
    .first()
    .click();
  await page.getByText("assistant").first().waitFor();
  await look(page, `trace-${theme}`);
  await page.getByRole("tab", { name: "Cost" }).click();
  await page.getByText("In the totals of the trace").waitFor();
  await look(page, `cost-${theme}`);
  await page.getByRole("tab", { name: "Attributes" }).click();
  await page.getByText("accepted").waitFor();
  await page.getByRole("tab", { name: "Messages" }).click();
}

/** The view is in the address: opening it anew shows the same event. */
async function address() {
  const chosen = () => page.locator("[role=treeitem][aria-selected=true]").getAttribute("data-event");
  const before = await chosen();
  await page.reload();
  await page.getByRole("treeitem").first().waitFor();
  must((await chosen()) === before, "a reload keeps the event");
  await page.goto(`${base}/traces/${traceId}-not-there`);
  await page.getByText("It is not here").waitFor();
  await look(page, "missing");
  errors.length = 0;
}
