import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-code.js";
import { type ErrorKind, PvpkgError } from "../../src/ground/bytes/index.js";
import { ERROR_REMEDIES } from "../support/error-remedies.js";
import { codesInSources, errorTable } from "../support/error-table.js";

const PAGE = "docs/exit-codes.md";
/** Set this variable to write the page instead of comparing it. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

const HEAD = `# Exit codes and error codes

A command ends with one of these codes. After a failure or a signal, outputs are as they were before.

| exit | means |
|---|---|
| 0 | done |
| 1 | a defect of pvpkg |
| 2 | the command line is wrong |
| 3 | an input is malformed, or not what it says it is |
| 4 | something is not there, or may not be used |
| 5 | a check was made, and what was checked did not pass |
| 6 | the network or the disk failed, or there was no memory |
| 130 | interrupted |

An error has a stable code, which \`--json\` prints as \`error.code\`. Its message names the file, what was done, what was
expected and what was found. The table is made from the error tables of the rooms, and a test compares it.

| code | exit | means | do |
|---|---|---|---|`;

const entries = errorTable();
const exitOf = (kind: ErrorKind): number => exitCodeOf(new PvpkgError(kind, "ERR_X", ""));
const cell = (text: string): string => text.replaceAll("|", "\\|");
const rows = [...entries]
	.sort((a, b) => (a.code < b.code ? -1 : 1))
	.map(({ code, kind, meaning }) => {
		return `| \`${code}\` | ${exitOf(kind)} | ${cell(meaning)} | ${cell(ERROR_REMEDIES.get(code) ?? "")} |`;
	});
const page = `${[HEAD, ...rows].join("\n")}\n`;

test("docs/exit-codes.md has every error code with its exit code, meaning and remedy", () => {
	if (WRITES) writeFileSync(PAGE, page);
	expect(readFileSync(PAGE, "utf8")).toBe(page);
	expect([...ERROR_REMEDIES.keys()].sort()).toEqual(entries.map(({ code }) => code).sort());
});

/** Codes that Node's own errors have, or beginnings of codes, in sources that look at them. */
const FOREIGN =
	/^ERR_(WORKER_OUT_OF_MEMORY|TLS_(CERT_ALTNAME)?|SSL_|INVALID_CHAR|UNESCAPED_CHARACTERS|IMAGE_)$/;

test("every error code of the sources stands in the table of a room", () => {
	const known = new Set(entries.map(({ code }) => code));
	const strange = [...codesInSources()].filter(([code]) => !known.has(code) && !FOREIGN.test(code));
	expect(strange).toEqual([]);
});
