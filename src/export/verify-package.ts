import { type Content, contentBytes, contentSha256 } from "../bytes/index.js";
import { encodeCanonicalJson, isJsonObject, type JsonObject } from "../json/index.js";
import {
	encodeState,
	error,
	type Finding,
	lintLxcConfig,
	lintState,
	objectReference,
	parseState,
	type State,
	stateObjects,
	warning,
} from "../pantavisor/index.js";
import {
	type Coverage,
	coverageOf,
	lintSignature,
	lintUnsigned,
	type Trust,
	type VerifiedSignature,
	verifyState,
} from "../signing/index.js";
import type { ObjectSource } from "./object-set.js";
import { lintSquashfs } from "./squashfs-rules.js";

/** What is verified: a package, a checkout, or a state by itself. */
export interface Verifiable {
	readonly state: State;
	/** The state's text as it stands; its form counts for signatures. */
	readonly text?: Uint8Array | undefined;
	/** Undefined: the state alone is verified. */
	readonly objects?: (ObjectSource & { keys?(): Iterable<string> }) | undefined;
	/** What was found before. */
	readonly findings?: readonly Finding[] | undefined;
}

export interface VerifyOptions {
	/** Whom to believe; undefined: signatures are checked against the keys they bring along. */
	readonly trust?: Trust | undefined;
	/** Whether every key must be covered or excluded, as strict secure boot demands. */
	readonly strict?: boolean | undefined;
	/** Reads a file system image through; throws when it is damaged. */
	readonly checkImage?: ((image: Content) => void | Promise<void>) | undefined;
}

export interface VerifyReport {
	/** No finding is an error. */
	readonly ok: boolean;
	readonly findings: readonly Finding[];
	readonly signatures: readonly VerifiedSignature[];
	readonly coverage: Coverage;
	/** Objects whose bytes were hashed. */
	readonly objects: number;
	/** Their bytes. */
	readonly bytes: number;
}

/** Largest `lxc.container.conf` that is looked at. */
const CONFIG_LIMIT = 1 << 20;

/**
 * Checks everything a device would look at, and what it would not notice: the form of the
 * archive and of the state, every object's hash, containers, images, signatures and what they
 * cover (spec/device.md). Whatever is wrong comes as a finding.
 */
export async function verifyPackage(subject: Verifiable, options: VerifyOptions = {}): Promise<VerifyReport> {
	const { state, objects } = subject;
	const signatures = verifyState(state, options.trust ?? { embedded: true });
	const read = signatures.flatMap(({ signature }) => signature ?? []);
	const coverage = coverageOf(state, read);
	const sizes = objects ? stateObjects(state).map((sha256) => objects.get(sha256)?.size ?? 0) : [];
	const findings = [
		...(subject.findings ?? []),
		...lintText(subject, signatures.length > 0),
		...lintState(state),
		...(objects ? await lintObjects(state, objects, options) : []),
		...lintSignatures(state, signatures, options),
		...lintUnsigned(state, read),
		...(options.strict ? coverage.uncovered.map(uncovered) : []),
	];
	return {
		ok: findings.every(({ severity }) => severity !== "error"),
		findings,
		signatures,
		coverage,
		objects: sizes.length,
		bytes: sizes.reduce((sum, size) => sum + size, 0),
	};
}

function lintText({ state, text }: Verifiable, signed: boolean): Finding[] {
	if (text === undefined || isCanonicalInside(Buffer.from(text).toString("utf8"), state)) return [];
	return [
		signed
			? error("STATE_TEXT", "json", "is not canonical: devices refuse the signatures over it")
			: warning("STATE_TEXT", "json", "is not canonical: it cannot be signed as it stands"),
	];
}

