// together.test.mjs: the kinds of client that Parlance makes itself, and nc, in one room.
import assert from "node:assert/strict";
import { until } from "./server.mjs";
import { Terminal } from "./terminal.mjs";

const FREE = "throttle { enabled = false }";
const ROUNDS = 8;

export default {
  "a browser, two terminal clients and nc see the same in the same order": async (test) => {
    const server = await test.server(FREE, ["auto"]);
    const { auto } = server.ports;
    server.ports.web = auto;
    const nc = await test.lines("nc", auto);
    nc.say("nina");
    const anna = await (await test.someone(server)).guest("anna");
    const terminals = [];
    for (const name of ["tess", "tom"]) {
      const terminal = await Terminal.open(auto, name);
      test.opened.push(() => terminal.end());
      terminals.push(terminal);
    }
    await nc.hear(/tom/);
    const talkers = { anna: (t) => anna.say(t), nina: (t) => nc.say(t) };
    ["tess", "tom"].forEach((name, i) => (talkers[name] = (t) => terminals[i].say(t)));
    for (let n = 1; n <= ROUNDS; n++)
      await Promise.all(Object.entries(talkers).map(([name, say]) => say(`<${n}-of-${name}>`)));

    const form = /<\d+-of-\w+>/g;
    const heard = (text) => text.match(form) ?? [];
    const all = ROUNDS * Object.keys(talkers).length;
    await until(async () => heard((await anna.texts()).join("\n")).length === all, "the browser has all");
    const order = heard((await anna.texts()).join("\n"));
    assert.equal(new Set(order).size, all);
    for (const terminal of terminals) {
      await until(() => heard(terminal.screen()).length === all, `all in\n${terminal.screen()}`);
      assert.deepEqual(heard(terminal.screen()), order);
    }
    // nc is not told what it says itself: what it heard is the order of the others.
    const others = order.filter((text) => !text.includes("nina"));
    await until(() => heard(nc.text).length === others.length, `all others in\n${nc.text}`);
    assert.deepEqual(heard(nc.text), others);
    nc.say("/history 50");
    await until(() => heard(nc.text).length === others.length + all, `the history in\n${nc.text}`);
    assert.deepEqual(heard(nc.text).slice(others.length), order);
  },
};
