#!/usr/bin/env node
// container-ci's build_exports: the same arguments, for `pvpkg build`.
process.argv.splice(2, 0, "build");
await import("./main.js");
