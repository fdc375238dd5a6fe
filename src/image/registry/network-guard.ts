import { RegistryError } from "./errors.js";
import { shownUrl } from "./message.js";
import type { Reach } from "./name-lookup.js";
import { type AddressClass, classifyAddress, isAddress } from "./network-address.js";
import type { Transport } from "./transport.js";

/**
 * Keeps servers from sending us into networks that they cannot reach themselves: the cloud's
 * metadata service, this machine, the company's inner hosts (docs/formats/images.md#addresses-that-servers-name).
 * Names are checked when they are connected to, as a name may lead elsewhere the next time.
 */
export class NetworkGuard {
	readonly #transport: Transport;

	constructor(transport: Transport) {
		this.#transport = transport;
	}

	/** A token server may be as private as its registry, not more. */
	checkRealm(realm: URL, registry: URL): Reach | undefined {
		return this.#reach(realm, registry, "ask for a token", ["public"]);
	}

	/** Storage on a private network is common, on this machine or link-local it is not. */
	checkRedirect(target: URL, registry: URL): Reach | undefined {
		return this.#reach(target, registry, "follow redirect", ["public", "private"]);
	}

	/** What a manifest names is never fetched from anywhere but public hosts. */
	checkForeign(target: URL): Reach | undefined {
		return this.#checked(target, "fetch foreign layer", new Set(["public"]));
	}

	/** The host itself may be reached wherever it is. */
	#reach(target: URL, home: URL, action: string, allowed: readonly AddressClass[]): Reach | undefined {
		if (target.hostname === home.hostname) return undefined;
		const place = this.#transport.placeOf(home);
		const beside: AddressClass[] = place === "loopback" ? ["loopback", "private"] : [place];
		return this.#checked(target, action, new Set([...allowed, ...beside]));
	}

	/** @throws RegistryError ERR_REGISTRY_UNSAFE for an address, or a name of this machine, that is out of reach. */
	#checked(target: URL, action: string, allowed: ReadonlySet<AddressClass>): Reach | undefined {
		const refuse = (place: AddressClass): RegistryError => refusal(target, action, place);
		const place = classifyAddress(target.hostname);
		if (!allowed.has(place)) throw refuse(place);
		// Behind a proxy names are the proxy's to resolve.
		if (isAddress(target.hostname) || this.#transport.isProxied(target)) return undefined;
		return { allowed, refuse };
	}
}

function refusal(url: URL, action: string, place: AddressClass): RegistryError {
	const message = `${shownUrl(url)}: ${action}: refused, as this is a ${place} address and the registry is not there`;
	return new RegistryError("ERR_REGISTRY_UNSAFE", message);
}
