import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import type { RegistryError } from "./errors.js";
import { type AddressClass, classifyAddress } from "./network-address.js";

/** Resolves a name as `node:dns` does, for all its addresses. */
export type LookupAll = (
	hostname: string,
	options: LookupOptions & { readonly all: true },
	callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Addresses that a request may reach. */
export interface Reach {
	readonly allowed: ReadonlySet<AddressClass>;
	/** Returns the error for any other address. */
	refuse(place: AddressClass): RegistryError;
}

type Callback = (
	error: NodeJS.ErrnoException | null,
	address?: string | LookupAddress[],
	family?: number,
) => void;

/** Resolves names for connections, so that the address that was checked is the one that is connected to. */
export class NameLookup {
	readonly #lookup: LookupAll;
	readonly #addresses = new Map<string, readonly string[]>();

	constructor(lookup: LookupAll = systemLookup) {
		this.#lookup = lookup;
	}

	/** Returns the addresses of a name at its last connection. */
	addressesOf(hostname: string): readonly string[] {
		return this.#addresses.get(hostname) ?? [];
	}

	/** Returns a `lookup` for sockets that refuses names outside of `reach`. */
	within(reach: Reach | undefined) {
		return (hostname: string, options: LookupOptions, callback: Callback): void => {
			this.#lookup(hostname, { ...options, all: true }, (error, addresses) => {
				if (error) return callback(error);
				this.#addresses.set(
					hostname,
					addresses.map(({ address }) => address),
				);
				const classes = addresses.map(({ address }) => classifyAddress(address));
				const bad = classes.find((place) => reach !== undefined && !reach.allowed.has(place));
				if (bad !== undefined) return callback(reach!.refuse(bad));
				const [first] = addresses;
				if (options.all || first === undefined) callback(null, addresses);
				else callback(null, first.address, first.family);
			});
		};
	}
}
