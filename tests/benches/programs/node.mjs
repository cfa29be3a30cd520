// Runs a preview1 module: `node node.mjs MODULE JSON ARG...`, where JSON has `dirs` and `env`.

import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [module, grants, ...args] = process.argv.slice(2);
const { dirs, env } = JSON.parse(grants);
const wasi = new WASI({ version: "preview1", args: ["program", ...args], env, preopens: dirs });
const compiled = await WebAssembly.compile(readFileSync(module));
const instance = await WebAssembly.instantiate(compiled, wasi.getImportObject());
process.exitCode = wasi.start(instance);
