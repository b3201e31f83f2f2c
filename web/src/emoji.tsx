// emoji.tsx: the picker: recent ones first, search, the whole table by groups.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Emoji, type EmojiGroup, findEmoji, loadEmoji } from "./emoji-data";
import type { EmojiWanted } from "./stage";
import { loadRecent, saveRecent } from "./storage";

const OFTEN = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];
const COLUMNS = 8;

export function EmojiPicker({ wanted, onClose }: { wanted: EmojiWanted; onClose: () => void }) {
  const [groups, setGroups] = useState<EmojiGroup[]>([]);
  const [word, setWord] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const came = useRef(document.activeElement as HTMLElement | null);
  const recent = [...new Set([...loadRecent(), ...OFTEN])].slice(0, 16);

  useEffect(() => void loadEmoji().then(setGroups), []);
  useLayoutEffect(() => {
    const picker = box.current!;
    const { at } = wanted;
    const above = at.top - picker.offsetHeight - 8;
    const top = above > 8 ? above : Math.min(at.bottom + 8, innerHeight - picker.offsetHeight - 8);
    picker.style.top = `${Math.max(8, top)}px`;
    picker.style.left = `${Math.max(8, Math.min(at.right - picker.offsetWidth, innerWidth - picker.offsetWidth - 8))}px`;
    picker.querySelector("input")?.focus();
  }, []);

  const close = () => {
    onClose();
    came.current?.focus?.();
  };
  const pick = (emoji: string) => {
    saveRecent([emoji, ...loadRecent().filter((other) => other !== emoji)].slice(0, 16));
    close();
    wanted.pick(emoji);
  };
  const found = word ? findEmoji(groups, word, 80) : null;
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && found?.[0] && event.target instanceof HTMLInputElement) pick(found[0].emoji);
    else if (!moveInGrid(event, box.current!)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu-ground" onMouseDown={(event) => event.target === event.currentTarget && close()}>
      <div class="picker" role="dialog" aria-label="Choose an emoji" ref={box} onKeyDown={keys}>
        <input
          type="search"
          placeholder="Search emoji"
          aria-label="Search emoji"
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
        />
        <div class="picker-list">
          {found ? (
            <Grid title={found.length > 0 ? "Found" : "Nothing found"} emoji={found} pick={pick} />
          ) : (
            <>
              <Grid title="Recent" emoji={recent.map((emoji) => ({ emoji, names: [] }))} pick={pick} />
              {groups.map((group) => <Grid title={group.name} emoji={group.emoji} pick={pick} key={group.name} />)}
            </>
          )}
        </div>
      </div>
    </div>
  );
}

function moveInGrid(event: KeyboardEvent, box: HTMLElement): boolean {
  const buttons = [...box.querySelectorAll<HTMLElement>(".emoji-grid button")];
  const now = buttons.indexOf(document.activeElement as HTMLElement);
  if (now < 0) {
    if (event.key !== "ArrowDown") return false;
    buttons[0]?.focus();
    return true;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
  if (!step) return false;
  if (now + step < 0) box.querySelector("input")?.focus();
  else buttons[Math.min(now + step, buttons.length - 1)]?.focus();
  return true;
}

function Grid({ title, emoji, pick }: { title: string; emoji: Emoji[]; pick: (emoji: string) => void }) {
  return (
    <section>
      <h3>{title}</h3>
      <div class="emoji-grid">
        {emoji.map((one) => {
          const name = one.names.join(", ") || one.emoji;
          return (
            <button type="button" key={one.emoji} tabIndex={-1} title={name && `:${one.names[0] ?? one.emoji}:`} aria-label={name} onClick={() => pick(one.emoji)}>
              {one.emoji}
            </button>
          );
        })}
      </div>
    </section>
  );
}
