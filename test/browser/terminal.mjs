// terminal.mjs: people in `parlance chat`, in a terminal that tmux is.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PARLANCE, until } from "./server.mjs";

export class Terminal {
  // `words`: more options of `parlance chat`.
  static async open(port, name, { columns = 100, rows = 40, words = [] } = {}) {
    const terminal = new Terminal();
    const home = terminal.folder;
    const chat = [PARLANCE, "chat", `127.0.0.1:${port}`, "--name", name, ...words];
    terminal.tmux("-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows),
      ...["env", `HOME=${home}`, "TZ=UTC", "COLORTERM=truecolor", ...chat], ";", "set", "-g", "status", "off");
    await terminal.sees("connected");
    return terminal;
  }

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "parlance-terminal-"));
  }

  tmux(...words) {
    const env = { ...process.env, TERM: "tmux-256color", LC_ALL: "C.UTF-8" };
    delete env.TMUX;
    return execFileSync("tmux", ["-S", join(this.folder, "socket"), ...words], { env, encoding: "utf8" });
  }

  // What is on it; `coloured`: with the sequences that colour it.
  screen(coloured = false) {
    return this.tmux("capture-pane", "-p", ...(coloured ? ["-e"] : []));
  }

  keys(...names) {
    this.tmux("send-keys", ...names);
  }

  say(text) {
    this.tmux("send-keys", "-l", text);
    this.keys("Enter");
  }

  sees(text) {
    return until(() => this.screen().includes(text), `${text} in\n${this.screen()}`);
  }

  end() {
    try {
      this.tmux("kill-server");
    } catch {
      // It has ended by itself.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
