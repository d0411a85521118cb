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
  ["session", "sessions/chat-a8e71361", (page) => page.getByRole("article").nth(1)],
  ["end-users", "end-users?sort=-total_cost_usd", cell],
  ["search", "search?text=wheelchair", (page) => page.locator("mark").first()],
];

for (const theme of ["light", "dark"]) {
  for (const [width, height] of SIZES) {
    const { browser, page } = await openPage({ width, height, theme });
    try {
      await signIn(page, base, email, password);
      const project = /\/p\/([^/]+)\//.exec(page.url())[1];
      for (const [name, path, there] of PAGES) {
        await page.goto(`${base}/p/${project}/${path}`);
        await there(page).waitFor();
        await page.waitForFunction(() => !document.querySelector("[aria-busy=true], .opacity-50"));
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png` });
      }
    } finally {
      await browser.close();
    }
  }
}
