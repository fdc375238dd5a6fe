import type { Api, ApiEntry, ApiName } from "./api-entries.js";

const HEADINGS = { function: "Functions", class: "Classes", value: "Values", type: "Types" } as const;
const NOTE =
	"This page is made from the declarations: `PVPKG_WRITE_DOCS=1 npm test -- dist/test/docs` writes it again.";

/** Returns the pages of the library by their file names: one for each place to import from, and a list of them. */
export function apiPages({ entries }: Api): Map<string, string> {
	const pages = entries.map((entry) => [`${fileName(entry)}.md`, page(entry)] as const);
	return new Map([["README.md", list(entries)], ...pages]);
}

const fileName = ({ specifier }: ApiEntry): string => specifier.replace("pvpkg/", "");
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
const anchor = (name: string): string => name.toLowerCase();

/** Comments cite sections of specifications, which people outside do not have. */
function withoutCitations(text: string): string {
	return text.replace(/\s*\((?:spec\/|hermetic\.md|design\b|\d+\.\d)[^()]*\)/g, "").trim();
}

function firstSentence(text: string): string {
	const [first = ""] = withoutCitations(text).split(/(?<=\.)\s/);
	return cell(first);
}

function list(entries: readonly ApiEntry[]): string {
	const sections = entries.map((entry) => {
		const names = entry.names.filter(({ kind }) => kind !== "type");
		const rows = names.map(
			({ name, text }) => `| [${name}](${fileName(entry)}.md#${anchor(name)}) | ${firstSentence(text)} |`,
		);
		const title = `## [${entry.specifier}](${fileName(entry)}.md)`;
		// pvpkg/types has no values.
		const table = rows.length === 0 ? [] : [["| name | |\n|---|---|", ...rows].join("\n")];
		return [title, entry.text, ...table].join("\n\n");
	});
	const head =
		"# The library\n\nThese pages are made from the declarations that the compiler emits, and `npm test` fails while they are out of date:\na change of what people outside can import is a change of a page. [docs/examples/](../examples) has programs.";
	return `${[head, ...sections].join("\n\n")}\n`;
}

function page(entry: ApiEntry): string {
	const groups = Object.entries(HEADINGS).map(([kind, heading]) => {
		const names = entry.names.filter((name) => name.kind === kind);
		return names.length === 0 ? [] : [`## ${heading}`, ...names.map(section)];
	});
	return `${[`# ${entry.specifier}`, entry.text, NOTE, ...groups.flat()].join("\n\n")}\n`;
}

function section({ name, text, tags, declaration }: ApiName): string {
	const examples = tags.filter((tag) => tag.name === "example");
	const notes = tags.filter((tag) => tag.name !== "example").map(note);
	return [
		`### ${name}`,
		withoutCitations(text),
		`\`\`\`ts\n${withoutCitations(declaration)}\n\`\`\``,
		...(notes.length > 0 ? [notes.join("\n")] : []),
		...examples.map((example) => `Example:\n\n\`\`\`ts\n${example.text}\n\`\`\``),
	].join("\n\n");
}

function note({ name, text }: ApiName["tags"][number]): string {
	const words = withoutCitations(text).replaceAll(/\s+/g, " ");
	if (name !== "param") return `- ${{ throws: "Throws", returns: "Returns" }[name] ?? name}: ${words}`;
	const [parameter, ...rest] = words.split(" ");
	return `- \`${parameter}\`: ${rest.join(" ")}`;
}
