import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LayoutDirectory, type LayoutLayer } from "../test/support/layout-directory.js";
import { END, tarPart } from "../test/support/tar-builder.js";
import { file } from "../test/support/tar-members.js";
import { machine, measure } from "./measure.js";

// Peak memory of `pvpkg export` for a small and for a large image: it has to stay flat.
//   node dist/bench/memory.js [MEGABYTES] [MEGABYTES] [TIER]

const PROGRAM = resolve("dist/program/cli/main.js");
const LAYERS = 4;

/** Text-like bytes that compress to about a third, with incompressible stretches; seeded. */
function content(size: number, seed: number): Buffer {
	const bytes = Buffer.alloc(size);
	let state = seed | 1;
	const next = (): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state >>> 8;
	};
	const words = Array.from({ length: 4096 }, () =>
		Buffer.from(
			next()
				.toString(36)
				.padStart(3 + (next() % 9), "e"),
		),
	);
	for (let at = 0; at < size; ) {
		if (next() % 64 === 0) {
			for (const end = Math.min(size, at + 512); at < end; at++) bytes[at] = next();
		} else at += words[next() & 4095]!.copy(bytes, at);
	}
	return bytes;
}

/** Layers whose files are of all sizes, from some bytes to a tenth of the layer. */
function* layers(megabytes: number): Iterable<LayoutLayer> {
	for (let layer = 0; layer < LAYERS; layer++) {
		const bytes = content(Math.floor((megabytes * 1e6) / LAYERS), megabytes * 10 + layer);
		const members: Uint8Array[] = [];
		for (let at = 0, i = 0; at < bytes.length; i++) {
			const size = Math.min(
				bytes.length - at,
				i % 50 === 0 ? bytes.length / 10 : 200 + ((i * 7919) % 60_000),
			);
			members.push(tarPart(file(`usr/${layer}/${i % 97}-${i}`, bytes.subarray(at, Math.floor(at + size)))));
			at += Math.floor(size);
		}
		yield {
			archive: Buffer.concat([...members, END]),
			...(layer % 2 === 0 && { compression: "gzip" as const }),
		};
	}
}

async function peak(work: string, megabytes: number, tier: string): Promise<number> {
	const layout = new LayoutDirectory(join(work, "layout"));
	layout.tag("1", [
		layout.addImage({ os: "linux", architecture: "amd64" }, layers(megabytes), { Cmd: ["/x"] }),
	]);
	mkdirSync(join(work, "tmp"), { recursive: true });
	const places = ["env", `TMPDIR=${join(work, "tmp")}`, `PVPKG_CACHE_DIR=${join(work, "cache")}`];
	const image = `oci:${layout.directory}:1`;
	const args = ["export", image, "app", "-o", join(work, "app.tgz"), "--no-sign", "--tier", tier];
	const { wall, cpu, memory } = measure([...places, process.execPath, PROGRAM, ...args]);
	const cells = [
		`${megabytes} MB`,
		`${(memory / 1e6).toFixed(0)} MB`,
		`${wall.toFixed(1)} s`,
		`${cpu.toFixed(1)} s`,
	];
	console.log(`| ${cells.join(" | ")} |`);
	for (const name of ["layout", "cache", "app.tgz"])
		rmSync(join(work, name), { recursive: true, force: true });
	return memory;
}

const [, , small = "170", large = "1000", tier = "balanced"] = process.argv;
const work = mkdtempSync(join(tmpdir(), "pvpkg-memory-"));
try {
	console.log(`${machine()}\n`);
	console.log(`| image (${tier}) | peak memory | wall time | CPU time |\n|---|---|---|---|`);
	const first = await peak(work, Number(small), tier);
	const second = await peak(work, Number(large), tier);
	console.log(
		`\n${((second / first - 1) * 100).toFixed(1)} % more; goals: at most 350 MB, at most 15 % more`,
	);
} finally {
	rmSync(work, { recursive: true, force: true });
}
