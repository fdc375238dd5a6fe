import { FileChanges } from "../../ground/files/index.js";
import { isJsonObject } from "../../ground/json/index.js";
import {
	type Checkout,
	initCheckout,
	readCheckout,
	restoreCheckout,
} from "../../pantavisor/checkout/index.js";
import type { State } from "../../pantavisor/state/index.js";
import { type ReceiveRequest, receiveState } from "./receive.js";

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
 * without parts all parts come in, each in the place of what had its name; nothing else is touched.
 * @returns the state of the directory.
 */
export async function deployRepositories(request: DeployRequest): Promise<State> {
	const { directory, places, local } = request;
	let checkout = openTarget(request);
	try {
		for (const place of places) {
			const before = checkout.state;
			await receiveState(checkout, { ...request, place, mode: "each part" });
			checkout.close();
			checkout = readCheckout(directory, local);
			layOut(checkout, before);
		}
		linkBootFiles(checkout);
		return checkout.state;
	} finally {
		checkout.close();
	}
}

function openTarget({ directory, local }: DeployRequest): Checkout {
	try {
		return readCheckout(directory, local);
	} catch (error) {
		if ((error as { code?: unknown }).code !== "ERR_CHECKOUT_NOT_FOUND") throw error;
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
			if (typeof file === "string" && state.has(key)) changes.link(`.pv/${link}`, `${directory}/${key}`);
		}
		changes.commit();
	} finally {
		changes.discard();
	}
}
