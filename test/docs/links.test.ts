import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = [
	"README.md",
	"CHANGELOG.md",
	"src/ARCHITECTURE.md",
	...readdirSync("docs", { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".md"))
		.map((path) => join("docs", path)),
];

test.each(pages)("%s links to files that are there", (page) => {
	const text = readFileSync(page, "utf8");
	const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, path]) => path!);
	expect(links.filter((path) => !existsSync(join(dirname(page), path)))).toEqual([]);
});

test("the tests that docs/why-own-code.md cites are there", () => {
	const cited = readFileSync("docs/why-own-code.md", "utf8").match(/\btest\/[\w/.-]+/g) ?? [];
	expect(cited.length).toBeGreaterThan(10);
	expect(cited.filter((path) => !existsSync(path))).toEqual([]);
});

test("docs/README.md leads to every page", () => {
	const index = readFileSync("docs/README.md", "utf8");
	const own = readdirSync("docs").filter((name) => name.endsWith(".md") && name !== "README.md");
	expect(own.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});
