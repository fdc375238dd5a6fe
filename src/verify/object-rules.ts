import { type Content, contentBytes, contentSha256 } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { error, type Finding, lintLxcConfig, warning } from "../pantavisor/rules/index.js";
import { objectReference, type State, stateObjects } from "../pantavisor/state/index.js";
import { checkImage, type ImageCheckOptions, lintStart } from "../squashfs/kernel/index.js";
import { lintVerity } from "./verity-rules.js";

/** Objects, and the names of all of them where they are known. */
export type ObjectListing = ObjectSource & { keys?(): Iterable<string> };

/** How images are looked at, and what is remembered of them. */
export interface ImageRequest extends ImageCheckOptions {
	/** Whether every byte is read; otherwise only whether it is a whole squashfs. */
	readonly readImages: boolean;
	/** Takes what kernels need for each image. */
	readonly onNeeds: (key: string, needs: readonly string[]) => void;
}

/** Largest `lxc.container.conf` that is looked at. */
const CONFIG_LIMIT = 1 << 20;

/** Every object a state names: its hash, and what a device makes of it. */
export async function lintObjects(
	state: State,
	objects: ObjectListing,
	request: ImageRequest,
): Promise<Finding[]> {
	const findings: Finding[] = [];
	const sound = new Map<string, Content>();
	const named = firstKeys(state);
	for (const sha256 of stateObjects(state)) {
		const content = objects.get(sha256);
		const got = content && contentSha256(content);
		if (content && got === sha256) sound.set(sha256, content);
		else if (content)
			findings.push(error("OBJECT_HASH", `objects/${sha256}`, `expected that sha256, got ${got}`));
		else findings.push(error("OBJECT_MISSING", named.get(sha256) ?? sha256, `object ${sha256} is missing`));
	}
	const used = new Set(stateObjects(state));
	for (const sha256 of objects.keys?.() ?? []) {
		if (!used.has(sha256))
			findings.push(warning("OBJECT_UNUSED", `objects/${sha256}`, "no key of the state names it"));
	}
	for (const [key, value] of state) {
		const content = sound.get(objectReference(value) ?? "");
		if (content) findings.push(...(await lintObject(state, key, content, request)));
	}
	return [...findings, ...lintVerity(state, objects)];
}

/** The first key that names each object. */
function firstKeys(state: State): Map<string, string> {
	const keys = new Map<string, string>();
	for (const [key, value] of state) {
		const sha256 = objectReference(value);
		if (sha256 !== undefined && !keys.has(sha256)) keys.set(sha256, key);
	}
	return keys;
}

async function lintObject(
	state: State,
	key: string,
	content: Content,
	request: ImageRequest,
): Promise<Finding[]> {
	if (/^[^/_][^/]*\/lxc\.container\.conf$/.test(key) && content.size <= CONFIG_LIMIT) {
		const text = Buffer.from(contentBytes(content)).toString("utf8");
		return [...lintLxcConfig(text, key), ...lintPool(state, key, text)];
	}
	if (!/^[^/_][^/]*\/[^/]+\.squashfs$/.test(key)) return [];
	if (!request.readImages) return lintStart(content, key);
	const { findings, needs } = await checkImage(content, key, request);
	request.onNeeds(key, needs);
	return [...findings];
}

/** The device refuses to start a container that is in a pool and has a network of its own. */
function lintPool(state: State, key: string, text: string): Finding[] {
	const run = state.get(key.replace(/lxc\.container\.conf$/, "run.json"));
	const network = isJsonObject(run) ? run.get("network") : undefined;
	if (!isJsonObject(network) || !network.has("pool") || !/^[ \t]*lxc\.net\./m.test(text)) return [];
	return [
		error(
			"LXC_NETWORK",
			key,
			"has lxc.net lines beside a network pool in run.json: the container does not start",
		),
	];
}
