// model.ts: what the client knows, and how the server's messages change it. Pure: no DOM, no
// network, no clock but the times in the messages.
import type { Incoming, Member, Person, Reaction, Role, RoomEvent, RoomInfo, ServerInfo } from "./protocol";

export interface Message {
  key: string; // of the row; stays the same when a sent message gets its seq
  order: number; // sorts the rows of a room
  seq: number; // 0: not stored yet, or nothing that is stored
  time: number;
  from: Person;
  kind: "say" | "action" | "notice" | "event";
  text: string;
  reply: number;
  edited: boolean;
  removed: boolean;
  why: string;
  reactions: Reaction[];
  clientId: string;
  state: "stored" | "sending" | "failed";
  problem: string;
  rev: number; // counts its changes, for the view
  coming?: { name: string; came: boolean }[]; // kind event: people who came and went
}

export interface Room {
  key: string; // "#7", or "@bob" for a direct room
  id: number; // 0: a direct room of which no number is known yet
  name: string;
  other: Person | null; // direct rooms: who is not me
  topic: string;
  memberCount: number;
  role: Role;
  epoch: string;
  seq: number; // the newest that is known
  private: boolean;
  home: boolean;
  modes: Record<string, boolean | number | string>;
  entered: boolean;
  created: number; // order in which rooms were met
  // What is loaded: an unbroken piece of the history, or null before it was asked for.
  rows: Message[] | null;
  loaded: boolean; // the history was asked; a direct room may have rows before, which came live
  atStart: boolean;
  atEnd: boolean;
  loading: "" | "first" | "back" | "forth";
  early: Message[]; // rows that came while a page was on its way
  pending: Message[]; // said by me, not stored yet
  sending: boolean; // one of them is on its way
  read: number;
  told: number; // up to where the server knows that it is read, by this page
  unread: number;
  mentions: number;
  divider: number; // the "new" line stands before the first row after this seq; 0: nowhere
  below: number; // messages that came while the newest were not loaded or not in view
  members: Map<string, Member> | null;
  typing: Map<string, number>; // name -> until, Unix milliseconds
  highlight: number; // seq
  draft: string;
  replyTo: number; // seq
  editing: number; // seq
  rev: number;
}

export interface Model {
  server: ServerInfo | null;
  me: Person | null;
  admin: boolean;
  rooms: Map<string, Room>;
  away: string | null;
}

// At most so many rows are kept and shown of a room; a piece goes at the other end when more come.
export const ROWS_MAX = 320;
export const ROWS_KEPT = 240;

export function newModel(): Model {
  return { server: null, me: null, admin: false, rooms: new Map(), away: null };
}

export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

let met = 0;

export function newRoom(key: string, id: number, name: string, other: Person | null): Room {
  return {
    key, id, name, other,
    topic: "", memberCount: 0, role: "member", epoch: "", seq: 0, private: false, home: false,
    modes: {}, entered: !!other, created: met++, rows: null, loaded: false, atStart: false, atEnd: false, loading: "",
    early: [], pending: [], sending: false, read: 0, told: 0, unread: 0, mentions: 0, divider: 0, below: 0, members: null,
    typing: new Map(), highlight: 0, draft: "", replyTo: 0, editing: 0, rev: 0,
  };
}

export function roomById(model: Model, id: number): Room | null {
  for (const room of model.rooms.values()) if (room.id === id) return room;
  return null;
}

export function roomByName(model: Model, name: string): Room | null {
  const key = nameKey(name);
  for (const room of model.rooms.values())
    if (!room.other && nameKey(room.name) === key) return room;
  return null;
}

export function directWith(model: Model, person: Person): Room {
  const key = `@${nameKey(person.name)}`;
  let room = model.rooms.get(key);
  if (!room) {
    room = newRoom(key, 0, person.name, person);
    room.atStart = true;
    model.rooms.set(key, room);
  }
  return room;
}

export function nameOf(who: Person | string | undefined): string {
  return typeof who === "string" ? who : (who?.name ?? "");
}

export function isMe(model: Model, person: Person | string | undefined): boolean {
  if (!model.me || !person) return false;
  if (typeof person !== "string" && person.id) return person.id === model.me.id;
  return nameKey(nameOf(person)) === nameKey(model.me.name);
}

