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

const scrollUp = (page) => page.locator(".timeline").evaluate((box) => (box.scrollTop = 0));

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
    const anna = await (await test.someone(server)).guest("anna");
    await fill(anna.page, "scribe", "lobby", MANY);
    await anna.sees(`line ${MANY}`);
    const { page } = anna;
    let most = 0;
    for (let turn = 0; turn < 20; turn++) {
      const [first, rows] = await page.evaluate(() => {
        const all = document.querySelectorAll(".row .text");
        return [all[0].textContent, all.length];
      });
      most = Math.max(most, rows);
      const before = await page.evaluate(() => {
        const row = document.querySelector(".row[data-seq]");
        document.querySelector(".timeline").scrollTop = 0;
        return { key: row.dataset.key, top: row.getBoundingClientRect().top };
      });
      await until(() => page.evaluate((text) => document.querySelector(".row .text").textContent !== text, first), "more comes");
      const after = await page.evaluate((key) => document.querySelector(`[data-key="${key}"]`)?.getBoundingClientRect().top, before.key);
      assert.ok(Math.abs(after - before.top) <= 2, `the row that was seen stays: ${before.top} ${after}`);
    }
    const numbers = await page.evaluate(() => [...document.querySelectorAll(".row .text")].map((row) => Number(row.textContent.split(" ")[1])));
    assert.ok(numbers[0] <= MANY - 1000, `${numbers[0]}`);
    for (let at = 1; at < numbers.length; at++) assert.equal(numbers[at], numbers[at - 1] + 1);
    assert.ok(most <= 330, `${most} rows stand in the page`);
    const took = await page.evaluate(async () => {
      const began = performance.now();
      document.querySelector(".jump").click();
      while (!document.querySelector(".row:last-child .text")?.textContent.endsWith("000")) await new Promise(requestAnimationFrame);
      return performance.now() - began;
    });
    assert.ok(took < 3000, `back to the newest in ${took} ms`);
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
};
