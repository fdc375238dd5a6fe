import { mkdirSync, writeFileSync } from "node:fs";
import { type CommandResult, serveDemo, Workplace } from "./command-line.js";
import { DeviceModel } from "./device-model.js";
import { RepositoryModel } from "./device-repository.js";

/** A command line, and the document that it printed. */
export interface PrintedDocument {
	/** The words of the command; a line without a command has `error`. */
	readonly words: string;
	/** As a person would type it. */
	readonly line: string;
	readonly document: Readonly<Record<string, unknown>>;
}

const SETTINGS = { BUILD_VERSION: "0-1-g0123456", PVPKG_TIER: "fast", PACKAGE_VERSION: "1.0" };
const DEVICE = "192.168.1.20";
const SERVER = "https://repo.example/team/device";
const HOST = "registry.example";

/** Runs every command with `--json`, as one person's work on an image would. */
export async function runDocumentSession(): Promise<PrintedDocument[]> {
	const place = new Workplace();
	const registry = await serveDemo();
	const device = await DeviceModel.start(
		'{"#spec":"pantavisor-service-system@1","bsp/run.json":{"#spec":"bsp"}}',
	);
	// One that is ready at once: whoever follows it asks every other second.
	device.steps = [{ status: "DONE", message: "Update finished", progress: 100 }];
	const state = { "#spec": "pantavisor-service-system@1", "app/run.json": { name: "app" } };
	const server = await RepositoryModel.start(JSON.stringify(state), []);
	const image = `${registry.host}/demo/app:1.0`;
	const printed: PrintedDocument[] = [];
	const shown = (text: string): string =>
		text
			.replaceAll(registry.host, HOST)
			.replaceAll(device.url, DEVICE)
			.replaceAll(new URL(device.url).host, DEVICE)
			.replaceAll(server.url, SERVER)
			.replaceAll(new URL(server.url).host, new URL(SERVER).host)
			.replaceAll(place.directory, "/home/me");

	async function run(words: string, args: readonly string[], cwd = "."): Promise<void> {
		const line = [...(words === "error" ? [] : words.split(" ")), ...args, "--json"];
		const result = await place.run(line, { cwd: place.path(cwd), env: SETTINGS });
		printed.push({
			words,
			line: shown(`pvpkg ${line.join(" ")}`),
			document: readDocument(line, result, shown),
		});
	}

	/** Does what the next commands need. */
	async function done(args: readonly string[], cwd = "."): Promise<void> {
		const { code, stderr } = await place.run(args, { cwd: place.path(cwd), env: SETTINGS });
		if (code !== 0) throw new Error(`${args.join(" ")}: exit ${code}: ${stderr}`);
	}

	try {
		await imageCommands(run, image);
		await packageCommands(run, done, image, place);
		await run("push", [device.url, "old/web.arm64v8.tgz", "--no-trust"]);
		const revision = [...device.revisions.keys()][0] ?? "locals/x";
		await run("device state", [device.url]);
		await run("device status", [device.url, revision]);
		await run("device logs", [device.url]);
		await run("device containers", [device.url]);
		await run("device run", [device.url, revision]);
		await repositoryCommands(run, server.url);
		await checkoutCommands(run, done, image, place);
		await run("error", ["exprot", image, "web"]);
		return printed;
	} finally {
		await Promise.all([registry.close(), device.close(), server.close()]);
		place.remove();
	}
}

type Run = (words: string, args: readonly string[], cwd?: string) => Promise<void>;
type Done = (args: readonly string[], cwd?: string) => Promise<void>;

async function imageCommands(run: Run, image: string): Promise<void> {
	await run("keygen", ["--config-dir", "keys"]);
	await run("export", [image, "web", "-p", "linux/arm64", "-o", "old/"]);
	await run("export", [image, "web", "-p", "linux/arm64", "--dry-run"]);
	await run("pull", [image, "-p", "linux/arm64"]);
	await run("image inspect", [image, "-p", "linux/arm64"]);
	await run("image tags", [image.replace(/:[^:]*$/, "")]);
	const registry = image.slice(0, image.indexOf("/"));
	await run("login", [registry, "-u", "ci", "--password", "token"]);
	await run("logout", [registry]);
	await run("install", [image, "web", "-p", "linux/arm64", "--group", "app"]);
	await run("lock", []);
	await run("lock", ["--check"]);
	await run("fetch", ["-o", "images"]);
	await run("fetch", ["--list"]);
	await run("build", []);
	await run("repro", []);
	await run("repro", ["--compare", "old/web.arm64v8.tgz", "old/web.arm64v8.tgz"]);
	await run("cache ls", []);
	await run("cache verify", []);
	await run("cache prune", ["--keep", "1G"]);
	await run("render", ["pvpkg/arm64v8/web/src.json"]);
	await run("render", ["pvpkg/arm64v8/web/src.json", "-o", "rendered"]);
	await run("explain", ["pvpkg/arm64v8/web/src.json"]);
}

