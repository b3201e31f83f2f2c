// sw.ts: keeps the client itself, so that it opens while the server cannot be reached. What is said
// is never kept here.
declare const SHELL: string[];
declare const VERSION: string;

interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetch extends Lifetime {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
const worker = self as unknown as {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(of: object): Promise<{ focus(): Promise<unknown> }[]> };
  addEventListener(kind: string, listener: (event: never) => void): void;
};

const keep = `parlance-${VERSION}`;

worker.addEventListener("install", (event: Lifetime) => {
  event.waitUntil(
    caches
      .open(keep)
      .then((cache) => cache.addAll(SHELL))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event: Lifetime) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== keep).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

// The page comes from the server where it can be had; what has a hash in its name from the cache.
async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
    throw new Error(String(answer.status));
  } catch (error) {
    const kept = await caches.match("/");
    if (kept) return kept;
    throw error;
  }
}

worker.addEventListener("fetch", (event: Fetch) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!/^\/(api|hooks|metrics|healthz|readyz)/.test(url.pathname)) event.respondWith(page(request));
  } else if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(request)));
  }
});

worker.addEventListener("notificationclick", (event: Lifetime & { notification: Notification }) => {
  event.notification.close();
  event.waitUntil(
    worker.clients.matchAll({ type: "window" }).then((windows) => windows[0]?.focus()),
  );
});

export {};
