// text.ts: what people write, taken apart: a small Markdown, links, names. Pure; the result is a
// tree of plain values, which the views make into elements. No text ever becomes HTML.

export type Inline =
  | { is: "text"; text: string }
  | { is: "code"; text: string }
  | { is: "strong" | "em" | "del"; of: Inline[] }
  | { is: "link"; href: string; text: string }
  | { is: "person"; name: string }
  | { is: "room"; name: string };

export type Block =
  | { is: "para"; of: Inline[] }
  | { is: "code"; text: string; language: string }
  | { is: "quote"; of: Block[] }
  | { is: "list"; ordered: boolean; start: number; items: Inline[][] };

const DEPTH_MAX = 4;

export function parse(text: string, depth = 0): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  let para: string[] = [];
  const flush = () => {
    const joined = para.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined) blocks.push({ is: "para", of: inline(joined) });
    para = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const block = fenceAt(lines, at) ?? quoteAt(lines, at, depth) ?? listAt(lines, at);
    if (!block) {
      para.push(line);
      continue;
    }
    flush();
    blocks.push(block.block);
    at = block.last;
  }
  flush();
  return blocks;
}

interface Taken {
  block: Block;
  last: number; // the last line that it took
}

function fenceAt(lines: string[], at: number): Taken | null {
  const open = /^```([\w+#.-]{0,20})$/.exec(lines[at]!.trimEnd());
  const single = /^```(.+)```$/.exec(lines[at]!);
  if (single) return { block: { is: "code", text: single[1]!, language: "" }, last: at };
  if (!open) return null;
  let end = at + 1;
  while (end < lines.length && lines[end]!.trimEnd() !== "```") end++;
  if (end >= lines.length) return null;
  return { block: { is: "code", text: lines.slice(at + 1, end).join("\n"), language: open[1]! }, last: end };
}

function quoteAt(lines: string[], at: number, depth: number): Taken | null {
  const is = (line: string | undefined) => line !== undefined && /^>( |$)/.test(line);
  if (depth >= DEPTH_MAX || !is(lines[at])) return null;
  let end = at;
  while (is(lines[end + 1])) end++;
  const inner = lines.slice(at, end + 1).map((line) => line.slice(2));
  return { block: { is: "quote", of: parse(inner.join("\n"), depth + 1) }, last: end };
}

function listAt(lines: string[], at: number): Taken | null {
  const bullet = /^[-*] +(\S.*)$/;
  const number = /^(\d{1,4})[.)] +(\S.*)$/;
  const first = number.exec(lines[at]!);
  const form = first ? number : bullet;
  const items: Inline[][] = [];
  let end = at;
  for (let found; end < lines.length && (found = form.exec(lines[end]!)); end++)
    items.push(inline(found[found.length - 1]!));
  if (items.length === 0) return null;
  const start = first ? Number(first[1]) : 1;
  return { block: { is: "list", ordered: !!first, start, items }, last: end - 1 };
}

// What stands in a line. Each form is tried where its first character is met; what is none stays
// text. `[label](url)` is shown with where it leads.
type Form = (text: string, at: number, depth: number) => { node: Inline | Inline[]; end: number } | null;

const WORD = /[\p{L}\p{N}]/u;

function wrapped(mark: string, is: "strong" | "em" | "del"): Form {
  return (text, at, depth) => {
    if (!text.startsWith(mark, at)) return null;
    const from = at + mark.length;
    if (!text[from] || /\s/.test(text[from]!)) return null;
    if (mark.includes("_") && at > 0 && WORD.test(text[at - 1]!)) return null;
    for (let end = text.indexOf(mark, from + 1); end > 0; end = text.indexOf(mark, end + 1)) {
      const after = text[end + mark.length];
      if (/\s/.test(text[end - 1]!) || (mark.length === 1 && after === mark)) continue;
      if (mark.includes("_") && after && WORD.test(after)) continue;
      return { node: { is, of: inline(text.slice(from, end), depth + 1) }, end: end + mark.length };
    }
    return null;
  };
}

const code: Form = (text, at) => {
  const ticks = /^`+/.exec(text.slice(at, at + 8))![0];
  const end = text.indexOf(ticks, at + ticks.length);
  if (end < 0 || end === at + ticks.length) return null;
  return { node: { is: "code", text: text.slice(at + ticks.length, end) }, end: end + ticks.length };
};

const named: Form = (text, at) => {
  const found = /^\[([^\]\n]{1,200})\]\(([^)\s]{1,2000})\)/.exec(text.slice(at, at + 2300));
  const link = found && linkOf(found[2]!);
  if (!found || !link) return null;
  const host = link.text.replace(/^[a-z]+:\/*/, "").split("/")[0]!;
  const node: Inline[] = [{ is: "link", href: link.href, text: found[1]! }];
  if (!found[1]!.includes(host)) node.push({ is: "text", text: ` (${host})` });
  return { node, end: at + found[0].length };
};

const bare: Form = (text, at) => {
  if (at > 0 && WORD.test(text[at - 1]!)) return null;
  const found = /^(https?|ircs?|mailto):[^\s<>"`\u0000-\u001f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/i.exec(text.slice(at, at + 2000));
  if (!found) return null;
  const url = trimUrl(found[0]);
  const link = linkOf(url);
  if (!link) return null;
  return { node: { is: "link", href: link.href, text: link.text }, end: at + url.length };
};

