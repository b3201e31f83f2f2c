// oracle.mjs: Node's HTTP parser as a second opinion. Each line that comes in is a stream of bytes in
// base64; the answer is a line with how many requests it read out of it, and whether it refused.
import http from "node:http";
import net from "node:net";
import readline from "node:readline";

let requests = 0;
const server = http.createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    requests++;
    response.end("ok");
  });
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    requests = 0;
    const answer = await new Promise((resolve) => {
      let text = "";
      const socket = net.connect(server.address().port, "127.0.0.1", () => {
        socket.end(Buffer.from(line, "base64"));
      });
      socket.on("data", (some) => (text += some.toString("latin1")));
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
    });
    console.log(JSON.stringify({ requests, refused: /HTTP\/1.1 [45]/.test(answer) }));
  }
  process.exit(0);
});
