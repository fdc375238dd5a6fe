import { BuildError, describe, openInput, parseRootfsInput, type RunSettings } from "../container/index.js";
import { isDirectory, placeBelow } from "../ground/files/index.js";
import { isJsonObject } from "../ground/json/index.js";
import { formatPlatform, type Platform, parsePlatform } from "../image/oci/index.js";
import type { Checkout } from "../pantavisor/checkout/index.js";
import { checkPartName } from "../pantavisor/rules/index.js";
import { type AppEdit, withEdit } from "./app-edit.js";
import { openImage } from "./app-image.js";
import { importPart } from "./app-import.js";
import type { AddAppRequest, AppRequest, AppResult } from "./requests.js";
import { changeSettings } from "./settings-change.js";

/**
 * Adds a container to the work tree of a checkout (docs/formats/pvr.md#adding-updating-and-installing-containers). One that is there
 * is replaced by force only.
 */
export async function addApp(request: AddAppRequest, settings: RunSettings): Promise<AppResult> {
	const { directory, name, type, force = false } = request;
	checkPartName(name);
	return withEdit(request, settings, async (app) => {
		if (isDirectory(placeBelow(directory, name)) && !force) {
			const reason = "already exists (--force replaces it, app update renews it)";
			throw new BuildError("ERR_BUILD_REQUEST", `${name}: add: ${reason}`);
		}
		if (type === "docker") await addImage(app, request);
		else if (type === "rootfs") await addRootfs(app, request);
		else await importPart(app, request);
	});
}

/** Renders a container again, and makes its images again unless they are of what src.json records. */
export async function installAppAgain(request: AppRequest, settings: RunSettings): Promise<AppResult> {
	return withEdit(request, settings, (app) =>
		app.make(request.name, changeSettings(app.edit.source(request.name), request.change)),
	);
}

async function addImage(app: AppEdit, request: AddAppRequest): Promise<void> {
	const { name, from, platform, base, options } = request;
	const source = options.source ?? "remote,local";
	const platforms = platform ? [platform] : devicePlatforms(app.edit.checkout);
	const opened = await openImage(app, from, source, platforms);
	app.run.note(`${name}: ${formatPlatform(opened.platform)} ${opened.image.digest}`);
	const facts = describe(opened, { ...options, source });
	const layered = { base, dockerDigest: undefined, dockerOvlDigest: facts.dockerDigest };
	const manifest = base === undefined ? facts : { ...facts, ...layered };
	await app.make(name, manifest, { opened, rebuild: true });
}

/** The programs of a root file system are checked if a platform is given. */
async function addRootfs(app: AppEdit, { name, from, platform, options }: AddAppRequest): Promise<void> {
	const opened = await openInput(app.run, parseRootfsInput(from), platform && [platform]);
	await app.make(name, describe(opened, options), { opened, rebuild: true });
}

/** What the device of this checkout can run, best first: `_hostconfig/pvr/docker.json`. */
function devicePlatforms({ state }: Checkout): Platform[] {
	const config = state.get("_hostconfig/pvr/docker.json");
	const platforms = isJsonObject(config) ? config.get("platforms") : undefined;
	if (!Array.isArray(platforms)) return [];
	return platforms.filter((text) => typeof text === "string").map(parsePlatform);
}
