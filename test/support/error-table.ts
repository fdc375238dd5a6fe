import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorKind } from "../../src/ground/bytes/index.js";

/** An error code as the table of its room has it. */
export interface ErrorEntry {
	readonly code: string;
	readonly kind: ErrorKind;
	/** The comment above it. */
	readonly meaning: string;
	/** Path of the table. */
	readonly path: string;
}

const ROW = /\/\*\* ([^\n]*?) \*\/\n\t(ERR_[A-Z0-9_]+): "(\w+)",/g;
const CLASS =
	/\/\*\* ([^\n]*?) \*\/\nexport class \w+ extends PvpkgError<"(ERR_\w+)"> \{[\s\S]*?super\("(\w+)"/g;

/** Returns every error code, from the tables of the rooms: sources are read, as their comments are the meanings. */
export function errorTable(): ErrorEntry[] {
	const paths = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) =>
		path.endsWith(".ts"),
	);
	const entries = paths.sort().flatMap((path) => {
		const text = readFileSync(join("src", path), "utf8");
		return [...text.matchAll(ROW), ...text.matchAll(CLASS)].map(([, meaning, code, kind]) => {
			return { code: code!, kind: kind as ErrorKind, meaning: meaning!, path };
		});
	});
	return [...entries, ...TERMINAL];
}

/** Codes of what is no error of a room; src/cli/exit-code.ts gives them. */
const TERMINAL: readonly ErrorEntry[] = [
	{
		code: "ERR_MEMORY",
		kind: "transport",
		meaning: "The machine, or a limit such as ulimit -v, gave no more memory.",
		path: "cli/exit-code.ts",
	},
	{
		code: "ERR_DEFECT",
		kind: "defect",
		meaning: "Something that pvpkg did not expect.",
		path: "cli/exit-code.ts",
	},
];

/** Returns every code that a source names, with the file. */
export function codesInSources(): Map<string, string> {
	const paths = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) =>
		path.endsWith(".ts"),
	);
	return new Map(
		paths.flatMap((path) => {
			const text = readFileSync(join("src", path), "utf8");
			return [...text.matchAll(/\bERR_[A-Z0-9_]+\b/g)].map(([code]) => [code, path] as const);
		}),
	);
}
