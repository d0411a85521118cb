// What the browser tests share: Chromium, a page that reports its own errors, and looking at it.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Opens a page of the given size; `errors` collects what the page complained about. */
export async function openPage({ width = 1280, height = 800, theme = "light" } = {}) {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (!executablePath) throw new Error("no Chromium found; set CHROMIUM to its path");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // Not being signed in yet is an answer, not a fault.
    if (message.type() === "error" && !message.text().includes("401")) errors.push(message.text());
  });
  return { browser, page, errors };
}

/** Ends the program with what is wrong unless it holds. */
export function must(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** Takes a screenshot when a folder for them is given. */
export async function look(page, name) {
  const folder = process.env.SCREENS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Signs in, and returns once the list of traces is there. */
export async function signIn(page, base, email, password) {
  await page.goto(`${base}/login`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/traces/);
}
