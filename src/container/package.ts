import { BytesError, contentSha256 } from "../ground/bytes/index.js";
import { openFileContent } from "../ground/files/index.js";
import { formatPlatform, type Platform } from "../image/oci/index.js";
import {
	type ArchiveSummary,
	type ByteSink,
	mergePart,
	type ObjectSource,
	type PendingArchive,
	partObjects,
	writeArchive,
	writeArchiveFile,
} from "../pantavisor/package/index.js";
import { findLabel } from "../pantavisor/project/index.js";
import { partSelection, type Signer, signState } from "../pantavisor/signing/index.js";
import type { Compat } from "../pantavisor/source/index.js";
import { emptyState, encodeState, type State } from "../pantavisor/state/index.js";
import { choicesOf, type Evidence, objectDigests, stateDigests } from "./evidence.js";
import { madeKey } from "./made-images.js";
import type { Container } from "./make.js";
import { checkWholeState } from "./rules.js";
import type { Run } from "./run.js";
import type { RunSettings } from "./settings.js";

/** Who signs, and what the signatures cover. */
export interface Signing {
	readonly signer: Signer;
	/** Leaves `_config/NAME` out of the signatures. */
	readonly noConfig?: boolean | undefined;
}

/** What a package needs besides its containers. */
export interface PackageRequest {
	/** The requested platform. */
	readonly platform: Platform;
	readonly signing?: Signing | undefined;
	readonly compat?: Compat | undefined;
	/** Group of containers that do not name one. */
	readonly group?: string | undefined;
}

/** A state with its objects, and its evidence, before the package is written. */
export interface PackageContent {
	readonly state: State;
	readonly objects: ObjectSource;
	readonly evidence: Omit<Evidence, "package" | "documents">;
}

/**
 * Puts containers into one state, applies the rules for whole states, and signs each container.
 * @throws PantavisorError ERR_STATE for a state that a device would deploy wrongly, or not at all.
 */
export async function assemblePackage(
	run: Run,
	containers: readonly Container[],
	request: PackageRequest,
): Promise<PackageContent> {
	const { platform, signing } = request;
	const parts = containers.map(({ part }) => part);
	const unsigned = parts.reduce(mergePart, emptyState());
	const found = run.findings();
	const own = containers.flatMap(({ findings }) => findings);
	checkWholeState(unsigned, own, found);
	const state = await sign(unsigned, containers, signing);
	const evidence = {
		platform,
		label: findLabel(platform),
		choices: choicesOf(run.settings, request),
		containers: containers.map((container) => container.evidence),
		findings: [...own, ...found.list],
		state: stateDigests(state),
		objects: objectDigests(parts),
	};
	return { state, objects: partObjects(parts), evidence };
}

async function sign(
	unsigned: State,
	containers: readonly Container[],
	signing: Signing | undefined,
): Promise<State> {
	let state = unsigned;
	for (const { part } of signing === undefined ? [] : containers) {
		const selection = partSelection(part.name, { noConfig: signing!.noConfig });
		state = await signState(state, { name: part.name, selection }, signing!.signer);
	}
	return state;
}

/** A complete package file beside its final place, which it takes by `commit`. */
export interface PendingPackage {
	readonly evidence: Evidence;
	commit(): void;
	discard(): void;
}

/**
 * Writes a package file beside its final place, compressed unless its name ends with `.tar`. Keeps the file
 * of an earlier run if it has the same content.
 */
export async function writePackage(run: Run, content: PackageContent, path: string): Promise<PendingPackage> {
	const { commit, discard, ...summary } = await writeFile(run, content, path);
	const evidence = { ...content.evidence, package: { ...summary, path }, documents: [] };
	return { evidence, commit, discard };
}

async function writeFile(run: Run, content: PackageContent, path: string): Promise<PendingArchive> {
	const { store, settings } = run;
	const { state, objects, evidence } = content;
	const platform = formatPlatform(evidence.platform);
	const gzip = !path.endsWith(".tar");
	const key = madeKey("package", [encodeState(state), gzip]);
	const known = parseSummary(store.readRecord(key));
	if (known !== undefined && fileSha256(path) === known.sha256) {
		run.note(`${platform}: ${path}: unchanged`);
		return { ...known, commit() {}, discard() {} };
	}
	const onProgress = packageProgress(platform, settings);
	const { commit, discard, ...summary } = await writeArchiveFile(state, objects, path, { gzip, onProgress });
	// After an error in the package of another platform, this one is not needed.
	if (settings.signal?.aborted) discard();
	settings.signal?.throwIfAborted();
	store.writeRecord(key, JSON.stringify(summary));
	return { ...summary, commit, discard };
}

/** Returns a recorded summary; undefined if it has another form. */
function parseSummary(record: string | undefined): ArchiveSummary | undefined {
	try {
		const summary = JSON.parse(record ?? "null") as Partial<ArchiveSummary> | null;
		return typeof summary?.sha256 === "string" ? (summary as ArchiveSummary) : undefined;
	} catch {
		return undefined;
	}
}

/** Returns the SHA-256 of a file; undefined if it does not exist. */
function fileSha256(path: string): string | undefined {
	try {
		const file = openFileContent(path);
		const sha256 = contentSha256(file);
		file.close();
		return sha256;
	} catch (error) {
		if (error instanceof BytesError) return undefined;
		throw error;
	}
}

/** Streams a package to a sink. */
export async function streamPackage(run: Run, content: PackageContent, sink: ByteSink): Promise<Evidence> {
	const { state, objects, evidence } = content;
	const onProgress = packageProgress(formatPlatform(evidence.platform), run.settings);
	const summary = await writeArchive(state, objects, sink, { onProgress });
	return { ...evidence, package: { ...summary, path: undefined }, documents: [] };
}

function packageProgress(platform: string, { onProgress }: RunSettings) {
	return (done: number, total: number): void => onProgress?.({ platform, phase: "package", done, total });
}
