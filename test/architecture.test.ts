import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/**
 * Every room in the order of the house, from the ground up, with the rooms that it imports. A room imports
 * only rooms above its own line here; see src/ARCHITECTURE.md.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
	"ground/findings": [],
	"ground/threads": [],
	"ground/bytes": [],
	"ground/files": ["ground/threads", "ground/bytes"],
	"ground/store": ["ground/threads", "ground/bytes", "ground/files"],
	"ground/json": ["ground/bytes"],
	"ground/tar": ["ground/bytes"],
	codec: ["ground/threads", "ground/bytes", "ground/files"],
	"image/oci": ["ground/bytes", "ground/json"],
	"image/registry": ["ground/bytes", "ground/files", "ground/json", "image/oci"],
	"image/rootfs": ["ground/threads", "ground/bytes", "ground/files", "ground/tar", "codec", "image/oci"],
	"image/sources": [
		"ground/bytes",
		"ground/files",
		"ground/store",
		"ground/json",
		"ground/tar",
		"image/oci",
		"image/rootfs",
	],
	"image/overlay": ["ground/bytes", "image/rootfs"],
	"image/trust": ["ground/bytes", "ground/json", "image/oci"],
	"image/lock": ["ground/bytes", "ground/json", "image/oci"],
	"squashfs/format": ["ground/bytes", "codec", "image/rootfs"],
	"squashfs/read": ["ground/bytes", "ground/files", "codec", "image/rootfs", "squashfs/format"],
	"squashfs/kernel": [
		"ground/findings",
		"ground/bytes",
		"codec",
		"image/rootfs",
		"squashfs/format",
		"squashfs/read",
	],
	"squashfs/group": ["ground/threads", "ground/bytes", "codec"],
	"squashfs/cache": ["ground/bytes", "ground/files", "ground/store", "codec", "squashfs/group"],
	"squashfs/write": [
		"ground/bytes",
		"ground/files",
		"codec",
		"image/rootfs",
		"squashfs/format",
		"squashfs/group",
		"squashfs/cache",
	],
	"squashfs/options": ["ground/bytes", "codec", "image/rootfs", "squashfs/format"],
	"pantavisor/state": ["ground/bytes", "ground/json"],
	"pantavisor/source": ["ground/json", "pantavisor/state"],
	"pantavisor/run": ["ground/json", "pantavisor/state", "pantavisor/source"],
	"pantavisor/lxc": ["ground/json", "pantavisor/state", "pantavisor/source", "pantavisor/run"],
	"pantavisor/rules": [
		"ground/findings",
		"ground/json",
		"pantavisor/state",
		"pantavisor/run",
		"pantavisor/lxc",
	],
	"pantavisor/signing": [
		"ground/findings",
		"ground/bytes",
		"ground/json",
		"pantavisor/state",
		"pantavisor/rules",
	],
	"pantavisor/verity": ["ground/bytes", "ground/files", "ground/json"],
	"pantavisor/package": [
		"ground/findings",
		"ground/bytes",
		"ground/files",
		"ground/json",
		"ground/tar",
		"codec",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/run",
		"pantavisor/lxc",
		"pantavisor/rules",
	],
	"pantavisor/checkout": [
		"ground/bytes",
		"ground/files",
		"ground/json",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/run",
		"pantavisor/rules",
		"pantavisor/signing",
		"pantavisor/verity",
		"pantavisor/package",
	],
	"pantavisor/project": ["ground/bytes", "ground/json", "image/oci"],
	container: [
		"ground/findings",
		"ground/bytes",
		"ground/files",
		"ground/store",
		"ground/json",
		"codec",
		"image/oci",
		"image/registry",
		"image/rootfs",
		"image/sources",
		"image/overlay",
		"image/trust",
		"squashfs/format",
		"squashfs/read",
		"squashfs/cache",
		"squashfs/write",
		"squashfs/options",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/run",
		"pantavisor/lxc",
		"pantavisor/rules",
		"pantavisor/signing",
		"pantavisor/package",
		"pantavisor/project",
	],
	verify: [
		"ground/findings",
		"ground/bytes",
		"ground/json",
		"image/oci",
		"image/overlay",
		"image/rootfs",
		"squashfs/read",
		"pantavisor/source",
		"pantavisor/lxc",
		"pantavisor/project",
		"pantavisor/state",
		"pantavisor/rules",
		"pantavisor/signing",
		"pantavisor/verity",
		"pantavisor/package",
		"squashfs/kernel",
	],
	"evidence/sqlite": ["ground/bytes"],
	"evidence/rpmdb": ["ground/bytes"],
	"evidence/catalogue": [
		"ground/bytes",
		"ground/files",
		"ground/json",
		"image/rootfs",
		"container",
		"evidence/sqlite",
		"evidence/rpmdb",
	],
	"evidence/sbom": [
		"ground/bytes",
		"ground/findings",
		"ground/json",
		"image/oci",
		"container",
		"evidence/catalogue",
	],
	"evidence/attest": [
		"ground/bytes",
		"ground/findings",
		"ground/json",
		"image/oci",
		"pantavisor/source",
		"pantavisor/signing",
		"container",
		"verify",
		"evidence/sbom",
	],
	"compare/repro": [
		"codec",
		"ground/bytes",
		"ground/files",
		"ground/json",
		"squashfs/read",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/lxc",
		"pantavisor/package",
	],
	"compare/report": [
		"ground/threads",
		"codec",
		"ground/bytes",
		"ground/files",
		"ground/json",
		"compare/repro",
		"image/oci",
		"image/rootfs",
		"image/overlay",
		"evidence/catalogue",
		"evidence/sbom",
		"squashfs/format",
		"squashfs/read",
		"pantavisor/state",
		"pantavisor/signing",
		"pantavisor/package",
		"pantavisor/checkout",
		"pantavisor/project",
	],
	"delivery/repository": [
		"ground/bytes",
		"ground/files",
		"ground/json",
		"image/registry",
		"pantavisor/state",
		"pantavisor/package",
		"pantavisor/checkout",
	],
	"delivery/device": [
		"ground/bytes",
		"ground/files",
		"ground/json",
		"image/registry",
		"pantavisor/state",
		"pantavisor/package",
		"verify",
		"delivery/repository",
	],
	"flows/lock": [
		"ground/bytes",
		"ground/files",
		"image/lock",
		"image/oci",
		"image/sources",
		"pantavisor/project",
		"pantavisor/source",
		"container",
	],
	flows: [
		"flows/lock",
		"ground/bytes",
		"ground/files",
		"ground/findings",
		"ground/json",
		"image/oci",
		"image/rootfs",
		"image/sources",
		"image/overlay",
		"image/lock",
		"image/registry",
		"squashfs/format",
		"squashfs/read",
		"squashfs/write",
		"squashfs/options",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/rules",
		"pantavisor/package",
		"pantavisor/checkout",
		"pantavisor/project",
		"container",
		"verify",
		"evidence/catalogue",
		"evidence/sbom",
		"evidence/attest",
		"pantavisor/signing",
		"compare/repro",
		"compare/report",
	],
	library: [
		"codec",
		"compare/report",
		"container",
		"evidence/sbom",
		"flows",
		"ground/bytes",
		"ground/files",
		"ground/findings",
		"ground/json",
		"ground/tar",
		"image/lock",
		"image/oci",
		"image/overlay",
		"image/registry",
		"image/rootfs",
		"image/sources",
		"image/trust",
		"pantavisor/checkout",
		"pantavisor/package",
		"pantavisor/project",
		"pantavisor/signing",
		"pantavisor/source",
		"pantavisor/state",
		"squashfs/format",
		"squashfs/kernel",
		"verify",
	],
};
/** Modules that only the named places may import. */
const OWNERS: Record<string, RegExp> = {
	"node:fs": /^(ground\/(files|store)|cli)\//,
	"node:fs/promises": /^(ground\/(files|store)|cli)\//,
	"node:http": /^image\/(registry|sources)\//,
	"node:https": /^image\/registry\//,
	commander: /^cli\//,
};

