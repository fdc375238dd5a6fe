import { setTimeout as wait } from "node:timers/promises";
import { ContentStore } from "../../src/ground/store/index.js";
import { formatPlatform, parsePlatform, parseReference, resolveImages } from "../../src/image/oci/index.js";
import { openRegistry } from "../../src/image/registry/index.js";
import { cachedSource } from "../../src/image/sources/index.js";

// A process that pulls all layers of some platforms into a content store:
//   node pull-process.js REFERENCE STORE PLATFORM…
// It prints what it chose and how often a server was silent, as JSON, and waits between retries for a moment only.

const [, , reference = "", store = "", ...platforms] = process.argv;
let silences = 0;
const registry = openRegistry(parseReference(reference), {
	retries: 40,
	timeout: 400,
	sleep: async () => {
		await wait(5);
	},
	onDebug: (message) => {
		if (/nothing came for|no connection within/.test(message)) silences++;
	},
});
const source = cachedSource(registry, new ContentStore(store));
const images = await resolveImages(source, platforms.map(parsePlatform), { policy: "exact" });
await source.prefetch(images.flatMap(({ layers }) => layers.map(({ descriptor }) => descriptor)));
await source.close();
const chosen = images.map(({ platform, digest }) => [formatPlatform(platform), digest]);
console.log(JSON.stringify({ chosen, silences }));
