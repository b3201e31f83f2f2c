// compress.mjs: beside each text of dist/ the same packed by brotli, as small as it gets. tools/embed
// takes both.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };
for (const name of readdirSync(dist)) {
  if (!/\.(html|js|css|json|svg|webmanifest|txt)$/.test(name)) continue;
  writeFileSync(join(dist, `${name}.br`), brotliCompressSync(readFileSync(join(dist, name)), { params }));
}