const src = "src";
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".ts") && !/assembly|compare\/page/.test(path))
	.map((path) => ({ path, text: readFileSync(join(src, path), "utf8") }));

/** The modules that a file names, also those that it loads later. */
function importsOf(text: string): string[] {
	const found = text.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/gms);
	return [...found].map(([, now, later]) => (now ?? later)!);
}

/** The path of an imported module of ours below src/, undefined for a package. */
function placeOf(path: string, target: string): string | undefined {
	return target.startsWith(".") ? relative(src, join(src, path, "..", target)) : undefined;
}

const roomOf = (path: string): string => dirname(path);
/** Files of the rooms: the command line, and the doors for people outside, enter by other rules. */
const inRooms = files.filter(({ path }) => !/^(cli|doors)\//.test(path) && path.includes("/"));

/** The places outside its own room that a file names. */
function outside({ path, text }: { path: string; text: string }): string[] {
	const places = importsOf(text).flatMap((target) => placeOf(path, target) ?? []);
	return places.filter((place) => roomOf(place) !== roomOf(path));
}

test("every room has a row, and every row a room", () => {
	const rooms = new Set(inRooms.map(({ path }) => roomOf(path)));
	expect([...rooms].sort()).toEqual(Object.keys(ROOMS).sort());
});

test("a room enters exactly the rooms of its row", () => {
	const used = Object.fromEntries(Object.keys(ROOMS).map((room) => [room, new Set<string>()]));
	for (const file of inRooms) for (const place of outside(file)) used[roomOf(file.path)]?.add(roomOf(place));
	const rows = Object.entries(used).map(([room, rooms]) => [room, [...rooms].sort()]);
	const allowed = Object.entries(ROOMS).map(([room, rooms]) => [room, [...rooms].sort()]);
	expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(allowed));
});

test("a room imports only rooms that come before it", () => {
	const order = Object.keys(ROOMS);
	const bad = Object.entries(ROOMS).flatMap(([room, rooms]) =>
		rooms.filter((other) => order.indexOf(other) >= order.indexOf(room)).map((other) => `${room}: ${other}`),
	);
	expect(bad).toEqual([]);
});

