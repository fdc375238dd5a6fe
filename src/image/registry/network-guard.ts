import { RegistryError } from "./errors.js";
import { shownUrl } from "./message.js";
import { type AddressClass, classifyAddress, classifyHost } from "./network-address.js";
import type { Transport } from "./transport.js";

/**
 * Keeps servers from sending us into networks that they cannot reach themselves: the cloud's
 * metadata service, this machine, the company's inner hosts (spec/registry.md rows 17 and 44).
 */
export class NetworkGuard {
	readonly #transport: Transport;

	constructor(transport: Transport) {
		this.#transport = transport;
	}

	/** A token server may be as private as its registry, not more. */
	async checkRealm(realm: URL, registry: URL): Promise<void> {
		await this.#check(realm, registry, "ask for a token", ["public"]);
	}

	/** Storage on a private network is common, on this machine or link-local it is not. */
	async checkRedirect(target: URL, registry: URL): Promise<void> {
		await this.#check(target, registry, "follow redirect", ["public", "private"]);
	}

	/** What a manifest names is never fetched from anywhere but public hosts. */
	async checkForeign(target: URL): Promise<void> {
		const [bad] = (await this.#classes(target)).filter((place) => place !== "public");
		if (bad !== undefined) throw refusal(target, "fetch foreign layer", bad);
	}

	async #check(target: URL, home: URL, action: string, allowed: readonly AddressClass[]): Promise<void> {
		if (target.hostname === home.hostname) return;
		const [bad] = (await this.#classes(target)).filter((place) => !allowed.includes(place));
		if (bad === undefined) return;
		const homes = await this.#classes(home);
		const inside = homes.includes(bad) || (bad === "private" && homes.includes("loopback"));
		if (!inside) throw refusal(target, action, bad);
	}

	/** Behind a proxy names are the proxy's to resolve: only literal addresses tell anything. */
	async #classes(url: URL): Promise<readonly AddressClass[]> {
		return this.#transport.isProxied(url) ? [classifyAddress(url.hostname)] : classifyHost(url.hostname);
	}
}

function refusal(url: URL, action: string, place: AddressClass): RegistryError {
	const message = `${shownUrl(url)}: ${action}: refused, as this is a ${place} address and the registry is not there`;
	return new RegistryError("ERR_REGISTRY_UNSAFE", message);
}
