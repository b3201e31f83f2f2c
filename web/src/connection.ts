// connection.ts: one WebSocket after the other. Gives each command a number and its answers back,
// comes again by itself after a cut, and finds out by a ping whether the server is still there.
import { type Command, type Incoming, Refusal } from "./protocol";

export type LinkState = "connecting" | "online" | "offline" | "ended";

export interface Listener {
  opened(): void; // a new connection; the server's first message follows
  received(message: Incoming): void; // all but the pieces of pages that were asked for
  changed(): void; // state or retryAt
}

interface Asked {
  pieces: Incoming[] | null; // null: not a page
  resolve(answers: Incoming[]): void;
  reject(why: unknown): void;
}

const PING_MS = 25_000;
const PONG_MS = 10_000;
const RETRY_MIN_MS = 400;
const RETRY_MAX_MS = 15_000;

// These come in pieces; the last is another type, or says `end`.
const PIECES = new Set(["past", "found", "audit"]);
const LISTS = new Set(["rooms", "members", "restraints"]);

// Codes of `closed` after which coming again would not help.
const FINAL = new Set(["logged_out", "account_gone", "killed", "too_many_sessions"]);

export class Connection {
  state: LinkState = "connecting";
  retryAt = 0; // Unix milliseconds, while offline
  ending: Incoming | null = null; // why the server ended it
  private socket: WebSocket | null = null;
  private asked = new Map<number, Asked>();
  private ref = 0;
  private retryMs = RETRY_MIN_MS;
  private timer = 0;
  private pinger = 0;
  private heardAt = 0;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
  ) {
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.cut());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.state === "offline") this.hurry();
      else this.probe();
    });
  }

  start(): void {
    clearTimeout(this.timer);
    this.ending = null;
    this.set("connecting");
    const socket = new WebSocket(this.url, "parlance.json");
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      this.heardAt = Date.now();
      this.pinger = window.setInterval(() => this.beat(), 5_000);
      this.listener.opened();
    };
    socket.onmessage = (message) => {
      if (this.socket === socket) this.take(String(message.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  // The person is in: what went wrong before does not count any more.
  settled(): void {
    this.retryMs = RETRY_MIN_MS;
    this.set("online");
  }

  stop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.drop();
    this.set("ended");
    socket?.close();
  }

  hurry(): void {
    if (this.state !== "offline") return;
    this.retryMs = RETRY_MIN_MS;
    this.start();
  }

  // Gives up this connection, as where it is known to be dead; another one is made.
  cut(): void {
    const socket = this.socket;
    if (!socket) return;
    this.lost();
    socket.close();
  }

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  tell(command: Command): void {
    if (this.open) this.socket!.send(JSON.stringify(command));
  }

  // Resolves with the first answer, which `received` has seen as well.
  async ask(command: Command): Promise<Incoming> {
    return (await this.request(command, null))[0]!;
  }

  // Resolves with all pieces of a page or list; the last is its end.
  page(command: Command): Promise<Incoming[]> {
    return this.request(command, []);
  }

  private request(command: Command, pieces: Incoming[] | null): Promise<Incoming[]> {
    return new Promise((resolve, reject) => {
      if (!this.open) {
        reject(new Refusal("offline", "There is no connection to the server."));
        return;
      }
      this.ref = (this.ref % 65535) + 1;
      this.asked.set(this.ref, { pieces, resolve, reject });
      this.tell({ ...command, ref: this.ref });
    });
  }

  private take(text: string): void {
    this.heardAt = Date.now();
    const message = JSON.parse(text) as Incoming;
    if (message.type === "closed") this.ending = message;
    const asked = message.ref === undefined ? undefined : this.asked.get(message.ref);
    if (!asked || !this.answer(message, asked)) this.listener.received(message);
  }

  // True: a piece of a page, which is for the asker alone.
  private answer(message: Incoming, asked: Asked): boolean {
    const ref = message.ref!;
    if (message.type === "error") {
      this.asked.delete(ref);
      asked.reject(new Refusal(message.code, message.text, message.retry_ms));
      return true;
    }
    if (!asked.pieces) {
      this.asked.delete(ref);
      this.listener.received(message);
      asked.resolve([message]);
      return true;
    }
    asked.pieces.push(message);
    if (PIECES.has(message.type) || (LISTS.has(message.type) && !message.end)) return true;
    this.asked.delete(ref);
    asked.resolve(asked.pieces);
    return true;
  }

  private beat(): void {
    const quiet = Date.now() - this.heardAt;
    if (quiet > PING_MS + PONG_MS) this.cut();
    else if (quiet > PING_MS) this.tell({ type: "ping", text: "" });
  }

  // A page that comes to the front wants to know now, not in half a minute.
  private probe(): void {
    if (!this.open) return;
    const asked = Date.now();
    this.tell({ type: "ping", text: "" });
    setTimeout(() => {
      if (this.open && this.heardAt < asked) this.cut();
    }, PONG_MS);
  }

  private drop(): void {
    clearInterval(this.pinger);
    this.socket = null;
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const one of asked) one.reject(new Refusal("offline", "The connection was cut."));
  }

  private lost(): void {
    this.drop();
    if (this.ending && FINAL.has(this.ending.code)) {
      this.set("ended");
      return;
    }
    const wait = this.retryMs * (0.7 + 0.6 * Math.random());
    this.retryMs = Math.min(this.retryMs * 1.8, RETRY_MAX_MS);
    this.retryAt = Date.now() + wait;
    this.timer = window.setTimeout(() => this.start(), wait);
    this.set("offline");
  }

  private set(state: LinkState): void {
    this.state = state;
    this.listener.changed();
  }
}
