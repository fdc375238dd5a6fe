import { RegistryError } from "./errors.js";
import { cameOverTls } from "./exchange.js";
import { mayBePlain, type Settings } from "./settings.js";
import type { Transport } from "./transport.js";

/** One place where a repository is served: the registry itself or a mirror. */
export class Endpoint {
	/** `host[:port]` */
	readonly host: string;
	/** The repository's path there. */
	readonly repository: string;
	/** Whether this is the registry that the reference names, not a mirror. */
	readonly isOrigin: boolean;
	readonly #transport: Transport;
	readonly #settings: Settings;
	#base: Promise<URL> | undefined;
	#challenges: Promise<readonly string[]> | undefined;

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

	/** Returns `https://host/`, or `http://host/` if that is allowed and the server uses nothing else. */
	async base(): Promise<URL> {
		this.#base ??= this.#probe();
		return this.#base;
	}

	/** Returns the address of a path such as `manifests/latest`. */
	async url(path: string): Promise<URL> {
		return new URL(`/v2/${this.repository}/${path}`, await this.base());
	}

	/**
	 * Returns the challenges in the answer of `/v2/` without credentials; none if it accepts everybody, or does not
	 * exist.
	 */
	async challenges(): Promise<readonly string[]> {
		this.#challenges ??= this.base().then(async (base) => (await this.#look(base)).challenges);
		return this.#challenges;
	}

	/**
	 * Finds out whether a host that may use plain HTTP does; nothing secret is sent for that. An actual registry
	 * decides, as a server on port 443 may be unrelated to a registry on port 80.
	 */
	async #probe(): Promise<URL> {
		const secure = new URL(`https://${this.host}/`);
		if (!mayBePlain(this.#settings, secure)) return secure;
		const plain = new URL(`http://${this.host}/`);
		try {
			if ((await this.#look(secure)).isRegistry) return secure;
		} catch (error) {
			if (speaksTls(error)) throw error;
			return plain;
		}
		return (await this.#look(plain).catch(() => undefined))?.isRegistry ? plain : secure;
	}

	/** Requests `/v2/` once, without credentials. */
	async #look(base: URL): Promise<{ readonly isRegistry: boolean; readonly challenges: readonly string[] }> {
		const url = new URL("/v2/", base);
		const response = await this.#transport.send({ method: "GET", url, headers: {} });
		await response.discard();
		const challenges = response.status === 401 ? response.header("www-authenticate") : [];
		const isMarked = response.header("docker-distribution-api-version").length > 0;
		return { isRegistry: isMarked || response.status === 200 || challenges.length > 0, challenges };
	}
}

/** TLS errors that show that the server does not speak TLS. */
const PLAIN_ANSWER =
	/wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|unknown[ _]protocol|http[ _]request/i;

/**
 * Returns whether an error shows that a server speaks TLS, so that it gets nothing in plain text: an untrusted
 * certificate, an alert such as for a refused client certificate, or an error in the user's settings.
 */
function speaksTls(error: unknown): boolean {
	if (!(error instanceof RegistryError)) return false;
	if (error.code === "ERR_REGISTRY_CONFIG") return true;
	if (PLAIN_ANSWER.test(error.message)) return false;
	return error.code === "ERR_REGISTRY_TLS" || cameOverTls(error.cause);
}
