// entrance.test.mjs: coming in by an invitation, and through TLS.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { get } from "node:https";
import { join } from "node:path";
import { freePort, PARLANCE, until } from "./server.mjs";

const SHUT = 'accounts { guests = false registration = false password_cost = "minimum" }';

// What a subcommand prints beside the server that runs.
function ask(server, ...words) {
  return execFileSync(PARLANCE, [...words, "--data", join(server.folder, "data")], { encoding: "utf8" }).trim();
}

// She has the link, types a name and clicks once.
async function comesBy(test, server, link, name) {
  const one = await test.someone(server);
  one.name = name;
  await one.page.goto(link);
  await one.page.getByText("You are invited").waitFor();
  await one.page.getByLabel("Your name").fill(name);
  await one.page.getByRole("button", { name: "Come in" }).click();
  await one.box.waitFor();
  return one;
}

function headers(url) {
  return new Promise((done, fail) =>
    get(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      done(answer.headers);
    }).on("error", fail),
  );
}

export default {
  "where guests are off, the link that the server prints lets a second person in": async (test) => {
    const server = await test.server(SHUT);
    const link = await until(() => /invitation +(http\S+\/invite\/\w+)/.exec(server.said)?.[1], "an invitation is printed");
    assert.ok(link.startsWith(`${server.url}/invite/`), link);
    const stranger = await test.someone(server);
    await stranger.page.goto(server.url);
    await stranger.page.getByLabel("Password").waitFor();
    assert.equal(await stranger.page.getByRole("radio", { name: "Guest" }).count(), 0);
    const anna = await comesBy(test, server, link, "anna");
    assert.equal(new URL(anna.page.url()).pathname.includes("invite"), false, "the word is in no address bar");
    const bert = await comesBy(test, server, link, "bert");
    await anna.say("who is there?");
    await bert.sees("who is there?");
    await bert.page.reload(); // who came in once is no stranger
    await bert.box.waitFor();
    await bert.say("bert is");
    await anna.sees("bert is");
  },

  "an invitation lets in as many as it says, and none when it is revoked": async (test) => {
    const server = await test.server(SHUT);
    const once = `${server.url}/invite/${ask(server, "invite", "--uses", "1")}`;
    const anna = await comesBy(test, server, once, "anna");
    const late = await test.someone(server);
    await late.page.goto(once);
    await late.page.getByLabel("Your name").fill("bert");
    await late.page.getByRole("button", { name: "Come in" }).click();
    await late.page.getByRole("alert").waitFor();
    assert.equal(await late.box.count(), 0);
    await anna.page.reload();
    await anna.box.waitFor();
    const many = ask(server, "invite");
    const [number] = ask(server, "invite", "list").split("\n").at(-1).split("\t");
    ask(server, "invite", "revoke", number);
    await late.page.goto(`${server.url}/invite/${many}`);
    await late.page.getByLabel("Your name").fill("bert");
    await late.page.getByRole("button", { name: "Come in" }).click();
    await late.page.getByRole("alert").waitFor();
    assert.equal(await late.box.count(), 0);
  },

  "through TLS the page speaks wss, loads nothing in the clear, and is asked for so again": async (test) => {
    const server = await test.server(async (folder) => {
      const made = execFileSync(PARLANCE, ["cert", "--data", join(folder, "data")], { encoding: "utf8" });
      const [cert, key] = [/\S+cert\S*\.pem/.exec(made)?.[0], /\S+key\S*\.pem/.exec(made)?.[0]];
      const port = await freePort();
      return `listen "secure" { dialect = "web" address = "127.0.0.1:${port}" tls_cert = {"${cert}"} tls_key = {"${key}"} }`;
    });
    const port = /127\.0\.0\.1:(\d+)" tls_cert/.exec(server.sections)[1];
    const plain = server.url;
    server.secure = `https://127.0.0.1:${port}`;
    // Chromium takes no service worker from a certificate of nobody's.
    const anna = await test.someone(server, { ignoreHTTPSErrors: true, serviceWorkers: "block" });
    const requests = [];
    const sockets = [];
    anna.page.on("request", (request) => requests.push(request.url()));
    anna.page.on("websocket", (socket) => sockets.push(socket.url()));
    await anna.guest("anna");
    const bert = await (await test.someone({ url: plain })).guest("bert");
    await anna.say("through TLS");
    await bert.sees("through TLS");
    await bert.say("and without");
    await anna.sees("and without");
    assert.equal(await anna.page.evaluate(() => isSecureContext && location.protocol), "https:");
    assert.deepEqual([...new Set(sockets)], [`wss://127.0.0.1:${port}/ws`]);
    assert.deepEqual(requests.filter((url) => !/^(https|data|blob):/.test(url)), []);
    assert.match((await headers(server.url))["strict-transport-security"], /^max-age=31536000$/);
    assert.equal((await fetch(plain)).headers.get("strict-transport-security"), null);
  },
};
