import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { digestBytes } from "../../src/image/oci/index.js";
import { Authority } from "../support/certificates.js";
import { Workplace } from "../support/command-line.js";
import { TYPES } from "../support/memory-source.js";
import { needs } from "../support/needs.js";
import { runBeside } from "../support/programs.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { dir, file } from "../support/tar-members.js";

/** Puts an image of Docker's media types into a registry: pvr takes no others. */
function addDockerImage(registry: TestRegistry, tag: string): void {
	const layer = tarball(
		dir("etc"),
		file("etc/app", `configured ${tag}`),
		dir("bin"),
		file("bin/run", "#!/bin/sh\n", { mode: 0o755 }),
	);
	const layers = [registry.addBlob(gzipSync(layer), TYPES.dockerLayer)];
	const rootfs = { type: "layers", diff_ids: [digestBytes(layer)] };
	const config = registry.addBlob(
		{ os: "linux", architecture: "amd64", config: { Cmd: ["/bin/run"] }, rootfs },
		TYPES.dockerConfig,
	);
	const document = { schemaVersion: 2, mediaType: TYPES.dockerManifest, config, layers };
	registry.addManifest("team/app", tag, document, TYPES.dockerManifest);
}

needs("pvr", "squashfs-tools").test(
	"a package of pvr and one of pvpkg of the same image differ in words",
	async () => {
		const authority = new Authority("registry authority");
		const registry = await TestRegistry.start(authority.issue("127.0.0.1"));
		const place = new Workplace();
		try {
			for (const tag of ["1", "2"]) addDockerImage(registry, tag);
			writeFileSync(place.path("ca.pem"), authority.certificate);
			mkdirSync(place.path("checkout"));
			const environment = { PATH: process.env.PATH, HOME: place.directory, PVR_DISABLE_SELF_UPGRADE: "true" };
			const env = { ...environment, SSL_CERT_FILE: place.path("ca.pem") };
			const image = `${registry.host}/team/app:1`;
			const options = ["--platform", "linux/amd64", "--group", "app"];
			for (const args of [
				["init"],
				["app", "add", "--from", image, "--source", "remote", ...options, "web"],
				["add", "."],
				["commit", "-m", "first"],
				["export", "../pvr.tgz"],
			]) {
				// Whoever runs pvr beside others gives it an end of input, which it waits for otherwise.
				const script = 'cd "$0" && exec pvr "$@" </dev/null';
				const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
				await runBeside("env", "-i", ...variables, "sh", "-c", script, place.path("checkout"), ...args);
			}
			const compared = async (tag: string): Promise<string[]> => {
				const more = [...options, "--no-sign", "--ca-file", "ca.pem", "-o", `${tag}.tgz`];
				const made = ["export", `${registry.host}/team/app:${tag}`, "web", ...more];
				expect((await place.run(made)).code).toBe(0);
				const { code, stdout } = await place.run(["repro", "--compare", "pvr.tgz", `${tag}.tgz`]);
				expect(code).toBe(5);
				return Buffer.from(stdout, "latin1").toString().split("\n").slice(1, -1);
			};
			const lines = await compared("1");
			expect(lines).toContainEqual(expect.stringMatching(/^ {2}member json: tar header: mtime \d{10} ≠ 0$/));
			expect(lines).toContainEqual(
				expect.stringMatching(/^ {2}web\/src\.json: docker_source "remote" ≠ "remote,local"$/),
			);
			expect(lines).toContainEqual(expect.stringMatching(/^ {2}web\/lxc\.container\.conf: line \d+ \(from /));
			expect(lines).toContainEqual(
				expect.stringMatching(/^ {2}web\/root\.squashfs: superblock: modificationTime \d{10} ≠ 0$/),
			);
			expect(lines).toContainEqual(expect.stringMatching(/superblock: flags .* ≠ .*fragments always/));
			// The files are compared, too, although the superblock of mksquashfs always has the time of day.
			const content = /^ {2}web\/root\.squashfs: etc\/app: content from byte 11: 31 ≠ 32$/;
			expect(lines).not.toContainEqual(expect.stringMatching(/etc\/app: content/));
			expect(await compared("2")).toContainEqual(expect.stringMatching(content));
		} finally {
			place.remove();
			await registry.close();
		}
	},
);
