// client.ts: the one place that talks to the server and changes the model. Views call its
// functions and are drawn again by changed().
import { Connection, type LinkState } from "./connection";
import {
  acknowledge, addPage, addPending, applyEntered, applyEvent, applyPresence, directWith, findRow, forget, isMe, mentions, type Message, nameKey, nameOf, newModel, type Room, roomById, roomByName,
  totalUnread,
} from "./model";
import type { Command, Incoming, Member, Person, PersonShown, RoomEvent, RoomListed } from "./protocol";
import { Refusal } from "./protocol";
import * as storage from "./storage";

export interface SignIn {
  name: string;
  password?: string;
  register?: boolean;
  keep?: boolean;
}

export const model = newModel();

// What the views show beside the model.
export const view = {
  phase: "start" as "start" | "signin" | "chat",
  link: "connecting" as LinkState,
  problem: "", // at the sign-in
  busy: false, // a sign-in is under way
  current: "", // the open room's key; "": the list of rooms, on a phone
  invite: "",
  choices: storage.loadChoices(),
  people: new Map<string, { away: string | null; here: boolean }>(),
  toasts: [] as { id: number; text: string; bad: boolean; action?: { label: string; run(): void } }[],
  said: "", // for screen readers
  placed: "", // the room that stands in the page where it shall, by its key
  atBottom: true, // its newest message is in view
};

const PAGE = 60;

const listeners = new Set<() => void>();
let drawn = 0;

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

// However much changed, the views are drawn once a frame; in a tab that is hidden once in a while.
export function changed(): void {
  if (drawn) return;
  const draw = () => {
    drawn = 0;
    updateTitle();
    for (const listener of listeners) listener();
  };
  drawn = document.visibilityState === "visible" ? requestAnimationFrame(draw) : window.setTimeout(draw, 60);
}

document.addEventListener("visibilitychange", () => {
  // A frame that was asked for while hidden may never come.
  drawn = 0;
  changed();
});

let toastId = 0;

export function toast(text: string, bad = false, action?: { label: string; run(): void }): void {
  const id = ++toastId;
  view.toasts = [...view.toasts.slice(-2), { id, text, bad, ...(action && { action }) }];
  setTimeout(() => dismiss(id), bad ? 8000 : 4500);
  changed();
}

export function dismiss(id: number): void {
  view.toasts = view.toasts.filter((one) => one.id !== id);
  changed();
}

