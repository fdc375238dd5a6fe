// Prints the test files that failed, one on a line, where they are few enough to be run again: many failures are a
// fault of the change, one or two can be a machine that was too slow for a real program.
import { readResults, testsOf } from "./test-results.mjs";

const MOST = 3;

const failed = testsOf(readResults(process.argv[2])).filter(({ status }) => status === "failed");
const files = [...new Set(failed.map(({ file }) => file))];
if (files.length <= MOST) for (const file of files) console.log(file);
