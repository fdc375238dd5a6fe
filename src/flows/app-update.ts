import { BuildError, describe, openInput, parseRootfsInput, type RunSettings } from "../container/index.js";
import { parsePlatform } from "../image/oci/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { type AppEdit, withEdit } from "./app-edit.js";
import { openImage } from "./app-image.js";
import { importPart } from "./app-import.js";
import type { AddAppRequest, AppResult, UpdateAppRequest } from "./requests.js";
import { changeSettings } from "./settings-change.js";

/** Looks up a container's image again, and makes the container from what it is now. */
export async function updateApp(request: UpdateAppRequest, settings: RunSettings): Promise<AppResult> {
	const { name } = request;
	if (request.newBase && (request.patch || request.base !== undefined)) {
		throw new BuildError("ERR_BUILD_REQUEST", `${name}: update: newbase does not go with patch or base`);
	}
	return withEdit(request, settings, async (app) => {
		const before = app.edit.source(name);
		const type = request.type ?? recordedType(before);
		if (type === "rootfs") return updateRootfs(app, before, request);
		if (type === "pvr") return updatePart(app, before, request);
		const image = request.from ?? recordedName(name, before);
		const source = request.source ?? before.dockerSource ?? "remote,local";
		const recorded = before.dockerPlatform;
		const platforms = request.platform ? [request.platform] : recorded ? [parsePlatform(recorded)] : [];
		const opened = await openImage(app, image, source, platforms);
		const after = renewed(before, describe(opened, { source }), request);
		await app.make(name, changeSettings(after, request.change), { opened });
	});
}

function recordedType({ dockerName, rootfsUrl, pvr }: SourceManifest): AddAppRequest["type"] {
	if (pvr !== undefined) return "pvr";
	return dockerName === undefined && rootfsUrl !== undefined ? "rootfs" : "docker";
}

/** Updates a root file system from its recorded place, or from a given one. */
async function updateRootfs(app: AppEdit, before: SourceManifest, request: UpdateAppRequest): Promise<void> {
	const { name, platform, from = before.rootfsUrl } = request;
	if (from === undefined) throw missing(name, "rootfs_url");
	const opened = await openInput(app.run, parseRootfsInput(from), platform && [platform]);
	const { rootfsUrl } = describe(opened, {});
	const after = { ...withoutImage(before), rootfsUrl, rootfsDigest: undefined };
	await app.make(name, changeSettings(after, request.change), { opened, rebuild: true });
}

/** Updates a part from its package or repository. */
async function updatePart(app: AppEdit, before: SourceManifest, request: UpdateAppRequest): Promise<void> {
	const { name, change, from = before.pvr } = request;
	if (from === undefined) throw missing(name, "pvr");
	await importPart(app, {
		name,
		from,
		options: { args: change?.args, config: change?.config, run: change?.run },
	});
}

/** Removes the members about an image, which a root file system does not have. */
function withoutImage(source: SourceManifest): SourceManifest {
	const {
		dockerName: _,
		dockerTag: _tag,
		dockerDigest: _digest,
		dockerPlatform: _platform,
		...rest
	} = source;
	return rest;
}

function missing(name: string, member: string): BuildError {
	return new BuildError("ERR_BUILD_SOURCE", `${name}/src.json: update: expected ${member}, got none`);
}

/** IMAGE as it was when the container was added; not its digest, which is to be renewed. */
function recordedName(name: string, { dockerName, dockerTag }: SourceManifest): string {
	if (dockerName !== undefined) return dockerTag === undefined ? dockerName : `${dockerName}:${dockerTag}`;
	throw missing(name, "docker_name");
}

/** Replaces the recorded facts about the image, and keeps everything else. */
function renewed(
	before: SourceManifest,
	facts: SourceManifest,
	{ base = before.base, patch = false, newBase = false }: UpdateAppRequest,
): SourceManifest {
	const { dockerName, dockerTag, dockerDigest, dockerConfig, dockerPlatform, dockerSource } = facts;
	const after = { ...before, dockerName, dockerTag, dockerConfig, dockerPlatform, dockerSource };
	if (newBase) return { ...after, base: undefined, dockerDigest, dockerOvlDigest: undefined };
	if (base !== undefined) return { ...after, base, dockerOvlDigest: dockerDigest };
	if (patch || before.dockerOvlDigest !== undefined) return { ...after, dockerOvlDigest: dockerDigest };
	return { ...after, dockerDigest };
}
