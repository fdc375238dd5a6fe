import { spawn } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoKey } from "../../fixtures/demo-key.js";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { openFileContent, readSquashfs } from "../../src/doors/squashfs.js";
import { serveDemo } from "../support/command-line.js";
import { needs } from "../support/needs.js";

let directory: string;
let registry: DemoRegistry;
let image: string;
const path = (name: string): string => join(directory, name);

beforeAll(async () => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-example-"));
	registry = await serveDemo();
	image = `${registry.host}/demo/app:1.0`;
	const { privateKey, publicKey } = createDemoKey();
	writeFileSync(path("key.pem"), privateKey);
	writeFileSync(path("public.pem"), publicKey);
});
afterAll(async () => {
	await registry.close();
	rmSync(directory, { recursive: true, force: true });
});

interface Result {
	readonly code: number | null;
	readonly stdout: Buffer;
	readonly stderr: string;
}

/** Runs an example as it was compiled, in the directory of the test. */
function run(name: string, ...args: string[]): Promise<Result> {
	const env = { PATH: process.env.PATH, HOME: directory };
	const child = spawn(process.execPath, [resolve(`dist/docs/examples/${name}.js`), ...args], {
		cwd: directory,
		env,
	});
	const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
	child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
	return new Promise((done) =>
		child.on("close", (code) =>
			done({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
		),
	);
}

/** What an example printed; it must have ended well. */
async function printed(name: string, ...args: string[]): Promise<string> {
	const { code, stdout, stderr } = await run(name, ...args);
	expect(code, stderr).toBe(0);
	return stdout.toString();
}

const EXAMPLES: Readonly<Record<string, () => Promise<void>>> = {
	async export() {
		const lines = (await printed("export", image)).trim().split("\n");
		expect(lines).toEqual([
			expect.stringMatching(/^app\.amd64\.tgz [0-9a-f]{64}$/),
			expect.stringMatching(/^app\.arm64v8\.tgz [0-9a-f]{64}$/),
		]);
		expect(existsSync(path("app.arm64v8.tgz"))).toBe(true);
	},
	async "shared-resources"() {
		const text = await printed("shared-resources", image);
		expect(text).toMatch(/^out\/web-app\.arm64v8\.tgz \d+\nout\/web-platform\.arm64v8\.tgz \d+\n$/);
	},
	async errors() {
		expect(await printed("errors", image)).toMatch(/^there is no such image: .*linux\/s390x/);
	},
	async "sign-elsewhere"() {
		expect(await printed("sign-elsewhere", image)).toBe("web.amd64.tgz\n");
		expect(await printed("verify", "web.amd64.tgz")).toMatch(/^sound \w+$/m);
	},
	async stream() {
		const { code, stdout, stderr } = await run("stream", image);
		expect(code, stderr).toBe(0);
		expect([...stdout.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
	},
	async verify() {
		expect(await printed("verify", "app.amd64.tgz")).toContain("refused");
	},
	async compare() {
		const text = await printed("compare", "app.amd64.tgz", "web.amd64.tgz");
		expect(text).toMatch(/BUDGET .* ota: .* ok/);
		expect(JSON.parse(readFileSync(path("update.json"), "utf8")).spec).toBe("pvpkg/diff@1");
		expect(readFileSync(path("update.html"), "utf8")).toMatch(/^<!doctype html>/i);
	},
	async project() {
		const lines = (await printed("project", image)).trim().split("\n");
		expect(lines.map((line) => line.split(" ").slice(0, 2))).toEqual([
			["arm32v7", "firmware/releases/web.v0.0.1.arm32v7.tgz"],
			["arm64v8", "firmware/releases/web.v0.0.1.arm64v8.tgz"],
		]);
	},
	async "image-to-squashfs"() {
		expect(await printed("image-to-squashfs", image)).toMatch(/^\d+ inodes in \d+ bytes\n$/);
	},
	async "directory-to-squashfs"() {
		mkdirSync(path("site"));
		writeFileSync(path("site/index.html"), "<p>hello");
		expect(await printed("directory-to-squashfs")).toMatch(/directory .*\nfile .*index\.html\n$/);
	},
	async appimage() {
		writeFileSync(path("runtime"), Buffer.alloc(5000, 7));
		await printed("appimage");
		const file = readFileSync(path("demo.AppImage"));
		expect(file.subarray(0, 5000).every((byte) => byte === 7)).toBe(true);
		writeFileSync(path("behind.squashfs"), file.subarray(5000));
		const content = openFileContent(path("behind.squashfs"));
		const names: string[] = [];
		for await (const entry of readSquashfs(content)) names.push(entry.path);
		content.close();
		expect(names).toContain("AppRun");
	},
};

test("every example has a test", () => {
	const names = readdirSync("docs/examples").map((name) => name.replace(/\.ts$/, ""));
	expect(names.sort()).toEqual(Object.keys(EXAMPLES).sort());
});

/** `compare` looks at what openssl has signed for `sign-elsewhere`. */
const isSigned = (name: string): boolean => name === "sign-elsewhere" || name === "compare";
const checks = Object.entries(EXAMPLES);
const check = (_: string, run: () => Promise<void>): Promise<void> => run();

// In this order: later ones use what earlier ones made.
test.each(checks.filter(([name]) => !isSigned(name)))("%s does what it says", check);
needs("openssl").test.each(checks.filter(([name]) => isSigned(name)))("%s does what it says", check);
