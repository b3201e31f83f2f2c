// client.mjs HOST PORT NICK: irc-framework in the room #tea. Each line typed is said there; what is
// heard is shown as `<nick> text`, who is there as `names nick nick`. It comes back where it is cut off.
import readline from "node:readline";
import IRC from "irc-framework";

const [host, port, nick] = process.argv.slice(2);
const client = new IRC.Client();

client.on("registered", () => client.join("#tea"));
client.on("userlist", (list) => console.log("names", ...list.users.map((user) => user.nick)));
client.on("message", (said) => console.log(`<${said.nick}> ${said.message}`));
client.connect({
    host,
    port: Number(port),
    nick,
    gecos: "A framework",
    enable_echomessage: true,
    auto_reconnect: false, // its own way waits for seconds
});
client.on("close", () => setTimeout(() => client.connect(), 300));

readline.createInterface({ input: process.stdin }).on("line", (line) => client.say("#tea", line));
