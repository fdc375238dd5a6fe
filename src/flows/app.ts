import { join } from "node:path";
import {
	AppBench,
	BuildError,
	type BuildSettings,
	type ChosenImage,
	chooseImage,
	installApp,
	makeRootfsImage,
	parseRootfsPlace,
	sourceOfImage,
	sourceOfRootfs,
	Workshop,
} from "../container/index.js";
import { isDirectory } from "../ground/files/index.js";
import { isJsonObject } from "../ground/json/index.js";
import { formatPlatform, type Platform, parsePlatform } from "../image/oci/index.js";
import { type Checkout, listApps, readCheckout } from "../pantavisor/checkout/index.js";
import { argumentWarnings } from "../pantavisor/lxc/index.js";
import { checkPartName } from "../pantavisor/rules/index.js";
import type { Compat, SourceManifest, SourceOptions } from "../pantavisor/source/index.js";
import { importPart } from "./app-import.js";

interface AppRequest {
	/** The checkout. */
	readonly directory: string;
	/** Of the container. */
	readonly name: string;
	readonly compat?: Compat | undefined;
}

export interface AddAppRequest extends AppRequest {
	readonly type: "docker" | "rootfs" | "pvr";
	/** IMAGE; directory, archive or address; `PACKAGE#part`. */
	readonly from: string;
	readonly platform?: Platform | undefined;
	/** Container whose root file system lies below. */
	readonly base?: string | undefined;
	readonly options: Omit<SourceOptions, "base">;
	/** Replaces a container of that name. */
	readonly force?: boolean | undefined;
}

export interface UpdateAppRequest extends AppRequest {
	/** Another IMAGE than the one recorded. */
	readonly from?: string | undefined;
	readonly platform?: Platform | undefined;
	/** pvr's words: `remote,local`. */
	readonly source?: string | undefined;
	readonly base?: string | undefined;
	/** Lays the difference over the root file system that is there. */
	readonly patch?: boolean | undefined;
	/** Makes a whole root file system again of what was patched, or lay on a base. */
	readonly newBase?: boolean | undefined;
}

/** What became of a container. */
export interface AppResult {
	readonly name: string;
	readonly source: SourceManifest;
	/** Containers that lie on it, and were made anew with it. */
	readonly dependants: readonly string[];
}

/**
 * Adds a container to the work tree of a checkout (spec/pvr-behaviour.md 4). One that is there
 * is replaced by force only (quirk 19).
 */
export async function addApp(request: AddAppRequest, settings: BuildSettings): Promise<AppResult> {
	const { directory, name, type, force = false } = request;
	checkPartName(name);
	return withBench(request, settings, async (bench) => {
		if (isDirectory(join(directory, name)) && !force) {
			throw new BuildError(
				"ERR_BUILD_REQUEST",
				`${name}: add: is there already (--force replaces it, app update renews it)`,
			);
		}
		if (type === "docker") await addImage(bench, request);
		else if (type === "rootfs") await addRootfs(bench, request);
		else await importPart(bench, request);
		for (const warning of argumentWarnings({ name, source: bench.source(name) }))
			settings.onWarning?.(warning);
		return name;
	});
}

/** Renders a container again, and makes its images when they are not of what is recorded. */
export async function installAppAgain(request: AppRequest, settings: BuildSettings): Promise<AppResult> {
	return withBench(request, settings, async (bench) => {
		await installApp(bench, { name: request.name, source: bench.source(request.name) });
		return request.name;
	});
}

/** Looks a container's image up again, and makes the container of what is there now (4.9). */
export async function updateApp(request: UpdateAppRequest, settings: BuildSettings): Promise<AppResult> {
	const { name } = request;
	if (request.newBase && (request.patch || request.base !== undefined)) {
		throw new BuildError("ERR_BUILD_REQUEST", `${name}: update: newbase does not go with patch or base`);
	}
	return withBench(request, settings, async (bench) => {
		const before = bench.source(name);
		if (before.dockerName === undefined) {
			const about =
				before.rootfsUrl === undefined ? "" : " (of a root file system app add --force makes it anew)";
			throw new BuildError(
				"ERR_BUILD_SOURCE",
				`${name}/src.json: update: expected docker_name, got none${about}`,
			);
		}
		const tag = before.dockerTag === undefined ? "" : `:${before.dockerTag}`;
		const recorded = before.dockerPlatform;
		const wish = {
			image: request.from ?? `${before.dockerName}${tag}`,
			source: request.source ?? before.dockerSource ?? "remote,local",
			platforms: request.platform ? [request.platform] : recorded ? [parsePlatform(recorded)] : [],
		};
		const chosen = await chooseImage(bench.workshop, wish);
		const source = renewSource(before, factsOf(chosen, wish.image, wish.source), request);
		await installApp(bench, { name, source, chosen });
		return name;
	});
}

