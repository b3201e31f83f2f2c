// browser.mjs: people in chromium. Whatever a page complains of is kept, and fails its test.
import { existsSync } from "node:fs";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { until } from "./server.mjs";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function launch() {
  const executablePath = process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("there is no chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

// What a cut connection makes the browser say is no complaint.
const EXPECTED = /ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|ERR_NETWORK|WebSocket connection to|Failed to load resource/;

export class Someone {
  static async open(browser, server, options = {}) {
    const { width = 1280, height = 800, phone = false, ...more } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      ...(phone && { hasTouch: true, isMobile: true }),
      ...more,
    });
    const page = await context.newPage();
    const someone = new Someone(context, page, server);
    page.on("pageerror", (error) => someone.complaints.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED.test(message.text()))
        someone.complaints.push(`console: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      someone.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        (window.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    return someone;
  }

  constructor(context, page, server) {
    Object.assign(this, { context, page, server, complaints: [] });
  }

  async guest(name, path = "/") {
    this.name = name;
    await this.page.goto(this.server.url + path);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Come in" }).click();
    await this.page.locator(".composer textarea").waitFor();
    return this;
  }

  async account(name, password, register = true) {
    this.name = name;
    await this.page.goto(this.server.url);
    await this.page.getByRole("radio", { name: register ? "New account" : "Sign in" }).click();
    await this.page.getByLabel(register ? "Your name" : "Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: register ? "Create the account" : "Sign in" }).click();
    await this.page.locator(".composer textarea").waitFor();
    return this;
  }

  get box() {
    return this.page.locator(".composer textarea");
  }

  async say(text) {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  row(text) {
    return this.page.locator(".row", { has: this.page.locator(".text", { hasText: text }) }).last();
  }

  // The texts of the messages that stand in the room, those not sent among them.
  texts() {
    return this.page.locator(".row .text").allInnerTexts();
  }

  async sees(text) {
    await this.row(text).waitFor({ timeout: 15_000 });
  }

  stored(text) {
    return until(async () => (await this.row(text).getAttribute("class"))?.includes("stored"), `${text} is stored`);
  }

  async menu(text, item) {
    await this.row(text).hover();
    await this.row(text).getByRole("button", { name: "More" }).click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  violations() {
    return this.page.evaluate(() => window.violations ?? []);
  }

  async check() {
    if (!this.page.isClosed()) this.complaints.push(...(await this.violations()));
    if (this.complaints.length > 0)
      throw new Error(`${this.name} complains: ${this.complaints.slice(0, 5).join("; ")}`);
  }
}
