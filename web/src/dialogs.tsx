// dialogs.tsx: finding, making and inviting; the quick way to a room; what is asked before harm.
import { useEffect, useState } from "preact/hooks";
import * as client from "./client";
import { Icon } from "./icons";
import { nameKey } from "./model";
import type { Refusal, RoomListed } from "./protocol";
import { RoomSettings } from "./room-settings";
import { Settings } from "./settings";
import { closeDialog, type DialogWanted } from "./stage";
import { Dialog, Face, Field, Name, Switch } from "./ui";

export function DialogOf({ wanted }: { wanted: DialogWanted }) {
  switch (wanted.is) {
    case "rooms":
      return <FindRooms />;
    case "create":
      return <CreateRoom />;
    case "settings":
      return <Settings />;
    case "keys":
      return <Keys />;
    case "switcher":
      return <Switcher />;
    case "room":
      return <RoomSettings room={wanted.room} />;
    case "invite":
      return <Invite wanted={wanted} />;
    case "restrain":
      return <Restrain wanted={wanted} />;
    case "remove":
      return <RemoveMessage wanted={wanted} />;
    case "sure":
      return (
        <Dialog title={wanted.title} onClose={closeDialog} class="small">
          <p>{wanted.text}</p>
          <Foot label={wanted.label} bad run={wanted.run} />
        </Dialog>
      );
  }
}

type Of<K extends DialogWanted["is"]> = { wanted: Extract<DialogWanted, { is: K }> };

function Foot({ label, run, bad = false, disabled = false }: { label: string; run?: () => void; bad?: boolean; disabled?: boolean }) {
  return (
    <footer class="dialog-foot">
      <button type="button" class="button" onClick={closeDialog}>Cancel</button>
      <button
        type={run ? "button" : "submit"}
        class={`button ${bad ? "danger" : "primary"}`}
        disabled={disabled}
        onClick={run && (() => { closeDialog(); run(); })}
      >
        {label}
      </button>
    </footer>
  );
}

