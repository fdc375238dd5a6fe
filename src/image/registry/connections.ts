import { Limiter } from "../../ground/bytes/index.js";
import type { Digest, ImageSource, Reference } from "../oci/index.js";
import type { AuthorizationContext } from "./authorizer.js";
import { CredentialStore } from "./credentials.js";
import { shown } from "./message.js";
import { aliasOf, type Place, placesOf } from "./mirror.js";
import { NetworkGuard } from "./network-guard.js";
import { referrersSource } from "./referrers.js";
import type { RegistriesConf } from "./registries-conf.js";
import { readRegistriesConf } from "./registries-files.js";
import { ConnectedSource, type RegistrySource } from "./registry.js";
import { type RegistryOptions, type Settings, settingsFrom } from "./settings.js";
import { TokenCache } from "./token.js";
import { Transport } from "./transport.js";

/**
 * Connections, credentials and tokens that images of any number of registries share. Whoever opens it closes it;
 * its images cannot be used after that.
 */
export class RegistryConnections {
	readonly settings: Settings;
	readonly transport: Transport;
	readonly guard: NetworkGuard;
	/** Credentials and tokens for requests. */
	readonly authorization: AuthorizationContext;
	readonly #downloads = new Map<string, Limiter>();
	/** Hosts that may use plain HTTP; those of registries.conf are added when an image of them is opened. */
	readonly #insecureHosts: string[];
	#registries: RegistriesConf | undefined;

	/** @throws RegistryError ERR_REGISTRY_CONFIG for options that cannot be used. */
	constructor(options: RegistryOptions = {}) {
		const given = settingsFrom(options);
		this.#insecureHosts = typeof given.insecure === "boolean" ? [] : [...given.insecure];
		const insecure = given.insecure === true ? true : this.#insecureHosts;
		const settings = { ...given, insecure };
		this.settings = settings;
		this.transport = new Transport(settings);
		this.guard = new NetworkGuard(this.transport);
		const credentials = new CredentialStore(settings);
		const tokens = new TokenCache(this.transport, this.guard, settings);
		this.authorization = { settings, guard: this.guard, credentials, tokens };
	}

	/**
	 * Returns the image of a reference from its registry, or from a mirror of it. Nothing is requested before the
	 * first fetch.
	 */
	open(reference: Reference): RegistrySource {
		return new ConnectedSource(reference, this);
	}

	/** Returns what refers to an image in its repository, such as signatures. */
	openReferrers(reference: Reference, digest: Digest): ImageSource {
		const source = new ConnectedSource({ ...reference, tag: undefined, digest }, this);
		return referrersSource(source, digest, this.settings);
	}

	/**
	 * Returns the places to ask for an image, by the user's mirrors and registries.conf; the registry itself is
	 * last.
	 */
	placesOf(reference: Reference): Place[] {
		this.#registries ??= readRegistriesConf(this.settings);
		const places = placesOf(reference, this.settings.mirrors, this.#registries);
		this.#insecureHosts.push(...places.filter(({ insecure }) => insecure).map(({ host }) => host));
		const alias = aliasOf(reference, this.#registries);
		if (alias !== undefined) {
			const reason = `is Docker Hub's, though registries.conf has the alias ${shown(alias)} for it (write the full name)`;
			this.settings.onWarning(`${reference.familiarName}: ${reason}`);
		}
		return places;
	}

	/** Returns the limiter of how many blobs come from one registry at a time. */
	downloadsFrom(registry: string): Limiter {
		const known = this.#downloads.get(registry) ?? new Limiter(this.settings.concurrency);
		this.#downloads.set(registry, known);
		return known;
	}

	/** Ends every connection, even in the middle of a body. */
	async close(): Promise<void> {
		await this.transport.close();
	}
}

/**
 * Opens the image of a reference with connections of its own, which end when it is closed. Use one source for all
 * platforms.
 * @throws RegistryError ERR_REGISTRY_CONFIG for options that cannot be used.
 */
export function openRegistry(reference: Reference, options: RegistryOptions = {}): RegistrySource {
	const connections = new RegistryConnections(options);
	return new ConnectedSource(reference, connections, () => connections.close());
}
