// storage.ts: what stays in this browser: who one is, what is not sent yet, how things shall look.
// Everything works without it, as in a private window that keeps nothing.

export interface Kept {
  name: string;
  token: string; // a guest's own secret, or an account's token; "" where none is kept
  account: boolean;
  invite?: string; // the word that let a guest in: it lets her in again
}

export interface Unsent {
  owner: string; // whose it is: the name
  room: string; // the room's name, or "" for a direct room
  to: string; // whom it goes to, or ""
  text: string;
  kind: "say" | "action";
  reply: number;
  clientId: string;
  time: number;
}

export interface Choices {
  theme: "system" | "light" | "dark";
  notify: boolean;
  members: boolean; // the member list is shown where there is room for it
}

const DAY_MS = 86_400_000;

function load<T>(key: string, store: Storage | null): T | null {
  try {
    return JSON.parse(store?.getItem(`parlance.${key}`) ?? "null") as T | null;
  } catch {
    return null;
  }
}

function save(key: string, value: unknown, store: Storage | null): void {
  try {
    if (value === null) store?.removeItem(`parlance.${key}`);
    else store?.setItem(`parlance.${key}`, JSON.stringify(value));
  } catch {
    // full, or not allowed: then it is not kept
  }
}

function storage(kind: "localStorage" | "sessionStorage"): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

const lasting = storage("localStorage");
const passing = storage("sessionStorage");

// A tab that is loaded again is who it was; a new one is who was here last.
export const loadKept = (): Kept | null => load<Kept>("who", passing) ?? load<Kept>("who", lasting);

export function saveKept(kept: Kept | null, lastingToo: boolean): void {
  save("who", kept, passing);
  if (lastingToo) save("who", kept, lasting);
}

export const loadRooms = (): string[] => load<string[]>("rooms", passing) ?? [];
export const saveRooms = (names: string[]): void => save("rooms", names, passing);

export const loadChoices = (): Choices => ({
  theme: "system",
  notify: false,
  members: true,
  ...load<Partial<Choices>>("choices", lasting),
});
export const saveChoices = (choices: Choices): void => save("choices", choices, lasting);

export const loadRecent = (): string[] => load<string[]>("emoji", lasting) ?? [];
export const saveRecent = (emoji: string[]): void => save("emoji", emoji, lasting);

// Every tab of the person may send what is here: by its client id it is stored once.
export function loadUnsent(owner: string): Unsent[] {
  const all = load<Unsent[]>("unsent", lasting) ?? [];
  return all.filter((one) => one.owner === owner && Date.now() - one.time < DAY_MS);
}

export function addUnsent(one: Unsent): void {
  const all = load<Unsent[]>("unsent", lasting) ?? [];
  save("unsent", [...all.filter((other) => Date.now() - other.time < DAY_MS), one], lasting);
}

export function dropUnsent(clientId: string): void {
  const all = load<Unsent[]>("unsent", lasting) ?? [];
  if (all.some((one) => one.clientId === clientId))
    save("unsent", all.filter((one) => one.clientId !== clientId), lasting);
}

export function randomHex(bytes: number): string {
  const memory = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(memory, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
