import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { digestBytes } from "../../src/image/oci/index.js";
import { listDirectory, listInodes, listXattrs } from "../support/directory-listing.js";
import { hardlinks, replacements, whiteouts } from "../support/layer-cases.js";
import { memoryLayer, type TarParts, withTree } from "../support/layers.js";
import { describe as descriptor, encode, TYPES } from "../support/memory-source.js";
import { attributes, names } from "../support/name-cases.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink, xattr } from "../support/tar-members.js";

// umoci as root is the reference for what layers mean (docs/formats/images.md#applying-layers).

/** Rows where the table, or our rule, says otherwise than umoci; each has its reason there. */
const DIFFERENT: ReadonlySet<string> = new Set([
	"wh-after-recreate-dir: the hidden directory's attributes are hidden too, as in the other order",
	"a whiteout that is a hard link, as aufs made them",
	"wh-aufs-metadata",
	"mtime-negative, -beyond-32",
	"xattr-on-symlink",
	"xattr-overlay",
	"ACLs and foreign name spaces",
	"dev-overlay-whiteout",
	"type-nul, type-nul-trailing-slash, type-contiguous",
	"sparse-gnu",
	"pax-global",
]);

const work = mkdtempSync(join(tmpdir(), "umoci-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let unpacked = 0;

/** Unpacks an image of these layers; returns its root file system. */
function unpack(archives: readonly Uint8Array[]): string {
	unpacked++;
	const layout = join(work, `layout${unpacked}`);
	const bundle = join(work, `bundle${unpacked}`);
	const put = (mediaType: string, bytes: Uint8Array): object => {
		const path = join(layout, "blobs", digestBytes(bytes).replace(":", "/"));
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, bytes);
		return descriptor(mediaType, bytes);
	};
	const layers = archives.map((bytes) => put(TYPES.layer.replace("+gzip", ""), bytes));
	const diffIds = archives.map((bytes) => digestBytes(bytes));
	const config = {
		os: "linux",
		architecture: "amd64",
		config: {},
		rootfs: { type: "layers", diff_ids: diffIds },
	};
	const manifest = { schemaVersion: 2, config: put(TYPES.config, encode(config)), layers };
	const root = {
		...put(TYPES.manifest, encode(manifest)),
		annotations: { "org.opencontainers.image.ref.name": "t" },
	};
	writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
	writeFileSync(join(layout, "index.json"), encode({ schemaVersion: 2, manifests: [root] }));
	run("umoci", "unpack", "--image", `${layout}:t`, bundle);
	return join(bundle, "rootfs");
}

/** Both trees of the same layers are the same, in everything that lstat shows, and xattrs. */
async function compare(layers: readonly TarParts[]): Promise<void> {
	const archives = layers.map((parts) => tarball(...parts));
	const started = Math.floor(Date.now() / 1000) - 10;
	const root = unpack(archives);
	await withTree(
		archives.map((archive) => memoryLayer(archive)),
		{},
		(tree) => {
			const got = listInodes(tree);
			const expected = listDirectory(root, started);
			// Nothing says what the root is like when no entry describes it.
			if (!layers.some((parts) => parts.some((part) => "path" in part && part.path === "./"))) {
				got.delete(".");
				expected.delete(".");
			}
			// It leaves directories at the time of unpacking when it made some below them unasked.
			for (const [path, text] of expected) {
				if (/^dir .*@now/.test(text)) got.set(path, got.get(path)?.replace(/@\d+/, "@now") ?? "");
			}
			expect(sorted(got)).toEqual(sorted(expected));
		},
	);
}

function sorted(listing: ReadonlyMap<string, string>): string[] {
	return [...listing].map(([path, text]) => `${path} ${text}`).sort();
}

needs("root", "umoci").describe("umoci unpack, as root", () => {
	const rows = [...whiteouts, ...replacements, ...hardlinks, ...names, ...attributes];

	test.each(rows.filter(([row]) => !DIFFERENT.has(row)))("%s", async (_row, layers) => {
		await compare(layers);
	});

	test("random stacks of layers", async () => {
		const path = fc
			.array(fc.constantFrom("a", "b", "c", "\xe9"), { minLength: 1, maxLength: 3 })
			.map((all) => all.join("/"));
		const more = fc.record({
			mode: fc.constantFrom(0o644, 0o4755, 0o1777, 0o600, 0),
			uid: fc.constantFrom(0, 7, 4000000),
			gid: fc.constantFrom(0, 20),
			mtime: fc.constantFrom(0, 5, 1_000_000_000),
		});
		const entry: fc.Arbitrary<TarHeader> = fc.oneof(
			fc
				.tuple(path, fc.constantFrom("x", "y".repeat(5000)), more)
				.map(([at, body, rest]) => file(at, body, rest)),
			fc.tuple(path, more).map(([at, rest]) => dir(at, rest.mode, rest)),
			fc.tuple(path, path).map(([at, target]) => hardlink(at, target)),
			fc
				.tuple(path, fc.constantFrom("/a", "b", "../c", "none"), more)
				.map(([at, to, rest]) => symlink(at, to, rest)),
			fc.tuple(path, more).map(([at, rest]) => fifo(at, rest)),
			fc.tuple(path, more).map(([at, rest]) => characterDevice(at, 5, 300, rest)),
		);
		const hiding = fc
			.tuple(path, fc.constantFrom("a", "b", ".wh..opq"))
			.map(([at, name]) => file(`${at}/.wh.${name}`));
		const layer = fc
			.tuple(fc.array(hiding, { maxLength: 1 }), fc.array(entry, { minLength: 1, maxLength: 5 }))
			.map(([first, rest]) => [...first, ...rest]);
		const stacks = fc.sample(fc.array(layer, { minLength: 1, maxLength: 3 }), { seed: 1, numRuns: 200 });
		let compared = 0;
		for (const stack of stacks) {
			const sound = await withTree(
				stack.map((parts) => memoryLayer(tarball(...parts))),
				{},
				() => true,
			).catch(() => false);
			if (!sound) continue;
			await compare(stack);
			compared++;
		}
		expect(compared).toBeGreaterThan(40);
	});

	test("extended attributes", async () => {
		const layers = [
			[
				dir("d", 0o755, xattr("trusted.k", "v")),
				file("d/f", "x", {
					uid: 7,
					...xattr("security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex")),
				}),
				file("d/g", "x", { pax: { "SCHILY.xattr.user.a": "b=\0\n", "SCHILY.xattr.user.c": "d" } }),
				symlink("d/l", "f", xattr("trusted.l", "v")),
			],
			[file("d/g", "y", xattr("user.e", "f"))],
		];
		const archives = layers.map((parts) => tarball(...parts));
		const expected = listXattrs(unpack(archives));
		await withTree(
			archives.map((archive) => memoryLayer(archive)),
			{},
			(tree) => {
				const got: string[] = [];
				const directory = [...tree.root.entries.values()][0];
				if (directory?.kind !== "directory") throw new Error("no directory");
				for (const [path, inode] of [
					["./d", directory] as const,
					...[...directory.entries].map(([name, child]) => [`./d/${name}`, child] as const),
				]) {
					for (const [name, value] of inode.attributes.xattrs)
						got.push(`${path} ${name}=0x${Buffer.from(value).toString("hex")}`);
				}
				expect(got.sort()).toEqual(expected);
				expect(got).toHaveLength(4);
			},
		);
	});
});
