import { join } from "node:path";
import { contentSha256 } from "../ground/bytes/index.js";
import { FileChanges, openFileContent, readFileIfPresent } from "../ground/files/index.js";
import {
	type Checkout,
	readApp,
	readWorkingState,
	writeApp,
	writeProtection,
} from "../pantavisor/checkout/index.js";
import { createPart, type PartInput, type StateObject } from "../pantavisor/package/index.js";
import { type Compat, chooseGroup, listGroups, type SourceManifest } from "../pantavisor/source/index.js";
import { completeSource } from "./source.js";
import type { Workshop } from "./workshop.js";

export type RootFile = "root.squashfs" | "root.ovl.squashfs";
const ROOT_FILES: readonly RootFile[] = ["root.squashfs", "root.ovl.squashfs"];

/** An image that was made anew, or is good as it lies in the work tree. */
export type AppImage = StateObject | "kept";

/** All that a container has. */
export type AppImages = ReadonlyMap<RootFile, AppImage>;

/** What one run makes of the containers of a checkout; nothing is changed before `commit`. */
export class AppBench {
	readonly workshop: Workshop;
	readonly checkout: Checkout;
	readonly changes: FileChanges;
	readonly #compat: Compat | undefined;
	readonly #groups: readonly string[];
	/** `core/root.squashfs` of this run. */
	readonly #made: Map<string, StateObject> = new Map();
	readonly #sources: Map<string, SourceManifest> = new Map();
	readonly #closing: (() => void)[] = [];

	constructor(workshop: Workshop, checkout: Checkout, compat: Compat | undefined) {
		this.workshop = workshop;
		this.checkout = checkout;
		this.changes = new FileChanges(checkout.directory);
		this.#compat = compat;
		this.#groups = listGroups(readWorkingState(checkout).state);
	}

	/** `src.json` as this run leaves it. @throws CheckoutError ERR_CHECKOUT_PART */
	source(name: string): SourceManifest {
		return this.#sources.get(name) ?? readApp(this.checkout.directory, name);
	}

	/** Whether this run has laid out the container. */
	hasMade(name: string): boolean {
		return this.#sources.has(name);
	}

	/** Whether an image of the work tree was made of that image, and not of another in this run. */
	isCurrent(name: string, file: RootFile, digest: string | undefined): boolean {
		if (digest === undefined || this.#made.has(`${name}/${file}`)) return false;
		const text = readFileIfPresent(this.#path(name, `${file}.docker-digest`));
		return Buffer.from(text ?? []).toString("utf8") === digest && this.openImage(name, file) !== undefined;
	}

	/** An image of a container, of this run or of the work tree. */
	openImage(name: string, file: RootFile): StateObject | undefined {
		const key = `${name}/${file}`;
		const made = this.#made.get(key);
		if (made !== undefined || this.changes.decides(key) === "removed") return made;
		try {
			const content = openFileContent(this.#path(name, file));
			this.keepOpen(() => content.close());
			return { size: content.size, read: content.read, sha256: contentSha256(content) };
		} catch {
			return undefined;
		}
	}

	/** Renders a container and lays out all of its files. @throws PantavisorError */
	async write(
		name: string,
		given: SourceManifest,
		images: AppImages,
		more: Pick<PartInput, "files" | "overlay"> = {},
	): Promise<void> {
		const source = await completeSource(given, this.workshop.settings, `${name}/src.json`);
		const made = [...images].filter((entry): entry is [RootFile, StateObject] => entry[1] !== "kept");
		const part = createPart({
			name,
			source,
			group: this.#group(name, source),
			compat: this.#compat,
			images: new Map(made),
			...more,
		});
		this.#removeStale(name, images);
		writeApp(this.changes, part, source);
		this.#sources.set(name, source);
		for (const [file, image] of made) {
			this.#made.set(`${name}/${file}`, image);
			const brought = more.files?.has(`_dm/${file}.json`);
			if (source.dmEnabled?.get(file) && !brought)
				writeProtection(this.changes, this.checkout, name, file, image);
		}
	}

	/** Has something closed with the bench. */
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

	/** The group of a container that names none; told, as pvr does (4.6). */
	#group(name: string, source: SourceManifest): string | undefined {
		const { onNote, onWarning } = this.workshop.settings;
		const { group, note, warning } = chooseGroup(source, this.#groups);
		if (note !== undefined) onNote?.(`${name}: ${note}`);
		if (warning !== undefined) onWarning?.(`${name}: ${warning}`);
		return group;
	}

	/** Images that the container does not have any more, with all that belongs to them. */
	#removeStale(name: string, images: AppImages): void {
		if (images.size === 0) return;
		for (const file of ROOT_FILES.filter((root) => !images.has(root))) {
			for (const suffix of ["", ".docker-digest", ".rootfs-digest", ".hash"]) {
				this.changes.remove(`${name}/${file}${suffix}`);
			}
			this.changes.remove(`${name}/_dm/${file}.json`);
		}
	}

	#path(name: string, file: string): string {
		return join(this.checkout.directory, name, file);
	}
}
