import {
	chmodSync,
	cpSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createDemoImage } from "../../fixtures/demo-image.js";
import { createDemoKey } from "../../fixtures/demo-key.js";
import { parseDigest } from "../../src/image/oci/index.js";
import { SMALL } from "./command-line.js";
import { DeviceModel } from "./device-model.js";
import { RepositoryModel } from "./device-repository.js";
import { claimOf, createImageSigner, putSignature } from "./image-signer.js";
import { PROGRAM } from "./program.js";
import { TestRegistry } from "./registry.js";
import { runShell } from "./shell.js";

/** The images of the pages: registries of these hosts are the one on loopback, by registries.conf. */
const IMAGES = [
	["docker.io", "library/nginx", "1.27"],
	["docker.io", "library/nginx", "latest"],
	["docker.io", "library/app", "1"],
	["registry.example", "team/web", "1.4"],
	["registry.example", "web", "2"],
	["registry.example", "team/app", "1"],
	["registry.example.com", "team/web", "1.4"],
] as const;

/** Files that a reader of the pages has: keys, packages of before, a project with its packages, a checkout. */
const BELONGINGS = `
	cp ~/team.pub . && mv ~/attest.pem ~/attest.pub .
	pvpkg keygen -q && cp ~/.pvr/pvs/key.default.pem key.pem && cp key.pem ~/.kms.pem
	cp ~/.pvr/pvs/x5c.default.pem chain.pem && cp ~/.pvr/pvs/cacerts.default.pem cacerts.pem
	pvpkg export -q nginx:1.27 web -p linux/amd64,linux/arm64 -o out/ --provenance --attest-key attest.pem
	pvpkg export -q nginx:1.27 web -p linux/amd64,linux/arm/v7,linux/arm64 -o old/ --arg LXC_TTY_MAX=4
	cp -r old previous && cp -r out new && cp old/web.amd64.tgz old/web.tgz && cp out/web.amd64.tgz new/web.tgz
	cp out/web.amd64.tgz* out/web.arm64v8.tgz* . && cp out/web.arm64v8.tgz web.tgz
	pvpkg install -q -p linux/amd64,linux/arm/v7,linux/arm64 nginx:1.27 web --group app
	pvpkg lock -q && pvpkg build -q --build-version 1
	git init -q -b main . && git add pvpkg pvpkg.json pvpkg.lock.json && git commit -q -m first && git tag v1.0
	echo '{"spec": "pvpkg/policy@1", "sign": [{"cas": ["cacerts.pem"], "for": ["**"]}], "attest": [{"keys": ["attest.pub"]}]}' > policy.json
	mkdir tools && cp ~/pvpkg.tgz tools/
	pvpkg checkout -q web.tgz app && cp web.tgz app/`;

/** Makes a tree of the same files: whoever changes one puts another in its place. */
function linkTree(from: string, to: string): void {
	mkdirSync(to);
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		const [source, target] = [join(from, entry.name), join(to, entry.name)];
		if (entry.isDirectory()) linkTree(source, target);
		else if (entry.isFile()) linkSync(source, target);
		else cpSync(source, target, { verbatimSymlinks: true });
	}
}

/** What readers have on their machines, and nobody else's: programs, images, a device, a server. */
export class ReaderMachine {
	readonly #directory: string = mkdtempSync(join(tmpdir(), "pvpkg-reader-"));
	readonly #registry: TestRegistry;
	readonly #device: DeviceModel;
	readonly #repository: RepositoryModel;
	#count = 0;

	private constructor(registry: TestRegistry, device: DeviceModel, repository: RepositoryModel) {
		this.#registry = registry;
		this.#device = device;
		this.#repository = repository;
	}

	static async start(): Promise<ReaderMachine> {
		const state = '{"#spec":"pantavisor-service-system@1","bsp/run.json":{"#spec":"bsp"}}';
		const [registry, device] = await Promise.all([TestRegistry.start(), DeviceModel.start(state)]);
		const machine = new ReaderMachine(registry, device, await RepositoryModel.start(state, []));
		// One that is ready at once: whoever follows it asks every other second.
		device.steps = [{ status: "DONE", message: "Update finished", progress: 100 }];
		device.revisions.set("locals/pvtx-1721068626-f9ee123b-913", state);
		machine.#install();
		return machine;
	}

