import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect } from "vitest";
import { needs } from "../support/needs.js";
import { PVR_REQUESTS, recordRequests } from "../support/pvr-requests.js";

const home = mkdtempSync(join(tmpdir(), "pvpkg-pvr-requests-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

// pvpkg is held to the same list by test/cli/repositories.
needs("pvr").test("pvr asks a server for what we have written down of it, request by request", async () => {
	const env = {
		...process.env,
		HOME: home,
		PVR_CONFIG_DIR: join(home, ".pvr"),
		PVR_DISABLE_SELF_UPGRADE: "true",
	};
	const run = promisify(execFile);
	const recorded = await recordRequests(home, (cwd, ...args) => run("pvr", args, { cwd, env }));
	expect(recorded).toEqual(PVR_REQUESTS);
});
