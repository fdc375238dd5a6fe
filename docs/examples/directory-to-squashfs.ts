// A plain directory as a squashfs that belongs to root, and what is in it: pvpkg/squashfs by itself.
import { readRootfsDirectory } from "pvpkg/rootfs";
import {
	applyFormatOptions,
	openFileContent,
	parseFormatOptions,
	readSquashfs,
	writeSquashfs,
} from "pvpkg/squashfs";

const [directory = "site"] = process.argv.slice(2);
const options = parseFormatOptions("-comp xz -all-root -mkfs-time 0 -all-time 0");
const tree = applyFormatOptions(await readRootfsDirectory(directory), options);
await writeSquashfs(tree, "site.squashfs", options.image);

const content = openFileContent("site.squashfs");
for await (const { path, kind } of readSquashfs(content)) console.log(kind, path);
content.close();
