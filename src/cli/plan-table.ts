import { formatPlatform, formatSize, type PullPlan } from "../internal.js";
import type { ImagePlan } from "./documents/documents.js";
import { formatTable } from "./terminal.js";

const REASONS = { exact: "exact", fallback: "fallback", single: "only image", given: "as given" } as const;

/** Returns a plan as text. */
export function formatPlan(plan: PullPlan): string {
	const blobs = new Map(plan.blobs.map((blob) => [blob.digest, blob]));
	const platforms = plan.platforms.map(({ requested, platform, match, digest, size, layers }) => {
		const stored = layers.reduce((sum, layer) => sum + (blobs.get(layer)?.stored ?? 0), 0);
		const here = match === "given" ? size : stored;
		const [wanted, chosen] = [formatPlatform(requested), formatPlatform(platform)];
		return [
			wanted,
			chosen,
			REASONS[match],
			String(layers.length),
			sizeOrUnknown(size),
			sizeOrUnknown(here),
			digest ?? "-",
		];
	});
	const disks = plan.disks.map(({ directories, needed, free }) => [
		directories.join(", "),
		formatSize(needed),
		formatSize(free),
	]);
	return [
		formatTable([["PLATFORM", "CHOSEN", "WHY", "LAYERS", "SIZE", "HERE", "DIGEST"], ...platforms]),
		`to fetch: ${formatSize(plan.fetchBytes)}`,
		formatTable([["DIRECTORY", "NEEDS ABOUT", "FREE"], ...disks]),
	].join("\n\n");
}

/** Returns a plan as `--json` prints it. */
export function plainPlan({ platforms, blobs, fetchBytes, disks }: PullPlan): ImagePlan {
	return {
		platforms: platforms.map((one) => ({
			...one,
			requested: formatPlatform(one.requested),
			platform: formatPlatform(one.platform),
		})),
		blobs,
		transfer: fetchBytes,
		disks,
	};
}

function sizeOrUnknown(bytes: number | undefined): string {
	return bytes === undefined ? "unknown" : formatSize(bytes);
}
