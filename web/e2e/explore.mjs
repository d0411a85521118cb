// The shell and the lists by mouse and keys: every view is in its address, and a link shows the same again.
// Usage: node explore.mjs <base url> <email> <password> <trace id> <event id>; the event is of the trace.
import { readFileSync } from "node:fs";
import { must, openPage, signIn } from "./browser.mjs";

const [base, email, password, traceId, eventId] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
const filter = () => page.getByRole("combobox", { name: "Filter" });
const rows = () => page.getByRole("row").filter({ has: page.getByRole("cell") });
const address = () => new URL(page.url());
/** Waits until a parameter of the address is as wanted. */
const inAddress = (name, value) =>
  page.waitForURL((url) => (url.searchParams.get(name) ?? undefined) === value);

try {
  await signIn(page, base, email, password);
  await rows().first().waitFor();
  errors.length = 0;
  await goByKeys();
  await suggest();
  await columns();
  await order();
  await events();
  await range();
  await zoom();
  await select();
  await exportRows();
  await views();
  await palette();
  await search();
  await theme();
  must(errors.length === 0, `the pages have no errors: ${errors}`);
} finally {
  await browser.close();
}

async function goByKeys() {
  for (const [key, path] of [
    ["s", /\/sessions$/],
    ["u", /\/end-users$/],
    ["d", /\/dashboard$/],
    ["t", /\/traces$/],
  ]) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL(path);
  }
  await rows().first().waitFor();
}

/** Fields and values are suggested by what was sent; a mistake is named, and the rows stay. */
async function suggest() {
  await page.keyboard.press("/");
  await page.keyboard.type("mod");
  await page
    .getByRole("option", { name: /^model/ })
    .first()
    .waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  must((await filter().inputValue()) === "model:", "the field was taken");
  await page.getByRole("option", { name: /^gpt-4o-mini/ }).click();
  await inAddress("q", "model:gpt-4o-mini");
  await filter().press("Escape");
  await filter().fill("stauts:error");
  await filter().press("Enter");
  await page.getByRole("alert").getByText("There is no field stauts").waitFor();
  must((await rows().count()) > 0, "the rows stay while the filter is wrong");
  await filter().fill('status:error OR "nothing has this"');
  await filter().press("Enter");
  await page.waitForFunction(() => !document.querySelector('[role=cell] [aria-label="ok"]'));
  must((await rows().count()) > 0, "some traces failed");
  await page.reload();
  await rows().first().waitFor();
  must((await filter().inputValue()) === 'status:error OR "nothing has this"', "a link keeps the filter");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await inAddress("q", undefined);
}

async function columns() {
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Session" }).click();
  await page.waitForURL(/columns=/);
  await page.keyboard.press("Escape");
  const head = page.getByRole("columnheader", { name: "Session" });
  await head.waitFor();
  const before = (await head.boundingBox()).width;
  const edge = await head.getByRole("button", { name: "Width of Session" }).boundingBox();
  await page.mouse.move(edge.x + 5, edge.y + 10);
  await page.mouse.down();
  await page.mouse.move(edge.x + 65, edge.y + 10, { steps: 4 });
  await page.mouse.up();
  must(
    Math.abs((await head.boundingBox()).width - before - 60) < 3,
    "the column is as wide as it was dragged",
  );
  await page.reload();
  await head.waitFor();
  must(Math.abs((await head.boundingBox()).width - before - 60) < 3, "the width is kept");
}

async function order() {
  await page.getByRole("button", { name: "Cost", exact: true }).click();
  await inAddress("sort", "-total_cost_usd");
  await page.waitForFunction(() => document.querySelector("[role=row] a")?.textContent === "dear_agent");
  await page.getByRole("button", { name: "Cost ↓" }).click();
  await inAddress("sort", "total_cost_usd");
}

async function events() {
  await page.getByRole("button", { name: "Events", exact: true }).first().click();
  await inAddress("of", "events");
  await page.getByRole("table", { name: "Events" }).waitFor();
  await filter().fill("type:tool_call");
  await filter().press("Enter");
  await page.waitForFunction(() => {
    const types = [...document.querySelectorAll("[role=row] [role=cell]:nth-child(2)")];
    return types.length > 0 && types.every((cell) => cell.textContent === "tool");
  });
  await page.getByRole("button", { name: "Traces", exact: true }).click();
  await inAddress("of", undefined);
  await page.getByRole("table", { name: "Traces" }).waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
}

