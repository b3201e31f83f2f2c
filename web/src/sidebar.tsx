// sidebar.tsx: the rooms and conversations, and oneself.
import * as client from "./client";
import { Icon } from "./icons";
import { roomMenu } from "./menus";
import { nameKey, type Room } from "./model";
import { openDialog, openMenu, openPanel } from "./stage";
import { Badge, Face, IconButton, Name } from "./ui";

export function Sidebar() {
  const rooms = [...client.model.rooms.values()];
  const open = rooms
    .filter((room) => !room.other)
    .sort((a, b) => Number(b.home) - Number(a.home) || a.name.localeCompare(b.name));
  const direct = rooms.filter((room) => room.other).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <nav class="sidebar" aria-label="Rooms">
      <header class="sidebar-head">
        <span class="network">{client.model.server?.network ?? "Parlance"}</span>
        <IconButton icon="plus" label="Make a room" onClick={() => openDialog({ is: "create" })} />
      </header>
      <button type="button" class="finder" onClick={() => openDialog({ is: "switcher" })}>
        <Icon name="search" size={16} />
        <span class="grow">Go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div class="sidebar-list">
        <h2 class="sidebar-title">Rooms</h2>
        <ul>{open.map((room) => <RoomLink room={room} key={room.key} />)}</ul>
        <button type="button" class="side-row quiet" onClick={() => openDialog({ is: "rooms" })}>
          <Icon name="search" size={16} />
          <span>Find more rooms</span>
        </button>
        {direct.length > 0 && (
          <>
            <h2 class="sidebar-title">People</h2>
            <ul>{direct.map((room) => <RoomLink room={room} key={room.key} />)}</ul>
          </>
        )}
      </div>
      <Self />
    </nav>
  );
}

function RoomLink({ room }: { room: Room }) {
  const is = room.key === client.view.current;
  const unread = room.unread > 0 || room.mentions > 0;
  return (
    <li>
      <a
        class={`side-row ${is ? "current" : ""} ${unread ? "unread" : ""}`}
        href={client.pathOf(room)}
        aria-current={is ? "page" : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          client.goto(room.key);
        }}
        onContextMenu={(event) => {
          event.preventDefault();
          openMenu(roomMenu(room, { x: event.clientX, y: event.clientY }));
        }}
      >
        {room.other ? <WithPresence name={room.name} /> : <Icon name={room.private ? "lock" : "hash"} size={17} />}
        <bdi class="grow side-name">{room.name}</bdi>
        {room.draft && !is && <Icon name="pencil" size={14} />}
        <Badge unread={is ? 0 : room.unread} mentions={is ? 0 : room.mentions} />
      </a>
    </li>
  );
}

export function WithPresence({ name, size = "small" }: { name: string; size?: "" | "small" }) {
  const known = client.view.people.get(nameKey(name));
  const state = !known?.here ? "gone" : known.away !== null ? "away" : "here";
  return (
    <span class="with-presence">
      <Face name={name} size={size} />
      <span class={`presence ${state}`} />
      <span class="hidden">{state === "here" ? "here" : state === "away" ? "away" : "not here"}</span>
    </span>
  );
}

function Self() {
  const { me, away } = client.model;
  if (!me) return null;
  return (
    <footer class="self">
      <button type="button" class="self-button" onClick={() => openPanel({ is: "person", name: me.name })}>
        <span class="with-presence">
          <Face name={me.name} size="small" />
          <span class={`presence ${client.view.link !== "online" ? "gone" : away ? "away" : "here"}`} />
        </span>
        <span class="self-words">
          <Name name={me.name} coloured={false} />
          <span class="quiet">{away ? away : me.account ? "Here" : "Guest"}</span>
        </span>
      </button>
      <IconButton icon="moon" label={away ? "Be here again" : "Be away"} pressed={!!away} onClick={() => void client.setAway(away ? null : "Away")} />
      <IconButton icon="gear" label="Settings" onClick={() => openDialog({ is: "settings" })} />
    </footer>
  );
}