test("a room is entered through its index", () => {
	const bad = inRooms.flatMap((file) =>
		outside(file)
			.filter((place) => !place.endsWith("/index.js"))
			.map((place) => `${file.path} enters by ${place}`),
	);
	expect(bad).toEqual([]);
});

test("modules with an owner are imported by no one else", () => {
	const bad = files.flatMap(({ path, text }) =>
		importsOf(text)
			.filter((target) => OWNERS[target]?.test(path) === false)
			.map((target) => `${path} imports ${target}`),
	);
	expect(bad).toEqual([]);
});

test("the command line enters by its own door", () => {
	const inner = files.filter(({ path }) => path.startsWith("cli/"));
	const bad = inner.filter(({ text }) => /from "(\.\.\/)+[a-z/]+\/index\.js"/.test(text));
	expect(bad.map(({ path }) => path)).toEqual([]);
});

test("WebAssembly is used in one file", () => {
	const users = files.filter(({ text }) =>
		/\bWebAssembly\.(Module|Instance|instantiate|compile)\b\(?/.test(text),
	);
	expect(users.map(({ path }) => path).filter((path) => path !== "codec/wasm-instance.ts")).toEqual([]);
});

test("nothing below the command line reads the clock or the environment", () => {
	const bad = files.filter(
		({ path, text }) =>
			!/^(cli|library|image\/registry|image\/sources)\//.test(path) &&
			/\bDate\.now\(|new Date\(\)|process\.env\b/.test(text),
	);
	expect(bad.map(({ path }) => path)).toEqual([]);
});

test("the command line starts without the libraries that few commands need", () => {
	const texts = new Map(files.map(({ path, text }) => [path, text]));
	const packages = new Set<string>();
	const reached = new Set([
		"cli/main.ts",
		"cli/run.ts",
		...[...texts.keys()].filter((path) => path.startsWith("cli/commands/")),
	]);
	for (const path of reached) {
		for (const [, target] of texts
			.get(path)!
			.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from\s+"([^"]+)"/gms)) {
			if (!target!.startsWith(".")) packages.add(target!);
			else reached.add(relative(src, join(src, path, "..", target!)).replace(/\.js$/, ".ts"));
		}
	}
	expect([...packages]).toContain("commander");
	expect(
		["node:http", "node-forge", "@zip.js/zip.js", "packageurl-js", "spdx-expression-parse"].filter((name) =>
			packages.has(name),
		),
	).toEqual([]);
});

/** The files that a file of ours imports, with those it loads later. */
const imported = new Map(
	files.map(({ path, text }) => [
		path,
		importsOf(text).flatMap((target) => placeOf(path, target)?.replace(/\.js$/, ".ts") ?? []),
	]),
);

/** Groups of files that reach one another (Tarjan's components of more than one). */
function circles(): string[][] {
	const [index, low, stack, found] = [
		new Map<string, number>(),
		new Map<string, number>(),
		[] as string[],
		[] as string[][],
	];
	const visit = (file: string): void => {
		index.set(file, index.size);
		low.set(file, index.get(file)!);
		stack.push(file);
		for (const next of imported.get(file) ?? []) {
			if (!index.has(next)) visit(next);
			if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
		}
		if (low.get(file) !== index.get(file)) return;
		const group = stack.splice(stack.indexOf(file));
		if (group.length > 1 || imported.get(file)?.includes(file)) found.push(group);
	};
	for (const { path } of files) if (!index.has(path)) visit(path);
	return found;
}

test("no files import one another in a circle", () => {
	expect(circles()).toEqual([]);
});

test("no file has more than 300 lines, and half of them have 80 at most", () => {
	const lengths = readdirSync(src, { recursive: true, encoding: "utf8" })
		.filter((path) => /\.(ts|mjs)$/.test(path))
		.map((path) => [readFileSync(join(src, path), "utf8").split("\n").length - 1, path] as const);
	expect(lengths.filter(([lines]) => lines > 300)).toEqual([]);
	const sorted = lengths.map(([lines]) => lines).sort((a, b) => a - b);
	expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(80);
});

test.each([
	["export", 80],
	["project", 120],
	["app", 120],
])("flows/%s.ts reads in at most %i lines, and makes containers in one place", (name, most) => {
	const { text } = files.find(({ path }) => path === `flows/${name}.ts`)!;
	expect(text.split("\n").length - 1).toBeLessThanOrEqual(most);
	expect(text).not.toMatch(/createPart|lintState|argumentWarnings/);
});

test("containers are made, and IMAGE is parsed, by the maker alone", () => {
	const users = (name: RegExp): string[] =>
		files.filter(({ text }) => name.test(text)).map(({ path }) => path);
	expect(users(/\bparseImageLocation\(/)).toEqual(expect.arrayContaining(["container/input.ts"]));
	expect(users(/\bparseImageLocation\(/).filter((path) => !/^(container\/input|image\/)/.test(path))).toEqual(
		[],
	);
	expect(
		users(/\bargumentWarnings\(/).filter((path) => !/^(container\/rules|pantavisor\/lxc)/.test(path)),
	).toEqual([]);
});