/** Devices copy the text of each member: what lies between members does not count, all else does. */
function isCanonicalInside(text: string, state: State): boolean {
	const canonical = encodeState(state);
	if (text === canonical) return true;
	let rest = text.trim();
	const take = (token: string): boolean => {
		const matches = rest.startsWith(token);
		rest = rest.slice(token.length).trimStart();
		return matches;
	};
	const tokens = [...(parseState(canonical, "json") as JsonObject)].flatMap(([key, value], i) => [
		i === 0 ? "{" : ",",
		encodeCanonicalJson(key),
		":",
		encodeCanonicalJson(value),
	]);
	return [...tokens, "}"].every(take) && rest === "";
}

function uncovered(key: string): Finding {
	return error("STATE_UNCOVERED", key, "strict secure boot refuses it: no signature includes or excludes it");
}

async function lintObjects(
	state: State,
	objects: NonNullable<Verifiable["objects"]>,
	{ checkImage }: VerifyOptions,
): Promise<Finding[]> {
	const findings: Finding[] = [];
	const sound = new Map<string, Content>();
	for (const sha256 of stateObjects(state)) {
		const content = objects.get(sha256);
		const got = content && contentSha256(content);
		if (content && got === sha256) sound.set(sha256, content);
		else if (content)
			findings.push(error("OBJECT_HASH", `objects/${sha256}`, `expected that sha256, got ${got}`));
		else findings.push(error("OBJECT_MISSING", keyOf(state, sha256), `object ${sha256} is missing`));
	}
	const used = new Set(stateObjects(state));
	for (const sha256 of objects.keys?.() ?? []) {
		if (!used.has(sha256))
			findings.push(warning("OBJECT_UNUSED", `objects/${sha256}`, "no key of the state names it"));
	}
	for (const [key, value] of state) {
		const content = sound.get(objectReference(value) ?? "");
		if (content) findings.push(...(await lintObject(state, key, content, checkImage)));
	}
	return findings;
}

function keyOf(state: State, sha256: string): string {
	return [...state].find(([, value]) => value === sha256)?.[0] ?? sha256;
}

async function lintObject(
	state: State,
	key: string,
	content: Content,
	checkImage: VerifyOptions["checkImage"],
): Promise<Finding[]> {
	if (/^[^/_][^/]*\/lxc\.container\.conf$/.test(key) && content.size <= CONFIG_LIMIT) {
		const text = Buffer.from(contentBytes(content)).toString("utf8");
		return [...lintLxcConfig(text, key), ...lintPool(state, key, text)];
	}
	if (!/^[^/_][^/]*\/[^/]+\.squashfs$/.test(key)) return [];
	const findings = lintSquashfs(content, key);
	if (findings.length > 0 || checkImage === undefined) return findings;
	try {
		await checkImage(content);
		return [];
	} catch (cause) {
		return [error("IMAGE_DAMAGED", key, cause instanceof Error ? cause.message : String(cause))];
	}
}

/** The device refuses to start a container that is in a pool and has a network of its own. */
function lintPool(state: State, key: string, text: string): Finding[] {
	const run = state.get(key.replace(/lxc\.container\.conf$/, "run.json"));
	const network = isJsonObject(run) ? run.get("network") : undefined;
	if (!isJsonObject(network) || !network.has("pool") || !/^\s*lxc\.net\./m.test(text)) return [];
	return [
		error(
			"LXC_NETWORK",
			key,
			"has lxc.net lines beside a network pool in run.json: the container does not start",
		),
	];
}

function lintSignatures(
	state: State,
	signatures: readonly VerifiedSignature[],
	{ trust }: VerifyOptions,
): Finding[] {
	return signatures.flatMap(({ key, signature, error: cause }) => [
		...(cause ? [error("SIGNATURE_INVALID", key, withoutSubject(cause.message, key))] : []),
		...(cause || trust
			? []
			: [warning("SIGNATURE_UNTRUSTED", key, "holds, but only the key it brings along vouches for it")]),
		...(signature ? lintSignature(state, signature) : []),
	]);
}

/** Messages of errors begin with what a finding has as its subject. */
function withoutSubject(message: string, subject: string): string {
	return message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
}
