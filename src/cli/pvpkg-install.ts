#!/usr/bin/env node
// container-ci's pvpkg_install: the same arguments, for `pvpkg install`.
process.argv.splice(2, 0, "install");
await import("./main.js");
