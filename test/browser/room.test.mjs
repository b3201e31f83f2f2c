// room.test.mjs: rooms, their history, and who may do what in them.
import assert from "node:assert/strict";
import { until } from "./server.mjs";

// Says many things over a WebSocket of the page's own; resolves when all are stored.
function fill(page, name, room, count, text = "line") {
  return page.evaluate(
    ([name, room, count, text]) =>
      new Promise((done, fail) => {
        const socket = new WebSocket(`ws://${location.host}/ws`, "parlance.json");
        let sent = 0;
        let acks = 0;
        const more = () => {
          while (sent < count && sent - acks < 500)
            socket.send(JSON.stringify({ type: "send", room, text: `${text} ${++sent}`, ref: (sent % 60000) + 1 }));
        };
        socket.onopen = () => socket.send(JSON.stringify({ type: "hello", name }));
        socket.onerror = () => fail(new Error("socket"));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === "caught_up") more();
          if (message.type === "error") fail(new Error(data));
          if (message.type !== "ack") return;
          acks++;
          if (acks === count) {
            socket.close();
            done();
          } else if (acks % 100 === 0) more();
        };
      }),
    [name, room, count, text],
  );
}

const FREE = 'throttle { enabled = false }\naccounts { password_cost = "minimum" }';
const MANY = process.env.PARLANCE_LONG ? 100_000 : 3_000;

// As many lines in the lobby, from a client of lines: no page draws them.
async function pour(test, server, count) {
  const line = await test.lines("line", server.ports.line);
  line.say("scribe");
  for (let n = 1; n <= count; n++) line.say(`line ${n}`);
  line.say("/topic all is said");
  await until(() => /the topic is now/.test(line.text), "all is said", 120_000);
}

// In the page: scrolls up until more comes; how long that took, and how far the row moved that stood
// first. Null: nothing came.
async function readBack() {
  const began = performance.now();
  const row = document.querySelector(".row[data-seq]");
  const first = () => document.querySelector(".row .text").textContent;
  const before = first();
  document.querySelector(".timeline").scrollTop = 0;
  const top = row.getBoundingClientRect().top;
  while (first() === before) {
    if (performance.now() - began > 15_000) return null;
    await new Promise(requestAnimationFrame);
  }
  const took = Math.round(performance.now() - began);
  const after = document.querySelector(`[data-key="${row.dataset.key}"]`)?.getBoundingClientRect().top ?? Infinity;
  const rows = document.querySelectorAll(".row .text").length;
  return { took, moved: Math.abs(after - top), first: Number(first().split(" ")[1]), rows };
}

const middle = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

