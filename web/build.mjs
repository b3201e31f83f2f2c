// build.mjs: src/ and public/ become dist/, which the executable carries. Names with a hash never
// change what they hold; index.html, sw.js and the manifest are asked for anew each time.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2021"],
  charset: "utf8",
  logLevel: "warning",
  metafile: true,
};

// Emoji with their names, as "face name name\n"; a group begins with "#". The picker fetches it.
async function emojiText() {
  const { gemoji } = await import("gemoji");
  let group = "";
  let text = "";
  for (const { emoji, names, category } of gemoji) {
    if (category !== group) text += `#${(group = category)}\n`;
    text += `${emoji} ${names.join(" ")}\n`;
  }
  return text;
}

const emoji = {
  name: "emoji",
  setup(build) {
    build.onResolve({ filter: /^emoji-table$/ }, (args) => ({ path: args.path, namespace: "emoji" }));
    build.onLoad({ filter: /.*/, namespace: "emoji" }, async () => ({
      contents: `export default ${JSON.stringify(await emojiText())}`,
      loader: "js",
    }));
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const app = await build({
  ...common,
  entryPoints: { app: "src/main.tsx" },
  outdir: dist,
  format: "esm",
  splitting: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [emoji],
});
const names = Object.entries(app.metafile.outputs);
const script = names.find(([, out]) => out.entryPoint === "src/main.tsx")[0].replace(/^dist\//, "");
const style = names.find(([name]) => name.endsWith(".css"))[0].replace(/^dist\//, "");

cpSync(join(here, "public"), dist, { recursive: true });
const page = readFileSync(join(here, "public/index.html"), "utf8");
writeFileSync(
  join(dist, "index.html"),
  page.replace("/app.css", `/${style}`).replace("/app.js", `/${script}`),
);

const shell = readdirSync(dist).filter((name) => name !== "index.html" && name !== "sw.js").sort();
const version = createHash("sha256");
for (const name of ["index.html", ...shell]) version.update(name).update(readFileSync(join(dist, name)));
await build({
  ...common,
  entryPoints: { sw: "src/sw.ts" },
  outdir: dist,
  format: "iife",
  define: {
    SHELL: JSON.stringify(["/", ...shell.map((name) => `/${name}`)]),
    VERSION: JSON.stringify(version.digest("hex").slice(0, 16)),
  },
});

const first = ["index.html", script, style].map((name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length);
const sum = first.reduce((a, b) => a + b, 0);
console.log(`web: the first view is ${sum} bytes compressed (page ${first[0]}, script ${first[1]}, style ${first[2]})`);
if (sum > 60 * 1024) {
  console.error("web: that is more than 60 KB");
  process.exit(1);
}