// As the server finds who is called: `@name` anywhere, or `name:` where the text begins.
export function mentions(text: string, name: string): boolean {
  const key = nameKey(name);
  const lower = nameKey(text);
  const ends = (at: number) => at >= lower.length || /[\s,:!@*?/|$#\\".]/.test(lower[at]!);
  if (lower.startsWith(`${key}:`)) return true;
  for (let at = lower.indexOf(`@${key}`); at >= 0; at = lower.indexOf(`@${key}`, at + 1))
    if ((at === 0 || ends(at - 1)) && ends(at + key.length + 1)) return true;
  return false;
}

// Rows

const NOBODY: Person = { id: 0, name: "", account: null };

export function rowOf(event: RoomEvent): Message {
  const kind = event.kind === "action" || event.kind === "notice" ? event.kind : "say";
  return {
    key: event.client_id ? `c${event.client_id}` : `s${event.seq}`,
    order: event.seq, seq: event.seq, time: event.time, from: event.from ?? NOBODY,
    kind: event.type === "message" ? kind : "event",
    text: event.type === "message" ? (event.text ?? "") : eventText(event),
    reply: event.reply ?? 0, edited: !!event.edited, removed: !!event.removed, why: event.why ?? "",
    reactions: (event.reactions ?? []).map((one) => ({ ...one })),
    clientId: event.client_id ?? "", state: "stored", problem: "", rev: 0,
  };
}

const ROLE_WORDS: Record<Role, string> = {
  owner: "an owner", operator: "a moderator", voice: "somebody with a voice", member: "a member",
};

const SETTING_WORDS: Record<string, string> = {
  private: "private", invite: "invitation only", invite_only: "invitation only", moderated: "moderated",
  key: "the key", slow: "slow mode", history: "history", "free-topic": "topic for everybody",
  secret: "hidden", limit: "the member limit",
};

function minutesText(minutes: number | undefined): string {
  if (!minutes) return "";
  if (minutes % 1440 === 0) return ` for ${minutes / 1440} d`;
  return minutes % 60 === 0 ? ` for ${minutes / 60} h` : ` for ${minutes} min`;
}

// What a row says of an event that is no message; the author's name stands before it.
export function eventText(event: RoomEvent): string {
  const who = nameOf(event.who);
  const why = event.why ? `: ${event.why}` : "";
  switch (event.type) {
    case "topic":
      return event.text ? `set the topic: ${event.text}` : "cleared the topic";
    case "mode": {
      const word = SETTING_WORDS[event.setting ?? ""] ?? event.setting ?? "";
      if (event.value === true || event.value === false)
        return `turned ${word} ${event.value ? "on" : "off"}`;
      if (event.value === 0 || event.value === "" || event.value === undefined || event.value === null)
        return `took ${word} away`;
      return event.setting === "key" ? "set a key" : `set ${word} to ${event.value}`;
    }
    case "role":
      return `made ${who} ${ROLE_WORDS[event.role ?? "member"] ?? event.role}`;
    case "kicked":
      return `removed ${who} from the room${why}`;
    case "restrained": {
      const verbs: Record<string, [string, string]> = {
        ban: ["banned", "lifted the ban of"], mute: ["muted", "lifted the mute of"],
        invite: ["invited", "took back the invitation of"],
      };
      const [does, undoes] = verbs[event.kind ?? ""] ?? [`set ${event.kind} on`, `took ${event.kind} off`];
      return event.off ? `${undoes} ${who}` : `${does} ${who}${minutesText(event.minutes)}${why}`;
    }
    case "room_renamed":
      return `renamed the room from ${event.old} to ${event.name}`;
    default:
      return event.type;
  }
}

// Where a row with this order belongs; rows come nearly always at the end.
function placeOf(rows: Message[], order: number): number {
  let at = rows.length;
  while (at > 0 && rows[at - 1]!.order > order) at--;
  return at;
}

function insert(rows: Message[], row: Message): boolean {
  const at = placeOf(rows, row.order);
  if (row.seq > 0 && at > 0 && rows[at - 1]!.seq === row.seq) return false;
  rows.splice(at, 0, row);
  return true;
}

export function findRow(room: Room, seq: number): Message | null {
  const rows = room.rows;
  if (!rows || seq <= 0) return null;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rows[mid]!.order < seq) low = mid + 1;
    else high = mid;
  }
  return rows[low]?.seq === seq ? rows[low]! : null;
}

