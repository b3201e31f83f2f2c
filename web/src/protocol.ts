// protocol.ts: the messages of doc/protocol/json.md, as far as this client reads and writes them.

export interface Person {
  id: number;
  name: string;
  account: string | null;
  bot?: boolean;
}

export type Role = "owner" | "operator" | "voice" | "member";

export interface Limits {
  name: number;
  room: number;
  topic: number;
  text: number;
  [of: string]: number;
}

export interface ServerInfo {
  type: "server";
  name: string;
  network: string;
  version: string;
  motd: string;
  guests: boolean;
  registration: boolean;
  accounts: boolean;
  search: boolean;
  limits: Limits;
}

export interface RoomInfo {
  id: number;
  name: string;
  topic: string;
  members: number;
  role: Role;
  epoch: string;
  seq: number;
  private: boolean;
  home: boolean;
  modes: Record<string, boolean | number | string>;
}

export interface Reaction {
  reaction: string;
  count: number;
  mine: boolean;
  people?: string[];
}

// An event of a room. Which parts it has beside the first five depends on its type.
export interface RoomEvent {
  type: string;
  room: number;
  seq: number;
  time: number;
  from: Person;
  ref?: number;
  kind?: string;
  text?: string | null;
  reply?: number;
  client_id?: string;
  with?: Person;
  target?: number;
  why?: string;
  author?: Person | string;
  reaction?: string;
  off?: boolean;
  setting?: string;
  value?: boolean | number | string;
  who?: Person | string;
  role?: Role;
  subject?: string;
  minutes?: number;
  old?: string;
  name?: string;
  edited?: boolean;
  removed?: boolean;
  reactions?: Reaction[];
}

export interface Member {
  name: string;
  account: string | null;
  role: Role;
  away: string | null;
  bot?: boolean;
  admin?: boolean;
  real?: string;
}

export interface PersonShown {
  name: string;
  account: string | null;
  real?: string;
  away: string | null;
  since?: number;
  idle?: number;
  rooms?: (string | { name: string; role?: Role })[];
  bot?: boolean;
  admin?: boolean;
}

export interface RoomListed {
  id: number;
  name: string;
  members: number;
  topic: string;
}

export interface Restraint {
  kind: string;
  who: string;
  subject?: string;
  minutes?: number;
  by?: string;
  time?: number;
  why?: string;
}

// What the server says; the parts are checked where they are used.
export interface Incoming {
  type: string;
  ref?: number;
  [part: string]: any;
}

export interface Command {
  type: string;
  [part: string]: unknown;
}

// What the server refused, in its words.
export class Refusal extends Error {
  constructor(
    readonly code: string,
    text: string,
    readonly retryMs?: number,
  ) {
    super(text);
  }
}
