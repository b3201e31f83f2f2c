// notices.ts: what was said is told to who does not look: by a notification, to a screen reader.
import { goto, watching } from "./client";
import type { Room } from "./model";
import type { RoomEvent } from "./protocol";
import { mentionsMe, model, view } from "./state";

export function announce(room: Room, event: RoomEvent): void {
  const text = event.text ?? "";
  const toMe = !!room.other || (model.me && mentionsMe(text));
  if (room.key === view.current || toMe) {
    const from = room.key === view.current ? "" : ` in ${room.name}`;
    view.said = `${event.from.name}${from}: ${text.slice(0, 200)}`;
  }
  if (!toMe || watching(room) || !view.choices.notify) return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  notify(room, `${event.from.name}${room.other ? "" : ` in #${room.name}`}`, text.slice(0, 180));
}

function notify(room: Room, title: string, body: string): void {
  const options = { body, tag: room.key, icon: "/icon-192.png" };
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      focus();
      goto(room.key);
      shown.close();
    };
  } catch {
    // phones show them through the service worker alone
    void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, options));
  }
}
