import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newBlockBytes } from "../src/compare/report/block-delta.js";
import { openFileContent } from "../src/ground/files/index.js";
import { copyChanged } from "./changed-tree.js";

// What --align costs and saves: two images of a tree of which a share of the bytes changed, in each
// layout, and what casync and zsync fetch of the second one where they are installed.
//   node dist/bench/aligned.js TREE [SHARE]
// Ends with an error where `--align 4096,16K` is more than 4 % larger or leaves more than 5 % new blocks.

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const LAYOUTS = ["", "4096,32K", "4096,16K", "4096"];
const HELD = "4096,16K";

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

function newBlocks({ old, next }: Images): number {
	const files = [old, next].map(openFileContent);
	const bytes = newBlockBytes([files[0]!], [files[1]!]);
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

/** Bytes of the second image that zsync fetches by ranges. */
async function zsyncBytes({ old, next }: Images, place: string): Promise<number> {
	let fetched = 0;
	const bytes = readFileSync(next);
	const server = createServer((request, response) => {
		const words = /^bytes=([\d,-]+)$/.exec(request.headers.range ?? "")?.[1] ?? `0-${bytes.length - 1}`;
		const ranges = words.split(",").map((word) => word.split("-").map(Number) as [number, number]);
		fetched += ranges.reduce((sum, [start, end]) => sum + end - start + 1, 0);
		const place = ([start, end]: [number, number]): string => `bytes ${start}-${end}/${bytes.length}`;
		const part = ([start, end]: [number, number]): Buffer => bytes.subarray(start, end + 1);
		if (ranges.length === 1) {
			response.writeHead(206, { "content-range": place(ranges[0]!) }).end(part(ranges[0]!));
			return;
		}
		response.writeHead(206, { "content-type": "multipart/byteranges; boundary=part" });
		for (const range of ranges) {
			response.write(`\r\n--part\r\nContent-Type: x/y\r\nContent-Range: ${place(range)}\r\n\r\n`);
			response.write(part(range));
		}
		response.end("\r\n--part--\r\n");
	});
	await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
	try {
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/next`;
		run(["zsyncmake", "-b", "4096", "-u", url, "-o", join(place, "next.zsync"), next]);
		await zsync(["-q", "-i", old, "-o", join(place, "out"), join(place, "next.zsync")], place);
		return fetched;
	} finally {
		await close(server);
	}
}

/** In the background, as this process is its server. */
async function zsync(args: readonly string[], cwd: string): Promise<void> {
	const child = spawn("zsync", args, { cwd, stdio: "ignore" });
	const code = await new Promise((ended) => child.on("close", ended));
	if (code !== 0) throw new Error(`zsync: exit code ${code}`);
}

function close(server: Server): Promise<unknown> {
	return new Promise((closed) => server.close(closed));
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
		const blocks = newBlocks(images);
		const [larger, part] = [images.size / plain - 1, blocks / images.size];
		const casync = have("casync") ? casyncBytes(images, place) : undefined;
		const zsynced = have("zsync") ? await zsyncBytes(images, place) : undefined;
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
