// talk.test.mjs: people talk, with browsers and with other things, and the connection fails them.
import assert from "node:assert/strict";
import { sleep, until } from "./server.mjs";

const heard = (text, form) => [...text.matchAll(form)].map((found) => found[1]);

export default {
  "browsers, nc and an IRC client see the same in the same order": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server, { width: 390, height: 800 })).guest("bert");
    const irc = await test.lines("irc", server.ports.irc, "irka");
    irc.say("JOIN #lobby");
    await irc.hear(/ 366 /);
    const nc = await test.lines("nc", server.ports.line);
    nc.say("nick", "/who");
    await nc.hear(/in lobby/);
    await anna.page.getByText("irka").first().waitFor();
    const said = [];
    for (let n = 0; n < 5; n++) {
      said.push(`a${n}-of-anna`, `b${n}-of-bert`, `i${n}-of-irka`, `n${n}-of-nick`);
      await anna.say(`a${n}-of-anna`);
      await bert.say(`b${n}-of-bert`);
      irc.say(`PRIVMSG #lobby :i${n}-of-irka`);
      nc.say(`n${n}-of-nick`);
    }
    for (const text of said) await Promise.all([anna.sees(text), bert.sees(text)]);
    await anna.stored("a4-of-anna");
    await bert.stored("b4-of-bert");
    for (const [one, last] of [[irc, "abn"], [nc, "abi"]])
      for (const mark of last) await one.hear(new RegExp(`${mark}4-of-`));
    const form = /([abin]\d-of-\w+)/g;
    const order = heard((await anna.texts()).join("\n"), form);
    assert.deepEqual(order.toSorted?.() ?? [...order].sort(), [...said].sort());
    assert.deepEqual(heard((await bert.texts()).join("\n"), form), order);
    const others = (mark) => order.filter((text) => !text.startsWith(mark));
    assert.deepEqual(heard(irc.text, /PRIVMSG #lobby :([abn]\d-of-\w+)/g), others("i"));
    assert.deepEqual([...new Set(heard(nc.text, form))].filter((text) => !text.startsWith("n")), others("n"));
  },

  "a server that is killed and comes again loses and doubles nothing": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    const said = [];
    for (let n = 0; n < 24; n++) {
      const text = `word-${n}.`;
      said.push(text);
      await anna.say(text);
      if (n % 8 === 5) {
        await server.kill();
        await anna.page.locator(".link-state").waitFor();
      }
      if (n % 8 === 7) {
        await server.start();
        await anna.page.locator(".link-state").waitFor({ state: "detached" });
      }
    }
    for (const someone of [anna, bert]) {
      await someone.sees("word-23.");
      await until(async () => (await someone.page.locator(".row.sending").count()) === 0, "all is sent");
      await until(async () => (await someone.texts()).length === said.length, "all came").catch(() => {});
      assert.deepEqual(await someone.texts(), said);
    }
    await anna.page.reload();
    await anna.sees("word-23.");
    assert.deepEqual(await anna.texts(), said);
  },

  "what is written offline waits in sight and goes out once": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.say("before");
    await bert.sees("before");
    await anna.context.setOffline(true);
    await anna.page.locator(".link-state").waitFor();
    for (const text of ["one", "two", "three"]) await anna.say(text);
    await anna.page.getByText("Waiting for the connection").first().waitFor();
    await until(async () => (await anna.page.locator(".row.sending").count()) === 3, "three wait");
    await sleep(400);
    assert.deepEqual(await bert.texts(), ["before"]);
    await anna.context.setOffline(false);
    await bert.sees("three");
    assert.deepEqual(await bert.texts(), ["before", "one", "two", "three"]);
    await until(async () => (await anna.page.locator(".row.sending").count()) === 0, "all is sent");
    assert.deepEqual(await anna.texts(), ["before", "one", "two", "three"]);
  },

  "what is not sent yet outlives the page": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    await anna.say("first");
    await anna.stored("first");
    await anna.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await server.kill();
    await anna.page.locator(".link-state").waitFor();
    await anna.say("later");
    await anna.page.locator(".row.sending").waitFor();
    await anna.page.reload(); // from the service worker: there is no server
    await server.start();
    await anna.stored("later");
    assert.deepEqual(await anna.texts(), ["first", "later"]);
  },

  "one answers, edits, reacts and removes, and the others see it": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.say("a quesion");
    await bert.sees("a quesion");
    await anna.stored("a quesion");
    await bert.menu("a quesion", "Reply");
    await bert.say("an answer");
    await anna.page.locator(".answered", { hasText: "a quesion" }).waitFor();
    await anna.box.press("ArrowUp");
    await anna.page.getByLabel("Edit the message").fill("a question");
    await anna.page.keyboard.press("Enter");
    await bert.sees("a question");
    await bert.row("a question").getByText("(edited)").waitFor();
    await bert.row("a question").hover();
    await bert.row("a question").getByRole("button", { name: "React" }).click();
    await bert.page.getByLabel("Search emoji").fill("thumbsup");
    await bert.page.locator(".emoji-grid button").first().waitFor();
    await bert.page.keyboard.press("Enter");
    const reaction = anna.page.getByRole("button", { name: /👍, 1/ });
    await reaction.click();
    await bert.page.getByRole("button", { name: /👍, 2/ }).waitFor();
    await anna.page.getByRole("button", { name: /👍, 2/ }).click();
    await bert.page.getByRole("button", { name: /👍, 1/ }).waitFor();
    await anna.menu("a question", "Remove");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await bert.page.getByText("This message was removed").waitFor();
    assert.deepEqual(await bert.texts(), ["an answer"]);
  },

  "names, rooms and emoji are completed": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bertold");
    await anna.page.locator(".panel").getByText("bertold").waitFor();
    await anna.box.pressSequentially("hello @ber");
    await anna.page.getByRole("option", { name: "bertold" }).waitFor();
    await anna.page.keyboard.press("Tab");
    await anna.box.pressSequentially("in #lob");
    await anna.page.getByRole("option", { name: "#lobby" }).waitFor();
    await anna.page.keyboard.press("Enter");
    await anna.box.pressSequentially(":tad");
    await anna.page.getByRole("option", { name: /tada/ }).waitFor();
    await anna.page.keyboard.press("Enter");
    await until(async () => (await anna.box.inputValue()) === "hello @bertold in #lobby 🎉", await anna.box.inputValue());
    await anna.page.keyboard.press("Enter");
    await bert.sees("hello @bertold in #lobby 🎉");
    await bert.page.locator(".row.calls").waitFor();
  },

  "two people write to each other": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.locator(".panel").getByText("bert").click();
    await anna.page.getByRole("menuitem", { name: "Write a message" }).click();
    await anna.page.getByLabel("Message bert").waitFor();
    await anna.say("between us");
    await bert.page.locator(".sidebar").getByText("anna").waitFor();
    await bert.page.locator(".side-row .badge.strong").waitFor();
    await bert.page.locator(".sidebar").getByText("anna").click();
    await bert.sees("between us");
    await bert.say("I see");
    await anna.sees("I see");
  },

  "who writes is seen writing": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.box.pressSequentially("I am thinking");
    await bert.page.getByText("is writing").waitFor();
    await anna.page.keyboard.press("Enter");
    await bert.page.getByText("is writing").waitFor({ state: "detached" });
  },
};
