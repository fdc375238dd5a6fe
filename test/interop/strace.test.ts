import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePlatform } from "../../src/image/oci/index.js";
import { type CommandResult, IN_THREADS, Workplace } from "../support/command-line.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { sampleOf } from "../support/sample.js";
import { SEED } from "../support/seed.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";
import { countCalls, type Injection, injecting, snapshot, tracing } from "../support/traced-command.js";

// Commands that replace a user's files, killed or without disk at chosen moments. `PVPKG_KILLS` random
// moments each; CI takes a few of them, by the seed, a nightly run 50.
const MOMENTS = Number(process.env.PVPKG_KILLS ?? 3);

/** Calls by which files come, change and go. */
const CHANGES = "openat mkdir rename link symlink unlink rmdir pwrite64 write chmod ftruncate".split(" ");

interface States {
	readonly before: string[];
	readonly after: string[];
}

interface Operation {
	/** Where it runs, below the copy. */
	readonly cwd: string;
	readonly args: readonly string[];
	/** Directories, below the copy, each of which is as before or as afterwards; or only some of its files. */
	readonly units: readonly (readonly [directory: string, files?: RegExp])[];
	/** A command after which what was interrupted is back. */
	readonly recovery: readonly string[];
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
	"checkout --force": {
		cwd: ".",
		args: ["checkout", "new.tgz", "checkout", "--force"],
		units: [["checkout"]],
		recovery: ["inspect", "checkout"],
	},
	import: {
		cwd: "checkout",
		args: ["import", "../new.tgz"],
		units: [
			["checkout", /^\.pvr\/json$/],
			["checkout", /^(?!\.pvr\/)/],
		],
		recovery: ["status"],
	},
	commit: {
		cwd: "edited",
		args: ["commit", "-m", "more"],
		units: [
			["edited", /^\.pvr\/json$/],
			["edited", /^(?!\.pvr\/)/],
		],
		recovery: ["status"],
	},
	install: {
		cwd: "project",
		args: ["install", "-p", "linux/amd64", "oci:../images:new", "web", "--force"],
		units: [
			["project", /src\.json$/],
			["project", /^pvpkg\.json$/],
		],
		recovery: ["cache", "ls"],
	},
	build: {
		cwd: "project",
		args: ["build", "--no-sign", "--build-version", "1", "--tier", "fast"],
		units: [["project/releases/amd64"], ["project/releases", /\.tgz$/]],
		recovery: ["inspect", "releases/amd64"],
	},
	"pull -o": {
		cwd: ".",
		args: ["pull", "oci:images:new", "-o", "pulled"],
		units: [["pulled", /^index\.json$/]],
		recovery: ["cache", "ls"],
	},
};

