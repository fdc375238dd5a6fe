import type { JsonObject } from "../ground/json/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";

/** What `app update` and `app install` change of the settings in src.json. */
export interface SettingsChange {
	/** Merged into the present template arguments. */
	readonly args?: JsonObject | undefined;
	readonly unsetArgs?: readonly string[] | undefined;
	/** Merged into the present configuration. */
	readonly config?: JsonObject | undefined;
	readonly unsetConfig?: readonly string[] | undefined;
	/** Laid over what is merged into run.json. */
	readonly run?: JsonObject | undefined;
	/** Container whose root file system lies below; of `app install`. */
	readonly base?: string | undefined;
	/** Where images are looked for, in pvr's words; of `app install`. */
	readonly source?: string | undefined;
}

/** Returns a manifest with changed settings; of a root file system the configuration is that of the image. */
export function changeSettings(source: SourceManifest, change: SettingsChange = {}): SourceManifest {
	const { args, config, run, unsetArgs = [], unsetConfig = [] } = change;
	const isRootfs = source.rootfsUrl !== undefined;
	const member = isRootfs ? "dockerConfig" : "config";
	return {
		...source,
		args: laidOver(source.args, args, unsetArgs),
		[member]: laidOver(source[member], config, unsetConfig),
		run: laidOver(source.run, run, []),
		...(change.base === undefined ? {} : { base: change.base }),
		...(change.source === undefined ? {} : { dockerSource: change.source }),
	};
}

function laidOver(
	below: JsonObject | undefined,
	above: JsonObject | undefined,
	unset: readonly string[],
): JsonObject | undefined {
	if (above === undefined && unset.length === 0) return below;
	const merged: JsonObject = new Map([...(below ?? []), ...(above ?? [])]);
	for (const name of unset) merged.delete(name);
	return merged;
}
