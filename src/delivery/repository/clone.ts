import { join } from "node:path";
import { TemporaryDirectory } from "../../ground/files/index.js";
import {
	initCheckout,
	readCheckout,
	rememberPlaces,
	writeCheckout,
} from "../../pantavisor/checkout/index.js";
import type { State } from "../../pantavisor/state/index.js";
import { isRemoteAddress } from "./address.js";
import { type ReceiveRequest, receiveState } from "./receive.js";

export interface CloneRequest extends Omit<ReceiveRequest, "mode"> {
	/** The checkout to make; must not be there, or be empty. */
	readonly directory: string;
	readonly temporaryDirectory: string;
}

/**
 * Makes a checkout of a repository, or of parts of it; the directory appears as a whole, and remembers the
 * place where that is an address.
 * @throws as `receiveState`; CheckoutError ERR_CHECKOUT_OCCUPIED.
 */
export async function cloneRepository(request: CloneRequest): Promise<State> {
	const { directory, place, temporaryDirectory } = request;
	const work = TemporaryDirectory.create(temporaryDirectory);
	try {
		const path = join(work.path, "clone");
		initCheckout(path);
		const received = readCheckout(path);
		try {
			const state = await receiveState(received, request);
			writeCheckout(directory, state, received.objects);
			if (isRemoteAddress(place)) {
				rememberPlaces(directory, { DefaultGetUrl: place, DefaultPutUrl: place, DefaultPostUrl: place });
			}
			return state;
		} finally {
			received.close();
		}
	} finally {
		work.remove();
	}
}
