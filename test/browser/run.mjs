// run.mjs [WORD]: each test of this folder, with a server of its own; one line a result. What a
// test opened is closed after it, and nobody in it may have had a complaint.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch, Someone } from "./browser.mjs";
import { Lines, Server } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const word = process.argv[2] ?? "";
const LIMIT_MS = process.env.PARLANCE_LONG ? 600_000 : 90_000;

class Case {
  constructor(browser) {
    this.browser = browser;
    this.opened = [];
    this.people = [];
    this.complains = false; // true: complaints are looked at by the test itself
  }

  async server(sections = "", dialects = undefined) {
    const server = new Server(sections);
    this.opened.push(() => server.end());
    return server.start(dialects);
  }

  async someone(server, options) {
    const someone = await Someone.open(this.browser, server, options);
    this.people.push(someone);
    this.opened.push(() => someone.context.close());
    return someone;
  }

  async lines(kind, port, name) {
    const client = await (kind === "irc" ? Lines.irc(port, name) : kind === "nc" ? Lines.nc(port) : Lines.open(port));
    this.opened.push(() => client.end());
    return client;
  }

  async end() {
    for (const close of this.opened.reverse()) await close();
  }
}

async function play(browser, name, test) {
  const one = new Case(browser);
  const began = Date.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it takes too long")), LIMIT_MS);
  });
  try {
    await Promise.race([test(one), late]);
    if (!one.complains) for (const someone of one.people) await someone.check();
    console.log(`ok browser: ${name}`);
    return true;
  } catch (error) {
    const lines = String(error?.stack ?? error).split("\n").filter((line) => !line.includes("node:internal"));
    console.log(lines.slice(0, 14).map((line) => `    ${line}`).join("\n"));
    console.log(`not ok browser: ${name}: ${String(error?.message ?? error).split("\n")[0].slice(0, 300)}`);
    for (const someone of one.people)
      for (const complaint of someone.complaints.slice(0, 5)) console.log(`    ${someone.name}: ${complaint}`);
    if (process.env.SHOTS && one.people[0])
      await one.people[0].page.screenshot({ path: join(process.env.SHOTS, "failed.png") }).catch(() => {});
    return false;
  } finally {
    clearTimeout(timer);
    await one.end().catch((error) => console.log(`    ${error}`));
    if (process.env.TIMES) console.log(`    ${Date.now() - began} ms`);
  }
}

let failed = 0;
let browser = null;
for (const file of readdirSync(here).filter((name) => name.endsWith(".test.mjs")).sort()) {
  const tests = (await import(pathToFileURL(join(here, file)).href)).default;
  for (const [name, test] of Object.entries(tests)) {
    if (!name.includes(word)) continue;
    browser ??= await launch();
    if (!(await play(browser, name, test))) failed++;
  }
}
await browser?.close();
process.exit(failed > 0 ? 1 : 0);
