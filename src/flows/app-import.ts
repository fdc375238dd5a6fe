import { BuildError, isUrl, openUrl, publicPlace, type Run } from "../container/index.js";
import { contentSha256 } from "../ground/bytes/index.js";
import { isDirectory, receiveTemporaryFile } from "../ground/files/index.js";
import { openRepository } from "../pantavisor/checkout/index.js";
import {
	expectDigest,
	type ObjectSource,
	type PackageReadOptions,
	readArchive,
	resolveObjects,
	type StateFile,
	type StateObject,
} from "../pantavisor/package/index.js";
import { parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import { objectReference, type State, selectParts } from "../pantavisor/state/index.js";
import type { AppEdit } from "./app-edit.js";
import type { AddAppRequest } from "./requests.js";

/** Files that are made of `src.json`, and of the images. */
const MADE = /^(src\.json|run\.json|lxc\.container\.conf|root(\.ovl)?\.squashfs(\.(docker|rootfs)-digest)?)$/;

/**
 * A container that is part of another package or checkout: `PACKAGE#part`. Its settings
 * stay; what the command line says is laid over them.
 */
export async function importPart(
	app: AppEdit,
	{ name, from, options }: Pick<AddAppRequest, "name" | "from" | "options">,
): Promise<void> {
	const hash = from.lastIndexOf("#");
	const [place, part] = hash < 0 ? [from, name] : [from.slice(0, hash), from.slice(hash + 1)];
	const { state, objects, close } = await openState(app.run, place);
	app.edit.keepOpen(close);
	const own = selectParts(state, [part, `_config/${part}`]);
	const value = own.get(`${part}/src.json`);
	if (value === undefined) {
		throw new BuildError(
			"ERR_BUILD_REQUEST",
			`${publicPlace(from)}: import: expected a container ${part} with src.json, got none`,
		);
	}
	const contents = checkedObjects(own, objects);
	const imported = parseSourceManifest(value, `${publicPlace(place)}: ${part}/src.json`);
	const source = { ...layOver(imported, options), pvr: publicPlace(from) };
	const files = stateFiles(own, contents, `${part}/`);
	await app.make(name, source, {
		reuse: (file) => contents.get(objectReference(own.get(`${part}/${file}`)) ?? ""),
		files: new Map([...files].filter(([path]) => !MADE.test(path))),
		overlay: stateFiles(own, contents, `_config/${part}/`),
	});
}

interface OpenedState {
	readonly state: State;
	readonly objects: ObjectSource;
	close(): void;
}

async function openState({ settings }: Run, place: string): Promise<OpenedState> {
	if (isDirectory(place)) return openRepository(place, settings);
	const { temporaryDirectory } = settings;
	const options: PackageReadOptions = { temporaryDirectory };
	if (!isUrl(place)) return readArchive(place, options);
	const file = await receiveTemporaryFile(openUrl(place, settings), temporaryDirectory);
	return readArchive(new URL(place).pathname, { ...options, file });
}

function checkedObjects(state: State, objects: ObjectSource): Map<string, StateObject> {
	return new Map(
		resolveObjects(state, objects).map(([sha256, content]) => {
			expectDigest(`object ${sha256}: import`, sha256, contentSha256(content));
			return [sha256, { size: content.size, read: (to, at) => content.read(to, at), sha256 }];
		}),
	);
}

/** Files below a prefix, by their path after it. */
function stateFiles(
	state: State,
	objects: ReadonlyMap<string, StateObject>,
	prefix: string,
): Map<string, StateFile> {
	const entries = [...state].filter(([key]) => key.startsWith(prefix));
	return new Map(
		entries.map(([key, document]) => {
			const object = objects.get(objectReference(document) ?? "");
			return [key.slice(prefix.length), object === undefined ? { document } : { object }];
		}),
	);
}

function layOver(source: SourceManifest, options: AddAppRequest["options"]): SourceManifest {
	const merge = <T>(below: ReadonlyMap<string, T> | undefined, above: ReadonlyMap<string, T> | undefined) =>
		new Map([...(below ?? []), ...(above ?? [])]);
	return {
		...source,
		args: merge(source.args, options.args),
		config: merge(source.config, options.config),
		persistence: merge(source.persistence, options.persistence),
		run: merge(source.run, options.run),
	};
}
