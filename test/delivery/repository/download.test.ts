import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadObjects } from "../../../src/delivery/repository/download.js";
import {
	parseRemoteAddress,
	readRemote,
	readRemoteState,
	receiveState,
	withServer,
} from "../../../src/delivery/repository/index.js";
import { initCheckout, readCheckout } from "../../../src/pantavisor/checkout/index.js";
import { RepositoryModel } from "../../support/device-repository.js";

const object = Buffer.alloc(300_000, "object ");
const sha256 = createHash("sha256").update(object).digest("hex");
const state = JSON.stringify({ "#spec": "pantavisor-service-system@1", "web/root.squashfs": sha256 });
let directory: string;
let model: RepositoryModel;

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-download-"));
	model = await RepositoryModel.start(state, [object]);
});
afterEach(async () => {
	await model.close();
	rmSync(directory, { recursive: true, force: true });
});

const server = { retries: 0, sleep: async () => {} };

async function download(maximum?: number): Promise<Buffer> {
	const { url } = parseRemoteAddress(model.url);
	await withServer(url, server, async (client) => {
		const remote = await readRemote(client, undefined);
		await downloadObjects(client, remote, [sha256], directory, { signal: undefined, maximum });
	});
	return readFileSync(join(directory, sha256));
}

const bytes = new RegExp(`bytes/${sha256}`);
const ranges = () =>
	model.server.calls.filter(({ path }) => bytes.test(path)).map(({ headers }) => headers.range);

describe("an object whose connection broke", () => {
	test("is asked for from where it broke", async () => {
		model.server.fail(bytes, "cut");
		expect((await download()).equals(object)).toBe(true);
		expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
	});

	test("begins again at a server that knows no ranges", async () => {
		model.server.fail(bytes, "cut");
		model.server.fail(bytes, { status: 200, body: object });
		expect((await download()).equals(object)).toBe(true);
	});

	test("is not joined with bytes from another place", async () => {
		model.server.fail(bytes, "cut");
		const headers = { "content-range": `bytes 5-299999/300000` };
		model.server.fail(bytes, { status: 206, body: object.subarray(5), headers });
		await expect(download()).rejects.toMatchObject({
			code: "ERR_REPOSITORY_ANSWER",
			message: expect.stringContaining("the server answered 206"),
		});
		// What came before it broke off waits for the next run, and nothing else is there.
		expect(readdirSync(directory)).toEqual([`.${sha256}.part`]);
		expect((await download()).equals(object)).toBe(true);
		expect(readdirSync(directory)).toEqual([sha256]);
	});
});

describe("an object of a hostile server", () => {
	const about = new RegExp(`objects/${sha256}`);
	const unknownSize = JSON.stringify({ "signed-geturl": `bytes/${sha256}` });

	test("is no larger than all objects may be, whether the server says its size or not", async () => {
		await expect(download(299_999)).rejects.toThrow(/at most 299999 bytes .*--max-unpacked/);
		expect(ranges()).toEqual([]);
		const place = new URL(`${model.url}/bytes/${sha256}`).href;
		model.server.fail(about, { status: 200, body: unknownSize.replace(`bytes/${sha256}`, place) });
		await expect(download(299_999)).rejects.toThrow(/at most 299999 bytes/);
		expect(readdirSync(directory)).toEqual([]);
		expect((await download(300_000)).equals(object)).toBe(true);
	});

	test("of which two versions came in turn is asked for once more, as a whole", async () => {
		model.server.fail(bytes, { status: 200, body: Buffer.alloc(300_000, "other"), headers: {} });
		model.server.fail(bytes, "cut");
		await expect(download()).rejects.toMatchObject({ code: "ERR_REPOSITORY_OBJECT" });
		const head = Buffer.alloc(1_000, "other");
		model.server.fail(bytes, { status: 200, body: head, headers: { "content-length": "300000" } });
		expect((await download()).equals(object)).toBe(true);
	});
});

test("an address with a signed query is not shown whole where its answer makes no sense", async () => {
	const remote = {
		"json-get-url": `${model.url}/json?sig=secret`,
		"objects-endpoint": `${model.url}/objects`,
	};
	model.server.fail(/pvrremote/, { status: 200, body: JSON.stringify(remote) });
	model.server.fail(/json\?sig/, { status: 200, body: "nonsense" });
	const { url } = parseRemoteAddress(model.url);
	const read = withServer(url, server, async (client) =>
		readRemoteState(client, await readRemote(client, undefined), undefined),
	);
	const { message } = await read.catch((error) => error);
	expect(message).toMatch(/\/json: parse JSON/);
	expect(message).not.toContain("secret");
});

test("an object that is here and damaged is downloaded again", async () => {
	initCheckout(join(directory, "checkout"));
	const checkout = readCheckout(join(directory, "checkout"));
	const path = join(checkout.objectsDirectory, sha256);
	writeFileSync(path, "damaged", { flag: "w" });
	expect(existsSync(path)).toBe(true);
	await receiveState(checkout, {
		place: model.url,
		server,
		local: { package: { temporaryDirectory: directory } },
	});
	expect(readFileSync(path).equals(object)).toBe(true);
});
