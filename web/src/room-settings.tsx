// room-settings.tsx: a room's topic, settings, restraints and log, each for who may.
import { useEffect, useState } from "preact/hooks";
import * as client from "./client";
import { outranks, type Room } from "./model";
import type { Incoming } from "./protocol";
import { Filters } from "./rules";
import { closeDialog, openDialog } from "./stage";
import { Dialog, Field, Name, shortWhen, Switch, useModel } from "./ui";

type Tab = "about" | "rules" | "people" | "filters" | "log";

export function RoomSettings({ room }: { room: Room }) {
  useModel();
  const [tab, setTab] = useState<Tab>("about");
  const moderates = client.model.admin || outranks(room.role, "voice");
  useEffect(() => void client.modes(room).catch(() => {}), [room.key]);
  const tabs: [Tab, string][] = moderates
    ? [["about", "About"], ["rules", "Rules"], ["people", "Bans and mutes"], ["filters", "Filters"], ["log", "Log"]]
    : [["about", "About"], ["people", "Bans and mutes"]];
  return (
    <Dialog title={`Room ${room.name}`} onClose={closeDialog}>
      <div class="tabs" role="tablist" aria-label="Room settings">
        {tabs.map(([one, label]) => (
          <button type="button" role="tab" key={one} id={`tab-${one}`} aria-selected={tab === one} aria-controls="tab-page" onClick={() => setTab(one)}>{label}</button>
        ))}
      </div>
      <div role="tabpanel" id="tab-page" aria-labelledby={`tab-${tab}`}>
        {tab === "about" && <About room={room} />}
        {tab === "rules" && <Rules room={room} />}
        {tab === "people" && <Restraints room={room} moderates={moderates} />}
        {tab === "filters" && <Filters room={room} />}
        {tab === "log" && <Log room={room} />}
      </div>
    </Dialog>
  );
}

function About({ room }: { room: Room }) {
  const [topic, setTopic] = useState(room.topic);
  const [name, setName] = useState(room.name);
  const owns = client.model.admin || room.role === "owner";
  return (
    <>
      <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void client.setTopic(room, topic.trim()); }}>
        <Field label="Topic" value={topic} onInput={setTopic} max={client.model.server?.limits.topic ?? 390} />
        <button type="submit" class="button" disabled={topic.trim() === room.topic}>Set</button>
      </form>
      {owns && (
        <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void client.renameRoom(room, name.trim()); }}>
          <Field label="Name" value={name} onInput={(text) => setName(text.replace(/\s+/g, "-"))} max={client.model.server?.limits.room ?? 64} />
          <button type="submit" class="button" disabled={!name.trim() || name.trim() === room.name}>Rename</button>
        </form>
      )}
      <p class="quiet">
        {room.memberCount} {room.memberCount === 1 ? "person is" : "people are"} here. The room's number is {room.id}.
        Your role: {{ owner: "owner", operator: "moderator", voice: "voice", member: "member" }[room.role]}.
      </p>
      {owns && !room.home && (
        <button
          type="button"
          class="button danger-quiet"
          onClick={() =>
            openDialog({
              is: "sure", title: `Delete ${room.name}?`, label: "Delete for ever",
              text: "The room and everything that was said in it are gone for good, for everybody.",
              run: () => void client.deleteRoom(room),
            })
          }
        >
          Delete the room
        </button>
      )}
    </>
  );
}

const SWITCHES: [string, string, string][] = [
  ["private", "Private", "In no list, unknown to strangers, entered by invitation"],
  ["invite", "By invitation", "In the list, but entered by invitation only"],
  ["moderated", "Moderated", "Who has no role only reads"],
  ["history", "History", "What is said is kept and can be read and searched later"],
  ["free-topic", "Topic for everybody", "Every member may set the topic"],
  ["accounts-speak", "Accounts write", "Guests need a voice to write"],
  ["accounts-enter", "Accounts enter", "Guests need an invitation to enter"],
];

