import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

const results = process.env.PVPKG_TEST_RESULTS;

// The tests run as compiled by tsc: what they load (workers, WebAssembly) is what ships.
const all = ["dist/test/**/*.test.js"];
/** Tests that count time, race or take fixed ports: one at a time, when the others are done. */
const alone = [
	"dist/test/image/registry/addresses.test.js",
	"dist/test/interop/{chromium,tmux,two-users}.test.js",
];

/** Files that start programs come first, and the short ones last, so that no processor waits for the last file. */
class LongFilesFirst extends BaseSequencer {
	async sort(files) {
		const sorted = await super.sort(files);
		const isLong = ({ moduleId }) => /\/dist\/test\/(?:cli|docs|fixtures|interop)\//.test(moduleId);
		return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
	}
}

const shared = {
	root: new URL("..", import.meta.url).pathname,
	setupFiles: ["dist/test/support/seed.js"],
	testTimeout: 300_000,
	hookTimeout: 600_000,
	pool: "forks",
	// What is tested is loaded by Node itself, as those who use it load it, and not by vitest's runner.
	server: { deps: { external: [/\/dist\/(?:src|fixtures)\//] } },
	// A file all of whose tests need a program that is not here declares none: see support/needs.ts.
	passWithNoTests: true,
};

export default defineConfig({
	test: {
		...shared,
		sequence: { sequencer: LongFilesFirst },
		reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
		projects: [
			{
				test: {
					...shared,
					name: "together",
					include: all,
					exclude: alone,
					// A process runs many files, one after the other: to load everything for each took a tenth of the time.
					isolate: false,
					// A test waits for the program that it started: two of them keep even one processor at work.
					maxWorkers: Math.max(2, availableParallelism()),
					sequence: { groupOrder: 1 },
				},
			},
			{ test: { ...shared, name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } } },
		],
	},
});