/** New facts about the image over what was recorded: everything else stays. */
function renewSource(
	before: SourceManifest,
	facts: SourceManifest,
	{ base = before.base, patch = false, newBase = false }: UpdateAppRequest,
): SourceManifest {
	const { dockerName, dockerTag, dockerDigest, dockerConfig, dockerPlatform, dockerSource } = facts;
	const renewed = { ...before, dockerName, dockerTag, dockerConfig, dockerPlatform, dockerSource };
	if (newBase) return { ...renewed, base: undefined, dockerDigest, dockerOvlDigest: undefined };
	if (base !== undefined) return { ...renewed, base, dockerOvlDigest: dockerDigest };
	if (patch || before.dockerOvlDigest !== undefined) return { ...renewed, dockerOvlDigest: dockerDigest };
	return { ...renewed, dockerDigest };
}

async function addImage(bench: AppBench, request: AddAppRequest): Promise<void> {
	const { name, from, platform, base, options } = request;
	const source = options.source ?? "remote,local";
	const platforms = platform ? [platform] : devicePlatforms(bench.checkout);
	const chosen = await chooseImage(bench.workshop, { image: from, source, platforms });
	bench.workshop.settings.onNote?.(
		`${name}: ${formatPlatform(chosen.image.requested)} ${chosen.image.digest}`,
	);
	const facts = factsOf(chosen, from, source, options);
	const layered = { base, dockerDigest: undefined, dockerOvlDigest: facts.dockerDigest };
	const manifest = base === undefined ? facts : { ...facts, ...layered };
	await installApp(bench, { name, source: manifest, chosen, rebuild: true });
}

/** A container of a root file system; what it runs on is looked at where a platform is given. */
async function addRootfs(bench: AppBench, request: AddAppRequest): Promise<void> {
	const { name, from, platform, options } = request;
	const location = parseRootfsPlace(from);
	const given = sourceOfRootfs(location, options);
	const { source, image } = await makeRootfsImage(bench.workshop, location, given, platform);
	await bench.write(name, source, new Map([["root.squashfs", image]]));
}

function factsOf(
	chosen: ChosenImage,
	text: string,
	source: string,
	options: Omit<SourceOptions, "base"> = {},
): SourceManifest {
	return sourceOfImage(chosen.location, text, chosen.image, { ...options, source });
}

/** What the device of this checkout can run, best first: `_hostconfig/pvr/docker.json`. */
function devicePlatforms({ state }: Checkout): Platform[] {
	const config = state.get("_hostconfig/pvr/docker.json");
	const platforms = isJsonObject(config) ? config.get("platforms") : undefined;
	if (!Array.isArray(platforms)) return [];
	return platforms.filter((text) => typeof text === "string").map(parsePlatform);
}

/** Runs `make`, then makes anew what lies on the container it made; all or nothing is changed. */
async function withBench(
	{ directory, compat }: AppRequest,
	settings: BuildSettings,
	make: (bench: AppBench) => Promise<string>,
): Promise<AppResult> {
	const checkout = readCheckout(directory);
	try {
		return await Workshop.run(settings, async (workshop) => {
			const bench = new AppBench(workshop, checkout, compat);
			try {
				const name = await make(bench);
				const dependants = await installDependants(bench, name);
				bench.commit();
				return { name, source: bench.source(name), dependants };
			} finally {
				bench.close();
			}
		});
	} finally {
		checkout.close();
	}
}

async function installDependants(bench: AppBench, base: string): Promise<string[]> {
	const names = listApps(bench.checkout.directory).filter(
		(name) => !bench.hasMade(name) && bench.source(name).base === base,
	);
	const moved = names.filter((name) => bench.source(name).dockerDigest !== bench.source(base).dockerDigest);
	for (const name of moved) await installApp(bench, { name, source: bench.source(name) });
	return moved;
}
