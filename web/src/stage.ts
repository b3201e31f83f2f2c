// stage.ts: which menu, dialog and panel is open beside the room.
import { changed } from "./client";
import type { Message, Room } from "./model";
import type { MenuWanted } from "./ui";

export type DialogWanted =
  | { is: "rooms" }
  | { is: "create" }
  | { is: "settings" }
  | { is: "keys" }
  | { is: "switcher" }
  | { is: "room"; room: Room }
  | { is: "invite"; room: Room }
  | { is: "restrain"; room: Room; name: string; kind: "ban" | "mute" | "kick" }
  | { is: "remove"; room: Room; row: Message }
  | { is: "sure"; title: string; text: string; label: string; run: () => void };

export type PanelWanted = { is: "members" } | { is: "search" } | { is: "person"; name: string };

export interface EmojiWanted {
  at: DOMRect;
  pick: (emoji: string) => void;
}

export const stage = {
  menu: null as MenuWanted | null,
  dialog: null as DialogWanted | null,
  panel: null as PanelWanted | null,
  emoji: null as EmojiWanted | null,
};

function set<K extends keyof typeof stage>(part: K, value: (typeof stage)[K]): void {
  stage[part] = value;
  changed();
}

export const openMenu = (menu: MenuWanted | null): void => set("menu", menu);
export const openDialog = (dialog: DialogWanted | null): void => set("dialog", dialog);
export const openPanel = (panel: PanelWanted | null): void => set("panel", panel);
export const openEmoji = (emoji: EmojiWanted | null): void => set("emoji", emoji);
export const closeDialog = (): void => openDialog(null);
