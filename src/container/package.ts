import { BytesError, contentBytes, contentSha256 } from "../ground/bytes/index.js";
import { openFileContent } from "../ground/files/index.js";
import {
	type ArchiveSummary,
	type ByteSink,
	mergePart,
	type ObjectSource,
	type Part,
	type PendingArchive,
	partObjects,
	writeArchive,
	writeArchiveFile,
} from "../pantavisor/package/index.js";
import { type Finding, lintLxcConfig, lintState } from "../pantavisor/rules/index.js";
import { partSelection, type Signer, signState } from "../pantavisor/signing/index.js";
import { emptyState, encodeState, PantavisorError, type State } from "../pantavisor/state/index.js";
import { finishedKey } from "./finished.js";
import type { BuildSettings } from "./settings.js";
import type { Workshop } from "./workshop.js";

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

/**
 * Puts parts into one state and signs each; tells what a device would stumble over, as `verify` does.
 * @throws PantavisorError ERR_STATE for a state that a device would deploy wrongly, or not at all.
 */
export async function assembleParts(
	parts: readonly Part[],
	signing: Signing | undefined,
	{ onWarning }: BuildSettings,
): Promise<PackageContent> {
	let state = parts.reduce(mergePart, emptyState());
	checkState(state, parts, onWarning);
	for (const { name } of signing === undefined ? [] : parts) {
		const selection = partSelection(name, { noConfig: signing!.noConfig });
		state = await signState(state, { name, selection }, signing!.signer);
	}
	return { state, objects: partObjects(parts) };
}

function checkState(state: State, parts: readonly Part[], onWarning: BuildSettings["onWarning"]): void {
	const findings = [...lintState(state), ...parts.flatMap(lintConfiguration)];
	for (const { severity, code, subject, message } of findings) {
		// A bad setting is the container's own matter; keys and values may reach beyond it.
		if (severity === "error" && code.startsWith("STATE_")) {
			throw new PantavisorError("ERR_STATE", `${subject}: put into a package: ${message}`);
		}
		onWarning?.(`${subject}: ${message}`);
	}
}

function lintConfiguration({ name, objects }: Part): Finding[] {
	const key = `${name}/lxc.container.conf`;
	const conf = objects.get(key);
	return conf === undefined ? [] : lintLxcConfig(Buffer.from(contentBytes(conf)).toString("utf8"), key);
}

/**
 * Writes a package file beside its place, compressed unless its name ends with `.tar`. The very
 * file that an earlier run made of the same content stays as it is.
 */
export async function writePackageFile(
	{ store, settings }: Workshop,
	{ state, objects }: PackageContent,
	path: string,
	platform: string,
): Promise<PendingArchive> {
	const gzip = !path.endsWith(".tar");
	const key = finishedKey("package", [encodeState(state), gzip]);
	const known = parseSummary(store.readRecord(key));
	if (known !== undefined && fileSha256(path) === known.sha256) {
		settings.onNote?.(`${platform}: ${path} is the same as before`);
		return { ...known, commit() {}, discard() {} };
	}
	const onProgress = packageProgress(platform, settings);
	const { commit, discard, ...summary } = await writeArchiveFile(state, objects, path, { gzip, onProgress });
	// After an error in another platform's package nobody would take this one.
	if (settings.signal?.aborted) discard();
	settings.signal?.throwIfAborted();
	store.writeRecord(key, JSON.stringify(summary));
	return { ...summary, commit, discard };
}

function parseSummary(record: string | undefined): ArchiveSummary | undefined {
	return record === undefined ? undefined : (JSON.parse(record) as ArchiveSummary);
}

/** Undefined where there is no such file. */
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
