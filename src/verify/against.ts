import { compareCodePoints, encodeCanonicalJson } from "../ground/json/index.js";
import { type Finding, layPackage } from "../pantavisor/rules/index.js";
import { encodeState, partOfKey, type State } from "../pantavisor/state/index.js";
import { found } from "./against-rules.js";
import { type VerifyOptions, verifyPackage } from "./verify-package.js";

/** The result of adding packages to a device's state. */
export interface AgainstReport {
	/** Whether no finding is an error. */
	readonly ok: boolean;
	/** The state that the device would run. */
	readonly state: State;
	readonly added: readonly string[];
	readonly removed: readonly string[];
	readonly changed: readonly string[];
	/** Problems that the packages cause, without those that the device's state had before. */
	readonly findings: readonly Finding[];
}

/**
 * Adds packages to a device's state one after the other, as its importer does, and applies the device rules to the
 * result (docs/formats/devices.md). Pure: it reads nothing but the arguments.
 *
 * It does not check who signed: the device has parts of others, and packages are verified by themselves.
 *
 * @param running the state of the device.
 * @param packages the states of packages, in the order in which they are added.
 * @throws PantavisorError ERR_STATE if the importer refuses a package.
 */
export async function verifyAgainst(
	running: State,
	packages: readonly State[],
	options: Pick<VerifyOptions, "strict"> = {},
): Promise<AgainstReport> {
	let state = running;
	const laying: Finding[] = [];
	for (const incoming of packages) {
		const laid = layPackage(state, incoming);
		laying.push(...lintLaying(laid, incoming));
		state = laid.state;
	}
	const known = new Set((await findingsOf(running, options)).map(nameOf));
	const after = (await findingsOf(state, options)).filter((finding) => !known.has(nameOf(finding)));
	const findings = [...laying, ...after];
	return {
		ok: findings.every(({ severity }) => severity !== "error"),
		state,
		...compareStates(running, state),
		findings,
	};
}

async function findingsOf(state: State, options: VerifyOptions): Promise<readonly Finding[]> {
	const text = Buffer.from(encodeState(state));
	const { findings } = await verifyPackage({ state, text }, { ...options, whole: true });
	return findings.filter(({ code }) => code !== "SIGNATURE_UNTRUSTED");
}

function nameOf({ code, subject, message }: Finding): string {
	return JSON.stringify([code, subject, message]);
}

/** Reports what the importer does beyond replacing the containers of a package. */
function lintLaying({ state, removed, doubled }: ReturnType<typeof layPackage>, incoming: State): Finding[] {
	const owners = new Set([...incoming.keys()].map(partOfKey));
	const lost = removed.filter((key) => !state.has(key) && !owners.has(partOfKey(key)));
	const directories = new Set([...incoming.keys()].flatMap((key) => /^([^_/][^/]*)\//.exec(key)?.[1] ?? []));
	const stale = [...state.keys()].filter(
		(key) => !incoming.has(key) && directories.has(key.slice(0, Math.max(0, key.indexOf("/")))),
	);
	return [
		...lost.map((key) => found("AGAINST_LOST", key)),
		...doubled.map((key) => found("AGAINST_TWICE", key)),
		...stale.map((key) => found("AGAINST_STALE", key)),
	];
}

function compareStates(from: State, to: State): Pick<AgainstReport, "added" | "removed" | "changed"> {
	const keys = [...to.keys()].sort(compareCodePoints);
	const isSame = (key: string): boolean =>
		encodeCanonicalJson(from.get(key)!) === encodeCanonicalJson(to.get(key)!);
	return {
		added: keys.filter((key) => !from.has(key)),
		removed: [...from.keys()].filter((key) => !to.has(key)).sort(compareCodePoints),
		changed: keys.filter((key) => from.has(key) && !isSame(key)),
	};
}
