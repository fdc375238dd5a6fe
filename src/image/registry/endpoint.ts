import { RegistryError } from "./errors.js";
import { mayBePlain, type Settings } from "./settings.js";
import type { Transport } from "./transport.js";

/** One place where a repository is served: the registry itself or a mirror. */
export class Endpoint {
	/** `host[:port]` */
	readonly host: string;
	/** The repository's path there. */
	readonly repository: string;
	/** The registry that the reference names, not a mirror. */
	readonly isOrigin: boolean;
	readonly #transport: Transport;
	readonly #settings: Settings;
	#base: Promise<URL> | undefined;

	constructor(
		place: { readonly host: string; readonly repository: string; readonly isOrigin: boolean },
		transport: Transport,
		settings: Settings,
	) {
		this.host = place.host;
		this.repository = place.repository;
		this.isOrigin = place.isOrigin;
		this.#transport = transport;
		this.#settings = settings;
	}

	/** `https://host/`, or `http://host/` where that is allowed and nothing else is spoken. */
	async base(): Promise<URL> {
		this.#base ??= this.#probe();
		return this.#base;
	}

	/** `manifests/latest` → its address. */
	async url(path: string): Promise<URL> {
		return new URL(`/v2/${this.repository}/${path}`, await this.base());
	}

	/** Only hosts that may speak plain HTTP are tried out; nothing secret is sent for that. */
	async #probe(): Promise<URL> {
		const secure = new URL(`https://${this.host}/`);
		if (!mayBePlain(this.#settings, secure)) return secure;
		try {
			const response = await this.#transport.send({
				method: "GET",
				url: new URL("/v2/", secure),
				headers: {},
			});
			await response.discard();
			return secure;
		} catch (error) {
			if (isLasting(error)) throw error;
			return new URL(`http://${this.host}/`);
		}
	}
}

/** A certificate that is not trusted is TLS all the same, and what the user set up wrong is no reason to go without. */
function isLasting(error: unknown): boolean {
	if (!(error instanceof RegistryError)) return false;
	const { code, message } = error;
	return code === "ERR_REGISTRY_CONFIG" || (code === "ERR_REGISTRY_TLS" && / certificate /.test(message));
}
