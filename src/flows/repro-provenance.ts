import {
	assemblePackage,
	BuildError,
	type Container,
	makeContainer,
	type PackageContent,
	type Run,
	type RunSettings,
} from "../container/index.js";
import type { ProvenanceDifference, RecordedBuild } from "../evidence/attest/index.js";
import { contentBytes } from "../ground/bytes/index.js";
import { parsePlatform } from "../image/oci/index.js";
import {
	bytesObject,
	type PackageReadOptions,
	readArchive,
	type StateFile,
} from "../pantavisor/package/index.js";
import { type ArchLabel, platformLabel } from "../pantavisor/project/index.js";
import { parseSourceManifest } from "../pantavisor/source/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { withOldPackages } from "./patch.js";
import { makeRelease } from "./project.js";
import { ProvenanceResolver } from "./provenance-resolver.js";
import type { ReproRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Provenance by which a package is built again. */
export interface ProvenanceReproRequest extends Omit<ReproRequest, "labels" | "packages"> {
	/** The file's bytes, and its name for messages. */
	readonly provenance: Uint8Array;
	readonly subject: string;
	/** The package, whose src.json an export is made of again; a project is built from its own. */
	readonly path?: string | undefined;
}

/** How the provenance of a package differs from a build of today. */
export interface ProvenanceReproduction {
	readonly label: ArchLabel;
	readonly differences: readonly ProvenanceDifference[];
}

/**
 * Builds a package again as its provenance says, and compares parameters, inputs and outputs. Tier, order,
 * times and whatever else decides bytes come from the provenance. Who signed that is left to `verify`.
 * @throws AttestError for another file; BuildError ERR_BUILD_REQUEST where there is nothing to build from.
 */
export async function reproduceProvenance(
	request: ProvenanceReproRequest,
	settings: RunSettings,
): Promise<ProvenanceReproduction> {
	const { compareProvenance, parseRecordedBuild } = await import("../evidence/attest/index.js");
	const recorded = parseRecordedBuild(request.provenance, request.subject);
	const label = platformLabel(parsePlatform(recorded.platform));
	const own = recordedSettings(recorded, settings);
	const resolver = recorded.buildType === "export" ? new ProvenanceResolver(recorded) : undefined;
	const { evidence, lock } = await withRun({ ...own, resolver }, async (run) => {
		const { evidence } =
			recorded.buildType === "build"
				? await buildAgain(run, request, recorded, label)
				: await exportAgain(run, request, recorded);
		// An export is made again of the digests in its provenance, which take the place of the lock that it had.
		const lock = resolver ? recorded.parameters.lock?.replace("sha256:", "") : run.ports.resolver?.digest;
		return { evidence, lock };
	});
	return { label, differences: compareProvenance(recorded, evidence, lock) };
}

/** A lock is the project's: an export had its own, or none. */
function recordedSettings({ buildType, parameters }: RecordedBuild, settings: RunSettings): RunSettings {
	const { tier, order, alignment, platformPolicy, allowArchMismatch, stripQemu, owner } = parameters;
	const { sourceDateEpoch: time, clampsTimes } = parameters;
	return {
		...settings,
		...{ tier, order, alignment, platformPolicy, allowArchMismatch, stripQemu, time },
		// Provenance of older versions does not say it.
		owner: owner ?? settings.owner,
		maximumTime: clampsTimes ? time : undefined,
		lock: buildType === "build" ? settings.lock : undefined,
	};
}

function buildAgain(
	run: Run,
	request: ProvenanceReproRequest,
	{ parameters: { compat, group } }: RecordedBuild,
	label: ArchLabel,
): Promise<PackageContent> {
	return withOldPackages(run, request.patch, (olds) =>
		makeRelease(run, { ...request, compat, group, signing: undefined }, label, olds),
	);
}

/** Makes the container of an exported package again from the package's own src.json and files. */
async function exportAgain(
	run: Run,
	{ path, subject, maximumUnpacked }: ProvenanceReproRequest,
	recorded: RecordedBuild,
): Promise<PackageContent> {
	if (path === undefined) {
		const reason = "expected the package beside it: an export is made again from the src.json in it";
		throw new BuildError("ERR_BUILD_REQUEST", `${subject}: reproduce: ${reason}`);
	}
	const { temporaryDirectory } = run.settings;
	const options: PackageReadOptions = { temporaryDirectory, maximumUnpacked };
	const { compat, group } = recorded.parameters;
	const platform = parsePlatform(recorded.platform);
	const opened = await readArchive(path, options);
	try {
		const containers: Container[] = [];
		for (const name of containerNames(opened.state)) {
			const key = `${name}/src.json`;
			const manifest = parseSourceManifest(opened.state.get(key)!, `${path}: ${key}`);
			const files = new Map(filesBelow(opened, `${name}/`).filter(([file]) => !MADE_FILES.test(file)));
			const overlay = new Map(filesBelow(opened, `_config/${name}/`));
			const request = { name, subject: key, group, compat, files, overlay };
			containers.push(
				await makeContainer(run, manifest, undefined, {
					...request,
					platforms: [platform],
					device: platform,
				}),
			);
		}
		return await assemblePackage(run, containers, { platform, compat, group });
	} finally {
		opened.close();
	}
}

/** The rendered files of a container, which are made again. */
const MADE_FILES =
	/^(?:src\.json|run\.json|lxc\.container\.conf|root(?:\.ovl)?\.squashfs(?:\.(?:docker|rootfs)-digest)?)$/;

function containerNames(state: State): string[] {
	return [...state.keys()].flatMap((key) => /^([^/]+)\/src\.json$/.exec(key)?.[1] ?? []).sort();
}

function filesBelow(
	{ state, objects }: Awaited<ReturnType<typeof readArchive>>,
	prefix: string,
): [string, StateFile][] {
	// Their bytes are kept: the package is closed before the container is compared.
	return [...state].flatMap(([key, value]): [string, StateFile][] => {
		const name = key.startsWith(prefix) ? key.slice(prefix.length) : "";
		if (name === "") return [];
		const sha256 = objectReference(value);
		if (sha256 === undefined) return [[name, { document: value }]];
		const content = objects.get(sha256);
		return content === undefined ? [] : [[name, { object: bytesObject(contentBytes(content)) }]];
	});
}
