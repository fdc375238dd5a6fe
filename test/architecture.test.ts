import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

// A room imports the rooms named beside it, each through its index; see src/ARCHITECTURE.md.
const ROOMS: Record<string, readonly string[]> = {
	bytes: [],
	json: ["bytes"],
	tar: ["bytes"],
	oci: ["bytes", "json"],
	codec: ["bytes"],
	registry: ["oci", "bytes"],
	sources: ["tar", "oci", "bytes", "rootfs", "json"],
	rootfs: ["tar", "oci", "codec", "bytes"],
	squashfs: ["bytes", "codec", "rootfs"],
	pantavisor: ["bytes", "json", "oci"],
	signing: ["pantavisor", "json", "bytes"],
	verity: ["bytes", "json", "pantavisor"],
	overlay: ["rootfs", "bytes"],
	export: ["tar", "pantavisor", "signing", "verity", "json", "codec", "bytes"],
	checkout: ["export", "pantavisor", "signing", "verity", "json", "bytes"],
	release: ["export", "pantavisor", "oci", "json", "bytes"],
};
/** Modules that only the named places may import. */
const OWNERS: Record<string, RegExp> = {
	"node:fs": /^(bytes|cli)\//,
	"node:fs/promises": /^(bytes|cli)\//,
	"node:http": /^(registry|sources)\//,
	"node:https": /^registry\//,
	commander: /^cli\//,
	"cli-progress": /^cli\//,
};

const src = "src";
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".ts") && !path.includes("assembly"))
	.map((path) => ({ path, text: readFileSync(join(src, path), "utf8") }));

function problems(path: string, text: string): string[] {
	const room = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
	return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"/gms)].flatMap(([, target]) => {
		const owner = OWNERS[target!];
		if (owner && !owner.test(path)) return [`${path} imports ${target}`];
		if (!target!.startsWith(".")) return [];
		const place = relative(src, join(src, path, "..", target!));
		const other = place.includes("/") ? place.slice(0, place.indexOf("/")) : "";
		if (other === room || ROOMS[room] === undefined) return [];
		if (other === "" || !ROOMS[room].includes(other)) return [`${path} imports ${place}`];
		return place === `${other}/index.js` ? [] : [`${path} enters ${other} by ${place}`];
	});
}

test("rooms import only what the architecture allows", () => {
	expect(files.flatMap(({ path, text }) => problems(path, text))).toEqual([]);
});

test("the command line enters by the library's door", () => {
	const inner = files.filter(({ path }) => path.startsWith("cli/"));
	const bad = inner.filter(({ text }) => /from "(\.\.\/)+(?!index\.js)[a-z]+\/index\.js"/.test(text));
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
			!/^(cli|registry|sources)\//.test(path) && /\bDate\.now\(|new Date\(\)|process\.env\b/.test(text),
	);
	expect(bad.map(({ path }) => path)).toEqual([]);
});

test("the command line starts without the libraries that few commands need", () => {
	const texts = new Map(files.map(({ path, text }) => [path, text]));
	const packages = new Set<string>();
	const reached = new Set(["cli/main.ts"]);
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
		["node:http", "cli-progress", "node-forge", "@zip.js/zip.js"].filter((name) => packages.has(name)),
	).toEqual([]);
});
