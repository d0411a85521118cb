// The first minute of a new user: the link signs in, the empty state has a snippet, pasting it shows the trace.
// Usage: node first-minute.mjs <login link>; PYTHON names an interpreter that has the package `watchllm`.
import { spawn } from "node:child_process";
import { look, must, openPage } from "./browser.mjs";

const [link] = process.argv.slice(2);
const { browser, page, errors } = await openPage();
try {
  await page.goto(link);
  await page.getByText("Send the first trace").waitFor();
  must(page.url().endsWith("/traces"), `signed in and at the list, not ${page.url()}`);
  must(!(await page.content()).includes(link.split("/").at(-1)), "the token is not in the page");
  await look(page, "empty");
  await page.getByRole("button", { name: "Copy the snippet" }).click();
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  must(/api_key="wl_\w+"/.test(snippet), "the snippet has the project's key");
  must(snippet.split("\n").filter((line) => line.trim()).length === 6, "the snippet has six lines");

  // As by hand: an interactive interpreter that gets the lines pasted.
  const python = spawn(process.env.PYTHON, ["-i", "-q"], { stdio: ["pipe", "inherit", "inherit"] });
  python.stdin.write(`${snippet}\n`);
  const pastedAt = performance.now();
  await page.getByRole("row", { name: /hello/ }).waitFor({ timeout: 15_000 });
  const visibleMs = Math.round(performance.now() - pastedAt);
  python.stdin.end("exit()\n");
  await look(page, "first-trace");

  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("treeitem").first().waitFor();
  must((await page.getByRole("treeitem").count()) === 2, "the span and its model call");
  await page.getByRole("treeitem").nth(1).click();
  await page.getByText("It shows what agents do.").waitFor();
  await look(page, "first-trace-open");
  must(errors.length === 0, `the page has no errors: ${errors}`);
  console.log(JSON.stringify({ visibleMs }));
} finally {
  await browser.close();
}
