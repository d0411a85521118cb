// Every page outside the trace, in one theme: it shows what was sent, has no errors, and axe finds nothing.
// Usage: node pages.mjs <base url> <email> <password>; THEME is light or dark, SCREENS a folder for pictures.
import { accessible } from "./accessible.mjs";
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password] = process.argv.slice(2);
const theme = process.env.THEME ?? "light";
const width = Number(process.env.WIDTH ?? 1280);
const { browser, page, errors } = await openPage({ width, height: Math.round(width * 0.625), theme });

const cell = (name) => page.getByRole("table", { name }).getByRole("cell").first();
const PAGES = [
  [
    "dashboard",
    "dashboard",
    () => page.getByRole("table", { name: "Groups by model" }).getByRole("row").nth(1),
  ],
  ["dashboard-by-type", "dashboard?by=type&sort=-events", () => page.getByRole("rowheader").first()],
  ["traces", "traces", () => cell("Traces")],
  ["traces-filtered", "traces?q=status%3Aerror", () => cell("Traces")],
  ["traces-wrong-filter", "traces?q=stauts%3Aerror", () => page.getByRole("alert")],
  ["traces-none", "traces?q=user%3Anobody", () => page.getByText("fits the filter")],
  ["events", "traces?of=events", () => cell("Events")],
  ["sessions", "sessions", () => cell("Sessions")],
  ["sessions-none", "sessions?q=user%3Anobody", () => page.getByText("fit the filter")],
  ["session", "sessions/session-1", () => page.getByRole("article").nth(1)],
  ["session-missing", "sessions/not-there", () => page.getByText("no such session")],
  ["search", "search?text=refund", () => page.getByRole("list", { name: "Results" }).locator("mark").first()],
  ["search-none", "search?text=nothing-has-this", () => page.getByText("is in no input")],
  ["search-empty", "search", () => page.getByText("Find what was said")],
  ["end-users", "end-users", () => cell("End users")],
  ["end-user", "end-users/user-1", () => page.getByRole("article").first()],
];

try {
  await signIn(page, base, email, password);
  const project = /\/p\/([^/]+)\//.exec(page.url())[1];
  errors.length = 0;
  for (const [name, path, there] of PAGES) {
    await page.goto(`${base}/p/${project}/${path}`);
    await there().waitFor();
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
    must((await page.getByRole("heading", { level: 1 }).count()) === 1, `${name} has one title`);
    await accessible(page, `${name} in ${theme}`);
    await look(page, `${name}-${theme}-${width}`);
    // An id that is not there is answered with 404, which the page says in words.
    const unexpected = errors.filter((text) => !(name.endsWith("missing") && text.includes("404")));
    must(unexpected.length === 0, `${name} has no errors: ${unexpected}`);
    errors.length = 0;
  }
  await overlays(project);
} finally {
  await browser.close();
}

/** What opens over a page. */
async function overlays(project) {
  await page.goto(`${base}/p/${project}/traces`);
  await cell("Traces").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("option").nth(2).waitFor();
  await accessible(page, `the palette in ${theme}`);
  await look(page, `palette-${theme}-${width}`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await accessible(page, `the keys in ${theme}`);
  await look(page, `keys-${theme}-${width}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByLabel("To, exclusive").waitFor();
  await accessible(page, `the range picker in ${theme}`);
  await look(page, `range-${theme}-${width}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByText("Nothing is saved yet").waitFor();
  await accessible(page, `saved views in ${theme}`);
  await page.keyboard.press("Escape");
  await page.getByLabel("Name of this view").waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.keyboard.type("mod");
  await page
    .getByRole("option", { name: /^model/ })
    .first()
    .waitFor();
  await accessible(page, `suggestions in ${theme}`);
  await look(page, `suggestions-${theme}-${width}`);
}
