import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { answerBytes, answerError, type Call, type Fault, redirect } from "../../support/registry.js";
import { BearerAuth } from "../../support/registry-auth.js";
import { closeAll, connect, readBlob, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const content = Buffer.from(Array.from({ length: 150_001 }, (_, at) => (at * 31 + (at >> 7)) & 255));

const startOf = ({ headers }: Call): number => Number(/\d+/.exec(headers.range ?? "0")![0]);

/** The right answer, cut after a share (0..1) of its bytes. */
function cut(share: number): Fault {
	return (call, response) => {
		const start = startOf(call);
		const rest = content.subarray(start);
		const range = start > 0 ? { "Content-Range": `bytes ${start}-150000/150001` } : {};
		response.writeHead(start > 0 ? 206 : 200, { "Content-Length": rest.length, ...range });
		response.write(rest.subarray(0, Math.floor(rest.length * share)), () => response.destroy());
	};
}

const faults: Record<string, fc.Arbitrary<Fault>> = {
	cut: fc.double({ min: 0, max: 0.99, noNaN: true }).map(cut),
	reset: fc.constant((_, response) => response.destroy()),
	busy: fc
		.constantFrom(429, 500, 502, 503, 504)
		.map((status) => (_, response) => answerError(response, status, "BUSY", "")),
	whole: fc.constant((_, response) => response.writeHead(200).end(content)),
	"wrong range": fc.constant((call, response) => {
		if (startOf(call) === 0) return false;
		response.writeHead(206, { "Content-Range": "bytes 1-150000/150001" }).end(content.subarray(1));
		return true;
	}),
	416: fc.constant((call, response) => startOf(call) > 0 && response.writeHead(416).end()),
	short: fc.constant((_, response) => response.writeHead(200).end(content.subarray(0, 70_000))),
	redirect: fc.constant((call, response) => redirect(response, `${call.path}?again`)),
	expired: fc.constant((_, response) => {
		response.setHeader("WWW-Authenticate", 'Bearer realm="/token",service="s"');
		answerError(response, 401, "UNAUTHORIZED", "expired");
	}),
};

test("whatever happens on the way, the right bytes arrive, each once", async () => {
	const registry = await startRegistry();
	const blob = registry.addBlob(content);
	const auth = new BearerAuth();
	registry.auth = auth;
	let script: Fault[] = [];
	registry.script(/GET .*blobs/, async (call, response) => {
		if (call.headers.authorization === undefined) return false;
		const fault = script.shift();
		return fault === undefined ? false : await fault(call, response);
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.oneof(...Object.values(faults)), { maxLength: 8 }),
			async (faultsInOrder) => {
				const client = connect(registry.host, "app:1", { retries: 40 });
				await client.source.listTags();
				// Two 401 running mean that the fresh token is refused, which is an error.
				script = faultsInOrder.flatMap((fault) => [
					fault,
					(call, response) => answerBytesPart(call, response),
				]);
				const bytes = await readBlob(client, blob);
				expect(bytes.equals(content)).toBe(true);
			},
		),
		{ numRuns: 60 },
	);
});

/** Some progress, then a break. */
const answerBytesPart: Fault = (call, response) => {
	if (startOf(call) > 140_000) return answerBytes(response, call, content);
	return cut(0.1)(call, response);
};
