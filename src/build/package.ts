import {
	type ArchiveSummary,
	type ByteSink,
	type ObjectSource,
	type PendingArchive,
	partObjects,
	writeArchive,
	writeArchiveFile,
} from "../export/index.js";
import { emptyState, mergePart, type Part, type State } from "../pantavisor/index.js";
import { partSelection, type Signer, signState } from "../signing/index.js";
import type { BuildSettings } from "./settings.js";

/** Who signs, and how much. */
export interface Signing {
	readonly signer: Signer;
	/** Leaves `_config/NAME` out of the signatures. */
	readonly noConfig?: boolean | undefined;
}

/** A state with the objects that it names. */
export interface PackageContent {
	readonly state: State;
	readonly objects: ObjectSource;
}

/** Puts parts into one state and signs each. */
export async function assembleParts(
	parts: readonly Part[],
	signing: Signing | undefined,
): Promise<PackageContent> {
	let state = parts.reduce(mergePart, emptyState());
	for (const { name } of signing === undefined ? [] : parts) {
		const selection = partSelection(name, { noConfig: signing!.noConfig });
		state = await signState(state, { name, selection }, signing!.signer);
	}
	return { state, objects: partObjects(parts) };
}

/** Writes a package file beside its place, compressed unless its name ends with `.tar`. */
export function writePackageFile(
	{ state, objects }: PackageContent,
	path: string,
	platform: string,
	settings: BuildSettings,
): Promise<PendingArchive> {
	const onProgress = packageProgress(platform, settings);
	return writeArchiveFile(state, objects, path, { gzip: !path.endsWith(".tar"), onProgress });
}

/** Streams a package to a sink. */
export function streamPackage(
	{ state, objects }: PackageContent,
	sink: ByteSink,
	platform: string,
	settings: BuildSettings,
): Promise<ArchiveSummary> {
	return writeArchive(state, objects, sink, { onProgress: packageProgress(platform, settings) });
}

function packageProgress(platform: string, { onProgress }: BuildSettings) {
	return (done: number, total: number): void => onProgress?.({ platform, phase: "package", done, total });
}
