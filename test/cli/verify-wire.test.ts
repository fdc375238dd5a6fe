import { existsSync } from "node:fs";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonObject } from "../../src/ground/json/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import type { Workplace } from "../support/command-line.js";
import { FIELDS } from "../support/field.js";
import {
	changed,
	packageBytes,
	put,
	rawMember,
	rawPackage,
	signedParts,
	soundPart,
	type TestKey,
	trustedPlace,
} from "../support/gate.js";
import type { MadePackage } from "../support/packages.js";

let place: Workplace;
let key: TestKey;
let sound: MadePackage;
beforeAll(async () => {
	({ place, key } = trustedPlace());
	sound = await signedParts(key, await soundPart());
});
afterAll(() => place.remove());

const verify = (name: string, ...more: readonly string[]) =>
	place.run(["verify", name, "--pubkey", "trusted.pem", ...more]);

/** The attacker's state, which a device would deploy in place of the signed one. */
const secondState = (): Buffer =>
	rawMember("json", Buffer.from(encodeState(changed(sound.state, { "web/run.json": jsonObject({}) }))), "g");

describe("the header of the gzip member", () => {
	/** The package with a header of other flags and of what they announce. */
	const withHeader = async (flags: number, ...more: number[]): Promise<string> => {
		const body = (await packageBytes(sound)).subarray(10);
		const header = Buffer.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255, ...more);
		return put(place, "header.tgz", Buffer.concat([header, body]));
	};

	test("may have a name and a checksum", async () => {
		const sum = crc32(Buffer.of(0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 255));
		expect((await verify(await withHeader(2, sum & 0xff, (sum >> 8) & 0xff))).code).toBe(0);
		expect((await verify(await withHeader(8, 0x61, 0))).code).toBe(0);
	});

	test("is refused with a wrong checksum, as zlib refuses it on devices", async () => {
		const { code, stderr } = await verify(await withHeader(2, 1, 2));
		expect(stderr).toContain("incorrect header checksum");
		expect(code).toBe(3);
	});
});

describe("an archive in which a device sees something else", () => {
	test("a package that pvpkg wrote is sound", async () => {
		const name = put(place, "sound.tgz", await packageBytes(sound));
		const { code, stdout } = await verify(name);
		expect(stdout).toContain("good signature _sigs/web.json");
		expect(code).toBe(0);
	});

	test.each([
		[
			"a second state under typeflag g",
			"PACKAGE_STATE_TWICE",
			(members: Buffer[]) => [...members, secondState()],
		],
		[
			"a path out of the objects",
			"PACKAGE_MEMBER_NAME",
			(members: Buffer[]) => [...members, rawMember("objects/../dir/owned", Buffer.from("x"))],
		],
		[
			"a beginning of json",
			"PACKAGE_MEMBER_NAME",
			(members: Buffer[]) => [...members, rawMember("js", Buffer.from("{}"))],
		],
		[
			"a member behind the end",
			"PACKAGE_TRAILING",
			(members: Buffer[]) => [...members, Buffer.alloc(1024), secondState()],
		],
	])("%s is refused by every command", async (title, code, change) => {
		const name = put(
			place,
			`${title.replaceAll(" ", "-")}.tgz`,
			rawPackage(sound.state, sound.objects, change),
		);
		const verified = await verify(name);
		expect(verified.stdout).toContain(`[${code}]`);
		expect(verified.code).toBe(5);
		for (const args of [
			["inspect", name],
			["checkout", name, "out"],
			["sign", name, "-o", "signed.tgz"],
		]) {
			const { code: exit, stderr } = await place.run(args);
			expect([args[0], exit]).toEqual([args[0], 3]);
			expect(stderr).toContain(code);
		}
		expect(existsSync(place.path("out"))).toBe(false);
		await place.run(["init"]);
		expect((await place.run(["import", name])).code).toBe(3);
	});

	test("a package that unpacks to more than the limit is refused with the limit's name", async () => {
		const name = put(
			place,
			"large.tgz",
			rawPackage(sound.state, sound.objects, (members) => [
				...members,
				rawMember(`objects/${"0".repeat(64)}`, Buffer.alloc(3 << 20)),
			]),
		);
		for (const args of [
			["verify", name],
			["inspect", name],
			["checkout", name, "large"],
		]) {
			const { code, stderr } = await place.run([...args, "--max-unpacked", "2M"]);
			expect([args[0], code]).toEqual([args[0], 3]);
			expect(stderr).toContain("--max-unpacked");
		}
	});
});

describe.each(FIELDS)("packages from the field, $label", (field) => {
	test.each(["signed.tgz", "unsigned.tar"])("%s stays accepted", async (name) => {
		expect((await place.run(["inspect", field.path(name)])).code).toBe(0);
		expect((await place.run(["checkout", field.path(name), name])).code).toBe(0);
	});
});
