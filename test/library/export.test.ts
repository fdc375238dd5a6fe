import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDemoKey } from "../../fixtures/demo-key.js";
import {
	type ExportOptions,
	exportImage,
	openResources,
	type ProgressEvent,
	PvpkgError,
	planExport,
	type Resources,
	streamImage,
	verifyPackage,
} from "../../src/index.js";
import { TestRegistry } from "../support/registry.js";
import { BearerAuth } from "../support/registry-auth.js";
import { tarball } from "../support/tar-builder.js";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

let registry: TestRegistry;
let directory: string;
let resources: Resources;
const path = (name: string): string => join(directory, name);

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-library-"));
	registry = await TestRegistry.start();
	const layer = tarball({ path: "bin/serve", body: "#!/bin/sh\n", mode: 0o755 });
	const manifests = [AMD64, ARM64].map((platform) => registry.addImage("team/web", platform, [layer]));
	registry.addIndex("team/web", "1", manifests);
	resources = openResources({ jobs: 0, temporaryDirectory: directory, registry: { env: {} } });
});
afterEach(async () => {
	await resources.dispose();
	await registry.close();
	rmSync(directory, { recursive: true, force: true });
});

const options = (more: Partial<ExportOptions> = {}): ExportOptions => ({
	image: `${registry.host}/team/web:1`,
	config: { Cmd: ["/bin/serve"] },
	group: "app",
	output: path("out"),
	sign: false,
	resources,
	...more,
});

/** The code of the error with which a call fails. */
async function codeOf(call: Promise<unknown>): Promise<string> {
	const error = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(PvpkgError);
	return (error as PvpkgError).code;
}

describe("exportImage", () => {
	test("makes a package for each platform, under the name of the image", async () => {
		const packages = await exportImage(options());
		expect(readdirSync(path("out")).sort()).toEqual(["web.amd64.tgz", "web.arm64v8.tgz"]);
		expect(packages[1]).toMatchObject({
			platform: "linux/arm64",
			label: "arm64v8",
			path: path("out/web.arm64v8.tgz"),
			size: readFileSync(path("out/web.arm64v8.tgz")).length,
			sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
			containers: [
				{ name: "web", image: expect.stringMatching(/^sha256:/), files: [{ file: "root.squashfs" }] },
			],
		});
	});

	test("gives the files of a directory to root where that is asked for, whoever has them here", async () => {
		mkdirSync(path("root/bin"), { recursive: true });
		writeFileSync(path("root/bin/serve"), "#!/bin/sh\n", { mode: 0o700 });
		const rootfs = { image: `dir:${path("root")}`, name: "os", platforms: ["linux/amd64"] };
		const image = async (output: string, more: Partial<ExportOptions> = {}) => {
			const [made] = await exportImage(options({ ...rootfs, output: path(output), ...more }));
			return made!.containers[0]!.files[0]!.sha256;
		};
		const given = await image("given", { owner: "root" });
		expect(await image("kept")).not.toBe(given);
		chmodSync(path("root/bin/serve"), 0o755);
		utimesSync(path("root/bin/serve"), 1000, 1000);
		expect(await image("again", { owner: "root" })).toBe(given);
	});

	test.each([
		["nothing", {}],
		["undefined", { sign: undefined }],
		["true", { sign: true }],
		["null", { sign: null }],
		["an empty object", { sign: {} }],
	])("makes no package where %s is stated about signatures", async (_, sign) => {
		const { sign: __, ...unstated } = options();
		const call = exportImage({ ...unstated, ...sign } as unknown as ExportOptions);
		expect(await codeOf(call)).toBe("ERR_SIGN_CHOICE");
		expect(existsSync(path("out"))).toBe(false);
		expect(registry.calls).toEqual([]);
	});

	test("signs with a key, and what it signed is verified", async () => {
		const { privateKey, publicKey } = createDemoKey();
		const [made] = await exportImage(options({ platforms: ["linux/amd64"], sign: { key: privateKey } }));
		const trusted = await verifyPackage(made!.path!, { trust: { publicKeys: publicKey } });
		expect(trusted).toMatchObject({ ok: true, trust: "full" });
		const [unsigned] = await exportImage(options({ platforms: ["linux/amd64"], output: path("bare") }));
		expect(unsigned!.identity).toBe(made!.identity);
		expect(await verifyPackage(unsigned!.path!, { trust: { publicKeys: publicKey } })).toMatchObject({
			ok: false,
		});
	});

	test("equal calls give equal bytes, with shared resources and without", async () => {
		const [shared] = await exportImage(options({ platforms: ["linux/arm64"] }));
		const { resources: _, ...alone } = options({ platforms: ["linux/arm64"], output: path("alone") });
		const [own] = await exportImage(alone);
		expect(own!.sha256).toBe(shared!.sha256);
	});

	test("reports progress, and ends when its signal does", async () => {
		const events: ProgressEvent[] = [];
		await exportImage(options({ onProgress: (event) => events.push(event) }));
		expect(new Set(events.map(({ phase }) => phase))).toContain("package");
		const call = exportImage(
			options({ output: path("never"), signal: AbortSignal.abort(new Error("enough")) }),
		);
		await expect(call).rejects.toThrow("enough");
		expect(existsSync(path("never"))).toBe(false);
	});

	test("an image without a name of its own needs one", async () => {
		expect(await codeOf(exportImage(options({ image: "dir:/nowhere" })))).toBe("ERR_OPTION");
	});

	test("a platform that the image does not have is an error that says which there are", async () => {
		const call = exportImage(options({ platforms: ["linux/s390x"] }));
		await expect(call).rejects.toMatchObject({
			code: "ERR_PLATFORM_MISSING",
			message: expect.stringContaining("linux/arm64"),
		});
	});
});

