// One's own account: another browser is seen and signed out, and the password is changed.
// Usage: node account.mjs <base url> <email> <password> <new password>
import { accessible } from "./accessible.mjs";
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password, next] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
const button = (name) => page.getByRole("button", { name });
const sessions = page.getByRole("table", { name: "Sessions" }).locator("tbody tr");

try {
  const other = await (await browser.newContext()).newPage();
  await signIn(other, base, email, password);
  await signIn(page, base, email, password);
  await button(email).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await sessions.nth(1).waitFor();
  await accessible(page, "the account");
  await look(page, "account");
  await button("Sign out").click();
  await sessions.nth(1).waitFor({ state: "detached" });
  await other.reload();
  await other.waitForURL(/\/login/);
  await signIn(other, base, email, password);
  await change("not the password");
  await page.getByText("the current password is wrong").waitFor();
  await change(password);
  await page.getByText("Saved.").waitFor();
  await other.reload();
  await other.waitForURL(/\/login/);
  await signIn(other, base, email, next);
  const refused = errors.filter((error) => !error.includes("400"));
  must(refused.length === 0, `the page has no errors: ${refused}`);
} finally {
  await browser.close();
}

async function change(current) {
  await page.getByLabel("The present password").fill(current);
  await page.getByLabel(/The new password/).fill(next);
  await button("Save the password").click();
}
