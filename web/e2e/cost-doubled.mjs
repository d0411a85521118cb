// "The cost has doubled": from the dashboard to the model and then the trace behind it, by mouse and by keys alone.
// Usage: node cost-doubled.mjs <base url> <email> <password> <model> <trace id>
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password, model, traceId] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
let actions = 0;
const act = async (doing) => {
  actions += 1;
  await doing;
};

try {
  await signIn(page, base, email, password);
  errors.length = 0;
  await byMouse();
  await byKeys();
  must(errors.length === 0, `the pages have no errors: ${errors}`);
} finally {
  await browser.close();
}

async function byMouse() {
  actions = 0;
  await act(page.getByRole("link", { name: "Dashboard" }).click());
  const cost = page.getByRole("list", { name: "Totals" }).getByRole("link", { name: /^Cost/ });
  await cost.getByText(/^(×|\+\d{3} %|\+[5-9]\d %)/).waitFor();
  const first = page.getByRole("table", { name: "Groups by model" }).getByRole("link").first();
  must((await first.textContent()) === model, `the dearest model comes first: ${await first.textContent()}`);
  await look(page, "cost-doubled");
  await act(first.click());
  await page.waitForURL((url) => url.searchParams.get("q") === `model:${model}`);
  const top = page.getByRole("table", { name: "Traces" }).getByRole("link").first();
  await top.waitFor();
  await act(top.click());
  await page.waitForURL((url) => url.pathname.endsWith(`/traces/${traceId}`));
  must(actions <= 4, `at most 4 actions, not ${actions}`);
}

async function byKeys() {
  await page.goto(`${base}/traces`);
  await page.getByRole("table", { name: "Traces" }).getByRole("cell").first().waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  const first = page.getByRole("table", { name: "Groups by model" }).getByRole("link").first();
  await first.waitFor();
  // Tab reaches it; how many stops lie before it depends on the charts.
  await tabTo(first);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === `model:${model}`);
  await page.getByRole("table", { name: "Traces" }).getByRole("cell").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.endsWith(`/traces/${traceId}`));
}

async function tabTo(wanted) {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("not so: the keys reach the model");
}