const on = (value: unknown): boolean => value === true || value === "yes" || value === 1;

function Rules({ room }: { room: Room }) {
  const [key, setKey] = useState("");
  const [slow, setSlow] = useState(String(room.modes.slow ?? 0));
  const value = (word: string) => on(room.modes[word]) || (word === "private" && room.private);
  return (
    <>
      {SWITCHES.filter(([word]) => !(room.home && ["private", "invite", "accounts-enter"].includes(word))).map(([word, label, hint]) => (
        <Switch
          key={word}
          label={label}
          hint={hint}
          on={word === "history" ? room.modes.history !== false : value(word)}
          onChange={async (is) => {
            if (await client.setMode(room, word, is)) room.modes[word] = is;
            if (word === "private") room.private = is;
            client.changed();
          }}
        />
      ))}
      <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void client.setMode(room, "slow", Number(slow)); }}>
        <Field label="Slow mode, seconds between two messages" type="number" value={slow} onInput={setSlow} />
        <button type="submit" class="button">Set</button>
      </form>
      {!room.home && (
        <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void client.setMode(room, "key", key).then((done) => done && client.toast(key ? "The key is set" : "There is no key now")); }}>
          <Field label={room.modes.key ? "Key (one is set)" : "Key that one must know to enter"} value={key} onInput={setKey} placeholder="Empty: none" />
          <button type="submit" class="button">Set</button>
        </form>
      )}
    </>
  );
}

function Restraints({ room, moderates }: { room: Room; moderates: boolean }) {
  const [all, setAll] = useState<Incoming[] | null>(null);
  const [problem, setProblem] = useState("");
  const load = () =>
    client.restraints(room).then(
      (list) => setAll(list.filter((one) => one.kind !== "filter")),
      (error: Error) => setProblem(client.sentence(error.message)),
    );
  useEffect(() => void load(), [room.key]);
  const lift = async (one: Incoming) => {
    if (await client.restrain(room, { kind: one.kind, name: nameIn(one), minutes: 0, why: "", hours: 0, off: true })) void load();
  };
  return (
    <>
      {problem && <p class="quiet">{problem}</p>}
      {all && all.length === 0 && <p class="quiet">Nobody is banned, muted or invited.</p>}
      <ul class="choice-list">
        {all?.map((one, at) => (
          <li class="choice flat" key={at}>
            <span class="tag">{one.kind}</span>
            <bdi class="grow">{nameIn(one)}</bdi>
            <span class="quiet">{one.minutes ? `${one.minutes} min left` : "for ever"}{one.by ? `, by ${typeof one.by === "string" ? one.by : one.by.name}` : ""}</span>
            {moderates && (one.kind === "ban" || one.kind === "mute") && <button type="button" class="button" onClick={() => void lift(one)}>Lift</button>}
          </li>
        ))}
      </ul>
    </>
  );
}

const nameIn = (one: Incoming): string => String(one.who?.name ?? one.who ?? one.mask ?? one.name ?? "");

function Log({ room }: { room: Room }) {
  const [all, setAll] = useState<Incoming[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    client.audit(room).then(setAll, (error: Error) => setProblem(client.sentence(error.message)));
  }, [room.key]);
  return (
    <>
      {problem && <p class="quiet">{problem}</p>}
      {all && all.length === 0 && <p class="quiet">Nothing was done here yet.</p>}
      <ul class="choice-list">
        {all?.map((one, at) => (
          <li class="choice flat" key={at}>
            <span class="grow"><Name name={one.from?.name ?? "the server"} /> {one.action} <bdi>{typeof one.who === "string" ? one.who : one.who?.name}</bdi>{one.why ? `: ${one.why}` : ""}</span>
            <time class="quiet nowrap">{shortWhen(one.time)}</time>
          </li>
        ))}
      </ul>
    </>
  );
}
