import fc from "fast-check";
import type { ImageLayer } from "../../src/image/oci/index.js";
import { memoryLayer } from "./layers.js";
import { type TarHeader, tarball } from "./tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink, xattr } from "./tar-members.js";

const name = fc.constantFrom("a", "b", "c");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const parent = fc.oneof(
	fc.constant(""),
	path.map((text) => `${text}/`),
);
/** Some of these are warned about. */
const more = fc.oneof(
	{ weight: 4, arbitrary: fc.constant({}) },
	fc.constantFrom(
		{ uid: 7, gid: 8, mtime: 99 },
		{ ...xattr("user.kept", "1") },
		{ ...xattr("system.posix_acl_access", "left out") },
		{ uid: 0xffff_ffff },
	),
);
const entry: fc.Arbitrary<TarHeader> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc
			.tuple(path, fc.constantFrom("x", "y"), more)
			.map(([at, body, rest]) => file(at, body, rest)),
	},
	{
		weight: 6,
		arbitrary: fc
			.tuple(path, fc.constantFrom(0o700, 0o711), more)
			.map(([at, mode, rest]) => dir(at, mode, rest)),
	},
	{ weight: 2, arbitrary: fc.tuple(path, path).map(([at, target]) => hardlink(at, target)) },
	{
		weight: 2,
		arbitrary: fc.tuple(path, fc.constantFrom("a", "/b", "../c", "c/a")).map(([at, to]) => symlink(at, to)),
	},
	{ weight: 1, arbitrary: path.map((at) => fifo(at)) },
	{
		weight: 1,
		arbitrary: fc.tuple(path, fc.nat(1)).map(([at, minor]) => characterDevice(at, 0, minor)),
	},
	{ weight: 2, arbitrary: fc.tuple(parent, name).map(([above, hidden]) => file(`${above}.wh.${hidden}`)) },
	{ weight: 1, arbitrary: parent.map((above) => file(`${above}.wh..wh..opq`)) },
	{ weight: 1, arbitrary: fc.constant(dir("./", 0o711)) },
);

/** A layer of up to eight members of all kinds over few names; one in twelve is another archive than its diffID says. */
const layer: fc.Arbitrary<ImageLayer> = fc
	.tuple(fc.array(entry, { maxLength: 8 }), fc.nat(11))
	.map(([members, coin]) => {
		const archive = tarball(...members);
		return coin > 0 ? memoryLayer(archive) : memoryLayer(archive, Buffer.from("another"));
	});

/** Images made of few layers, so that many begin with the same ones. */
export const layerStacks: fc.Arbitrary<readonly (readonly ImageLayer[])[]> = fc
	.array(layer, { minLength: 2, maxLength: 4 })
	.chain((layers) =>
		fc.array(fc.array(fc.constantFrom(...layers), { minLength: 1, maxLength: 5 }), {
			minLength: 2,
			maxLength: 6,
		}),
	);
