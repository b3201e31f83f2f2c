// safety.test.mjs: what other people write, and other pages, do no harm.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { freePort, sleep, until } from "./server.mjs";
import { payloads } from "./xss.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");

// Says all of it over a WebSocket of the page's own, as somebody else; gives what was answered. The
// server answers in order: behind the answer to a ping there is none.
function sayAll(page, name, commands) {
  return page.evaluate(
    ([name, commands]) =>
      new Promise((done, fail) => {
        const socket = new WebSocket(`ws://${location.host}/ws`, "parlance.json");
        const codes = [];
        const end = commands.length;
        const hello = end + 1;
        const say = (command, ref) => socket.send(JSON.stringify({ ...command, ref: ref + 1 }));
        socket.onopen = () => say({ type: "hello", name }, hello);
        socket.onerror = () => fail(new Error("socket"));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          const ref = (message.ref ?? 0) - 1;
          if (ref === hello) [...commands, { type: "ping" }].forEach(say);
          else if (ref >= 0) codes[ref] = message.code ?? message.type;
          if (ref !== end) return;
          window.others = [...(window.others ?? []), socket];
          done(codes);
        };
      }),
    [name, commands],
  );
}

// What in the page could run: scripts beside the client's own, listeners written as text, addresses.
const harm = () => {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    if (element.localName === "script" && !/\/app-[A-Z0-9]+\.js$/.test(element.src)) found.push("script");
    if (["iframe", "object", "embed", "base", "img", "video", "audio", "style", "template"].includes(element.localName))
      found.push(element.localName);
    for (const { name, value } of element.attributes) {
      if (/^on/.test(name)) found.push(`${element.localName} ${name}`);
      if (/^(href|src|action|formaction|xlink:href)$/.test(name) && !/^(\/|https?:|ircs?:|mailto:)/.test(value))
        found.push(`${name}=${value}`);
    }
  }
  if (window.xss !== undefined) found.push("window.xss");
  return found;
};

async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

// A page of another origin, with these hidden in it.
async function evil(test, html) {
  const port = await freePort();
  const pages = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end(html);
  }).listen(port, "127.0.0.1");
  test.opened.push(() => pages.close());
  return `http://127.0.0.1:${port}/`;
}

