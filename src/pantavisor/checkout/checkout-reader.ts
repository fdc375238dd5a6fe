import { join, resolve } from "node:path";
import { BytesError, type Content } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent, readFileIfPresent } from "../../ground/files/index.js";
import type { ObjectSource } from "../package/index.js";
import { parseState, type State } from "../state/index.js";
import { type AddedFile, parseAddedFiles } from "./added-files.js";
import { OWN_OBJECTS, parseObjectsDirectory } from "./config.js";
import { CheckoutError } from "./errors.js";

/** What `.pvr/commitmsg` says when nobody said anything. */
export const NO_MESSAGE = "** No commit message **";

/** A pvr checkout: what was committed last, what was added since, and its objects. */
export interface Checkout {
	readonly directory: string;
	readonly state: State;
	/** The text of `.pvr/json`. */
	readonly text: Uint8Array;
	/** What was added since, from `.pvr/new`; a run that adds files of its own adds them here. */
	readonly added: Map<string, AddedFile>;
	/** The store; bytes are not checked. */
	readonly objects: ObjectSource;
	/** Absolute. */
	readonly objectsDirectory: string;
	/** Closes the objects that were opened. */
	close(): void;
}

/**
 * Reads the committed state of a checkout.
 * @throws CheckoutError ERR_CHECKOUT_NOT_FOUND, ERR_CHECKOUT_CONFIG; JsonError, PantavisorError when `.pvr` is damaged.
 */
export function readCheckout(directory: string): Checkout {
	const text = readFileIfPresent(join(directory, ".pvr/json"));
	if (text === undefined) {
		throw new CheckoutError(
			"ERR_CHECKOUT_NOT_FOUND",
			`${directory}: read checkout: expected .pvr/json, got none`,
		);
	}
	const configPath = join(directory, ".pvr/config");
	const config = readFileIfPresent(configPath);
	const objectsDirectory = resolve(
		directory,
		config ? parseObjectsDirectory(config, configPath) : OWN_OBJECTS,
	);
	const state = parseState(text, join(directory, ".pvr/json"));
	const newPath = join(directory, ".pvr/new");
	const added = readFileIfPresent(newPath);
	const store = new ObjectDirectory(objectsDirectory);
	return {
		directory,
		state,
		text,
		added: added === undefined ? new Map() : parseAddedFiles(added, newPath),
		objects: store,
		objectsDirectory,
		close: () => store.close(),
	};
}

/** Objects as files named by their hash. */
class ObjectDirectory implements ObjectSource {
	readonly #directory: string;
	readonly #opened = new Map<string, FileContent>();

	constructor(directory: string) {
		this.#directory = directory;
	}

	get(sha256: string): Content | undefined {
		const opened = this.#opened.get(sha256);
		if (opened) return opened;
		try {
			const content = openFileContent(join(this.#directory, sha256));
			this.#opened.set(sha256, content);
			return content;
		} catch (error) {
			if (error instanceof BytesError && error.code === "ERR_FILE_NOT_FOUND") return undefined;
			throw error;
		}
	}

	close(): void {
		for (const content of this.#opened.values()) content.close();
		this.#opened.clear();
	}
}
