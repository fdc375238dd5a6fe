import { PendingFile } from "../bytes/index.js";
import {
	type ArchiveSummary,
	type ByteSink,
	type ObjectSource,
	partObjects,
	writeArchive,
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

/** A package written beside its place; `commit` puts it there. */
export interface PendingPackage extends ArchiveSummary {
	commit(): void;
	discard(): void;
}

/** Writes a package file, compressed unless its name ends with `.tar`. */
export async function writePackageFile(
	content: PackageContent,
	path: string,
	platform: string,
	settings: BuildSettings,
): Promise<PendingPackage> {
	const file = PendingFile.create(path);
	let position = 0;
	const write = (bytes: Uint8Array): void => {
		file.write(bytes, position);
		position += bytes.length;
	};
	try {
		const summary = await writePackage(
			content,
			{ write },
			{ gzip: !path.endsWith(".tar"), platform },
			settings,
		);
		return { ...summary, commit: () => file.commit(), discard: () => file.discard() };
	} catch (error) {
		file.discard();
		throw error;
	}
}

/** Streams a package to a sink. */
export async function writePackage(
	{ state, objects }: PackageContent,
	sink: ByteSink,
	{ gzip, platform }: { readonly gzip: boolean; readonly platform: string },
	{ onProgress }: BuildSettings,
): Promise<ArchiveSummary> {
	const report = (done: number, total: number) => onProgress?.({ platform, phase: "package", done, total });
	return writeArchive(state, objects, sink, { gzip, onProgress: report });
}
