// The page of a trace as someone uses it who wants to know why an agent failed: with the mouse, then by keys alone.
// Usage: node trace-view.mjs <base url> <email> <password> <JSON: {"failed", "failing", "long", "chat"}>
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password, given] = process.argv.slice(2);
const { failed, failing, long, chat } = JSON.parse(given);
const theme = process.env.THEME ?? "light";
const { browser, page, errors } = await openPage({
  width: Number(process.env.WIDTH ?? 1280),
  height: 800,
  theme,
});
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const chosen = () => page.locator("[role=treeitem][aria-selected=true]").getAttribute("data-event");
const inspected = (event) => page.locator(`[data-inspector="${event}"]`).waitFor();

try {
  await signIn(page, base, email, password);
  await early();
  await byMouse();
  await byKeys();
  await tree();
  await inspector();
  await conversation();
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

/** The events of a trace are asked for with the page, once, and not only when its code has come. */
async function early() {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  const project = new URL(page.url()).pathname.split("/")[2];
  await page.goto(`${base}/p/${project}/traces/${long}`);
  await page.getByRole("treeitem").first().waitFor();
  const events = asked.filter((url) => url.pathname === `/api/v1/traces/${long}`);
  must(events.length === 1, `the events are asked for once: ${events}`);
  const place = (wanted) => asked.findIndex((url) => url.pathname.startsWith(wanted));
  must(
    place("/api/v1/traces/") < place("/api/v1/auth/me"),
    "the events are asked for before who is signed in",
  );
  page.removeAllListeners("request");
  await page.goBack();
  await page.getByRole("row").nth(1).waitFor();
}

/** From "this agent failed" to the failing step: at most three actions. */
async function byMouse() {
  let actions = 0;
  const act = async (what) => {
    await what;
    actions++;
  };
  await act(page.getByRole("row", { name: new RegExp(failed) }).click());
  await page.getByRole("treeitem").first().waitFor();
  await act(page.getByRole("button", { name: /^Next failing step/ }).click());
  await inspected(failing);
  await page.getByText("orders.find timed out").first().waitFor();
  must(actions <= 3, `the failing step is found in at most 3 actions, not ${actions}`);
  await look(page, `trace-failed-${theme}`);
  await clean("the tree");
}

/** The same without a mouse. */
async function byKeys() {
  await page.goto(`${base}/traces`);
  await page.getByRole("row", { name: new RegExp(failed) }).waitFor();
  const current = page.locator("[role=row][data-current]");
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press("j");
    if ((await current.textContent())?.includes(failed)) break;
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/traces/${failed}`));
  await page.getByRole("treeitem").first().waitFor();
  await page.keyboard.press("e");
  await inspected(failing);
  must((await chosen()) === failing, "the key e goes to the failing step");
}

async function tree() {
  await page.goto(`${base}/traces/${long}`);
  await page.getByRole("treeitem").first().waitFor();
  const rows = () => page.getByRole("tree").getAttribute("data-rows").then(Number);
  const all = await rows();
  must((await page.getByRole("treeitem").count()) < 120, "only the rows in view exist");
  must((await page.getByText("×5").count()) > 0, "similar siblings are one row");
  // Choosing never moves the tree.
  const scroller = page.getByRole("tree");
  await scroller.evaluate((element) => element.scrollTo(0, 400));
  await page.waitForTimeout(50);
  const before = await scroller.evaluate((element) => element.scrollTop);
  await page.getByRole("treeitem").nth(20).click();
  must(
    (await scroller.evaluate((element) => element.scrollTop)) === before,
    "a click leaves the tree where it is",
  );
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector("[role=treeitem][aria-selected=true]"));
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelector("[role=tree]").dataset.rows === "1");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (count) => Number(document.querySelector("[role=tree]").dataset.rows) === count,
    all,
  );
  await page.keyboard.press("/");
  await page.keyboard.type("needle in the hay");
  await page.waitForFunction(() => document.querySelector("[data-found]")?.dataset.found === "1");
  await page.keyboard.press("Enter");
  await page.waitForURL(/find=needle/);
  await page.waitForFunction(() =>
    document.querySelector("[role=treeitem][aria-selected=true]")?.textContent?.includes("lookup"),
  );
  await page.keyboard.press("Escape");
  await page.locator("[role=treeitem][aria-selected=true] [data-bar] > span").hover();
  await page.getByRole("tooltip").getByText("itself").waitFor();
  await look(page, `trace-long-${theme}`);
  const event = await chosen();
  await page.reload();
  await page.getByRole("treeitem").first().waitFor();
  await page.waitForFunction(
    (id) => document.querySelector("[role=treeitem][aria-selected=true]")?.dataset.event === id,
    event,
  );
}

async function inspector() {
  await page.goto(`${base}/traces/${chat}?event=${chat}-c2`);
  await inspected(`${chat}-c2`);
  await page.getByText("same", { exact: true }).first().waitFor();
  await look(page, `trace-messages-${theme}`);
  await clean("messages");
  await page.getByRole("tab", { name: "New only" }).click();
  await page.getByText("of its input").or(page.getByText("messages were in")).first().waitFor();
  must((await page.getByText("You help with orders.").count()) === 0, "what was said before is not new");
  await look(page, `trace-new-${theme}`);
  await page.getByRole("tab", { name: "Cost" }).click();
  await page.getByText("$ per million").waitFor();
  await page.getByText("Yes: this event counts").waitFor();
  await look(page, `trace-cost-${theme}`);
  await clean("cost");
  await page.getByRole("tab", { name: "Raw" }).click();
  await page.getByLabel("Search in this JSON").fill("gpt-4o");
  await page
    .getByText(/^\d+ found$/)
    .last()
    .waitFor();
  await clean("raw");
  await page.getByRole("tab", { name: "Where is it" }).click();
  await page.getByText("Its trace is in the lists").waitFor();
  await look(page, `trace-where-${theme}`);
  // The tab is that of the type: another call opens with it, a tool has its own.
  await page.locator(`[data-event="${chat}-c1"]`).click();
  await inspected(`${chat}-c1`);
  must(
    (await page.getByRole("tab", { selected: true }).textContent()) === "Where is it",
    "a type remembers its tab",
  );
  await page.locator(`[data-event="${chat}-t1"]`).click();
  await inspected(`${chat}-t1`);
  must(
    (await page.getByRole("tab", { selected: true }).textContent()) === "Content",
    "another type has its own",
  );
  await page.getByRole("list", { name: "Scores" }).getByText("useful").waitFor();
}

async function conversation() {
  await page.goto(`${base}/traces/${chat}`);
  await page.getByRole("button", { name: "Conversation" }).click();
  await page.waitForURL(/view=conversation/);
  const region = page.getByRole("region", { name: "Conversation" });
  await region.getByText("It was lost; you get a refund.").waitFor();
  must(
    (await region.getByText("You help with orders.").count()) === 1,
    "each message of the conversation stands once",
  );
  await look(page, `trace-conversation-${theme}`);
  await clean("the conversation");
}

/** axe finds nothing wrong. */
async function clean(where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const shown = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map((node) => node.html.slice(0, 160))
        .slice(0, 3)
        .join(" | ")}`,
  );
  must(violations.length === 0, `axe finds nothing in ${where}: ${shown.join("\n")}`);
}
