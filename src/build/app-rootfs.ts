import { isDirectory, Spool } from "../bytes/index.js";
import { rootfsSource } from "../pantavisor/index.js";
import type { RootfsTree } from "../rootfs/index.js";
import { readArchiveTree } from "../rootfs/index.js";
import { isRootfsLocation, parseImageLocation, readRootfs } from "../sources/index.js";
import type { AddAppRequest } from "./app.js";
import type { AppBench } from "./app-bench.js";
import { openUrl } from "./download.js";
import { formatOptionsOf, writeTree } from "./root-image.js";
import type { Workshop } from "./workshop.js";

/** A container of a root file system: a directory, an archive, or an address; taken as it is (4.8). */
export async function addRootfs(
	bench: AppBench,
	{ name, from, options }: Pick<AddAppRequest, "name" | "from" | "options">,
): Promise<void> {
	const { workshop } = bench;
	const format = formatOptionsOf(workshop.settings, options.formatOptions);
	for (const note of format.notes) workshop.settings.onNote?.(note);
	const spool = Spool.create(workshop.settings.temporaryDirectory);
	try {
		const tree = await readRoot(workshop, from, spool);
		const image = await writeTree(workshop, tree, format, { subject: name });
		const { config, ...rest } = options;
		const source = rootfsSource(from, `sha256:${image.sha256}`, rest);
		await bench.write(name, { ...source, dockerConfig: config }, new Map([["root.squashfs", image]]));
	} finally {
		spool.close();
	}
}

function readRoot(workshop: Workshop, from: string, spool: Spool): Promise<RootfsTree> {
	const { time, maximumTime, onWarning, signal, registry } = workshop.settings;
	const options = { time, maximumTime, onWarning, signal };
	if (/^https?:\/\//.test(from)) {
		return readArchiveTree(
			from.replace(/^(https?:\/\/)[^/]*@/, "$1"),
			openUrl(from, registry, signal),
			spool,
			options,
		);
	}
	const named = /^(dir|tar):/.test(from) ? from : `${isDirectory(from) ? "dir" : "tar"}:${from}`;
	const location = parseImageLocation(named);
	if (!isRootfsLocation(location)) throw new TypeError(`${named}: expected a root file system`);
	return readRootfs(location, spool, workshop.sourceContext, options);
}
