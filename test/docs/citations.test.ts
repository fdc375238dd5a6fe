import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const below = (directory: string, end: RegExp): string[] =>
	readdirSync(directory, { recursive: true, encoding: "utf8" })
		.filter((path) => end.test(path))
		.map((path) => join(directory, path));
const pages = [
	...below("docs", /\.md$/),
	"README.md",
	"CONTRIBUTING.md",
	"SECURITY.md",
	"src/ARCHITECTURE.md",
];

/** Returns the anchors of a page, as GitHub and GitLab make them of its headings. */
function anchorsOf(path: string): Set<string> {
	const text = readFileSync(path, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
	const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => heading!);
	const slug = (heading: string) =>
		heading
			.toLowerCase()
			.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
			.replaceAll(/\s/g, "-");
	return new Set(headings.map(slug));
}

function leadsNowhere(path: string, anchor: string | undefined): boolean {
	if (!existsSync(path)) return true;
	return anchor !== undefined && path.endsWith(".md") && !anchorsOf(path).has(anchor);
}

test("what comments cite is a page and a heading of this repository", () => {
	const sources = [...below("src", /\.(ts|mjs)$/), ...below("test", /\.ts$/)];
	const cited = sources.flatMap((source) =>
		[...readFileSync(source, "utf8").matchAll(/\b(docs\/[\w/.-]+?\.md)(?:#([\w-]+))?/g)].map(
			([, path, anchor]) => ({
				source,
				path: path!,
				anchor,
			}),
		),
	);
	expect(cited.length).toBeGreaterThan(70);
	expect(cited.filter(({ path, anchor }) => leadsNowhere(path, anchor))).toEqual([]);
});

test("no comment cites what strangers do not have", () => {
	const strange =
		/\bspec\/(pvr-behaviour|device|layers|registry|delivery|hermetic|engine|field-faults|squashfs-xz|demands)\b|\.\.\/shared/;
	const tests = below("test", /\.ts$/).filter((path) => !/citations|support\/field\.ts$/.test(path));
	const found = [...below("src", /\.(ts|mjs|md)$/), ...pages, ...tests].filter((path) =>
		strange.test(readFileSync(path, "utf8")),
	);
	expect(found).toEqual([]);
	const numbers = below("src", /\.ts$/).filter((path) =>
		/\(quirk \d+\)|\(design part \d\)/.test(readFileSync(path, "utf8")),
	);
	expect(numbers).toEqual([]);
});

test("links of pages lead to headings that are there", () => {
	const dead = pages.flatMap((page) => {
		const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
		const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([\w-]+)\)/g)];
		return links
			.filter(([, path, anchor]) => leadsNowhere(path === "" ? page : join(dirname(page), path!), anchor))
			.map(([link]) => `${page}: ${link}`);
	});
	expect(dead).toEqual([]);
});
