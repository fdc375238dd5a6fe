import { type Content, contentBytes, contentSha256 } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import {
	error,
	type Finding,
	lintLxcConfig,
	type NamedFiles,
	namedFiles,
	warning,
} from "../pantavisor/rules/index.js";
import { objectReference, type State, stateObjects } from "../pantavisor/state/index.js";
import { checkImage, type ImageCheckOptions, lintStart } from "../squashfs/kernel/index.js";
import { VerifyError } from "./errors.js";
import { lintVerity } from "./verity-rules.js";

/** Objects, with the names of all of them if they are known. */
export type ObjectListing = ObjectSource & { keys?(): Iterable<string> };

/** How images are checked, and what is kept of the results. */
export interface ImageRequest extends ImageCheckOptions {
	/** Whether to read every byte; otherwise only whether it is a complete squashfs is checked. */
	readonly readImages: boolean;
	/** Receives what kernels need for each image. */
	readonly onNeeds: (key: string, needs: readonly string[]) => void;
}

/** Most findings about objects; nobody reads more. */
const MOST_FINDINGS = 1 << 16;
/** Most bytes that all images together may expand to. */
const MOST_EXPANDED = 2 ** 36;
/** Largest `lxc.container.conf` that is checked. */
const CONFIG_LIMIT = 1 << 20;

/** Checks every object that a state names: its hash, and how a device uses it. */
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
		if (content === undefined) {
			findings.push(error("OBJECT_MISSING", named.get(sha256) ?? sha256, `object ${sha256} is missing`));
			continue;
		}
		const wrong = lintHash(sha256, contentSha256(content));
		if (wrong.length === 0) sound.set(sha256, content);
		findings.push(...wrong);
	}
	const used = new Set(stateObjects(state));
	for (const sha256 of objects.keys?.() ?? []) {
		if (used.has(sha256)) continue;
		findings.push(warning("OBJECT_UNUSED", `objects/${sha256}`, "no key of the state names it"));
		// Importers still store it under its name, where a later state may find it.
		const content = objects.get(sha256);
		if (content !== undefined) findings.push(...lintHash(sha256, contentSha256(content)));
	}
	const judge = new ObjectJudge(state, { ...request, budget: { left: MOST_EXPANDED } });
	for (const [key, value] of state) {
		const sha256 = objectReference(value);
		const content = sha256 === undefined ? undefined : sound.get(sha256);
		if (content === undefined) continue;
		for (const finding of await judge.lint(key, sha256!, content)) findings.push(finding);
		if (findings.length > MOST_FINDINGS) throw tooMany();
	}
	return [...findings, ...lintVerity(state, objects)];
}

function lintHash(sha256: string, got: string): Finding[] {
	if (got === sha256) return [];
	return [error("OBJECT_HASH", `objects/${sha256}`, `expected that sha256, got ${got}`)];
}

/** Returns the first key that names each object. */
function firstKeys(state: State): Map<string, string> {
	const keys = new Map<string, string>();
	for (const [key, value] of state) {
		const sha256 = objectReference(value);
		if (sha256 !== undefined && !keys.has(sha256)) keys.set(sha256, key);
	}
	return keys;
}

/** The findings for an object, under the key by which it was checked first. */
interface Judgement {
	readonly key: string;
	readonly findings: readonly Finding[];
	/** What kernels need for an image. */
	readonly needs?: readonly string[];
	/** Whether a configuration has a network. */
	readonly hasNetwork?: boolean;
}

/** Checks what devices read of objects, each object once even if several keys name it. */
class ObjectJudge {
	readonly #state: State;
	readonly #request: ImageRequest;
	readonly #named: NamedFiles;
	readonly #known = new Map<string, Judgement>();

	constructor(state: State, request: ImageRequest) {
		this.#state = state;
		this.#request = request;
		this.#named = namedFiles(state);
	}

	async lint(key: string, sha256: string, content: Content): Promise<Finding[]> {
		const kind = kindOf(key, this.#named);
		if (kind === undefined) return [];
		const name = `${kind} ${sha256}`;
		const known = this.#known.get(name) ?? (await this.#judge(kind, key, content));
		this.#known.set(name, known);
		if (known.needs !== undefined) this.#request.onNeeds(key, known.needs);
		const renamed = (subject: string): string =>
			subject.startsWith(known.key) ? `${key}${subject.slice(known.key.length)}` : subject;
		const findings = known.findings.map((finding) => ({ ...finding, subject: renamed(finding.subject) }));
		return known.hasNetwork ? [...findings, ...lintPool(this.#state, key, this.#named)] : findings;
	}

	async #judge(kind: ObjectKind, key: string, content: Content): Promise<Judgement> {
		if (kind === "volume") return { key, findings: lintVolume(key, this.#request) };
		if (kind === "configuration" && content.size > CONFIG_LIMIT) {
			const reason = `expected a configuration of at most the limit of ${CONFIG_LIMIT} bytes, got ${content.size}`;
			return { key, findings: [error("LXC_SIZE", key, reason)] };
		}
		if (kind === "configuration") {
			const text = Buffer.from(contentBytes(content)).toString("utf8");
			return { key, findings: lintLxcConfig(text, key), hasNetwork: /^[ \t]*lxc\.net\./m.test(text) };
		}
		if (!this.#request.readImages) return { key, findings: lintStart(content, key) };
		return { key, ...(await checkImage(content, key, this.#request)) };
	}
}

/** A volume is a mounted file whose name is not that of a squashfs. */
type ObjectKind = "configuration" | "image" | "volume";

/** Returns how a device uses an object, by its key and by the documents that name it. */
function kindOf(key: string, { volumes, configurations }: NamedFiles): ObjectKind | undefined {
	if (configurations.has(key) || /^[^/_][^/]*\/lxc\.container\.conf$/.test(key)) return "configuration";
	if (/^[^/_][^/]*\/.+\.squashfs$/.test(key)) return "image";
	return volumes.has(key) ? "volume" : undefined;
}

/**
 * Checks a volume. Devices mount it as the kind of file system that its name ends in, unless that is `bind` or
 * `data`.
 */
function lintVolume(key: string, { allowUnchecked }: ImageRequest): Finding[] {
	const type = /\.([^./]+)$/.exec(key)?.[1];
	if (type === "bind" || type === "data") return [];
	if (type === undefined) return [error("VOLUME_TYPE", key, "its name has no ending: devices crash")];
	const finding = allowUnchecked ? warning : error;
	return [finding("VOLUME_TYPE", key, `is mounted as ${type}, expected squashfs: nothing in it was checked`)];
}

function tooMany(): VerifyError {
	const message = `objects: verify: more findings than the limit of ${MOST_FINDINGS}`;
	return new VerifyError("ERR_VERIFY_LIMIT", message);
}

/** Reports a container that is in a pool and has a network of its own, as the device refuses to start it. */
function lintPool(state: State, key: string, { configurations }: NamedFiles): Finding[] {
	const run = state.get(configurations.get(key) ?? key.replace(/lxc\.container\.conf$/, "run.json"));
	const network = isJsonObject(run) ? run.get("network") : undefined;
	if (!isJsonObject(network) || !network.has("pool")) return [];
	return [
		error(
			"LXC_NETWORK",
			key,
			"has lxc.net lines beside a network pool in run.json: the container does not start",
		),
	];
}
