import { createHash } from "node:crypto";
import { type PlatformReport, reportPlatform } from "../../src/compare/report/platform-report.js";
import type { Side } from "../../src/compare/report/side.js";
import type { ImageOptions } from "../../src/doors/squashfs.js";
import { bufferContent, type Content } from "../../src/ground/bytes/index.js";
import { jsonValue, type PlainJson } from "../../src/ground/json/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import { imageBytes } from "./squashfs-images.js";

/** A package in memory: trees become squashfs objects, bytes objects, and all else documents. */
export async function sideOf(
	files: Readonly<Record<string, RootfsTree | Uint8Array | PlainJson>>,
	{
		platform = "arm32v6",
		size,
		...options
	}: Partial<ImageOptions> & { platform?: string; size?: number } = {},
): Promise<Side> {
	const state = new Map([["#spec", jsonValue("pantavisor-service-system@1")]]);
	const objects = new Map<string, Content>();
	for (const [path, value] of Object.entries(files)) {
		const bytes =
			value instanceof Uint8Array ? value : isTree(value) ? await imageBytes(value, options) : undefined;
		if (bytes === undefined) {
			state.set(path, jsonValue(value as PlainJson));
			continue;
		}
		const sha256 = createHash("sha256").update(bytes).digest("hex");
		objects.set(sha256, bufferContent(bytes, sha256));
		state.set(path, sha256);
	}
	const text = Buffer.from(encodeState(state));
	const file = size === undefined ? undefined : { size, sha256: async () => "0".repeat(64) };
	return { name: "demo.tgz", platform, file, state, text, objects };
}

function isTree(value: unknown): value is RootfsTree {
	return typeof value === "object" && value !== null && "root" in value;
}

/** The report of two trees that are root.squashfs of a container. */
export async function reportOf(
	before: RootfsTree | undefined,
	after: RootfsTree,
	options: Partial<ImageOptions> = {},
): Promise<PlatformReport> {
	const side = (tree: RootfsTree) => sideOf({ "demo/root.squashfs": tree }, options);
	return await reportPlatform(before && (await side(before)), await side(after));
}
