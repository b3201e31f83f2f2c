// commands.ts: what a person may ask of the server; a refusal is shown to her in its words.
import { connection, firstRoom, goto, keepAs } from "./client";
import { directWith, type Message, nameKey, type Room, roomByName } from "./model";
import type { Command, Incoming, Member, PersonShown, Refusal, RoomEvent, RoomListed } from "./protocol";
import { changed, complain, model, view } from "./state";
import { place } from "./talk";

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

export const filter = (room: Room, words: string, action: string, seconds: number) =>
  ask({ type: "filter", room: room.id, words, action, ...(action === "mute" && { seconds }) });

// The whole server, for its administrators

export async function oper(name: string, password: string): Promise<boolean> {
  if (!(await ask({ type: "oper", name, password }))) return false;
  model.admin = true;
  changed();
  return true;
}

export const lockdown = (on: boolean) => ask({ type: "lockdown", on });

export async function serverIsLocked(): Promise<boolean> {
  const held = await list<Incoming>({ type: "server_restraints" }, "restraints");
  return held.some((one) => one.kind === "lockdown");
}

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
