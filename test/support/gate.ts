import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { test } from "vitest";
import type { Content } from "../../src/ground/bytes/index.js";
import type { JsonValue } from "../../src/ground/json/index.js";
import { encodeArchiveHeader } from "../../src/ground/tar/index.js";
import {
	bytesObject,
	type Part,
	type StateObject,
	writeArchive,
} from "../../src/pantavisor/package/index.js";
import {
	localSigner,
	parsePrivateKey,
	partSelection,
	type SigningKey,
	signState,
} from "../../src/pantavisor/signing/index.js";
import { encodeState, type State } from "../../src/pantavisor/state/index.js";
import { Workplace } from "./command-line.js";
import { directory, file, noise } from "./inodes.js";
import { MemorySink } from "./memory-sink.js";
import { type MadePackage, makePackage, webPart } from "./packages.js";
import { imageBytes } from "./squashfs-images.js";

/** A signing key as PEM and as we use it. */
export interface TestKey {
	readonly pem: string;
	readonly publicPem: string;
	readonly key: SigningKey;
}

export function makeKey(): TestKey {
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
	const publicPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }) as string;
	return { pem, publicPem, key: parsePrivateKey(pem, "key") };
}

/** A workplace with a key that `--pubkey trusted.pem` trusts. */
export function trustedPlace(): { readonly place: Workplace; readonly key: TestKey } {
	const place = new Workplace();
	const key = makeKey();
	put(place, "trusted.pem", key.publicPem);
	return { place, key };
}

/** A real image of two files. */
async function smallImage(): Promise<StateObject> {
	const tree = {
		root: directory({ bin: directory({ serve: file(noise(5000, 1), { mode: 0o755 }) }), etc: file("x") }),
	};
	return bytesObject(await imageBytes(tree));
}

/** The container web with a real image. */
export async function soundPart(name = "web"): Promise<Part> {
	return webPart(await smallImage(), name);
}

/** Parts, each signed by the key as `pvpkg sign` does. */
export async function signedParts(key: TestKey, ...parts: readonly Part[]): Promise<MadePackage> {
	let { state, objects } = makePackage(...parts);
	for (const { name } of parts) {
		state = await signState(state, { name, selection: partSelection(name) }, localSigner(key.key));
	}
	return { state, objects };
}

/** The archive of a state. */
export async function packageBytes({ state, objects }: MadePackage): Promise<Buffer> {
	const sink = new MemorySink();
	await writeArchive(state, objects, sink);
	return sink.bytes;
}

/** A package of any state and objects, fit or not; `change` may spoil the bare archive. */
export function rawPackage(
	state: State | string,
	objects: ReadonlyMap<string, Content>,
	change: (members: Buffer[]) => Buffer[] = (members) => members,
): Buffer {
	const text = Buffer.from(typeof state === "string" ? state : encodeState(state));
	const members = [
		rawMember("json", text),
		...[...objects].map(([sha256, content]) => {
			const bytes = Buffer.alloc(content.size);
			content.read(bytes, 0);
			return rawMember(`objects/${sha256}`, bytes);
		}),
	];
	return gzipSync(Buffer.concat([...change(members), Buffer.alloc(1024)]), { level: 1 });
}

/** A member with a header of any name and type. */
export function rawMember(name: string, body: Buffer, type = "0"): Buffer {
	const header = encodeArchiveHeader({ name, size: body.length, mode: 0o600 });
	header.write(type, 156, "latin1");
	header.write("        ", 148, "latin1");
	const sum = header.reduce((total, byte) => total + byte, 0);
	header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
	return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A state with other members. */
export function changed(state: State, members: Readonly<Record<string, JsonValue | undefined>>): State {
	const entries = [...state, ...Object.entries(members)].filter(
		(entry): entry is [string, JsonValue] => entry[1] !== undefined,
	);
	return new Map(entries);
}

/** What `verify` says of one package among several. */
export interface Verdict {
	readonly ok: boolean;
	readonly findings: readonly { severity: string; code: string; subject: string; message: string }[];
}

/** Verifies packages in one run, as a table of them would start as many programs. */
export async function verifyTogether(
	place: Workplace,
	packages: readonly Uint8Array[],
	...args: readonly string[]
): Promise<readonly Verdict[]> {
	const names = packages.map((bytes, at) => put(place, `package-${at}.tgz`, bytes));
	const { stdout } = await place.run(["verify", ...names, "--json", ...args]);
	return JSON.parse(stdout).packages;
}

/**
 * Declares a test for each row of a table, named by its first member.
 * @param make returns what the tests look at, for all rows at once.
 */
export function testRows<Row extends readonly [string, ...unknown[]], Result>(
	rows: readonly Row[],
	make: (rows: readonly Row[]) => Promise<readonly Result[]>,
	check: (result: Result, row: Row) => void,
): void {
	let made: Promise<readonly Result[]> | undefined;
	test.each(rows.map((row, at) => [row[0], row, at] as const))("%s", async (_, row, at) => {
		made ??= make(rows);
		check((await made)[at]!, row);
	});
}

/** Writes a file into a workplace; returns its name. */
export function put(place: Workplace, name: string, bytes: Uint8Array | string): string {
	writeFileSync(place.path(name), bytes);
	return name;
}
