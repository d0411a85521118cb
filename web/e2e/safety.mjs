// What models and users write stays text: nothing of it runs, leaves the page, or breaks its policy.
// Usage: node safety.mjs <base url> <email> <password> <JSON: [{"trace", "payload", "modes", "events": [ids]}]>
import { must, openPage, signIn } from "./browser.mjs";

const [base, email, password, given] = process.argv.slice(2);
const cases = JSON.parse(given);
const { browser, page, errors } = await openPage();
const elsewhere = [];
page.on("request", (request) => {
  if (!request.url().startsWith(base) && !request.url().startsWith("data:")) elsewhere.push(request.url());
});
await page.addInitScript(() => {
  window.broken = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.broken.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
});
try {
  await signIn(page, base, email, password);
  for (const one of cases) {
    for (const mode of one.modes) {
      await page.evaluate((chosen) => localStorage.setItem("watchllm.prose", chosen), mode);
      await readAll(one, mode);
    }
    await copied(one);
  }
  await page.goto(`${base}/traces`);
  await page.getByRole("table", { name: "Traces" }).waitFor();
  await stayedInert("the list of traces");
  must(elsewhere.length === 0, `no request leaves: ${elsewhere}`);
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

/** Opens every event of a trace and every tab of it, and the conversation. */
async function readAll({ trace, payload, events }, mode) {
  await page.goto(`${base}/traces/${trace}`);
  for (const event of events) {
    await page.locator(`[data-event="${event}"]`).click();
    await page.locator(`[data-inspector="${event}"]`).waitFor();
    for (const tab of await page.getByRole("tab").all()) {
      const name = await tab.textContent();
      if (name === "Where is it") continue;
      await tab.click();
      await page.getByRole("tabpanel").locator("> *").first().waitFor();
      await followNothing(payload);
      await stayedInert(`${trace}, ${event}, ${name}, ${mode}`);
    }
  }
  await page.goto(`${base}/traces/${trace}?view=conversation`);
  await page.getByRole("region", { name: "Conversation" }).waitFor();
  await page.locator("article").first().waitFor();
  await stayedInert(`${trace}, conversation, ${mode}`);
}

/** What leads elsewhere is a button; a click on it shows the address, and opens nothing. */
async function followNothing(payload) {
  const leads = page.getByTitle(/^Show where this (link|image) leads$/);
  const count = Math.min(await leads.count(), 3);
  for (let at = 0; at < count; at++) {
    const before = page.url();
    await leads.nth(at).click();
    await page.getByRole("button", { name: "Copy the address" }).first().waitFor();
    must(page.url() === before, "a click on a link of a text stays on the page");
    await leads.nth(at).click();
  }
  for (const link of await page.locator("[role=tabpanel] a").all()) {
    const href = await link.getAttribute("href");
    must(
      /^https?:/.test(href ?? ""),
      `an address of a text that can be opened is one of the web, not ${href}: ${payload}`,
    );
    must((await link.getAttribute("rel"))?.includes("noopener"), "what opens has no way back");
  }
}

async function stayedInert(where) {
  const found = await page.evaluate(() => ({
    ran: window.pwned,
    broken: window.broken,
    foreign: document.querySelectorAll(
      "[role=tabpanel] :is(script, iframe, style, form, math, object, embed, base, meta, link), [role=tree] :is(script, iframe, style, form, math)",
    ).length,
    images: document.querySelectorAll(
      "[role=tabpanel] img, [role=tree] img, header img:not([src='/favicon.svg'])",
    ).length,
  }));
  must(found.ran === undefined, `no script of a text runs: ${where}`);
  must(found.broken.length === 0, `the policy reports nothing: ${where}: ${found.broken}`);
  must(found.foreign === 0, `a text makes no elements: ${where}`);
  must(found.images === 0, `no image of a text loads by itself: ${where}`);
}

/** What is copied is what was sent, byte by byte. */
async function copied({ trace, payload, events }) {
  await page.goto(`${base}/traces/${trace}?event=${encodeURIComponent(events[1])}`);
  await page.locator(`[data-inspector="${events[1]}"]`).waitFor();
  await page.getByRole("tab", { name: "Raw" }).click();
  await page.getByRole("button", { name: "Copy the JSON" }).first().click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  must(
    JSON.stringify(JSON.parse(text)).includes(JSON.stringify(payload).slice(1, -1)),
    `a copy is the original: ${payload}`,
  );
}
