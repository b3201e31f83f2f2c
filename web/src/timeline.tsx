// timeline.tsx: the rows of a room. What the person looks at stays where it is while rows come
// above and below; who is at the end stays at the end. No more than ROWS_MAX rows stand at once.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as client from "./client";
import { Icon } from "./icons";
import { Row } from "./message";
import { findRow, type Message, type Room } from "./model";
import { dayOf, dayText, Name } from "./ui";

const TOGETHER_MS = 5 * 60_000;
const NEAR_END = 48; // pixels
const AHEAD = 900; // pixels before the end of what is loaded, where more is asked for

interface Anchor {
  key: string;
  top: number;
}

// Where one was in rooms that are not open now.
const left = new Map<string, Anchor>();

function topRow(box: HTMLElement): Anchor | null {
  const edge = box.getBoundingClientRect().top;
  for (const row of box.querySelectorAll<HTMLElement>(".row")) {
    const rect = row.getBoundingClientRect();
    if (rect.bottom > edge + 4) return { key: row.dataset.key!, top: rect.top - edge };
  }
  return null;
}

function hold(box: HTMLElement, anchor: Anchor | null | undefined): boolean {
  const row = anchor && box.querySelector<HTMLElement>(`.row[data-key="${CSS.escape(anchor.key)}"]`);
  if (!row) return false;
  box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.top;
  return true;
}

function useScroll(room: Room, box: { current: HTMLDivElement | null }): void {
  const shown = useRef({ room: "", placed: false, highlight: 0, anchor: null as Anchor | null });
  const now = shown.current;
  const element = box.current;
  if (element && now.room && now.placed) {
    now.anchor = client.view.atBottom ? null : topRow(element);
    if (now.room !== room.key) {
      if (now.anchor) left.set(now.room, now.anchor);
      else left.delete(now.room);
    }
  }
  useLayoutEffect(() => {
    const scroller = box.current!;
    if (now.room !== room.key || (now.placed && !room.rows)) {
      Object.assign(now, { room: room.key, placed: false, highlight: 0 });
      client.view.placed = "";
    }
    if (!room.rows) return;
    if (!now.placed) {
      now.placed = true;
      client.view.placed = room.key;
      place(scroller, room);
    } else if (client.view.atBottom) scroller.scrollTop = scroller.scrollHeight;
    else hold(scroller, now.anchor);
    if (room.highlight && room.highlight !== now.highlight && findRow(room, room.highlight)) {
      scroller.querySelector(`[data-seq="${room.highlight}"]`)?.scrollIntoView({ block: "center" });
      (scroller.querySelector(`[data-seq="${room.highlight}"]`) as HTMLElement | null)?.focus({ preventScroll: true });
      client.view.atBottom = false;
    }
    now.highlight = room.highlight;
  });
}

// The first look at a room: where one was, else the first unread, else the end.
function place(scroller: HTMLElement, room: Room): void {
  const line = scroller.querySelector<HTMLElement>(".divider");
  if (!room.divider && hold(scroller, left.get(room.key))) client.view.atBottom = false;
  else if (line && room.unread > 0) {
    scroller.scrollTop += line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 80;
  } else scroller.scrollTop = scroller.scrollHeight;
  client.view.atBottom = room.atEnd && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
  if (client.view.atBottom) client.seen();
  else client.changed(); // what stands beside the timeline was drawn before this was known
}

