// rules.tsx: words that are filtered in a room, and the server's lock-down for its administrators.
import { useEffect, useState } from "preact/hooks";
import * as client from "./client";
import type { Room } from "./model";
import type { Incoming } from "./protocol";
import { Field, Switch } from "./ui";

const ACTIONS: [string, string][] = [
  ["refuse", "Is not said"],
  ["mute", "Is not said, and mutes"],
  ["report", "Stands in the log"],
];

const done = (one: Incoming): string =>
  one.action === "mute" ? `mutes for ${one.seconds} seconds` : one.action === "report" ? "stands in the log" : "is not said";

export function Filters({ room }: { room: Room }) {
  const [all, setAll] = useState<Incoming[] | null>(null);
  const [problem, setProblem] = useState("");
  const [words, setWords] = useState("");
  const [action, setAction] = useState("refuse");
  const [seconds, setSeconds] = useState("60");
  const load = () =>
    client.restraints(room).then(
      (list) => setAll(list.filter((one) => one.kind === "filter")),
      (error: Error) => setProblem(client.sentence(error.message)),
    );
  useEffect(() => void load(), [room.key]);
  const set = async (which: string, what: string) => {
    if (!(await client.filter(room, which, what, Number(seconds)))) return;
    if (what !== "off") setWords("");
    void load();
  };
  return (
    <>
      <p class="quiet">Words that people without a role do not say here. * stands for any letters, ? for one.</p>
      {problem && <p class="quiet">{problem}</p>}
      <ul class="choice-list">
        {all?.map((one) => (
          <li class="choice flat" key={one.who}>
            <bdi class="grow">{one.who}</bdi>
            <span class="quiet">{done(one)}{one.by ? `, by ${one.by}` : ""}</span>
            <button type="button" class="button" aria-label={`Take the filter ${one.who} away`} onClick={() => void set(one.who, "off")}>Remove</button>
          </li>
        ))}
      </ul>
      <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void set(words.trim(), action); }}>
        <Field label="Words" value={words} onInput={setWords} max={64} required />
        <label class="field">
          <span class="field-label">What has them in it</span>
          <select value={action} onChange={(event) => setAction(event.currentTarget.value)}>
            {ACTIONS.map(([value, label]) => <option value={value} key={value}>{label}</option>)}
          </select>
        </label>
        {action === "mute" && <Field label="Seconds" type="number" value={seconds} onInput={setSeconds} required />}
        <button type="submit" class="button" disabled={!words.trim()}>Filter</button>
      </form>
    </>
  );
}

export function ServerPart() {
  const [locked, setLocked] = useState<boolean | null>(null);
  const load = () => client.serverIsLocked().then(setLocked, () => setLocked(null));
  useEffect(() => void load(), []);
  return (
    <section class="part">
      <h3>The server</h3>
      <Switch
        label="Locked down"
        hint="No new guests and no new accounts; who is in stays"
        on={locked === true}
        disabled={locked === null}
        onChange={async (on) => {
          await client.lockdown(on);
          void load();
        }}
      />
    </section>
  );
}

export function OperPart() {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <section class="part">
      <div class="row-part">
        <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>I run this server</button>
      </div>
      {open && (
        <form onSubmit={async (event) => { event.preventDefault(); if (await client.oper(name.trim(), password)) client.toast("You are an administrator now"); }}>
          <Field label="Administrator" value={name} onInput={setName} autocomplete="off" required hint="The name of a section oper of its configuration" />
          <Field label="Password" type="password" value={password} onInput={setPassword} autocomplete="off" required />
          <button type="submit" class="button primary" disabled={!name.trim() || !password}>Become an administrator</button>
        </form>
      )}
    </section>
  );
}
