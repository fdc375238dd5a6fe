import { PendingFile } from "../src/bytes/index.js";
import { readRootfsDirectory } from "../src/sources/rootfs-directory.js";
import { BlockCache, DEFAULT_IMAGE_OPTIONS, writeImage } from "../src/squashfs/index.js";

const [, , source, target, comp = "gzip", order = "similar", directory] = process.argv;
const start = performance.now();
const tree = readRootfsDirectory(source!);
const read = performance.now();
const file = PendingFile.create(target!);
const compressor = comp === "gzip" ? { name: "gzip", level: 9, windowLog: 15 } : { name: "xz", tier: comp };
const store = directory ? new BlockCache({ directory, onWarning: console.log }) : undefined;
const stats = await writeImage(tree, file, { ...DEFAULT_IMAGE_OPTIONS, compressor, order } as never, {
	store,
});
const t1 = performance.now();
file.commit();
const t2 = performance.now();
store?.commit();
store?.close();
console.log(
	stats.bytesUsed,
	"read",
	read - start,
	"write",
	t1 - read,
	"fsync",
	t2 - t1,
	"cache",
	performance.now() - t2,
	"cpu",
	process.cpuUsage().user / 1e6,
	process.resourceUsage().maxRSS,
);
