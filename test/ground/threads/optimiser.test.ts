import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { needsLateOptimiser } from "../../../src/ground/threads/optimiser.js";

test("only Node 20 optimises later, where processors are few", () => {
	expect(needsLateOptimiser("v20.19.0", 2)).toBe(true);
	expect(needsLateOptimiser("v20.20.2", 4)).toBe(false);
	expect(needsLateOptimiser("v22.12.0", 2)).toBe(false);
	expect(needsLateOptimiser("v24.0.0", 1)).toBe(false);
});

const ROOM = new URL("../../../src/ground/threads/index.js", import.meta.url).href;

/** Runs a module of this text in a process of its own. */
function runModule(text: string): unknown {
	const module = `import { cachedDataVersionTag as tag } from "node:v8"; ${text}`;
	const words = ["--input-type=module", "--eval", module];
	return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" }));
}

test("a thread starts under the flags for which Node compiled its own modules, and resumes when it has started", () => {
	const thread = fileURLToPath(new URL("../../support/flags-thread.js", import.meta.url));
	const [before, late, starting, inside, after] = runModule(`
		import { once } from "node:events";
		import { pathToFileURL } from "node:url";
		import { optimiseLate, startThread } from ${JSON.stringify(ROOM)};
		const tags = [tag()];
		optimiseLate();
		tags.push(tag());
		const worker = startThread(pathToFileURL(${JSON.stringify(thread)}), {});
		tags.push(tag());
		const [inside] = await once(worker, "message");
		console.log(JSON.stringify([...tags, inside, tag()]));
	`) as readonly number[];
	const changes = needsLateOptimiser(process.version, availableParallelism());
	expect(late !== before).toBe(changes);
	expect([starting, inside, after]).toEqual([before, before, late]);
});

test("without the late optimiser a thread leaves the flags of the process alone", () => {
	const thread = fileURLToPath(new URL("../../support/flags-thread.js", import.meta.url));
	const [before, inside, after] = runModule(`
		import { once } from "node:events";
		import { pathToFileURL } from "node:url";
		import { startThread } from ${JSON.stringify(ROOM)};
		const before = tag();
		const worker = startThread(pathToFileURL(${JSON.stringify(thread)}), {});
		const [inside] = await once(worker, "message");
		console.log(JSON.stringify([before, inside, tag()]));
	`) as readonly number[];
	expect([inside, after]).toEqual([before, before]);
});