async function range() {
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByRole("button", { name: "last 7 days" }).click();
  await inAddress("range", "7d");
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByLabel("From").fill("2020-01-01T00:00:00");
  await page.getByLabel("To, exclusive").fill("2019-01-01T00:00:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("alert").getByText("must be after").waitFor();
  await page.getByLabel("To, exclusive").fill("2020-01-02T00:00:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/from=2020/);
  await page.getByText("No trace in this range").waitFor();
  must(await page.getByRole("button", { name: "paused" }).isDisabled(), "a range that has ended is not live");
  await page.getByRole("button", { name: "Look at all time" }).click();
  await rows().first().waitFor();
}

/** Dragging across the bars chooses that range. */
async function zoom() {
  const bars = await page.getByRole("img", { name: /drag to choose/ }).boundingBox();
  await page.mouse.move(bars.x + bars.width * 0.5, bars.y + 20);
  await page.mouse.down();
  await page.mouse.move(bars.x + bars.width - 3, bars.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=.*&to=|to=.*&from=/);
  await rows().first().waitFor();
  await page.goto(`${base}${address().pathname}`);
  await rows().first().waitFor();
}

async function select() {
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByText("2 traces selected").waitFor();
  await page.getByRole("button", { name: "Copy the ids" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  must(copied.split("\n").length === 2, "both ids are copied");
  await page.keyboard.press("Escape");
  await page.getByText("2 traces selected").waitFor({ state: "detached" });
}

/** The rows of the filter as a file. */
async function exportRows() {
  await page.goto(`${base}${address().pathname}?q=status:error`);
  await rows().first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "JSON lines" }).click(),
  ]);
  const lines = readFileSync(await file.path(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  must(
    lines.length > 0 && lines.every(({ status }) => status === "error"),
    "the file has the rows of the filter",
  );
}

async function views() {
  await page.goto(`${base}${address().pathname}?q=status:error&sort=-duration_ms`);
  await rows().first().waitFor();
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByLabel("Name of this view").fill("slow failures");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const saved = page.getByRole("button", { name: "slow failures", exact: true });
  await saved.waitFor();
  await page.keyboard.press("Escape");
  await page.goto(`${base}${address().pathname}`);
  await page.getByRole("button", { name: "Saved views" }).click();
  await saved.click();
  await inAddress("q", "status:error");
  await inAddress("sort", "-duration_ms");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("button", { name: "Remove slow failures" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await saved.waitFor();
  await page.getByRole("button", { name: "Remove slow failures" }).click();
  await saved.waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.getByLabel("Name of this view").waitFor({ state: "detached" });
}

async function openPalette() {
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/A page, a trace/).waitFor();
}

async function palette() {
  await openPalette();
  await page.keyboard.type(eventId);
  await page.getByRole("option", { name: /Open the trace or event/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.endsWith(`/traces/${traceId}`));
  must(address().searchParams.get("event") === eventId, "the event is chosen");
  await openPalette();
  await page.keyboard.type("not-an-id-of-anything");
  await page.keyboard.press("Enter");
  await page.getByText("No trace and no event has this id").waitFor();
  await keyAtOnceAfterClosing();
  errors.length = 0;
}

/** A key that comes before the next frame finds the focus in the field of the closed palette, and still is no typing. */
async function keyAtOnceAfterClosing() {
  await page.evaluate(() => {
    document.querySelector("dialog").close();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
  });
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Keys" }).waitFor({ state: "detached" });
}

/** A search is in the address, filtered by a filter, and its results are reached by keys. */
async function search() {
  await openPalette();
  await page.keyboard.type("you get a refund");
  await page.getByRole("option", { name: /Search inputs and outputs/ }).click();
  await inAddress("text", "you get a refund");
  const results = page.getByRole("list", { name: "Results" });
  await results.locator("mark").first().waitFor();
  must((await results.locator("mark").first().textContent()) === "you get a refund", "the place is marked");
  await page.getByLabel("Text to find").press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/traces\/.*event=/);
}

async function theme() {
  await openPalette();
  await page.keyboard.type("theme: dark");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await page.reload();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
}
