// state.ts: the model, what the views show beside it, and when they are drawn.
import type { LinkState } from "./connection";
import { mentions, newModel, type Room, totalUnread } from "./model";
import { Refusal } from "./protocol";
import * as storage from "./storage";

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

export function complain(error: unknown): void {
  toast(error instanceof Refusal ? sentence(error.message) : String(error), true);
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

export function current(): Room | null {
  return model.rooms.get(view.current) ?? null;
}

export const mentionsMe = (text: string): boolean => mentions(text, model.me!.name);

function updateTitle(): void {
  const { unread, mentions: calls } = totalUnread(model);
  const room = current();
  const mark = calls > 0 ? `(${calls}) ` : unread > 0 ? "• " : "";
  const name = room ? `${room.other ? "" : "#"}${room.name} · ` : "";
  document.title = `${mark}${name}${model.server?.network ?? "Parlance"}`;
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
