import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseReference } from "../../src/image/oci/index.js";
import { openRegistry } from "../../src/image/registry/index.js";
import { needs } from "../support/needs.js";
import { runBeside } from "../support/programs.js";
import type { TestRegistry } from "../support/registry.js";
import { closeAll, directoryOf, startRegistry } from "../support/registry-client.js";

const AMD64 = { os: "linux", architecture: "amd64" };

needs("skopeo").describe("registries.conf leads to where skopeo goes (needs skopeo)", () => {
	let one: TestRegistry;
	let two: TestRegistry;
	let digest: string;

	beforeAll(async () => {
		[one, two] = [await startRegistry(), await startRegistry()];
		for (const registry of [one, two]) {
			for (const repository of ["team/app", "copy/team/app", "copy/app", "app"]) {
				digest = registry.addImage(repository, AMD64, [Buffer.from("layer")], "1").digest;
			}
		}
	});
	afterAll(closeAll);

	/** The place that served the manifest, or `refused`. */
	async function served(ask: () => Promise<unknown>): Promise<string> {
		const before = [one, two].map(({ calls }) => calls.length);
		const isDone = await ask().then(
			() => true,
			() => false,
		);
		const asked = [one, two].flatMap((registry, at) =>
			registry.calls.slice(before[at]).map(({ path }) => `${at === 0 ? "one" : "two"} ${path}`),
		);
		return isDone ? (asked.filter((path) => path.includes("/manifests/")).at(-1) ?? "nobody") : "refused";
	}

	test.each<[string, (one: string, two: string) => string, string]>([
		[
			"location",
			(a) => `[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"location of a namespace",
			(a) => `[[registry]]\nprefix="reg.example/team"\nlocation="${a}"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"location with a path",
			(a) => `[[registry]]\nprefix="reg.example"\nlocation="${a}/copy"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"no half of a name",
			(a) => `[[registry]]\nprefix="reg.example/te"\nlocation="${a}"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"the longest prefix",
			(a, b) =>
				`[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true\n[[registry]]\nprefix="reg.example/team"\nlocation="${b}"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"a domain",
			(a) => `[[registry]]\nprefix="*.example"\nlocation="${a}"\ninsecure=true`,
			"reg.team.example/app:1",
		],
		["blocked", (a) => `[[registry]]\nlocation="${a}"\nblocked=true\ninsecure=true`, "ONE/team/app:1"],
		[
			"blocked, another part",
			(a) =>
				`[[registry]]\nprefix="${a}/other"\nlocation="${a}/other"\nblocked=true\n[[registry]]\nlocation="${a}"\ninsecure=true`,
			"ONE/team/app:1",
		],
		[
			"blocked by its name",
			(a) => `[[registry]]\nprefix="${a}/team/app"\nlocation="${a}/team/app"\nblocked=true`,
			"ONE/team/app:1",
		],
		[
			"a mirror",
			(a, b) =>
				`[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true\n[[registry.mirror]]\nlocation="${b}/copy"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"a mirror that does not have it",
			(a, b) =>
				`[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true\n[[registry.mirror]]\nlocation="${b}/gone"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"a mirror for digests, by tag",
			(a, b) =>
				`[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true\nmirror-by-digest-only=true\n[[registry.mirror]]\nlocation="${b}"\ninsecure=true`,
			"reg.example/team/app:1",
		],
		[
			"a mirror for digests, by digest",
			(a, b) =>
				`[[registry]]\nprefix="reg.example"\nlocation="${a}"\ninsecure=true\nmirror-by-digest-only=true\n[[registry.mirror]]\nlocation="${b}"\ninsecure=true`,
			"reg.example/team/app@DIGEST",
		],
		["no TOML", () => "[[registry]", "ONE/team/app:1"],
		["an address", (a) => `[[registry]]\nlocation="http://${a}"`, "ONE/team/app:1"],
	])("%s", async (_, conf, name) => {
		const home = directoryOf({});
		mkdirSync(join(home, ".config/containers"), { recursive: true });
		// Names of registries that a short name might stand for need no answer here.
		writeFileSync(join(home, ".config/containers/registries.conf"), `${conf(one.host, two.host)}\n`);
		const image = name.replace("ONE", one.host).replace("DIGEST", digest);
		// TLS is not what this is about, so that loopback is insecure for skopeo, too.
		const tls = image.startsWith(one.host) ? ["--tls-verify=false"] : [];
		const env = ["-i", `HOME=${home}`, `PATH=${process.env.PATH}`];
		const skopeo = await served(() =>
			runBeside("env", ...env, "skopeo", "inspect", "--raw", ...tls, `docker://${image}`),
		);
		const pvpkg = await served(async () => {
			const source = openRegistry(parseReference(image), { home, retries: 0, timeout: 60_000 });
			try {
				await source.fetchManifest();
			} finally {
				await source.close();
			}
		});
		expect(pvpkg).toBe(skopeo);
	});
});
