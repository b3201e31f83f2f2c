// signin.tsx: who one is: a guest by a name alone, an account, or a new account.
import { useState } from "preact/hooks";
import * as client from "./client";
import { Icon, Logo } from "./icons";
import { loadKept } from "./storage";
import { Field, useModel } from "./ui";

type Way = "guest" | "account" | "register";

export function SignIn() {
  useModel();
  const server = client.model.server;
  const { problem, busy, link, invite } = client.view;
  const guests = !server || server.guests || !!invite;
  const [chosen, setWay] = useState<Way | null>(null);
  const way = chosen ?? (guests ? "guest" : "account");
  const [name, setName] = useState(loadKept()?.name ?? "");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(true);

  const ways: { way: Way; label: string }[] = [];
  if (guests) ways.push({ way: "guest", label: "Guest" });
  if (!server || server.accounts) ways.push({ way: "account", label: "Sign in" });
  if (!server || (server.accounts && (server.registration || invite))) ways.push({ way: "register", label: "New account" });

  const submit = (event: Event) => {
    event.preventDefault();
    if (!name.trim()) return;
    if (way === "guest") client.signIn({ name: name.trim() });
    else client.signIn({ name: name.trim(), password, keep, register: way === "register" });
  };

  return (
    <main class="signin">
      <div class="signin-card">
        <Logo size={52} />
        <h1>{server?.network ?? "Parlance"}</h1>
        <p class="signin-motd">
          {invite ? "You are invited. Choose a name and come in." : server?.motd || "A place to talk."}
        </p>
        {ways.length > 1 && (
          <div class="segments" role="radiogroup" aria-label="How to come in">
            {ways.map((one) => (
              <button
                type="button"
                role="radio"
                aria-checked={one.way === way}
                key={one.way}
                onClick={() => setWay(one.way)}
              >
                {one.label}
              </button>
            ))}
          </div>
        )}
        <form onSubmit={submit}>
          <Field
            label={way === "account" ? "Name" : "Your name"}
            value={name}
            onInput={setName}
            max={server?.limits.name ?? 32}
            autocomplete="username"
            required
            focus
          />
          {way !== "guest" && (
            <Field
              label="Password"
              type="password"
              value={password}
              onInput={setPassword}
              autocomplete={way === "register" ? "new-password" : "current-password"}
              required
            />
          )}
          {way !== "guest" && (
            <label class="check">
              <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
              Stay signed in on this device
            </label>
          )}
          {problem && (
            <p class="problem" role="alert"><Icon name="warn" size={16} /> {problem}</p>
          )}
          <button type="submit" class="button primary wide" disabled={busy || link === "offline" || !server}>
            {busy ? "One moment…" : way === "register" ? "Create the account" : way === "guest" ? "Come in" : "Sign in"}
          </button>
        </form>
        <p class="signin-foot" role="status">
          {link === "offline"
            ? "The server cannot be reached. Trying again…"
            : way === "guest" ? "As a guest you need no password. You can make the name your own later." : " "}
        </p>
      </div>
    </main>
  );
}
