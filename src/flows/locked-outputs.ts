import { type Inputs, inputsOf } from "../compare/repro/index.js";
import { type Choices, type Evidence, type RunSettings, writePackage } from "../container/index.js";
import { FileChanges, placeBelow, readFileIfPresent, TemporaryDirectory } from "../ground/files/index.js";
import { type JsonObject, jsonObject } from "../ground/json/index.js";
import { encodeLock, LockError, type LockedOutput, parseLock } from "../image/lock/index.js";
import type { ArchLabel } from "../pantavisor/project/index.js";
import { LOCK_FILE, lockPlace } from "./lock/index.js";
import { withOldPackages } from "./patch.js";
import { makeRelease } from "./project.js";
import { findLabels } from "./project-files.js";
import type { ReleaseRequest } from "./requests.js";
import { withRun } from "./run.js";

export interface OutputsRequest extends Omit<ReleaseRequest, "signing"> {
	/** Default: all below `pvpkg/`. */
	readonly labels?: readonly ArchLabel[] | undefined;
	/** Version of the program. */
	readonly version: string;
}

/**
 * Builds the packages of a locked project, unsigned, and records in its lock what came out (hermetic.md 1.2, outputs).
 * The packages themselves are not kept.
 * @returns the digest of each unsigned package by label.
 */
export async function lockOutputs(
	request: OutputsRequest,
	settings: RunSettings,
): Promise<ReadonlyMap<ArchLabel, LockedOutput>> {
	const path = lockPlace(request.directory);
	const bytes = readFileIfPresent(path);
	if (bytes === undefined) {
		throw new LockError("ERR_LOCK_MISSING", `${path}: read: not there ("pvpkg lock" makes it)`);
	}
	const outputs = await buildOutputs(request, { ...settings, lock: { path, strict: true } });
	const lock = parseLock(bytes, path);
	// Refuses to overwrite a lock that somebody edited during the build.
	if (Buffer.compare(readFileIfPresent(path) ?? new Uint8Array(0), bytes) !== 0) {
		throw new LockError(
			"ERR_LOCK_STALE",
			`${path}: write: it was changed while the packages were built, run it again`,
		);
	}
	const changes = new FileChanges(request.directory);
	try {
		changes.write(LOCK_FILE, encodeLock({ ...lock, outputs: new Map([...lock.outputs, ...outputs]) }));
		changes.commit();
	} finally {
		changes.discard();
	}
	return outputs;
}

async function buildOutputs(
	request: OutputsRequest,
	settings: RunSettings,
): Promise<Map<ArchLabel, LockedOutput>> {
	const temporary = TemporaryDirectory.create(settings.temporaryDirectory);
	try {
		return await withRun(settings, (run) =>
			withOldPackages(run, request.patch, async (olds) => {
				const outputs = new Map<ArchLabel, LockedOutput>();
				for (const label of findLabels(request)) {
					const content = await makeRelease(run, { ...request, signing: undefined }, label, olds);
					const file = await writePackage(run, content, placeBelow(temporary.path, `${label}.tgz`));
					outputs.set(label, outputOf(file.evidence, request.version));
					file.discard();
				}
				return outputs;
			}),
		);
	} finally {
		temporary.remove();
	}
}

function outputOf(
	{ choices, state, objects, package: { sha256, bytes } }: Evidence,
	pvpkg: string,
): LockedOutput {
	const { engine } = choices;
	const digests = { unsigned: state.unsigned, objects };
	return { pvpkg, engine, options: optionsOf(choices), package: { sha256, size: bytes }, ...digests };
}

/** The choices that decide the bytes of packages, besides the engine; what was not chosen is not there. */
function optionsOf({ engine: _, alignment, ...rest }: Choices): JsonObject {
	return jsonObject({ ...rest, alignment: alignment === undefined ? undefined : { ...alignment } });
}

/** Returns what decided the bytes of a package that a lock records, for a comparison. */
export function recordedInputs({ pvpkg, engine, options }: LockedOutput): Inputs {
	return inputsOf({ pvpkg, engine, options });
}

/** Returns what decides the bytes of a package that is built now. */
export function presentInputs({ choices }: Pick<Evidence, "choices">, pvpkg: string | undefined): Inputs {
	return inputsOf({ pvpkg, engine: choices.engine, options: optionsOf(choices) });
}
