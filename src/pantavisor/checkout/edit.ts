import { contentSha256, sha256Hex } from "../../ground/bytes/index.js";
import { FileChanges, openFileContent, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeCanonicalJson, parseJson } from "../../ground/json/index.js";
import { bytesObject, type Part, type StateFile, type StateObject } from "../package/index.js";
import { listGroups, type SourceManifest } from "../source/index.js";
import {
	parseVerityManifest,
	protectVolume,
	type VerityManifest,
	verityManifestValue,
} from "../verity/index.js";
import { encodeAddedFiles } from "./added-files.js";
import { readApp, writeApp } from "./app.js";
import type { Checkout } from "./checkout-reader.js";
import { checkDistinctFiles } from "./keys.js";
import { readWorkingState } from "./working-state.js";

const IMAGES: readonly string[] = ["root.squashfs", "root.ovl.squashfs"];

/** A pending change of containers in a checkout. Nothing is changed before `commit`. */
export class CheckoutEdit {
	readonly checkout: Checkout;
	readonly changes: FileChanges;
	/** Groups of the checkout's device, in their order. */
	readonly groups: readonly string[];
	readonly #written: Map<string, { readonly part: Part; readonly source: SourceManifest }> = new Map();
	/** Objects of the work tree by their keys, which stay unchanged. */
	readonly #kept: Map<string, StateObject> = new Map();
	/** dm-verity files by their keys: the bytes to write, or undefined for files that do not change. */
	readonly #protection: Map<string, Uint8Array | string | undefined> = new Map();
	readonly #closing: (() => void)[] = [];

	constructor(checkout: Checkout) {
		this.checkout = checkout;
		this.changes = new FileChanges(checkout.directory);
		this.groups = listGroups(readWorkingState(checkout).state);
	}

	/** Returns the src.json that the edit will leave. @throws CheckoutError ERR_CHECKOUT_PART */
	source(name: string): SourceManifest {
		return this.#written.get(name)?.source ?? readApp(this.checkout.directory, name);
	}

	/** Returns whether the edit has written the container. */
	hasWritten(name: string): boolean {
		return this.#written.has(name);
	}

	/** Returns the image file in the work tree if it was made of this image, and was not replaced by this edit. */
	currentImage(name: string, file: string, digest: string | undefined): StateObject | undefined {
		if (digest === undefined || this.#written.has(name)) return undefined;
		const text = readFileIfPresent(this.#path(`${name}/${file}.docker-digest`));
		return Buffer.from(text ?? []).toString("utf8") === digest ? this.openImage(name, file) : undefined;
	}

	/** Returns an image file of a container, from this edit or from the work tree. */
	openImage(name: string, file: string): StateObject | undefined {
		const key = `${name}/${file}`;
		const written = this.#written.get(name)?.part.objects.get(key);
		if (written !== undefined || this.changes.decides(key) === "removed") return written;
		return this.#kept.get(key) ?? this.#keep(key);
	}

	#keep(key: string): StateObject | undefined {
		try {
			const content = openFileContent(this.#path(key));
			this.keepOpen(() => content.close());
			const object = { size: content.size, read: content.read.bind(content), sha256: contentSha256(content) };
			this.#kept.set(key, object);
			return object;
		} catch {
			return undefined;
		}
	}

	/** Returns the dm-verity files of an image: those in the work tree for an image that stays, else new ones. */
	protect(name: string, file: string, image: StateObject): Map<string, StateFile> {
		const [key, hashKey] = [`${name}/_dm/${file}.json`, `${name}/${file}.hash`];
		const previous = this.#readManifest(key);
		const kept = this.#kept.get(`${name}/${file}`) === image ? this.#keep(hashKey) : undefined;
		if (kept !== undefined && previous !== undefined) {
			this.#protection.set(key, undefined);
			return files(file, previous, kept);
		}
		const { manifest, hashes } = protectVolume(image, file, `${name}/${file}`, previous);
		const text = encodeCanonicalJson(verityManifestValue(manifest));
		this.#protection.set(key, text).set(hashKey, hashes);
		return files(file, manifest, bytesObject(hashes));
	}

	#readManifest(key: string): VerityManifest | undefined {
		const path = this.#path(key);
		const text = readFileIfPresent(path);
		return text && parseVerityManifest(parseJson(text, path), path);
	}

	/** Writes a container into the work tree; existing files are left unchanged. */
	write(part: Part, source: SourceManifest): void {
		const { name } = part;
		checkDistinctFiles([...part.objects.keys(), ...part.documents.keys()], this.checkout.directory);
		const images = IMAGES.filter((file) => part.objects.has(`${name}/${file}`));
		if (images.length > 0) this.#removeStale(name, images);
		const isOurs = (key: string, object: unknown) =>
			this.#kept.get(key) !== object && !this.#protection.has(key);
		const objects = new Map([...part.objects].filter(([key, object]) => isOurs(key, object)));
		const documents = new Map([...part.documents].filter(([key]) => !this.#protection.has(key)));
		writeApp(this.changes, { name, documents, objects }, source);
		this.#writeProtection(name);
		this.#written.set(name, { part, source });
	}

	#writeProtection(name: string): void {
		const files = [...this.#protection].filter(([key]) => key.startsWith(`${name}/`));
		for (const [key, bytes] of files) {
			if (bytes === undefined) continue;
			this.changes.write(key, bytes);
			this.checkout.added.set(key, { raw: false, sha256: sha256Hex(bytes) });
		}
		if (files.some(([, bytes]) => bytes !== undefined))
			this.changes.write(".pvr/new", encodeAddedFiles(this.checkout.added));
	}

	/** Removes the image files that the container does not have any more, with everything that belongs to them. */
	#removeStale(name: string, images: readonly string[]): void {
		for (const file of IMAGES.filter((other) => !images.includes(other))) {
			for (const suffix of ["", ".docker-digest", ".rootfs-digest", ".hash"]) {
				this.changes.remove(`${name}/${file}${suffix}`);
			}
			this.changes.remove(`${name}/_dm/${file}.json`);
		}
	}

	/** Closes something together with the edit. */
	keepOpen(close: () => void): void {
		this.#closing.push(close);
	}

	commit(): void {
		this.changes.commit();
	}

	close(): void {
		this.changes.discard();
		for (const close of this.#closing) close();
	}

	#path(key: string): string {
		return placeBelow(this.checkout.directory, key);
	}
}

function files(file: string, manifest: VerityManifest, object: StateObject): Map<string, StateFile> {
	return new Map<string, StateFile>([
		[`${file}.hash`, { object }],
		[`_dm/${file}.json`, { document: verityManifestValue(manifest) }],
	]);
}
