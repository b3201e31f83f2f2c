// ui.tsx: what the views are made of: hooks, names, faces, menus, dialogs.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { subscribe } from "./client";
import { Icon, type IconName } from "./icons";
import { nameKey } from "./model";

// The component is drawn again whenever the model changed.
export function useModel(): void {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => subscribe(() => draw(undefined as never)), []);
}

export function hueOf(name: string): number {
  let hash = 7;
  for (const letter of nameKey(name)) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
  return hash % 12;
}

export function Face({ name, size = "" }: { name: string; size?: "" | "small" | "large" }) {
  const [first] = name.replace(/^[^\p{L}\p{N}]+/u, "") || name;
  return (
    <span class={`face hue-${hueOf(name)} ${size}`} aria-hidden="true">
      {(first ?? "?").toUpperCase()}
    </span>
  );
}

export function Name({ name, coloured = true }: { name: string; coloured?: boolean }) {
  return <bdi class={coloured ? `name hue-${hueOf(name)}` : "name"}>{name}</bdi>;
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: (event: MouseEvent) => void;
  pressed?: boolean;
  class?: string;
  size?: number;
}) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      onClick={props.onClick}
    >
      <Icon name={props.icon} size={props.size ?? 20} />
    </button>
  );
}

export function Badge({ unread, mentions }: { unread: number; mentions: number }) {
  if (mentions > 0)
    return (
      <span class="badge strong">
        {mentions > 99 ? "99+" : mentions}
        <span class="hidden"> mentions</span>
      </span>
    );
  if (unread === 0) return null;
  return (
    <span class="badge">
      {unread > 99 ? "99+" : unread}
      <span class="hidden"> unread</span>
    </span>
  );
}

// One dialog or menu at a time is asked for by its name; where from is remembered for the focus.
export interface MenuItem {
  label: string;
  icon?: IconName;
  run: () => void;
  bad?: boolean;
  hint?: string;
}

export interface MenuWanted {
  items: (MenuItem | null)[]; // null: a line between
  at: DOMRect | { x: number; y: number };
  label: string;
  head?: ComponentChildren;
}

export function Menu({ wanted, onClose }: { wanted: MenuWanted; onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const came = useRef(document.activeElement as HTMLElement | null);
  const close = () => {
    onClose();
    came.current?.focus?.();
  };
  useLayoutEffect(() => {
    const menu = box.current!;
    const { at } = wanted;
    const rect = at instanceof DOMRect ? at : new DOMRect(at.x, at.y, 0, 0);
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = rect.bottom + 4 + height < innerHeight;
    menu.style.top = `${Math.max(8, below ? rect.bottom + 4 : Math.max(8, rect.top - height - 4))}px`;
    menu.style.left = `${Math.max(8, Math.min(rect.left, innerWidth - width - 8))}px`;
    menu.querySelector<HTMLElement>("button")?.focus();
  }, []);
  const keys = (event: KeyboardEvent) => {
    const buttons = [...box.current!.querySelectorAll<HTMLElement>("button")];
    const now = buttons.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (to === undefined) return;
    else buttons[(to + buttons.length) % buttons.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu-ground" onMouseDown={(event) => event.target === event.currentTarget && close()}>
      <div class="menu" role="menu" aria-label={wanted.label} ref={box} onKeyDown={keys}>
        {wanted.head}
        {wanted.items.map((item, at) =>
          item === null ? (
            <div class="menu-line" role="separator" key={at} />
          ) : (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              key={at}
              class={item.bad ? "bad" : ""}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.icon && <Icon name={item.icon} size={18} />}
              <span class="grow">{item.label}</span>
              {item.hint && <kbd>{item.hint}</kbd>}
            </button>
          ),
        )}
      </div>
    </div>
  );
}

// Where the focus was before a dialog; where that is gone, to what is written in.
function giveBack(came: HTMLElement | null): void {
  if (document.querySelector("dialog") || (document.activeElement !== document.body && document.activeElement)) return;
  if (came?.isConnected && came !== document.body) came.focus();
  else document.querySelector<HTMLElement>(".composer textarea")?.focus();
}

export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const came = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    box.current?.querySelector<HTMLElement>("[autofocus]")?.focus();
    return () => queueMicrotask(() => giveBack(came));
  }, []);
  return (
    <dialog
      ref={box}
      class={`dialog ${props.class ?? ""}`}
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onMouseDown={(event) => event.target === box.current && props.onClose()}
    >
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2>{props.title}</h2>
          <IconButton icon="close" label="Close" onClick={props.onClose} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

export function Field(props: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: string;
  hint?: string;
  max?: number;
  focus?: boolean;
  autocomplete?: string;
  placeholder?: string;
  required?: boolean;
  field?: RefObject<HTMLInputElement>;
}) {
  return (
    <label class="field">
      <span class="field-label">{props.label}</span>
      <input
        ref={props.field ?? null}
        type={(props.type ?? "text") as "text"}
        value={props.value}
        maxLength={props.max}
        autofocus={props.focus}
        required={props.required}
        placeholder={props.placeholder}
        autocomplete={props.autocomplete ?? "off"}
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {props.hint && <span class="field-hint">{props.hint}</span>}
    </label>
  );
}

export function Switch(props: {
  label: string;
  hint?: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label class="switch">
      <span class="grow">
        <span class="switch-label">{props.label}</span>
        {props.hint && <span class="field-hint">{props.hint}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
    </label>
  );
}

// A width below which things are laid out for a phone.
export function useNarrow(width = 760): boolean {
  const query = `(max-width: ${width}px)`;
  const [is, set] = useState(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const listen = () => set(media.matches);
    media.addEventListener("change", listen);
    return () => media.removeEventListener("change", listen);
  }, []);
  return is;
}

// Times

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const timeText = (ms: number): string => clock.format(ms);
export const wholeText = (ms: number): string => whole.format(ms);
export const dayOf = (ms: number): string => new Date(ms).toDateString();

export function dayText(ms: number): string {
  const now = new Date();
  if (dayOf(ms) === now.toDateString()) return "Today";
  if (dayOf(ms) === dayOf(now.getTime() - 86_400_000)) return "Yesterday";
  return now.getTime() - ms < 300 * 86_400_000 ? day.format(ms) : dayYear.format(ms);
}

export function shortWhen(ms: number): string {
  return dayOf(ms) === new Date().toDateString() ? timeText(ms) : `${dayText(ms)}, ${timeText(ms)}`;
}
