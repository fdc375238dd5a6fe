import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CompressorOptions } from "../../src/codec/index.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import type { ImageOptions } from "../../src/squashfs/format/index.js";
import { checkImage, parseKernelVersion } from "../../src/squashfs/kernel/index.js";
import { openImage } from "../../src/squashfs/read/index.js";
import { randomNumbers, sampleTree } from "../support/hostile-images.js";
import { directory, file } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { countOf } from "../support/sample.js";
import { SEED } from "../support/seed.js";
import { imageBytes } from "../support/squashfs-images.js";

/** Images in a long run; CI draws a sample of them. */
const IMAGES = countOf(4000, 300);

const COMPRESSORS: readonly CompressorOptions[] = [
	{ name: "gzip", level: 6, windowLog: 15 },
	{ name: "xz", tier: "fast" },
	{ name: "lz4", highCompression: false },
	{ name: "zstd", level: 3 },
];

let place: string;
beforeAll(() => {
	place = mkdtempSync(join(tmpdir(), "pvpkg-gate-"));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Mounts an image and reads every name, target, attribute and byte; empty, or why the kernel refuses. */
const SCRIPT = `
mkdir -p "$2" && mount -t squashfs -o loop,ro "$1" "$2" || exit 1
cd "$2" && names=$(find . | wc -l) &&
find . -type f -print0 | xargs -0 -r cat >/dev/null && find . -type l -print0 | xargs -0 -r -n1 readlink >/dev/null &&
getfattr -R -h -d -m - . >/dev/null && find . -ls >/dev/null && echo "$names"
code=$?; cd / && umount "$2"; exit $code`;

function kernelNames(image: Buffer): number | string {
	const path = join(place, "image");
	writeFileSync(path, image);
	const { status, stdout, stderr } = spawnSync("sh", ["-c", SCRIPT, "sh", path, join(place, "mounted")], {
		encoding: "utf8",
	});
	return status === 0 ? Number(stdout) : `exit ${status}: ${stderr.slice(0, 300)}`;
}

async function bases(): Promise<Buffer[]> {
	const shapes: Partial<ImageOptions>[] = [
		{},
		{ blockSize: 4096 },
		{ fragments: "none" } as never,
		{ exportable: false } as never,
	];
	const made: Buffer[] = [];
	for (const compressor of COMPRESSORS) {
		for (const shape of shapes)
			made.push(Buffer.from(await imageBytes(sampleTree(), { compressor, ...shape })));
	}
	// Of more than 8 KiB of names: kernels look them up by an index.
	const names = Array.from({ length: 400 }, (_, i) => [`a-name-of-many-letters-${i}`, file("")] as const);
	made.push(
		Buffer.from(
			await imageBytes(
				{ root: directory(Object.fromEntries(names), { xattrs: { "user.a": Buffer.from("b") } }) },
				{ rawInodes: true },
			),
		),
	);
	return made;
}

/** One or two changed bytes; where tables lie more often than in data. */
function change(image: Buffer, random: Generator<number, never>): Buffer {
	const next = (limit: number) => random.next().value % limit;
	const copy = Buffer.from(image);
	const inodes = Number(image.readBigUInt64LE(64));
	const used = Number(image.readBigUInt64LE(40));
	for (let i = 1 + next(2); i > 0; i--) {
		const place = next(10);
		const at = place < 4 ? next(96) : place < 9 ? inodes + next(used - inodes) : next(used);
		copy[at]! ^= next(3) === 0 ? 1 + next(255) : 1 << next(8);
	}
	return copy;
}

needs("root", "loop devices", "getfattr").describe(
	"this machine's kernel, as root, with getfattr of attr",
	() => {
		test("takes every changed image that we accept", async () => {
			const target = parseKernelVersion(release());
			const random = randomNumbers(SEED);
			const images = await bases();
			for (const image of images)
				expect(kernelNames(image)).toBe([...openImage(bufferContent(image)).entries()].length);
			let accepted = 0;
			for (let made = 0; made < IMAGES; made++) {
				const image = change(images[made % images.length]!, random);
				const { findings } = await checkImage(bufferContent(image), "image", { target });
				if (findings.some(({ severity }) => severity === "error")) continue;
				accepted++;
				const names = [...openImage(bufferContent(image)).entries()].length;
				expect([made, kernelNames(image)]).toEqual([made, names]);
			}
			console.info(`kernel gate: seed ${SEED}, ${IMAGES} images, ${accepted} accepted and mounted`);
			expect(accepted).toBeGreaterThan(IMAGES / 60);
		}, 1_800_000);
	},
);
