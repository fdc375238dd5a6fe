import { setTimeout as wait } from "node:timers/promises";
import { ContentStore } from "../../src/ground/store/index.js";
import { formatPlatform, parsePlatform, parseReference, resolveImages } from "../../src/image/oci/index.js";
import { openRegistry } from "../../src/image/registry/index.js";
import { cachedSource } from "../../src/image/sources/index.js";

// A process that pulls all layers of some platforms into a content store:
//   node pull-process.js REFERENCE STORE PLATFORM…
// It prints what it chose, as JSON, and waits between retries for a moment only.

const [, , reference = "", store = "", ...platforms] = process.argv;
const registry = openRegistry(parseReference(reference), {
	retries: 12,
	timeout: 400,
	sleep: async () => {
		await wait(5);
	},
});
const source = cachedSource(registry, new ContentStore(store));
const images = await resolveImages(source, platforms.map(parsePlatform), { policy: "exact" });
await source.prefetch(images.flatMap(({ layers }) => layers.map(({ descriptor }) => descriptor)));
await source.close();
console.log(JSON.stringify(images.map(({ platform, digest }) => [formatPlatform(platform), digest])));
