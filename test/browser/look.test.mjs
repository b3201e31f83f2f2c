// look.test.mjs: the client on a phone, by the keyboard alone, offline, and how soon it is there.
import assert from "node:assert/strict";
import { cpus, loadavg } from "node:os";
import { sleep, until } from "./server.mjs";

// How far the page is wider than the window, in pixels.
const tooWide = () => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth;

export default {
  "at 390 pixels everything is at hand and nothing sticks out": async (test) => {
    const server = await test.server();
    const anna = await test.someone(server, { width: 390, height: 800, phone: true });
    const { page } = anna;
    await page.goto(server.url);
    await page.getByLabel("Your name").waitFor();
    assert.equal(await page.evaluate(tooWide), 0);
    await anna.guest("anna");
    await anna.box.fill(`wide ${"x".repeat(300)}\n\`\`\`\n${"code ".repeat(60)}\n\`\`\``);
    await page.getByRole("button", { name: "Send" }).tap();
    await anna.stored("wide");
    assert.equal(await page.evaluate(tooWide), 0);
    await anna.row("wide").tap();
    await anna.row("wide").getByRole("button", { name: "React" }).tap();
    await page.locator(".emoji-grid button").first().tap();
    await page.locator(".reaction.mine").waitFor();
    await page.getByRole("button", { name: /^Members/ }).tap();
    await page.locator(".panel .person-name").waitFor();
    assert.equal(await page.evaluate(tooWide), 0);
    await page.getByRole("button", { name: "Close members" }).tap();
    await page.getByRole("button", { name: "All rooms" }).tap();
    await page.locator(".sidebar").waitFor();
    assert.equal(await page.locator(".room").count(), 0);
    await page.getByRole("button", { name: "Settings", exact: true }).tap();
    await page.getByRole("dialog").waitFor();
    assert.equal(await page.evaluate(tooWide), 0);
    await page.getByRole("button", { name: "Close" }).tap();
    await page.locator(".sidebar a", { hasText: "lobby" }).tap();
    await anna.sees("wide");
  },

  "the keyboard alone does everything": async (test) => {
    const server = await test.server();
    const anna = await test.someone(server);
    const { page } = anna;
    const keys = page.keyboard;
    await page.goto(server.url);
    await page.getByLabel("Your name").waitFor();
    await keys.type("anna");
    await keys.press("Enter");
    await anna.box.waitFor();
    await until(() => anna.box.evaluate((box) => box === document.activeElement), "one may write at once");
    await keys.type("first");
    await keys.press("Enter");
    await anna.stored("first");
    await keys.type("secnd");
    await keys.press("Enter");
    await anna.stored("secnd");
    await keys.press("ArrowUp");
    await page.getByLabel("Edit the message").waitFor();
    await keys.press("Control+a");
    await keys.type("second");
    await keys.press("Enter");
    await anna.sees("second");
    await keys.press("Shift+Tab"); // into the messages, or a part of the last
    for (let n = 0; n < 8 && !(await page.evaluate(() => document.activeElement.matches(".row"))); n++) await keys.press("Shift+Tab");
    await keys.press("ArrowUp");
    assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /anna, .*: first/);
    await keys.press("r");
    await until(() => anna.box.evaluate((box) => box === document.activeElement), "the answer may be written");
    await keys.type("an answer");
    await keys.press("Enter");
    await page.locator(".answered", { hasText: "first" }).waitFor();
    await keys.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await keys.type("workshop");
    await keys.press("Escape");
    await keys.press("Control+/");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await keys.press("Escape");
    await until(() => anna.box.evaluate((box) => box === document.activeElement), "the focus comes back");
    await keys.type("/away for tea");
    await keys.press("Enter");
    await page.locator(".self").getByText("for tea").waitFor();
    await keys.press("Control+f");
    await until(() => page.evaluate(() => document.activeElement.matches("[type=search]")), "one may search");
    await keys.press("Escape");
    await page.locator(".found").waitFor({ state: "detached" });
  },

  "it can be installed, and opens where there is no server": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server)).guest("anna");
    const { page } = anna;
    const manifest = await page.evaluate(async () => (await fetch(document.querySelector("link[rel=manifest]").href)).json());
    assert.equal(manifest.display, "standalone");
    for (const { src, sizes } of manifest.icons) {
      const [type, size] = await page.evaluate(
        (src) =>
          fetch(src).then(async (answer) => {
            const picture = new Image();
            picture.src = src;
            await picture.decode();
            return [answer.headers.get("content-type"), picture.naturalWidth];
          }),
        src,
      );
      assert.match(type, /^image\//);
      if (sizes !== "any") assert.equal(`${size}x${size}`, sizes);
    }
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await server.kill();
    await page.goto(`${server.url}/r/lobby`);
    await page.getByText("The server cannot be reached").waitFor();
    await server.start();
    await anna.box.waitFor();
  },

  "light and dark are as the system has it, or as one chooses": async (test) => {
    const server = await test.server();
    const anna = await (await test.someone(server, { colorScheme: "dark" })).guest("anna");
    const ground = () => anna.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await anna.page.getByRole("button", { name: "Settings", exact: true }).click();
    await anna.page.getByRole("radio", { name: "Light" }).click();
    await until(async () => (await ground()) !== dark, "it is light");
    await anna.page.reload();
    await anna.box.waitFor();
    assert.notEqual(await ground(), dark);
  },

  "who is called while she looks elsewhere is notified": async (test) => {
    const server = await test.server();
    const someone = await test.someone(server);
    await someone.context.grantPermissions(["notifications"]);
    await someone.page.addInitScript(() => {
      window.shown = [];
      window.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body }) {
          window.shown.push(`${title}: ${body}`);
        }
      };
    });
    const anna = await someone.guest("anna");
    const bert = await (await test.someone(server)).guest("bert");
    await anna.page.getByRole("button", { name: "Settings", exact: true }).click();
    await anna.page.getByRole("switch").click();
    await anna.page.keyboard.press("Escape");
    await bert.say("nothing for her");
    await bert.say("@anna while she looks");
    await anna.sees("@anna while she looks");
    await anna.page.evaluate(() => (document.hasFocus = () => false));
    await bert.say("nothing more");
    await bert.say("@anna come and see");
    await until(() => anna.page.evaluate(() => window.shown.length), "she is notified");
    await sleep(100);
    assert.deepEqual(await anna.page.evaluate(() => window.shown), ["bert in #lobby: @anna come and see"]);
  },

  "the first view is there in 300 ms with nothing cached": async (test) => {
    const server = await test.server();
    const took = [];
    for (let turn = 0; turn < 8; turn++) {
      const one = await test.someone(server, { serviceWorkers: "block" });
      await one.page.addInitScript(() => {
        new MutationObserver((_, watch) => {
          if (!document.querySelector(".signin-card input")) return;
          window.there = performance.now();
          watch.disconnect();
        }).observe(document, { childList: true, subtree: true });
      });
      await one.page.goto(server.url);
      await one.page.getByLabel("Your name").waitFor();
      took.push(Math.round(await one.page.evaluate(() => window.there)));
      await one.context.close();
      test.people.pop();
      if (took[turn] < 300) break;
    }
    test.note(`the first view took ${Math.min(...took)} ms of ${took.join(", ")}, load ${loadavg()[0]}`);
    // Where others use the machine as well, it takes longer by as much.
    const limit = 300 * Math.max(1, loadavg()[0] / cpus().length);
    assert.ok(Math.min(...took) < limit, `${took.join(", ")} ms, limit ${limit}`);
  },
};
