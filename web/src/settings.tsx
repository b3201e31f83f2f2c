// settings.tsx: oneself: name, look, notifications, account.
import { useState } from "preact/hooks";
import * as client from "./client";
import { Icon } from "./icons";
import { OperPart, ServerPart } from "./rules";
import { closeDialog, openDialog } from "./stage";
import type { Choices } from "./storage";
import { Dialog, Field, Switch, useModel } from "./ui";

interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

let install: InstallEvent | null = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  install = event as InstallEvent;
});

const THEMES: [Choices["theme"], string][] = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];

export function Settings() {
  useModel();
  const { me } = client.model;
  if (!me) return null;
  return (
    <Dialog title="Settings" onClose={closeDialog}>
      <NamePart />
      <section class="part">
        <h3>Look</h3>
        <div class="segments" role="radiogroup" aria-label="Look">
          {THEMES.map(([theme, label]) => (
            <button type="button" role="radio" key={theme} aria-checked={client.view.choices.theme === theme} onClick={() => client.choose({ theme })}>
              {label}
            </button>
          ))}
        </div>
      </section>
      <section class="part">
        <h3>Notifications</h3>
        <Switch
          label="When somebody writes to me"
          hint="Mentions and direct messages, while Parlance is open in a tab"
          on={client.view.choices.notify && "Notification" in window && Notification.permission === "granted"}
          onChange={(on) => void notifications(on)}
        />
      </section>
      {me.account ? <AccountPart /> : client.model.server?.registration && <RegisterPart />}
      {client.model.admin ? <ServerPart /> : <OperPart />}
      <section class="part row-part">
        {install && <button type="button" class="button" onClick={() => void install!.prompt()}>Install Parlance</button>}
        <button type="button" class="button" onClick={() => openDialog({ is: "keys" })}><Icon name="keyboard" size={18} /> Keys</button>
        <span class="grow" />
        <button type="button" class="button" onClick={() => { closeDialog(); void client.signOut(false); }}><Icon name="leave" size={18} /> Sign out</button>
      </section>
    </Dialog>
  );
}

async function notifications(on: boolean): Promise<void> {
  if (!on) {
    client.choose({ notify: false });
    return;
  }
  const allowed = "Notification" in window && (await Notification.requestPermission()) === "granted";
  if (!allowed) client.toast("The browser does not allow notifications of this page", true);
  client.choose({ notify: allowed });
}

function NamePart() {
  const [name, setName] = useState(client.model.me!.name);
  const same = name.trim() === client.model.me!.name;
  return (
    <section class="part">
      <h3>Name</h3>
      <form class="inline-form" onSubmit={async (event) => { event.preventDefault(); if (await client.nick(name.trim())) client.toast("You are called so now"); }}>
        <Field label="What you are called" value={name} onInput={setName} max={client.model.server?.limits.name ?? 32} autocomplete="nickname" />
        <button type="submit" class="button" disabled={same || !name.trim()}>Change</button>
      </form>
    </section>
  );
}

function RegisterPart() {
  const [password, setPassword] = useState("");
  return (
    <section class="part">
      <h3>Make the name yours</h3>
      <p class="quiet">With a password {client.model.me!.name} becomes an account: nobody else can take the name, and your rooms and read positions are kept.</p>
      <form class="inline-form" onSubmit={async (event) => { event.preventDefault(); if (await client.register(password)) client.toast("The account is made"); }}>
        <Field label="Password" type="password" value={password} onInput={setPassword} autocomplete="new-password" required />
        <button type="submit" class="button primary" disabled={!password}>Make the account</button>
      </form>
    </section>
  );
}

function AccountPart() {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [open, setOpen] = useState<"" | "password" | "delete">("");
  return (
    <section class="part">
      <h3>Account {client.model.me!.account}</h3>
      <div class="row-part">
        <button type="button" class="button" aria-expanded={open === "password"} onClick={() => setOpen(open === "password" ? "" : "password")}><Icon name="key" size={18} /> Change the password</button>
        <button type="button" class="button" onClick={() => { closeDialog(); void client.signOut(true); }}>Sign out everywhere</button>
        <button type="button" class="button danger-quiet" aria-expanded={open === "delete"} onClick={() => setOpen(open === "delete" ? "" : "delete")}>Delete the account</button>
      </div>
      {open === "password" && (
        <form onSubmit={async (event) => { event.preventDefault(); if (await client.changePassword(old, next)) { client.toast("The password is changed; other devices are signed out"); setOpen(""); } }}>
          <Field label="Present password" type="password" value={old} onInput={setOld} autocomplete="current-password" required />
          <Field label="New password" type="password" value={next} onInput={setNext} autocomplete="new-password" required />
          <button type="submit" class="button primary" disabled={!old || !next}>Change</button>
        </form>
      )}
      {open === "delete" && (
        <form onSubmit={async (event) => { event.preventDefault(); if (await client.unregister(old)) closeDialog(); }}>
          <p class="quiet">The account, its tokens and its rooms' memberships are gone for good. What you said stays.</p>
          <Field label="Password" type="password" value={old} onInput={setOld} autocomplete="current-password" required />
          <button type="submit" class="button danger" disabled={!old}>Delete the account</button>
        </form>
      )}
    </section>
  );
}