	async close(): Promise<void> {
		await Promise.all([this.#registry.close(), this.#device.close(), this.#repository.close()]);
		rmSync(this.#directory, { recursive: true, force: true });
	}

	/** Makes what readers already have, once. Without it, places are empty. */
	async makeBelongings(): Promise<void> {
		await this.#runIn("template", BELONGINGS);
	}

	/**
	 * Runs a script as a reader would, in a directory of its own.
	 * @returns standard output. @throws Error with all output when a command fails.
	 */
	run(script: string, from: "empty" | "belongings"): Promise<string> {
		const place = `place-${++this.#count}`;
		if (from === "belongings") linkTree(this.#path("template"), this.#path(place));
		return this.#runIn(place, script);
	}

	async #runIn(place: string, script: string): Promise<string> {
		mkdirSync(this.#path(place, "home"), { recursive: true });
		mkdirSync(this.#path(place, "work"), { recursive: true });
		cpSync(this.#path("files"), this.#path(place, "home"), { recursive: true });
		const output = await runShell(this.#here(script), {
			cwd: this.#path(place, "work"),
			env: {
				HOME: this.#path(place, "home"),
				PATH: [this.#path("bin"), process.env.PATH].join(delimiter),
				CONTAINERS_REGISTRIES_CONF: this.#path("registries.conf"),
				PVPKG_CACHE_DIR: this.#path("cache"),
				PVPKG_CACHE_KEY: "the key of a test, which is long enough",
				PVPKG_TIER: "fast",
				// Threads take longer to start than such small images take to compress.
				PVPKG_JOBS: "0",
				GIT_AUTHOR_NAME: "a",
				GIT_AUTHOR_EMAIL: "a@example.com",
				GIT_COMMITTER_NAME: "a",
				GIT_COMMITTER_EMAIL: "a@example.com",
			},
		});
		if (place !== "template") rmSync(this.#path(place), { recursive: true, force: true });
		return output;
	}

	/** The devices and servers of the pages have other addresses here. */
	#here(script: string): string {
		return script
			.replaceAll("http://192.168.1.20:12368", this.#device.url)
			.replaceAll("192.168.1.20", this.#device.url)
			.replaceAll("https://repo.example/team/device", this.#repository.url);
	}

	#path(...names: string[]): string {
		return join(this.#directory, ...names);
	}

	#install(): void {
		this.#program("pvpkg", `exec '${process.execPath}' '${PROGRAM}' "$@"`);
		// A key service: it signs what comes, and keeps its key.
		this.#program("kms-sign", "exec openssl dgst -sha256 -sign ~/.kms.pem");
		const files = this.#path("files");
		mkdirSync(files);
		const { privateKey, publicKey } = createDemoKey();
		writeFileSync(join(files, "key.pem"), privateKey);
		writeFileSync(join(files, "public.pem"), publicKey);
		const attester = createImageSigner();
		writeFileSync(join(files, "attest.pem"), attester.privateKey.export({ type: "pkcs8", format: "pem" }));
		writeFileSync(join(files, "attest.pub"), attester.publicKey);
		writeFileSync(join(files, "team.pub"), this.#fillRegistry());
		writeFileSync(join(files, "pvpkg.tgz"), "the release of pvpkg");
		const hosts = [...new Set(IMAGES.map(([host]) => host))].map((host) => {
			const location = `${this.#registry.host}/${host}`;
			return `[[registry]]\nprefix = "${host}"\nlocation = "${location}"\ninsecure = true\n`;
		});
		writeFileSync(this.#path("registries.conf"), hosts.join("\n"));
	}

	#program(name: string, line: string): void {
		mkdirSync(this.#path("bin"), { recursive: true });
		writeFileSync(this.#path("bin", name), `#!/bin/sh\n${line}\n`);
		chmodSync(this.#path("bin", name), 0o755);
	}

	/** Puts the demo image under every name, signed. @returns the public key, PEM. */
	#fillRegistry(): string {
		const { blobs, index } = createDemoImage(SMALL);
		const signer = createImageSigner();
		for (const [host, name, tag] of IMAGES) {
			const repository = `${host}/${name}`;
			for (const { digest, bytes, mediaType } of blobs.values()) {
				if (/manifest|index/.test(mediaType)) {
					const names = digest === index ? [undefined, tag] : [undefined];
					for (const one of names) this.#registry.addManifest(repository, one, bytes, mediaType);
				} else this.#registry.addBlob(bytes, mediaType);
			}
			const identity = `${host}/${name}`;
			putSignature(this.#registry, repository, parseDigest(index), signer, claimOf(index, identity));
		}
		return signer.publicKey;
	}
}
