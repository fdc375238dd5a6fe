import { describe, expect, test } from "vitest";
import { type Content, sha256Hex } from "../../src/ground/bytes/index.js";
import { type JsonValue, jsonObject } from "../../src/ground/json/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import { protectVolume } from "../../src/pantavisor/verity/index.js";
import { verifyPackage } from "../../src/verify/index.js";
import { sampleTree } from "../support/hostile-images.js";
import { makePackage, webPart } from "../support/packages.js";
import { imageBytes } from "../support/squashfs-images.js";

/** Bytes, and how many of them were read. */
function counted(bytes: Uint8Array): Content & { reads: number } {
	return {
		size: bytes.length,
		reads: 0,
		read(target, position) {
			this.reads += target.length;
			target.set(bytes.subarray(position, position + target.length));
		},
	};
}

// A small package may name one object by tens of thousands of keys.
describe("an object that many keys name is looked at once", () => {
	test.each([1, 7])("an image of %i containers", async (count) => {
		const image = Buffer.from(await imageBytes(sampleTree()));
		const names = Array.from({ length: count }, (_, at) => `web${at}`);
		const { state, objects } = makePackage(...names.map((name) => webPart(bytesObject(image), name)));
		const content = counted(image);
		objects.set(sha256Hex(image), content);
		const { images } = await verifyPackage({ state, objects });
		expect(Object.keys(images)).toEqual(names.map((name) => `${name}/root.squashfs`));
		const alone = counted(image);
		const one = makePackage(webPart(bytesObject(image)));
		one.objects.set(sha256Hex(image), alone);
		await verifyPackage(one);
		expect(content.reads).toBe(alone.reads);
	});

	test("and what is wrong with it is a finding of each", async () => {
		const image = Buffer.from(await imageBytes(sampleTree()));
		image.writeUInt16LE(9, 20);
		const made = makePackage(...["a", "b"].map((name) => webPart(bytesObject(image), name)));
		const { findings } = await verifyPackage(made);
		const subjects = findings.filter(({ code }) => code === "IMAGE_COMPRESSOR").map(({ subject }) => subject);
		expect(subjects).toEqual(["a/root.squashfs", "b/root.squashfs"]);
	});

	test("and so is what is wrong with a line of a configuration", async () => {
		const conf = bytesObject(Buffer.from("lxc.uts.name = x\nlxc.no.key = 1\n"));
		const { state, objects } = makePackage(webPart(undefined, "a"), webPart(undefined, "b"));
		const keys = ["a/lxc.container.conf", "b/lxc.container.conf"];
		const changed = new Map([...state, ...keys.map((key) => [key, conf.sha256] as const)]);
		objects.set(conf.sha256, conf);
		const { findings } = await verifyPackage({ state: changed, objects }, { readImages: false });
		const subjects = findings.filter(({ code }) => code === "LXC_KEY").map(({ subject }) => subject);
		expect(subjects).toEqual(keys.map((key) => `${key}: line 2`));
	});

	test("a volume and its hash file, whatever their manifests say", async () => {
		const bytes = Buffer.alloc(64 * 4096, "data ");
		const volume = counted(bytes);
		const { manifest, hashes } = protectVolume(volume, "v", "a/v");
		const objects = new Map<string, Content>([
			[sha256Hex(bytes), volume],
			[sha256Hex(hashes), bytesObject(hashes)],
		]);
		const manifests = ["0".repeat(64), manifest.rootHash, "1".repeat(64)].map((root, at) => {
			const value: JsonValue = jsonObject({ data_device: "v", hash_device: "v.hash", root_hash: root });
			return [`a/_dm/${at}.json`, value] as const;
		});
		const state = new Map<string, JsonValue>([
			["#spec", "pantavisor-service-system@1"],
			["a/v", sha256Hex(bytes)],
			["a/v.hash", sha256Hex(hashes)],
			...manifests,
		]);
		volume.reads = 0;
		const { findings } = await verifyPackage({ state, objects });
		const wrong = findings.filter(({ code }) => code === "VERITY_MISMATCH").map(({ subject }) => subject);
		expect(wrong).toEqual(["a/_dm/0.json", "a/_dm/2.json"]);
		expect(volume.reads).toBe(bytes.length);
	});
});