needs("strace").describe("slow: with strace", () => {
	let template: Workplace;
	const places: Workplace[] = [];

	async function succeed(place: Workplace, args: readonly string[], cwd = "."): Promise<void> {
		const result = await place.run(args, { cwd: place.path(cwd) });
		expect(result, args.join(" ")).toMatchObject({ code: 0 });
	}

	beforeAll(async () => {
		template = new Workplace();
		const platform = parsePlatform("linux/amd64");
		for (const [at, name] of ["old", "new"].entries()) {
			const archive = tarball(
				file("bin/app", `#!/bin/sh\necho ${name}\n`, { mode: 0o755 }),
				file(`etc/${name}`),
			);
			writeFileSync(template.path(`${name}.tar`), archive);
			const args = ["export", `tar:${name}.tar`, "web", "-p", "linux/amd64", "--no-sign"];
			await succeed(template, [...args, "--volume", `/v${at}:permanent`, "-o", `${name}.tgz`]);
			const layout = new LayoutDirectory(template.path(`${name}-image`));
			layout.tag(name, [layout.addImage(platform, [{ archive }], { Cmd: ["/bin/app", name] })]);
			await succeed(template, ["pull", `oci:${name}-image:${name}`, "-o", "images", "--tag", name]);
		}
		await succeed(template, ["checkout", "old.tgz", "checkout"]);
		await succeed(template, ["checkout", "old.tgz", "edited"]);
		writeFileSync(template.path("edited/web/more.json"), '{"more": true}');
		writeFileSync(template.path("edited/web/object"), "bytes");
		await succeed(template, ["add", "."], "edited");
		mkdirSync(template.path("project"));
		await succeed(template, ["install", "-p", "linux/amd64", "oci:../images:old", "web"], "project");
		await succeed(template, OPERATIONS.build!.args, "project");
		await succeed(template, ["pull", "oci:images:old", "-o", "pulled"]);
	}, 600_000);
	afterAll(() => {
		for (const place of [template, ...places]) place?.remove();
	});

	/** A copy of the template, ready for the operation. */
	function prepare(name: string): Workplace {
		const place = template.copy();
		places.push(place);
		// What build makes anew is another one: its source has changed since.
		if (name === "build") writeFileSync(place.path("project/pvpkg/amd64/web/extra.json"), "{}");
		return place;
	}

	function discard(place: Workplace): void {
		place.remove();
		places.splice(places.indexOf(place), 1);
	}

	function states(place: Workplace, { units }: Operation): string[] {
		return units.map(([directory, files]) => {
			const found = Object.entries(snapshot(place.path(directory)));
			return JSON.stringify(found.filter(([name]) => files?.test(name) ?? true));
		});
	}

	function perform(
		place: Workplace,
		{ args, cwd }: Operation,
		injection?: Injection,
	): Promise<CommandResult> {
		const wrapper = injection === undefined ? [] : injecting(injection);
		return place.run(args, { cwd: place.path(cwd), wrapper, env: IN_THREADS });
	}

	/** Each part is old or new after a fault, whole, and the next run completes the work. */
	async function expectSurvival(
		name: string,
		injection: Injection,
		expected: States,
		completes: boolean,
	): Promise<void> {
		const { before, after } = expected;
		const operation = OPERATIONS[name]!;
		const place = prepare(name);
		const { code } = await perform(place, operation, injection);
		const moment = `${name}, ${injection.call} ${injection.number}, exit ${code}`;
		// What is not in its place comes back with the next command that looks at it, and not before.
		if (operation.units.some(([directory]) => !existsSync(place.path(directory)))) {
			await place.run(operation.recovery, { cwd: place.path(operation.cwd) });
		}
		for (const [at, state] of states(place, operation).entries()) {
			expect([before[at], after[at]], moment).toContain(state);
		}
		if (injection.effect === "error=ENOSPC" && code !== 0) {
			expect(code, moment).toBe(6);
			expect(states(place, operation), moment).toEqual(before);
		}
		if (completes) await expectCompletion(place, operation, moment, after);
		discard(place);
	}

	async function expectCompletion(
		place: Workplace,
		operation: Operation,
		moment: string,
		after: string[],
	): Promise<void> {
		const again = await perform(place, operation);
		expect(again, moment).toMatchObject({ code: 0 });
		expect(states(place, operation), moment).toEqual(after);
		const left = readdirSync(place.directory).filter((found) => found.includes("pvpkg."));
		expect(left, moment).toEqual([]);
	}

	describe.each(Object.keys(OPERATIONS))("%s", (name) => {
		let expected: States;
		let counts: Map<string, number>;

		beforeAll(async () => {
			const operation = OPERATIONS[name]!;
			const place = prepare(name);
			const before = states(place, operation);
			const log = place.path("calls");
			const wrapper = tracing(CHANGES, log);
			const result = await place.run(operation.args, {
				cwd: place.path(operation.cwd),
				wrapper,
				env: IN_THREADS,
			});
			expect(result).toMatchObject({ code: 0 });
			expected = { before, after: states(place, operation) };
			expect(expected.after).not.toEqual(before);
			counts = countCalls(log);
			discard(place);
		});

		test("a kill at each rename leaves old or new", async () => {
			expect(counts.get("rename")).toBeGreaterThan(0);
			const all = Array.from({ length: counts.get("rename")! }, (_, at) => at + 1);
			for (const [at, number] of sampleOf(all, 3).entries()) {
				await expectSurvival(name, { call: "rename", number, effect: "signal=KILL" }, expected, at % 4 === 0);
			}
		}, 600_000);

		test(`a kill at each of ${MOMENTS} random calls leaves old or new`, async () => {
			const all = [...counts].flatMap(([call, count]) =>
				Array.from({ length: count }, (_, i) => [call, i + 1] as const),
			);
			let state = SEED;
			for (let moment = 0; moment < MOMENTS; moment++) {
				state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
				const [call, number] = all[Math.floor((state / 2 ** 32) * all.length)]!;
				await expectSurvival(name, { call, number, effect: "signal=KILL" }, expected, moment % 4 === 0);
			}
		}, 600_000);

		test("a full disk at each write of a file leaves everything as it was, and exit 6", async () => {
			const writes = counts.get("pwrite64") ?? 0;
			for (let number = 1; number <= writes; number += Math.max(1, Math.floor(writes / MOMENTS))) {
				await expectSurvival(name, { call: "pwrite64", number, effect: "error=ENOSPC" }, expected, false);
			}
		}, 600_000);
	});
});