export function Timeline({ room }: { room: Room }) {
  const box = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState("");
  useScroll(room, box);

  const scrolled = () => {
    const scroller = box.current!;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    const was = client.view.atBottom;
    client.view.atBottom = room.atEnd && below < NEAR_END;
    if (client.view.atBottom && !was) {
      client.seen();
      client.changed();
    }
    if (was && !client.view.atBottom) client.changed();
    if (scroller.scrollTop < AHEAD) void client.loadMore("back");
    else if (below < AHEAD) void client.loadMore("forth");
  };

  useEffect(() => {
    const watch = new ResizeObserver(() => {
      if (client.view.atBottom && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  // A page may be shorter than the window.
  useEffect(() => {
    const scroller = box.current!;
    if (room.rows && scroller.scrollHeight <= scroller.clientHeight + AHEAD) scrolled();
  });

  return (
    <div class="timeline-place">
      <div class="timeline" ref={box} onScroll={scrolled}>
        <div class="timeline-fill" />
        {!room.rows && <Skeleton />}
        {room.rows && room.atStart && <Beginning room={room} />}
        {room.rows && !room.atStart && <p class="loading" aria-hidden="true">Loading earlier messages</p>}
        <ol
          class="rows"
          aria-label={`Messages in ${room.name}`}
          onKeyDown={(event) => moveFocus(event, setFocus)}
          onFocusIn={(event) => {
            const row = (event.target as Element).closest<HTMLElement>(".row");
            if (row) setFocus(row.dataset.key!);
          }}
        >
          <Rows room={room} focus={focus} />
        </ol>
      </div>
      <Below room={room} />
    </div>
  );
}

function moveFocus(event: KeyboardEvent, setFocus: (key: string) => void): void {
  const row = event.target as HTMLElement;
  if (!row.classList.contains("row") || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const rows = [...document.querySelectorAll<HTMLElement>(".rows .row")];
  const next = rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)];
  event.preventDefault();
  if (!next) {
    if (event.key === "ArrowDown") document.querySelector<HTMLElement>(".composer textarea")?.focus();
    return;
  }
  setFocus(next.dataset.key!);
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function Rows({ room, focus }: { room: Room; focus: string }) {
  const all = [...(room.rows ?? []), ...(room.atEnd || !room.rows ? room.pending : [])];
  const focusKey = all.some((row) => row.key === focus) ? focus : all[all.length - 1]?.key;
  const out = [];
  let before: Message | null = null;
  let divided = room.divider === 0;
  for (const row of all) {
    const newDay = !before || dayOf(before.time) !== dayOf(row.time);
    const divides = !divided && (row.seq > room.divider || row.state !== "stored") && row.seq > 0;
    if (newDay) out.push(<Day time={row.time} key={`d${dayOf(row.time)}`} />);
    if (divides) {
      out.push(<li class="divider" key="new"><span>New</span></li>);
      divided = true;
    }
    const joined = before && !newDay && !divides && before.kind !== "event" && !row.reply &&
      before.from.name === row.from.name && before.from.id === row.from.id && row.kind !== "action" &&
      before.kind !== "action" && row.time - before.time < TOGETHER_MS;
    out.push(
      <Row
        key={row.key}
        room={room}
        row={row}
        rev={row.rev}
        leads={!joined}
        marked={row.seq > 0 && row.seq === room.highlight}
        editing={row.seq > 0 && row.seq === room.editing}
        focus={row.key === focusKey}
      />,
    );
    before = row;
  }
  return <>{out}</>;
}

function Day({ time }: { time: number }) {
  return <li class="day"><span>{dayText(time)}</span></li>;
}

function Beginning({ room }: { room: Room }) {
  if (room.other)
    return (
      <div class="beginning">
        <h2><Name name={room.name} coloured={false} /></h2>
        <p>This is where your conversation with <Name name={room.name} coloured={false} /> begins. Only the two of you see it.</p>
      </div>
    );
  return (
    <div class="beginning">
      <h2>Welcome to <bdi>#{room.name}</bdi></h2>
      <p>
        {room.modes.history === false
          ? "This room keeps no history: what is said is seen by those who are here."
          : "This is where the room begins."}
      </p>
    </div>
  );
}

function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Loading messages">
      {[62, 40, 74, 30, 55, 68, 35].map((width, at) => (
        <div class="skeleton-row" key={at}>
          <span class="skeleton-face" />
          <span class={`skeleton-line w${width}`} />
        </div>
      ))}
    </div>
  );
}

function Below({ room }: { room: Room }) {
  if (!room.rows || (client.view.atBottom && room.atEnd)) return null;
  const count = room.below;
  return (
    <button type="button" class="jump" onClick={() => void client.jumpToNewest()}>
      <Icon name="down" size={16} />
      {count > 0 ? `${count} new ${count === 1 ? "message" : "messages"}` : "To the newest"}
    </button>
  );
}
