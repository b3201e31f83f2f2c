// client.ts: coming in, what the server says, and where one is. With talk.ts and commands.ts it is
// the one place that talks to the server and changes the model; views call them and are drawn
// again by changed().
import { join, loadMembers } from "./commands";
import { Connection } from "./connection";
import {
  applyEntered, applyEvent, applyPresence, directWith, forget, isMe, nameKey, nameOf, type Room,
  roomById, roomByName,
} from "./model";
import { announce } from "./notices";
import type { Command, Incoming, Person, Refusal, RoomEvent } from "./protocol";
import { changed, current, model, sentence, toast, view } from "./state";
import * as storage from "./storage";
import { loadFirst, loadUnsent, pump, seen } from "./talk";

export * from "./commands";
export * from "./state";
export * from "./talk";

export interface SignIn {
  name: string;
  password?: string;
  register?: boolean;
  keep?: boolean;
}

// Coming in

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
export const connection = new Connection(`${scheme}//${location.host}/ws`, {
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

// Fulfilled when the server has told what is not read of the rooms that the person is in: it answers
// in order, so the answer to a ping comes behind.
export let unreadTold: Promise<unknown> = Promise.resolve();

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
  const invite = view.invite || (kept?.account ? "" : kept?.invite);
  if (invite) command.invite = invite;
  try {
    const asked = connection.ask(command);
    unreadTold = asked.then(() => connection.ask({ type: "ping" })).catch(() => undefined);
    remember(command, await asked);
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
  const invite = !account && (command.invite as string | undefined);
  keepAs({ name: account ? user.account! : user.name, token, account, ...(invite && { invite }) });
}

let lasting = true; // who it is is kept when the tab is closed

export function keepAs(who: storage.Kept): void {
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
    const room = applyEntered(model, message.room);
    saveRooms();
    const isWanted = wantedRoom !== "" && nameKey(wantedRoom) === nameKey(room.name);
    if (isWanted) wantedRoom = "";
    if (isWanted || room.key === view.current) openRoom(room.key);
    if (connection.state === "online") loadUnsent();
  },
  past(message) {
    happened(message.event as RoomEvent, false);
  },
  caught_up(message) {
    const room = roomById(model, message.room);
    if (!room) return;
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
  const context = { watching: watching(room) };
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

export function firstRoom(): string {
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

addEventListener("focus", () => {
  seen();
  changed();
});
addEventListener("blur", () => changed());
