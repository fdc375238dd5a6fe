import { writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { PushPlan, RevisionProgress } from "../../../src/delivery/device/index.js";
import { encodeState, parseState } from "../../../src/pantavisor/state/index.js";
import { closeDevices, packageFile, pushTo, startDevice } from "../../support/device-push.js";
import { fakeImage, makePackage, webPart } from "../../support/packages.js";

afterEach(closeDevices);

const PVTX = "/cgi-bin/pvtx";
const bsp = '{"#spec":"pantavisor-service-system@1","bsp/run.json":{"#spec":"bsp"}}';

describe("pushing a package to a device", () => {
	test("reads the state, begins, adds, checks, commits, runs and follows until DONE", async () => {
		const model = await startDevice(bsp);
		const pushed = await packageFile();
		const seen: RevisionProgress[] = [];
		const result = await pushTo(model, [pushed], {}, { onProgress: (progress) => seen.push(progress) });
		expect(model.server.lines).toEqual([
			"GET /cgi-bin/pvr/.pvrremote",
			"GET /cgi-bin/pvr/json",
			`GET ${PVTX}/show`,
			`POST ${PVTX}/begin`,
			`PUT ${PVTX}/add`,
			`GET ${PVTX}/show`,
			`POST ${PVTX}/commit`,
			"GET /cgi-bin/pvr/.pvrremote",
			"GET /cgi-bin/pvr/json",
			`POST ${PVTX}/run`,
			...Array.from({ length: 3 }, () => `GET ${PVTX}/status`),
		]);
		expect(seen.map(({ status }) => status)).toEqual(["INPROGRESS", "TESTING", "DONE"]);
		expect(result.progress).toMatchObject({ status: "DONE", percent: 100 });
		expect(result.revision).toMatch(/^locals\/pvtx-/);
		const state = parseState(model.state, "state");
		expect(encodeState(state)).toBe(encodeState(new Map([...parseState(bsp, "bsp"), ...pushed.state])));
	});

	test("takes a running state that has a key twice, as the importer may leave it, for what the device takes it for", async () => {
		const twice = bsp.replace(/\}$/, ',"web/run.json":{"old":1},"web/run.json":{"old":2}}');
		const plans: PushPlan[] = [];
		const model = await startDevice(twice);
		await pushTo(model, [await packageFile()], {}, { onPlan: (plan) => plans.push(plan) });
		expect(plans[0]!.against.changed).toContain("web/run.json");
		expect(JSON.parse(model.state)["web/run.json"]).not.toEqual({ old: 2 });
	});

	test("begins on the running revision, never on an empty state", async () => {
		const model = await startDevice(bsp);
		await pushTo(model, [await packageFile()]);
		const begin = model.server.calls.find(({ path }) => path.endsWith("/begin"))!;
		expect([...begin.query]).toEqual([]);
	});

	test("sends what was read of the package, with its length", async () => {
		const model = await startDevice();
		const pushed = await packageFile();
		writeFileSync(pushed.path, "another file by now");
		const sizes: [number, number][] = [];
		await pushTo(model, [pushed], {}, { onSent: (_, sent, size) => sizes.push([sent, size]) });
		const add = model.server.calls.find(({ path }) => path.endsWith("/add"))!;
		expect(Number(add.headers["content-length"])).toBe(add.body.length);
		expect(sizes.at(-1)).toEqual([add.body.length, add.body.length]);
	});

	test("sends gzip of a bare archive, as the importer takes nothing else", async () => {
		const model = await startDevice();
		await pushTo(model, [await packageFile(undefined, { gzip: false })]);
		const add = model.server.calls.find(({ path }) => path.endsWith("/add"))!;
		expect(gunzipSync(add.body).toString("latin1", 0, 4)).toBe("json");
	});

	test("leaves out objects that the device's state names, unless it is told to send all", async () => {
		const image = fakeImage(1 << 20);
		const made = makePackage(webPart(image));
		const model = await startDevice(encodeState(made.state), [...made.objects.values()].map(bytesOf));
		const plans: PushPlan[] = [];
		await pushTo(model, [await packageFile(made)], {}, { onPlan: (plan) => plans.push(plan) });
		await pushTo(model, [await packageFile(made)], { whole: true });
		const [small, large] = model.server.calls.filter(({ path }) => path.endsWith("/add"));
		expect(small!.body.length).toBeLessThan(10_000);
		expect(large!.body.length).toBeGreaterThan(1 << 20);
		expect(plans[0]!.transfer).toBe(0);
		expect(plans[0]!.objects.every(({ present }) => present)).toBe(true);
	});

	test("adds several packages in one transaction, in order", async () => {
		const model = await startDevice(bsp);
		const [web, app] = [makePackage(webPart()), makePackage(webPart(fakeImage(), "app"))];
		await pushTo(model, [await packageFile(web), await packageFile(app)]);
		expect(model.server.lines.filter((line) => line.endsWith("/add"))).toHaveLength(2);
		expect(Object.keys(JSON.parse(model.state))).toEqual(
			expect.arrayContaining(["bsp/run.json", "web/run.json", "app/run.json"]),
		);
	});

	test("plans without opening a transaction, and says what changes and what has to be sent", async () => {
		const model = await startDevice(bsp);
		const { plan, revision } = await pushTo(model, [await packageFile()], { dryRun: true });
		expect(revision).toBeUndefined();
		expect(model.server.lines).toEqual(["GET /cgi-bin/pvr/.pvrremote", "GET /cgi-bin/pvr/json"]);
		expect(plan.against.added).toContain("web/root.squashfs");
		expect(plan.against.removed).toEqual([]);
		expect(plan.objects.map(({ key }) => key)).toContain("web/root.squashfs");
		expect(plan.transfer).toBeGreaterThan(8000);
	});

	test("only commits where it is told not to run", async () => {
		const model = await startDevice(bsp);
		const { revision, progress } = await pushTo(model, [await packageFile()], { run: false });
		expect(model.revisions.has(revision!)).toBe(true);
		expect(progress).toBeUndefined();
		expect(model.server.lines.some((line) => line.endsWith("/run"))).toBe(false);
		expect(model.state).toBe(bsp);
	});

	test("replaces the whole state only with a package that has bsp/", async () => {
		const model = await startDevice(bsp);
		await expect(pushTo(model, [await packageFile()], { replace: true })).rejects.toThrow(
			/expected a package with bsp/,
		);
		expect(model.server.calls).toHaveLength(0);
		const whole = { state: parseState(bsp, "bsp"), objects: new Map() };
		await pushTo(model, [await packageFile(whole), await packageFile()], { replace: true });
		const begin = model.server.calls.find(({ path }) => path.endsWith("/begin"))!;
		expect(begin.query.get("empty")).toBe("true");
	});

	test("stops before it sends anything when the result would not be sound", async () => {
		const header = { alg: "RS256", pvs: { include: ["web/**"], exclude: ["**/src.json"] }, typ: "PVS" };
		const old = {
			"#spec": "pantavisor-service-system@1",
			"_sigs/web.json": {
				"#spec": "old",
				protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
			},
			"app/run.json": {},
		};
		const model = await startDevice(JSON.stringify(old));
		const made = makePackage(webPart());
		const state = new Map([...made.state, ["_sigs/web.json", "0".repeat(64)] as const]);
		const pushed = { ...(await packageFile(made)), state };
		await expect(pushTo(model, [pushed], { verify: {} })).rejects.toMatchObject({
			code: "ERR_DEVICE_PLAN",
			message: expect.stringMatching(/app\/run\.json: .*of another part.*nothing was sent/),
		});
		expect(model.server.lines).toEqual(["GET /cgi-bin/pvr/.pvrremote", "GET /cgi-bin/pvr/json"]);
		// The same where the device has come to this state only after it was read.
		model.server.fail(/GET .*\/json/, { status: 200, body: bsp });
		await expect(pushTo(model, [pushed], { verify: {} })).rejects.toMatchObject({
			code: "ERR_DEVICE_PLAN",
			message: expect.stringMatching(/app\/run\.json: .*of another part.*the transaction was discarded/),
		});
		expect([model.transaction, model.revisions.size]).toEqual([undefined, 0]);
	});
});

function bytesOf(content: { size: number; read(target: Uint8Array, position: number): void }): Uint8Array {
	const bytes = new Uint8Array(content.size);
	content.read(bytes, 0);
	return bytes;
}
