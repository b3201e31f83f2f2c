// server.mjs: a server of a test's own, and clients of other dialects than the browser's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const PARLANCE = resolve(process.env.PARLANCE ?? "build/parlance");
// What is meant for the tests is no setting of a server.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^PARLANCE/.test(key)));
const PATIENCE_MS = 15_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until `what` gives something that is not false, and gives that. `why`: a text, or what
// makes it in the end.
export async function until(what, why, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const got = await what();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited in vain: ${typeof why === "function" ? why() : why}`);
    await sleep(25);
  }
}

export function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export class Server {
  // `sections` of the configuration, as text; or what makes it for the server's folder.
  constructor(sections = "") {
    this.folder = mkdtempSync(join(tmpdir(), "parlance-browser-"));
    this.sections = sections;
  }

  // A listener of each of these dialects, on a port of its own.
  async start(dialects = ["web", "line", "irc"]) {
    this.ports ??= Object.fromEntries(
      await Promise.all(dialects.map(async (dialect) => [dialect, await freePort()])),
    );
    if (typeof this.sections === "function") this.sections = await this.sections(this.folder);
    let text = `server { data = "${this.folder}/data" }\n${this.sections}\n`;
    for (const [dialect, port] of Object.entries(this.ports))
      text += `listen "${dialect}" { dialect = "${dialect}" address = "127.0.0.1:${port}" }\n`;
    writeFileSync(join(this.folder, "parlance.conf"), text);
    this.process = spawn(PARLANCE, ["serve", "--config", join(this.folder, "parlance.conf")], {
      cwd: this.folder,
      env: ENVIRONMENT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.log = this.said = "";
    this.process.stdout.on("data", (piece) => (this.said += piece));
    this.process.stderr.on("data", (piece) => (this.log += piece));
    await until(() => {
      if (this.process.exitCode !== null) throw new Error(`the server ended: ${this.log}`);
      return this.log.includes('event="started"');
    }, "the server starts");
    return this;
  }

  get url() {
    return this.secure ?? `http://127.0.0.1:${this.ports.web}`;
  }

  async kill(signal = "SIGKILL") {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode) return;
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }

  async end() {
    await this.kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// A client of lines: of the line dialect, of IRC, or the program nc.
export class Lines {
  static async open(port) {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Lines(socket, socket, () => socket.destroy());
  }

  static nc(port) {
    const child = spawn("timeout", ["120", "nc", "127.0.0.1", String(port)], { stdio: ["pipe", "pipe", "ignore"] });
    return new Lines(child.stdout, child.stdin, () => child.kill());
  }

  static async irc(port, nick) {
    const client = await Lines.open(port);
    client.say(`NICK ${nick}`);
    client.say(`USER ${nick} 0 * :${nick}`);
    await client.hear(/ 001 /);
    return client;
  }

  constructor(from, to, end) {
    this.text = "";
    this.to = to;
    this.end = end;
    from.setEncoding("utf8");
    from.on("data", (piece) => {
      this.text += piece;
      for (const ping of piece.matchAll(/^PING (.*?)\r?$/gm)) this.say(`PONG ${ping[1]}`);
    });
    from.on("error", () => {});
    to.on("error", () => {});
  }

  say(...lines) {
    for (const line of lines) this.to.write(`${line}\r\n`);
  }

  hear(form) {
    return until(() => form.exec(this.text), () => `${form} in:\n${this.text.slice(-800)}`);
  }
}
