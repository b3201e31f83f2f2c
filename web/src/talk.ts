// talk.ts: the history of a room, and saying something in it.
import { connection, goto, unreadTold, watching } from "./client";
import { acknowledge, addPage, addPending, directWith, findRow, forget, isRow, type Message, type Room, roomByName } from "./model";
import { type Command, Refusal, type RoomEvent } from "./protocol";
import { changed, complain, current, model, sentence, view } from "./state";
import * as storage from "./storage";

const PAGE = 60;

// The history

export function place(room: Room): object {
  return room.id ? { room: room.id } : { to: room.name };
}

// At least one row that is shown, where there is one: of a page that holds reactions alone nothing
// would be left, and nobody could scroll past it.
async function page(room: Room, bounds: object, count = PAGE): Promise<{ events: RoomEvent[]; end: boolean }> {
  for (let from = bounds; ; ) {
    const answers = await connection.page({ type: "history", ...place(room), ...from, count, all: true });
    const events = answers.filter((one) => one.type === "past").map((one) => one.event as RoomEvent);
    const over = answers.find((one) => one.type === "past_end");
    const end = (over?.count ?? 0) < count;
    if (end || events.some((event) => isRow(event.type))) return { events, end };
    from = "after" in bounds ? { after: over!.last } : { before: over!.first };
  }
}

// The first look: where one stopped reading, else the newest.
export async function loadFirst(room: Room): Promise<void> {
  room.loading = "first";
  room.early = [];
  if (model.me?.account && !room.other) await unreadTold;
  const from = room.unread > 0 && room.read > 0 && room.unread > PAGE / 2 ? room.read : 0;
  if (room.unread > 0 && room.read > 0) room.divider = room.read;
  try {
    if (!room.id && !room.other) return;
    const before = await page(room, from ? { before: from + 1 } : {});
    const after = from ? await page(room, { after: from }) : { events: [], end: true };
    addPage(room, [...before.events, ...after.events], "whole", after.end);
    room.atStart = before.end;
    noteNewest(room);
  } catch (error) {
    failedFirst(room, error);
  }
  room.loading = "";
  changed();
}

function failedFirst(room: Room, error: unknown): void {
  if (error instanceof Refusal && error.code === "offline") return;
  // A room that keeps no history, or two people who have told each other nothing.
  room.rows ??= [];
  room.loaded = room.atStart = room.atEnd = true;
}

function noteNewest(room: Room): void {
  const last = room.rows?.[room.rows.length - 1];
  if (last && last.seq > room.seq) room.seq = last.seq;
}

export async function loadMore(side: "back" | "forth"): Promise<void> {
  const room = current();
  if (!room?.rows || room.loading || (side === "back" ? room.atStart : room.atEnd)) return;
  const stored = room.rows.filter((row) => row.seq > 0);
  const edge = side === "back" ? stored[0] : stored[stored.length - 1];
  if (!edge) return;
  room.loading = side;
  room.early = [];
  changed();
  try {
    const { events, end } = await page(room, side === "back" ? { before: edge.seq } : { after: edge.seq });
    if (room.rows) addPage(room, events, side, end);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "offline")) complain(error);
  }
  room.loading = "";
  changed();
}

// Shows a message in its place, wherever in the history that is.
export async function jumpTo(room: Room, seq: number): Promise<void> {
  if (view.current !== room.key) goto(room.key);
  if (!findRow(room, seq)) {
    room.loading = "first";
    room.early = [];
    try {
      const before = await page(room, { before: seq + 1 }, 40);
      const after = await page(room, { after: seq }, 40);
      addPage(room, [...before.events, ...after.events], "whole", after.end);
      room.atStart = before.end;
    } catch (error) {
      complain(error);
    }
    room.loading = "";
  }
  view.atBottom = false;
  room.highlight = seq;
  room.rev++;
  changed();
}

export async function jumpToNewest(): Promise<void> {
  const room = current();
  if (!room) return;
  if (!room.atEnd) {
    forget(room);
    room.unread = room.mentions = 0;
    await loadFirst(room);
  }
  view.atBottom = true;
  room.highlight = 0;
  room.rev++;
  seen();
  changed();
}

