import { readFileSync } from "node:fs";

/** The results of vitest's JSON report, one for each file; none where there is no report. */
export function readResults(path) {
	try {
		return JSON.parse(readFileSync(path, "utf8")).testResults;
	} catch (error) {
		if (error.code !== "ENOENT") console.log(`${path}: ${error.message}`);
		return [];
	}
}

/** The tests of the results, each with its file. A file that could not be loaded is one failed test. */
export function testsOf(results) {
	return results.flatMap(({ name: file, status, assertionResults }) =>
		status === "failed" && assertionResults.every((test) => test.status !== "failed")
			? [{ file, fullName: file, status }]
			: assertionResults.map((test) => ({ file, fullName: test.fullName, status: test.status })),
	);
}
