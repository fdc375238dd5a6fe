import {
	type Below,
	type ContainerRequest,
	makeContainer,
	type OpenedInput,
	type Run,
	type RunSettings,
} from "../container/index.js";
import { CheckoutEdit, listApps, readCheckout } from "../pantavisor/checkout/index.js";
import { type Compat, chooseGroup, type SourceManifest } from "../pantavisor/source/index.js";
import type { AppRequest, AppResult } from "./requests.js";
import { withRun } from "./run.js";

/** How a container of a checkout is made. */
export interface AppOptions extends Pick<ContainerRequest, "files" | "overlay" | "reuse"> {
	/** The image, if it is open already. */
	readonly opened?: OpenedInput | undefined;
	/** Makes images again even if those of the work tree are of the right ones. */
	readonly rebuild?: boolean | undefined;
}

/** Makes containers of a checkout, in one edit of it. */
export class AppEdit {
	readonly run: Run;
	readonly edit: CheckoutEdit;
	readonly #compat: Compat | undefined;

	constructor(run: Run, edit: CheckoutEdit, compat: Compat | undefined) {
		this.run = run;
		this.edit = edit;
		this.#compat = compat;
	}

	/**
	 * Makes a container, and before it the base it lies on. Images of the work tree stay where they were
	 * made of what src.json records (docs/formats/pvr.md#adding-updating-and-installing-containers).
	 */
	async make(name: string, manifest: SourceManifest, options: AppOptions = {}): Promise<void> {
		const { edit } = this;
		const { opened, rebuild, files, overlay } = options;
		const kept: ContainerRequest["reuse"] = (file, digest) =>
			digest === undefined ? edit.openImage(name, file) : edit.currentImage(name, file, digest);
		const container = await makeContainer(this.run, manifest, opened, {
			...{ name, group: this.#group(name, manifest), compat: this.#compat, files, overlay },
			reuse: options.reuse ?? (rebuild ? undefined : kept),
			below: (base) => this.#below(name, base),
			protect: (file, image) => edit.protect(name, file, image),
		});
		edit.write(container.part, container.manifest);
	}

	/** The base of a container: installed unless its image in the work tree is the recorded one. */
	#below(name: string, base: string): Below {
		const { edit } = this;
		const manifest = edit.source(base);
		return {
			manifest,
			settle: async () => {
				const current = edit.currentImage(base, "root.squashfs", manifest.dockerDigest);
				if (current === undefined && !edit.hasWritten(base)) await this.make(base, manifest);
				const image = edit.openImage(base, "root.squashfs")!;
				const unchanged =
					!edit.hasWritten(base) && recordedBase(edit, name)?.dockerDigest === manifest.dockerDigest;
				return { image, unchanged };
			},
		};
	}

	/** Makes the containers again whose base got another image. */
	async makeDependants(base: string): Promise<string[]> {
		const { edit } = this;
		const { dockerDigest } = edit.source(base);
		const moved = listApps(edit.checkout.directory).filter((name) => {
			const source = edit.hasWritten(name) ? undefined : edit.source(name);
			return source?.base === base && source.dockerDigest !== dockerDigest;
		});
		for (const name of moved) await this.make(name, edit.source(name));
		return moved;
	}

	/** Returns the group of a container that does not name one, and notes it, as pvr does. */
	#group(name: string, manifest: SourceManifest): string | undefined {
		const { group, note, warning } = chooseGroup(manifest, this.edit.groups);
		if (note !== undefined) this.run.note(`${name}: ${note}`);
		if (warning !== undefined) this.run.settings.onWarning?.(`${name}: ${warning}`);
		return group;
	}
}

/** Returns the src.json in the work tree; undefined for a container that is being added. */
function recordedBase(edit: CheckoutEdit, name: string): SourceManifest | undefined {
	return listApps(edit.checkout.directory).includes(name) ? edit.source(name) : undefined;
}

/** Calls `use`, then makes the containers on this one again. Changes everything or nothing. */
export async function withEdit(
	{ directory, name, compat }: AppRequest,
	settings: RunSettings,
	use: (app: AppEdit) => Promise<void>,
): Promise<AppResult> {
	const checkout = readCheckout(directory, settings);
	try {
		return await withRun(settings, async (run) => {
			const edit = new CheckoutEdit(checkout);
			try {
				const app = new AppEdit(run, edit, compat);
				await use(app);
				const dependants = await app.makeDependants(name);
				edit.commit();
				return { name, source: edit.source(name), dependants };
			} finally {
				edit.close();
			}
		});
	} finally {
		checkout.close();
	}
}
