import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { otherNodes } from "../support/node-versions.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const STATUS = "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";

needs("other versions of Node").describe(
	"every version of Node makes the same bytes (needs other versions of Node)",
	() => {
		let place: Workplace;
		let count = 0;
		const script = 'shift; exec "$TEST_NODE" "$@"';

		/** Exports with everything beside the package, by this Node or another one, without a cache. */
		async function exportBy(node: string): Promise<Map<string, string>> {
			const directory = `out-${++count}`;
			const args = [
				"export",
				"oci:image:v1",
				"web",
				"-p",
				"linux/amd64",
				"-o",
				`${directory}/`,
				"--no-cache",
			];
			const evidence = ["--sbom", "spdx-json,cyclonedx-json", "--provenance", "--tier", "fast"];
			const result = await place.run([...args, ...evidence], {
				env: { TEST_NODE: node },
				wrapper: ["sh", "-c", script, "sh"],
			});
			expect(result.code, result.stderr).toBe(0);
			const names = readdirSync(place.path(directory)).sort();
			return new Map(names.map((name) => [name, readFileSync(place.path(`${directory}/${name}`), "base64")]));
		}

		beforeAll(() => {
			place = new Workplace();
			const layout = new LayoutDirectory(place.path("image"));
			const large = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * at) % 251));
			const archive = tarball(
				file("etc/app", "one"),
				file("usr/bin/large", large),
				file("var/lib/dpkg/status", STATUS),
			);
			layout.tag("v1", [
				layout.addImage({ os: "linux", architecture: "amd64" }, [{ archive, compression: "gzip" }]),
			]);
		});
		afterAll(() => place.remove());

		test.each(otherNodes())("Node $major", async ({ path }) => {
			const own = await exportBy(process.execPath);
			// An ECDSA signature is random by nature; the key of these tests makes others.
			expect(own.size).toBeGreaterThan(3);
			expect(await exportBy(path)).toEqual(own);
		});
	},
);
