import { createHash } from "node:crypto";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Authority } from "../support/certificates.js";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { RepositoryModel } from "../support/device-repository.js";
import { PVR_REQUESTS, recordRequests } from "../support/pvr-requests.js";

const big = Buffer.alloc(300_000, "image");
const small = Buffer.from("conf");
const [bigHash, smallHash] = [hash(big), hash(small)];
const state = {
	"#spec": "pantavisor-service-system@1",
	"_sigs/web.json": { "#spec": "other" },
	"app/run.json": { name: "app" },
	"web/lxc.container.conf": smallHash,
	"web/root.squashfs": bigHash,
	"web/run.json": { name: "web", args: null },
};
let place: Workplace;
let model: RepositoryModel;

beforeEach(async () => {
	place = new Workplace();
	model = await RepositoryModel.start(JSON.stringify(state), [big, small]);
});
afterEach(async () => {
	await model.close();
	place.remove();
});

function hash(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

async function pvpkg(cwd: string, ...args: string[]): Promise<CommandResult> {
	return place.run([...args, "-q"], { cwd: place.path(cwd) });
}

async function done(cwd: string, ...args: string[]): Promise<string> {
	const result = await pvpkg(cwd, ...args);
	expect(result).toMatchObject({ code: 0 });
	return result.stdout;
}

function json(path: string): Record<string, unknown> {
	return JSON.parse(readFileSync(place.path(path), "utf8"));
}

describe("clone and get from a server", () => {
	test("clone makes a checkout with every file, by pvr's requests, four objects at a time", async () => {
		await done(".", "clone", model.url, "web");
		expect(json("web/.pvr/json")).toEqual(state);
		expect(readFileSync(place.path("web/web/root.squashfs")).equals(big)).toBe(true);
		expect(await done("web", "status")).toBe("");
		expect(model.server.lines.slice(0, 2)).toEqual(["GET /repo/.pvrremote", "GET /repo/json"]);
		expect(model.server.lines.slice(2).sort()).toEqual(
			[bigHash, smallHash].flatMap((sha) => [`GET /repo/bytes/${sha}`, `GET /repo/objects/${sha}`]).sort(),
		);
		expect(json("web/.pvr/config")).toMatchObject({ DefaultGetUrl: model.url });
	});

	test("four objects are on their way at a time, as pvr has them", async () => {
		const many = Array.from({ length: 12 }, (_, i) => Buffer.from(`object ${i}`));
		for (const object of many) model.objects.set(hash(object), object);
		const files = Object.fromEntries(many.map((object, i) => [`app/${i}`, hash(object)]));
		model.state = JSON.stringify({ "#spec": state["#spec"], ...files });
		model.server.gather(/objects|bytes/, 4);
		await done(".", "clone", model.url, "web");
		expect(model.server.mostAtOnce).toBe(4);
	});

	test("get takes parts and removes parts, and nothing else", async () => {
		await done(".", "clone", `${model.url}#app`, "web");
		expect(Object.keys(json("web/.pvr/json"))).toEqual(["#spec", "app/run.json"]);
		await done("web", "get", `${model.url}#web,_sigs/web.json,-app`);
		expect(Object.keys(json("web/.pvr/json"))).toEqual([
			"#spec",
			"_sigs/web.json",
			"web/lxc.container.conf",
			"web/root.squashfs",
			"web/run.json",
		]);
		await done("web", "get", `${model.url}#-web`);
		expect(Object.keys(json("web/.pvr/json"))).toEqual(["#spec", "_sigs/web.json"]);
	});

	test("get without a place takes the one that was cloned, and downloads only what is missing", async () => {
		await done(".", "clone", model.url, "web");
		const before = model.server.calls.length;
		model.state = JSON.stringify({ ...state, "new/run.json": {} });
		await done("web", "get");
		expect(Object.keys(json("web/.pvr/json"))).toContain("new/run.json");
		expect(model.server.lines.slice(before)).toEqual(["GET /repo/.pvrremote", "GET /repo/json"]);
	});

	test("a part that is not there is an error that lists the parts, exit 4", async () => {
		const { code, stderr } = await pvpkg(".", "clone", `${model.url}#nothing`, "web");
		expect(code).toBe(4);
		expect(stderr).toMatch(/expected part nothing, got none; the parts are: _sigs, app, web/);
		expect(existsSync(place.path("web"))).toBe(false);
	});

	test("a connection that breaks is taken up where it broke", async () => {
		model.server.fail(new RegExp(`bytes/${bigHash}`), "cut", 3);
		await done(".", "clone", model.url, "web");
		const asked = model.server.calls.filter(({ path }) => path.endsWith(`bytes/${bigHash}`));
		expect(asked.map(({ headers }) => headers.range)).toEqual([
			undefined,
			"bytes=150000-",
			"bytes=225000-",
			"bytes=262500-",
		]);
	});

	describe("the next run", () => {
		const part = `mine/.pvr/objects/.${bigHash}.part`;

		/** Half of an object arrives, and then nothing more. */
		async function breakOff(): Promise<void> {
			mkdirSync(place.path("mine"));
			await done("mine", "init");
			model.server.fail(new RegExp(`bytes/${bigHash}`), "cut");
			model.server.fail(new RegExp(`bytes/${bigHash}`), { status: 403, body: "" });
			expect((await pvpkg("mine", "get", model.url)).code).toBe(3);
			expect(readFileSync(place.path(part)).equals(big.subarray(0, 150_000))).toBe(true);
			expect(existsSync(place.path(`mine/.pvr/objects/${bigHash}`))).toBe(false);
			model.server.calls.length = 0;
		}

		const ranges = () =>
			model.server.calls
				.filter(({ path }) => path.endsWith(`bytes/${bigHash}`))
				.map(({ headers }) => headers.range);

		async function checkWhole(): Promise<void> {
			await done("mine", "get", model.url);
			expect(readFileSync(place.path(`mine/.pvr/objects/${bigHash}`)).equals(big)).toBe(true);
			expect(existsSync(place.path(part))).toBe(false);
		}

		test("goes on where an object broke off", async () => {
			await breakOff();
			await checkWhole();
			expect(ranges()).toEqual(["bytes=150000-"]);
		});

		test("begins again where what is there is wrong", async () => {
			await breakOff();
			writeFileSync(place.path(part), Buffer.alloc(150_000, "wrong"));
			await checkWhole();
			expect(ranges()).toEqual(["bytes=150000-", undefined]);
		});

		test("begins again where the server knows no ranges", async () => {
			await breakOff();
			model.server.fail(new RegExp(`bytes/${bigHash}`), { status: 200, body: big });
			await checkWhole();
		});

		test("leaves nothing of what was longer before", async () => {
			const about = { "signed-geturl": `${model.url}/bytes/${bigHash}` };
			model.server.fail(new RegExp(`objects/${bigHash}`), { status: 200, body: JSON.stringify(about) });
			model.server.fail(new RegExp(`bytes/${bigHash}`), {
				status: 200,
				body: Buffer.alloc(310_000, "longer"),
				headers: { "content-length": "900000" },
			});
			model.server.fail(new RegExp(`bytes/${bigHash}`), { status: 200, body: big });
			mkdirSync(place.path("mine"));
			await done("mine", "init");
			await checkWhole();
		});
	});

	test("other bytes than the hash says are refused, exit 3, and leave nothing", async () => {
		model.server.fail(new RegExp(`bytes/${smallHash}`), { status: 200, body: "conF" }, 9);
		const { code, stderr } = await pvpkg(".", "clone", model.url, "web");
		expect(code).toBe(3);
		expect(stderr).toMatch(new RegExp(`object ${smallHash}: expected that sha256`));
		expect(existsSync(place.path("web"))).toBe(false);
	});

	test("more bytes than were announced are not read", async () => {
		model.server.fail(new RegExp(`bytes/${smallHash}`), { status: 200, body: Buffer.alloc(1 << 20) }, 9);
		expect((await pvpkg(".", "clone", model.url, "web")).stderr).toMatch(/expected 4 bytes, got more/);
	});

	test("addresses outside of the server are not asked", async () => {
		const other = await RepositoryModel.start("{}", [small]);
		const place = `${other.url}/bytes/${smallHash}`;
		model.server.fail(
			new RegExp(`objects/${smallHash}`),
			{ status: 200, body: JSON.stringify({ "signed-geturl": place }) },
			9,
		);
		expect(await pvpkg(".", "clone", model.url, "web")).toMatchObject({ code: 4 });
		expect(other.server.calls).toHaveLength(0);
		await other.close();
	});

	test("a server that wants an account is named as that, exit 4", async () => {
		const headers = { "www-authenticate": 'JWT realm="x", ph-aeps="https://api.pantahub.com/auth"' };
		model.server.fail(/pvrremote/, { status: 401, body: "", headers }, 9);
		const { code, stderr } = await pvpkg(".", "clone", model.url, "web");
		expect(code).toBe(4);
		expect(stderr).toMatch(/wants an account.*Pantahub are not supported/);
	});
});

describe("a server with a certificate of nobody's", () => {
	const authority = new Authority("Example Device CA");
	let front: Server;

	beforeEach(async () => {
		const { port } = new URL(model.server.url);
		front = createServer(authority.issue("127.0.0.1"), (socket) => {
			const behind = connect(Number(port), "127.0.0.1");
			for (const end of [socket, behind]) end.on("error", () => undefined);
			socket.pipe(behind).pipe(socket);
		});
		await new Promise<void>((listening) => front.listen(0, "127.0.0.1", listening));
		model.server.url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
	});
	afterEach(() => new Promise((closed) => front.close(closed)));

	const clone = (env: Record<string, string>, ...args: string[]) =>
		place.run([...args, "clone", model.url, "web", "-q"], { env });

	test("is refused, exit 6, and trusted with --ca-file", async () => {
		const { code, stderr } = await clone({});
		expect(code).toBe(6);
		expect(stderr).toMatch(/certificate \(issued by "Example Device CA"\) is refused/);
		expect(existsSync(place.path("web"))).toBe(false);
		writeFileSync(place.path("ca.pem"), authority.certificate);
		expect((await place.run(["clone", model.url, "web", "-q", "--ca-file", "ca.pem"])).code).toBe(0);
	});

	test("is taken with PVR_INSECURE as pvr reads it, and with pvr's -i before the command", async () => {
		for (const value of ["0", "false", "no"]) expect((await clone({ PVR_INSECURE: value })).code).toBe(6);
		for (const value of ["1", "t", "TRUE"]) {
			expect((await clone({ PVR_INSECURE: value })).code).toBe(0);
			rmSync(place.path("web"), { recursive: true });
		}
		expect((await clone({}, "-i")).code).toBe(0);
	});
});

test("clone, get, post, put and putobjects ask for what pvr 037 asks for, request by request", async () => {
	const recorded = await recordRequests(place.directory, async (cwd, ...args) => {
		expect(await place.run([...args, "-q"], { cwd })).toMatchObject({ code: 0 });
	});
	expect(recorded).toEqual(PVR_REQUESTS);
});

describe("put and post to a server", () => {
	/** A checkout of the model's state with a new container whose object the model does not have. */
	async function changedCheckout(): Promise<Buffer> {
		const added = Buffer.from("added");
		await done(".", "clone", model.url, "web");
		mkdirSync(place.path("web/new"));
		writeFileSync(place.path("web/new/file"), added);
		await done("web", "add");
		await done("web", "commit", "-m", "a new one");
		model.server.calls.length = 0;
		return added;
	}

	test("post sends what pvr 037 sends: objects that are missing, then the revision", async () => {
		const added = await changedCheckout();
		const { stdout } = await place.run(["post"], { cwd: place.path("web") });
		expect(stdout).toBe("locals/posted-1\n");
		expect(model.server.lines).toEqual([
			"GET /repo/.pvrremote",
			"GET /repo/json",
			"POST /repo/objects/",
			`PUT /repo/bytes/${hash(added)}`,
			"POST /repo/post",
		]);
		expect(model.server.calls[2]!.body.toString()).toBe(
			`{"id":"","storage-id":"","owner":"","objectname":"new/file","sha256sum":"${hash(added)}",` +
				'"size":"5","mime-type":"application/octet-stream","signed-puturl":"","signed-geturl":"","now":"","expire-time":""}',
		);
		expect(model.server.calls[3]!.headers["content-length"]).toBe("5");
		const committed = readFileSync(place.path("web/.pvr/json"), "utf8");
		expect(model.posted).toEqual([`{"commit-msg":"a new one","rev":-1,"state":${committed}}`]);
	});

	test("five objects are sent at a time, each announced first, as pvr does", async () => {
		await done(".", "clone", model.url, "web");
		mkdirSync(place.path("web/new"));
		const many = Array.from({ length: 12 }, (_, i) => Buffer.from(`object ${i}`));
		for (const [i, object] of many.entries()) writeFileSync(place.path(`web/new/${i}`), object);
		await done("web", "add");
		await done("web", "commit");
		model.server.calls.length = model.server.mostAtOnce = 0;
		model.server.gather(/objects|bytes/, 5);
		await done("web", "put");
		expect(model.server.mostAtOnce).toBe(5);
		const { lines } = model.server;
		expect(lines.slice(0, 2)).toEqual(["GET /repo/.pvrremote", "GET /repo/json"]);
		expect(lines.slice(2, -1).sort()).toEqual(
			many.flatMap((object) => ["POST /repo/objects/", `PUT /repo/bytes/${hash(object)}`]).sort(),
		);
		expect(lines.at(-1)).toBe("PUT /repo/json");
		expect(model.server.calls.at(-1)!.body.toString()).toBe(
			readFileSync(place.path("web/.pvr/json"), "utf8"),
		);
	});

	test("post takes a message and a revision", async () => {
		await done(".", "clone", model.url, "web");
		await done("web", "post", "-m", "other", "--rev", "7");
		expect(JSON.parse(model.posted[0]!)).toMatchObject({ "commit-msg": "other", rev: 7 });
	});

	test("post --envelope adds members, and keeps the message, the revision and the state, as pvr does", async () => {
		await done(".", "clone", model.url, "web");
		const envelope = '{"x":1,"rev":3,"state":{},"commit-msg":"of the envelope"}';
		await done("web", "post", "-e", envelope);
		await done("web", "post", "-e", envelope, "--commit-msg", "hi", "--rev", "7");
		const committed = readFileSync(place.path("web/.pvr/json"), "utf8");
		expect(model.posted).toEqual([
			`{"commit-msg":"of the envelope","rev":-1,"state":${committed},"x":1}`,
			`{"commit-msg":"hi","rev":7,"state":${committed},"x":1}`,
		]);
	});

	test.each(["[1]", '{"x":', "7"])(
		"post --envelope %s is refused before anything is sent",
		async (envelope) => {
			await done(".", "clone", model.url, "web");
			model.server.calls.length = 0;
			const { code, stderr } = await pvpkg("web", "post", "--envelope", envelope);
			expect([code, stderr]).toEqual([2, expect.stringContaining("expected a JSON object")]);
			expect(model.server.calls).toEqual([]);
		},
	);

	describe.each(["put", "post"])("%s --force", (verb) => {
		async function forced(): Promise<string[]> {
			await done(".", "clone", model.url, "web");
			model.server.calls.length = 0;
			await done("web", verb, "--force");
			return model.server.lines.filter((line) => /objects|bytes/.test(line)).sort();
		}
		const announced = Array.from({ length: 2 }, () => "POST /repo/objects/");

		test("announces what the server has, and sends it again where the server names an address", async () => {
			const puts = [bigHash, smallHash].map((sha256) => `PUT /repo/bytes/${sha256}`);
			expect(await forced()).toEqual([...announced, ...puts.sort()]);
		});

		test("sends nothing where the server names none", async () => {
			model.server.fail(/POST .*objects/, { status: 409, body: "{}" }, 2);
			expect(await forced()).toEqual(announced);
		});
	});

	test.each(["put", "post"])("%s sends no object that is damaged", async (verb) => {
		const damaged = hash(await changedCheckout());
		chmodSync(place.path(`web/.pvr/objects/${damaged}`), 0o644);
		writeFileSync(place.path(`web/.pvr/objects/${damaged}`), "other");
		const { code, stderr } = await pvpkg("web", verb);
		expect(code).toBe(3);
		expect(stderr).toContain(`upload object ${damaged}: expected that sha256, got`);
		expect(model.posted).toEqual([]);
		expect(model.objects.has(damaged)).toBe(false);
	});

	test.each(["put", "post"])(
		"%s of parts gives up where others changed the state during the upload",
		async (verb) => {
			await changedCheckout();
			const other = JSON.stringify({ ...state, "other/run.json": {} });
			const { objects } = model;
			const set = objects.set.bind(objects);
			objects.set = (sha256, bytes) => {
				model.state = other;
				return set(sha256, bytes);
			};
			const { code, stderr } = await pvpkg("web", verb, `${model.url}#new`);
			expect([code, stderr]).toEqual([
				6,
				expect.stringContaining("its state changed while objects were uploaded"),
			]);
			expect([model.state, model.posted]).toEqual([other, []]);
			// The objects are there now, so that there is nothing to wait for.
			await done("web", verb, `${model.url}#new`);
		},
	);

	test("put replaces the state, and with parts only those", async () => {
		await changedCheckout();
		await done("web", "put");
		expect(model.state).toBe(readFileSync(place.path("web/.pvr/json"), "utf8"));
		model.state = JSON.stringify({ ...state, "other/run.json": {} });
		await done("web", "put", `${model.url}#new`);
		expect(Object.keys(JSON.parse(model.state))).toEqual(
			[...Object.keys(state), "new/file", "other/run.json"].sort(),
		);
	});

	test("an object that the server has meanwhile is not sent", async () => {
		model.objects.set(hash(await changedCheckout()), Buffer.from("added"));
		await done("web", "put");
		expect(model.server.lines.filter((line) => line.startsWith("PUT /repo/bytes"))).toEqual([]);
		expect(model.server.lines).toContain("PUT /repo/json");
	});

	test("putobjects uploads to an address of objects", async () => {
		await changedCheckout();
		const { stdout } = await place.run(["putobjects", `${model.url}/objects`], { cwd: place.path("web") });
		expect(stdout).toBe("1 object sent\n");
	});

	test("a server that is not ready says so, exit 6; one that refuses, exit 4", async () => {
		await changedCheckout();
		model.server.fail(/POST .*post/, { status: 503, body: "", headers: { "retry-after": "5" } });
		expect(await pvpkg("web", "post")).toMatchObject({
			code: 6,
			stderr: expect.stringContaining("not ready"),
		});
		model.server.fail(/POST .*post/, { status: 403, body: "no\u001b[2J" });
		const refused = await pvpkg("web", "post");
		expect(refused.code).toBe(4);
		expect(refused.stderr).not.toContain("\u001b");
	});

	test("a server cannot have objects sent elsewhere", async () => {
		await changedCheckout();
		const other = await RepositoryModel.start("{}");
		const body = JSON.stringify({ "signed-puturl": `${other.url}/bytes/${"0".repeat(64)}` });
		model.server.fail(/POST .*objects/, { status: 200, body });
		expect(await pvpkg("web", "post")).toMatchObject({ code: 4 });
		expect(other.server.calls).toHaveLength(0);
		await other.close();
	});
});

describe("repositories on disk", () => {
	/** An unpacked export, as Yocto's pvroot-image class makes one with tar. */
	function unpackExport(name: string, members: Record<string, unknown>, ...objects: Buffer[]): void {
		mkdirSync(place.path(`${name}/objects`), { recursive: true });
		writeFileSync(place.path(`${name}/json`), JSON.stringify({ "#spec": state["#spec"], ...members }));
		for (const object of objects) writeFileSync(place.path(`${name}/objects/${hash(object)}`), object);
	}

	test("get takes a checkout, its .pvr, an unpacked export and a package", async () => {
		await done(".", "clone", model.url, "web");
		unpackExport("unpacked", { "one/file": smallHash }, small);
		mkdirSync(place.path("mine"));
		await done("mine", "init");
		await done("mine", "get", "../web/.pvr");
		expect(json("mine/.pvr/json")).toEqual(state);
		await done("mine", "get", "../unpacked");
		expect(Object.keys(json("mine/.pvr/json"))).toEqual(["#spec", "one/file"]);
		await done("mine", "get", "../web#app");
		expect(Object.keys(json("mine/.pvr/json"))).toEqual(["#spec", "app/run.json", "one/file"]);
		await done("mine", "checkout");
		expect(readFileSync(place.path("mine/one/file"), "utf8")).toBe("conf");
	});

	test("clone takes an unpacked export, as pvrexport.bbclass does", async () => {
		unpackExport("pvrexport", { "one/run.json": {}, "one/file": smallHash }, small);
		await done(".", "clone", place.path("pvrexport"), "one-1.0");
		expect(readFileSync(place.path("one-1.0/one/file"), "utf8")).toBe("conf");
		await done("one-1.0", "commit");
	});

	test("merge goes member by member, and a null removes", async () => {
		unpackExport("a", { "x/run.json": { keep: 1, change: 1, drop: 1, deep: { a: 1 } }, "y/run.json": {} });
		unpackExport("b", { "x/run.json": { change: 2, drop: null, deep: { b: 2 } }, "z/run.json": { n: null } });
		await done(".", "clone", "a", "c");
		await done("c", "merge", "../b");
		expect(json("c/.pvr/json")).toEqual({
			"#spec": state["#spec"],
			"x/run.json": { keep: 1, change: 2, deep: { a: 1, b: 2 } },
			"y/run.json": {},
			"z/run.json": { n: null },
		});
	});

	test("json prints the state of the work tree, canonically", async () => {
		unpackExport("a", { "x/run.json": { b: 1, a: 1.5 } });
		await done(".", "clone", "a", "c");
		writeFileSync(place.path("c/x/run.json"), '{ "b": 2, "a": 1.50 }');
		expect(await done("c", "json")).toBe(
			'{"#spec":"pantavisor-service-system@1","x/run.json":{"a":1.5E0,"b":2}}\n',
		);
	});

	test("deploy lays parts out as a device has them, as pvroot-image.bbclass calls it", async () => {
		const kernel = Buffer.from("kernel");
		unpackExport(
			"bsp.pvrexport",
			{
				"_sigs/bsp.json": {},
				"bsp/run.json": { linux: "k.img", initrd: "i.img" },
				"bsp/k.img": hash(kernel),
				"bsp/i.img": smallHash,
				"extra/x": smallHash,
			},
			kernel,
			small,
		);
		unpackExport("web.pvrexport", { "web/run.json": { b: 1, a: 2 }, "web/root.squashfs": bigHash }, big);
		mkdirSync(place.path("rootfs/trails/0/.pvr"), { recursive: true });
		writeFileSync(
			place.path("rootfs/trails/0/.pvr/json"),
			'{"#spec":"pantavisor-service-system@1","device.json":{"groups":[]}}',
		);
		writeFileSync(place.path("rootfs/trails/0/.pvr/config"), '{"ObjectsDir":"../../objects"}');
		mkdirSync(place.path("rootfs/objects"));
		const env = { PVR_OBJECTS_DIR: place.path("rootfs/objects") };
		const deploy = (...places: string[]) => place.run(["deploy", "rootfs/trails/0", ...places], { env });
		expect(await deploy("bsp.pvrexport#_sigs/bsp.json,bsp", "web.pvrexport")).toMatchObject({ code: 0 });
		const revision = "rootfs/trails/0";
		expect(Object.keys(json(`${revision}/.pvr/json`))).toEqual([
			"#spec",
			"_sigs/bsp.json",
			"bsp/i.img",
			"bsp/k.img",
			"bsp/run.json",
			"device.json",
			"web/root.squashfs",
			"web/run.json",
		]);
		expect(readFileSync(place.path(`${revision}/web/run.json`), "utf8")).toBe('{"a":2,"b":1}');
		const inode = (path: string): number => statSync(place.path(path)).ino;
		expect(inode(`${revision}/web/root.squashfs`)).toBe(inode(`rootfs/objects/${bigHash}`));
		expect(inode(`${revision}/.pv/pv-kernel.img`)).toBe(inode(`rootfs/objects/${hash(kernel)}`));
		expect(inode(`${revision}/.pv/pv-initrd.img`)).toBe(inode(`rootfs/objects/${smallHash}`));
		expect(readdirSync(place.path("rootfs/objects")).sort()).toEqual(
			[bigHash, smallHash, hash(kernel)].sort(),
		);
	});

	test("deploy replaces a part, and removes the files that are gone", async () => {
		unpackExport("one", { "web/a": smallHash, "web/b": smallHash, "app/a": smallHash }, small);
		unpackExport("two", { "web/a": bigHash }, big);
		expect(await done(".", "deploy", "target", "one")).toBe("");
		await done(".", "deploy", "target", "two");
		expect(Object.keys(json("target/.pvr/json"))).toEqual(["#spec", "app/a", "web/a"]);
		expect(existsSync(place.path("target/web/b"))).toBe(false);
		expect(readFileSync(place.path("target/web/a")).equals(big)).toBe(true);
	});

	test("deploy of several places changes nothing when the last of them is damaged", async () => {
		unpackExport("one", { "web/a": smallHash }, small);
		unpackExport("new", { "web/b": smallHash }, small);
		unpackExport("damaged", { "app/a": bigHash });
		writeFileSync(place.path(`damaged/objects/${bigHash}`), "other bytes");
		await done(".", "deploy", "target", "one");
		const { code } = await pvpkg(".", "deploy", "target", "new", "damaged");
		expect(code).toBe(3);
		expect(Object.keys(json("target/.pvr/json"))).toEqual(["#spec", "web/a"]);
		expect(readdirSync(place.path("target")).sort()).toEqual([".pvr", "web"]);
	});

	test("deploy that fails leaves a new directory, and those above it, unmade", async () => {
		unpackExport("one", { "web/a": smallHash }, small);
		expect((await pvpkg(".", "deploy", "new/trails/0", "one", "missing")).code).toBe(4);
		expect(existsSync(place.path("new"))).toBe(false);
		mkdirSync(place.path("empty"));
		writeFileSync(place.path("empty/file"), "");
		expect((await pvpkg(".", "deploy", "empty", "missing")).code).toBe(4);
		expect(readdirSync(place.path("empty"))).toEqual(["file"]);
		expect(await done(".", "deploy", "new/trails/0", "one")).toBe("");
	});

	test("deploy lays places over each other in their order", async () => {
		unpackExport("one", { "web/a": smallHash, "app/a": smallHash }, small);
		unpackExport("two", { "web/b": bigHash }, big);
		expect(await done(".", "deploy", "target", "one", "two")).toBe("");
		expect(Object.keys(json("target/.pvr/json"))).toEqual(["#spec", "app/a", "web/b"]);
		expect(existsSync(place.path("target/web/a"))).toBe(false);
	});

	test("a damaged object is refused, and changes nothing", async () => {
		unpackExport("one", { "web/a": smallHash });
		mkdirSync(place.path("one/objects"), { recursive: true });
		writeFileSync(place.path(`one/objects/${smallHash}`), "conF");
		chmodSync(place.path(`one/objects/${smallHash}`), 0o444);
		mkdirSync(place.path("mine"));
		await done("mine", "init");
		const { code, stderr } = await pvpkg("mine", "get", "../one");
		expect(code).toBe(3);
		expect(stderr).toContain(smallHash);
		expect(json("mine/.pvr/json")).toEqual({ "#spec": state["#spec"] });
	});
});