test("streamImage gives the bytes that exportImage writes", async () => {
	const [made] = await exportImage(options({ platforms: ["linux/amd64"] }));
	const chunks: Uint8Array[] = [];
	const streamed = await streamImage(options({ platforms: ["linux/amd64"] }), {
		write: (bytes) => void chunks.push(Uint8Array.from(bytes)),
	});
	expect(Buffer.concat(chunks).equals(readFileSync(made!.path!))).toBe(true);
	expect(streamed).toMatchObject({ path: undefined, sha256: made!.sha256 });
});

test("planExport says what would be chosen, and fetches no layer", async () => {
	const plan = await planExport(options());
	expect(plan.platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
	expect(plan.fetchSize).toBeGreaterThan(0);
	expect(existsSync(path("out"))).toBe(false);
});

describe("resources", () => {
	test("are shared: a second call asks for no token, and downloads nothing again", async () => {
		const auth = new BearerAuth();
		registry.auth = auth;
		await exportImage(options());
		const before = registry.paths(/\/blobs\//).length;
		await exportImage(options({ output: path("again"), group: "platform" }));
		expect(registry.paths(/\/blobs\//)).toHaveLength(before);
		expect(auth.asked).toHaveLength(1);
	});

	test("leave nothing behind when they are disposed of, and serve no call after that", async () => {
		await exportImage(options());
		await resources.dispose();
		expect(readdirSync(directory)).toEqual(["out"]);
		expect(await codeOf(exportImage(options()))).toBe("ERR_RESOURCES_CLOSED");
		await resources.dispose();
	});

	test("end the calls that still go on", async () => {
		let reached = (): void => {};
		const asked = new Promise<void>((resolve) => {
			reached = resolve;
		});
		registry.script(/\/blobs\//, () => {
			reached();
			return true;
		});
		const code = codeOf(exportImage(options()));
		await asked;
		await resources.dispose();
		expect(await code).toBe("ERR_RESOURCES_CLOSED");
		expect(existsSync(path("out"))).toBe(false);
	});

	test("are ended by `await using`", async () => {
		expect(typeof resources[Symbol.asyncDispose]).toBe("function");
		await resources[Symbol.asyncDispose]();
		expect(await codeOf(planExport(options()))).toBe("ERR_RESOURCES_CLOSED");
	});

	test("have to be what openResources returned", async () => {
		const fake = { dispose: async () => {}, [Symbol.asyncDispose]: async () => {} };
		await expect(planExport(options({ resources: fake }))).rejects.toThrow(TypeError);
	});
});