async function packageCommands(run: Run, done: Done, image: string, place: Workplace): Promise<void> {
	const [old, next] = ["old/web.arm64v8.tgz", "new/web.arm64v8.tgz"];
	mkdirSync(place.path("tree"));
	writeFileSync(place.path("tree/hello"), "hello\n");
	writeFileSync(place.path("pvpkg.tgz"), "the release of pvpkg");
	await done(["export", image, "web", "-p", "linux/arm64", "-o", "new/", "--arg", "LXC_TTY_MAX=4", "-q"]);
	await run("verify", [old, "--pubkey", "public.pem"]);
	await run("verify", [old, "missing.tgz", "--no-trust"]);
	await run("inspect", [old]);
	await run("inspect", [old, "--state"]);
	await run("inspect", [old, "--sizes"]);
	await run("diff", [old, next, "--budget", "ota=8M"]);
	await run("sbom", [old]);
	await run("sbom", [old, "--list"]);
	await run("sbom", [old, "-o", "web.spdx.json"]);
	await run("sbom diff", [old, next]);
	await run("sign", [next, "--part", "web"]);
	await run("sign", [old, next]);
	await run("sign", [next, "--part", "web", "--emit-payload", "to-sign"]);
	const statement = "attested/web.arm64v8.tgz.provenance.intoto.json";
	const attested = ["--provenance", "--attestation-form", "statement"];
	await done(["export", image, "web", "-p", "linux/arm64", "-o", "attested/", ...attested, "-q"]);
	await run("attest", [statement]);
	await run("attest", [statement, "--emit-payload", "to-attest"]);
	await run("mksquashfs", ["dir:tree", "tree.squashfs"]);
	await run("schema", []);
	await run("schema", ["error"]);
	await run("ci init", ["gitlab", "--tarball", "pvpkg.tgz"]);
	await run("completion", ["fish"]);
}

async function repositoryCommands(run: Run, server: string): Promise<void> {
	await run("clone", [server, "device"]);
	await run("get", [server], "device");
	await run("merge", [server], "device");
	await run("put", [server], "device");
	await run("post", [server, "-m", "web 1.0"], "device");
	await run("putobjects", [`${server}/objects`], "device");
	await run("deploy", ["rootfs/trails/0", "old/web.arm64v8.tgz"]);
}

async function checkoutCommands(run: Run, done: Done, image: string, place: Workplace): Promise<void> {
	mkdirSync(place.path("app"));
	await run("init", [], "app");
	await run("app add", ["web", "--from", image, "--platform", "linux/arm64", "--group", "app"], "app");
	await run("app ls", [], "app");
	await run("app info", ["web"], "app");
	await run("app update", ["web", "--platform", "linux/arm64"], "app");
	await run("app install", ["web", "--platform", "linux/arm64"], "app");
	await run("add", ["."], "app");
	await run("status", [], "app");
	await run("diff", [], "app");
	await run("json", [], "app");
	await run("commit", ["-m", "web 1.0"], "app");
	await run("export", ["../committed.tgz"], "app");
	await run("sig add", ["--part", "web"], "app");
	await done(["add", "."], "app");
	await done(["commit", "-q"], "app");
	await run("sig update", [], "app");
	await run("sig ls", ["--pubkey", "../public.pem"], "app");
	await run("dm-convert", ["web", "root.squashfs"], "app");
	await run("dm-apply", [], "app");
	await run("checkout", [], "app");
	await run("checkout", ["old/web.arm64v8.tgz", "unpacked"]);
	await run("import", ["../old/web.arm64v8.tgz"], "app");
	await run("app rm", ["web"], "app");
}

function readDocument(
	line: readonly string[],
	{ code, stdout, stderr }: CommandResult,
	shown: (text: string) => string,
): PrintedDocument["document"] {
	const document = JSON.parse(shown(Buffer.from(stdout, "latin1").toString("utf8")));
	const expected = line.includes("missing.tgz") ? 4 : line[0] === "exprot" ? 2 : 0;
	if (code === expected) return document;
	throw new Error(`${line.join(" ")}: expected exit ${expected}, got ${code}: ${stderr}`);
}