export default {
  "a room is made, found, entered, renamed, left and deleted": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.getByRole("button", { name: "Make a room" }).click();
    await anna.page.getByLabel("Name").fill("tea garden");
    await anna.page.getByLabel("Topic").fill("leaves and water");
    await anna.page.getByRole("button", { name: "Make the room" }).click();
    await anna.page.getByRole("heading", { name: "tea-garden" }).first().waitFor();
    await bert.page.getByRole("button", { name: "Find more rooms" }).click();
    await bert.page.getByRole("button", { name: /tea-garden.*leaves and water/ }).click();
    await bert.page.getByLabel("Message tea-garden").waitFor();
    assert.equal(new URL(bert.page.url()).pathname, "/r/tea-garden");
    await anna.page.locator(".panel").getByText("bert").waitFor();
    await anna.page.locator(".room-title").click();
    await anna.page.getByRole("menuitem", { name: "Room settings" }).click();
    await anna.page.getByRole("dialog").getByLabel("Name").fill("coffee");
    await anna.page.getByRole("button", { name: "Rename" }).click();
    await bert.page.getByLabel("Message coffee").waitFor();
    await bert.page.getByText("renamed the room from tea-garden to coffee").waitFor();
    await bert.page.goBack();
    await bert.page.getByLabel("Message lobby").waitFor();
    await bert.page.locator(".sidebar").getByText("coffee").click();
    await bert.page.locator(".room-title").click();
    await bert.page.getByRole("menuitem", { name: "Leave the room" }).click();
    await bert.page.getByLabel("Message lobby").waitFor();
    await anna.page.getByText("bert left").waitFor({ timeout: 3000 }).catch(() => {});
    await anna.page.getByRole("button", { name: "Delete the room" }).click();
    await anna.page.getByRole("button", { name: "Delete for ever" }).click();
    await anna.page.getByLabel("Message lobby").waitFor();
    assert.equal(await anna.page.locator(".sidebar").getByText("coffee").count(), 0);
  },

  "a long history is read back page by page, with few rows and without a jump": async (test) => {
    const server = await test.server(FREE);
    await pour(test, server, MANY);
    const anna = await (await test.someone(server)).guest("anna");
    await anna.sees(`line ${MANY}`);
    const { page } = anna;
    const took = []; // ms a page, from the end of the room to its beginning
    let most = 0;
    for (let first = MANY; first > 1; ) {
      const step = await page.evaluate(readBack);
      assert.ok(step, `nothing comes before line ${first}`);
      assert.ok(step.moved <= 2, `the row that was seen stays: it moved by ${step.moved}`);
      assert.ok(step.first < first, `line ${step.first} comes before ${first}`);
      first = step.first;
      most = Math.max(most, step.rows);
      took.push(step.took);
    }
    assert.ok(most <= 330, `${most} rows stand in the page`);
    const numbers = await page.evaluate(() => [...document.querySelectorAll(".row .text")].map((row) => Number(row.textContent.split(" ")[1])));
    for (let at = 0; at < numbers.length; at++) assert.equal(numbers[at], at + 1);
    const few = Math.min(50, Math.floor(took.length / 2));
    const [newest, oldest] = [middle(took.slice(0, few)), middle(took.slice(-few))];
    test.note(`${took.length} pages of ${MANY} messages: ${newest} ms each at the end, ${oldest} ms at the beginning`);
    assert.ok(oldest <= 2 * newest + 50, "it does not become slower");
    const back = await page.evaluate(async (last) => {
      const began = performance.now();
      document.querySelector(".jump").click();
      while (![...document.querySelectorAll(".row .text")].some((text) => text.textContent === last)) await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }, `line ${MANY}`);
    assert.ok(back < 3000, `back to the newest in ${back} ms`);
  },

  "a topic stands in its place when a room is read back": async (test) => {
    const server = await test.server(FREE);
    const line = await test.lines("line", server.ports.line);
    line.say("bob");
    line.say("/join tea");
    line.say("before it");
    line.say("/topic all about leaves");
    line.say("after it");
    line.say("/who");
    await line.hear(/in tea \(/);
    const bert = await (await test.someone(server)).guest("bert");
    await bert.page.goto(`${server.url}/r/tea`);
    await bert.sees("after it");
    const rows = bert.page.locator(".timeline .row");
    assert.match((await rows.allTextContents()).join("\n"), /before it[^]*all about leaves[^]*after it/);
  },

  "a room opens at the first message that is not read": async (test) => {
    const server = await test.server(FREE);
    const someone = await test.someone(server);
    const read = [];
    someone.page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const message = JSON.parse(payload);
        if (message.type === "read") read.push(message.seq);
      }),
    );
    const anna = await someone.account("anna", "a long password");
    const bert = await (await test.someone(server)).guest("bert");
    await bert.say("seen by anna");
    await anna.sees("seen by anna");
    await until(() => read.at(-1) === 1, "the server knows what she read");
    await anna.page.goto("about:blank");
    await fill(bert.page, "scribe", "lobby", 150, "unseen");
    await bert.say("hello @anna");
    await bert.stored("hello @anna");
    await anna.page.goto(server.url);
    await anna.page.locator(".divider").waitFor();
    const [divider, height] = await anna.page.evaluate(() => {
      const box = document.querySelector(".timeline").getBoundingClientRect();
      return [document.querySelector(".divider").getBoundingClientRect().top - box.top, box.height];
    });
    assert.ok(divider >= 0 && divider < height / 2, `the line stands at ${divider} of ${height}`);
    assert.equal(await anna.page.locator(".divider + .row .text").innerText(), "unseen 1");
    await anna.page.getByRole("button", { name: "Mark as read" }).click();
    await anna.sees("hello @anna");
    await until(() => read.at(-1) === 152, "the server knows that she read all");
    await anna.page.reload();
    await anna.sees("hello @anna");
    assert.equal(await anna.page.locator(".divider").count(), 0);
  },

  "unread and called: the list says how often": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    for (const one of [anna, bert]) {
      await one.say("/join lobby");
    }
    await anna.page.getByRole("button", { name: "Make a room" }).click();
    await anna.page.getByLabel("Name").fill("side");
    await anna.page.getByRole("button", { name: "Make the room" }).click();
    await anna.page.getByLabel("Message side").waitFor();
    for (const text of ["one", "two", "@anna three"]) await bert.say(text);
    const link = anna.page.locator(".sidebar a", { hasText: "lobby" });
    await until(async () => (await link.locator(".badge").innerText()).startsWith("1"), "one mention is counted");
    assert.match(await anna.page.title(), /^\(1\) /);
    await link.click();
    await anna.sees("@anna three");
    await until(async () => (await link.locator(".badge").count()) === 0, "it is read");
    await until(async () => !/^\(/.test(await anna.page.title()), "the title says nothing");
  },

  "a search finds old words and goes to their place": async (test) => {
    const server = await test.server(FREE);
    const anna = await (await test.someone(server)).guest("anna");
    await anna.say("the marmalade recipe is here");
    await anna.stored("the marmalade recipe");
    await fill(anna.page, "scribe", "lobby", 700);
    await anna.sees("line 700");
    await anna.page.keyboard.press("Control+f");
    await anna.page.getByRole("searchbox", { name: "Search in lobby" }).fill("marmalade");
    await anna.page.keyboard.press("Enter");
    await anna.page.locator(".found button").click();
    await anna.page.locator(".row.marked", { hasText: "marmalade" }).waitFor();
    assert.ok(await anna.row("marmalade").evaluate((row) => {
      const [at, box] = [row.getBoundingClientRect(), document.querySelector(".timeline").getBoundingClientRect()];
      return at.top >= box.top && at.bottom <= box.bottom;
    }));
    await anna.say("and back at the end");
    await anna.stored("and back at the end");
    await anna.sees("line 700");
  },

  "who owns a room mutes, bans, and gives rights; others are not offered it": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.getByRole("button", { name: "Make a room" }).click();
    await anna.page.getByLabel("Name").fill("court");
    await anna.page.getByRole("button", { name: "Make the room" }).click();
    await anna.page.getByLabel("Message court").waitFor();
    await bert.say("/join court");
    await bert.page.getByLabel("Message court").waitFor();
    await bert.say("noise");
    await anna.sees("noise");
    await bert.page.locator(".panel").getByText("anna").click();
    assert.equal(await bert.page.getByRole("menuitem", { name: /Ban/ }).count(), 0);
    await bert.page.keyboard.press("Escape");
    await anna.menu("noise", "Mute…");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Mute", exact: true }).click();
    await bert.page.getByText("muted bert").waitFor();
    await bert.say("more noise");
    await bert.page.locator(".sending.failed").waitFor();
    await bert.page.getByRole("button", { name: "Discard" }).click();
    assert.equal(await bert.page.locator(".sending.failed").count(), 0);
    await anna.menu("noise", /^Remove( Del)?$/);
    await anna.page.getByRole("dialog").getByLabel("Why").fill("too loud");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await bert.page.getByText("This message was removed: too loud").waitFor();
    await anna.page.locator(".panel").getByText("bert").click();
    await anna.page.getByRole("menuitem", { name: "Ban…" }).click();
    await anna.page.getByRole("dialog").getByLabel("Why").fill("still too loud");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Ban", exact: true }).click();
    await bert.page.getByLabel("Message lobby").waitFor();
    await bert.say("/join court");
    await bert.page.locator(".toast.bad", { hasText: "banned" }).waitFor();
    await anna.page.locator(".room-title").click();
    await anna.page.getByRole("menuitem", { name: "Room settings" }).click();
    await anna.page.getByRole("tab", { name: "Bans and mutes" }).click();
    await anna.page.getByRole("button", { name: "Lift" }).first().waitFor();
    await anna.page.getByRole("tab", { name: "Log" }).click();
    await anna.page.locator(".choice", { hasText: "bert" }).first().waitFor();
    await anna.page.getByRole("tab", { name: "Rules" }).click();
    await anna.page.getByRole("switch", { name: /Moderated/ }).click();
    await anna.page.keyboard.press("Escape");
    await anna.page.getByText("turned moderated on").waitFor();
  },

  "a private room is for who is invited": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.getByRole("button", { name: "Make a room" }).click();
    await anna.page.getByLabel("Name").fill("secret");
    await anna.page.getByRole("switch", { name: /Private/ }).click();
    await anna.page.getByRole("button", { name: "Make the room" }).click();
    await anna.page.getByLabel("Message secret").waitFor();
    await bert.say("/join secret");
    await bert.page.locator(".toast.bad", { hasText: "no room" }).waitFor();
    await anna.page.locator(".room-title").click();
    await anna.page.getByRole("menuitem", { name: "Invite somebody" }).click();
    await anna.page.getByRole("dialog").getByLabel("Name").fill("bert");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
    await bert.page.getByRole("button", { name: "Join" }).click();
    await bert.page.getByLabel("Message secret").waitFor();
  },

  "words are filtered in a room's settings, and whoever says them is told": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.getByRole("button", { name: "Make a room" }).click();
    await anna.page.getByLabel("Name").fill("shop");
    await anna.page.getByRole("button", { name: "Make the room" }).click();
    await anna.page.getByLabel("Message shop").waitFor();
    await bert.say("/join shop");
    await bert.page.getByLabel("Message shop").waitFor();
    await anna.page.locator(".room-title").click();
    await anna.page.getByRole("menuitem", { name: "Room settings" }).click();
    await anna.page.getByRole("tab", { name: "Filters" }).click();
    await anna.page.getByLabel("Words").fill("free money");
    await anna.page.getByRole("button", { name: "Filter", exact: true }).click();
    await anna.page.locator(".choice", { hasText: "free money" }).getByText("is not said, by anna").waitFor();
    await bert.say("FREE  money!");
    await bert.page.locator(".sending.failed").waitFor();
    await bert.page.getByText("a filter here is about such words").first().waitFor();
    await bert.page.getByRole("button", { name: "Discard" }).click();
    await anna.page.getByRole("tab", { name: "Bans and mutes" }).click();
    await anna.page.getByText("Nobody is banned, muted or invited.").waitFor();
    await anna.page.getByRole("tab", { name: "Filters" }).click();
    await anna.page.getByRole("button", { name: "Take the filter free money away" }).click();
    await until(async () => (await anna.page.locator(".choice", { hasText: "free money" }).count()) === 0, "no filter");
    await bert.say("free money");
    await anna.sees("free money");
  },

  "an administrator locks the server down, and nobody new comes in": async (test) => {
    const server = await test.server('oper "root" { password = "correct-horse" }');
    const anna = await (await test.someone(server)).guest("anna");
    await anna.page.getByRole("button", { name: "Settings", exact: true }).click();
    await anna.page.getByRole("button", { name: "I run this server" }).click();
    const form = anna.page.locator("form", { hasText: "Become an administrator" });
    await form.getByLabel("Administrator").fill("root");
    await form.getByLabel("Password").fill("correct-horse");
    await form.getByRole("button", { name: "Become an administrator" }).click();
    const lock = anna.page.getByRole("switch", { name: /Locked down/ });
    await lock.click();
    await until(() => lock.isChecked(), "locked");
    const line = await test.lines("line", server.ports.line, "");
    line.say("mallory");
    await until(() => /nobody new comes in/.test(line.text), "told that nobody comes in");
    await lock.click();
    await until(async () => !(await lock.isChecked()), "open");
    line.say("mallory");
    line.say("here I am");
    await anna.sees("here I am");
  },
};
