import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { encodeCanonicalJson, parseJson } from "../../src/ground/json/index.js";
import { layPackage, layRemoval } from "../../src/pantavisor/rules/index.js";
import { encodeState, parseState, type State } from "../../src/pantavisor/state/index.js";
import { acceptPackage, oddPackage, randomOf } from "../support/device-archives.js";
import { importPackage } from "../support/device-importer.js";
import { closeDevices, packageFile, pushTo } from "../support/device-push.js";
import { importerCases } from "../support/device-states.js";
import { needs } from "../support/needs.js";
import { makePackage, webPart } from "../support/packages.js";
import { run } from "../support/programs.js";
import { PvtxFront } from "../support/pvtx-front.js";
import { SEED } from "../support/seed.js";

const ARCHIVES = Number(process.env.PVPKG_PVTX_ARCHIVES ?? 500);
const SECONDS = 60 + ARCHIVES / 5;

let directory: string;

beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-pvtx-"));
	process.env.PVTXDIR = join(directory, "transaction");
});

afterAll(() => {
	delete process.env.PVTXDIR;
	rmSync(directory, { recursive: true, force: true });
});

/** The text of a state after pvtx has changed it, in a transaction of its own. */
function transact(running: string, ...command: readonly string[]): string {
	rmSync(process.env.PVTXDIR!, { recursive: true, force: true });
	run("mkdir", process.env.PVTXDIR!);
	writeFileSync(join(directory, "running.json"), running);
	run("pvtx", "begin", join(directory, "running.json"), join(directory, "objects"));
	run("pvtx", ...command);
	return readFileSync(join(process.env.PVTXDIR!, "current.json"), "utf8");
}

/** A state as it is written, with keys that occur twice. */
function readState(text: string): State {
	return parseJson(text, "pvtx") as unknown as State;
}

function addsAsPredicted(running: string, incoming: string): void {
	const path = join(directory, "incoming.json");
	writeFileSync(path, incoming);
	const text = transact(running, "add", path);
	expect(text).toBe(importPackage(running, incoming));
	const laid = layPackage(parseState(running, "running"), parseState(incoming, "incoming"));
	expect(encodeState(laid.state)).toBe(encodeState(readState(text)));
}

function removesAsPredicted(running: string, part: string): void {
	const laid = layRemoval(parseState(running, "running"), part);
	expect(encodeState(laid.state)).toBe(encodeState(readState(transact(running, "remove", part))));
}

/** A push with the real importer on the other side: it reads what we pack, and deploys every file. */
async function pushesThroughPvtx(): Promise<void> {
	const running = '{"#spec":"pantavisor-service-system@1","bsp/run.json":{"linux":"k.img"}}';
	const front = await PvtxFront.start(mkdtempSync(join(directory, "front-")), running);
	try {
		const made = makePackage(webPart());
		for (const gzip of [true, false]) {
			const { revision } = await pushTo(front, [await packageFile(made, { gzip })]);
			expect(revision).toBe("locals/pvtx-1-2-3");
		}
		expect(front.objects().sort()).toEqual([...made.objects.keys()].sort());
		for (const [key, value] of made.state) {
			if (key === "#spec") continue;
			const bytes = readFileSync(join(front.revision, key));
			if (typeof value === "string") expect(sha256Hex(bytes)).toBe(value);
			else expect(bytes.toString()).toBe(encodeCanonicalJson(value));
		}
	} finally {
		await front.close();
		await closeDevices();
	}
}

/** What pvtx makes of a file on a device that has nothing: the text of its state, and the objects that it wrote. */
function importFile(path: string): { state: string | undefined; objects: Map<string, Buffer> } {
	const [transaction, store] = [process.env.PVTXDIR!, join(directory, "stored")];
	for (const place of [transaction, store]) {
		rmSync(place, { recursive: true, force: true });
		mkdirSync(place);
	}
	run("pvtx", "begin", "empty", store);
	const done = spawnSync("pvtx", ["add", path], { timeout: 60_000 }).status === 0;
	const objects = readdirSync(store).map((name) => [name, readFileSync(join(store, name))] as const);
	const state = done ? readFileSync(join(transaction, "current.json"), "utf8") : undefined;
	return { state, objects: new Map(objects) };
}

/** Sends archives that we accept through pvtx: it has to see the state and the objects that we see. */
async function importsAsRead(archives: number): Promise<void> {
	const random = randomOf(SEED);
	const empty: State = new Map([["#spec", "pantavisor-service-system@1"]]);
	let accepted = 0;
	for (let made = 0; made < archives; made++) {
		const bytes = oddPackage(random);
		const opened = await acceptPackage(bytes);
		if (opened === undefined) continue;
		accepted++;
		const path = join(directory, "odd.tgz");
		writeFileSync(path, bytes);
		const device = importFile(path);
		const where = `seed ${SEED}, archive ${made}`;
		expect(device.state, where).toBeDefined();
		const laid = layPackage(empty, opened.state);
		expect(encodeState(readState(device.state!)), where).toBe(encodeState(laid.state));
		expect([...device.objects.keys()].sort(), where).toEqual([...opened.objects.keys()].sort());
		for (const [name, body] of device.objects) expect(sha256Hex(body), where).toBe(name);
		opened.close();
	}
	console.info(`pvtx: seed ${SEED}, ${archives} archives, ${accepted} accepted and imported`);
	expect(accepted).toBeGreaterThan(archives / 20);
}

needs("pvtx").describe("pvtx", () => {
	test(
		`sees in none of ${ARCHIVES} archives that we accept another state, or other objects`,
		() => importsAsRead(ARCHIVES),
		(SECONDS + 30) * 1000,
	);

	test("makes of 500 generated states, and of pushed packages, what is predicted", () => {
		const parts = fc.constantFrom("web", "app", "_config/web", "_sigs/web.json", "no");
		const added = fc.property(importerCases, ({ running, incoming }) => addsAsPredicted(running, incoming));
		const removed = fc.property(importerCases, parts, ({ running }, part) =>
			removesAsPredicted(running, part),
		);
		fc.assert(added, { numRuns: 500 });
		fc.assert(removed);
		return pushesThroughPvtx();
	}, 600_000);
});
