// markup.tsx: a text as elements. The tree comes from text.ts.
import type { ComponentChildren } from "preact";
import { join, model } from "./client";
import { isMe, roomByName } from "./model";
import { openPanel } from "./stage";
import { type Block, type Inline, onlyEmoji, parse } from "./text";

function One({ node }: { node: Inline }) {
  switch (node.is) {
    case "text":
      return <>{node.text}</>;
    case "code":
      return <code>{node.text}</code>;
    case "strong":
      return <strong><All of={node.of} /></strong>;
    case "em":
      return <em><All of={node.of} /></em>;
    case "del":
      return <del><All of={node.of} /></del>;
    case "link":
      return (
        <a href={node.href} target="_blank" rel="noopener noreferrer nofollow">
          {node.text}
        </a>
      );
    case "person":
      return (
        <button
          type="button"
          class={`mention ${isMe(model, node.name) ? "me" : ""}`}
          onClick={() => openPanel({ is: "person", name: node.name })}
        >
          @{node.name}
        </button>
      );
    case "room":
      return (
        <button type="button" class="mention" onClick={() => void join(node.name).catch(() => {})}>
          #{roomByName(model, node.name)?.name ?? node.name}
        </button>
      );
  }
}

function All({ of }: { of: Inline[] }) {
  return <>{of.map((node, at) => <One node={node} key={at} />)}</>;
}

function BlockOf({ block, mark }: { block: Block; mark?: ComponentChildren }) {
  switch (block.is) {
    case "para":
      return <p dir="auto"><All of={block.of} />{mark}</p>;
    case "code":
      return <pre tabIndex={0}><code>{block.text}</code></pre>;
    case "quote":
      return <blockquote>{block.of.map((inner, at) => <BlockOf block={inner} key={at} />)}</blockquote>;
    case "list": {
      const items = block.items.map((item, at) => <li key={at} dir="auto"><All of={item} /></li>);
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

// `<bdi>`: whatever turns the direction of writing ends with the message (THREATS 44).
// `mark`: what stands behind it.
export function Markup({ text, mark }: { text: string; mark?: ComponentChildren }) {
  const blocks = parse(text);
  const inside = blocks[blocks.length - 1]?.is === "para" ? blocks.length - 1 : -1;
  return (
    <bdi class={`text ${onlyEmoji(text) ? "emoji-only" : ""}`} dir="auto">
      {blocks.map((block, at) => <BlockOf block={block} key={at} mark={at === inside && mark} />)}
      {inside < 0 && mark}
    </bdi>
  );
}

