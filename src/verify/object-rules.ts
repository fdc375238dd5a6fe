import { type Content, contentBytes, contentSha256 } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { error, type Finding, lintLxcConfig, warning } from "../pantavisor/rules/index.js";
import { objectReference, type State, stateObjects } from "../pantavisor/state/index.js";
import { checkImage, type ImageCheckOptions, lintStart } from "../squashfs/kernel/index.js";
import { VerifyError } from "./errors.js";
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

/** Most findings about objects: nobody reads more. */
const MOST_FINDINGS = 1 << 16;
/** Most bytes that all images together may expand to. */
const MOST_EXPANDED = 2 ** 36;
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

/** The first key that names each object. */
function firstKeys(state: State): Map<string, string> {
	const keys = new Map<string, string>();
	for (const [key, value] of state) {
		const sha256 = objectReference(value);
		if (sha256 !== undefined && !keys.has(sha256)) keys.set(sha256, key);
	}
	return keys;
}

/** What was found of an object, under the key that it was looked at by first. */
interface Judgement {
	readonly key: string;
	readonly findings: readonly Finding[];
	/** Of an image: what kernels need. */
	readonly needs?: readonly string[];
	/** Of a configuration: whether it has a network. */
	readonly hasNetwork?: boolean;
}

/** Looks at what devices read of objects: each once, however many keys name it. */
class ObjectJudge {
	readonly #state: State;
	readonly #request: ImageRequest;
	readonly #known = new Map<string, Judgement>();

	constructor(state: State, request: ImageRequest) {
		this.#state = state;
		this.#request = request;
	}

	async lint(key: string, sha256: string, content: Content): Promise<Finding[]> {
		const kind = kindOf(key, content);
		if (kind === undefined) return [];
		const name = `${kind} ${sha256}`;
		const known = this.#known.get(name) ?? (await this.#judge(kind, key, content));
		this.#known.set(name, known);
		if (known.needs !== undefined) this.#request.onNeeds(key, known.needs);
		const renamed = (subject: string): string =>
			subject.startsWith(known.key) ? `${key}${subject.slice(known.key.length)}` : subject;
		const findings = known.findings.map((finding) => ({ ...finding, subject: renamed(finding.subject) }));
		return known.hasNetwork ? [...findings, ...lintPool(this.#state, key)] : findings;
	}

	async #judge(kind: ObjectKind, key: string, content: Content): Promise<Judgement> {
		if (kind === "configuration") {
			const text = Buffer.from(contentBytes(content)).toString("utf8");
			return { key, findings: lintLxcConfig(text, key), hasNetwork: /^[ \t]*lxc\.net\./m.test(text) };
		}
		if (!this.#request.readImages) return { key, findings: lintStart(content, key) };
		return { key, ...(await checkImage(content, key, this.#request)) };
	}
}

type ObjectKind = "configuration" | "image";

/** What a device takes an object for, by its key. */
function kindOf(key: string, { size }: Content): ObjectKind | undefined {
	if (/^[^/_][^/]*\/lxc\.container\.conf$/.test(key))
		return size <= CONFIG_LIMIT ? "configuration" : undefined;
	return /^[^/_][^/]*\/[^/]+\.squashfs$/.test(key) ? "image" : undefined;
}

function tooMany(): VerifyError {
	const message = `objects: verify: more findings than the limit of ${MOST_FINDINGS}`;
	return new VerifyError("ERR_VERIFY_LIMIT", message);
}

/** The device refuses to start a container that is in a pool and has a network of its own. */
function lintPool(state: State, key: string): Finding[] {
	const run = state.get(key.replace(/lxc\.container\.conf$/, "run.json"));
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
