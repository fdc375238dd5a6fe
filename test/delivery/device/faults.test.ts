import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeviceModel } from "../../support/device-model.js";
import { closeDevices, packageFile, pushTo, startDevice } from "../../support/device-push.js";
import type { DeviceFault } from "../../support/device-server.js";

afterEach(closeDevices);

const before = '{"#spec":"pantavisor-service-system@1","bsp/run.json":{"#spec":"bsp"}}';
let model: DeviceModel;

beforeEach(async () => {
	model = await startDevice(before);
});

async function push(request: Parameters<typeof pushTo>[2] = {}, events: Parameters<typeof pushTo>[3] = {}) {
	return pushTo(model, [await packageFile()], request, events);
}

/** The error of a push that fails; the device has to run what it ran before. */
async function failure(
	request: Parameters<typeof pushTo>[2] = {},
): Promise<Error & { code: string; kind: string }> {
	const error = await push(request).then(
		() => new Error("the push did not fail"),
		(reason: unknown) => reason,
	);
	expect(model.state).toBe(before);
	return error as Error & { code: string; kind: string };
}

describe("a device that refuses", () => {
	test("a signature: the transaction is discarded, and the reason reported", async () => {
		model.refuse = () => "signature of _sigs/web.json could not be verified";
		const { code, kind, message } = await failure();
		expect([code, kind]).toEqual(["ERR_DEVICE_REFUSED", "verification"]);
		expect(message).toMatch(/commit: the device answered 400: .*_sigs\/web\.json could not be verified/);
		expect(message).toMatch(/still runs the revision that it ran before; the transaction was discarded/);
		expect(model.transaction).toBeUndefined();
	});

	test("an object with a bad checksum", async () => {
		model.server.fail(/PUT .*\/add/, { status: 400, body: '{"error":"422 Object has bad checksum"}' });
		expect((await failure()).message).toMatch(/add package: .*bad checksum; .*the transaction was discarded/);
		expect(model.transaction).toBeUndefined();
	});

	test("to discard the transaction: the message says how to", async () => {
		model.refuse = () => "no";
		model.server.fail(/abort/, { status: 500, body: "" });
		expect((await failure()).message).toMatch(/may still be open: push with --abort-open discards it/);
	});

	test("to run the revision while it is busy: the message says that it is stored, and how to run it", async () => {
		const busy = '{"Error":"Cannot do this operation while update is ongoing"}';
		model.server.fail(/\/run/, { status: 400, body: busy });
		const { code, message } = await failure();
		expect(code).toBe("ERR_DEVICE_REFUSED");
		expect(message).toMatch(
			/answered 400: Cannot do this operation while update is ongoing; the revision is stored, and not run: "pvpkg device run http:\/\/127\.0\.0\.1:\d+ locals\/pvtx-\S+" runs it$/,
		);
	});

	test("the revision after a trial: the reason and the logs are reported, and where the device stands", async () => {
		model.steps = [
			{ status: "TESTING" },
			{ status: "ERROR", message: "web: could not start\u001b[31m, rolled back" },
		];
		model.logs = "web: exec format error\n";
		const logs: string[] = [];
		const error = await push({}, { onLogs: (text) => logs.push(text) }).catch((reason) => reason);
		expect(error).toMatchObject({ code: "ERR_DEVICE_ROLLBACK", kind: "verification" });
		expect(error.message).toMatch(
			/ERROR: web: could not start\\x1b\[31m, rolled back; the device runs the state/,
		);
		expect(logs).toEqual(["web: exec format error\n"]);
		const { query } = model.server.calls.find(({ path }) => path === "/cgi-bin/logs")!;
		expect(query.get("rev")).toMatch(/^locals\//);
	});
});

describe("a device that goes back", () => {
	beforeEach(() => {
		model.steps = [{ status: "TESTING" }, { status: "ERROR", message: "A container could not be started" }];
	});

	test("restarts on the way: push waits until it runs its state again, and reads the logs then", async () => {
		model.downAfterFailure = 7;
		const seen: string[] = [];
		const events = { onReturn: () => seen.push("return"), onLogs: (text: string) => seen.push(text) };
		const error = await push({}, events).catch((reason) => reason);
		expect(error.message).toMatch(/could not be started; the device runs the state that it had before$/);
		expect(seen).toEqual(["return", "pantavisor: all is well\n"]);
		expect(model.state).toBe(before);
	});

	test("to a rollback point that is older than what it ran before: the message says so", async () => {
		model.rollbackPoint = '{"#spec":"pantavisor-service-system@1"}';
		model.downAfterFailure = 7;
		const error = await push().catch((reason) => reason);
		expect(error.message).toMatch(
			/went back to its last rollback point, which is older .*"pvpkg device state http:/,
		);
	});

	test("and does not come back: the message says how to look", async () => {
		model.downAfterFailure = 10_000;
		const error = await push().catch((reason) => reason);
		expect(error.message).toMatch(
			/could not be started; "pvpkg device state http:\/\/127\.0\.0\.1:\d+" shows what/,
		);
	});
});

describe("a connection that is lost", () => {
	const phases: [phase: RegExp, when: DeviceFault, message: RegExp, transaction: "none" | "any"][] = [
		[/GET .*\/\.pvrremote/, "lost before", /closed the connection|closed/, "none"],
		[/GET .*\/json/, "cut", /json/, "none"],
		[/GET .*\/show/, "lost before", /show/, "none"],
		[/POST .*\/begin/, "lost before", /still runs .*; no transaction is open/, "none"],
		[/POST .*\/begin/, "lost after", /still runs .*; a transaction may be open: --abort-open/, "any"],
		[/PUT .*\/add/, "lost before", /still runs .*; the transaction was discarded/, "none"],
		[/PUT .*\/add/, "lost after", /still runs .*; the transaction was discarded/, "none"],
		[/PUT .*\/add/, "cut", /still runs .*; the transaction was discarded/, "none"],
		[/POST .*\/commit/, "lost before", /still runs .*; the transaction was discarded/, "none"],
		[
			/POST .*\/commit/,
			"lost after",
			/still runs .*; it may hold the new revision, which is not run/,
			"none",
		],
	];
	test.each(phases)(
		"at %s (%s) leaves nothing half done, and says where the device stands",
		async (...row) => {
			const [phase, when, message, transaction] = row;
			model.server.fail(phase, when, 99);
			const { kind, message: said } = await failure();
			expect(kind).toBe("transport");
			expect(said).toMatch(message);
			if (transaction === "none") expect(model.transaction).toBeUndefined();
		},
	);

	test.each<DeviceFault>(["lost before", "cut"])("while reading (%s) once is not noticed", async (fault) => {
		model.server.fail(/GET .*\/json/, fault);
		expect((await push()).progress?.status).toBe("DONE");
	});

	test("at run is not an end: the device may restart already", async () => {
		model.server.fail(/POST .*\/run/, "lost after");
		expect((await push()).progress?.status).toBe("DONE");
	});

	test("while the device restarts is waited out, and reported", async () => {
		model.downAfterRun = 4;
		const reachable: boolean[] = [];
		expect((await push({}, { onReachable: (is) => reachable.push(is) })).progress?.status).toBe("DONE");
		expect(reachable).toEqual([false, true]);
	});

	test.each(["", "<html>Bad Gateway</html>", '{"progress":'])(
		"or a web server that answers %j before the device is up, is waited out",
		async (body) => {
			model.server.fail(/status/, { status: 200, body }, 3);
			const reachable: boolean[] = [];
			expect((await push({}, { onReachable: (is) => reachable.push(is) })).progress?.status).toBe("DONE");
			expect(reachable).toEqual([false, true]);
		},
	);

	test("for good after run is an error after a time, with what to do", async () => {
		model.downAfterRun = 10_000;
		const { code, message } = await failure();
		expect(code).toBe("ERR_DEVICE_LOST");
		expect(message).toMatch(
			/expected an end within 60 s.*does not answer.*pvpkg device status http:\/\/127\.0\.0\.1:\d+ locals/,
		);
	});

	test("for less than the time that a server may say nothing is a slow device, no error", async () => {
		for (const phase of [/begin/, /add/, /commit/, /status/]) model.server.fail(phase, "slow");
		expect((await push()).progress?.status).toBe("DONE");
	});
});

test("a device that cannot say whether a transaction is open is not begun on", async () => {
	model.server.fail(/show/, { status: 500, body: "out of memory" });
	const { code, message } = await failure();
	expect([code, message]).toEqual(["ERR_DEVICE_REFUSED", expect.stringContaining("read transaction")]);
	expect(model.server.lines.some((line) => line.endsWith("begin"))).toBe(false);
});

describe("a transaction of somebody else", () => {
	test("is left alone", async () => {
		model.transaction = before;
		const { code, kind, message } = await failure();
		expect([code, kind]).toEqual(["ERR_DEVICE_BUSY", "access"]);
		expect(message).toMatch(/somebody else began; nothing was changed; --abort-open discards it/);
		expect(model.transaction).toBe(before);
		expect(model.server.lines.some((line) => /begin|abort/.test(line))).toBe(false);
	});

	test("is discarded where that is asked for", async () => {
		model.transaction = before;
		expect((await push({ abortOpen: true })).progress?.status).toBe("DONE");
	});

	test("that begins at the same moment wins, and stays open", async () => {
		model.server.fail(/begin/, { status: 400, body: '{"error":"a transaction is already in progress"}' });
		const show = model.server;
		show.fail(/show/, { status: 400, body: '{"error":"No active transaction.","transaction":null}' });
		model.transaction = before;
		expect((await failure()).code).toBe("ERR_DEVICE_BUSY");
		expect(model.transaction).toBe(before);
	});

	test("of two pushers at once one comes through, and the other changes nothing", async () => {
		const pushed = await packageFile();
		const both = await Promise.allSettled([pushTo(model, [pushed]), pushTo(model, [pushed])]);
		const failed = both.filter(({ status }) => status === "rejected");
		expect(failed).toHaveLength(1);
		expect((failed[0] as PromiseRejectedResult).reason.code).toBe("ERR_DEVICE_BUSY");
		expect(model.revisions.size).toBe(1);
	});

	test("mixed into ours is found before the commit", async () => {
		const foreign = '{"#spec":"pantavisor-service-system@1","other/run.json":{}}';
		model.server.fail(/show/, { status: 400, body: "{}" });
		model.server.fail(/show/, { status: 200, body: foreign });
		const { code, message } = await failure();
		expect(code).toBe("ERR_DEVICE_CONFLICT");
		expect(message).toMatch(/it is not what this run made of it: expected bsp\/run\.json, got none/);
		expect(model.revisions.size).toBe(0);
	});

	test("that a restart took away is found before the commit", async () => {
		model.restartAfterAdd = true;
		expect((await failure()).message).toMatch(/it is gone; .*still runs.*the device restarted/);
		expect(model.server.lines.some((line) => line.endsWith("abort"))).toBe(false);
	});
});

describe("a hostile device", () => {
	test.each(["http://169.254.169.254/latest", "http://localhost:1/x", "https://example.invalid/x"])(
		"does not send us to %s",
		async (place) => {
			model.server.fail(/GET .*\/json/, { status: 302, body: "", headers: { location: place } }, 9);
			expect(await failure()).toMatchObject({ code: "ERR_REGISTRY_UNSAFE", kind: "access" });
			const remote = { "json-get-url": place, "objects-endpoint": "objects" };
			model.server.fail(/\.pvrremote/, { status: 200, body: JSON.stringify(remote) }, 9);
			expect((await failure()).message).toMatch(/outside of http:\/\/127\.0\.0\.1/);
		},
	);

	test("does not redirect what changes something", async () => {
		model.server.fail(/begin/, { status: 307, body: "", headers: { location: `${model.url}/x` } });
		expect((await failure()).message).toMatch(/redirects a request that changes something/);
	});

	test.each([/\.pvrremote/, /\/json/, /show/, /begin/, /commit/])(
		"gets no more than a limit read at %s",
		async (phase) => {
			const body = Buffer.alloc((1 << 26) + 1, " ");
			model.server.fail(phase, { status: 200, body }, 9);
			expect((await failure()).message).toMatch(/expected at most \d+ bytes/);
		},
	);

	test.each([/\.pvrremote/, /\/json/, /show/, /begin/])(
		"is named where it answers with what is not JSON at %s",
		async (phase) => {
			model.server.fail(phase, { status: 200, body: "<html>\u001b[2J" }, 9);
			const { kind, message } = await failure();
			expect(kind).toBe("input");
			expect(message).not.toMatch(/\u001b/);
		},
	);

	test("is not followed longer than asked for, however slowly its answer comes", async () => {
		model.server.fail(/status/, { status: 200, body: Buffer.alloc(1 << 19, " "), pace: 20 }, 99);
		const { code, message } = await failure({ wait: 1_000 });
		expect(code).toBe("ERR_DEVICE_LOST");
		expect(message).toMatch(/expected an end within 1 s, but the device does not end its answer/);
	});

	test("that answers nonsense for good is named with what it answers", async () => {
		model.server.fail(/status/, { status: 200, body: "<html>\u001b[2J" }, 99);
		const { code, message } = await failure();
		expect(code).toBe("ERR_DEVICE_LOST");
		expect(message).toMatch(
			/gives answers that make no sense \(.*status: parse JSON.*\); before, it said nothing/,
		);
	});

	test("whose logs never end does not hide its rollback, nor what came of the logs", async () => {
		model.steps = [{ status: "ERROR", message: "web: could not start" }];
		model.server.fail(/logs/, { status: 200, body: Buffer.alloc(1 << 19, "all is lost\n"), pace: 5 }, 9);
		const logs: string[] = [];
		const error = await push({ wait: 1_000 }, { onLogs: (text) => logs.push(text) }).catch(
			(reason) => reason,
		);
		expect(error).toMatchObject({ code: "ERR_DEVICE_ROLLBACK" });
		expect(logs).toEqual([expect.stringMatching(/^all is lost\n/)]);
	});

	test("that sends all of its logs where few lines were asked for fills no screen with them", async () => {
		model.steps = [{ status: "ERROR" }];
		model.logs = `${"early\n".repeat(200_000)}late\n`;
		const logs: string[] = [];
		await expect(push({}, { onLogs: (text) => logs.push(text) })).rejects.toThrow(/answered ERROR/);
		expect([logs[0]!.length, logs[0]!.endsWith("early\nlate\n")]).toEqual([16_384, true]);
	});

	test("does not choose the name of a revision that we ask for", async () => {
		model.server.fail(/commit/, { status: 200, body: '"rev": "../../x?y=z"' });
		expect(await failure()).toMatchObject({ code: "ERR_DEVICE_ANSWER" });
	});

	test("does not get the user's headers outside of its origin", async () => {
		const other = await startDevice();
		model.server.fail(
			/json/,
			{ status: 302, body: "", headers: { location: `${other.url}/cgi-bin/pvr/json` } },
			9,
		);
		const headers = { headers: { authorization: "Basic c2VjcmV0" } };
		await expect(pushTo(model, [await packageFile()], {}, {}, headers)).rejects.toThrow();
		expect(other.server.calls).toHaveLength(0);
		expect(model.server.calls[0]!.headers.authorization).toBe("Basic c2VjcmV0");
	});
});

test.each([
	[
		"POST",
		"begin",
		"still runs the revision that it ran before; a transaction may be open: push with --abort-open",
	],
	[
		"PUT",
		"add",
		"still runs the revision that it ran before; the transaction stays open: push with --abort-open",
	],
	[
		"POST",
		"commit",
		"it may hold the new revision, which is not run, or the transaction is still open: push with",
	],
	["POST", "run", "may go to locals/pvtx-"],
	["GET", "status", "may go to locals/pvtx-"],
])("an interruption in %s %s says what the device may be at", async (method, name, expected) => {
	const controller = new AbortController();
	const notes: string[] = [];
	model.server.fail(new RegExp(`/pvtx/${name}`), "silent");
	const options = { signal: controller.signal };
	const pushed = pushTo(
		model,
		[await packageFile()],
		{},
		{ onInterrupt: (note) => notes.push(note) },
		options,
	);
	pushed.catch(() => {});
	await vi.waitFor(() => expect(model.server.lines).toContain(`${method} /cgi-bin/pvtx/${name}`), 10_000);
	controller.abort();
	await expect(pushed).rejects.toThrow();
	expect(notes).toEqual([expect.stringContaining(`interrupted; the device `)]);
	expect(notes[0]).toContain(expected);
});
