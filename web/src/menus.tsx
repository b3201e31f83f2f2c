// menus.tsx: what may be done to a message, a person or a room, for who may.
import * as client from "./client";
import { mayChange, pickReaction, reply, startEdit } from "./message";
import { isMe, type Message, outranks, type Room } from "./model";
import type { Role } from "./protocol";
import { openDialog, openPanel } from "./stage";
import { Face, type MenuItem, type MenuWanted, Name } from "./ui";

async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    client.toast(`${what} copied`);
  } catch {
    client.toast("The browser does not let this page copy", true);
  }
}

export function messageMenu(room: Room, row: Message, at: MenuWanted["at"]): MenuWanted {
  const may = mayChange(room, row);
  const from = () => document.querySelector(`[data-seq="${row.seq}"]`) ?? document.body;
  const items: MenuWanted["items"] = [
    { label: "React", icon: "smile", hint: "+", run: () => pickReaction(from(), room, row) },
    { label: "Reply", icon: "reply", hint: "R", run: () => reply(room, row) },
  ];
  if (may.edit) items.push({ label: "Edit", icon: "pencil", hint: "E", run: () => startEdit(room, row) });
  items.push({ label: "Copy text", icon: "copy", run: () => void copy(row.text, "Text") });
  if (may.remove)
    items.push(null, {
      label: "Remove", icon: "trash", bad: true, hint: "Del",
      run: () => openDialog({ is: "remove", room, row }),
    });
  const about = isMe(client.model, row.from) ? [] : moderation(room, row.from.name, null);
  if (about.length > 0) items.push(null, ...about);
  return { items, at, label: "Message actions" };
}

// What I may do to somebody in this room; `hers`: her role, null where it is not known.
export function moderation(room: Room, name: string, hers: Role | null): MenuItem[] {
  const { admin } = client.model;
  const member = room.members?.get(name.normalize("NFC").toLowerCase());
  const role = hers ?? member?.role ?? "member";
  if (room.other || !(admin || outranks(room.role, "voice"))) return [];
  if (!admin && !outranks(room.role, role)) return [];
  const items: MenuItem[] = [];
  const owner = admin || room.role === "owner";
  const make = (to: Role, label: string) =>
    items.push({ label, icon: "shield", run: () => void client.setRole(room, name, to) });
  if (owner && role !== "owner") make("owner", "Make an owner");
  if (owner && role !== "operator") make("operator", "Make a moderator");
  if (role === "member") make("voice", "Give a voice");
  if (role !== "member") make("member", "Take the role away");
  if (member)
    items.push({
      label: "Remove from the room…", icon: "leave", bad: true,
      run: () => openDialog({ is: "restrain", room, name, kind: "kick" }),
    });
  items.push(
    { label: "Mute…", icon: "mute", bad: true, run: () => openDialog({ is: "restrain", room, name, kind: "mute" }) },
    { label: "Ban…", icon: "warn", bad: true, run: () => openDialog({ is: "restrain", room, name, kind: "ban" }) },
  );
  return items;
}

export function personMenu(room: Room | null, name: string, at: MenuWanted["at"]): MenuWanted {
  const items: MenuWanted["items"] = [
    { label: "Profile", icon: "people", run: () => openPanel({ is: "person", name }) },
  ];
  if (!isMe(client.model, name))
    items.push({ label: "Write a message", icon: "at", run: () => client.openDirect(name) });
  const more = room && !isMe(client.model, name) ? moderation(room, name, null) : [];
  if (more.length > 0) items.push(null, ...more);
  const head = (
    <div class="menu-head">
      <Face name={name} size="small" />
      <Name name={name} />
    </div>
  );
  return { items, at, label: `Actions for ${name}`, head };
}

export function roomMenu(room: Room, at: MenuWanted["at"]): MenuWanted {
  const items: MenuWanted["items"] = [];
  if (room.other) {
    items.push({ label: "Profile", icon: "people", run: () => openPanel({ is: "person", name: room.name }) });
    items.push({ label: "Hide the conversation", icon: "close", run: () => client.leave(room) });
    return { items, at, label: `Actions for ${room.name}` };
  }
  items.push(
    { label: "Room settings", icon: "gear", run: () => openDialog({ is: "room", room }) },
    { label: "Invite somebody", icon: "plus", run: () => openDialog({ is: "invite", room }) },
    {
      label: "Copy the address", icon: "link",
      run: () => void copy(`${location.origin}${client.pathOf(room)}`, "Address"),
    },
    null,
    {
      label: "Leave the room", icon: "leave", bad: true,
      run: () =>
        room.private
          ? openDialog({
              is: "sure", title: `Leave ${room.name}?`, label: "Leave", run: () => client.leave(room),
              text: "It is private: to come back you have to be invited again.",
            })
          : client.leave(room),
    },
  );
  return { items, at, label: `Actions for ${room.name}` };
}

