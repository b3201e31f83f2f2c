// composer.tsx: where one writes: completion of names, rooms and emoji, commands, drafts.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as client from "./client";
import { type EmojiGroup, findEmoji, loadEmoji } from "./emoji-data";
import { Icon } from "./icons";
import { startEdit } from "./message";
import { findRow, isMe, nameKey, type Room, sortedMembers } from "./model";
import { openDialog, openEmoji } from "./stage";
import { Face, IconButton, Name } from "./ui";

interface Choice {
  insert: string;
  label: string;
  face?: string; // a person's name
  sign?: string;
}

interface Completion {
  from: number; // where the word begins
  choices: Choice[];
  at: number;
}

const COMMANDS: Record<string, { hint: string; run: (room: Room, rest: string) => unknown }> = {
  me: { hint: "say what you do", run: (room, rest) => rest && client.say(room, rest, "action") },
  join: { hint: "enter a room", run: (_, rest) => rest && client.join(rest.replace(/^#/, "")).catch(() => {}) },
  leave: { hint: "leave this room", run: (room) => client.leave(room) },
  msg: { hint: "write to somebody", run: (_, rest) => message(rest) },
  nick: { hint: "be called otherwise", run: (_, rest) => rest && client.nick(rest) },
  topic: { hint: "set the topic", run: (room, rest) => client.setTopic(room, rest) },
  away: { hint: "be away, with or without a word", run: (_, rest) => client.setAway(rest || "Away") },
  back: { hint: "be here again", run: () => client.setAway(null) },
  invite: { hint: "invite somebody", run: (room, rest) => rest && client.invite(room, rest) },
  help: { hint: "what the keys do", run: () => openDialog({ is: "keys" }) },
};

function message(rest: string): void {
  const [name = "", ...words] = rest.split(" ");
  if (!name) return;
  client.openDirect(name.replace(/^@/, ""));
  const room = client.current();
  if (room && words.length > 0) client.say(room, words.join(" "));
}

let emoji: EmojiGroup[] = [];

// The word before the cursor, if one can be completed.
// `again` is called when what it takes has come.
function completionOf(room: Room, text: string, cursor: number, again: () => void): Completion | null {
  const found = /(^|[\s(])([@#:/])([^\s@#:]*)$/u.exec(text.slice(0, cursor));
  if (!found) return null;
  const [, , sign, word = ""] = found;
  const from = cursor - word.length - 1;
  const key = nameKey(word);
  let choices: Choice[] = [];
  if (sign === "@") choices = people(room, key);
  else if (sign === "#") choices = roomsOf(key);
  else if (sign === "/" && from === 0)
    choices = Object.entries(COMMANDS)
      .filter(([name]) => name.startsWith(key))
      .map(([name, { hint }]) => ({ insert: `/${name} `, label: `/${name}`, sign: hint }));
  else if (sign === ":" && word.length >= 2) {
    if (emoji.length === 0) {
      void loadEmoji().then((all) => {
        emoji = all;
        again();
      });
    }
    choices = findEmoji(emoji, word, 8).map((one) => ({
      insert: one.emoji, label: `:${one.names.find((name) => name.includes(key)) ?? one.names[0]}:`, sign: one.emoji,
    }));
  }
  return choices.length > 0 ? { from, choices: choices.slice(0, 8), at: 0 } : null;
}

function people(room: Room, key: string): Choice[] {
  const names = room.other ? [room.name] : sortedMembers(room).map((member) => member.name);
  const spoke = (room.rows ?? []).slice(-60).reverse().map((row) => row.from.name).filter(Boolean);
  const known = new Set(names);
  const order = [...new Set([...spoke.filter((name) => known.has(name)), ...names])];
  return order
    .filter((name) => nameKey(name).startsWith(key) && !isMe(client.model, name))
    .map((name) => ({ insert: `@${name} `, label: name, face: name }));
}

function roomsOf(key: string): Choice[] {
  return [...client.model.rooms.values()]
    .filter((room) => !room.other && nameKey(room.name).startsWith(key))
    .map((room) => ({ insert: `#${room.name} `, label: `#${room.name}`, sign: room.topic.slice(0, 40) }));
}

export function Composer({ room }: { room: Room }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [completion, setCompletion] = useState<Completion | null>(null);
  const text = room.draft;

  useLayoutEffect(() => {
    const field = area.current!;
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
  }, [text, room.key]);
  useEffect(() => {
    setCompletion(null);
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [room.key]);

  // The field itself is the truth: who types fast is ahead of what is drawn.
  const write = (next: string, cursor?: number) => {
    const field = area.current!;
    room.draft = next;
    if (field.value !== next) field.value = next;
    if (cursor !== undefined) {
      field.focus();
      field.setSelectionRange(cursor, cursor);
    }
    client.changed();
  };
  const complete = (choice: Choice) => {
    const { value, selectionStart } = area.current!;
    const head = value.slice(0, completion!.from) + choice.insert;
    write(head + value.slice(selectionStart), head.length);
    setCompletion(null);
  };
  const look = () => {
    const field = area.current;
    if (field) setCompletion(completionOf(room, field.value, field.selectionStart, look));
  };
  const submit = () => {
    const said = area.current!.value.replace(/\s+$/, "");
    if (!said.trim()) return;
    const command = /^\/(\w+) ?([^]*)$/.exec(said);
    const known = command && COMMANDS[command[1]!.toLowerCase()];
    if (command && !known && !said.startsWith("//")) {
      client.toast(`There is no command /${command[1]}; begin with // to say it`, true);
      return;
    }
    write("");
    setCompletion(null);
    client.typing(room, false);
    if (known) known.run(room, command[2]!.trim());
    else client.say(room, said.replace(/^\/\//, "/"));
    client.changed();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (completion && completionKeys(event, completion, setCompletion, complete)) return;
    const sends = event.key === "Enter" && !event.shiftKey && (matchMedia("(pointer: fine)").matches || event.ctrlKey);
    if (sends) submit();
    else if (event.key === "ArrowUp" && area.current!.value === "") editLast(room);
    else if (event.key === "Escape" && room.replyTo) room.replyTo = 0;
    else return;
    event.preventDefault();
    client.changed();
  };

  return (
    <div class="composer-place">
      {completion && <Completions of={completion} pick={complete} />}
      {room.replyTo > 0 && <ReplyTo room={room} />}
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <textarea
          ref={area}
          rows={1}
          value={text}
          dir="auto"
          placeholder={`Message ${room.other ? "" : "#"}${room.name}`}
          aria-label={`Message ${room.name}`}
          aria-autocomplete="list"
          aria-controls={completion ? "completions" : undefined}
          aria-activedescendant={completion ? `completion-${completion.at}` : undefined}
          onInput={(event) => {
            write(event.currentTarget.value);
            look();
            client.typing(room, event.currentTarget.value !== "");
          }}
          onKeyDown={keys}
          onBlur={() => setTimeout(() => setCompletion(null), 150)}
        />
        <IconButton
          icon="smile"
          label="Emoji"
          onClick={(event) => {
            const { value, selectionStart: cursor } = area.current!;
            openEmoji({
              at: (event.currentTarget as Element).getBoundingClientRect(),
              pick: (one) => write(value.slice(0, cursor) + one + value.slice(cursor), cursor + one.length),
            });
          }}
        />
        <button type="submit" class="send" aria-label="Send" title="Send" disabled={!text.trim()}>
          <Icon name="send" size={18} />
        </button>
      </form>
      <Typing room={room} />
    </div>
  );
}

// True: the key was meant for the list.
function completionKeys(
  event: KeyboardEvent,
  completion: Completion,
  set: (completion: Completion | null) => void,
  complete: (choice: Choice) => void,
): boolean {
  const { choices, at } = completion;
  if (event.key === "ArrowDown") set({ ...completion, at: (at + 1) % choices.length });
  else if (event.key === "ArrowUp") set({ ...completion, at: (at + choices.length - 1) % choices.length });
  else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) complete(choices[at]!);
  else if (event.key === "Escape") set(null);
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

function Completions({ of, pick }: { of: Completion; pick: (choice: Choice) => void }) {
  return (
    <ul class="completions" role="listbox" id="completions" aria-label="Completions">
      {of.choices.map((choice, at) => (
        <li
          key={choice.label}
          id={`completion-${at}`}
          role="option"
          aria-selected={at === of.at}
          onMouseDown={(event) => {
            event.preventDefault();
            pick(choice);
          }}
        >
          {choice.face && <Face name={choice.face} size="small" />}
          <bdi>{choice.label}</bdi>
          {choice.sign && <span class="quiet">{choice.sign}</span>}
        </li>
      ))}
    </ul>
  );
}

function ReplyTo({ room }: { room: Room }) {
  const to = findRow(room, room.replyTo);
  const stop = () => {
    room.replyTo = 0;
    client.changed();
  };
  return (
    <div class="reply-to">
      <Icon name="reply" size={16} />
      <span class="reply-to-text">
        Reply to {to ? <Name name={to.from.name} /> : "a message"} <bdi class="quiet">{to?.text.slice(0, 120)}</bdi>
      </span>
      <IconButton icon="close" label="No reply" size={16} onClick={stop} />
    </div>
  );
}

function editLast(room: Room): void {
  const mine = (room.rows ?? []).filter((row) => isMe(client.model, row.from) && !row.removed && row.seq > 0 && row.kind !== "event");
  const last = mine[mine.length - 1];
  if (last) startEdit(room, last);
}

function Typing({ room }: { room: Room }) {
  const now = Date.now();
  const names = [...room.typing].filter(([, until]) => until > now).map(([name]) => name);
  const list = names.slice(0, 3);
  return (
    <div class="typing" aria-live="off">
      {list.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true"><i /><i /><i /></span>
          {names.length > 3
            ? "Several people are writing"
            : <>{list.map((name, at) => <>{at > 0 && (at === list.length - 1 ? " and " : ", ")}<Name name={name} coloured={false} /></>)} {list.length === 1 ? "is" : "are"} writing</>}
        </>
      )}
    </div>
  );
}