function FindRooms() {
  const [all, setAll] = useState<RoomListed[] | null>(null);
  const [word, setWord] = useState("");
  const [locked, setLocked] = useState("");
  const [key, setKey] = useState("");
  useEffect(() => {
    client.rooms().then(setAll, (error: Refusal) => client.toast(error.message, true));
  }, []);
  const enter = async (name: string, word = "") => {
    try {
      if (await client.join(name, word)) closeDialog();
    } catch {
      setLocked(name);
    }
  };
  const rooms = (all ?? [])
    .filter((room) => nameKey(room.name + " " + room.topic).includes(nameKey(word)))
    .sort((a, b) => b.members - a.members || a.name.localeCompare(b.name));
  if (locked)
    return (
      <Dialog title={`${locked} has a key`} onClose={closeDialog} class="small">
        <form onSubmit={(event) => { event.preventDefault(); void enter(locked, key); }}>
          <Field label="Key" value={key} onInput={setKey} focus />
          <Foot label="Enter" disabled={!key} />
        </form>
      </Dialog>
    );
  return (
    <Dialog title="Find rooms" onClose={closeDialog}>
      <input type="search" class="panel-search" placeholder="Name or topic" aria-label="Find rooms" autofocus value={word} onInput={(event) => setWord(event.currentTarget.value)} />
      <ul class="choice-list">
        {rooms.slice(0, 200).map((room) => {
          const inside = [...client.model.rooms.values()].some((one) => one.id === room.id);
          return (
            <li key={room.id}>
              <button type="button" class="choice" onClick={() => void enter(room.name)}>
                <Icon name="hash" size={18} />
                <span class="choice-words">
                  <bdi class="choice-name">{room.name}</bdi>
                  <bdi class="quiet">{room.topic || "No topic"}</bdi>
                </span>
                <span class="quiet nowrap"><Icon name="people" size={14} /> {room.members}</span>
                <span class="choice-state">{inside ? "Open" : "Join"}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {all === null && <p class="quiet pad" role="status">Looking…</p>}
      {all && rooms.length === 0 && <p class="quiet pad">No room is called so. You can make it.</p>}
    </Dialog>
  );
}

function CreateRoom() {
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [hidden, setHidden] = useState(false);
  return (
    <Dialog title="Make a room" onClose={closeDialog} class="small">
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          if (await client.create(name.trim(), hidden, topic.trim())) closeDialog();
        }}
      >
        <Field label="Name" value={name} onInput={(text) => setName(text.replace(/\s+/g, "-"))} max={client.model.server?.limits.room ?? 64} focus required hint="Letters, digits and - _ ." />
        <Field label="Topic" value={topic} onInput={setTopic} max={client.model.server?.limits.topic ?? 390} placeholder="What it is about" />
        <Switch label="Private" hint="In no list; entered by invitation only" on={hidden} onChange={setHidden} />
        <Foot label="Make the room" disabled={!name.trim()} />
      </form>
    </Dialog>
  );
}

function Invite({ wanted: { room } }: Of<"invite">) {
  const [name, setName] = useState("");
  const people = [...client.view.people.entries()]
    .filter(([key, one]) => one.here && !room.members?.has(key) && key.includes(nameKey(name)))
    .slice(0, 8);
  const send = async (who: string) => {
    if (await client.invite(room, who)) {
      client.toast(`${who} is invited`);
      closeDialog();
    }
  };
  return (
    <Dialog title={`Invite to ${room.name}`} onClose={closeDialog} class="small">
      <form onSubmit={(event) => { event.preventDefault(); void send(name.trim()); }}>
        <Field label="Name" value={name} onInput={setName} focus required />
        <ul class="choice-list">
          {people.map(([key]) => (
            <li key={key}>
              <button type="button" class="choice" onClick={() => void send(key)}><Face name={key} size="small" /><Name name={key} coloured={false} /></button>
            </li>
          ))}
        </ul>
        <Foot label="Invite" disabled={!name.trim()} />
      </form>
    </Dialog>
  );
}

const TIMES: [number, string][] = [
  [10, "10 minutes"], [60, "An hour"], [1440, "A day"], [10080, "A week"], [0, "For ever"],
];

function Restrain({ wanted: { room, name, kind } }: Of<"restrain">) {
  const [minutes, setMinutes] = useState(kind === "mute" ? 60 : 0);
  const [why, setWhy] = useState("");
  const [hours, setHours] = useState(0);
  const words = { ban: `Ban ${name}`, mute: `Mute ${name}`, kick: `Remove ${name} from the room` };
  const hints = {
    ban: "She leaves the room and cannot come back.",
    mute: "She stays in the room and cannot write.",
    kick: "She leaves the room and may come back.",
  };
  const run = () =>
    void (kind === "kick" ? client.kick(room, name, why) : client.restrain(room, { kind, name, minutes, why, hours }));
  return (
    <Dialog title={words[kind]} onClose={closeDialog} class="small">
      <p class="quiet">{hints[kind].replace("She", name)}</p>
      {kind !== "kick" && (
        <label class="field">
          <span class="field-label">For how long</span>
          <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
            {TIMES.map(([value, label]) => <option value={value} key={value}>{label}</option>)}
          </select>
        </label>
      )}
      {kind === "ban" && (
        <label class="field">
          <span class="field-label">Remove what was written</span>
          <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
            <option value={0}>Nothing</option>
            <option value={1}>In the last hour</option>
            <option value={24}>In the last day</option>
            <option value={168}>In the last week</option>
          </select>
        </label>
      )}
      <Field label="Why" value={why} onInput={setWhy} max={client.model.server?.limits.why ?? 390} placeholder="Everybody in the room sees it" />
      <Foot label={{ ban: "Ban", mute: "Mute", kick: "Remove" }[kind]} run={run} bad />
    </Dialog>
  );
}

function RemoveMessage({ wanted: { room, row } }: Of<"remove">) {
  const [why, setWhy] = useState("");
  const mine = row.from.name === client.model.me?.name;
  return (
    <Dialog title="Remove the message?" onClose={closeDialog} class="small">
      <blockquote class="preview">
        <Name name={row.from.name} />
        <bdi>{row.text.slice(0, 300)}</bdi>
      </blockquote>
      {!mine && <Field label="Why" value={why} onInput={setWhy} placeholder="Everybody in the room sees it" focus />}
      <Foot label="Remove" run={() => void client.remove(room, row, why)} bad />
    </Dialog>
  );
}

function Switcher() {
  const [word, setWord] = useState("");
  const [at, setAt] = useState(0);
  const key = nameKey(word.replace(/^[@#]/, ""));
  const rooms = [...client.model.rooms.values()]
    .filter((room) => nameKey(room.name).includes(key))
    .sort((a, b) => b.mentions - a.mentions || b.unread - a.unread || a.name.localeCompare(b.name));
  const known = new Set(rooms.map((room) => room.key));
  const people = key
    ? [...client.view.people.keys()].filter((name) => name.includes(key) && !known.has(`@${name}`)).slice(0, 5)
    : [];
  const choices = [
    ...rooms.slice(0, 10).map((room) => ({ key: room.key, name: room.name, face: !!room.other, hint: "", run: () => client.goto(room.key) })),
    ...people.map((name) => ({ key: `p${name}`, name, face: true, hint: "Write a message", run: () => client.openDirect(name) })),
    ...(key && !rooms.some((room) => nameKey(room.name) === key)
      ? [{ key: "join", name: word.replace(/^[@#]/, ""), face: false, hint: "Enter this room", run: () => void client.join(word.replace(/^#/, "")).catch(() => {}) }]
      : []),
  ];
  const go = (choice: (typeof choices)[number] | undefined) => {
    if (!choice) return;
    closeDialog();
    choice.run();
  };
  return (
    <Dialog title="Go to" onClose={closeDialog} class="small">
      <input
        type="text"
        class="panel-search"
        role="combobox"
        aria-expanded="true"
        aria-controls="switcher-list"
        aria-activedescendant={`switcher-${at}`}
        aria-label="Room or person"
        placeholder="Room or person"
        autofocus
        value={word}
        onInput={(event) => { setWord(event.currentTarget.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt((at + 1) % Math.max(1, choices.length));
          else if (event.key === "ArrowUp") setAt((at + choices.length - 1) % Math.max(1, choices.length));
          else if (event.key === "Enter") go(choices[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul class="choice-list" role="listbox" id="switcher-list" aria-label="Rooms and people">
        {choices.map((choice, n) => (
          <li key={choice.key} id={`switcher-${n}`} role="option" aria-selected={n === at} class="choice" onClick={() => go(choice)}>
            {choice.face ? <Face name={choice.name} size="small" /> : <Icon name="hash" size={18} />}
            <bdi class="choice-name grow">{choice.name}</bdi>
            <span class="quiet">{choice.hint}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const KEYS: [string, string][] = [
  ["Ctrl K", "Go to a room or person"],
  ["Alt ↑ / Alt ↓", "The room above or below"],
  ["Alt Shift ↓", "The next room with something new"],
  ["Ctrl F", "Search in the room"],
  ["Escape", "Close; then: all is read, to the newest"],
  ["Enter", "Send; with Shift a new line"],
  ["↑", "Edit what you said last (where nothing is written)"],
  ["@ # : /", "Complete a person, a room, an emoji, a command"],
  ["Tab into the messages, ↑ ↓", "From message to message"],
  ["R  E  +  Del  Enter", "On a message: reply, edit, react, remove, everything"],
  ["Ctrl /", "This list"],
];

function Keys() {
  return (
    <Dialog title="Keys" onClose={closeDialog}>
      <dl class="keys">
        {KEYS.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
      <h3 class="panel-title">Writing</h3>
      <p class="quiet">
        <code>**strong**</code> <code>*stressed*</code> <code>~~struck~~</code> <code>`code`</code>{" "}
        <code>&gt; quote</code> <code>- list</code>, and <code>```</code> on a line of its own before and after a piece of code.
      </p>
    </Dialog>
  );
}