let readTimer = 0;

// The newest messages of the open room are in view: they are read.
export function seen(): void {
  const room = current();
  if (!room || !watching(room)) return;
  room.below = 0;
  if (room.unread === 0 && room.mentions === 0 && room.told >= room.seq) return;
  room.unread = room.mentions = 0;
  room.read = room.told = room.seq;
  clearTimeout(readTimer);
  readTimer = window.setTimeout(() => {
    if (model.me?.account && room.id && room.seq)
      connection.ask({ type: "read", ...place(room), seq: room.read }).catch(() => {});
  }, 400);
  changed();
}

export function markRead(): void {
  const room = current();
  if (!room) return;
  room.divider = 0;
  changed();
}

// Saying something

// What a page before this one could not send goes now; a room's, once one is in it.
export function loadUnsent(): void {
  for (const one of storage.loadUnsent(model.me!.name)) {
    const room = one.to ? directWith(model, { id: 0, name: one.to, account: null }) : roomByName(model, one.room);
    if (!room || room.pending.some((row) => row.clientId === one.clientId)) continue;
    addPending(room, model.me!, one.text, one.kind, one.reply, one.clientId, one.time);
    void pump(room);
  }
}

export function say(room: Room, text: string, kind: "say" | "action" = "say"): void {
  const row = addPending(room, model.me!, text, kind, room.replyTo, storage.randomHex(12), Date.now());
  room.replyTo = 0;
  room.divider = 0;
  storage.addUnsent({
    owner: model.me!.name, room: room.other ? "" : room.name, to: room.other ? room.name : "",
    text, kind, reply: row.reply, clientId: row.clientId, time: row.time,
  });
  if (!room.atEnd) void jumpToNewest();
  view.atBottom = true;
  void pump(room);
  changed();
}

// Each is stored before the next is sent, so that they stand in the order in which they were said,
// whatever becomes of one of them.
export async function pump(room: Room): Promise<void> {
  if (room.sending) return;
  room.sending = true;
  for (;;) {
    const row = room.pending.find((one) => one.state === "sending");
    if (!row || connection.state !== "online" || !(await send(room, row))) break;
  }
  room.sending = false;
}

// False: it is not the time to send more.
async function send(room: Room, row: Message): Promise<boolean> {
  const command: Command = {
    type: "send", ...(room.other ? { to: room.name } : { room: room.id }), text: row.text,
    client_id: row.clientId,
  };
  if (row.kind === "action") command.kind = "action";
  if (row.reply) command.reply = row.reply;
  try {
    const ack = await connection.ask(command);
    acknowledge(room, ack, row.clientId);
    storage.dropUnsent(row.clientId);
    return true;
  } catch (error) {
    return sendFailed(room, row, error as Refusal);
  } finally {
    changed();
  }
}

function sendFailed(room: Room, row: Message, error: Refusal): boolean {
  row.rev++;
  room.rev++;
  if (error.code === "offline") return false; // it goes when the connection is back
  if (error.retryMs && error.retryMs < 60_000) {
    setTimeout(() => void pump(room), error.retryMs);
    return false;
  }
  row.state = "failed";
  row.problem = sentence(error.message);
  storage.dropUnsent(row.clientId);
  return true;
}

export function retry(room: Room, row: Message): void {
  row.state = "sending";
  row.rev++;
  room.rev++;
  void pump(room);
  changed();
}

export function discard(room: Room, row: Message): void {
  room.pending = room.pending.filter((other) => other !== row);
  storage.dropUnsent(row.clientId);
  room.rev++;
  changed();
}

let typedAt = 0;

export function typing(room: Room, is: boolean): void {
  const now = Date.now();
  if (connection.state !== "online" || (is && now - typedAt < 3000) || (!is && typedAt === 0)) return;
  if (room.other && !room.id) return;
  typedAt = is ? now : 0;
  connection.tell({
    type: "typing", ...(room.other ? { to: room.name } : { room: room.id }), state: is ? "active" : "done",
  });
}