const called: Form = (text, at) => {
  if (at > 0 && !/[\s(,;"'*_~]/.test(text[at - 1]!)) return null;
  const found = /^[@#]((?:[\p{L}\p{N}\p{M}_\-[\]{}^]|\.(?=[\p{L}\p{N}])){1,64})/u.exec(text.slice(at, at + 130));
  if (!found || (text[at] === "#" && !/\p{L}/u.test(found[1]!))) return null;
  const node: Inline = { is: text[at] === "@" ? "person" : "room", name: found[1]! };
  return { node, end: at + found[0].length };
};

const forms: Record<string, Form[]> = {
  "*": [wrapped("**", "strong"), wrapped("*", "em")],
  _: [wrapped("__", "strong"), wrapped("_", "em")],
  "~": [wrapped("~~", "del")],
  "`": [code],
  "[": [named],
  "@": [called],
  "#": [called],
};
for (const first of "hHiImM") forms[first] = [bare];

export function inline(text: string, depth = 0): Inline[] {
  const nodes: Inline[] = [];
  let from = 0;
  let at = 0;
  let tries = 0;
  while (at < text.length) {
    let taken = null;
    if (depth < DEPTH_MAX && tries < 2000)
      for (const form of forms[text[at]!] ?? []) {
        tries++;
        if ((taken = form(text, at, depth))) break;
      }
    if (!taken) {
      at++;
      continue;
    }
    if (at > from) nodes.push({ is: "text", text: text.slice(from, at) });
    nodes.push(...(Array.isArray(taken.node) ? taken.node : [taken.node]));
    from = at = taken.end;
  }
  if (from < text.length) nodes.push({ is: "text", text: text.slice(from) });
  return nodes;
}

// A sentence's end is not the address's, nor is a bracket that was opened before it.
function trimUrl(url: string): string {
  let end = url.length;
  for (;;) {
    const last = url[end - 1]!;
    const open = ({ ")": "(", "]": "[", "}": "{" } as Record<string, string>)[last];
    const head = url.slice(0, end);
    if (/[.,;:!?'"*_~]/.test(last) || (open && head.split(last).length > head.split(open).length)) end--;
    else return head;
  }
}

const SCHEMES = new Set(["http:", "https:", "irc:", "ircs:", "mailto:"]);

// Where a text leads, and how that is shown; null: it is no link (THREATS 47). Who stands before an
// `@` pretends to be the host, so such an address is none. A host whose letters are of several
// scripts is shown as machines read it.
export function linkOf(text: string): { href: string; text: string } | null {
  let url: URL;
  if (/[\s<>"\u0000-\u001f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\\]/.test(text)) return null;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (!SCHEMES.has(url.protocol) || url.username || url.password) return null;
  if (url.protocol === "mailto:") return { href: url.href, text };
  if (!/^[a-z]+:\/\//i.test(text) || !url.hostname) return null;
  const written = /^[a-z]+:\/\/([^/?#:]*)/i.exec(text)![1]!;
  const plain = /^[\x21-\x7e]*$/.test(written);
  const shown = plain || oneScript(written) ? text : text.replace(written, url.hostname);
  return { href: url.href, text: shown };
}

const SCRIPTS = ["Latin", "Cyrillic", "Greek", "Armenian", "Hebrew", "Arabic", "Han", "Hiragana",
  "Katakana", "Hangul", "Thai", "Devanagari", "Georgian"].map((name) => new RegExp(`\\p{Script=${name}}`, "u"));
const LOOK_LATIN = [1, 2, 3]; // whose letters alone can pass for a Latin word

// True: each label's letters are of one script that cannot be taken for another.
export function oneScript(host: string): boolean {
  return host.split(".").every((label) => {
    const letters = [...label].filter((letter) => /\p{L}/u.test(letter));
    const used = SCRIPTS.map((script) => letters.filter((letter) => script.test(letter)).length);
    if (used.reduce((a, b) => a + b, 0) < letters.length) return false;
    const count = used.filter((n) => n > 0).length;
    return count <= 1 && !LOOK_LATIN.some((at) => used[at]! > 0);
  });
}

// A message that is nothing but a few emoji is shown larger.
export function onlyEmoji(text: string): boolean {
  const one = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*`;
  return text.length <= 40 && new RegExp(String.raw`^\s*(?:(?:${one}|\p{Regional_Indicator}{2})\s*){1,4}$`, "u").test(text);
}