export default {
  "THREATS 46: no script runs, whatever is written into whatever field": async (test) => {
    assert.ok(payloads.length >= 500, `${payloads.length} payloads`);
    const server = await test.server("throttle { enabled = false }");
    const anna = await (await test.someone(server)).guest("anna");
    const codes = await sayAll(anna.page, "mallory", [
      { type: "create", room: "pit" },
      ...payloads.map((text) => ({ type: "send", room: "pit", text })),
    ]);
    assert.ok(codes.slice(1).filter((code) => code === "ack").length > 0.95 * payloads.length, JSON.stringify(codes.slice(0, 20)));
    const topics = payloads.filter((text) => !/[\n\u0000]/.test(text) && text.length < 390).slice(0, 60);
    await sayAll(anna.page, "trudy", [
      { type: "join", room: "lobby" },
      ...topics.slice(0, 30).map((text) => ({ type: "topic", room: "lobby", text })),
      ...topics.slice(0, 30).map((text) => ({ type: "away", text })),
      ...payloads.slice(0, 80).map((text) => ({ type: "nick", name: text })),
      ...payloads.slice(0, 80).map((text) => ({ type: "create", room: text })),
      ...topics.slice(0, 20).map((text) => ({ type: "send", to: "anna", text })),
    ]);
    assert.deepEqual(await anna.page.evaluate(harm), []);
    await anna.box.fill("/join pit");
    await anna.box.press("Enter");
    await anna.page.getByRole("heading", { name: "pit" }).waitFor();
    await anna.page.locator(".row .text").first().waitFor();
    for (let turn = 0; turn < 14; turn++) {
      assert.deepEqual(await anna.page.evaluate(harm), []);
      await anna.page.locator(".timeline").evaluate((box) => (box.scrollTop = 0));
      await sleep(120);
    }
    await until(async () => (await anna.page.locator(".row").count()) > 100, "more than a page");
    await anna.page.locator(".row .text").first().hover();
    assert.deepEqual(await anna.page.evaluate(harm), []);
    assert.deepEqual(await anna.violations(), []);
  },

  "THREATS 47: only honest addresses become links": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const none = ["javascript:alert(1)", "data:text/html,x", "https://good.example@evil.example/", "ftp://example.org",
      "https://user:pw@evil.example/", "file:///etc/passwd", "https:\\\\evil.example", "//evil.example"];
    const links = [
      ["https://example.org/a_(b)?x=1#y", "https://example.org/a_(b)?x=1#y", "https://example.org/a_(b)?x=1#y"],
      ["https://gооgle.com/", "https://xn--ggle-55da.com/", "https://xn--ggle-55da.com/"], // two Cyrillic letters
      ["https://еxample.org/", "https://xn--xample-2of.org/", "https://xn--xample-2of.org/"],
      ["https://bücher.example/", "https://xn--bcher-kva.example/", "https://bücher.example/"],
      ["https://аррӏе.com", "https://xn--80ak6aa92e.com/", "https://xn--80ak6aa92e.com"], // all Cyrillic
      ["[the bank](https://evil.example/login)", "https://evil.example/login", "the bank"],
      ["irc://irc.example.org/parlance", "irc://irc.example.org/parlance", "irc://irc.example.org/parlance"],
      ["mailto:anna@example.org", "mailto:anna@example.org", "mailto:anna@example.org"],
    ];
    for (const text of none) await anna.say(`no ${text}`);
    for (const [text] of links) await anna.say(text);
    await anna.say("https://example.org/\u202egnp.exe");
    await anna.say("that is all");
    await anna.stored("that is all");
    const found = await anna.page.locator(".row .text a").evaluateAll((all) =>
      all.map((a) => [a.getAttribute("href"), a.textContent, a.rel, a.target]));
    const expected = links.map(([, href, shown]) => [href, shown]);
    assert.deepEqual(found.slice(0, links.length).map(([href, shown]) => [href, shown]), expected);
    assert.deepEqual(found.slice(links.length).map(([href]) => href), ["https://example.org/"]);
    for (const [, , rel, target] of found) assert.deepEqual([rel, target], ["noopener noreferrer nofollow", "_blank"]);
    assert.ok((await anna.row("the bank").innerText()).includes("(evil.example)"));
  },

  "THREATS 44: no text turns what stands beside it": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const places = async (text) => {
      const row = anna.page.locator(".row", { hasText: text }).last();
      const box = (part) => row.locator(part).first().boundingBox();
      const [name, time, body] = [await box(".author"), await box(".head time"), await box(".text")];
      return { name: name.x, time: time.x > name.x + name.width - 1, body: body.x, width: name.width };
    };
    await anna.say("plain");
    await anna.stored("plain");
    const plain = await places("plain");
    assert.ok(plain.time);
    const bert = await (await test.someone(server)).guest("bert");
    const texts = ["\u202e\u202e\u202eturned", "\u2066\u2067\u202bopened", "שלום turned \u202e\u2069", "\u202dforced\u202e"];
    for (const text of texts) {
      await bert.say(text);
      await bert.stored(text);
      await anna.say(`between ${text.length}`);
    }
    await bert.stored("between 9");
    for (const word of ["turned", "opened", "forced"]) {
      const turned = await places(word);
      assert.ok(turned.time, `the time stands behind the name: ${word}`);
      assert.equal(turned.name, plain.name, word);
    }
    assert.equal(await anna.page.locator(".row bdi.text:not([dir=auto])").count(), 0);
  },

  "THREATS 11: a page of another origin gets nothing done": async (test) => {
    const server = await test.server("", ["web", "line", "irc", "auto"]);
    const watcher = await test.lines("line", server.ports.line);
    watcher.say("watcher", "/who");
    await watcher.hear(/in lobby/);
    const urls = Object.entries(server.ports).map(([dialect, port]) => [dialect, `127.0.0.1:${port}`]);
    const forms = urls.map(([dialect, host]) =>
      `<form id=${dialect} method=post enctype=text/plain target=f-${dialect} action="http://${host}/api/v1/rooms/lobby/messages">
       <textarea name="mallory\r\n/nick mallory\r\nNICK mallory\r\nUSER m 0 * :m\r\nJOIN #lobby\r\nPRIVMSG #lobby :owned\r\nowned\r\n">owned</textarea></form>
       <iframe name=f-${dialect}></iframe><img src="http://${host}/owned%0d%0aNICK%20mallory%0d%0a">`);
    const address = await evil(test, `<!doctype html><title>evil</title>${forms.join("")}`);
    const victim = await test.someone(server);
    test.complains = true; // the browser says much of what is refused
    await victim.page.goto(address);
    const done = await victim.page.evaluate(async (urls) => {
      const results = [];
      for (const form of document.forms) form.submit();
      for (const [dialect, host] of urls) {
        const body = "mallory\r\nNICK mallory\r\nUSER m 0 * :m\r\nJOIN #lobby\r\nPRIVMSG #lobby :owned\r\nowned\r\n";
        for (const path of ["/", "/api/v1/rooms/lobby/messages", "/hooks/x"])
          await Promise.race([
            fetch(`http://${host}${path}`, { method: "POST", mode: "no-cors", body, headers: { "Content-Type": "text/plain" } }).then(() => {}, () => {}),
            new Promise((late) => setTimeout(late, 1500)),
          ]);
        for (const protocols of [["parlance.json"], ["text.ircv3.net"], []])
          results.push(await Promise.race([
            new Promise((is) => {
              const socket = new WebSocket(`ws://${host}/ws`, protocols);
              socket.onopen = () => {
                socket.send(JSON.stringify({ type: "hello", name: "mallory" }));
                is(`${dialect} open`);
              };
              socket.onerror = () => is("refused");
            }),
            new Promise((late) => setTimeout(late, 1500, "late")),
          ]));
      }
      return results;
    }, urls);
    assert.deepEqual(done.filter((result) => / open$/.test(result)), []);
    const anna = await (await test.someone(server)).guest("anna");
    await anna.say("all is well");
    await watcher.hear(/all is well/);
    assert.ok(!/mallory|owned/.test(watcher.text), watcher.text);
    assert.deepEqual(await anna.texts(), ["all is well"]);
    assert.deepEqual(await anna.page.locator(".panel .person-name").allInnerTexts().then((all) => all.map((name) => name.split(/\s/)[0]).sort()), ["anna", "watcher"]);
    await sayAll(anna.page, "late", [{ type: "ping", text: "x" }]);
  },

  "THREATS 56: a session that was signed out everywhere is out": async (test) => {
    const server = await test.server('accounts { password_cost = "minimum" }');
    const desk = await (await test.someone(server)).account("anna", "a long password");
    const phone = await (await test.someone(server, { width: 390, height: 800 })).account("anna", "a long password", false);
    await desk.page.getByRole("button", { name: "Settings" }).click();
    await desk.page.getByRole("button", { name: "Sign out everywhere" }).click();
    for (const one of [desk, phone]) await one.page.locator(".signin").waitFor({ timeout: 5000 });
    await phone.page.reload();
    await phone.page.locator(".signin").waitFor();
    assert.equal(await phone.page.evaluate(() => localStorage.getItem("parlance.who")), null);
  },

  "in normal use the browser reports nothing of the security policy": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const bert = await (await test.someone(server, { colorScheme: "dark" })).guest("bert");
    await anna.say("**hello** https://example.org `code`\n```\nblock\n```\n> quote");
    await bert.sees("hello");
    for (const name of ["Settings", "Make a room"]) {
      await anna.page.getByRole("button", { name, exact: true }).click();
      await anna.page.getByRole("dialog").waitFor();
      await anna.page.keyboard.press("Escape");
    }
    await anna.page.getByRole("button", { name: "Emoji" }).click();
    await anna.page.locator(".emoji-grid button").nth(40).click();
    await anna.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await anna.page.reload();
    await anna.box.waitFor();
    for (const one of [anna, bert]) assert.deepEqual(await one.violations(), []);
  },

  "axe-core finds nothing serious, light and dark, wide and narrow": async (test) => {
    const server = await test.server();
    for (const [colorScheme, width] of [["light", 1280], ["dark", 390]]) {
      const anna = await test.someone(server, { colorScheme, width, height: 800, bypassCSP: true });
      const found = [];
      const look = async (where) => found.push(...(await serious(anna.page)).map((one) => `${colorScheme} ${width} ${where}: ${one}`));
      await anna.page.goto(server.url);
      await anna.page.getByLabel("Your name").waitFor();
      await look("sign-in");
      await anna.guest(`anna-${colorScheme}`);
      const other = await test.lines("line", server.ports.line);
      other.say(`bert-${width}`, "/who");
      await other.hear(/in lobby/);
      other.say(`@anna-${colorScheme} look: *this* is \`code\` and https://example.org`);
      await anna.sees("look:");
      await anna.say("an answer\n```\nwith code\n```");
      await anna.stored("an answer");
      await look("room");
      await anna.page.keyboard.press("Control+k");
      await anna.page.getByRole("dialog").waitFor();
      await look("switcher");
      await anna.page.keyboard.press("Escape");
      await anna.page.locator(".room-title").click();
      await look("menu");
      await anna.page.getByRole("menuitem", { name: "Room settings" }).click();
      await anna.page.getByRole("dialog").waitFor();
      await look("room settings");
      await anna.page.keyboard.press("Escape");
      await anna.page.getByRole("button", { name: "Search in the room" }).click();
      await look("search");
      await anna.page.keyboard.press("Escape");
      await anna.page.getByRole("button", { name: "Emoji" }).click();
      await anna.page.locator(".emoji-grid button").nth(40).waitFor();
      await look("emoji");
      await anna.page.keyboard.press("Escape");
      if (width < 700) await anna.page.getByRole("button", { name: "All rooms" }).click();
      await anna.page.getByRole("button", { name: "Settings", exact: true }).click();
      await anna.page.getByRole("dialog").waitFor();
      await look("settings");
      assert.deepEqual(found, []);
    }
  },
};
