import { relative, resolve } from "node:path";
import { BytesError, type Content } from "../../ground/bytes/index.js";
import {
	type FileContent,
	openFileContent,
	placeBelow,
	readFileIfPresent,
	restoreInterrupted,
} from "../../ground/files/index.js";
import type { ObjectSource } from "../package/index.js";
import { parseState, type State } from "../state/index.js";
import { type AddedFile, parseAddedFiles } from "./added-files.js";
import { OWN_OBJECTS, parseObjectsDirectory } from "./config.js";
import { CheckoutError } from "./errors.js";

/** Content of `.pvr/commitmsg` if no message was given. */
export const NO_MESSAGE = "** No commit message **";

/** A pvr checkout: the last committed state, files that were added since, and its objects. */
export interface Checkout {
	readonly directory: string;
	readonly state: State;
	/** The text of `.pvr/json`. */
	readonly text: Uint8Array;
	/** Files that were added since the commit, from `.pvr/new`. A run that adds files puts them here too. */
	readonly added: Map<string, AddedFile>;
	/** The object store; bytes are not checked. */
	readonly objects: ObjectSource;
	/** Absolute path of the object store. */
	readonly objectsDirectory: string;
	/** Closes the objects that were opened. */
	close(): void;
}

export interface CheckoutReadOptions {
	/**
	 * Object stores outside of the checkout that the user allows. A checkout may come from anywhere, so by itself
	 * it may name only a store inside of it.
	 */
	readonly objectStores?: readonly string[] | undefined;
}

/**
 * Reads the committed state of a checkout. Symbolic links in it are not followed.
 * @throws CheckoutError ERR_CHECKOUT_NOT_FOUND, ERR_CHECKOUT_CONFIG; BytesError ERR_FILE_KIND for a link;
 *   JsonError, PantavisorError when `.pvr` is damaged.
 */
export function readCheckout(directory: string, options: CheckoutReadOptions = {}): Checkout {
	// A process that was killed while it replaced the checkout may have left it beside its place.
	restoreInterrupted(directory);
	const path = placeBelow(directory, ".pvr/json");
	const text = readFileIfPresent(path);
	if (text === undefined) {
		throw new CheckoutError(
			"ERR_CHECKOUT_NOT_FOUND",
			`${directory}: read checkout: expected .pvr/json, got none`,
		);
	}
	const objectsDirectory = findObjects(directory, options);
	const newPath = placeBelow(directory, ".pvr/new");
	const added = readFileIfPresent(newPath);
	const store = new ObjectDirectory(objectsDirectory);
	return {
		directory,
		state: parseState(text, path),
		text,
		added: added === undefined ? new Map() : parseAddedFiles(added, newPath),
		objects: store,
		objectsDirectory,
		close: () => store.close(),
	};
}

/** Returns the absolute path of the object store: in the checkout, or one that the user allows. */
function findObjects(directory: string, { objectStores = [] }: CheckoutReadOptions): string {
	const path = placeBelow(directory, ".pvr/config");
	const config = readFileIfPresent(path);
	const written = config ? parseObjectsDirectory(config, path) : OWN_OBJECTS;
	const store = resolve(directory, written);
	if (objectStores.some((allowed) => resolve(allowed) === store)) return store;
	const inside = relative(resolve(directory), store);
	if (inside !== ".." && !inside.startsWith("../")) return resolve(placeBelow(directory, inside));
	throw new CheckoutError(
		"ERR_CHECKOUT_CONFIG",
		`${path}: ObjectsDir: ${written} is outside of the checkout, expected a directory in it (--objects-dir ${store} allows this one)`,
	);
}

/** Objects as files with their digest as name. */
export class ObjectDirectory implements ObjectSource {
	readonly #directory: string;
	readonly #opened = new Map<string, FileContent>();

	constructor(directory: string) {
		this.#directory = directory;
	}

	get(sha256: string): Content | undefined {
		const opened = this.#opened.get(sha256);
		if (opened) return opened;
		try {
			const content = openFileContent(placeBelow(this.#directory, sha256));
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
