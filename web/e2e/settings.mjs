// A project is made, its keys are made, rotated and revoked, people's roles change, and the audit log says all of it.
// Usage: node settings.mjs <base url> <email> <password> <light|dark>
import { accessible } from "./accessible.mjs";
import { look, must, openPage, signIn } from "./browser.mjs";

const [base, email, password, theme] = process.argv.slice(2);
const { browser, page, errors } = await openPage({ theme });
const section = (name) =>
  page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name }).click();
const button = (name) => page.getByRole("button", { name });
const project = `support agent ${theme}`;

try {
  await signIn(page, base, email, password);
  await makeProject();
  const first = await makeKey();
  await rotateAndRevoke(first);
  await rename();
  await redact();
  await readMembers();
  await readAudit();
  await findAndDelete();
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

async function makeProject() {
  await button("Choose a project")
    .or(page.locator("header button[aria-haspopup=dialog]").first())
    .first()
    .click();
  await look(page, `project-selector-${theme}`);
  await button("New project…").click();
  await page.getByRole("textbox", { name: "Name" }).fill(project);
  await page.getByLabel("Description").fill("answers customers");
  await look(page, `project-new-${theme}`);
  await button("Make the project").click();
  await page.waitForURL(/\/settings\/keys/);
  await page.getByText("This project has no key yet.").waitFor();
  await accessible(page, "the settings without a key");
  await look(page, `settings-keys-empty-${theme}`);
}

async function makeKey() {
  await button("New key").click();
  await page.getByRole("textbox", { name: "Name" }).fill("worker");
  await page.getByLabel(/read traces/).check();
  await page.getByLabel("It expires").selectOption("90");
  await look(page, `settings-key-new-${theme}`);
  await button("Make the key").click();
  const shown = await page.locator("[role=status] code").textContent();
  must(/^wl_\w{12}_\w{43}_\w{6}$/.test(shown), "the whole key is shown once");
  await button("Copy the key").click();
  must((await page.evaluate(() => navigator.clipboard.readText())) === shown, "the key is copied");
  await look(page, `settings-key-made-${theme}`);
  await button("I have it").click();
  must(!(await page.content()).includes(shown), "the key is not shown again");
  return shown;
}

async function rotateAndRevoke(first) {
  await button("Rotate worker").click();
  const second = await page.locator("[role=status] code").textContent();
  must(second !== first, "the new key is another");
  await button("I have it").click();
  const lines = page.getByRole("table", { name: "API keys" }).locator("tbody tr");
  must((await lines.count()) === 2, "the old key works on beside the new one");
  await lines.nth(0).getByRole("button", { name: "Revoke worker" }).click();
  await lines.nth(0).getByRole("button", { name: "Revoke" }).click();
  await lines.nth(0).getByText("revoked").waitFor();
  await accessible(page, "the keys");
  await look(page, `settings-keys-${theme}`);
}

async function rename() {
  await section("Project");
  await page.getByRole("textbox", { name: "Name" }).fill(`${project} renamed`);
  await button("Save").click();
  await page.getByText("Saved.").waitFor();
  await button(`${project} renamed`).waitFor();
  await accessible(page, "the project's settings");
  await look(page, `settings-project-${theme}`);
}

async function redact() {
  await section("Redaction");
  await page.getByLabel("E-mail addresses").check();
  await button("Add a pattern").click();
  await page.getByLabel("Name of the pattern").fill("ticket");
  await page.getByLabel("Pattern", { exact: true }).fill("TICKET-[0-9]+");
  await page.getByLabel("Try it on a text").fill("ada@example.com asks about TICKET-12");
  await button("Try").click();
  await page.getByText("[redacted:email] asks about [redacted:ticket]").waitFor();
  await accessible(page, "the rules of redaction");
  await look(page, `settings-redaction-${theme}`);
  await page.getByLabel("Pattern", { exact: true }).fill("(");
  await button("Save").click();
  await page.getByText("the pattern cannot be used").waitFor();
  must(
    errors.splice(0).every((error) => error.includes("400")),
    `nothing else failed: ${errors}`,
  );
  await page.getByLabel("Pattern", { exact: true }).fill("TICKET-[0-9]+");
  await button("Save").click();
  await page.getByText("Saved.").waitFor();
  await page.reload();
  must(await page.getByLabel("E-mail addresses").isChecked(), "the rules are kept");
  must(
    (await page.getByLabel("Pattern", { exact: true }).inputValue()) === "TICKET-[0-9]+",
    "the pattern is kept",
  );
}

async function readMembers() {
  await section("Members");
  await page.getByText("(you)").waitFor();
  await page.getByLabel(/^Role of/).selectOption("VIEWER");
  await page.getByText("a project needs an owner").waitFor();
  // The browser says of every refusal that it was one.
  must(
    errors.splice(0).every((error) => error.includes("409")),
    `nothing else failed: ${errors}`,
  );
  await accessible(page, "the members");
  await look(page, `settings-members-${theme}`);
}

async function readAudit() {
  await section("Audit log");
  const lines = page.getByRole("table", { name: "Audit log" }).locator("tbody tr");
  await lines.first().waitFor();
  const said = await lines.locator("td:nth-child(5)").allTextContents();
  const expected = [
    "project:change",
    "project:change",
    "api_keys:write",
    "api_keys:write",
    "api_keys:write",
    "projects:create",
  ];
  must(JSON.stringify(said) === JSON.stringify(expected), `the log says what was done: ${said}`);
  await accessible(page, "the audit log");
  await look(page, `settings-audit-${theme}`);
}

async function findAndDelete() {
  await button(`${project} renamed`).click();
  await page.getByLabel("Find a project").fill("nothing like it");
  await page.getByText("No project has this name.").waitFor();
  await page.getByLabel("Find a project").fill("RENAMED");
  await page.getByRole("link", { name: new RegExp(`${project} renamed`) }).click();
  await page.waitForURL(/\/traces/);
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await button("Delete this project").click();
  await button("Delete").click();
  await page.waitForURL(/\/traces/);
  must(!(await page.content()).includes(`${project} renamed`), "a deleted project is gone");
  await button(email).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await button(`Restore ${project} renamed`).waitFor();
  await accessible(page, "the account with a deleted project");
  await look(page, `account-deleted-project-${theme}`);
  await button(`Restore ${project} renamed`).click();
  await button(`Restore ${project} renamed`).waitFor({ state: "detached" });
  await page.locator("header button[aria-haspopup=dialog]").first().click();
  await page.getByRole("link", { name: new RegExp(`${project} renamed`) }).waitFor();
}
