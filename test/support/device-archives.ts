import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { bufferContent, contentSha256, PvpkgError } from "../../src/ground/bytes/index.js";
import { encodeArchiveHeader } from "../../src/ground/tar/index.js";
import { openPackage, type Package } from "../../src/pantavisor/package/index.js";

// Archives that two readers could take for different things.

/** Random numbers of one seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
	let state = seed >>> 0;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

export type Random = ReturnType<typeof randomOf>;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function header(random: Random, name: string, size: number): Buffer {
	const block = encodeArchiveHeader({ name: "x", size, mode: 0o600 });
	block.fill(0, 0, 100);
	block.write(name, 0, "latin1");
	const count = [0, 0, 0, 1, 1, 2][random(6)]!;
	for (let i = 0; i < count; i++) edit(random, block);
	if (random(12) > 0) writeChecksum(random, block);
	return block;
}

/** Changes that readers disagree about. */
function edit(random: Random, block: Buffer): void {
	const pick = <T>(...values: readonly T[]): T => values[random(values.length)]!;
	const edits: (() => void)[] = [
		() => block.write(pick("0", "\0", "g", "x", "L", "K", "1", "2", "5", "7", "S", "V"), 156, "latin1"),
		() => block.write(pick("a/b", "dir", "objects"), 345, "latin1"),
		() => block.write("target", 157, "latin1"),
		() =>
			block.write(
				pick("ustar  \0", "ustar\x0000", "ustar\x0001", "USTAR\x0000", "\0\0\0\0\0\0\0\0"),
				257,
				"latin1",
			),
		() =>
			block.write(
				pick("000000001234", " 0000000012\0", "0000000001 \0", "0x000000012\0", "-0000000001\0"),
				124,
				"latin1",
			),
		() => {
			block.write(`0000000000${random(8)}${random(8)}`, 124, "latin1");
			block.write(pick("0000000000\0", "00000000000\0", "\0"), 136, "latin1");
		},
		() => block.writeUInt32BE(0x80000000 + random(4096), 124),
		() =>
			block.write(
				pick(
					"",
					"j",
					"js",
					"jso",
					"json",
					"./json",
					"jsonx",
					"objects/",
					"objects/../x",
					"objects/ABC",
					"other",
				),
				0,
				"latin1",
			),
		() => block.fill(pick(0, 0x20, 0x41), 60 + random(40), 100),
		() => {
			block[random(512)] = random(256);
		},
		() => block.write("1234567\0", 100 + 8 * random(3), "latin1"),
		() => block.write("someone", 265, "latin1"),
	];
	edits[random(edits.length)]!();
}

function writeChecksum(random: Random, block: Buffer): void {
	block.write("        ", 148, "latin1");
	const sum = block.reduce((total, byte) => total + byte, 0);
	const digits = sum.toString(8);
	const forms = [
		`${digits.padStart(6, "0")}\0 `,
		`${digits.padStart(6, "0")} \0`,
		`${digits.padStart(7, "0")}\0`,
	];
	block.write(forms[random(8)] ?? forms[0]!, 148, "latin1");
}

function member(random: Random, name: string, body: Buffer): Buffer {
	const padding = Buffer.alloc((512 - (body.length % 512)) % 512, random(10) === 0 ? 0x41 : 0);
	return Buffer.concat([header(random, name, body.length), body, padding]);
}

function makeArchive(random: Random): Buffer {
	const bodies = Array.from({ length: random(3) }, () =>
		Buffer.alloc([0, 5, 511, 512, 513, 1024][random(6)]!, 65 + random(20)),
	);
	const keys = bodies.map((body, i) => `"web/${i}":"${sha256(body)}"`);
	const state = Buffer.from(`{${['"#spec":"pantavisor-service-system@1"', ...keys].join(",")}}`);
	const blocks = [
		member(random, "json", state),
		...bodies.map((body) => member(random, `objects/${sha256(body)}`, body)),
	];
	if (random(6) === 0)
		blocks.push(member(random, "json", Buffer.from('{"#spec":"pantavisor-service-system@1"}')));
	if (random(8) === 0) blocks.push(blocks[random(blocks.length)]!);
	if (random(8) === 0) blocks.sort(() => random(3) - 1);
	if (random(15) === 0) blocks.splice(random(blocks.length + 1), 0, Buffer.alloc(512));
	const end = Buffer.alloc([1024, 1024, 1024, 1024, 512, 0, 1536, 10240][random(8)]!);
	if (end.length > 1024 && random(2) === 0) end.write("x", end.length - 300);
	const archive = Buffer.concat([...blocks, end]);
	return random(40) === 0 ? archive.subarray(0, random(archive.length)) : archive;
}

function pack(random: Random, archive: Buffer): Buffer {
	if (random(10) > 0) return archive;
	const packed = gzipSync(archive, { level: 1 });
	switch (random(6)) {
		case 0:
			return Buffer.concat([packed, gzipSync(makeArchive(random))]);
		case 1:
			return Buffer.concat([packed, Buffer.from("trailing")]);
		case 2: {
			const half = Math.floor(archive.length / 1024) * 512;
			return Buffer.concat([gzipSync(archive.subarray(0, half)), gzipSync(archive.subarray(half))]);
		}
		default:
			return packed;
	}
}

/** Makes an archive, packed or not, with changes that readers disagree about in some of its headers. */
export function oddPackage(random: Random): Buffer {
	return pack(random, makeArchive(random));
}

/** Opens a package as import and checkout do; undefined when it is refused. */
export async function acceptPackage(bytes: Buffer): Promise<Package | undefined> {
	const file = { ...bufferContent(bytes), close() {} };
	try {
		const opened = await openPackage("made.tgz", { temporaryDirectory: tmpdir(), file });
		const sound = opened.findings.every(({ severity }) => severity !== "error");
		if (sound && [...opened.objects].every(([name, content]) => contentSha256(content) === name))
			return opened;
		opened.close();
	} catch (error) {
		if (!(error instanceof PvpkgError)) throw error;
	}
	return undefined;
}
