import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type PrintedDocument, runDocumentSession } from "../support/document-session.js";
import { readSchema, schemaProblems } from "../support/schemas.js";

const PAGE = "docs/json-output.md";
/** Set this variable to write the page instead of comparing it. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

const HEAD = `# The documents of --json

With \`--json\` every command prints one document on standard output, and its messages on standard error. A document
begins with its name and version (\`spec\`), says whether the command did what it was asked for (\`ok\`), and ends with
every warning. One that failed has an \`error\` with a stable code, which [exit-codes.md](exit-codes.md) explains; what
was known by then is there too. Sizes are bytes; digests are whole; platforms are strings such as \`linux/arm64\`.

Every document has a JSON Schema (draft 2020-12), which the package ships in \`docs/schemas/\`; \`pvpkg schema\` lists them, and
\`pvpkg schema export\` prints that of \`export\`. Within version 1 a document may get members, and loses none.

The examples are real: a test runs these commands, and compares the members and types of what they print with this
page. Lists are cut to two entries here, and long strings are shortened.
`;

let session: readonly PrintedDocument[] = [];
beforeAll(async () => {
	session = await runDocumentSession();
	if (WRITES) writeFileSync(PAGE, makePage(session));
});

/** Returns a document with short lists and strings, still valid by its schema. */
function shortened(value: unknown): unknown {
	if (typeof value === "string") {
		return value.length > 160 ? `${value.slice(0, 150)}…` : value;
	}
	if (Array.isArray(value)) return value.slice(0, 2).map(shortened);
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]));
}

function makePage(documents: readonly PrintedDocument[]): string {
	const sections = new Map<string, string[]>();
	const kept = new Map([...examples()].map(([line, document]) => [stableLine(line), { line, document }]));
	for (const { words, ...printed } of documents) {
		const { line, document } = sameShape(kept.get(stableLine(printed.line)), printed) ?? printed;
		const name = words.replaceAll(" ", "-");
		const title = words === "error" ? "A command line that was not understood" : words;
		const heading = `## ${title}\n\nSchema: [${name}.schema.json](schemas/${name}.schema.json)`;
		const body = `\`${line}\`\n\n\`\`\`json\n${JSON.stringify(shortened(document), null, 2)}\n\`\`\``;
		sections.set(words, [...(sections.get(words) ?? [heading]), body]);
	}
	return `${[HEAD.trimEnd(), ...[...sections.values()].flat()].join("\n\n")}\n`;
}

interface Example {
	readonly line: string;
	readonly document: object;
}

/** Keys, times and free space differ from run to run: an example that still has the right shape stays on the page. */
function sameShape(kept: Example | undefined, printed: Example): Example | undefined {
	if (kept === undefined) return undefined;
	const shapes = [kept.document, shortened(printed.document)].map((document) =>
		JSON.stringify(shapeOf(document)),
	);
	return shapes[0] === shapes[1] ? kept : undefined;
}

/** The examples of the page, by their command lines. */
function examples(): Map<string, { readonly spec: string }> {
	const text = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
	const found = [...text.matchAll(/^`(pvpkg .*)`\n\n```json\n([\s\S]*?)\n```/gm)];
	return new Map(found.map(([, line, body]) => [line!, JSON.parse(body!)]));
}

/** The members of a document with their types; of lists and maps those of the first entries. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
	if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
	return Object.fromEntries(
		Object.entries(value)
			.map(([name, member]) => [name, shapeOf(member)] as const)
			.sort(([a], [b]) => (a < b ? -1 : 1)),
	);
}

/** A command line without the digest in a revision's name, which depends on the keys of the run. */
function stableLine(line: string): string {
	return line.replace(/(locals\/pvtx-\d+)-[0-9a-f]{8}-/, "$1-DIGEST-");
}

test("docs/json-output.md shows what every command prints", () => {
	const shown = new Map([...examples()].map(([line, document]) => [stableLine(line), document]));
	expect([...shown.keys()].sort()).toEqual(session.map(({ line }) => stableLine(line)).sort());
	for (const { line, document } of session) {
		expect(shapeOf(shown.get(stableLine(line))), line).toEqual(shapeOf(shortened(document)));
	}
});

test("every example is valid by the schema that its spec names", () => {
	const problems = [...examples()].flatMap(([line, document]) =>
		schemaProblems(nameOf(document), document).map((problem) => `${line}: ${problem}`),
	);
	expect(problems).toEqual([]);
});

test("every alternative of every document is shown", () => {
	const left = new Map<string, string[]>();
	for (const { words, document } of session) {
		const name = words.replaceAll(" ", "-");
		const { anyOf } = readSchema(name) as { anyOf: { description?: string; required: string[] }[] };
		const successes = anyOf.filter((one) => !one.required.includes("error"));
		const rest = left.get(name) ?? successes.map(({ required }) => required.join());
		const has = (required: string) => required.split(",").every((member) => member in document);
		left.set(
			name,
			rest.filter((required) => !has(required)),
		);
	}
	// What --provenance reports is checked where packages are built again from it.
	expect([...left].filter(([, rest]) => rest.length > 0)).toEqual([
		["repro", ["spec,ok,label,path,differences,warnings"]],
	]);
});

describe("a schema refuses", () => {
	const nameless = (document: object): Record<string, unknown> => ({ ...document });

	test("members that it does not know, at the top and inside", () => {
		for (const { document } of session) {
			expect(schemaProblems(nameOf(document), { ...nameless(document), surplus: 1 })).not.toEqual([]);
		}
		const made = session.find(({ words }) => words === "build")!.document as unknown as {
			releases: object[];
		};
		const inside = { ...made, releases: made.releases.map((release) => ({ ...release, bytes: 1 })) };
		expect(schemaProblems("build", inside)).not.toEqual([]);
	});

	test("members that are not there", () => {
		for (const { document } of session) {
			for (const member of ["spec", "ok", "warnings"]) {
				const { [member]: _, ...rest } = nameless(document);
				expect(schemaProblems(nameOf(document), rest), `${document.spec}: ${member}`).not.toEqual([]);
			}
		}
	});

	test("members of other types", () => {
		for (const { document } of session) {
			for (const member of Object.keys(document)) {
				const wrong = { ...nameless(document), [member]: Number.NEGATIVE_INFINITY };
				expect(schemaProblems(nameOf(document), wrong), `${document.spec}: ${member}`).not.toEqual([]);
			}
		}
	});

	test("a failure that calls itself a success", () => {
		const { document } = session.find(({ words }) => words === "error")!;
		expect(schemaProblems("error", { ...document, ok: true })).not.toEqual([]);
	});
});

function nameOf(document: { readonly spec?: unknown }): string {
	return String(document.spec).replace(/^pvpkg\/(.*)@1$/, "$1");
}
