// message.tsx: one row of a room: a message, or what happened.
import { Component, type ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import * as client from "./client";
import { Icon } from "./icons";
import { Markup } from "./markup";
import { findRow, isMe, type Message, outranks, type Room } from "./model";
import { messageMenu } from "./menus";
import { openEmoji, openMenu, openPanel } from "./stage";
import { Face, IconButton, Name, timeText, wholeText } from "./ui";

interface RowProps {
  room: Room;
  row: Message;
  rev: number;
  leads: boolean; // the first of its author's messages that stand together
  marked: boolean;
  editing: boolean;
  focus: boolean; // the row that the Tab key comes to
}

export function mayChange(room: Room, row: Message): { edit: boolean; remove: boolean } {
  const mine = isMe(client.model, row.from);
  const stored = row.seq > 0 && !row.removed && row.kind !== "event";
  const above = client.model.admin || (!room.other && outranks(room.role, "voice"));
  return { edit: stored && mine, remove: stored && (mine || above) };
}

// Hundreds of rows stand in a room; one is made anew only when it changed.
export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { room, row, rev, leads, marked, editing, focus } = this.props;
    return (
      next.row !== row || next.rev !== rev || next.leads !== leads || next.marked !== marked ||
      next.editing !== editing || next.focus !== focus || next.room !== room
    );
  }

  override render() {
    const { row } = this.props;
    return row.kind === "event" ? <Event {...this.props} /> : <Said {...this.props} />;
  }
}

function Event({ row, focus }: RowProps) {
  return (
    <li class="row event" data-key={row.key} data-seq={row.seq} tabIndex={focus ? 0 : -1}>
      <span class="event-text">
        {row.coming ? <Coming of={row.coming} /> : <><Name name={row.from.name} /> <bdi>{row.text}</bdi></>}
      </span>
      <time title={wholeText(row.time)}>{timeText(row.time)}</time>
    </li>
  );
}

function Coming({ of }: { of: { name: string; came: boolean }[] }) {
  const say = (came: boolean, word: string) => {
    const names = [...new Set(of.filter((one) => one.came === came).map((one) => one.name))];
    if (names.length === 0) return null;
    const shown = names.slice(0, 4);
    const more = names.length - shown.length;
    return (
      <span>
        {shown.map((name, at) => <>{at > 0 && ", "}<Name name={name} /></>)}
        {more > 0 && ` and ${more} more`} {word}
      </span>
    );
  };
  const came = say(true, "came in");
  const left = say(false, "left");
  return <>{came}{came && left && " · "}{left}</>;
}

function Said(props: RowProps) {
  const { room, row, leads, marked, editing, focus } = props;
  const me = client.model.me!;
  const calls = row.from.name !== me.name && !row.removed && row.text.includes("@") &&
    client.mentionsMe(row.text);
  const classes = ["row", leads && "leads", marked && "marked", calls && "calls", row.state, editing && "editing"];
  return (
    <li
      class={classes.filter(Boolean).join(" ")}
      data-key={row.key}
      data-seq={row.seq}
      tabIndex={focus ? 0 : -1}
      aria-label={`${row.from.name}, ${timeText(row.time)}: ${row.removed ? "removed" : row.text.slice(0, 300)}`}
      onKeyDown={(event) => rowKeys(event, room, row)}
      onContextMenu={(event) => contextMenu(event, room, row)}
    >
      <div class="gutter">
        {leads ? (
          <button type="button" class="face-button" tabIndex={-1} aria-label={`About ${row.from.name}`} onClick={() => openPanel({ is: "person", name: row.from.name })}>
            <Face name={row.from.name} />
          </button>
        ) : (
          <time class="side-time" title={wholeText(row.time)}>{timeText(row.time)}</time>
        )}
      </div>
      <div class="body">
        {row.reply > 0 && <Answered room={room} seq={row.reply} />}
        {leads && row.kind !== "action" && <Head row={row} />}
        {editing ? <Editor room={room} row={row} /> : <Content row={row} />}
        {row.reactions.length > 0 && <Reactions room={room} row={row} />}
        {row.state !== "stored" && <Sending room={room} row={row} />}
      </div>
      {row.seq > 0 && !row.removed && !editing && <Tools room={room} row={row} />}
    </li>
  );
}

function Head({ row }: { row: Message }) {
  return (
    <div class="head">
      <button type="button" class="author" tabIndex={-1} onClick={() => openPanel({ is: "person", name: row.from.name })}>
        <Name name={row.from.name} />
      </button>
      {row.from.bot && <span class="tag">bot</span>}
      <time title={wholeText(row.time)}>{timeText(row.time)}</time>
    </div>
  );
}

function Content({ row }: { row: Message }) {
  if (row.removed)
    return <p class="removed">This message was removed{row.why ? `: ${row.why}` : "."}</p>;
  const mark: ComponentChildren = row.edited && <span class="edited">(edited)</span>;
  if (row.kind === "action")
    return <div class="action"><Name name={row.from.name} /> <Markup text={row.text} mark={mark} /></div>;
  return <div class={row.kind === "notice" ? "notice" : ""}><Markup text={row.text} mark={mark} /></div>;
}

// One line of it, without the marks.
const plain = (text: string): string => text.slice(0, 400).replace(/```\w*|[`*~>]+/g, "").replace(/\s+/g, " ").slice(0, 160);

