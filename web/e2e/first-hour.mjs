// The first hour of a team: in by the link, a project, a second person by an invite, roles, a rotated key, the audit log.
// Usage: node first-hour.mjs <link>
import { accessible } from "./accessible.mjs";
import { look, must, openPage } from "./browser.mjs";

const [link] = process.argv.slice(2);
const { browser, page: owner, errors } = await openPage();
const other = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
const button = (page, name) => page.getByRole("button", { name });
const section = (page, name) =>
  page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name }).click();

try {
  await owner.goto(link);
  await owner.getByText("Send the first trace").waitFor();
  await button(owner, "Default project").click();
  await button(owner, "New project…").click();
  await owner.getByRole("textbox", { name: "Name" }).fill("team agent");
  await button(owner, "Make the project").click();
  await button(owner, "New key").click();
  await owner.getByRole("textbox", { name: "Name" }).fill("agent");
  await button(owner, "Make the key").click();
  await button(owner, "I have it").click();
  const invited = await invite();
  await join(invited);
  await seeNothingToChange();
  await raise();
  await rotate();
  await readAudit();
  must(errors.length === 0, `the page has no errors: ${errors}`);
} finally {
  await browser.close();
}

async function invite() {
  await section(owner, "Members");
  await owner.getByLabel("E-mail").fill("bob@example.com");
  await button(owner, "Invite").click();
  const invited = await owner.locator("[role=status] code").textContent();
  must(/\/auth\/invite\/\S{40,}$/.test(invited), `a link is shown: ${invited}`);
  await owner.getByRole("table", { name: "Invites" }).getByText("bob@example.com").waitFor();
  await accessible(owner, "the members with an invite");
  await look(owner, "settings-invited");
  return invited;
}

async function join(invited) {
  await other.goto(invited);
  await other.getByLabel("Your name").fill("Bob");
  await other.getByLabel(/A password/).fill("short");
  await button(other, "Join").click();
  await other.getByRole("alert").waitFor();
  await other.getByLabel(/A password/).fill("correct horse battery staple");
  await accessible(other, "the invite");
  await look(other, "invite");
  await button(other, "Join").click();
  await other.waitForURL(/\/traces/);
  await button(other, "team agent").waitFor();
}

async function seeNothingToChange() {
  await other.getByRole("link", { name: "Settings", exact: true }).click();
  await other.getByText("VIEWER").waitFor();
  must(await other.getByRole("textbox", { name: "Name" }).isDisabled(), "a viewer changes no name");
  must((await button(other, "Save").count()) === 0, "a viewer saves nothing");
  const sections = await other
    .getByRole("navigation", { name: "Settings" })
    .getByRole("link")
    .allTextContents();
  must(JSON.stringify(sections) === '["Project","Members"]', `no keys and no log for a viewer: ${sections}`);
  await section(other, "Members");
  await other.getByText("(you)").waitFor();
  must((await other.getByLabel(/^Role of/).count()) === 0, "a viewer changes no role");
  must(!(await other.content()).includes("admin@"), "a viewer sees no addresses");
  await look(other, "settings-viewer");
}

async function raise() {
  await owner.reload();
  await owner.getByLabel("Role of Bob").selectOption("MEMBER");
  await other.reload();
  await other.getByRole("row", { name: /Bob.*MEMBER/ }).waitFor();
}

async function rotate() {
  await section(owner, "API keys");
  await button(owner, "Rotate agent").click();
  await button(owner, "I have it").click();
}

async function readAudit() {
  await section(owner, "Audit log");
  const lines = owner.getByRole("table", { name: "Audit log" }).locator("tbody tr");
  await lines.first().waitFor();
  const said = (await lines.locator("td:nth-child(5)").allTextContents()).reverse();
  const expected = [
    "projects:create",
    "api_keys:write",
    "members:invite",
    "members:accept",
    "members:change",
    "api_keys:write",
  ];
  must(JSON.stringify(said) === JSON.stringify(expected), `the log says what was done: ${said}`);
  await look(owner, "settings-audit-of-a-team");
}
