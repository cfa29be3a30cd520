// Runs a preview1 command: the module's path, what it is told it is called, its arguments.
const [module, ...args] = process.argv.slice(1);
const { WASI } = require("node:wasi");
const bytes = require("node:fs").readFileSync(module);
const wasi = new WASI({ version: "preview1", args });
WebAssembly.instantiate(bytes, wasi.getImportObject()).then(({ instance }) => {
  process.exitCode = wasi.start(instance);
});
