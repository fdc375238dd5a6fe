import type { Content } from "../../ground/bytes/index.js";
import { emptyState, type State, stateObjects } from "../../pantavisor/state/index.js";
import { type AgainstReport, type VerifyOptions, verifyAgainst } from "../../verify/index.js";

/** A package that is pushed. */
export interface PushedPackage {
	readonly path: string;
	readonly state: State;
	readonly objects: ReadonlyMap<string, Content>;
}

/** An object of a package, and whether the device's state names it already. */
export interface PlannedObject {
	readonly sha256: string;
	/** A key of the package that names it. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly present: boolean;
}

/** What a push would do to a device. */
export interface PushPlan {
	/** What becomes of the state, and what is wrong with that. */
	readonly against: AgainstReport;
	/** Every object of the packages once, in the order of their hashes. */
	readonly objects: readonly PlannedObject[];
	/** Bytes of the objects that the device does not have. */
	readonly transfer: number;
}

/**
 * Returns what pushing packages to a device does: the state that comes of it, and the objects that it needs.
 * @param running the state that the device runs.
 * @param replace whether the packages take the place of the whole state.
 */
export async function planPush(
	running: State,
	packages: readonly PushedPackage[],
	{ replace, verify }: { readonly replace: boolean; readonly verify?: VerifyOptions | undefined },
): Promise<PushPlan> {
	const base = replace ? emptyState() : running;
	const states = packages.map(({ state }) => state);
	const against = await verifyAgainst(base, states, { strict: verify?.strict });
	const there = new Set(stateObjects(running));
	const objects = plannedObjects(packages, there);
	const missing = objects.filter(({ present }) => !present);
	return { against, objects, transfer: missing.reduce((sum, { size }) => sum + size, 0) };
}

function plannedObjects(packages: readonly PushedPackage[], there: ReadonlySet<string>): PlannedObject[] {
	const found = new Map<string, PlannedObject>();
	for (const { state, objects } of packages) {
		for (const [key, value] of state) {
			const content = typeof value === "string" ? objects.get(value) : undefined;
			if (content === undefined || found.has(value as string)) continue;
			const sha256 = value as string;
			found.set(sha256, { sha256, key, size: content.size, present: there.has(sha256) });
		}
	}
	return [...found.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}
