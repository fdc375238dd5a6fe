import { PendingFile } from "../src/bytes/index.js";
import { DEFAULT_IMAGE_OPTIONS, writeImage } from "../src/squashfs/index.js";
import { readDirectoryTree } from "./directory-tree.js";

const [, , source, target, comp = "gzip", order = "similar"] = process.argv;
const start = performance.now();
const tree = readDirectoryTree(source!);
const read = performance.now();
const file = PendingFile.create(target!);
const compressor = comp === "gzip" ? { name: "gzip", level: 9, windowLog: 15 } : { name: "xz", tier: comp };
const stats = await writeImage(tree, file, { ...DEFAULT_IMAGE_OPTIONS, compressor, order } as never);
file.commit();
console.log(
	stats,
	"read",
	read - start,
	"write",
	performance.now() - read,
	process.resourceUsage().userCPUTime / 1e6,
	process.resourceUsage().maxRSS,
);
