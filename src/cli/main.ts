#!/usr/bin/env node
import { readFileSync } from "node:fs";

/** Columns of a terminal from which on the help breaks no line, so that its text does not depend on them. */
const WIDE_ENOUGH = 80;

/**
 * Returns what the program prints for `--version` or `--help` alone, as the bundle recorded it in `answers.json`, so
 * that neither loads the modules of the command line. Returns undefined for all other arguments, for a narrow terminal,
 * where the help breaks its lines, and as long as nothing is recorded.
 */
function recordedAnswer(argv: readonly string[]): string | undefined {
	const [option = ""] = argv;
	const { isTTY, columns } = process.stdout;
	if (argv.length !== 1 || !option.startsWith("-") || (isTTY && columns < WIDE_ENOUGH)) return undefined;
	try {
		return JSON.parse(readFileSync(new URL("answers.json", import.meta.url), "utf8"))[option];
	} catch {
		return undefined;
	}
}

// Errors reach the writer of a result, and a closed standard error cannot be reported anywhere.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const argv = process.argv.slice(2);
const answer = recordedAnswer(argv);
if (answer === undefined) await (await import("./run.js")).run(argv);
else process.stdout.write(answer);
