import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** What npm would pack of this checkout; nothing is built for it. */
function packedFiles(): Set<string> {
	const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
		encoding: "utf8",
	});
	const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
	return new Set(files.map(({ path }) => path));
}

test("the packed package has schemas, the man page, and no link that leads out of it", () => {
	const files = packedFiles();
	for (const path of ["docs/schemas/export.schema.json", "docs/man/pvpkg.1", "docs/README.md"])
		expect(files).toContain(path);
	const folders = new Set([...files].flatMap((path) => parents(path)));
	const dead = [...files]
		.filter((path) => path.endsWith(".md"))
		.flatMap((page) => {
			const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
			const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)];
			const targets = links.map(([, target]) => posix.join(posix.dirname(page), target!).replace(/\/$/, ""));
			return targets
				.filter((path) => !files.has(path) && !folders.has(path))
				.map((path) => `${page}: ${path}`);
		});
	expect(dead).toEqual([]);
});

function parents(path: string): string[] {
	const parent = posix.dirname(path);
	return parent === "." ? [] : [parent, ...parents(parent)];
}