function complain(error: unknown): void {
  toast(error instanceof Refusal ? sentence(error.message) : String(error), true);
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

// Coming in

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const connection = new Connection(`${scheme}//${location.host}/ws`, {
  opened() {},
  received: (message) => receive(message),
  changed() {
    view.link = connection.state;
    if (connection.state === "ended") ended();
    changed();
  },
});

let kept = storage.loadKept();
let wanted: SignIn | null = null; // what the person typed, until the server said yes

export function start(): void {
  readPlace();
  if (!kept) view.phase = "signin"; // what the server offers follows
  connection.start();
}

export const hurry = (): void => connection.hurry();
export const retryAt = (): number => connection.retryAt;

export function signIn(what: SignIn): void {
  wanted = what;
  view.problem = "";
  view.busy = true;
  changed();
  void hello();
}

// Rooms that the person was in, each with how far it is known.
function cursors(): object[] {
  const rooms = [...model.rooms.values()].filter((room) => room.entered && room.id && !room.other);
  if (rooms.length > 0)
    return rooms.map((room) => ({ room: room.id, epoch: room.epoch, seq: room.seq }));
  if (kept?.account) return [];
  return storage.loadRooms().map((name) => ({ room: name }));
}

async function hello(): Promise<void> {
  const command: Command = { type: "hello" };
  if (wanted) {
    command.name = wanted.name;
    if (wanted.password !== undefined) {
      command.password = wanted.password;
      if (wanted.register) command.register = true;
      command.keep = true;
    } else {
      const same = kept && !kept.account && nameKey(kept.name) === nameKey(wanted.name);
      command.token = same ? kept!.token : storage.randomHex(16);
    }
  } else if (kept) {
    command.name = kept.name;
    command.token = kept.token;
  } else return;
  const rooms = cursors();
  if (rooms.length > 0 && (!wanted || model.me)) command.rooms = rooms;
  if (view.invite) command.invite = view.invite;
  try {
    const welcome = await connection.ask(command);
    remember(command, welcome);
  } catch (error) {
    refusedHello(error as Refusal);
  }
}

function remember(command: Command, welcome: Incoming): void {
  const user = welcome.user as Person;
  const account = user.account !== null;
  const token = (welcome.token as string | undefined) ?? (command.token as string | undefined) ?? "";
  lasting = !wanted || wanted.keep !== false;
  wanted = null;
  keepAs({ name: account ? user.account! : user.name, token, account });
}

let lasting = true; // who it is is kept when the tab is closed

function keepAs(who: storage.Kept): void {
  kept = who;
  if (!who.account || who.token) storage.saveKept(kept, lasting);
}

function refusedHello(error: Refusal): void {
  view.busy = false;
  if (error.code === "offline") return;
  const back = model.me !== null && !wanted;
  if (back && (error.code === "name_taken" || error.code === "too_many_sessions")) {
    // The connection that was cut may live on at the server for a while.
    setTimeout(() => connection.cut(), 1500);
    return;
  }
  view.problem = sentence(error.message);
  if (!wanted && kept?.account) kept = { ...kept, token: "" };
  if (!wanted) kept = kept?.account ? null : kept;
  view.phase = "signin";
  changed();
}

function ended(): void {
  const why = connection.ending;
  signedOut(why ? sentence(why.text) : "");
}

function signedOut(problem: string): void {
  kept = null;
  storage.saveKept(null, true);
  storage.saveRooms([]);
  model.rooms.clear();
  model.me = null;
  view.current = "";
  view.phase = "signin";
  view.problem = problem;
  view.busy = false;
  connection.start();
}

function welcomed(message: Incoming): void {
  model.me = message.user as Person;
  model.admin = !!message.admin;
  view.phase = "chat";
  view.busy = false;
  view.problem = "";
  view.people.clear();
  for (const room of model.rooms.values()) room.typing.clear();
  connection.settled();
  for (const room of model.rooms.values()) void pump(room);
  loadUnsent();
  setTimeout(() => {
    openPlace();
    changed();
  }, 0);
}

// What the server says

const ROOM_EVENTS = new Set([
  "message", "edited", "removed", "reacted", "topic", "mode", "role", "kicked", "restrained", "room_renamed",
]);

function receive(message: Incoming): void {
  if (ROOM_EVENTS.has(message.type)) happened(message as unknown as RoomEvent, true);
  else handlers[message.type]?.(message);
  changed();
}

const handlers: Record<string, (message: Incoming) => void> = {
  server(message) {
    model.server = message as never;
    if (wanted || kept) void hello();
    else view.phase = "signin";
  },
  welcome: welcomed,
  logged_in(message) {
    if (!model.me) return;
    model.me = { ...model.me, account: message.account };
    keepAs({ name: message.account, token: "", account: true });
  },
  token(message) {
    if (kept) keepAs({ ...kept, token: message.token });
  },
  entered(message) {
    const known = model.rooms.has(`#${message.room.id}`);
    const room = applyEntered(model, message.room);
    room.resuming = known ? room.resuming : 0;
    saveRooms();
    if (room.key === view.current) openRoom(room.key);
    else if (wantedRoom && nameKey(wantedRoom) === nameKey(room.name)) openRoom(room.key);
    wantedRoom = "";
    if (connection.state === "online") loadUnsent();
  },
  past(message) {
    happened(message.event as RoomEvent, false);
  },
  caught_up(message) {
    const room = roomById(model, message.room);
    if (!room) return;
    room.resuming = 0;
    if (message.complete === false || message.rewound !== undefined) {
      forget(room);
      room.seq = message.seq;
      if (room.key === view.current) void loadFirst(room);
    }
  },
  unread(message) {
    const room = roomById(model, message.room);
    if (!room) return;
    room.read = message.read;
    room.unread = message.count;
    room.mentions = message.mentions ?? 0;
    if (room.other && message.count > 0) room.mentions = message.count;
    if (room.key === view.current) seen();
  },
  direct(message) {
    const room = directWith(model, message.with as Person);
    room.id = message.room;
    room.epoch = message.epoch;
    room.atStart = room.atStart && room.rows !== null;
    if (room.rows && message.seq > room.seq) {
      forget(room);
      if (room.key === view.current) void loadFirst(room);
    }
    room.seq = Math.max(room.seq, message.seq);
  },
  joined(message) {
    const room = roomById(model, message.room);
    if (room) joined(room, message.who as Person, (message.away as string) ?? null);
  },
  left(message) {
    for (const room of model.rooms.values())
      if (message.room === undefined || room.id === message.room) left(room, message.who as Person);
    if (message.room === undefined) here(nameOf(message.who), false);
  },
  renamed(message) {
    renamed(message.who as Person, message.old);
  },
  person(message) {
    personChanged(message);
  },
  typing(message) {
    const room = roomById(model, message.room);
    const name = nameOf(message.who);
    if (!room || isMe(model, message.who)) return;
    if (message.state === "done") room.typing.delete(name);
    else room.typing.set(name, Date.now() + (message.state === "active" ? 6500 : 3000));
    setTimeout(changed, 6600);
  },
  deleted(message) {
    gone(roomById(model, message.room), "was deleted");
  },
  exited(message) {
    const room = roomById(model, message.room);
    const words: Record<string, string> = {
      kicked: "You were removed from", removed: "You were removed from", deleted: "Gone:",
    };
    if (room && words[message.why]) toast(`${words[message.why]} ${room.name}`, true);
    gone(room, "");
  },
  read(message) {
    const room = roomById(model, message.room);
    if (!room) return;
    room.read = Math.max(room.read, message.seq);
    if (room.read >= room.seq) room.unread = room.mentions = 0;
  },
  mentioned(message) {
    const room = roomById(model, message.room);
    if (room && !watching(room)) room.mentions = Math.max(room.mentions, 1);
  },
  invited(message) {
    const name = String(message.name ?? message.room);
    toast(`${nameOf(message.from)} invites you to ${name}`, false, {
      label: "Join",
      run: () => void join(name),
    });
  },
  notice(message) {
    toast(message.text, false);
  },
};

// True: the person looks at the newest messages of this room.
export function watching(room: Room): boolean {
  return (
    room.key === view.current && room.key === view.placed && document.hasFocus() &&
    document.visibilityState === "visible" && room.atEnd && view.atBottom
  );
}

function roomOf(event: RoomEvent): Room | null {
  const room = roomById(model, event.room);
  if (room || !event.with) return room;
  const direct = directWith(model, event.with);
  direct.id = event.room;
  return direct;
}

function happened(event: RoomEvent, live: boolean): void {
  const room = roomOf(event);
  if (!room) return;
  const context = { live, watching: watching(room), now: Date.now() };
  applyEvent(model, room, event, context);
  if (event.client_id) storage.dropUnsent(event.client_id);
  if (event.type === "kicked" || event.type === "role") here(nameOf(event.who), true);
  if (event.type === "kicked") {
    room.members?.delete(nameKey(nameOf(event.who)));
    room.memberCount = Math.max(0, room.memberCount - 1);
  }
  if (!live || event.type !== "message" || isMe(model, event.from)) return;
  if (room.key === view.current && !context.watching) room.below++;
  if (context.watching) seen();
  announce(room, event);
}

function joined(room: Room, who: Person, away: string | null): void {
  here(who.name, true);
  if (isMe(model, who)) return;
  room.memberCount++;
  room.members?.set(nameKey(who.name), {
    name: who.name, account: who.account ?? null, role: "member", away, ...(who.bot && { bot: true }),
  });
  applyPresence(room, who.name, true, Date.now());
  room.rev++;
}

function left(room: Room, who: Person): void {
  const key = nameKey(who.name);
  const known = room.members?.delete(key);
  if (room.members && !known) return;
  if (room.other || isMe(model, who)) return;
  room.memberCount = Math.max(0, room.memberCount - 1);
  room.typing.delete(who.name);
  if (room.members) applyPresence(room, who.name, false, Date.now());
  room.rev++;
}

function here(name: string, is: boolean): void {
  const key = nameKey(name);
  view.people.set(key, { away: null, ...view.people.get(key), here: is });
}

function renamed(who: Person, old: string): void {
  if (model.me && (who.id === model.me.id || nameKey(old) === nameKey(model.me.name))) {
    model.me = { ...model.me, name: who.name };
    if (kept && !kept.account) {
      keepAs({ ...kept, name: who.name });
    }
  }
  for (const room of [...model.rooms.values()]) {
    const member = room.members?.get(nameKey(old));
    if (member) {
      room.members!.delete(nameKey(old));
      room.members!.set(nameKey(who.name), { ...member, name: who.name });
      room.rev++;
    }
    if (room.key === `@${nameKey(old)}`) renameDirect(room, who);
  }
}

function renameDirect(room: Room, who: Person): void {
  const key = `@${nameKey(who.name)}`;
  if (model.rooms.has(key)) return;
  model.rooms.delete(room.key);
  if (view.current === room.key) view.current = key;
  Object.assign(room, { key, name: who.name, other: who });
  model.rooms.set(key, room);
}

function personChanged(message: Incoming): void {
  const who = message.who as Person;
  const key = nameKey(who.name);
  if ("away" in message) {
    view.people.set(key, { here: true, away: message.away });
    if (isMe(model, who)) model.away = message.away;
  }
  for (const room of model.rooms.values()) {
    const member = room.members?.get(key);
    if (!member) continue;
    if ("away" in message) member.away = message.away;
    member.account = who.account ?? null;
    room.rev++;
  }
}

function gone(room: Room | null, how: string): void {
  if (!room) return;
  if (how) toast(`${room.name} ${how}`, true);
  model.rooms.delete(room.key);
  saveRooms();
  if (view.current === room.key) goto(firstRoom());
}

function saveRooms(): void {
  const rooms = [...model.rooms.values()].filter((room) => room.entered && !room.other);
  storage.saveRooms(rooms.map((room) => room.name));
}

// Where one is: /r/NAME and /dm/NAME

let wantedRoom = "";
let wantedPerson = "";

function readPlace(): void {
  const [, kind, rest = ""] = /^\/(r|dm|invite)\/(.+)$/.exec(location.pathname) ?? [];
  let name = rest;
  try {
    name = decodeURIComponent(rest);
  } catch {
    // as it stands
  }
  if (kind === "r") wantedRoom = name;
  if (kind === "dm") wantedPerson = name;
  if (kind === "invite") view.invite = name;
  const hash = /^#invite=(.+)$/.exec(location.hash);
  if (hash) view.invite = hash[1]!;
  if (view.invite) history.replaceState(null, "", "/");
}

function firstRoom(): string {
  const rooms = [...model.rooms.values()].sort((a, b) => a.created - b.created);
  return (rooms.find((room) => room.home) ?? rooms[0])?.key ?? "";
}

function openPlace(): void {
  if (wantedPerson && !model.rooms.has(view.current)) goto(directWith(model, { id: 0, name: wantedPerson, account: null }).key);
  else if (wantedRoom && !roomByName(model, wantedRoom)) void join(wantedRoom);
  else if (wantedRoom) goto(roomByName(model, wantedRoom)!.key);
  else if (!model.rooms.has(view.current)) {
    const key = firstRoom();
    if (key) goto(key);
    else setTimeout(() => !view.current && firstRoom() && goto(firstRoom()), 300);
  }
  wantedRoom = wantedPerson = "";
}

export function pathOf(room: Room): string {
  return room.other ? `/dm/${encodeURIComponent(room.name)}` : `/r/${encodeURIComponent(room.name)}`;
}

// Opens a room and says so in the address.
export function goto(key: string): void {
  const room = model.rooms.get(key);
  const path = room ? pathOf(room) : "/";
  if (location.pathname !== path) history.pushState(null, "", path);
  openRoom(key);
}

addEventListener("popstate", () => {
  if (view.phase !== "chat") return;
  readPlace();
  const room = wantedRoom ? roomByName(model, wantedRoom) : null;
  if (room) openRoom(room.key);
  else if (wantedPerson) openRoom(directWith(model, { id: 0, name: wantedPerson, account: null }).key);
  else openRoom("");
  wantedRoom = wantedPerson = "";
});

export function current(): Room | null {
  return model.rooms.get(view.current) ?? null;
}

export function openRoom(key: string): void {
  const before = current();
  if (before && before.key !== key) {
    before.divider = 0;
    before.highlight = 0;
    before.below = 0;
  }
  view.current = key;
  const room = current();
  if (room) {
    if (!room.loaded && !room.loading) void loadFirst(room);
    if (!room.other && !room.members) void loadMembers(room);
  }
  changed();
}

// The history

function place(room: Room): object {
  return room.id ? { room: room.id } : { to: room.name };
}

async function page(room: Room, bounds: object, count = PAGE): Promise<{ events: RoomEvent[]; end: boolean }> {
  const answers = await connection.page({ type: "history", ...place(room), ...bounds, count });
  const events = answers.filter((one) => one.type === "past").map((one) => one.event as RoomEvent);
  return { events, end: events.length < count };
}

// The first look: where one stopped reading, else the newest.
async function loadFirst(room: Room): Promise<void> {
  room.loading = "first";
  room.early = [];
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
function loadUnsent(): void {
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
async function pump(room: Room): Promise<void> {
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

// Commands whose refusal is shown to the person

// True: it was done.
async function ask(command: Command): Promise<boolean> {
  try {
    await connection.ask(command);
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    changed();
  }
}

export const edit = (room: Room, row: Message, text: string) =>
  ask({ type: "edit", ...place(room), target: row.seq, text });

export const remove = (room: Room, row: Message, why = "") =>
  ask({ type: "remove", ...place(room), target: row.seq, ...(why && { why }) });

export function reactTo(room: Room, row: Message, reaction: string): Promise<boolean> {
  const off = row.reactions.some((one) => one.reaction === reaction && one.mine);
  return ask({ type: "react", ...place(room), target: row.seq, reaction, ...(off && { off }) });
}

export async function join(name: string, key = ""): Promise<boolean> {
  const known = roomByName(model, name);
  if (known) {
    goto(known.key);
    return true;
  }
  try {
    const answer = await connection.ask({ type: "join", room: name, ...(key && { key }), create: false });
    goto(`#${answer.room.id}`);
    return true;
  } catch (error) {
    if ((error as Refusal).code === "key_needed" && !key) throw error;
    complain(error);
    return false;
  }
}

export async function create(name: string, hidden: boolean, topic: string): Promise<boolean> {
  try {
    const answer = await connection.ask({ type: "create", room: name });
    const room = answer.room.id as number;
    if (hidden) await ask({ type: "mode", room, setting: "private", value: true });
    if (topic) await ask({ type: "topic", room, text: topic });
    goto(`#${room}`);
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function leave(room: Room): void {
  if (room.other) {
    model.rooms.delete(room.key);
    goto(firstRoom());
  } else void ask({ type: "leave", room: room.id });
}

export function openDirect(name: string): void {
  goto(directWith(model, { id: 0, name, account: null }).key);
}

export const setTopic = (room: Room, text: string) => ask({ type: "topic", room: room.id, text });
export const renameRoom = (room: Room, name: string) => ask({ type: "rename", room: room.id, name });
export const setMode = (room: Room, setting: string, value: unknown) =>
  ask({ type: "mode", room: room.id, setting, value });
export const deleteRoom = (room: Room) => ask({ type: "delete", room: room.id });
export const invite = (room: Room, name: string) => ask({ type: "invite", room: room.id, name });
export const kick = (room: Room, name: string, why: string) =>
  ask({ type: "kick", room: room.id, name, ...(why && { why }) });
export const setRole = (room: Room, name: string, role: string) =>
  ask({ type: "role", room: room.id, name, role });

export interface RestraintWanted {
  kind: "ban" | "mute";
  name: string;
  minutes: number;
  why: string;
  hours: number;
  off?: boolean;
}

export const restrain = (room: Room, { kind, name, minutes, why, hours, off }: RestraintWanted) =>
  ask({
    type: kind, room: room.id, name, ...(minutes && { minutes }), ...(why && { why }),
    ...(hours && kind === "ban" && { hours }), ...(off && { off: true }),
  });

export const nick = (name: string) => ask({ type: "nick", name });

export async function setAway(text: string | null): Promise<void> {
  if (await ask({ type: "away", text })) model.away = text;
  changed();
}

export async function register(password: string): Promise<boolean> {
  if (!(await ask({ type: "register", password }))) return false;
  return keepToken();
}

// From now on this browser comes in as the account.
async function keepToken(): Promise<boolean> {
  try {
    model.me = { ...model.me!, account: model.me!.account ?? model.me!.name };
    const { token } = await connection.ask({ type: "token" });
    keepAs({ name: model.me.account!, token, account: true });
  } catch (error) {
    complain(error);
  }
  changed();
  return true;
}

export const changePassword = async (old: string, next: string): Promise<boolean> => {
  if (!(await ask({ type: "password", old, new: next }))) return false;
  return keepToken();
};

export async function signOut(everywhere: boolean): Promise<void> {
  if (model.me?.account) {
    await connection.ask({ type: "logout", ...(everywhere && { all: true }) }).catch(() => {});
  } else connection.tell({ type: "bye", text: "" });
  connection.stop();
}

export async function unregister(password: string): Promise<boolean> {
  if (!(await ask({ type: "unregister", password }))) return false;
  connection.stop();
  return true;
}

// Lists

async function list<T>(command: Command, part: string): Promise<T[]> {
  const answers = await connection.page(command);
  return answers.flatMap((answer) => (answer[part] as T[] | undefined) ?? []);
}

export const rooms = () => list<RoomListed>({ type: "rooms" }, "rooms");
export const restraints = (room: Room) =>
  list<Incoming>({ type: "restraints", room: room.id }, "restraints");

export async function modes(room: Room): Promise<void> {
  const answer = await connection.ask({ type: "modes", room: room.id });
  room.modes = { ...(answer.modes as Room["modes"]) };
  changed();
}

export async function audit(room: Room): Promise<Incoming[]> {
  const answers = await connection.page({ type: "audit", room: room.id, count: 50 });
  return answers.filter((one) => one.type === "audit").map((one) => (one.event as Incoming) ?? one);
}

export async function search(room: Room, text: string, before = 0): Promise<RoomEvent[]> {
  const answers = await connection.page({
    type: "search", ...place(room), text, count: 30, ...(before && { before }),
  });
  return answers.filter((one) => one.type === "found").map((one) => one.event as RoomEvent);
}

export async function person(name: string): Promise<PersonShown> {
  const shown = (await connection.ask({ type: "person", name })) as unknown as PersonShown;
  view.people.set(nameKey(name), { here: true, away: shown.away ?? null });
  return shown;
}

export async function loadMembers(room: Room): Promise<void> {
  try {
    const told = await list<Omit<Member, "away"> & { away: unknown }>({ type: "members", room: room.id }, "members");
    const members = told.map((one) => ({ ...one, away: one.away === true ? "" : ((one.away || null) as string | null) }));
    room.members = new Map(members.map((member) => [nameKey(member.name), member]));
    room.memberCount = room.members.size;
    for (const member of members)
      view.people.set(nameKey(member.name), { here: true, away: member.away ?? null });
    const me = model.me && room.members.get(nameKey(model.me.name));
    if (me) room.role = me.role;
    room.rev++;
  } catch {
    // the list stays empty until the room is opened again
  }
  changed();
}

// Titles, notifications, screen readers

function updateTitle(): void {
  const { unread, mentions: calls } = totalUnread(model);
  const room = current();
  const mark = calls > 0 ? `(${calls}) ` : unread > 0 ? "• " : "";
  const name = room ? `${room.other ? "" : "#"}${room.name} · ` : "";
  document.title = `${mark}${name}${model.server?.network ?? "Parlance"}`;
}

function announce(room: Room, event: RoomEvent): void {
  const text = event.text ?? "";
  const toMe = !!room.other || (model.me && mentionsMe(text));
  if (room.key === view.current || toMe) {
    const from = room.key === view.current ? "" : ` in ${room.name}`;
    view.said = `${event.from.name}${from}: ${text.slice(0, 200)}`;
  }
  if (!toMe || watching(room) || !view.choices.notify) return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  notify(room, `${event.from.name}${room.other ? "" : ` in #${room.name}`}`, text.slice(0, 180));
}

export const mentionsMe = (text: string): boolean => mentions(text, model.me!.name);

function notify(room: Room, title: string, body: string): void {
  const options = { body, tag: room.key, icon: "/icon-192.png" };
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      focus();
      goto(room.key);
      shown.close();
    };
  } catch {
    // phones show them through the service worker alone
    void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, options));
  }
}

export function choose(change: Partial<typeof view.choices>): void {
  view.choices = { ...view.choices, ...change };
  storage.saveChoices(view.choices);
  applyTheme();
  changed();
}

export function applyTheme(): void {
  const { theme } = view.choices;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

addEventListener("focus", () => {
  seen();
  changed();
});
addEventListener("blur", () => changed());
