import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ARGUMENTS } from "../../src/pantavisor/source/index.js";

const PAGE = "docs/environment.md";

/** How sources read variables; the names are in the first group, alone or in a list. */
const READERS: readonly RegExp[] = [
	/\b(?:variables|env|environment)\??\.([A-Z][A-Z0-9_]+)\b/g,
	/\b(?:variables|env)\["([A-Z][A-Z0-9_]+)"/g,
	/\{([^{}]*)\} = (?:process\.env|session\.variables|variables|env)\b/g,
	/\.env\(\s*"([A-Z][A-Z0-9_]+)"/g,
	/"((?:PVR|PVS|PVPKG|DOCKER|REGISTRY|XDG|SSL|NODE|HTTP|HTTPS|ALL|NO|SOURCE_DATE)_[A-Z_]+)"/g,
];

/** Returns the variables that the program reads. */
function readVariables(): string[] {
	const paths = readdirSync("src", { recursive: true, encoding: "utf8" });
	const sources = paths.filter(
		(path) => path.endsWith(".ts") && !/^(compare\/page|codec\/assembly)\//.test(path),
	);
	const names = sources.flatMap((path) => {
		const text = readFileSync(join("src", path), "utf8");
		const lists = READERS.flatMap((reader) => [...text.matchAll(reader)].map(([, list]) => list!));
		return lists.flatMap((list) => list.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []);
	});
	return [...new Set(names)].filter((name) => !ARGUMENTS.has(name)).sort();
}

/** Variables that TMPDIR's reader, node:os, and the shells of credential helpers read for us. */
const BY_OTHERS = ["PATH", "TMPDIR"];

test("docs/environment.md has every variable that the code reads, and no other", () => {
	const rows = readFileSync(PAGE, "utf8").matchAll(/^\| `[^|]*\|/gm);
	const listed = [...rows].flatMap(([row]) => row.match(/[A-Z][A-Z0-9_]+/g) ?? []);
	expect([...new Set(listed)].sort()).toEqual([...readVariables(), ...BY_OTHERS].sort());
});
