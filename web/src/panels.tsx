// panels.tsx: what stands beside the room: its members, the search, a person.
import { useEffect, useState } from "preact/hooks";
import * as client from "./client";
import { Icon } from "./icons";
import { moderation, personMenu } from "./menus";
import { isMe, nameKey, type Room, roomByName, sortedMembers } from "./model";
import { Refusal, type Member, type PersonShown, type Role, type RoomEvent } from "./protocol";
import { openMenu, type PanelWanted } from "./stage";
import { Face, IconButton, Name, shortWhen } from "./ui";
import { WithPresence } from "./sidebar";

export function Panel({ wanted, room, onClose }: { wanted: PanelWanted; room: Room; onClose: () => void }) {
  const titles = { members: "Members", search: "Search", person: "Profile" };
  return (
    <aside class="panel" aria-label={titles[wanted.is]}>
      <header class="panel-head">
        <h2>{titles[wanted.is]}</h2>
        <IconButton icon="close" label={`Close ${titles[wanted.is].toLowerCase()}`} onClick={onClose} />
      </header>
      {wanted.is === "members" && <Members room={room} />}
      {wanted.is === "search" && <Search room={room} key={room.key} />}
      {wanted.is === "person" && <PersonPanel name={wanted.name} room={room} key={wanted.name} />}
    </aside>
  );
}

const GROUPS: [Role, string][] = [
  ["owner", "Owners"], ["operator", "Moderators"], ["voice", "With a voice"], ["member", "Members"],
];
const SHOWN = 300;

function Members({ room }: { room: Room }) {
  const [word, setWord] = useState("");
  const all = sortedMembers(room).filter((member) => nameKey(member.name).includes(nameKey(word)));
  const shown = all.slice(0, SHOWN);
  return (
    <div class="panel-body">
      {(room.members?.size ?? 0) > 15 && (
        <input type="search" class="panel-search" placeholder="Find somebody" aria-label="Find a member" value={word} onInput={(event) => setWord(event.currentTarget.value)} />
      )}
      {GROUPS.map(([role, title]) => {
        const group = shown.filter((member) => member.role === role);
        if (group.length === 0) return null;
        return (
          <section key={role}>
            <h3 class="panel-title">{title} <span class="count">{all.filter((one) => one.role === role).length}</span></h3>
            <ul>{group.map((member) => <MemberRow member={member} room={room} key={member.name} />)}</ul>
          </section>
        );
      })}
      {all.length > SHOWN && <p class="quiet pad">and {all.length - SHOWN} more: search for them</p>}
      {room.members && all.length === 0 && <p class="quiet pad">Nobody.</p>}
    </div>
  );
}

function MemberRow({ member, room }: { member: Member; room: Room }) {
  return (
    <li>
      <button
        type="button"
        class={`side-row person ${member.away !== null && member.away !== undefined ? "is-away" : ""}`}
        aria-haspopup="menu"
        onClick={(event) => openMenu(personMenu(room, member.name, event.currentTarget.getBoundingClientRect()))}
      >
        <WithPresence name={member.name} />
        <span class="person-words">
          <span class="person-name">
            <Name name={member.name} coloured={false} />
            {isMe(client.model, member.name) && <span class="quiet"> you</span>}
            {member.bot && <span class="tag">bot</span>}
          </span>
          {member.away && <bdi class="quiet">{member.away}</bdi>}
        </span>
      </button>
    </li>
  );
}

