// app.tsx: the whole: rooms at the left, the room in the middle, a panel at the right; on a phone
// one of them at a time.
import { useEffect } from "preact/hooks";
import * as client from "./client";
import { Composer } from "./composer";
import { DialogOf } from "./dialogs";
import { EmojiPicker } from "./emoji";
import { Icon } from "./icons";
import { roomMenu } from "./menus";
import { Panel } from "./panels";
import type { Room } from "./model";
import { SignIn } from "./signin";
import { Sidebar } from "./sidebar";
import { openDialog, openEmoji, openMenu, openPanel, stage } from "./stage";
import { Timeline } from "./timeline";
import { IconButton, Menu, Name, useModel, useNarrow } from "./ui";

export function App() {
  useModel();
  useEffect(() => {
    document.addEventListener("keydown", globalKeys);
    return () => document.removeEventListener("keydown", globalKeys);
  }, []);
  return (
    <>
      {client.view.phase === "chat" && client.model.me ? <Chat /> : client.view.phase === "signin" ? <SignIn /> : <Opening />}
      {stage.menu && <Menu wanted={stage.menu} onClose={() => openMenu(null)} key={stage.menu.label} />}
      {stage.emoji && <EmojiPicker wanted={stage.emoji} onClose={() => openEmoji(null)} />}
      {stage.dialog && <DialogOf wanted={stage.dialog} key={stage.dialog.is} />}
      <Toasts />
      <div class="hidden" role="log" aria-live="polite">{client.view.said}</div>
    </>
  );
}

function Opening() {
  return (
    <main class="opening">
      <p class="quiet" role="status">{client.view.link === "offline" ? "The server cannot be reached. Trying again…" : "Connecting…"}</p>
    </main>
  );
}

function Chat() {
  const narrow = useNarrow(760);
  const wide = !useNarrow(1100);
  const room = client.current();
  const members = wide && client.view.choices.members && room && !room.other ? ({ is: "members" } as const) : null;
  const panel = stage.panel ?? members;
  const close = () => {
    if (!stage.panel) client.choose({ members: false });
    openPanel(null);
  };
  const classes = ["chat", narrow && "narrow", room && "has-room", room && panel && "has-panel"];
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <Link />
      {(!narrow || !room) && <Sidebar />}
      {room ? <RoomView room={room} narrow={narrow} /> : !narrow && <Nowhere />}
      {room && panel && <Panel wanted={panel} room={room} onClose={close} />}
    </div>
  );
}

function Nowhere() {
  return (
    <main class="nowhere">
      <p class="quiet">You are in no room.</p>
      <button type="button" class="button primary" onClick={() => openDialog({ is: "rooms" })}>Find a room</button>
    </main>
  );
}

// The state of the connection, where it is not what it should be.
function Link() {
  const { link } = client.view;
  if (link === "online") return null;
  return (
    <div class="link-state" role="status">
      <span class="link-dot" />
      {link === "connecting" ? "Connecting…" : "No connection. What you write is sent when it is back."}
      {link === "offline" && <button type="button" class="text-button" onClick={client.hurry}>Try now</button>}
    </div>
  );
}

function RoomView({ room, narrow }: { room: Room; narrow: boolean }) {
  const togglePanel = (is: "members" | "search") => {
    if (stage.panel?.is === is) openPanel(null);
    else if (is === "members" && !stage.panel && !narrow && matchMedia("(min-width: 1101px)").matches)
      client.choose({ members: !client.view.choices.members });
    else openPanel({ is });
  };
  return (
    <main class="room" aria-label={room.name}>
      <header class="room-head">
        {narrow && <IconButton icon="back" label="All rooms" onClick={() => client.goto("")} />}
        <button
          type="button"
          class="room-title"
          aria-haspopup="menu"
          onClick={(event) => openMenu(roomMenu(room, event.currentTarget.getBoundingClientRect()))}
        >
          {!room.other && <Icon name={room.private ? "lock" : "hash"} size={18} />}
          <h1>{room.other ? <Name name={room.name} coloured={false} /> : <bdi>{room.name}</bdi>}</h1>
          <Icon name="chevron" size={16} />
        </button>
        <bdi class="topic" title={room.topic}>{room.other ? presenceText(room) : room.topic}</bdi>
        <IconButton icon="search" label="Search in the room" pressed={stage.panel?.is === "search"} onClick={() => togglePanel("search")} />
        {!room.other && (
          <button type="button" class="members-button" aria-label={`Members: ${room.memberCount}`} title="Members" onClick={() => togglePanel("members")}>
            <Icon name="people" size={20} />
            <span>{room.memberCount}</span>
          </button>
        )}
      </header>
      {room.divider > 0 && room.unread > 0 && !client.view.atBottom && <UnreadBar room={room} />}
      <Timeline room={room} />
      <Composer room={room} />
    </main>
  );
}

function presenceText(room: Room): string {
  const known = client.view.people.get(room.key.slice(1));
  return known?.away ?? "";
}

function UnreadBar({ room }: { room: Room }) {
  return (
    <div class="unread-bar">
      <span>{room.unread} new {room.unread === 1 ? "message" : "messages"}</span>
      <button type="button" class="text-button" onClick={() => { client.markRead(); void client.jumpToNewest(); }}>Mark as read</button>
    </div>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="status">
      {client.view.toasts.map((one) => (
        <div class={`toast ${one.bad ? "bad" : ""}`} key={one.id}>
          <span>{one.text}</span>
          {one.action && <button type="button" class="text-button" onClick={() => { one.action!.run(); client.dismiss(one.id); }}>{one.action.label}</button>}
          <IconButton icon="close" label="Dismiss" size={16} onClick={() => client.dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}

function globalKeys(event: KeyboardEvent): void {
  if (client.view.phase !== "chat") return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "k") openDialog(stage.dialog?.is === "switcher" ? null : { is: "switcher" });
  else if (command && event.key === "/") openDialog({ is: "keys" });
  else if (command && event.key === "f" && client.current()) openPanel({ is: "search" });
  else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) step(event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
  else if (event.key === "Escape" && !stage.dialog && !stage.menu && !stage.emoji) {
    if (stage.panel) openPanel(null);
    else {
      client.markRead();
      void client.jumpToNewest();
    }
  } else return;
  event.preventDefault();
}

function step(by: number, unread: boolean): void {
  const links = [...document.querySelectorAll<HTMLElement>(".sidebar-list a.side-row")];
  const at = links.findIndex((link) => link.classList.contains("current"));
  for (let n = 1; n <= links.length; n++) {
    const link = links[(at + by * n + links.length * n) % links.length]!;
    if (unread && !link.classList.contains("unread")) continue;
    link.click();
    return;
  }
}

