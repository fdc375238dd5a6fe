import { RegistryError } from "./errors.js";
import { shownUrl } from "./message.js";
import type { Reach } from "./name-lookup.js";
import { type AddressClass, classifyAddress, isAddress } from "./network-address.js";
import type { Transport } from "./transport.js";

/**
 * Prevents servers from sending requests of this program into networks that they cannot reach themselves: the
 * cloud's metadata service, this machine, internal hosts of a company
 * (docs/formats/images.md#addresses-that-servers-name). Names are checked at every connection, as a name may lead
 * elsewhere the next time.
 */
export class NetworkGuard {
	readonly #transport: Transport;

	constructor(transport: Transport) {
		this.#transport = transport;
	}

	/** Checks a token server, which may be as private as its registry, but not more. */
	checkRealm(realm: URL, registry: URL): Reach | undefined {
		return this.#reach(realm, registry, "ask for a token", ["public"]);
	}

	/**
	 * Checks a redirect. Storage may be on a private network, which is common, but not on this machine or
	 * link-local.
	 */
	checkRedirect(target: URL, registry: URL): Reach | undefined {
		return this.#reach(target, registry, "follow redirect", ["public", "private"]);
	}

	/** Checks an address in a manifest, which must be a public host. */
	checkForeign(target: URL): Reach | undefined {
		return this.#checked(target, "fetch foreign layer", new Set(["public"]));
	}

	/** Returns the allowed addresses. The host itself may be anywhere. */
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
		// Behind a proxy, the proxy resolves names.
		if (isAddress(target.hostname) || this.#transport.isProxied(target)) return undefined;
		return { allowed, refuse };
	}
}

function refusal(url: URL, action: string, place: AddressClass): RegistryError {
	const message = `${shownUrl(url)}: ${action}: refused, as this is a ${place} address and the registry is not there`;
	return new RegistryError("ERR_REGISTRY_UNSAFE", message);
}