function Search({ room }: { room: Room }) {
  const [word, setWord] = useState("");
  const [found, setFound] = useState<RoomEvent[] | null>(null);
  const [state, setState] = useState<"" | "busy" | string>("");
  const [more, setMore] = useState(false);

  const look = async (before = 0) => {
    if (!word.trim()) return;
    setState("busy");
    try {
      const events = await client.search(room, word.trim(), before);
      setFound(before ? [...(found ?? []), ...events] : events);
      setMore(events.length === 30);
      setState("");
    } catch (error) {
      setState(error instanceof Refusal ? client.sentence(error.message) : String(error));
    }
  };
  return (
    <div class="panel-body">
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <input
          type="search"
          class="panel-search"
          autofocus
          ref={(field) => { if (field && !field.dataset.met) { field.dataset.met = "1"; field.focus(); } }}
          placeholder={`Search in ${room.name}`}
          aria-label={`Search in ${room.name}`}
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
        />
      </form>
      <div role="status" class="quiet pad">
        {state === "busy" ? "Searching…" : state || (found ? `${found.length}${more ? " or more" : ""} found` : "Words that are all in a message; the newest come first.")}
      </div>
      <ul class="found">
        {found?.map((event) => (
          <li key={event.seq}>
            <button type="button" onClick={() => void client.jumpTo(room, event.seq)}>
              <span class="head">
                <Name name={event.from?.name ?? ""} />
                <time>{shortWhen(event.time)}</time>
              </span>
              <bdi class="found-text" dir="auto"><Marked text={event.text ?? ""} words={word} /></bdi>
            </button>
          </li>
        ))}
      </ul>
      {more && <button type="button" class="button wide" onClick={() => void look(found![found!.length - 1]!.seq)}>More</button>}
    </div>
  );
}

function Marked({ text, words }: { text: string; words: string }) {
  const list = words.split(/\s+/).map((word) => word.replace(/[^\p{L}\p{N}]/gu, "")).filter((word) => word.length > 1);
  const at = list.length ? text.toLowerCase().indexOf(list[0]!.toLowerCase()) : -1;
  const from = at > 90 ? at - 60 : 0;
  const shown = (from > 0 ? "…" : "") + text.slice(from, from + 260);
  if (list.length === 0) return <>{shown}</>;
  const parts = shown.split(new RegExp(`(${list.join("|")})`, "giu"));
  return <>{parts.map((part, n) => (n % 2 ? <mark key={n}>{part}</mark> : part))}</>;
}

function PersonPanel({ name, room }: { name: string; room: Room }) {
  const [shown, setShown] = useState<PersonShown | null>(null);
  const [problem, setProblem] = useState("");
  const me = isMe(client.model, name);
  useEffect(() => {
    client.person(name).then(setShown, (error: Refusal) => setProblem(client.sentence(error.message)));
  }, [name]);
  const member = room.members?.get(nameKey(name));
  const may = me ? [] : moderation(room, name, member?.role ?? null);
  const rooms = (shown?.rooms ?? []).map((one) => (typeof one === "string" ? one : one.name));
  return (
    <div class="panel-body profile">
      <Face name={name} size="large" />
      <h3><Name name={shown?.name ?? name} coloured={false} /></h3>
      <p class="quiet">
        {shown ? (shown.account ? `Account ${shown.account}` : "Guest") : problem}
        {shown?.admin ? ", administrator" : ""}{shown?.bot ? ", program" : ""}
      </p>
      {shown?.real && shown.real !== shown.name && <p><bdi>{shown.real}</bdi></p>}
      {shown?.away && <p class="away-note"><Icon name="moon" size={16} /> <bdi>{shown.away}</bdi></p>}
      {!me && (
        <button type="button" class="button primary wide" onClick={() => client.openDirect(name)}>Write a message</button>
      )}
      {shown && (
        <dl>
          {member && member.role !== "member" && <><dt>In {room.name}</dt><dd>{{ owner: "Owner", operator: "Moderator", voice: "Has a voice" }[member.role]}</dd></>}
          {shown.since && <><dt>Here since</dt><dd>{shortWhen(shown.since < 1e12 ? shown.since * 1000 : shown.since)}</dd></>}
          {shown.idle !== undefined && shown.idle > 300 && <><dt>Quiet for</dt><dd>{Math.floor(shown.idle / 60)} min</dd></>}
        </dl>
      )}
      {rooms.length > 0 && (
        <section class="profile-part">
          <h3 class="panel-title">Rooms</h3>
          <ul>
            {rooms.map((one) => (
              <li key={one}>
                <button type="button" class="side-row" onClick={() => void client.join(one).catch(() => {})}>
                  <Icon name={roomByName(client.model, one)?.private ? "lock" : "hash"} size={16} />
                  <bdi>{one}</bdi>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {may.length > 0 && (
        <section class="profile-part">
          <h3 class="panel-title">Moderation</h3>
          <ul>
            {may.map((item) => (
              <li key={item.label}>
                <button type="button" class={`side-row ${item.bad ? "bad" : ""}`} onClick={item.run}>
                  {item.icon && <Icon name={item.icon} size={17} />}
                  <span>{item.label}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

