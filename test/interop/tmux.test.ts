import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { PROGRAM } from "../support/program.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";
import { TmuxScreen } from "../support/tmux.js";

const PROCESS = resolve("dist/test/support/progress-process.js");
const WARNING = "usr/lib/a-library-with-a-long-name.so.1 at byte 4096: ignored SCHILY.acl.access, once";
const PLATFORMS = ["linux/amd64", "linux/arm/v7", "linux/arm64"];

needs("tmux").describe("a real terminal (tmux)", () => {
	describe.each([40, 80, 200])("of %i columns", (columns) => {
		let screen: TmuxScreen;
		beforeAll(() => {
			screen = new TmuxScreen(columns, 20);
			screen.type(`clear; '${process.execPath}' '${PROCESS}' '${WARNING}'`);
		});
		afterAll(() => screen.close());

		test("a warning is whole, and stands above the bars", async () => {
			// The last bar, drawn once more below the warning, is the last that is written.
			const lines = await screen.see(/warning:[\s\S]* 75% +750 kB/);
			const text = lines.map((line) => line.padEnd(columns)).join("");
			expect(text).toContain(`warning: ${WARNING}`);
			const bars = lines.slice(-PLATFORMS.length);
			expect(bars.map((line) => line.split(" ")[0])).toEqual(PLATFORMS);
			expect(lines.filter((line) => line.includes("compress"))).toHaveLength(PLATFORMS.length);
		});

		test("every bar shows phase, percentage and size", () => {
			const bars = screen.lines().slice(-PLATFORMS.length);
			expect(bars[0]).toMatch(/compress .*25% +250 kB$/);
			expect(bars[2]).toMatch(/compress .*75% +750 kB$/);
			for (const bar of bars) expect(bar.length).toBeLessThan(columns);
		});

		test("Ctrl-C leaves the warning, no bar, a cursor, and lines that wrap", async () => {
			screen.press("C-c");
			const lines = await screen.see(/\n(\^C)?\$/);
			expect(lines.filter((line) => line.includes("compress"))).toEqual([]);
			expect(lines.map((line) => line.padEnd(columns)).join("")).toContain(WARNING);
			expect(screen.modes()).toBe("11");
		});
	});

	test("TERM=dumb has lines instead of bars", async () => {
		const screen = new TmuxScreen(80, 20);
		try {
			screen.type(`clear; TERM=dumb '${process.execPath}' '${PROCESS}' '${WARNING}'`);
			const lines = await screen.see(/warning:/);
			expect(lines.join("\n")).not.toMatch(/[█░]/);
		} finally {
			screen.close();
		}
	});

	test("Ctrl-C in the middle of a download", async () => {
		const registry = await TestRegistry.start();
		const place = new Workplace();
		const screen = new TmuxScreen(80, 20, { HOME: place.directory, TMPDIR: place.path("tmp") });
		try {
			const layer = tarball(file("usr/a", "x".repeat(300_000)));
			const image = registry.addImage("app", { os: "linux", architecture: "amd64" }, [layer]);
			registry.addIndex("app", "1", [image]);
			const digest = registry.addBlob(layer).digest;
			registry.script(new RegExp(`^GET .*/blobs/${digest}`), (_, response) => {
				response.writeHead(200, { "Content-Length": layer.length });
				response.write(layer.subarray(0, 200_000));
				return true; // The rest never comes.
			});
			const args = `pull ${registry.host}/app:1 -o layout`;
			screen.type(`cd ${place.directory}; clear; '${process.execPath}' '${PROGRAM}' ${args}; echo "code $?"`);
			await screen.see(/download .*\d+% +\d/);
			screen.press("C-c");
			const lines = await screen.see(/code \d+/);
			expect(lines.join("\n")).toContain("code 130");
			expect(lines.join("\n")).not.toContain("download");
			expect(screen.modes()).toBe("11");
		} finally {
			screen.close();
			place.remove();
			await registry.close();
		}
	});
});
