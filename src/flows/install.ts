import { relative } from "node:path";
import {
	BuildError,
	checkArguments,
	describe,
	type Input,
	nameInput,
	openInputs,
	parseInput,
	type Run,
	type RunSettings,
	sizeOfRootfs,
} from "../container/index.js";
import { checkOutputDirectory, FileChanges, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import { encodeIndentedJson, jsonObject } from "../ground/json/index.js";
import { type Digest, formatPlatform } from "../image/oci/index.js";
import { createPart } from "../pantavisor/package/index.js";
import { type ArchLabel, distinctLabels } from "../pantavisor/project/index.js";
import {
	encodeSourceManifest,
	parseSourceManifest,
	type SourceManifest,
	type SourceOptions,
} from "../pantavisor/source/index.js";
import { warnOfPath } from "./local-path.js";
import type { InstallRequest } from "./requests.js";
import { withRun } from "./run.js";

export interface InstalledSource {
	readonly label: ArchLabel;
	readonly platform: string;
	readonly path: string;
	/** Of the image's manifest; a root file system has none. */
	readonly digest: Digest | undefined;
}

/**
 * Records an image or a root file system in a project: `pvpkg/ARCH/NAME/src.json` for every
 * platform, and `pvpkg.json`. A src.json that is there, with what was edited in it, is replaced by force only.
 */
export async function installImage(
	request: InstallRequest,
	settings: RunSettings,
): Promise<InstalledSource[]> {
	const { directory, image, name, options = {}, platforms } = request;
	checkOutputDirectory(placeBelow(directory, "pvpkg"));
	checkFree(request);
	return withRun(settings, async (run) => {
		const input = nameInput(parseInput(image, settings.sourceOrder), request.as);
		await checkRepeatable(run, input);
		const inputs = await openInputs(run, input, { platforms, take: "each", devices: true });
		warnOfPath(run, inputs);
		const labels = distinctLabels(inputs.map(({ platform }) => platform!));
		const installed = inputs.map((opened, at) => {
			const [platform, label] = [opened.platform!, labels[at]!];
			const path = placeBelow(directory, `pvpkg/${label}/${name}/src.json`);
			const base = request.base === undefined ? undefined : findBase(directory, label, request.base);
			const source = describe(opened, { ...options, base });
			// Refuses now what build would refuse later.
			createPart({ name, source, identity: ANYBODY, images: new Map() });
			checkArguments({ name, source }, run.findings());
			const digest = opened.kind === "image" ? opened.image.digest : undefined;
			return { label, platform: formatPlatform(platform), path, digest, source };
		});
		writeSources(request, installed);
		return installed.map(({ source: _, ...facts }) => facts);
	});
}

/** Names of users are looked up when the image is made. */
const ANYBODY = { uid: 0, gid: 0 };

/** Before anything is fetched. */
function checkFree({ directory, name, platforms, force = false }: InstallRequest): void {
	const paths = distinctLabels(platforms).map((label) =>
		placeBelow(directory, `pvpkg/${label}/${name}/src.json`),
	);
	const taken = paths.find((path) => readFileIfPresent(path) !== undefined);
	if (taken === undefined || force) return;
	const reason = "already exists (--force replaces it, with its arguments; lock --update renews its digest)";
	throw new BuildError("ERR_BUILD_REQUEST", `${taken}: record: ${reason}`);
}

/** Refuses standard input, which `build` could not read again. */
async function checkRepeatable(run: Run, input: Input): Promise<void> {
	const places = input.kind === "rootfs" ? [input.location] : input.places;
	if (places.some((place) => "path" in place && place.path === "-")) {
		const reason = "standard input cannot be read again by build, expected a file";
		throw new BuildError("ERR_BUILD_REQUEST", `${input.text}: record: ${reason}`);
	}
	if (input.kind === "rootfs") await sizeOfRootfs(run, input);
}

function findBase(directory: string, label: ArchLabel, name: string): SourceOptions["base"] {
	const path = placeBelow(directory, `pvpkg/${label}/${name}/src.json`);
	const text = readFileIfPresent(path);
	const dockerDigest = text && parseSourceManifest(text, path).dockerDigest;
	if (dockerDigest !== undefined) return { name, dockerDigest };
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: find base: expected a container with docker_digest`);
}

/** Writes all src.json files, and `pvpkg.json` if there is none, or nothing. */
function writeSources(
	{ directory, name, projectName, projectVersion }: InstallRequest,
	installed: readonly { readonly path: string; readonly source: SourceManifest }[],
): void {
	const changes = new FileChanges(directory);
	try {
		for (const { path, source } of installed) {
			changes.write(relative(directory, path), encodeSourceManifest(source));
		}
		if (readFileIfPresent(placeBelow(directory, "pvpkg.json")) === undefined) {
			const project = jsonObject({ name: projectName ?? name, version: projectVersion ?? "v0.0.1" });
			changes.write("pvpkg.json", `${encodeIndentedJson(project, "  ")}\n`);
		}
		changes.commit();
	} finally {
		changes.discard();
	}
}
