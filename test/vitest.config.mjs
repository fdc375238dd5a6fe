import { defineConfig } from "vitest/config";

const results = process.env.PVPKG_TEST_RESULTS;

// The tests run as compiled by tsc: what they load (workers, WebAssembly) is what ships.
export default defineConfig({
	test: {
		root: new URL("..", import.meta.url).pathname,
		include: ["dist/test/**/*.test.js"],
		exclude: ["node_modules/**"],
		setupFiles: ["dist/test/support/seed.js"],
		// A file all of whose tests need a program that is not here declares none: see support/needs.ts.
		passWithNoTests: true,
		testTimeout: 120_000,
		hookTimeout: 300_000,
		pool: "forks",
		reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
	},
});
