import { createCipheriv } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { digestBytes } from "../../../src/image/oci/index.js";
import { Authority } from "../../support/certificates.js";
import { closeAll, connect, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

/** Bytes without structure, the same in every run. */
const keyStream = (size: number, key: number): Buffer =>
	createCipheriv("aes-128-ctr", Buffer.alloc(16, key), Buffer.alloc(16)).update(Buffer.alloc(size));

const authority = new Authority("Example Corp CA");

test.each([
	["plain", undefined],
	["TLS", authority.issue("registry.test")],
] as const)("bodies that arrive at once do not mix, whoever reads slowly (%s)", async (_, tls) => {
	const registry = await startRegistry(tls);
	const contents = Array.from({ length: 4 }, (_, at) => keyStream((at + 1) * 1_500_000, at));
	const blobs = contents.map((content) => registry.addBlob(content));
	const { source } = connect(registry.host, "app:1", { insecure: true, concurrency: blobs.length });
	const received = await Promise.all(
		blobs.map(async (blob, at) => {
			const chunks: Uint8Array[] = [];
			for await (const chunk of source.openBlob(blob, undefined, 0)) {
				chunks.push(chunk);
				// Long enough for the connection to be paused, and what came meanwhile to lie there.
				for (let turns = 0; turns < at * 20; turns++) await turn();
			}
			return digestBytes(Buffer.concat(chunks), "sha256");
		}),
	);
	expect(received).toEqual(blobs.map(({ digest }) => digest));
});
