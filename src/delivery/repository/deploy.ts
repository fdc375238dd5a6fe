import { dirname, join, resolve } from "node:path";
import { errorCode } from "../../ground/bytes/index.js";
import { FileChanges, isDirectory, removeTree } from "../../ground/files/index.js";
import { isJsonObject } from "../../ground/json/index.js";
import {
	type Checkout,
	importState,
	initCheckout,
	readCheckout,
	restoreCheckout,
} from "../../pantavisor/checkout/index.js";
import { expectDigest, type ObjectSource } from "../../pantavisor/package/index.js";
import { objectReference, type State } from "../../pantavisor/state/index.js";
import { openReceived, type Received, type ReceiveRequest } from "./receive.js";

/** What boot loaders look for below `.pv/`, by the member of `bsp/run.json` that names the file. */
const BOOT_LINKS: readonly (readonly [member: string, link: string])[] = [
	["initrd", "pv-initrd.img"],
	["pantavisor", "pv-initrd.img"],
	["linux", "pv-kernel.img"],
	["kernel", "pv-kernel.img"],
	["fdt", "pv-fdt.dtb"],
	["fit", "pantavisor.fit"],
];

export interface DeployRequest extends Omit<ReceiveRequest, "place" | "mode"> {
	/** The directory of a revision; is made a checkout where it is none. */
	readonly directory: string;
	/** Places as `get` takes them, in order. */
	readonly places: readonly string[];
}

/**
 * Lays repositories into the directory of a revision as a device has it, `pvr deploy`: objects in the store,
 * files as second names of them, documents canonical, and links for boot loaders below `.pv/`. Of a place
 * without parts all parts come in, each in the place of what had its name; nothing else is touched. All places are
 * read and admitted before the first of them changes the revision.
 * @returns the state of the directory.
 */
export async function deployRepositories(request: DeployRequest): Promise<State> {
	// Only its own failure takes away what this call made.
	const made = firstMissing(join(request.directory, ".pvr"));
	const checkout = openTarget(request);
	try {
		const before = checkout.state;
		await importPlaces(checkout, request);
		const after = readCheckout(request.directory, request.local);
		try {
			layOut(after, before);
			linkBootFiles(after);
			return after.state;
		} finally {
			after.close();
		}
	} catch (error) {
		if (made !== undefined) removeTree(made);
		throw error;
	} finally {
		checkout.close();
	}
}

/** The directory nearest to the root that would be made for a path; undefined where all of it is there. */
function firstMissing(path: string): string | undefined {
	if (isDirectory(path)) return undefined;
	return firstMissing(dirname(resolve(path))) ?? path;
}

/** Lays the places over the state, each over what those before it made, and commits what comes of it at once. */
async function importPlaces(checkout: Checkout, request: DeployRequest): Promise<void> {
	const received: Received[] = [];
	try {
		let state = checkout.state;
		for (const place of request.places) {
			// What a place before this one brings is not in the checkout yet.
			const earlier = received.map(({ objects }) => objects);
			const admit: ReceiveRequest["admit"] = (name, made, objects) =>
				request.admit?.(name, made, firstOf([objects, ...earlier]));
			const next = await openReceived(checkout, state, { ...request, admit, place, mode: "each part" });
			received.push(next);
			state = next.state;
		}
		importState(checkout, state, firstOf(received.map(({ objects }) => objects)));
	} finally {
		for (const one of received) one.close();
	}
}

/** An object from the first source that has it. */
function firstOf(sources: readonly ObjectSource[]): ObjectSource {
	return {
		get: (sha256) => {
			for (const source of sources) {
				const content = source.get(sha256);
				if (content !== undefined) return content;
			}
			return undefined;
		},
	};
}

function openTarget({ directory, local }: DeployRequest): Checkout {
	try {
		return readCheckout(directory, local);
	} catch (error) {
		if (errorCode(error) !== "ERR_CHECKOUT_NOT_FOUND") throw error;
		initCheckout(directory);
		return readCheckout(directory, local);
	}
}

/** Files of what is gone are removed; the others are second names of objects. */
function layOut(checkout: Checkout, before: State): void {
	const changes = new FileChanges(checkout.directory);
	try {
		for (const key of before.keys()) {
			if (key !== "#spec" && !checkout.state.has(key)) changes.remove(key);
		}
		changes.commit();
	} finally {
		changes.discard();
	}
	restoreCheckout(checkout, { hardlink: true });
}

function linkBootFiles({ directory, state }: Checkout): void {
	const run = state.get("bsp/run.json");
	if (!isJsonObject(run)) return;
	const changes = new FileChanges(directory);
	try {
		for (const [member, link] of BOOT_LINKS) {
			const file = run.get(member);
			const key = `bsp/${file}`;
			const value = typeof file === "string" ? state.get(key) : undefined;
			if (value === undefined) continue;
			const got = changes.link(`.pv/${link}`, `${directory}/${key}`);
			const sha256 = objectReference(value);
			if (sha256 !== undefined) expectDigest(`object ${sha256}: deploy ${key}`, sha256, got);
		}
		changes.commit();
	} finally {
		changes.discard();
	}
}
