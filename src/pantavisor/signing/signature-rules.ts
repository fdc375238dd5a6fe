import { isJsonObject, type JsonObject, type JsonValue, jsonTokens } from "../../ground/json/index.js";
import { error, type Finding, warning } from "../rules/index.js";
import type { State } from "../state/index.js";
import { anyDeviceGlob, hasNamedClass } from "./device-glob.js";
import { keyAlgorithm } from "./key.js";
import { type Signature, signatureSelection } from "./signature.js";

/**
 * Reports what a device would not check, refuse or crash on in a valid signature
 * (docs/formats/devices.md#the-signature-check).
 */
export function lintSignature(state: State, signature: Signature): Finding[] {
	return [
		...lintPlace(signature),
		...lintHeader(signature),
		...lintPatterns(signature),
		...lintSelected(state, signature),
		...lintChain(signature),
	];
}

/** Reports signatures that cover what another one covers, too: each is named once, with the first file. */
export function lintShared(state: State, signatures: readonly Signature[]): Finding[] {
	const first = new Map<string, Signature>();
	return signatures.flatMap((signature) => {
		const covered = [...state.keys()].filter((key) => signature.included(key) && !signature.excluded(key));
		const shared = covered.find((key) => key !== "#spec" && first.has(key));
		const other = shared === undefined ? undefined : first.get(shared)!.key;
		for (const key of covered) if (!first.has(key)) first.set(key, signature);
		if (other === undefined) return [];
		return [warning("SIGNATURE_TWICE", signature.key, `covers ${shared}, as ${other} does`)];
	});
}

/** Reports containers without a signature that names their directory: an update would leave stale files behind. */
export function lintUnsigned(state: State, signatures: readonly Signature[]): Finding[] {
	const names = [...state.keys()].flatMap((key) => /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1] ?? []);
	return names
		.filter((name) => !signatures.some(({ included }) => included(`${name}/run.json`)))
		.map((name) =>
			warning("PART_UNSIGNED", name, "no signature covers it: an update leaves stale files behind"),
		);
}

/**
 * Checks that a signature excludes its own file. Nothing else binds it to its name: a copy under another name is
 * valid today, stays on the device when the container is updated, and makes it refuse the update.
 */
function lintPlace({ key, exclude = [] }: Signature): Finding[] {
	const own = exclude.filter(
		(pattern) => /^_sigs\/[A-Za-z0-9_.-]+\.json$/.test(pattern) && pattern !== "_sigs/.json",
	);
	const moved =
		own.length === 0 || own.includes(key)
			? []
			: [error("SIGNATURE_MOVED", key, `was made for ${own.join(", ")}: it would outlive an update`)];
	if (/^_sigs\/[^/]+\.json$/.test(key)) return moved;
	return [
		...moved,
		warning("SIGNATURE_PLACE", key, "a signature outside _sigs/ is verified by devices all the same"),
	];
}

function lintHeader({ key, header, document, protectedPart }: Signature): Finding[] {
	const findings: Finding[] = [];
	const text = Buffer.from(protectedPart, "base64url").toString("utf8");
	if (text.includes("\\"))
		findings.push(error("SIGNATURE_HEADER_TEXT", key, "its header has escapes, which devices do not decode"));
	const pvs = header.get("pvs");
	const misread = [
		...misreadMembers(document, ["#spec", "protected", "signature"]),
		...misreadMembers(header, ["typ", "pvs", "x5c", "alg"]),
		...(isJsonObject(pvs) ? misreadMembers(pvs, ["include", "exclude"]) : []),
	];
	for (const name of misread) {
		const reason = `devices take another string ${JSON.stringify(name)} for the member of that name`;
		findings.push(error("SIGNATURE_HEADER_ORDER", key, reason));
	}
	const members = [...header.keys()];
	if (header.get("typ") !== "PVS") {
		findings.push(
			error("SIGNATURE_TYPE", key, `typ: expected "PVS", got ${JSON.stringify(header.get("typ") ?? null)}`),
		);
	}
	if (members.at(-1) === "pvs") {
		findings.push(
			error("SIGNATURE_HEADER_ORDER", key, "pvs is the header's last member: the importer crashes"),
		);
	}
	return findings;
}

/**
 * Returns the names of members in place of which a device reads another value, as it takes the first string of that
 * text at any depth.
 */
function misreadMembers(object: JsonObject, names: readonly string[]): string[] {
	return names.filter((name) => object.has(name) && !isFirst(object, name));
}

function isFirst(object: JsonObject, name: string): boolean {
	for (const [member, value] of object) {
		if (member === name) return value !== name;
		if (holds(value, name)) return false;
	}
	return false;
}

function holds(value: JsonValue, text: string): boolean {
	for (const token of jsonTokens([value])) if (token === text) return true;
	return false;
}

function lintPatterns({ key, include, exclude }: Signature): Finding[] {
	const findings: Finding[] = [];
	if (include === undefined || include.length === 0) {
		findings.push(error("SIGNATURE_INCLUDE", key, "the list of includes is missing or empty"));
	}
	if (exclude === undefined)
		findings.push(error("SIGNATURE_EXCLUDE", key, "no list of excludes: the device crashes"));
	for (const pattern of [...(include ?? []), ...(exclude ?? [])]) {
		if (!pattern.startsWith("*")) continue;
		findings.push(
			error(
				"SIGNATURE_PATTERN",
				key,
				`${pattern} begins with *: adding the package again removes every other one`,
			),
		);
	}
	return findings;
}

/** Checks that a device, which reads patterns in its own way, selects the same keys. */
function lintSelected(state: State, signature: Signature): Finding[] {
	const { include, exclude } = signatureSelection(signature);
	const included = anyDeviceGlob(include);
	const excluded = anyDeviceGlob(exclude);
	const findings: Finding[] = [];
	const selected = new Set(
		[...state.keys()].filter((key) => signature.included(key) && !signature.excluded(key)),
	);
	if (selected.size === 0)
		findings.push(error("SIGNATURE_EMPTY", signature.key, "covers nothing: the device refuses it"));
	for (const pattern of [...include, ...exclude].filter(hasNamedClass)) {
		const reason = `${pattern} has a class by name: devices take it for other characters`;
		findings.push(error("SIGNATURE_SELECTION", signature.key, reason));
	}
	for (const key of state.keys()) {
		if ((included(key) && !excluded(key)) === selected.has(key)) continue;
		const [there, here] = selected.has(key) ? ["leaves out", "covers"] : ["covers", "leaves out"];
		findings.push(
			error("SIGNATURE_SELECTION", signature.key, `the device ${there} ${key}, which the signature ${here}`),
		);
	}
	return findings;
}

function lintChain({ key, chain }: Signature): Finding[] {
	const [leaf] = chain ?? [];
	if (leaf === undefined) {
		return chain ? [error("SIGNATURE_CHAIN", key, "x5c is empty: the device refuses it")] : [];
	}
	try {
		keyAlgorithm(leaf.publicKey, key);
		return [];
	} catch (cause) {
		return [error("SIGNATURE_KEY", key, (cause as Error).message)];
	}
}
