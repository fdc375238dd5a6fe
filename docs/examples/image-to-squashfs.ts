// From a registry to a squashfs, with the rooms alone: image, tree, file.
import { tmpdir } from "node:os";
import { openRegistry, parsePlatform, parseReference, resolveImages } from "pvpkg/registry";
import { flatten, Spool } from "pvpkg/rootfs";
import { writeSquashfs } from "pvpkg/squashfs";

const [image = "alpine:3.20"] = process.argv.slice(2);
const source = openRegistry(parseReference(image), { env: process.env });
const [found] = await resolveImages(source, [parsePlatform("linux/arm64")]);
const spool = Spool.create(tmpdir()); // Where the bodies of files wait.
const tree = await flatten(found!.layers, spool);
const { size, inodes } = await writeSquashfs(tree, "image.squashfs", {
	compressor: { name: "zstd", level: 15 },
});
console.log(`${inodes} inodes in ${size} bytes`);
spool.close();
await source.close();
