// A registry with the image app:1 on an address of its own, in the namespace where it is started, and beside it
// another server on 443 where a certificate is named:
//   node registry-process.js ADDRESS PORT [CERTIFICATE KEY]
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { TestRegistry } from "./registry.js";
import { tarball } from "./tar-builder.js";

const [, , address = "", port = "", cert, key] = process.argv;
const registry = await TestRegistry.start(undefined, { host: address, port: Number(port) });
const platform = { os: "linux", architecture: "amd64" };
registry.addImage("app", platform, [tarball({ path: "bin/app", body: "x".repeat(1000) })], "1");
if (cert !== undefined && key !== undefined) {
	const other = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) =>
		response.writeHead(404).end("not a registry"),
	);
	await new Promise<void>((listening) => other.listen(443, address, listening));
}
console.log("ready");
process.stdin.on("end", () => process.exit()).resume();
