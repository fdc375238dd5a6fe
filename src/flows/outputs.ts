import { resolve } from "node:path";
import { BuildError } from "../container/index.js";
import { commitAll } from "../ground/files/index.js";
import type { Platform } from "../image/oci/index.js";
import { type ArchLabel, distinctLabels, ReleaseError } from "../pantavisor/project/index.js";
import type { ExportRequest } from "./requests.js";

/** A complete output, beside its final place until `commit` is called. */
export interface PendingOutput {
	commit(): void;
	discard(): void;
}

/** Calls `use` with a list for its outputs. All of them are put in place at the end, or none. */
export async function allOrNothing<T>(use: (pending: PendingOutput[]) => Promise<T>): Promise<T> {
	const pending: PendingOutput[] = [];
	try {
		const result = await use(pending);
		await commitAll(pending);
		return result;
	} finally {
		for (const output of pending) output.discard();
	}
}

/**
 * Returns the path of each platform's package.
 * @throws ReleaseError, BuildError where two of them would be one file.
 */
export function packagePaths(
	{ path }: Pick<ExportRequest, "path">,
	inputs: readonly { readonly platform: Platform | undefined }[],
): string[] {
	const labels = distinctLabels(inputs.map(({ platform }) => platform!));
	const paths = labels.map((label) => path(label));
	checkDistinctPaths(paths, labels);
	return paths;
}

/** Refuses two packages with one path, of which the second would replace the first. */
function checkDistinctPaths(paths: readonly string[], labels: readonly ArchLabel[]): void {
	const second = paths.findIndex(
		(path, at) => paths.map((other) => resolve(other)).indexOf(resolve(path)) !== at,
	);
	if (second < 0) return;
	const path = paths[second]!;
	const reason = `expected a name for each platform, got one for ${labels[paths.indexOf(path)]} and ${labels[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: write packages: ${reason}`);
}

/** Two packages of one name would leave only the last, and a package cannot take the place of a checkout. */
export function checkDistinctNames(names: readonly string[], labels: readonly ArchLabel[]): void {
	const taken = names.find((name) => labels.some((label) => label === name));
	if (taken !== undefined) {
		throw new ReleaseError("ERR_RELEASE_NAME", `${taken}: package name: is also the name of the checkout`);
	}
	const second = names.findIndex((name, i) => names.indexOf(name) !== i);
	if (second < 0) return;
	const name = names[second]!;
	const reason = `expected $ARCH in the template, got one name for ${labels[names.indexOf(name)]} and ${labels[second]}`;
	throw new ReleaseError("ERR_RELEASE_NAME", `${name}: package name: ${reason}`);
}
