import type { RenderContext } from "../run/index.js";
import { volumeName } from "../source/index.js";
import { PantavisorError } from "../state/index.js";
import { type ConfigLine, line } from "./config-line.js";
import { bind } from "./mounts.js";

/**
 * Returns the lines for volumes of other containers and for extra volumes
 * (docs/formats/pvr.md#volumes-and-imports).
 */
export function importLines({ name, args }: RenderContext): ConfigLine[] {
	const pairs = (argument: string, text: (from: string, to: string) => string): ConfigLine[] =>
		args.commaList(argument).map((item) => {
			const pieces = item.split(":");
			return line(text(pieces[0]!, pieces.at(-1)!), `args.${argument}`);
		});
	return [
		...pairs("PV_FILEIMPORTS", (from, to) => bind(`/exports/${from}`, to, "rw,create=file")),
		...pairs("PV_IMPORT_CONFIGVOLUMES", (volume, to) =>
			bind(`/volumes/${volume}/${name}`, to, "rw,create=dir,optional,noexec"),
		),
		...pairs("PV_VOLUME_MOUNTS", (volume, to) => bind(`/volumes/${name}/${volume}`, to)),
		...args.list("PV_VOLUME_IMPORTS").map((item) => line(volumeImport(item), "args.PV_VOLUME_IMPORTS")),
	];
}

/** Returns the mount for `CONTAINER:[SUB@]ORIGIN:DEST[:MODE]`. */
function volumeImport(item: string): string {
	const [container, from, target, ...mode] = item.split(":");
	if (container === undefined || from === undefined || target === undefined) {
		throw new PantavisorError(
			"ERR_ARGUMENT",
			`PV_VOLUME_IMPORTS: render: expected CONTAINER:[SUB@]ORIGIN:DEST[:MODE], got ${JSON.stringify(item)}`,
		);
	}
	const at = from.indexOf("@");
	const directory = at < 0 ? "" : `/${from.slice(0, at)}`;
	const source = `/volumes/${container}/${volumeName(from.slice(at + 1))}${directory}`;
	const access = mode.length > 0 ? mode.join(":") : "rw";
	return bind(source, target.replace(/^\//, ""), `${access},create=dir`);
}
