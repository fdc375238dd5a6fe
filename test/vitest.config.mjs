import { defineConfig } from "vitest/config";

// The tests run as compiled by tsc: what they load (workers, WebAssembly) is what ships.
export default defineConfig({
	test: {
		root: new URL("..", import.meta.url).pathname,
		include: ["dist/test/**/*.test.js"],
		exclude: ["node_modules/**"],
		testTimeout: 60_000,
		hookTimeout: 120_000,
		pool: "forks",
	},
});
