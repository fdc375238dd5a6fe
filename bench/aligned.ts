import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newBlockBytes } from "../src/compare/report/block-delta.js";
import { openFileContent } from "../src/ground/files/index.js";
import { copyChanged } from "./changed-tree.js";

// What --align costs and saves: two images of a tree of which a share of the bytes changed, in each
// layout, and what casync and zsync fetch of the second one where they are installed.
//   node dist/bench/aligned.js TREE [SHARE]
// Ends with an error where `--align 4096,20K` is more than 4 % larger or leaves more than 5 % new blocks.

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const LAYOUTS = ["", "4096,32K", "4096,20K", "4096,16K", "4096"];
const HELD = "4096,20K";

interface Images {
	readonly old: string;
	readonly next: string;
	readonly size: number;
}

function run(command: readonly string[], cwd?: string): string {
	const [program = "", ...args] = command;
	const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", ...(cwd && { cwd }) });
	if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
	return stdout + stderr;
}

function makeImages(place: string, trees: readonly string[], layout: string): Images {
	const [old = "", next = ""] = trees.map((tree, i) => {
		const image = join(place, `${i}.squashfs`);
		const align = layout === "" ? [] : ["--align", layout];
		const options = ["-comp", "xz", "--tier", "fast", "-q", "--no-cache", ...align];
		run([process.execPath, CLI, "mksquashfs", `dir:${tree}`, image, ...options]);
		return image;
	});
	return { old, next, size: statSync(next).size };
}

async function newBlocks({ old, next }: Images): Promise<number> {
	const files = [old, next].map(openFileContent);
	const bytes = await newBlockBytes([files[0]!], [files[1]!]);
	for (const file of files) file.close();
	return bytes;
}

/** Bytes by which the second image lets a store of chunks grow; they are compressed there. */
function casyncBytes({ old, next }: Images, place: string): number {
	const store = join(place, "store.castr");
	rmSync(store, { recursive: true, force: true });
	const make = (image: string): number => {
		run(["casync", "make", `--store=${store}`, `${image}.caibx`, image]);
		const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
		return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
	};
	const before = make(old);
	return make(next) - before;
}

/** Bytes of the second image that zsync does not find in the first one; it says so before it asks a server for them. */
function zsyncBytes({ old, next, size }: Images, place: string): number {
	const control = join(place, "next.zsync");
	run(["zsyncmake", "-b", "4096", "-u", "http://127.0.0.1:1/nobody", "-o", control, next]);
	const command = ["-i", old, "-o", join(place, "out"), control];
	const { stdout } = spawnSync("zsync", command, { encoding: "utf8" });
	const [, found = "0"] = [...stdout.matchAll(/([\d.]+)% 0\.0 kBps/g)].at(-1) ?? [];
	return size * (1 - Number(found) / 100);
}

const have = (program: string): boolean => spawnSync("which", [program]).status === 0;

const [tree, share = "0.03"] = process.argv.slice(2);
if (tree === undefined) throw new Error("expected TREE [SHARE]");
const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-aligned-"));
try {
	const changed = join(place, "changed");
	const count = copyChanged(tree, changed, Number(share));
	console.log(`${count} files changed\n`);
	console.log("| layout | MB | larger | new 4 KiB blocks, MB | of it | casync, MB | zsync, MB |");
	console.log("|---|---|---|---|---|---|---|");
	let plain: number | undefined;
	for (const layout of LAYOUTS) {
		const images = makeImages(place, [tree, changed], layout);
		plain ??= images.size;
		const blocks = await newBlocks(images);
		const [larger, part] = [images.size / plain - 1, blocks / images.size];
		const casync = have("casync") ? casyncBytes(images, place) : undefined;
		const zsynced = have("zsync") ? zsyncBytes(images, place) : undefined;
		const cells = [
			layout === "" ? "without" : `--align ${layout}`,
			(images.size / 1e6).toFixed(2),
			`${(100 * larger).toFixed(1)} %`,
			(blocks / 1e6).toFixed(2),
			`${(100 * part).toFixed(1)} %`,
			...[casync, zsynced].map((bytes) => (bytes === undefined ? "–" : (bytes / 1e6).toFixed(2))),
		];
		console.log(`| ${cells.join(" | ")} |`);
		if (layout === HELD && (larger > 0.04 || part > 0.05)) process.exitCode = 1;
	}
} finally {
	rmSync(place, { recursive: true });
}