// A page of the history becomes part of what is loaded. `side` is where it touches it.
export function addPage(room: Room, events: RoomEvent[], side: "back" | "forth" | "whole", end: boolean): void {
  const shown = events.filter((event) => isRow(event.type));
  const early = side === "back" ? [] : room.early;
  const live = room.other && !room.loaded ? (room.rows ?? []) : [];
  if (side === "whole" || !room.rows) room.rows = [];
  room.loaded = true;
  for (const event of shown) insert(room.rows, rowOf(event));
  for (const row of live) insert(room.rows, row);
  if (side === "back") {
    room.atStart = end;
    if (room.rows.length > ROWS_MAX) {
      room.rows.length = ROWS_KEPT;
      room.atEnd = false;
    }
  } else if (side === "forth") {
    room.atEnd = end;
    if (room.rows.length > ROWS_MAX) {
      room.rows.splice(0, room.rows.length - ROWS_KEPT);
      room.atStart = false;
    }
  } else room.atEnd = end;
  if (room.atEnd) for (const row of early) if (!findRow(room, row.seq)) insert(room.rows, row);
  dropStored(room);
  room.rev++;
}

// What is loaded stays small while messages come to a room that is followed to its end.
function trimFront(room: Room): void {
  if (!room.rows || room.rows.length <= ROWS_MAX) return;
  room.rows.splice(0, room.rows.length - ROWS_KEPT);
  room.atStart = false;
}

// A message that is in the history waits no more.
function dropStored(room: Room): void {
  if (room.pending.length === 0 || !room.rows) return;
  const stored = new Set(room.rows.map((row) => row.clientId).filter(Boolean));
  room.pending = room.pending.filter((row) => !stored.has(row.clientId));
}

export function isRow(type: string): boolean {
  return ["message", "topic", "mode", "role", "kicked", "restrained", "room_renamed"].includes(type);
}

// Sending

export function addPending(room: Room, me: Person, text: string, kind: "say" | "action", reply: number, clientId: string, time: number): Message {
  const row: Message = {
    key: `c${clientId}`, order: Number.MAX_SAFE_INTEGER, seq: 0, time, from: me, kind, text, reply,
    edited: false, removed: false, why: "", reactions: [], clientId, state: "sending", problem: "", rev: 0,
  };
  room.pending.push(row);
  room.rev++;
  return row;
}

export function acknowledge(room: Room, ack: Incoming, clientId: string): void {
  const at = room.pending.findIndex((row) => row.clientId === clientId);
  if (typeof ack.room === "number" && !room.id) room.id = ack.room;
  const seen = room.seq >= ack.seq && findRow(room, ack.seq);
  const wasNewest = ack.seq > room.seq;
  room.seq = Math.max(room.seq, ack.seq);
  if (wasNewest) room.read = room.seq;
  if (at >= 0) {
    const row = room.pending[at]!;
    room.pending.splice(at, 1);
    if (!seen)
      append(room, {
        ...row, seq: ack.seq, order: ack.seq, time: ack.time ?? row.time, state: "stored", rev: row.rev + 1,
      });
  }
  room.rev++;
}

// What happened. `watching`: the person looks at the room.

export interface Context {
  watching: boolean;
}

export function applyEvent(model: Model, room: Room, event: RoomEvent, context: Context): void {
  room.rev++;
  if (event.seq > room.seq) room.seq = event.seq;
  switch (event.type) {
    case "message":
      applyMessage(model, room, event, context);
      return;
    case "edited":
      change(room, event.target, (row) => {
        row.text = event.text ?? "";
        row.edited = true;
      });
      return;
    case "removed":
      change(room, event.target, (row) => {
        row.removed = true;
        row.text = "";
        row.reactions = [];
        row.why = event.why ?? "";
      });
      return;
    case "reacted":
      change(room, event.target, (row) => react(row, event, isMe(model, event.from)));
      return;
    case "topic":
      room.topic = event.text ?? "";
      break;
    case "mode":
      if (event.setting) room.modes[event.setting] = event.value ?? false;
      break;
    case "role":
      applyRole(model, room, event);
      break;
    case "room_renamed":
      room.name = event.name ?? room.name;
      break;
  }
  if (isRow(event.type)) append(room, rowOf(event));
}

function append(room: Room, row: Message): void {
  if (!room.rows && room.other) {
    room.rows = [];
    room.atEnd = true;
  }
  if (!room.rows || !room.atEnd) {
    if (room.loading) room.early.push(row);
    return;
  }
  insert(room.rows, row);
  trimFront(room);
}