function Answered({ room, seq }: { room: Room; seq: number }) {
  const to = findRow(room, seq);
  return (
    <button type="button" class="answered" tabIndex={-1} onClick={() => void client.jumpTo(room, seq)}>
      <Icon name="reply" size={14} />
      {to ? (
        <>
          <Name name={to.from.name} />
          <bdi class="answered-text">{to.removed ? "removed" : plain(to.text)}</bdi>
        </>
      ) : (
        <span class="answered-text">an earlier message</span>
      )}
    </button>
  );
}

function Reactions({ room, row }: { room: Room; row: Message }) {
  return (
    <div class="reactions">
      {row.reactions.map((one) => {
        const people = one.people?.length ? one.people.join(", ") : `${one.count}`;
        return (
          <button
            type="button"
            key={one.reaction}
            class={`reaction ${one.mine ? "mine" : ""}`}
            aria-pressed={one.mine}
            aria-label={`${one.reaction}, ${one.count}: ${people}`}
            title={people}
            onClick={() => void client.reactTo(room, row, one.reaction)}
          >
            <bdi>{one.reaction}</bdi>
            <span>{one.count}</span>
          </button>
        );
      })}
      <button
        type="button"
        class="reaction more"
        aria-label="React with something else"
        onClick={(event) => pickReaction(event.currentTarget, room, row)}
      >
        <Icon name="smile" size={15} />
      </button>
    </div>
  );
}

export function pickReaction(from: Element, room: Room, row: Message): void {
  openEmoji({
    at: from.getBoundingClientRect(),
    pick: (emoji) => void client.reactTo(room, row, emoji),
  });
}

function Sending({ room, row }: { room: Room; row: Message }) {
  if (row.state === "sending")
    return (
      <span class="sending">
        <Icon name="clock" size={13} />
        {client.view.link === "online" ? "Sending" : "Waiting for the connection"}
      </span>
    );
  return (
    <span class="sending failed" role="alert">
      <Icon name="warn" size={14} />
      Not sent. {row.problem}
      <button type="button" class="text-button" onClick={() => client.retry(room, row)}>Try again</button>
      <button type="button" class="text-button" onClick={() => client.discard(room, row)}>Discard</button>
    </span>
  );
}

function Tools({ room, row }: { room: Room; row: Message }) {
  const may = mayChange(room, row);
  return (
    <div class="tools" role="group" aria-label="Message actions">
      <IconButton icon="smile" label="React" size={18} onClick={(event) => pickReaction(event.currentTarget as Element, room, row)} />
      <IconButton icon="reply" label="Reply" size={18} onClick={() => reply(room, row)} />
      {may.edit && <IconButton icon="pencil" label="Edit" size={18} onClick={() => startEdit(room, row)} />}
      <IconButton
        icon="dots"
        label="More"
        size={18}
        onClick={(event) => openMenu(messageMenu(room, row, (event.currentTarget as Element).getBoundingClientRect()))}
      />
    </div>
  );
}

function contextMenu(event: MouseEvent, room: Room, row: Message): void {
  const target = event.target as Element;
  if (row.seq === 0 || row.removed || target.closest("a, textarea") || !getSelection()?.isCollapsed) return;
  event.preventDefault();
  openMenu(messageMenu(room, row, { x: event.clientX, y: event.clientY }));
}

export function reply(room: Room, row: Message): void {
  room.replyTo = row.seq;
  room.editing = 0;
  client.changed();
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".composer textarea")?.focus());
}

export function startEdit(room: Room, row: Message): void {
  room.editing = row.seq;
  room.rev++;
  client.changed();
}

function rowKeys(event: KeyboardEvent, room: Room, row: Message): void {
  const here = event.currentTarget as HTMLElement;
  if (event.target !== here || event.ctrlKey || event.metaKey || event.altKey) return;
  const may = mayChange(room, row);
  if (row.seq === 0 || row.removed) return;
  if (event.key === "r") reply(room, row);
  else if (event.key === "e" && may.edit) startEdit(room, row);
  else if (event.key === "+") pickReaction(here, room, row);
  else if (event.key === "Enter" || event.key === "m" || event.key === "ContextMenu") {
    const box = here.getBoundingClientRect();
    openMenu(messageMenu(room, row, { x: box.left + 60, y: Math.min(box.bottom, innerHeight - 80) }));
  } else if (event.key === "Delete" && may.remove) messageMenu(room, row, { x: 0, y: 0 }).items.find((item) => item?.label.startsWith("Remove"))?.run();
  else return;
  event.preventDefault();
}

function Editor({ room, row }: { room: Room; row: Message }) {
  const [text, setText] = useState(row.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = field.current!;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, []);
  useLayoutEffect(() => {
    const area = field.current!;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 300)}px`;
  }, [text]);
  const stop = () => {
    room.editing = 0;
    room.rev++;
    client.changed();
    document.querySelector<HTMLElement>(".composer textarea")?.focus();
  };
  const save = () => {
    const now = text.trim();
    if (now && now !== row.text) void client.edit(room, row, now);
    stop();
  };
  return (
    <div class="editor">
      <textarea
        ref={field}
        value={text}
        aria-label="Edit the message"
        dir="auto"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Escape") stop();
          else if (event.key === "Enter" && !event.shiftKey) save();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div class="editor-foot">
        <button type="button" class="text-button" onClick={stop}>Cancel</button>
        <button type="button" class="text-button strong" onClick={save}>Save</button>
        <span class="quiet">Enter saves, Escape cancels</span>
      </div>
    </div>
  );
}
