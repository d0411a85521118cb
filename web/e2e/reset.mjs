// A lost password: a letter is asked for, and its link sets a new one and signs in.
// Usage: node reset.mjs <base url> ask <email>  |  node reset.mjs <base url> set <token> <password>
import { accessible } from "./accessible.mjs";
import { look, must, openPage } from "./browser.mjs";

const [base, step, given, password] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
const button = (name) => page.getByRole("button", { name });

try {
  await (step === "ask" ? ask() : set());
  const unexpected = errors.filter((error) => !error.includes("400"));
  must(unexpected.length === 0, `the page has no errors: ${unexpected}`);
} finally {
  await browser.close();
}

async function ask() {
  await page.goto(`${base}/login`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(given);
  await accessible(page, "the page of a lost password");
  await look(page, "password-forgotten");
  await button("Send me a link").click();
  await page.getByText("a letter with a link is on its way").waitFor();
}

async function set() {
  await page.goto(`${base}/auth/reset/${given}`);
  await page.getByLabel(/A password/).fill("password1234");
  await button("Set the password").click();
  await page.getByText("too easy to guess").waitFor();
  await accessible(page, "the page of a new password");
  await look(page, "password-reset");
  await page.getByLabel(/A password/).fill(password);
  await button("Set the password").click();
  await page.waitForURL(/\/traces/);
}
