import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CommandResult, serveDemo, Workplace } from "../support/command-line.js";
import { DeviceModel } from "../support/device-model.js";

const before = '{"#spec":"pantavisor-service-system@1","bsp/run.json":{"#spec":"bsp"}}';
let place: Workplace;
let model: DeviceModel;

beforeAll(async () => {
	place = new Workplace();
	const registry = await serveDemo();
	const image = `${registry.host}/demo/app:1.0`;
	const made = await place.run([
		"export",
		image,
		"web",
		"-q",
		"-p",
		"linux/arm64",
		"-o",
		"web.tgz",
		"--group",
		"app",
	]);
	expect(made).toMatchObject({ code: 0 });
	await registry.close();
});
afterAll(() => place.remove());
beforeEach(async () => {
	model = await DeviceModel.start(before);
	model.steps = [
		{ status: "DONE", message: "Update finished, revision set as rollback point", progress: 100 },
	];
});
afterEach(() => model.close());

function push(...args: string[]): Promise<CommandResult> {
	return place.run(["push", model.url, "web.tgz", "--pubkey", "public.pem", ...args]);
}

describe("push", () => {
	test("brings a package onto the device and says how it went", async () => {
		const { code, stdout, stderr } = await push();
		expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^locals\/pvtx-\S+ runs\n$/) });
		expect(stderr).toMatch(/committed as locals\/pvtx-/);
		expect(stderr).toMatch(/DONE 100 %: Update finished, revision set as rollback point/);
		expect(stderr.match(/plain HTTP/g)).toHaveLength(1);
		expect(Object.keys(JSON.parse(model.state))).toContain("web/root.squashfs");
	});

	test("says that an update without a restart is no rollback point yet", async () => {
		model.steps = [
			{ status: "UPDATED", message: "Update finished, revision not set as rollback point", progress: 100 },
		];
		const { code, stderr } = await push();
		expect({ code, stderr }).toEqual({
			code: 0,
			stderr: expect.stringMatching(
				/\nUPDATED 100 %: .*\nthe device sets its rollback point at the next restart/,
			),
		});
	});

	test("--dry-run prints the plan in 80 columns and opens no transaction", async () => {
		const { code, stdout } = await push("--dry-run");
		expect(code).toBe(0);
		expect(stdout).toMatch(/^PART +CHANGE +ADDED +CHANGED +REMOVED +TO SEND\nweb +new +6 +0 +0 +1\d\d kB\n/);
		expect(stdout).toMatch(/\nto send: 3 objects, 1\d\d kB; the device has 0 of 3\n/);
		for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
		expect(model.server.lines.filter((line) => /pvtx/.test(line))).toEqual([]);
	});

	test("--dry-run shows a plan that is not sound, exit 5", async () => {
		const header = { alg: "RS256", pvs: { include: ["web/**"], exclude: ["**/src.json"] }, typ: "PVS" };
		const sig = { protected: Buffer.from(JSON.stringify(header)).toString("base64url") };
		const state = { "#spec": "pantavisor-service-system@1", "_sigs/web.json": sig, "app/x": "0".repeat(64) };
		model.state = JSON.stringify(state);
		const { code, stdout, stderr } = await push("--dry-run");
		expect(code).toBe(5);
		expect(stdout).toMatch(/^app +removed +0 +0 +1 +0 B$/m);
		expect(stdout).toMatch(/^error: app\/x: adding the package removes it/m);
		expect(stderr).toMatch(/not sound; nothing was sent/);
	});

	test("names of a hostile device cannot steer the terminal", async () => {
		const name = "\u001b[2Jx\u202e";
		model.state = JSON.stringify({ "#spec": "pantavisor-service-system@1", [`${name}/run.json`]: { a: 1 } });
		const { stdout, stderr } = await push("--dry-run");
		expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
		const removed = await place.run(["verify", "web.tgz", "--pubkey", "public.pem", "--against", model.url]);
		expect(removed.stdout + removed.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
	});

	test("what a hostile device says about its progress is one short line", async () => {
		const message = `fine\nDONE 100 %: trust me\u001b[2J ${"x".repeat(100_000)}`;
		model.steps = [{ status: "TESTING", message }, { status: "DONE" }];
		const { code, stderr } = await push();
		expect(code).toBe(0);
		expect(stderr).toMatch(/^TESTING 0 %: fine DONE 100 %: trust me\\x1b\[2J x{300,400}…$/m);
		expect(stderr).not.toMatch(/^DONE 100/m);
	});

	test("--json has the plan, the revision and how it went in one document", async () => {
		const { stdout } = await push("--json");
		const document = JSON.parse(stdout);
		expect(document).toMatchObject({
			spec: "pvpkg/push@1",
			ok: true,
			plan: { removed: [], changed: [], transfer: expect.any(Number) },
			revision: expect.stringMatching(/^locals\//),
			progress: { status: "DONE", percent: 100 },
		});
		expect(document.plan.added).toContain("web/run.json");
	});

	test("--no-run stores the revision, and device run runs it", async () => {
		const { stdout } = await push("--no-run");
		expect(stdout).toMatch(/^(locals\/\S+) is stored, and not run\n$/);
		expect(model.state).toBe(before);
		const revision = stdout.split(" ")[0]!;
		const run = await place.run(["device", "run", model.url, revision]);
		expect(run).toMatchObject({ code: 0, stdout: `${revision} runs\n` });
		expect(Object.keys(JSON.parse(model.state))).toContain("web/run.json");
	});

	test("a rollback is reported with the device's reason and logs, exit 5", async () => {
		model.steps = [{ status: "ERROR", message: "web: could not start, rolled back" }];
		model.logs = "web: exec format error\u001b[2J\n";
		const { code, stderr } = await push();
		expect(code).toBe(5);
		expect(stderr).toMatch(/logs of the device:\nweb: exec format error\\u001b\[2J\n/);
		expect(stderr).toMatch(
			/the device answered ERROR: web: could not start, rolled back; the device runs the state/,
		);
	});

	test("a transaction of somebody else is left alone, exit 4, and discarded with --abort-open", async () => {
		model.transaction = before;
		expect(await push()).toMatchObject({
			code: 4,
			stderr: expect.stringContaining("--abort-open discards it"),
		});
		expect(model.transaction).toBe(before);
		expect(await push("--abort-open")).toMatchObject({ code: 0 });
	});

	test("a package that does not verify is not sent, exit 5, unless nobody looks", async () => {
		writeFileSync(place.path("other.pem"), "");
		const strict = await push("--strict");
		expect(strict).toMatchObject({ code: 5, stderr: expect.stringContaining("nothing was sent") });
		expect(model.server.calls).toHaveLength(0);
		expect(await push("--strict", "--no-verify")).toMatchObject({ code: 0 });
	});

	test("a device that is not there, exit 6", async () => {
		await model.close();
		expect(await push("--retries", "0")).toMatchObject({
			code: 6,
			stderr: expect.stringContaining("nothing is listening at 127.0.0.1:"),
		});
		model = await DeviceModel.start(); // For afterEach.
	});

	test.each([
		[
			"sends a package",
			/PUT .*add/,
			/web\.tgz: send/,
			/interrupted; the device still runs .*; the transaction stays open: push with --abort-open/,
			true,
		],
		[
			"goes to the revision",
			/GET .*status/,
			/committed as/,
			/interrupted; the device may go to (locals\/\S+): "pvpkg device status http:\S+ \1" shows how it ends/,
			false,
		],
	])(
		"an interruption while it %s says what the device is at, exit 130",
		async (_, silent, after, message, open) => {
			model.server.fail(silent, "silent");
			const args = ["push", model.url, "web.tgz", "--pubkey", "public.pem", "--progress", "plain"];
			const { code, stderr } = await place.run(args, { interrupt: { after, signal: "SIGINT" } });
			expect(code).toBe(130);
			expect(stderr).toMatch(message);
			expect(model.transaction !== undefined).toBe(open);
		},
	);

	test("headers go to the device and into no message", async () => {
		model.server.fail(/pvrremote/, { status: 403, body: '{"error":"secret-token is wrong"}' }, 9);
		const { code, stderr } = await push("--header", "Authorization: secret-token", "-v");
		expect(code).toBe(4);
		expect(model.server.calls[0]!.headers.authorization).toBe("secret-token");
		expect(stderr).not.toContain("secret-token");
	});
});

describe("device", () => {
	test("state prints the state, canonically too", async () => {
		const pretty = await place.run(["device", "state", model.url, "-q"]);
		expect(JSON.parse(pretty.stdout)).toEqual(JSON.parse(before));
		const canonical = await place.run(["device", "state", model.url, "-q", "--canonical"]);
		expect(canonical.stdout).toBe(`${before}\n`);
	});

	test("status prints how far the device is with a revision", async () => {
		const { stdout } = await place.run(["device", "status", model.url, "locals/x"]);
		expect(stdout).toBe("NEW 0 %\n");
	});

	test("logs prints logs by container and revision", async () => {
		const { stdout } = await place.run([
			"device",
			"logs",
			model.url,
			"--source",
			"web",
			"--rev",
			"3",
			"--lines",
			"5",
		]);
		expect(stdout).toBe("pantavisor: all is well\n");
		const { query } = model.server.calls.at(-1)!;
		expect(Object.fromEntries(query)).toEqual({ source: "web", rev: "3", tail: "true", tailn: "5" });
	});

	test("a device of a few bytes a second is waited for: --timeout is the longest silence", async () => {
		model.server.fail(/logs/, { status: 200, body: "it goes on and on\n", pace: 300 });
		const { code, stdout } = await place.run([
			"device",
			"logs",
			model.url,
			"--timeout",
			"5",
			"--retries",
			"1",
		]);
		expect([code, stdout]).toEqual([0, "it goes on and on\n"]);
		model.server.fail(/logs/, { status: 200, body: "it\n", pace: 5000 });
		const silent = await place.run(["device", "logs", model.url, "--timeout", "1", "--retries", "1"]);
		expect(silent.code).toBe(6);
	});

	test("containers prints harmless members only", async () => {
		const body = '[{"name":"web","group":"app","status":"STARTED","creds.secret":"x"}]';
		model.server.fail(/containers/, { status: 200, body });
		const { stdout } = await place.run(["device", "containers", model.url, "--json"]);
		expect(JSON.parse(stdout).containers).toEqual([{ name: "web", group: "app", status: "STARTED" }]);
	});
});

describe("verify --against", () => {
	async function verify(...args: string[]): Promise<CommandResult> {
		return place.run(["verify", "web.tgz", "--pubkey", "public.pem", "--json", ...args]);
	}

	test("takes a device, and only reads from it", async () => {
		const { code, stdout } = await verify("--against", model.url);
		expect(code).toBe(0);
		expect(JSON.parse(stdout).against.added).toContain("web/run.json");
		expect(model.server.lines).toEqual(["GET /cgi-bin/pvr/.pvrremote", "GET /cgi-bin/pvr/json"]);
	});

	test("takes a state, and fails where the importer would take another part away, exit 5", async () => {
		const header = { alg: "RS256", pvs: { include: ["web/**"], exclude: ["**/src.json"] }, typ: "PVS" };
		const sig = { protected: Buffer.from(JSON.stringify(header)).toString("base64url") };
		const state = { "#spec": "pantavisor-service-system@1", "_sigs/web.json": sig, "app/x": "0".repeat(64) };
		writeFileSync(place.path("state.json"), JSON.stringify(state));
		const { code, stdout } = await verify("--against", "state.json");
		expect(code).toBe(5);
		const { ok, findings } = JSON.parse(stdout);
		expect(ok).toBe(false);
		expect(findings).toContainEqual(expect.objectContaining({ code: "AGAINST_LOST", subject: "app/x" }));
	});

	test("takes a checkout", async () => {
		expect(await place.run(["checkout", "web.tgz", "web", "-q"])).toMatchObject({ code: 0 });
		const { code, stdout } = await verify("--against", "web");
		expect(code).toBe(0);
		expect(JSON.parse(stdout).against).toMatchObject({ added: [], changed: [], removed: [] });
	});
});