function applyMessage(model: Model, room: Room, event: RoomEvent, context: Context): void {
  const mine = isMe(model, event.from);
  room.typing.delete(nameOf(event.from));
  if (event.client_id && mine)
    room.pending = room.pending.filter((row) => row.clientId !== event.client_id);
  const known = event.seq <= room.read || !!findRow(room, event.seq);
  append(room, rowOf(event));
  if (mine) {
    if (!known) room.read = Math.max(room.read, event.seq);
    return;
  }
  if (known || event.removed || context.watching) return;
  if (room.divider === 0) room.divider = event.seq - 1;
  room.unread++;
  if (model.me && (room.other || mentions(event.text ?? "", model.me.name))) room.mentions++;
}

function change(room: Room, target: number | undefined, how: (row: Message) => void): void {
  const row = findRow(room, target ?? 0);
  if (!row) return;
  how(row);
  row.rev++;
}

function react(row: Message, event: RoomEvent, mine: boolean): void {
  const name = event.from?.name ?? "";
  let one = row.reactions.find((reaction) => reaction.reaction === event.reaction);
  if (!one) {
    if (event.off) return;
    one = { reaction: event.reaction ?? "", count: 0, mine: false, people: [] };
    row.reactions.push(one);
  }
  const was = mine ? one.mine : !!one.people?.includes(name);
  if (!event.off && was) return;
  one.count += event.off ? -1 : 1;
  if (mine) one.mine = !event.off;
  one.people = (one.people ?? []).filter((other) => other !== name);
  if (!event.off) one.people.push(name);
  if (one.count <= 0) row.reactions = row.reactions.filter((other) => other !== one);
}

function applyRole(model: Model, room: Room, event: RoomEvent): void {
  const member = room.members?.get(nameKey(nameOf(event.who)));
  if (member && event.role) member.role = event.role;
  if (isMe(model, event.who) && event.role) room.role = event.role;
}

// People who come and go are one row until somebody says something.
export function applyPresence(room: Room, name: string, came: boolean, time: number): void {
  const rows = room.rows;
  if (!rows || !room.atEnd) return;
  const last = rows[rows.length - 1];
  if (last?.coming && time - last.time < 3_600_000) {
    const back = last.coming.findIndex((one) => one.name === name && one.came !== came);
    if (back >= 0) last.coming.splice(back, 1);
    else last.coming.push({ name, came });
    last.rev++;
    if (last.coming.length === 0) rows.pop();
    return;
  }
  rows.push({
    key: `p${met++}`, order: (last?.order ?? room.seq) + 1 / 4096, seq: 0, time,
    from: NOBODY, kind: "event", text: "", reply: 0, edited: false,
    removed: false, why: "", reactions: [], clientId: "", state: "stored", problem: "", rev: 0,
    coming: [{ name, came }],
  });
}

// The server let me into a room, for the first time or again.
export function applyEntered(model: Model, info: RoomInfo): Room {
  const key = `#${info.id}`;
  let room = model.rooms.get(key);
  if (!room) {
    room = newRoom(key, info.id, info.name, null);
    model.rooms.set(key, room);
  }
  if (room.epoch && room.epoch !== info.epoch) forget(room);
  if (room.rows === null && !room.entered) {
    room.seq = info.seq;
    room.read = info.seq;
  }
  room.entered = true;
  room.name = info.name;
  room.topic = info.topic ?? "";
  room.memberCount = info.members ?? 0;
  room.role = info.role ?? "member";
  room.epoch = info.epoch;
  room.private = !!info.private;
  room.home = !!info.home;
  room.modes = { ...info.modes };
  room.members = null;
  room.rev++;
  return room;
}

// What is loaded cannot be joined to what follows: it is asked for anew.
export function forget(room: Room): void {
  room.rows = null;
  room.loaded = false;
  room.atStart = false;
  room.atEnd = false;
  room.loading = "";
  room.divider = 0;
  room.rev++;
}

const RANK: Record<Role, number> = { member: 0, voice: 1, operator: 2, owner: 3 };

export function outranks(mine: Role, hers: Role): boolean {
  return RANK[mine] > RANK[hers] || mine === "owner";
}

export function sortedMembers(room: Room): Member[] {
  return [...(room.members?.values() ?? [])].sort(
    (a, b) => RANK[b.role] - RANK[a.role] || a.name.localeCompare(b.name),
  );
}

export function totalUnread(model: Model): { unread: number; mentions: number } {
  let unread = 0;
  let mentioned = 0;
  for (const room of model.rooms.values()) {
    unread += room.unread;
    mentioned += room.mentions;
  }
  return { unread, mentions: mentioned };
}
