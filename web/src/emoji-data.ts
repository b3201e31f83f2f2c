// emoji-data.ts: the table of emoji, fetched when the first one is looked for.
export interface Emoji {
  emoji: string;
  names: string[];
}

export interface EmojiGroup {
  name: string;
  emoji: Emoji[];
}

let groups: EmojiGroup[] | null = null;

export async function loadEmoji(): Promise<EmojiGroup[]> {
  if (groups) return groups;
  const { default: table } = await import("emoji-table");
  const read: EmojiGroup[] = [];
  for (const line of table.split("\n")) {
    if (line.startsWith("#") && /^#[A-Z]/.test(line)) read.push({ name: line.slice(1), emoji: [] });
    else if (line) {
      const [emoji = "", ...names] = line.split(" ");
      read[read.length - 1]!.emoji.push({ emoji, names });
    }
  }
  return (groups = read);
}

// Those whose name begins with the word, then those that have it somewhere; at most `max`.
export function findEmoji(all: EmojiGroup[], word: string, max: number): Emoji[] {
  const key = word.toLowerCase().replace(/[\s-]+/g, "_");
  const begins: Emoji[] = [];
  const has: Emoji[] = [];
  for (const group of all)
    for (const one of group.emoji) {
      if (one.names.some((name) => name.startsWith(key))) begins.push(one);
      else if (one.names.some((name) => name.includes(key))) has.push(one);
    }
  begins.sort((a, b) => a.names[0]!.length - b.names[0]!.length);
  return [...begins, ...has].slice(0, max);
}
