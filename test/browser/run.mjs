// run.mjs [WORD]: each test of this folder, with a server of its own; one line a result. What a
// test opened is closed after it, and nobody in it may have had a complaint. Two are played at a
// time, since each waits more than it works; those that measure, or work more, are played alone.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch, Someone } from "./browser.mjs";
import { Lines, Server } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const word = process.argv[2] ?? "";
const LIMIT_MS = process.env.PARLANCE_LONG ? 900_000 : 90_000;
const AT_A_TIME = 2;
const ALONE = /300 ms|a long history|THREATS 46/;

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
    let fault = null; // of one; the others are closed all the same
    for (const close of this.opened.reverse())
      try {
        await close();
      } catch (error) {
        fault ??= error;
      }
    if (fault) throw fault;
  }
}

async function play(browser, name, test) {
  const one = new Case(browser);
  const began = Date.now();
  const said = []; // in one piece, whatever is played beside it
  let timer;
  let fine = false;
  one.note = (text) => said.push(`    ${text}`);
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it takes too long")), LIMIT_MS);
  });
  try {
    await Promise.race([test(one), late]);
    if (!one.complains) for (const someone of one.people) await someone.check();
    said.push(`ok browser: ${name}`);
    fine = true;
  } catch (error) {
    const lines = String(error?.stack ?? error).split("\n").filter((line) => !line.includes("node:internal"));
    said.push(...lines.slice(0, 14).map((line) => `    ${line}`));
    said.push(`not ok browser: ${name}: ${String(error?.message ?? error).split("\n")[0].slice(0, 300)}`);
    for (const someone of one.people)
      for (const complaint of someone.complaints.slice(0, 5)) said.push(`    ${someone.name}: ${complaint}`);
    if (process.env.SHOTS && one.people[0])
      await one.people[0].page.screenshot({ path: join(process.env.SHOTS, "failed.png") }).catch(() => {});
  } finally {
    clearTimeout(timer);
    await one.end().catch((error) => said.push(`    ${error}`));
    if (process.env.TIMES) said.push(`    ${Date.now() - began} ms`);
    console.log(said.join("\n"));
  }
  return fine;
}

const chosen = [];
for (const file of readdirSync(here).filter((name) => name.endsWith(".test.mjs")).sort()) {
  const tests = (await import(pathToFileURL(join(here, file)).href)).default;
  chosen.push(...Object.entries(tests).filter(([name]) => name.includes(word)));
}

let failed = 0;
const browser = chosen.length > 0 ? await launch() : null;
const together = chosen.filter(([name]) => !ALONE.test(name));
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let next = together.shift(); next; next = together.shift()) if (!(await play(browser, ...next))) failed++;
  }),
);
for (const one of chosen.filter(([name]) => ALONE.test(name))) if (!(await play(browser, ...one))) failed++;
await browser?.close();
process.exit(failed > 0 ? 1 : 0);
