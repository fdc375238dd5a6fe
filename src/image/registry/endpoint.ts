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
	/** The registry that the reference names, not a mirror. */
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

	/** `https://host/`, or `http://host/` where that is allowed and nothing else is spoken. */
	async base(): Promise<URL> {
		this.#base ??= this.#probe();
		return this.#base;
	}

	/** `manifests/latest` → its address. */
	async url(path: string): Promise<URL> {
		return new URL(`/v2/${this.repository}/${path}`, await this.base());
	}

	/** The challenges with which `/v2/` answers a stranger; none where it lets everybody in, or is not there. */
	async challenges(): Promise<readonly string[]> {
		this.#challenges ??= this.base().then(async (base) => (await this.#look(base)).challenges);
		return this.#challenges;
	}

	/**
	 * Only hosts that may speak plain HTTP are tried out; nothing secret is sent for that. What is there decides:
	 * beside a registry on port 80 there may be another server on 443.
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

	/** One look at `/v2/`, without credentials. */
	async #look(base: URL): Promise<{ readonly isRegistry: boolean; readonly challenges: readonly string[] }> {
		const url = new URL("/v2/", base);
		const response = await this.#transport.send({ method: "GET", url, headers: {} });
		await response.discard();
		const challenges = response.status === 401 ? response.header("www-authenticate") : [];
		const isMarked = response.header("docker-distribution-api-version").length > 0;
		return { isRegistry: isMarked || response.status === 200 || challenges.length > 0, challenges };
	}
}

/** TLS errors that show that the server speaks something else. */
const PLAIN_ANSWER =
	/wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|unknown[ _]protocol|http[ _]request/i;

/**
 * Whether an error shows that a server speaks TLS, so that nothing goes to it in plain text: a certificate that is
 * not trusted, an alert such as for a client certificate that it refuses, or what the user set up wrong.
 */
function speaksTls(error: unknown): boolean {
	if (!(error instanceof RegistryError)) return false;
	if (error.code === "ERR_REGISTRY_CONFIG") return true;
	if (PLAIN_ANSWER.test(error.message)) return false;
	return error.code === "ERR_REGISTRY_TLS" || cameOverTls(error.cause);
}
